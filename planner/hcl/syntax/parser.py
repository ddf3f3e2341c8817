"""Text to typed nodes: the scanner's tokens are fed to the tables of python-hcl2's grammar (see `grammar`).

What that grammar has no rule for is worked around here:

- a heredoc is fed as a quoted string, so that its sequences are parsed;
- a run of unary operators (`!!a`, `--a`) is fed as one operator whose token remembers them all;
- a function's name with any number of `::` is fed as one name;
- a newline that ends an object's item is fed as a comma;
- words that are keywords elsewhere are fed as names where the tables know no keyword;
- what the grammar lets pass and HCL refuses (where lines must end, duplicates) is checked while nodes are built.
"""

from __future__ import annotations

from typing import NoReturn

from planner.collector import without_collector
from planner.diagnostics import ConfigError, Diagnostic, Position
from planner.hcl.syntax import grammar
from planner.hcl.syntax.body_builder import Builder
from planner.hcl.syntax.errors import syntax_error, wants_operand
from planner.hcl.syntax.grammar import KEYWORDS
from planner.hcl.syntax.nodes import Attribute, Block, Body, Expression
from planner.hcl.syntax.repeated_blocks import RepeatedBlocks
from planner.hcl.syntax.scanner import scan_expression, scan_item, scan_template, skip_space
from planner.hcl.syntax.source import Source
from planner.hcl.syntax.tables import FedToken, Parser, Tree, Unexpected
from planner.hcl.syntax.tokens import NEWLINE, Misread, Token

_BYTE_ORDER_MARK = "\ufeff"
_START = Position(1, 1)


_OPERAND_ENDS = frozenset(
    ("INT_LITERAL", "FLOAT_LITERAL", "RPAR", "RSQB", "RBRACE", "DBLQUOTE", "ATTR_SPLAT", "FULL_SPLAT_START")
)
_UNARY = frozenset(("MINUS", "NOT"))
_MANY_MEANINGS = _UNARY | {"NAME"}
"""Kinds of tokens that may stand for another terminal of the grammar, or for one together with those after them."""


def no_shapes() -> RepeatedBlocks:
    """For files that are parsed after one another: what is known of the shapes of their blocks, nothing at first."""
    return RepeatedBlocks(_parse_block)


def parse_file(text: str, filename: str, shapes: RepeatedBlocks | None = None) -> Body:
    """The body of a configuration file. Raises ConfigError with the syntax problems of all its top-level items.

    `shapes` are those of the blocks in other files; those of this file are added.
    """
    with without_collector():
        return _parse_file(Source(text, filename), shapes or no_shapes())


def _parse_file(source: Source, shapes: RepeatedBlocks) -> Body:
    grammar.load()  # refused once for the file, not for each item
    problems: list[Diagnostic] = []
    items: list[Attribute | Block] = []
    builder = Builder(source, problems)
    at = skip_space(source, 1 if source.text.startswith(_BYTE_ORDER_MARK) else 0)
    while at < len(source.text):
        block = shapes.block_at(source, at)
        if block is not None:
            items.append(block)
            at = block.end
        else:
            at = _add_item(builder, at, items)
        at = skip_space(source, at)
    body = builder.body(items, 0, len(source.text))
    if problems:
        raise ConfigError(sorted(problems, key=_place))
    return body


def _place(problem: Diagnostic) -> Position:
    return problem.span.start if problem.span else _START


def _add_item(builder: Builder, start: int, items: list[Attribute | Block]) -> int:
    """Parse the item at offset `start`; gives the offset after it."""
    tokens, misread = scan_item(builder.source, start)
    if misread:
        builder.problems.extend(problem.diagnostic for problem in misread)
        return tokens[-1].end
    try:
        items.extend(builder.items(_parse(builder.source, tokens), tokens))
    except ConfigError as refused:
        builder.problems.extend(refused.diagnostics)
    return tokens[-1].end


def _parse_block(source: Source, start: int) -> Block | None:
    """The block at offset `start`, or None where there is something else or something wrong."""
    items: list[Attribute | Block] = []
    builder = Builder(source, [])
    _add_item(builder, start, items)
    found = items[0] if len(items) == 1 else None
    return found if isinstance(found, Block) and not builder.problems else None


