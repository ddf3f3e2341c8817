"""From python-hcl2's tree of a file's item to an attribute or a block.

The leaves of the tree are tokens that know what the scanner found. Here is also checked what HCL asks beyond the
grammar: that lines end where they must, that names are not used twice, that a label is plain text.
"""

from __future__ import annotations

from typing import Any

from planner.diagnostics import ConfigError, Diagnostic, Related
from planner.hcl.cty.values import string
from planner.hcl.syntax.depth import DEEPEST_EXPRESSION, check_depth, too_deep
from planner.hcl.syntax.errors import missing_newline, single_line_problem
from planner.hcl.syntax.expression_builder import ExpressionBuilder
from planner.hcl.syntax.nodes import Attribute, Block, Body, Label
from planner.hcl.syntax.source import Source
from planner.hcl.syntax.tokens import END, NEWLINE, Token
from planner.hcl.syntax.trees import first_token, is_tree, last_place


class Builder:
    """Makes nodes of one source; problems that do not stop it are added to `problems`."""

    def __init__(self, source: Source, problems: list[Diagnostic]) -> None:
        self.source = source
        self.problems = problems
        self.expressions = ExpressionBuilder(source, problems)

    def items(self, tree: Any, tokens: list[Token]) -> list[Attribute | Block]:
        """The attributes and blocks of a tree that was made of `tokens`."""
        self.expressions.tokens = tokens
        try:
            found = self._items(tree.children[0].children)
        except RecursionError:
            raise ConfigError(too_deep(self.source.span(tokens[0].start, tokens[-1].start))) from None
        if len(tokens) > DEEPEST_EXPRESSION:  # fewer do not lie so deep in each other
            check_depth(found)
        return found

    def body(self, items: list[Attribute | Block], start: int, end: int) -> Body:
        attributes: dict[str, Attribute] = {}
        for item in items:
            if not isinstance(item, Attribute):
                continue
            earlier = attributes.setdefault(item.name, item)
            if earlier is not item:
                self.expressions.report(
                    "Attribute redefined",
                    f'"{item.name}" has a value already, at {_place(earlier)}. Remove one of the two.',
                    item.name_span,
                    Related("first set here", earlier.name_span),
                )
        blocks = tuple(item for item in items if isinstance(item, Block))
        return Body(attributes, blocks, source=self.source, start=start, end=end)

    def _items(self, children: list[Any], *, single_line: bool = False) -> list[Attribute | Block]:
        found: list[Attribute | Block] = []
        for child in children:
            if is_tree(child, "attribute"):
                found.append(self._attribute(child))
                if not single_line:
                    self._check_argument_end(child)
            elif is_tree(child, "block"):
                found.append(self._block(child))
                if not single_line:
                    self._check_block_end(last_place(child))
        return found

    def _attribute(self, tree: Any) -> Attribute:
        name = tree.children[0].children[0].scanned
        expression = self.expressions.expression(tree.children[2])
        return Attribute(name.text, expression, source=self.source, start=name.start, end=expression.end)

    def _block(self, tree: Any) -> Block:
        head, labels, body, opening, closing = tree.children[0], [], None, None, None
        for child in tree.children[1:]:
            if is_tree(child, "body"):
                body = child
            elif is_tree(child, "new_line_or_comment"):
                continue
            elif hasattr(child, "data"):
                labels.append(self._label(child))
            elif child.type == "LBRACE":
                opening = child
            else:
                closing = child
        if body is None or opening is None or closing is None:  # pragma: no cover (the grammar has them)
            raise TypeError(tree)
        name = head.children[0].scanned
        single_line = self.expressions.tokens[opening.place + 1].kind != NEWLINE
        items = self._items(body.children, single_line=single_line)
        if single_line:
            self._check_single_line(opening.place, closing.place, items)
        header_end = labels[-1].end if labels else name.end
        inner = self.body(items, opening.scanned.end, closing.scanned.start)
        return Block(
            name.text,
            tuple(labels),
            inner,
            header_end,
            source=self.source,
            start=name.start,
            end=closing.scanned.end,
        )

    def _check_argument_end(self, tree: Any) -> None:
        """An argument ends with a newline; on the last line of a file, with its end."""
        place = last_place(tree)
        if self.expressions.tokens[place].kind == NEWLINE:
            return
        token = self.expressions.tokens[place + 1]
        if token.kind not in (NEWLINE, END):
            self.expressions.report(
                "Missing newline after argument",
                missing_newline(token),
                self.source.span(token.start, token.end),
            )

    def _check_block_end(self, closing: int) -> None:
        token = self.expressions.tokens[closing + 1]
        if token.kind not in (NEWLINE, END):
            self.expressions.report(
                "Missing newline after block definition",
                missing_newline(token),
                self.source.span(token.start, token.end),
            )

    def _check_single_line(self, opening: int, closing: int, items: list[Attribute | Block]) -> None:
        """A block that begins on the line of its brace holds one argument at most, and ends on that line."""
        if not items:
            return
        first = items[0]
        if isinstance(first, Block):
            name, following = self.expressions.tokens[opening + 1 : opening + 3]
            self.expressions.report(
                "Argument definition required",
                f'A block on one line cannot contain blocks. Begin a new line before the block "{first.type}", or '
                f"write {first.type} = VALUE if it is an argument.",
                self.source.span(name.start, following.end),
            )
            return
        after = next(
            place for place in range(opening, closing + 1) if self.expressions.tokens[place].start >= first.end
        )
        if after != closing:
            token = self.expressions.tokens[after]
            self.expressions.report(*single_line_problem(token), self.source.span(token.start, token.end))

    def _label(self, tree: Any) -> Label:
        if not is_tree(tree, "string"):
            token = tree.children[0].scanned
            return Label(token.text, source=self.source, start=token.start, end=token.end)
        start, end = tree.children[0].scanned.start, tree.children[-1].scanned.end
        value = ""
        for part in tree.children[1:-1]:
            inner = part.children[0]
            if hasattr(inner, "data"):
                opening = first_token(inner)
                sign = opening.text[0]
                self.expressions.report(
                    "Invalid string literal",
                    f'A label is plain text. Write "{sign}{opening.text}" for "{opening.text}" as it stands.',
                    self.source.span(opening.start, opening.end),
                )
            else:
                value += self.expressions.decoded(inner.scanned, quoted=True)
        return Label(string(value).raw, source=self.source, start=start, end=end)


def _place(node: Attribute) -> str:
    span = node.name_span
    return f"{span.filename}:{span.start.line},{span.start.column}"
