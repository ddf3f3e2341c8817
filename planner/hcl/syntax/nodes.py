"""What a configuration says, as a tree; every node knows its place.

A body holds attributes and blocks; an attribute holds an expression. Places are offsets into the source and become
lines and columns only on demand. Nodes are never changed once made.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from planner.diagnostics import Span
from planner.hcl.cty.values import Value
from planner.hcl.syntax.source import Source


class Node:
    """A stretch of the source, from offset `start` up to but not including `end`."""

    __slots__ = ()
    source: Source
    start: int
    end: int

    @property
    def span(self) -> Span:
        return self.source.span(self.start, self.end)

    @property
    def text(self) -> str:
        """The source text of the node."""
        return self.source.text[self.start : self.end]


class WholeNode(Node, Struct, frozen=True, eq=False, kw_only=True):
    """A node that has all its parts from the start: any but a block, whose parts may be built later."""

    source: Source
    start: int
    end: int


class Literal(WholeNode, frozen=True):
    """A number, bool, null, or a string without sequences."""

    value: Value


class Template(WholeNode, frozen=True):
    """Parts that are joined to one string."""

    parts: tuple[Expression, ...]


class Wrapped(WholeNode, frozen=True):
    """A template that is one interpolation only, `"${x}"`: it has the value of `x`, of whatever type."""

    inner: Expression


class Join(WholeNode, frozen=True):
    """The results of a template's `for` directive, joined."""

    loop: For


class Variable(WholeNode, frozen=True):
    """The name at the root of a reference."""

    name: str


class GetAttribute(WholeNode, frozen=True):
    """The step `.name`; its place begins at the dot."""

    name: str


class GetElement(WholeNode, frozen=True):
    """The step `[key]`, or the older `.0`; its place begins at the bracket or dot."""

    key: Expression


class Access(WholeNode, frozen=True):
    """Steps into a value: `subject.a["b"]`."""

    subject: Expression
    steps: tuple[GetAttribute | GetElement, ...]


class Item(WholeNode, frozen=True):
    """Inside a splat: the element at hand."""


class Splat(WholeNode, frozen=True):
    """`subject[*]…` or `subject.*…`: `each`, in which an `Item` stands for every element in turn."""

    subject: Expression
    each: Expression
    item: Item


class Call(WholeNode, frozen=True):
    """A function call; with `expands` the last argument gives the last arguments."""

    name: str
    arguments: tuple[Expression, ...]
    expands: bool
    name_end: int
    close: int  # offset of the closing parenthesis


class Parentheses(WholeNode, frozen=True):
    """An expression in parentheses."""

    inner: Expression


class Unary(WholeNode, frozen=True):
    """`!x` or `-x`."""

    operator: str
    operand: Expression


class Binary(WholeNode, frozen=True):
    """Operators of one precedence, from left to right: `a + b - c`."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


class Conditional(WholeNode, frozen=True):
    """`condition ? this : that`."""

    condition: Expression
    when_true: Expression
    when_false: Expression


class TupleItems(WholeNode, frozen=True):
    """`[a, b]`."""

    items: tuple[Expression, ...]


class ObjectItems(WholeNode, frozen=True):
    """`{a = b}`; a key that is a bare word is a `Literal` already."""

    items: tuple[tuple[Expression, Expression], ...]


class For(WholeNode, frozen=True):
    """`[for k, v in xs : value if condition]`, or with a `key` an object; `groups` is the `...`."""

    key_name: str | None
    value_name: str
    collection: Expression
    key: Expression | None
    value: Expression
    condition: Expression | None
    groups: bool


Expression = (
    Literal
    | Template
    | Wrapped
    | Join
    | Variable
    | Access
    | Item
    | Splat
    | Call
    | Parentheses
    | Unary
    | Binary
    | Conditional
    | TupleItems
    | ObjectItems
    | For
)


class Attribute(WholeNode, frozen=True):
    """`name = expression` in a body; the node's place is that of the whole definition."""

    name: str
    expression: Expression

    @property
    def name_span(self) -> Span:
        return self.source.span(self.start, self.start + len(self.name))


class Label(WholeNode, frozen=True):
    """A block's label; its place includes the quotes."""

    value: str


class Block(Node):
    """`type "label" { … }`; the node's place is that of the whole block."""

    __slots__ = ("body", "end", "header_end", "label_nodes", "source", "start", "type")

    def __init__(
        self,
        type: str,  # noqa: A002
        label_nodes: tuple[Label, ...],
        body: Body,
        header_end: int,  # offset just after the last label, or the type
        *,
        source: Source,
        start: int,
        end: int,
    ) -> None:
        self.type = type
        self.label_nodes = label_nodes
        self.body = body
        self.header_end = header_end
        self.source = source
        self.start = start
        self.end = end

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(label.value for label in self.label_nodes)

    @property
    def type_span(self) -> Span:
        return self.source.span(self.start, self.start + len(self.type))

    @property
    def label_spans(self) -> tuple[Span, ...]:
        return tuple(label.span for label in self.label_nodes)

    @property
    def header_span(self) -> Span:
        """Type and labels."""
        return self.source.span(self.start, self.header_end)

    def with_body(self, body: Body) -> Block:
        """The same block with another body."""
        return Block(
            self.type, self.label_nodes, body, self.header_end, source=self.source, start=self.start, end=self.end
        )


class Body(WholeNode, frozen=True):
    """Attributes by name and blocks, each in the order of the source."""

    attributes: dict[str, Attribute]
    blocks: tuple[Block, ...]

    def blocks_of(self, block_type: str) -> Iterator[Block]:
        return (block for block in self.blocks if block.type == block_type)
