"""Limits on values that are written to a plan or a state, and read again."""

from __future__ import annotations

from decimal import Decimal

from planner.config.declarations import OutputBlock, VariableBlock
from planner.diagnostics import Diagnostic
from planner.hcl.cty.types import NUMBER
from planner.hcl.cty.values import Value, elements_of
from planner.remedy import Remedy

_MOST_DIGITS = 4_000
"""Few programs that read JSON take whole numbers of more."""


def check_output(value: Value, output: OutputBlock) -> Diagnostic | None:
    """What is wrong with the value of an output of the root module, if it cannot be written down."""
    what = _unwritable(value)
    if what is None:
        return None
    infinite = what.is_infinite()
    return Diagnostic(
        "CFG328" if infinite else "CFG329",
        "Output is infinite" if infinite else "Output is too large",
        f'The value of the output "{output.name}" contains {_named(what)}, which a state cannot store.',
        Remedy.of(
            f"{'Avoid the division by zero' if infinite else 'Make it smaller'}, or convert the number with tostring()."
        ),
        address=f"output.{output.name}",
        span=output.value.span,
    )


def check_variable(value: Value, variable: VariableBlock) -> Diagnostic | None:
    """What is wrong with the value of a variable of the root module, if it cannot be written down."""
    what = _unwritable(value)
    if what is None:
        return None
    return Diagnostic(
        "CFG329",
        "Value is too large",
        f'The value of the variable "{variable.name}" contains {_named(what)}, which a plan cannot store.',
        Remedy.of("Make it smaller, or write it as a string."),
        address=f"var.{variable.name}",
        span=variable.span,
    )


def _unwritable(value: Value) -> Decimal | None:
    """A number in the value that JSON cannot hold."""
    for element in elements_of(value):
        if (found := _unwritable(element)) is not None:
            return found
    if value.type != NUMBER or value.raw is None or not value.is_known:
        return None
    assert isinstance(value.raw, int | Decimal)  # noqa: S101 - numbers are
    amount = Decimal(value.raw)
    return amount if amount.is_infinite() or amount.adjusted() >= _MOST_DIGITS else None


def _named(amount: Decimal) -> str:
    return "an infinite number" if amount.is_infinite() else f"a number of {amount.adjusted() + 1:,} digits"