def parse_expression(text: str, filename: str, start: Position = _START) -> Expression:
    """One expression, which begins at `start` of the file. Raises ConfigError."""
    source = Source(text, filename, start)
    return _expression(source, *scan_expression(source))


def parse_template(text: str, filename: str, start: Position = _START) -> Expression:
    """A text with sequences, as between quotes but without escapes. Raises ConfigError."""
    source = Source(text, filename, start)
    with without_collector():
        return _expression(source, *scan_template(source))


def _expression(source: Source, tokens: list[Token], misread: list[Misread]) -> Expression:
    problems = [problem.diagnostic for problem in misread]
    if problems:
        raise ConfigError(problems)
    item = [Token("NAME", "x", 0, 0), Token("EQ", "=", 0, 0), *tokens]
    tree = _parse(source, item, expression_only=True)
    items = Builder(source, problems).items(tree, item)
    if problems:
        raise ConfigError(problems)
    found = items[0]
    if not isinstance(found, Attribute):  # pragma: no cover (the tokens begin with `x =`)
        raise TypeError(found)
    return found.expression


def _parse(source: Source, tokens: list[Token], *, expression_only: bool = False) -> Tree:
    """Drive python-hcl2's tables with the tokens of one item."""
    parser = Parser(grammar.load())
    index = 0
    tree: Tree | None = None
    while index < len(tokens):
        token = tokens[index]
        kind, text, used = token.kind, token.text, 1
        if kind in _MANY_MEANINGS:
            kind, text, used = _terminal(tokens, index, parser)
        try:
            tree = parser.feed(FedToken(kind, text, token, index))
        except Unexpected:
            raise ConfigError(syntax_error(source, tokens, index, expression_only=expression_only)) from None
        index += used
        if used > 1 and kind == "NAME" and tokens[index].kind != "LPAR":
            raise ConfigError(_no_parenthesis(source, tokens[index]))
        if kind == NEWLINE:
            _check_newline(source, tokens, index - 1)
    if tree is None:  # pragma: no cover (the last token ends the input)
        raise TypeError(tokens[-1])
    return tree


def _terminal(tokens: list[Token], index: int, parser: Parser) -> tuple[str, str, int]:
    """The grammar's name and the text of the token at `index`, and how many tokens it stands for."""
    token = tokens[index]
    used = 1
    if token.kind == "NAME":
        if token.text in KEYWORDS and parser.accepts(token.text.upper()):
            return token.text.upper(), token.text, used
        if tokens[index + used].kind != "COLONS":
            return token.kind, token.text, used
        while tokens[index + used].kind == "COLONS" and tokens[index + used + 1].kind == "NAME":
            used += 2
        return token.kind, "::".join(each.text for each in tokens[index : index + used : 2]), used
    if not _ends_operand(tokens[index - 1]) and parser.accepts("NOT"):
        while tokens[index + used].kind in _UNARY:
            used += 1
    return token.kind, "".join(each.text for each in tokens[index : index + used]), used


def _ends_operand(token: Token) -> bool:
    """Whether an operand may end with this token, so that a minus after it is a subtraction.

    The tables alone do not decide it: a state before the operand is reduced also accepts what may follow elsewhere.
    """
    return token.kind in _OPERAND_ENDS or (token.kind == "NAME" and token.text not in ("in", "if"))


def _check_newline(source: Source, tokens: list[Token], index: int) -> None:
    """A newline in a block's body ends an item; the grammar would let an expression go on after an operator."""
    before, after = tokens[index - 1], tokens[index + 1]
    if wants_operand(before):
        _refuse(source, tokens, index)
    if after.kind == "LBRACE":
        _refuse(source, tokens, index)
    if after.kind not in ("NAME", "RBRACE", NEWLINE):
        _refuse(source, tokens, index + 1)


def _no_parenthesis(source: Source, token: Token) -> Diagnostic:
    return Diagnostic(
        "CFG102",
        "Missing open parenthesis",
        'A name with "::" names a function: its arguments must follow in parentheses.',
        span=source.span(token.start, token.end),
    )


def _refuse(source: Source, tokens: list[Token], index: int) -> NoReturn:
    raise ConfigError(syntax_error(source, tokens, index))
