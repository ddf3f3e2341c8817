"""What evaluating has in common for all kinds of expressions: errors, and going on after one."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from planner.diagnostics import ConfigError, Diagnostic
from planner.hcl.cty.operations import result_type
from planner.hcl.cty.types import BOOL, DYNAMIC, NUMBER, STRING, Type
from planner.hcl.cty.values import Value, unknown
from planner.hcl.evaluation.scope import Scope
from planner.hcl.functions.budget import MOST_ITERATIONS, MOST_MADE
from planner.hcl.syntax.nodes import Binary, Expression, Node, Parentheses, Template, Unary, Wrapped
from planner.remedy import NO_REMEDY, Remedy

Evaluate = Callable[[Expression, Scope], Value]
"""Gives the value of an expression, or raises ConfigError."""

Attempt = tuple[Value, ConfigError | None]
"""A value; or the error, and something unknown in its place."""


class Incomplete(ConfigError):
    """A node cannot be evaluated; `partial` has what is known of its value: its type, or some of its elements."""

    def __init__(self, node: Node, problems: Iterable[Diagnostic], partial: Value) -> None:
        super().__init__(dict.fromkeys(problems))
        self.node = node
        self.partial = partial


def refusal(node: Node, summary: str, detail: str, remedy: Remedy = NO_REMEDY) -> ConfigError:
    return ConfigError(Diagnostic("CFG201", summary, detail, remedy, span=node.span))


def begin_round(node: Node, scope: Scope) -> None:
    """Another round of a loop begins. Raises ConfigError where there were too many in this evaluation."""
    if not scope.budget.spend_iteration():
        detail = (
            f"All for expressions and splats of one evaluation together may make at most {MOST_ITERATIONS:,} "
            "iterations."
        )
        raise refusal(node, "Too many iterations", detail)


def made(node: Node, value: Value, scope: Scope) -> Value:
    """What a function or template has made. Raises ConfigError where this evaluation has made too much."""
    if not scope.budget.spend_on(value):
        detail = (
            f"All functions and templates of one evaluation together may make at most {MOST_MADE:,} characters, "
            "intermediate results included; elements of lists and maps count too."
        )
        raise refusal(node, "Evaluation too large", detail)
    return value


def evaluate_all(nodes: Iterable[Expression], scope: Scope, evaluate: Evaluate) -> list[Value]:
    """The values of parts that do not depend on one another; the problems of all of them are raised together."""
    values, problems = attempt_all(nodes, scope, evaluate)
    if problems:
        raise ConfigError(dict.fromkeys(problems))
    return values


def attempt_all(nodes: Iterable[Expression], scope: Scope, evaluate: Evaluate) -> tuple[list[Value], list[Diagnostic]]:
    """The values of parts, with something unknown where there are problems, and these."""
    values: list[Value] = []
    problems: list[Diagnostic] = []
    for node in nodes:
        value, refused = attempt(node, scope, evaluate)
        values.append(value)
        if refused is not None:
            problems.extend(refused.diagnostics)
    return values, problems


def attempt(node: Expression, scope: Scope, evaluate: Evaluate) -> Attempt:
    """The value; or the error, and something unknown of the type that the value would have as far as that is plain.

    The error is raised where the evaluation is to end.
    """
    try:
        return evaluate(node, scope), None
    except ConfigError as refused:
        if scope.budget.is_spent:
            raise
        return _unknown_of(node, refused), refused


def _unknown_of(node: Expression, refused: ConfigError) -> Value:
    while isinstance(node, Parentheses | Wrapped):
        node = node.inner
    if isinstance(refused, Incomplete) and refused.node is node:
        return refused.partial
    return unknown(_plain_type(node))


def _plain_type(node: Expression) -> Type:
    match node:
        case Unary(operator=operator):
            return BOOL if operator == "!" else NUMBER
        case Binary(rest=rest):
            return result_type(rest[-1][0])
        case Template():
            return STRING
        case Parentheses(inner=inner):
            return _plain_type(inner)
    return DYNAMIC
