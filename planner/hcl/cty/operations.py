"""What operators do with values that are known, unmarked, and of the right type already."""

from __future__ import annotations

from collections.abc import Callable

from planner.hcl.cty import arithmetic
from planner.hcl.cty.equality import equal
from planner.hcl.cty.types import BOOL, DYNAMIC, NUMBER, Type
from planner.hcl.cty.unknowns import NOT_NULL
from planner.hcl.cty.values import Bounds, Number, Value, boolean, bounds, number, unknown


def operand_type(operator: str) -> Type:
    """What both sides of a binary operator are converted to."""
    if operator in ("&&", "||"):
        return BOOL
    return DYNAMIC if operator in ("==", "!=") else NUMBER


def result_type(operator: str) -> Type:
    return NUMBER if operator in _ARITHMETIC else BOOL


_ARITHMETIC: dict[str, Callable[[Number, Number], Number]] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "%": arithmetic.remainder,
}
_COMPARISON: dict[str, Callable[[Number, Number], bool]] = {
    "<": lambda left, right: left < right,
    ">": lambda left, right: left > right,
    "<=": lambda left, right: left <= right,
    ">=": lambda left, right: left >= right,
    "&&": lambda left, right: bool(left and right),
    "||": lambda left, right: bool(left or right),
}


def operate(operator: str, left: Value, right: Value) -> Value:
    """`left operator right`. Raises ValueError with what cannot be done."""
    if operator in ("==", "!="):
        answer = equal(left, right)
        if operator == "==" or not answer.is_known:
            return answer
        return Value(BOOL, not answer.raw, answer.marks)
    if left.is_null or right.is_null:
        raise ValueError(f"the {'left' if left.is_null else 'right'} operand is null")
    if not (left.is_known and right.is_known):
        decided = _compared(operator, bounds(left), bounds(right))
        return unknown(result_type(operator), NOT_NULL) if decided is None else boolean(decided)
    if operator in _COMPARISON:
        return boolean(_COMPARISON[operator](left.raw, right.raw))
    return number(_ARITHMETIC[operator](left.raw, right.raw))


def _compared(operator: str, left: Bounds, right: Bounds) -> bool | None:
    """Whether numbers are in this order, where all that the left and the right one may be is apart; else None."""
    if operator not in ("<", "<=", ">", ">="):
        return None
    if left[1] is not None and right[0] is not None and left[1] < right[0]:
        return operator in ("<", "<=")
    if left[0] is not None and right[1] is not None and left[0] > right[1]:
        return operator in (">", ">=")
    return None


def negate(operator: str, operand: Value) -> Value:
    """`!operand` or `-operand`. Raises ValueError with what cannot be done."""
    if operand.is_null:
        raise ValueError("the operand is null")
    if not operand.is_known:
        return unknown(operand.type, NOT_NULL)
    return boolean(not operand.raw) if operator == "!" else number(arithmetic.negative(operand.raw))
