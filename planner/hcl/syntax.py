"""Text to typed nodes, with python-hcl2's grammar.

python-hcl2 decides what is an expression and what binds to what: its LALR tables are driven token by token. Its lexer
is not used, because it misreads much valid HCL; `scanner` makes the tokens. What the grammar itself has no rule for is
worked around here:

- a heredoc is fed as a quoted string, so that its sequences are parsed;
- a run of unary operators (`!!a`, `--a`) is fed as one operator whose token remembers them all;
- a function's name with any number of `::` is fed as one name;
- a newline that ends an object's item is fed as a comma;
- words that are keywords elsewhere are fed as names where the tables know no keyword;
- what the grammar lets pass and HCL refuses (where lines must end, duplicates) is checked while nodes are built.
"""

from __future__ import annotations

from typing import Any, NoReturn

from hcl2.parser import parser
from lark import Token as LarkToken
from lark import Tree
from lark.exceptions import UnexpectedToken

from planner.diagnostics import ConfigError, Diagnostic, Position
from planner.hcl.building import Builder
from planner.hcl.complaints import complain, wants_operand
from planner.hcl.nodes import Attribute, Block, Body, Expression
from planner.hcl.scanner import END, NEWLINE, Misread, Token, scan, scan_expression, scan_template
from planner.hcl.source import Source

_KEYWORDS = {"if", "in", "for", "for_each", "else", "endif", "endfor", "null", "true", "false"}
_OPENERS = {"LBRACE", "LPAR", "LSQB", "INTERP_START", "DIRECTIVE_START"}
_CLOSERS = {"RBRACE", "RPAR", "RSQB"}
_START = Position(1, 1)


class Fed(LarkToken):
    """A token as python-hcl2's tables are fed with it, which remembers what the scanner found."""

    scanned: Token
    place: int  # its index among the tokens of its item


def parse_file(text: str, filename: str) -> Body:
    """The body of a configuration file. Raises ConfigError with the syntax problems of all its top-level items."""
    source = Source(text, filename)
    tokens, misread = scan(source)
    problems = [problem.diagnostic for problem in misread]
    items: list[Attribute | Block] = []
    builder = Builder(source, problems)
    for item in _top_level_items(tokens):
        if any(item[0].start <= problem.start <= item[-1].end for problem in misread):
            continue
        try:
            items.extend(builder.items(_parse(source, item), item))
        except ConfigError as refused:
            problems.extend(refused.diagnostics)
    body = builder.body(items, 0, len(text))
    if problems:
        raise ConfigError(problems)
    return body


def parse_expression(text: str, filename: str, start: Position = _START) -> Expression:
    """One expression, which begins at `start` of the file. Raises ConfigError."""
    source = Source(text, filename, start)
    return _expression(source, *scan_expression(source))


def parse_template(text: str, filename: str, start: Position = _START) -> Expression:
    """A text with sequences, as between quotes but without escapes. Raises ConfigError."""
    source = Source(text, filename, start)
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


def _top_level_items(tokens: list[Token]) -> list[list[Token]]:
    """The tokens of each attribute or block of the file, each list with an END."""
    items: list[list[Token]] = []
    current: list[Token] = []
    depth = 0
    for token in tokens:
        if token.kind in _OPENERS:
            depth += 1
        elif token.kind in _CLOSERS:
            depth = max(0, depth - 1)
        if (token.kind == NEWLINE and depth == 0) or token.kind == END:
            if current:
                items.append([*current, Token(END, "", token.start, token.start if token.kind == END else token.end)])
                current = []
        else:
            current.append(token)
    return items


def _parse(source: Source, tokens: list[Token], *, expression_only: bool = False) -> Tree[Any]:
    """Drive python-hcl2's tables with the tokens of one item."""
    state = parser().parse_interactive("").parser_state
    table = state.parse_conf.parse_table.states
    index = 0
    result: Any = None
    while index < len(tokens):
        token = tokens[index]
        kind, text, used = _terminal(tokens, index, table[state.position])
        fed = Fed(kind, text)
        fed.scanned, fed.place = token, index
        try:
            result = state.feed_token(fed, kind == END)
        except UnexpectedToken:
            raise ConfigError(complain(source, tokens, index, expression_only=expression_only)) from None
        index += used
        if used > 1 and kind == "NAME" and tokens[index].kind != "LPAR":
            raise ConfigError(_no_parenthesis(source, tokens[index]))
        if kind == NEWLINE:
            _check_newline(source, tokens, index - 1)
    tree: Tree[Any] = result
    return tree


def _terminal(tokens: list[Token], index: int, accepted: dict[str, Any]) -> tuple[str, str, int]:
    """The grammar's name and the text of the token at `index`, and how many tokens it stands for."""
    token = tokens[index]
    if token.kind == "NAME":
        if token.text in _KEYWORDS and token.text.upper() in accepted:
            return token.text.upper(), token.text, 1
        used = 1
        while tokens[index + used].kind == "COLONS" and tokens[index + used + 1].kind == "NAME":
            used += 2
        return "NAME", "::".join(each.text for each in tokens[index : index + used : 2]), used
    if token.kind in ("MINUS", "NOT") and "NOT" in accepted:
        used = 1
        while tokens[index + used].kind in ("MINUS", "NOT"):
            used += 1
        return token.kind, "".join(each.text for each in tokens[index : index + used]), used
    return token.kind, token.text, 1


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
        "Function selector must be followed by an open parenthesis to begin the function call.",
        span=source.span(token.start, token.end),
    )


def _refuse(source: Source, tokens: list[Token], index: int) -> NoReturn:
    raise ConfigError(complain(source, tokens, index))
