"""The kinds of declaration that a module is made of: what each is called, where it is, and which expressions it has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import ClassVar

from msgspec import Struct

from planner.config.schema import ObjectSchema
from planner.config.uses import ANYWHERE, BEFORE_OBJECTS, Use, Visible, of_attributes, of_body, of_keys
from planner.diagnostics import Span
from planner.hcl.cty.values import Value
from planner.hcl.evaluation.typeexpr import Constraint
from planner.hcl.syntax.nodes import Attribute, Block, Expression
from planner.steps import Place


class Declaration:
    """What every kind of declaration has. Two declarations are equal only where they are one."""

    __slots__ = ()
    block: Block

    @property
    def key(self) -> str:
        """What it is called inside its module, as in a reference to it; empty for a block without a name."""
        return ""

    @property
    def span(self) -> Span:
        return self.block.header_span

    def uses(self) -> Iterator[Use]:
        """The expressions whose values it needs."""
        return iter(())


class WholeDeclaration(Declaration, Struct, frozen=True, eq=False):
    """A declaration that has all its parts from the start: any but an object, whose parts may be decoded later."""

    block: Block


class NamedDeclaration(WholeDeclaration, frozen=True):
    """A declaration that has one name, which no other of its kind in the module has."""

    name: str

    root: ClassVar[str]
    """The word before the name, in references and addresses."""
    noun: ClassVar[str]
    """What the kind is called in messages."""

    @classmethod
    def key_of(cls, name: str) -> str:
        return f"{cls.root}.{name}"

    @property
    def key(self) -> str:
        return self.key_of(self.name)


class Condition(Struct, frozen=True):
    """A `validation`, `precondition`, `postcondition` or `assert` block."""

    kind: str
    block: Block
    condition: Expression
    error_message: Expression

    @property
    def span(self) -> Span:
        return self.condition.span


class SettingsBlock(WholeDeclaration, frozen=True):
    """A `cl` block."""

    def uses(self) -> Iterator[Use]:
        return of_body(self.block.body, BEFORE_OBJECTS)


class VariableBlock(NamedDeclaration, frozen=True):
    """An input variable. `default` is None if the variable is required."""

    constraint: Constraint
    default: Value | None
    description: str
    sensitive: bool
    nullable: bool
    validations: tuple[Condition, ...]

    root = "var"
    noun = "input variable"


class Validations(WholeDeclaration, frozen=True):
    """The `validation` blocks of a variable: they refer to it, so they come after it."""

    variable: VariableBlock

    @property
    def key(self) -> str:
        return self.variable.key

    def uses(self) -> Iterator[Use]:
        return _of_conditions(self.variable.validations, ANYWHERE)


class LocalValue(NamedDeclaration, frozen=True):
    """One argument of a `locals` block."""

    attribute: Attribute

    root = "local"
    noun = "local value"

    @property
    def span(self) -> Span:
        return self.attribute.name_span

    def uses(self) -> Iterator[Use]:
        yield Use(self.attribute.expression)


class OutputBlock(NamedDeclaration, frozen=True):
    """An `output` block."""

    value: Expression
    description: str
    sensitive: bool
    depends_on: tuple[Expression, ...]
    preconditions: tuple[Condition, ...]

    root = "output"
    noun = "output"

    def uses(self) -> Iterator[Use]:
        yield from _of_depends_on(self.depends_on)
        yield Use(self.value)
        yield from _of_conditions(self.preconditions, ANYWHERE)


class ProviderBlock(NamedDeclaration, frozen=True):
    """A provider configuration; its name is `mock`, or with an alias `mock.west`."""

    type: str
    alias: str | None
    settings: Mapping[str, Attribute]
    blocks: Mapping[str, Mapping[str, Attribute]]

    root = "provider"
    noun = "provider configuration"

    def uses(self) -> Iterator[Use]:
        for attributes in (self.settings, *self.blocks.values()):
            yield from of_attributes(attributes.values(), BEFORE_OBJECTS)


class Repetition(Struct, frozen=True, eq=False):
    """`count` or `for_each` of a block; at most one of them is set."""

    count: Attribute | None = None
    for_each: Attribute | None = None

    @property
    def argument(self) -> str | None:
        """The name of the argument that repeats the block."""
        return "count" if self.count else "for_each" if self.for_each else None

    def uses(self) -> Iterator[Use]:
        return (Use(attribute.expression) for attribute in (self.count, self.for_each) if attribute)

    def visible(self, *, own: bool = False) -> Visible:
        """What the other expressions of the block may refer to."""
        return Visible(each=self.for_each is not None, count=self.count is not None, own=own)


class Lifecycle(Struct, frozen=True):
    """A `lifecycle` block; what it leaves out is as the defaults say."""

    prevent_destroy: Expression | None = None
    ignore_changes: frozenset[str] = frozenset()
    replace_triggered_by: tuple[Expression, ...] = ()
    preconditions: tuple[Condition, ...] = ()
    postconditions: tuple[Condition, ...] = ()


NO_LIFECYCLE = Lifecycle()
"""That of a block without a `lifecycle` block."""


class ObjectBlock(Declaration):
    """A `resource` or `data` block.

    `sound` is whether it fits its schema. If not, its arguments are still checked, but nothing more. `key` is as in
    `classiclink_vpc.shop`, or `data.classiclink_vpcs.all`.
    """

    __slots__ = (
        "arguments",
        "block",
        "depends_on",
        "key",
        "lifecycle",
        "mode",
        "name",
        "provider",
        "repetition",
        "schema",
        "sound",
    )
    key: str

    def __init__(
        self,
        block: Block,
        mode: str,
        schema: ObjectSchema,
        name: str,
        repetition: Repetition,
        arguments: Mapping[str, Attribute],
        depends_on: tuple[Expression, ...],
        provider: Attribute | None,
        lifecycle: Lifecycle,
        sound: bool = True,
    ) -> None:
        self.block = block
        self.mode = mode
        self.schema = schema
        self.name = name
        self.repetition = repetition
        self.arguments = arguments
        self.depends_on = depends_on
        self.provider = provider
        self.lifecycle = lifecycle
        self.sound = sound
        self.key = object_key(mode, schema.type, name)

    @property
    def type(self) -> str:
        return self.schema.type

    def place(self) -> Place:
        return place_of(self.block)

    def uses(self) -> Iterator[Use]:
        inside = self.repetition.visible()
        lifecycle = self.lifecycle
        yield from _of_depends_on(self.depends_on)
        yield from self.repetition.uses()
        yield from of_attributes(self.arguments.values(), inside)
        if lifecycle.prevent_destroy is not None:
            yield Use(lifecycle.prevent_destroy, inside)
        for expression in lifecycle.replace_triggered_by:
            yield Use(expression, inside)
            yield from of_keys(expression, inside)
        yield from _of_conditions(lifecycle.preconditions, inside)
        yield from _of_conditions(lifecycle.postconditions, self.repetition.visible(own=True))


class ModuleCall(NamedDeclaration, frozen=True):
    """A `module` block."""

    source: str
    repetition: Repetition
    inputs: Mapping[str, Attribute]
    depends_on: tuple[Expression, ...]
    providers: Mapping[str, tuple[str, Span]]

    root = "module"
    noun = "module call"

    def uses(self) -> Iterator[Use]:
        yield from _of_depends_on(self.depends_on)
        yield from self.repetition.uses()

    def input_uses(self) -> Iterator[Use]:
        """What the call gives to the module's variables: those need it, the call itself does not."""
        return of_attributes(self.inputs.values(), self.repetition.visible())


