"""Unary and binary operators in expressions: their operands, and what happens where one fails or is not known."""

from __future__ import annotations

from planner.diagnostics import ConfigError, Diagnostic
from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.operations import negate, operand_type, operate
from planner.hcl.cty.types import BOOL, NUMBER
from planner.hcl.cty.unknowns import NOT_NULL
from planner.hcl.cty.values import Value, boolean, quoted, unknown, unmark
from planner.hcl.evaluation.attempts import Attempt, Evaluate, attempt, refusal
from planner.hcl.evaluation.scope import Scope
from planner.hcl.syntax.nodes import Binary, Expression, Unary


def evaluate_unary(node: Unary, scope: Scope, evaluate: Evaluate) -> Value:
    """`!x` or `-x`. Raises ConfigError."""
    value = evaluate(node.operand, scope)
    try:
        value, marks = unmark(convert(value, BOOL if node.operator == "!" else NUMBER))
    except ConversionError as refused:
        raise refusal(
            node.operand, "Invalid operand", f"Wrong operand of {quoted(node.operator)}: {refused}."
        ) from None
    try:
        return negate(node.operator, value).with_marks(marks)
    except ValueError as failed:
        raise refusal(node, "Operation failed", f"The operation failed: {failed}.") from None


def evaluate_binary(node: Binary, scope: Scope, evaluate: Evaluate) -> Value:
    """Operators of one precedence, from left to right. Raises ConfigError."""
    left, left_error = attempt(node.first, scope, evaluate)
    for operator, right_node in node.rest:
        right, right_error = attempt(right_node, scope, evaluate)
        try:
            left, left_error = _operation(node, operator, right_node, (left, left_error), (right, right_error)), None
        except ConfigError as refused:
            left, left_error = unknown(), refused
    if left_error is not None:
        raise left_error
    return left


def _operation(node: Binary, operator: str, right_node: Expression, left: Attempt, right: Attempt) -> Value:
    left_operand, left_unsuitable = _operand(node.first, operator, "left", left[0])
    right_operand, right_unsuitable = _operand(right_node, operator, "right", right[0])
    left_value, left_marks = unmark(left_operand)
    right_value, right_marks = unmark(right_operand)
    marks = left_marks | right_marks
    if operator in ("&&", "||") and not (left_unsuitable or right_unsuitable):
        decided = _short_circuit(operator, left_value, right_value, left[1], right[1])
        if decided is not None:
            return decided.with_marks(marks)
    errors = [error for error in (left[1], left_unsuitable, right[1], right_unsuitable) if error is not None]
    if errors:
        raise ConfigError(dict.fromkeys(diagnostic for error in errors for diagnostic in error.diagnostics))
    try:
        return operate(operator, left_value, right_value).with_marks(marks)
    except ValueError as failed:
        place = node.source.span(node.start, right_node.end)
        raise ConfigError(
            Diagnostic("CFG201", "Operation failed", f"The operation failed: {failed}.", span=place)
        ) from None


def _operand(node: Expression, operator: str, side: str, value: Value) -> Attempt:
    of = operand_type(operator)
    try:
        return convert(value, of), None
    except ConversionError as refused:
        return unknown(of), refusal(node, "Invalid operand", f"Wrong {side} operand of {quoted(operator)}: {refused}.")


def _short_circuit(
    operator: str, left: Value, right: Value, left_error: ConfigError | None, right_error: ConfigError | None
) -> Value | None:
    """The answer where one side decides it, or where it must stay open; an error of the other side does not count."""
    decisive = operator == "||"
    if left.is_null or right.is_null:
        return None
    if left.raw is decisive:
        return boolean(decisive)
    if right.raw is decisive and left_error is None:
        return boolean(decisive)
    if not left.is_known and left_error is None:
        return unknown(BOOL, NOT_NULL)
    return None
