"""Old ways to write things, as the language has them today: what `terraform fmt` changes beyond spaces."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final

from planner.hcl.syntax.nodes import Attribute, Block, Body, Expression, Literal, Parentheses, Variable, Wrapped

Edit = tuple[int, int, str]
"""From one offset to another of the text, and what stands there instead."""

_TYPES: Final = {
    '"string"': "string",
    '"list"': "list(string)",
    '"map"': "map(string)",
    "list": "list(any)",
    "map": "map(any)",
    "set": "set(any)",
}
_OPENING: Final = re.compile(r'"\$\{~?\s*')
_CLOSING: Final = re.compile(r'\s*~?\}"\Z')
_MARKS_OF_LINES: Final = ("#", "//", "<<")
"""What may be a comment or a heredoc, which end where their line does."""


def modernised(text: str, body: Body) -> str:
    """The text of a file, whose parsed `body` is given, without what is written in an old way."""
    pieces: list[str] = []
    at = 0
    for start, end, written in sorted(_in_body(text, body, block=None)):
        pieces += (text[at:start], written)
        at = end
    return "".join((*pieces, text[at:]))


def _in_body(text: str, body: Body, block: str | None) -> Iterator[Edit]:
    """The edits of a body; `block` is the type of the one block that it is in, where that is one at the top."""
    for attribute in body.attributes.values():
        yield from _in_attribute(text, attribute, block)
    for inner in body.blocks:
        yield from _labels(text, inner)
        yield from _in_body(text, inner.body, inner.type if block is None else "")


def _in_attribute(text: str, attribute: Attribute, block: str | None) -> Iterable[Edit]:
    expression = attribute.expression
    if block == "variable" and attribute.name == "type":
        if isinstance(expression, Literal | Variable):
            written = text[expression.start : expression.end]
            return [(expression.start, expression.end, _TYPES.get(written, written))]
        return ()
    return _unwrapped(text, expression)


def _labels(text: str, block: Block) -> Iterator[Edit]:
    for label in block.label_nodes:
        if text[label.start] != '"':
            yield label.start, label.end, f'"{text[label.start : label.end]}"'


def _unwrapped(text: str, node: Expression) -> Iterator[Edit]:
    """`"${a}"` as `a`, in parentheses where it has several lines."""
    while isinstance(node, Wrapped) and text[node.start] == '"':
        written = text[node.start : node.end]
        opening, closing = _OPENING.match(written), _CLOSING.search(written)
        if opening is None or closing is None:
            return
        inside = written[opening.end() : closing.start()]
        if "\n" in written and any(mark in written for mark in _MARKS_OF_LINES):
            return
        encloses = "\n" in inside and not isinstance(node.inner, Parentheses | Wrapped)
        yield node.start, node.start + opening.end(), "(" if encloses else ""
        yield node.start + closing.start(), node.end, ")" if encloses else ""
        node = node.inner
