"""Custom conditions: `validation`, `precondition`, `postcondition` and `assert` blocks."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from planner.config.declarations import Condition
from planner.config.desired import CheckStatus
from planner.config.module_instance import NO_ROOTS, ModuleInstance, Roots
from planner.config.problems import Problems
from planner.config.surroundings import Surroundings
from planner.diagnostics import ConfigError, Diagnostic, Severity, first_of
from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.types import BOOL, STRING
from planner.hcl.cty.values import SENSITIVE
from planner.values import replace


class Verdict(Struct, frozen=True):
    """The outcome of some conditions: `error` where one could not be evaluated, which is reported already.

    `failures` are the diagnostics of those that do not hold: the author's messages, of which each is in `messages`, and
    the values that the condition looked at. With `stops` what has these conditions is not to be used.
    """

    status: CheckStatus
    failures: tuple[Diagnostic, ...] = ()
    messages: tuple[str, ...] = ()
    stops: bool = False


_WORST_FIRST: tuple[CheckStatus, ...] = ("error", "fail", "unknown", "pass")


def judge(
    conditions: Iterable[Condition],
    instance: ModuleInstance,
    address: object,
    surroundings: Surroundings,
    roots: Roots = NO_ROOTS,
) -> Verdict:
    """Evaluate the conditions of what is at `address`. Errors are reported; failures are left to the caller.

    Where the plan is not to change the cloud to what is declared, errors and failures of preconditions and
    postconditions are warnings.
    """
    found: set[CheckStatus] = {"pass"}
    failures: list[Diagnostic] = []
    messages: list[str] = []
    stops = False
    for condition in conditions:
        status: CheckStatus = "error"
        severity = _severity(condition, surroundings)
        problems = surroundings.problems if severity is Severity.ERROR else Problems()
        with problems.collecting(address):
            status = _status(condition, instance, roots)
            if status == "fail":
                message = _message(condition, instance, roots)
                values = _values(condition, instance, roots)
                failures.append(_failure(condition, severity, message + values, str(address)))
                messages.append(message)
        if severity is not Severity.ERROR:
            surroundings.problems.extend(replace(each, severity=severity) for each in problems)
        found.add(status)
        stops = stops or (severity is Severity.ERROR and status in ("fail", "error"))
    return Verdict(min(found, key=_WORST_FIRST.index), tuple(failures), tuple(messages), stops)


def _status(condition: Condition, instance: ModuleInstance, roots: Roots) -> CheckStatus:
    """Whether the condition holds. Raises ConfigError and Abandoned."""
    expression = condition.condition
    value = instance.value(expression, roots)
    if value.is_null:
        detail = "A condition must be true or false; this is null."
        raise ConfigError(Diagnostic("CFG317", "Invalid condition result", detail, span=expression.span))
    try:
        found = convert(value, BOOL)
    except ConversionError as problem:
        detail = f"A condition must be true or false: {problem}."
        raise ConfigError(Diagnostic("CFG317", "Invalid condition result", detail, span=expression.span)) from None
    if not found.is_known:
        return "unknown"
    return "pass" if found.raw else "fail"


def _message(condition: Condition, instance: ModuleInstance, roots: Roots) -> str:
    """The author's message for a failure. Raises ConfigError and Abandoned."""
    expression = condition.error_message
    try:
        text = convert(instance.value(expression, roots), STRING)
    except ConversionError as problem:
        detail = f"An error message must be a string: {problem}."
        raise ConfigError(Diagnostic("CFG317", "Invalid error message", detail, span=expression.span)) from None
    if SENSITIVE in text.marks:
        return "The message of this condition refers to a sensitive value, so it is not shown."
    if not isinstance(text.raw, str):
        return "The message of this condition is not known."
    return text.raw


def _values(condition: Condition, instance: ModuleInstance, roots: Roots) -> str:
    """A line with the values that the condition looked at, where there are any to show."""
    expression = condition.condition
    from planner.hcl.evaluation.looked_at import values_looked_at

    values = values_looked_at(expression, instance.scope(expression, roots))
    return f"\nValues: {first_of(values)}." if values else ""


_FAILED = {
    "validation": ("CFG403", "Invalid value for variable"),
    "precondition": ("CFG318", "Precondition failed"),
    "postcondition": ("CFG319", "Postcondition failed"),
    "assert": ("CFG320", "Check block assertion failed"),
}


def _severity(condition: Condition, surroundings: Surroundings) -> Severity:
    """How bad it is that the condition does not hold: a failed assert is a warning in any case."""
    if condition.kind == "assert":
        return Severity.WARNING
    return Severity.ERROR if surroundings.changing or condition.kind == "validation" else Severity.WARNING


def _failure(condition: Condition, severity: Severity, message: str, address: str) -> Diagnostic:
    """The diagnostic of a condition that does not hold."""
    code, summary = _FAILED[condition.kind]
    return Diagnostic(code, summary, message, severity=severity, address=address, span=condition.span)
