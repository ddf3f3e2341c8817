"""Python values that a caller gives as variables."""

from __future__ import annotations

from collections.abc import Mapping

from planner.diagnostics import ConfigError, Diagnostic
from planner.hcl.cty.conversion import from_python
from planner.hcl.cty.values import Value, quoted


def values_given(variables: Mapping[str, object]) -> dict[str, Value]:
    """The variables as values. Raises ConfigError with each that is nothing the language can hold."""
    values: dict[str, Value] = {}
    problems: list[Diagnostic] = []
    for name, given in variables.items():
        try:
            values[name] = from_python(given)
        except RecursionError:
            problems.append(_unusable(name, "lists and objects lie too deep in each other"))
        except (TypeError, ValueError, ArithmeticError) as refused:
            problems.append(_unusable(name, str(refused)))
    if problems:
        raise ConfigError(problems)
    return values


def _unusable(name: str, reason: str) -> Diagnostic:
    detail = f"The variable {quoted(name)} cannot be used: {reason}."
    remedy = "Give a string, a finite number, a bool, None, or a list, mapping or set of these."
    return Diagnostic("CFG207", "Unusable variable", detail, remedy)
