"""Custom conditions: validations, preconditions, postconditions and asserts."""

from __future__ import annotations

from planner.config.declarations import Condition
from planner.config.module_instance import NO_ROOTS, ModuleInstance, Roots
from planner.diagnostics import ConfigError, Diagnostic, Severity
from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.types import BOOL, STRING
from planner.hcl.cty.values import SENSITIVE, Value

_HIDDEN = "The message of this condition refers to a sensitive value, so it is not shown."


def holds(condition: Condition, instance: ModuleInstance, extra: Roots = NO_ROOTS) -> bool | None:
    """Whether the condition holds; None where that cannot be known. Raises ConfigError and Abandoned."""
    expression = condition.condition
    value = instance.value(expression, extra)
    if value.is_null:
        raise ConfigError(
            Diagnostic(
                "CFG317", "Invalid condition result", "A condition is true or false, never null.", span=expression.span
            )
        )
    try:
        found = convert(value, BOOL)
    except ConversionError as problem:
        detail = f"A condition is true or false: {problem}."
        raise ConfigError(Diagnostic("CFG317", "Invalid condition result", detail, span=expression.span)) from None
    return found.raw if found.is_known else None


def message(condition: Condition, instance: ModuleInstance, extra: Roots = NO_ROOTS) -> str:
    """What the author says of a failure. Raises ConfigError and Abandoned."""
    expression = condition.error_message
    value = instance.value(expression, extra)
    return _text(value, condition)


def _text(value: Value, condition: Condition) -> str:
    span = condition.error_message.span
    try:
        text = convert(value, STRING)
    except ConversionError as problem:
        detail = f"An error message is a string: {problem}."
        raise ConfigError(Diagnostic("CFG317", "Invalid error message", detail, span=span)) from None
    if SENSITIVE in text.marks:
        return _HIDDEN
    if not isinstance(text.raw, str):
        return "The message of this condition is not known."
    return text.raw


_FAILED = {
    "validation": ("CFG403", "Invalid value for variable"),
    "precondition": ("CFG318", "Precondition failed"),
    "postcondition": ("CFG319", "Postcondition failed"),
    "assert": ("CFG320", "Check block assertion failed"),
}


def failure(condition: Condition, text: str, address: str | None = None) -> Diagnostic:
    """The diagnostic of a condition that does not hold; a failed assert is a warning."""
    code, summary = _FAILED[condition.kind]
    severity = Severity.WARNING if condition.kind == "assert" else Severity.ERROR
    return Diagnostic(code, summary, text, severity=severity, address=address, span=condition.span)
