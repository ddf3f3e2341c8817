"""A recipe for blocks of one shape: made from the nodes of one block, it builds those of the others.

A block's text is cut into pieces: what all blocks of the shape have in common, and between them literals. Every offset
of a node is so many characters after the start of a piece.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from msgspec import Struct

from planner.hcl.cty.arithmetic import parse_number
from planner.hcl.cty.values import Value, number, string
from planner.hcl.syntax.nodes import (
    Access,
    Attribute,
    Block,
    Body,
    GetAttribute,
    Label,
    Literal,
    Node,
    TupleItems,
    Variable,
    WholeNode,
)
from planner.hcl.syntax.source import Source

_OFFSETS = {"start", "end", "name_end", "header_end", "close"}

Build = Callable[[Source, list[int], list[str]], Any]  # each builds its own class of nodes
"""Builds one node, from the source, the offsets at which its block's pieces start, and its block's literals."""


def literals_by_place(start: int, pieces: Sequence[str]) -> dict[tuple[int, int], int]:
    """Which literal begins and ends at which offsets in a block that begins at `start`; comments are no nodes."""
    starts = list(accumulate(map(len, pieces), initial=start))
    return {
        (starts[index], starts[index + 1]): index // 2
        for index in range(1, len(pieces), 2)
        if pieces[index][0] not in "#/"
    }


class BlockRecipe(Struct, frozen=True):
    """Builds blocks of one shape."""

    _build: Build

    @classmethod
    def of(cls, block: Block, pieces: Sequence[str]) -> BlockRecipe | None:
        """The recipe of a block whose text is these pieces; None where a literal does not lie where a node does."""
        maker = _Maker(block.start, pieces)
        build = maker.node(block)
        return cls(build) if maker.is_complete else None

    def build(self, source: Source, starts: list[int], literals: list[str]) -> Block:
        """The block of this shape with these literals, whose pieces start at these offsets."""
        block: Block = self._build(source, starts, literals)
        return block


class _Maker:
    """Turns nodes into functions that make such nodes."""

    def __init__(self, start: int, pieces: Sequence[str]) -> None:
        self.starts = list(accumulate(map(len, pieces), initial=start))
        self.literals = literals_by_place(start, pieces)
        self.used: set[int] = set()

    @property
    def is_complete(self) -> bool:
        return len(self.used) == len(self.literals)

    def place(self, offset: int) -> tuple[int, int]:
        """The piece that an offset is in (or at the start of), and how far into it."""
        index = bisect_right(self.starts, offset) - 1
        return index, offset - self.starts[index]

    def end_place(self, offset: int) -> tuple[int, int]:
        """As `place`, but an end belongs to the piece before it."""
        index, delta = self.place(offset - 1)
        if index % 2:
            return index + 1, 0
        return index, delta + 1

    def node(self, node: Node) -> Build:
        match node:
            case Literal() | Label() if (index := self.literals.get((node.start, node.end))) is not None:
                self.used.add(index)
                return self._filled(node, index)
            case Body():
                return self._body(node)
            case Attribute():
                return self._attribute(node)
            case Variable() | GetAttribute():
                return self._named(node)
            case TupleItems():
                return self._tuple(node)
            case Access():
                return self._access(node)
            case Block():
                return self._block(node)
            case WholeNode():
                return self._any(node)
        raise TypeError(node)  # pragma: no cover (there is no other node)

    def _ends(self, node: Node) -> tuple[int, int, int, int]:
        """Piece and distance of a node's start, and of its end."""
        return *self.place(node.start), *self.end_place(node.end)

    def _filled(self, node: Literal | Label, index: int) -> Build:
        start, end = 2 * index + 1, 2 * index + 2
        if isinstance(node, Label):

            def label(source: Source, starts: list[int], literals: list[str]) -> Label:
                return Label(value_of(literals[index]).raw, source=source, start=starts[start], end=starts[end])

            return label

        def literal(source: Source, starts: list[int], literals: list[str]) -> Literal:
            return Literal(value_of(literals[index]), source=source, start=starts[start], end=starts[end])

        return literal

    def _named(self, node: Variable | GetAttribute) -> Build:
        kind, name = type(node), node.name
        piece, delta, end_piece, end_delta = self._ends(node)

        def named(source: Source, starts: list[int], literals: list[str]) -> Node:
            return kind(name, source=source, start=starts[piece] + delta, end=starts[end_piece] + end_delta)

        return named

    def _access(self, node: Access) -> Build:
        subject = self.node(node.subject)
        steps = [self.node(step) for step in node.steps]

        def access(source: Source, starts: list[int], literals: list[str]) -> Access:
            root = subject(source, starts, literals)
            made = tuple([step(source, starts, literals) for step in steps])
            return Access(root, made, source=source, start=root.start, end=made[-1].end)

        return access

    def _tuple(self, node: TupleItems) -> Build:
        items = [self.node(item) for item in node.items]
        piece, delta, end_piece, end_delta = self._ends(node)

        def made(source: Source, starts: list[int], literals: list[str]) -> TupleItems:
            return TupleItems(
                tuple([item(source, starts, literals) for item in items]),
                source=source,
                start=starts[piece] + delta,
                end=starts[end_piece] + end_delta,
            )

        return made

    def _block(self, node: Block) -> Build:
        kind = node.type
        labels = [self.node(label) for label in node.label_nodes]
        inside = self.node(node.body)
        piece, delta, end_piece, end_delta = self._ends(node)
        header_piece, header_delta = self.end_place(node.header_end)

        def block(source: Source, starts: list[int], literals: list[str]) -> Block:
            return Block(
                kind,
                tuple([label(source, starts, literals) for label in labels]),
                inside(source, starts, literals),
                starts[header_piece] + header_delta,
                source=source,
                start=starts[piece] + delta,
                end=starts[end_piece] + end_delta,
            )

        return block

    def _attribute(self, node: Attribute) -> Build:
        name = node.name
        expression = self.node(node.expression)
        piece, delta = self.place(node.start)

        def attribute(source: Source, starts: list[int], literals: list[str]) -> Attribute:
            made = expression(source, starts, literals)
            return Attribute(name, made, source=source, start=starts[piece] + delta, end=made.end)

        return attribute

    def _body(self, node: Body) -> Build:
        attributes = [(name, self.node(attribute)) for name, attribute in node.attributes.items()]
        blocks = [self.node(block) for block in node.blocks]
        (piece, delta), (end_piece, end_delta) = self.place(node.start), self.place(node.end)

        def body(source: Source, starts: list[int], literals: list[str]) -> Body:
            return Body(
                {name: build(source, starts, literals) for name, build in attributes},
                tuple([build(source, starts, literals) for build in blocks]),
                source=source,
                start=starts[piece] + delta,
                end=starts[end_piece] + end_delta,
            )

        return body

    def _any(self, node: WholeNode) -> Build:
        """A node of any class, field by field."""
        kind = type(node)
        constants: dict[str, Any] = {}
        offsets: list[tuple[str, int, int]] = []
        parts: list[tuple[str, Build]] = []
        for name in node.__struct_fields__:
            value = getattr(node, name)
            if name == "source":
                continue
            if name in _OFFSETS:
                place = self.end_place(value) if "end" in name else self.place(value)
                offsets.append((name, *place))
            elif isinstance(value, Node | tuple):
                parts.append((name, self._part(value)))
            else:
                constants[name] = value

        def build(source: Source, starts: list[int], literals: list[str]) -> Node:
            arguments = {name: starts[piece] + delta for name, piece, delta in offsets}
            for name, part in parts:
                arguments[name] = part(source, starts, literals)
            return kind(source=source, **constants, **arguments)

        return build

    def _part(self, value: Any) -> Build:
        if isinstance(value, Node):
            return self.node(value)
        if isinstance(value, tuple):
            inner = [self._part(each) for each in value]
            return lambda source, starts, literals: tuple([build(source, starts, literals) for build in inner])
        return lambda source, starts, literals: value


def value_of(literal: str) -> Value:
    """The value of a string without escapes and sequences, or of a number."""
    return string(literal[1:-1]) if literal[0] == '"' else number(parse_number(literal))
