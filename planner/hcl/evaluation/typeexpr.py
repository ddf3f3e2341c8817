"""Type constraints as a configuration writes them: `list(object({ name = string, age = optional(number, 1) }))`."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from planner.diagnostics import ConfigError, Diagnostic, did_you_mean
from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    Dynamic,
    ListType,
    MapType,
    ObjectType,
    Primitive,
    SetType,
    TupleType,
    Type,
)
from planner.hcl.cty.values import Value, object_of, quoted, tuple_of
from planner.hcl.evaluation.attempts import Evaluate
from planner.hcl.evaluation.scope import Scope
from planner.hcl.syntax.nodes import Call, Expression, Literal, Node, ObjectItems, TupleItems, Variable

_PRIMITIVES: dict[str, Type] = {"bool": BOOL, "string": STRING, "number": NUMBER}
_COLLECTIONS: dict[str, Callable[[Type], Type]] = {"list": ListType, "set": SetType, "map": MapType}


class Constraint(Struct, frozen=True):
    """A type, and the defaults of its optional attributes.

    `defaults` are those of an object's own attributes; `inner` what the constraint says of attributes (by name), of
    tuple elements (by index), or of all elements of a collection (under None).
    """

    type: Type
    defaults: dict[str, Value] = field(default_factory=dict)
    inner: dict[str | int | None, Constraint] = field(default_factory=dict)

    @property
    def has_defaults(self) -> bool:
        return bool(self.defaults) or any(each.has_defaults for each in self.inner.values())

    def convert(self, value: Value) -> Value:
        """The value as one of the type, with defaults where optional attributes are absent or null.

        Raises planner.hcl.cty.conversion.ConversionError.
        """
        return convert(self._completed(value) if self.has_defaults else value, self.type)

    def _completed(self, value: Value) -> Value:
        if not self.has_defaults or not value.is_known or value.is_null:
            return value
        if isinstance(value.raw, tuple):
            return tuple_of(self._element(i, each) for i, each in enumerate(value.raw)).with_marks(value.marks)
        if isinstance(value.raw, dict):
            completed = {key: self._element(key, each) for key, each in value.raw.items()}
            for name, default in self.defaults.items():
                if name not in completed or completed[name].is_null:
                    completed[name] = self._element(name, default)
            return object_of(completed).with_marks(value.marks)
        return value

    def _element(self, key: str | int, value: Value) -> Value:
        inner = self.inner.get(key) or self.inner.get(None)
        return inner._completed(value) if inner else value


ANY = Constraint(DYNAMIC)


def type_string(found: Type) -> str:
    """The type as a configuration writes it."""
    match found:
        case Primitive(name):
            return name
        case Dynamic():
            return "any"
        case ListType(element):
            return f"list({type_string(element)})"
        case SetType(element):
            return f"set({type_string(element)})"
        case MapType(element):
            return f"map({type_string(element)})"
        case TupleType(elements):
            return f"tuple([{','.join(map(type_string, elements))}])"
        case ObjectType(attributes, optional):
            written = []
            for name, inner in attributes.items():
                key = name if name.replace("-", "_").isidentifier() else quoted(name)
                text = type_string(inner)
                written.append(f"{key}={f'optional({text})' if name in optional else text}")
            return f"object({{{','.join(written)}}})"


def _invalid(node: Node, detail: str) -> ConfigError:
    return ConfigError(Diagnostic("CFG206", "Invalid type specification", detail, span=node.span))


_ONE_ARGUMENT = {
    "list": "A list has one type for all elements, as in list(string).",
    "set": "A set has one type for all elements, as in set(string).",
    "map": "A map has one type for all elements, as in map(string).",
    "object": "An object has its attributes and their types in braces, as in object({ name = string }).",
    "tuple": "A tuple has the types of its elements in brackets, as in tuple([string, number]).",
}
_TYPES = "Types are string, number, bool, any, and list(…), set(…), map(…), object({…}) and tuple([…]) of them."


def parse_constraint(node: Expression, evaluate: Evaluate) -> Constraint:
    """A constraint, in which `any` and `optional(…)` are allowed; `evaluate` is for defaults. Raises ConfigError."""
    if isinstance(node, Variable):
        return Constraint(_keyword(node))
    if not isinstance(node, Call):
        raise _invalid(
            node,
            f"This is not a type. {_TYPES}",
        )
    if node.name in _PRIMITIVES or node.name == "any":
        raise _invalid(node, f"The type {node.name} takes no arguments. Write {node.name}.")
    if node.name == "optional":
        raise _invalid(node, "optional(…) is for an attribute, as in object({ name = optional(string) }).")
    if node.name not in _ONE_ARGUMENT:
        hint = did_you_mean(node.name, _ONE_ARGUMENT) or f" {_TYPES}"
        raise _invalid(node, f"There is no type {quoted(node.name)}.{hint}")
    if len(node.arguments) != 1:
        raise _invalid(node, _ONE_ARGUMENT[node.name])
    (argument,) = node.arguments
    if node.name == "object":
        return _object(argument, evaluate)
    if node.name == "tuple":
        return _tuple(argument, evaluate)
    element = parse_constraint(argument, evaluate)
    return Constraint(_COLLECTIONS[node.name](element.type), inner={None: element})


def _keyword(node: Variable) -> Type:
    if node.name in _PRIMITIVES:
        return _PRIMITIVES[node.name]
    if node.name in _ONE_ARGUMENT:
        raise _invalid(node, _ONE_ARGUMENT[node.name])
    if node.name != "any":
        hint = did_you_mean(node.name, (*_PRIMITIVES, "any")) or f" {_TYPES}"
        raise _invalid(node, f"There is no type {quoted(node.name)}.{hint}")
    return DYNAMIC


def _tuple(node: Expression, evaluate: Evaluate) -> Constraint:
    if not isinstance(node, TupleItems):
        raise _invalid(node, _ONE_ARGUMENT["tuple"])
    inner: dict[str | int | None, Constraint] = {}
    problems: list[Diagnostic] = []
    for index, item in enumerate(node.items):
        try:
            inner[index] = parse_constraint(item, evaluate)
        except ConfigError as refused:
            problems.extend(refused.diagnostics)
    if problems:
        raise ConfigError(problems)
    return Constraint(TupleType(tuple(each.type for each in inner.values())), inner=inner)


def _object(node: Expression, evaluate: Evaluate) -> Constraint:
    if not isinstance(node, ObjectItems):
        raise _invalid(node, _ONE_ARGUMENT["object"])
    made = _ObjectConstraint(evaluate)
    for key, value in node.items:
        try:
            made.add(key, value)
        except ConfigError as refused:
            made.problems.extend(refused.diagnostics)
    if made.problems:
        raise ConfigError(made.problems)
    types = {str(name): each.type for name, each in made.inner.items()}
    return Constraint(ObjectType(types, frozenset(made.optional)), made.defaults, made.inner)


class _ObjectConstraint:
    """What an object constraint says of its attributes, gathered one by one."""

    def __init__(self, evaluate: Evaluate) -> None:
        self.evaluate = evaluate
        self.names: set[str] = set()
        self.inner: dict[str | int | None, Constraint] = {}
        self.defaults: dict[str, Value] = {}
        self.optional: set[str] = set()
        self.problems: list[Diagnostic] = []

    def add(self, key: Expression, node: Expression) -> None:
        if not isinstance(key, Literal) or key.text.startswith('"') or not isinstance(key.value.raw, str):
            raise _invalid(key, "Write the name of an attribute without quotes here.")
        name = key.value.raw
        if name in self.names:
            raise _invalid(key, f"The attribute {quoted(name)} has a type already.")
        self.names.add(name)
        default = None
        if isinstance(node, Call) and node.name == "optional":
            node, default = self._optional(name, node)
        self.inner[name] = parse_constraint(node, self.evaluate)
        if default is not None:
            self._default(name, self.evaluate(default, Scope({})), default)

    def _optional(self, name: str, node: Call) -> tuple[Expression, Expression | None]:
        if not node.arguments:
            raise _invalid(node, "optional(…) holds the type of the attribute, as in optional(string).")
        if len(node.arguments) > 2:
            raise _invalid(node, "optional(…) takes only a type and a default, as in optional(number, 1).")
        self.optional.add(name)
        return node.arguments[0], node.arguments[1] if len(node.arguments) == 2 else None

    def _default(self, name: str, value: Value, node: Expression) -> None:
        try:
            self.defaults[name] = convert(value, self.inner[name].type)
        except ConversionError as refused:
            raise ConfigError(
                Diagnostic(
                    "CFG206",
                    "Invalid default value for optional attribute",
                    f"The default of {quoted(name)} does not fit its type: {refused}.",
                    span=node.span,
                )
            ) from None