class ImportBlock(WholeDeclaration, frozen=True):
    """An `import` block: the object with this id is to be managed at that address."""

    to: Expression
    id: Expression
    for_each: Attribute | None
    provider: Attribute | None

    def uses(self) -> Iterator[Use]:
        if self.for_each:
            yield Use(self.for_each.expression)
        inside = Visible(each=self.for_each is not None)
        yield Use(self.id, inside)
        yield from of_keys(self.to, inside)


class MovedBlock(WholeDeclaration, frozen=True):
    """A `moved` block; both addresses as written, seen from its module."""

    origin: str
    target: str


class RemovedBlock(WholeDeclaration, frozen=True):
    """A `removed` block; the address as written, seen from its module."""

    origin: str
    destroy: bool


class CheckBlock(NamedDeclaration, frozen=True):
    """A `check` block; its own data source, if any, is visible inside it only."""

    data: ObjectBlock | None
    asserts: tuple[Condition, ...]

    root = "check"
    noun = "check"

    def uses(self) -> Iterator[Use]:
        if self.data:
            yield from self.data.uses()
        yield from _of_conditions(self.asserts, Visible(check=self.name if self.data else ""))


def object_key(mode: str, type_name: str, name: str) -> str:
    """What a resource or a data source is called inside its module."""
    return f"data.{type_name}.{name}" if mode == "data" else f"{type_name}.{name}"


class ArgumentPlaces(Mapping[str, Span]):
    """The places of a block's arguments, found when the first is asked for: for most blocks none ever is.

    One of a nested block is named like `endpoints.ecs`.
    """

    __slots__ = ("_block", "_found")

    def __init__(self, block: Block) -> None:
        self._block = block
        self._found: dict[str, Span] | None = None

    @property
    def _spans(self) -> dict[str, Span]:
        if self._found is None:
            body = self._block.body
            found = {name: attribute.expression.span for name, attribute in body.attributes.items()}
            for nested in body.blocks:
                found.setdefault(nested.type, nested.header_span)
                for name, attribute in nested.body.attributes.items():
                    found.setdefault(f"{nested.type}.{name}", attribute.expression.span)
            self._found = found
        return self._found

    def __getitem__(self, name: str) -> Span:
        return self._spans[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)


def place_of(block: Block) -> Place:
    """The place of a block and of its arguments."""
    return Place(block.header_span, ArgumentPlaces(block))


def _of_depends_on(references: Iterable[Expression]) -> Iterator[Use]:
    return (Use(reference, everything=True) for reference in references)


def _of_conditions(conditions: Iterable[Condition], visible: Visible) -> Iterator[Use]:
    for condition in conditions:
        yield Use(condition.condition, visible)
        yield Use(condition.error_message, visible)
