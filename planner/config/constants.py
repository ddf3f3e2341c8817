"""Arguments that are needed before anything is evaluated, so their values must be literal."""

from __future__ import annotations

from typing import TypeVar

from planner.config.names import needs_quotes, unquoted
from planner.diagnostics import ConfigError, Diagnostic
from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.types import BOOL, DYNAMIC, STRING, ListType, MapType, Primitive, SetType, Type
from planner.hcl.cty.values import SENSITIVE, Value, deep_marks, quoted
from planner.hcl.evaluation.evaluator import evaluate_expression
from planner.hcl.evaluation.scope import Scope
from planner.hcl.evaluation.typeexpr import ANY, Constraint, parse_constraint
from planner.hcl.syntax.nodes import Attribute, Expression, Variable
from planner.hcl.syntax.references import references
from planner.remedy import Remedy

_NOTHING = Scope({})
_SHORT = 60
_Plain = TypeVar("_Plain", bool, str)


def constant(attribute: Attribute | None, default: _Plain) -> _Plain:
    """The plain value of an argument that may refer to nothing; `default`, of its type, where it is left out or null.

    Raises ConfigError.
    """
    if attribute is None:
        return default
    expected = BOOL if isinstance(default, bool) else STRING
    value = converted(_constant(attribute.expression), expected, attribute.expression, attribute.name)
    return value.raw if isinstance(value.raw, type(default)) else default


def _constant(expression: Expression) -> Value:
    if found := references(expression):
        detail = "This argument is needed before variables have values: write the value itself."
        remedy = needs_quotes(found[0])
        raise ConfigError(Diagnostic("CFG401", "Variables not allowed", detail, Remedy.of(remedy), span=found[0].span))
    return evaluate_expression(expression, _NOTHING)


def converted(value: Value, expected: Type, expression: Expression, name: str) -> Value:
    """The value converted to a type. Raises ConfigError that names the argument."""
    if value.type is expected or value.type == expected:
        return value
    try:
        return convert(value, expected)
    except ConversionError as problem:
        raise ConfigError(wrong_type(name, problem, expression, in_brackets(value, expected))) from None


def refuse_sensitive(value: Value, attribute: Attribute) -> None:
    """Raises ConfigError if an argument that is shown in plans or messages has a sensitive value."""
    if SENSITIVE in deep_marks(value):
        detail = f'The value of "{attribute.name}" is shown in plans or messages, so it cannot be sensitive.'
        remedy = f"If it may be shown: {attribute.name} = nonsensitive({attribute.expression.text})"
        if "\n" in attribute.expression.text:
            remedy = "If it may be shown, put it into nonsensitive()."
        raise ConfigError(
            Diagnostic("CFG506", "Sensitive value is shown", detail, Remedy.of(remedy), span=attribute.expression.span)
        )


def wrong_type(name: str, problem: ConversionError, expression: Expression, remedy: str = "") -> Diagnostic:
    detail = f'"{name}" cannot have this value: {problem}.'
    return Diagnostic("CFG306", "Incorrect attribute value type", detail, Remedy.of(remedy), span=expression.span)


def in_brackets(value: Value, expected: Type) -> str:
    """The remedy where one value was given for a list or set; empty if something else is wrong."""
    if not isinstance(value.type, Primitive) or not isinstance(expected, ListType | SetType):
        return ""
    shown = quoted(value.raw) if isinstance(value.raw, str) and not value.marks and len(value.raw) <= _SHORT else "…"
    return f"Put it in brackets: [{shown}]."


def type_constraint(attribute: Attribute | None) -> Constraint:
    """The constraint that a variable's `type` writes, `any` where it is left out. Raises ConfigError.

    `list` and `map` alone stand for those of any elements. Only JSON, which has no other way, puts a type in quotes.
    """
    if attribute is None:
        return ANY
    written = unquoted(attribute.expression)
    if written is not attribute.expression and not attribute.source.filename.endswith(".json"):
        detail = "A type is written without quotes."
        remedy = f"Remove the quotes: type = {written.text}"
        raise ConfigError(
            Diagnostic("CFG206", "Invalid type specification", detail, Remedy.of(remedy), span=written.span)
        )
    if isinstance(written, Variable) and written.name in ("list", "map"):
        return Constraint(ListType(DYNAMIC) if written.name == "list" else MapType(DYNAMIC))
    return parse_constraint(written, evaluate_expression)


def default_value(attribute: Attribute | None, constraint: Constraint, nullable: bool) -> Value | None:
    """A variable's default, converted. Raises ConfigError."""
    if attribute is None:
        return None
    value = _constant(attribute.expression)
    if value.is_null and not nullable:
        detail = "The default is null, but the variable is declared nullable = false."
        raise ConfigError(
            Diagnostic("CFG404", "Invalid default value for variable", detail, span=attribute.expression.span)
        )
    try:
        return constraint.convert(value)
    except ConversionError as problem:
        detail = f"The default does not fit the variable's type constraint: {problem}."
        raise ConfigError(
            Diagnostic("CFG404", "Invalid default value for variable", detail, span=attribute.expression.span)
        ) from None
