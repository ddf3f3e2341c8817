"""The blocks of a module, as declared: what each kind says before anything is evaluated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from planner.config.schema import ObjectSchema
from planner.diagnostics import Span
from planner.hcl.cty.values import Value
from planner.hcl.evaluation.typeexpr import Constraint
from planner.hcl.syntax.nodes import Attribute, Block, Expression
from planner.steps import Place

ModulePath = tuple[str, ...]
"""Names of module calls from the root module down, without keys."""


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """A `validation`, `precondition`, `postcondition` or `assert` block."""

    kind: str
    block: Block
    condition: Expression
    error_message: Expression

    @property
    def span(self) -> Span:
        return self.condition.span


@dataclass(frozen=True, slots=True, eq=False)
class VariableBlock:
    """An input variable. `default` is None where the variable is required."""

    name: str
    block: Block
    constraint: Constraint
    default: Value | None
    description: str
    sensitive: bool
    nullable: bool
    validations: tuple[Condition, ...]

    @property
    def span(self) -> Span:
        return self.block.header_span


@dataclass(frozen=True, slots=True, eq=False)
class OutputBlock:
    name: str
    block: Block
    value: Expression
    description: str
    sensitive: bool
    depends_on: tuple[Expression, ...]
    preconditions: tuple[Condition, ...]

    @property
    def span(self) -> Span:
        return self.block.header_span


@dataclass(frozen=True, slots=True, eq=False)
class LocalValue:
    name: str
    attribute: Attribute

    @property
    def span(self) -> Span:
        return self.attribute.name_span


@dataclass(frozen=True, slots=True, eq=False)
class Repetition:
    """`count` or `for_each` of a block; at most one of them is set."""

    count: Attribute | None = None
    for_each: Attribute | None = None

    @property
    def expressions(self) -> Iterator[Expression]:
        return (attribute.expression for attribute in (self.count, self.for_each) if attribute)

    @property
    def argument(self) -> str | None:
        """The name of the argument that repeats the block."""
        return "count" if self.count else "for_each" if self.for_each else None


@dataclass(frozen=True, slots=True, eq=False)
class Lifecycle:
    prevent_destroy: Expression | None = None
    ignore_changes: frozenset[str] = frozenset()
    replace_triggered_by: tuple[Expression, ...] = ()
    preconditions: tuple[Condition, ...] = ()
    postconditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ObjectBlock:
    """A `resource` or `data` block."""

    mode: str
    schema: ObjectSchema
    name: str
    block: Block
    repetition: Repetition
    arguments: Mapping[str, Attribute]
    depends_on: tuple[Expression, ...]
    provider: Attribute | None
    lifecycle: Lifecycle
    sound: bool = True
    """Whether the schema has nothing against it. If not, its arguments are checked all the same, and nothing more."""

    @property
    def type(self) -> str:
        return self.schema.type

    @property
    def key(self) -> str:
        """`classiclink_vpc.shop`, or `data.classiclink_vpcs.all`: what it is called inside its module."""
        return f"data.{self.type}.{self.name}" if self.mode == "data" else f"{self.type}.{self.name}"

    @property
    def span(self) -> Span:
        return self.block.header_span

    def place(self) -> Place:
        return place_of(self.block)


def place_of(block: Block) -> Place:
    arguments = {name: attribute.expression.span for name, attribute in block.body.attributes.items()}
    return Place(block.header_span, arguments)


@dataclass(frozen=True, slots=True, eq=False)
class ModuleCall:
    name: str
    block: Block
    source: str
    repetition: Repetition
    inputs: Mapping[str, Attribute]
    depends_on: tuple[Expression, ...]
    providers: Mapping[str, tuple[str, Span]]

    @property
    def span(self) -> Span:
        return self.block.header_span


@dataclass(frozen=True, slots=True, eq=False)
class ProviderBlock:
    name: str
    alias: str | None
    block: Block
    settings: Mapping[str, Attribute]

    @property
    def key(self) -> str:
        return self.name if self.alias is None else f"{self.name}.{self.alias}"

    @property
    def span(self) -> Span:
        return self.block.header_span


@dataclass(frozen=True, slots=True, eq=False)
class MovedBlock:
    origin: str
    target: str
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class RemovedBlock:
    origin: str
    destroy: bool
    span: Span


@dataclass(frozen=True, slots=True, eq=False)
class ImportBlock:
    to: Expression
    id: Expression
    for_each: Attribute | None
    block: Block

    @property
    def span(self) -> Span:
        return self.block.header_span


@dataclass(frozen=True, slots=True, eq=False)
class CheckBlock:
    """A `check` block; its own data source, if any, can be seen inside it only."""

    name: str
    block: Block
    data: ObjectBlock | None
    asserts: tuple[Condition, ...]

    @property
    def span(self) -> Span:
        return self.block.header_span


@dataclass(frozen=True, slots=True, eq=False)
class Module:
    """A directory's declarations by kind and name. `children` are the modules that it calls, by the call's name."""

    directory: str
    settings: tuple[Block, ...] = ()
    variables: Mapping[str, VariableBlock] = field(default_factory=dict)
    locals: Mapping[str, LocalValue] = field(default_factory=dict)
    outputs: Mapping[str, OutputBlock] = field(default_factory=dict)
    providers: Mapping[str, ProviderBlock] = field(default_factory=dict)
    objects: Mapping[str, ObjectBlock] = field(default_factory=dict)
    calls: Mapping[str, ModuleCall] = field(default_factory=dict)
    moved: tuple[MovedBlock, ...] = ()
    imports: tuple[ImportBlock, ...] = ()
    removed: tuple[RemovedBlock, ...] = ()
    checks: Mapping[str, CheckBlock] = field(default_factory=dict)
    children: Mapping[str, Module] = field(default_factory=dict)
    broken: frozenset[str] = frozenset()
    """What is declared but wrong, as written in a reference (`var.a`, `classiclink_vpc.b`): told already."""
