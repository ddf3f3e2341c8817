"""What a configuration says, as a tree; every node knows its place.

A body holds attributes and blocks; an attribute holds an expression. Places are offsets into the source and become
lines and columns only on demand. Nodes are never changed once made; they are not frozen because making them is most of
the work of reading a large configuration, and freezing takes a third longer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from planner.diagnostics import Span
from planner.hcl.cty.values import Value
from planner.hcl.syntax.source import Source


@dataclass(slots=True, eq=False, kw_only=True)
class Node:
    """A stretch of the source, from offset `start` up to but not including `end`."""

    source: Source = field(repr=False)
    start: int = field(repr=False)
    end: int = field(repr=False)

    @property
    def span(self) -> Span:
        return self.source.span(self.start, self.end)

    @property
    def text(self) -> str:
        """The source text of the node."""
        return self.source.text[self.start : self.end]


@dataclass(slots=True, eq=False)
class Literal(Node):
    """A number, bool, null, or a string without sequences."""

    value: Value


@dataclass(slots=True, eq=False)
class Template(Node):
    """Parts that are joined to one string."""

    parts: tuple[Expression, ...]


@dataclass(slots=True, eq=False)
class Wrapped(Node):
    """A template that is one interpolation only, `"${x}"`: it has the value of `x`, of whatever type."""

    inner: Expression


@dataclass(slots=True, eq=False)
class Join(Node):
    """The results of a template's `for` directive, joined."""

    loop: For


@dataclass(slots=True, eq=False)
class Variable(Node):
    """The name at the root of a reference."""

    name: str


@dataclass(slots=True, eq=False)
class GetAttribute(Node):
    """The step `.name`; its place begins at the dot."""

    name: str


@dataclass(slots=True, eq=False)
class GetElement(Node):
    """The step `[key]`, or the older `.0`; its place begins at the bracket or dot."""

    key: Expression


@dataclass(slots=True, eq=False)
class Access(Node):
    """Steps into a value: `subject.a["b"]`."""

    subject: Expression
    steps: tuple[GetAttribute | GetElement, ...]


@dataclass(slots=True, eq=False)
class Item(Node):
    """Inside a splat: the element at hand."""


@dataclass(slots=True, eq=False)
class Splat(Node):
    """`subject[*]…` or `subject.*…`: `each`, in which an `Item` stands for every element in turn."""

    subject: Expression
    each: Expression
    item: Item


@dataclass(slots=True, eq=False)
class Call(Node):
    """A function call; with `expands` the last argument gives the last arguments."""

    name: str
    arguments: tuple[Expression, ...]
    expands: bool
    name_end: int
    close: int  # offset of the closing parenthesis


@dataclass(slots=True, eq=False)
class Parentheses(Node):
    """An expression in parentheses."""

    inner: Expression


@dataclass(slots=True, eq=False)
class Unary(Node):
    """`!x` or `-x`."""

    operator: str
    operand: Expression


@dataclass(slots=True, eq=False)
class Binary(Node):
    """Operators of one precedence, from left to right: `a + b - c`."""

    first: Expression
    rest: tuple[tuple[str, Expression], ...]


@dataclass(slots=True, eq=False)
class Conditional(Node):
    """`condition ? this : that`."""

    condition: Expression
    when_true: Expression
    when_false: Expression


@dataclass(slots=True, eq=False)
class TupleItems(Node):
    """`[a, b]`."""

    items: tuple[Expression, ...]


@dataclass(slots=True, eq=False)
class ObjectItems(Node):
    """`{a = b}`; a key that is a bare word is a `Literal` already."""

    items: tuple[tuple[Expression, Expression], ...]


@dataclass(slots=True, eq=False)
class For(Node):
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


@dataclass(slots=True, eq=False)
class Attribute(Node):
    """`name = expression` in a body; the node's place is that of the whole definition."""

    name: str
    expression: Expression

    @property
    def name_span(self) -> Span:
        return self.source.span(self.start, self.start + len(self.name))


@dataclass(slots=True, eq=False)
class Label(Node):
    """A block's label; its place includes the quotes."""

    value: str


@dataclass(slots=True, eq=False)
class Block(Node):
    """`type "label" { … }`; the node's place is that of the whole block."""

    type: str
    label_nodes: tuple[Label, ...]
    body: Body
    header_end: int  # offset just after the last label, or the type

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


@dataclass(slots=True, eq=False)
class Body(Node):
    """Attributes by name and blocks, each in the order of the source."""

    attributes: dict[str, Attribute]
    blocks: tuple[Block, ...]

    def blocks_of(self, block_type: str) -> Iterator[Block]:
        return (block for block in self.blocks if block.type == block_type)
