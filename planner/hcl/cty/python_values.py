"""Python data as values of the language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from planner.diagnostics import ConfigError, Diagnostic
from planner.hcl.cty.arithmetic import normal
from planner.hcl.cty.conversion import convert
from planner.hcl.cty.types import DYNAMIC, SetType, Type
from planner.hcl.cty.unknowns import Unknown
from planner.hcl.cty.values import (
    Value,
    boolean,
    null,
    number,
    object_of,
    quoted,
    string,
    tuple_of,
    unknown,
)
from planner.remedy import Remedy


def from_python(obj: object, to: Type | None = None) -> Value:
    """The value of plain Python data: a sequence is a tuple, a mapping an object, a set a set. Raises TypeError."""
    value = _from_python(obj)
    return value if to is None else convert(value, to)


def _from_python(obj: object) -> Value:
    match obj:
        case Value():
            return obj
        case None:
            return null()
        case Unknown():
            return unknown()
        case bool():
            return boolean(obj)
        case str():
            return string(obj)
        case int() | Decimal() | float():
            amount = Decimal(repr(obj)) if isinstance(obj, float) else obj
            if isinstance(amount, Decimal) and not amount.is_finite():
                raise ValueError("numbers must be finite")
            return number(normal(amount))
        case Mapping():
            return object_of({string(str(key)).raw: _from_python(element) for key, element in obj.items()})
        case set() | frozenset():
            return convert(tuple_of(_from_python(element) for element in obj), SetType(DYNAMIC))
        case Sequence():
            return tuple_of(_from_python(element) for element in obj)
    raise TypeError(f"no value of the language: {type(obj).__name__}")


def values_given(variables: Mapping[str, object]) -> dict[str, Value]:
    """The variables as values. Raises ConfigError with each that is nothing the language can hold."""
    values: dict[str, Value] = {}
    problems: list[Diagnostic] = []
    for name, given in variables.items():
        try:
            values[name] = from_python(given)
        except RecursionError:
            problems.append(_unusable(name, "lists and objects are nested too deeply"))
        except (TypeError, ValueError, ArithmeticError) as refused:
            problems.append(_unusable(name, str(refused)))
    if problems:
        raise ConfigError(problems)
    return values


def _unusable(name: str, reason: str) -> Diagnostic:
    detail = f"The variable {quoted(name)} cannot be used: {reason}."
    remedy = "Give a string, a finite number, a bool, None, or a list, mapping or set of these."
    return Diagnostic("CFG207", "Unusable variable", detail, Remedy.of(remedy))
