"""Expressions to values.

Every problem is raised as a ConfigError; where parts do not depend on one another (the items of an object, a call's
arguments) the problems of all of them are reported together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from planner.diagnostics import ConfigError, Diagnostic, did_you_mean
from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.types import (
    BOOL,
    STRING,
)
from planner.hcl.cty.unknowns import NOT_NULL, Unknown, safe_prefix
from planner.hcl.cty.values import (
    NO_MARKS,
    Value,
    facts,
    object_of,
    quoted,
    string,
    tuple_of,
    unknown,
    unmark,
)
from planner.hcl.evaluation.access import AccessError, attribute_of, element_of
from planner.hcl.evaluation.attempts import Attempt, Evaluate, Incomplete, attempt, attempt_all, made, refusal
from planner.hcl.evaluation.calls import evaluate_call
from planner.hcl.evaluation.conditionals import converted_result, describe_mismatch, either, result_type_of
from planner.hcl.evaluation.loops import elements as elements
from planner.hcl.evaluation.loops import evaluate_for
from planner.hcl.evaluation.operators import evaluate_binary, evaluate_unary
from planner.hcl.evaluation.scope import Scope
from planner.hcl.evaluation.splats import evaluate_splat, item
from planner.hcl.functions.budget import Budget
from planner.hcl.syntax.nodes import (
    Access,
    Binary,
    Call,
    Conditional,
    Expression,
    For,
    GetAttribute,
    Item,
    Join,
    Literal,
    Node,
    ObjectItems,
    Parentheses,
    Splat,
    Template,
    TupleItems,
    Unary,
    Variable,
    Wrapped,
)
from planner.hcl.syntax.words import literal_for

if TYPE_CHECKING:
    from planner.hcl.functions.spec import Function

LONGEST_STRING = 64 * 1024 * 1024
"""Characters that a template may make."""

_SHORT = 30
"""Characters of an expression that a message repeats."""

DEEPEST_VALUE = 100
LARGEST_VALUE = 10_000_000
"""Values that may lie in one: `b = [a, a]`, `c = [b, b]` and so on would soon be more than a machine can hold."""


def evaluate_expression(node: Expression, scope: Scope) -> Value:
    """The value of an expression. Raises ConfigError with all problems that were met."""
    return _within_bounds(node, scope.with_new_budget())


def evaluate_with(node: Expression, variables: Mapping[str, Value], functions: Mapping[str, Function]) -> Value:
    """The same with these variables and functions alone."""
    return _within_bounds(node, Scope(variables, functions))


def _within_bounds(node: Expression, scope: Scope) -> Value:
    try:
        value = _evaluate(node, scope)
        wrong = excess(value)
    except RecursionError:
        raise refusal(node, "Too deeply nested", "This expression is nested too deeply to be evaluated.") from None
    if wrong:
        raise refusal(node, *wrong)
    return value


def excess(value: Value) -> tuple[str, str] | None:
    """What is wrong with a value that is too deep or too large to be gone through: summary and detail."""
    if not isinstance(value.raw, (tuple, dict)):
        return None
    found = facts(value)
    if found.depth > DEEPEST_VALUE:
        return "Too deeply nested", f"Lists and objects may be nested {DEEPEST_VALUE} deep at most."
    if found.size > LARGEST_VALUE:
        detail = f"The result holds {found.size:,} values, nested ones included; the limit is {LARGEST_VALUE:,}."
        return "Result too large", detail
    return None


def _evaluate(node: Any, scope: Scope) -> Value:
    return _EVALUATORS[type(node)](node, scope)


def _literal(node: Literal, scope: Scope) -> Value:
    return node.value


def _variable(node: Variable, scope: Scope) -> Value:
    found = scope.lookup(node.name)
    if found is None:
        word = literal_for(node.name)
        hint = f' Did you mean "{word}"?' if word else did_you_mean(node.name, scope.names)
        raise ConfigError(
            Diagnostic(
                "CFG202", "Unknown variable", f"There is no variable named {quoted(node.name)}.{hint}", span=node.span
            )
        )
    return found


def _inner(node: Wrapped | Parentheses, scope: Scope) -> Value:
    return _evaluate(node.inner, scope)


def _access(node: Access, scope: Scope) -> Value:
    """What the steps lead to. They are followed into what is known of a subject or key that fails, for its type."""
    problems: list[Diagnostic] = []
    value = scope.lookup(node.subject.name) if isinstance(node.subject, Variable) else None
    if value is None:
        value, refused = attempt(node.subject, scope, _evaluate)
        problems += refused.diagnostics if refused else ()
    for step in node.steps:
        try:
            if isinstance(step, GetAttribute):
                value = attribute_of(value, step.name)
            else:
                key, refused = attempt(step.key, scope, _evaluate)
                problems.extend(refused.diagnostics if refused else ())
                value = element_of(value, key)
        except AccessError as failed:
            problems.extend(refusal(step, failed.summary, failed.detail, failed.remedy).diagnostics)
            raise ConfigError(dict.fromkeys(problems)) from None
    if problems:
        raise Incomplete(node, problems, value)
    return value


def _tuple(node: TupleItems, scope: Scope) -> Value:
    values, problems = attempt_all(node.items, scope, _evaluate)
    if problems:
        raise Incomplete(node, problems, tuple_of(values))
    return tuple_of(values)


def _object(node: ObjectItems, scope: Scope) -> Value:
    attributes: dict[str, Value] = {}
    marks = NO_MARKS
    known = True
    problems: list[Diagnostic] = []
    for key_node, value_node in node.items:
        name, key_refused = _object_key(key_node, scope)
        value, refused = attempt(value_node, scope, _evaluate)
        for each in filter(None, (key_refused, refused)):
            problems.extend(each.diagnostics)
        name, found = unmark(name)
        marks |= found
        if not name.is_known:
            known = False
        else:
            attributes[name.raw] = value
    result = object_of(attributes) if known else unknown()
    if problems:
        raise Incomplete(node, problems, result)
    return result.with_marks(marks)


def _object_key(node: Expression, scope: Scope) -> Attempt:
    if isinstance(node, Access) and isinstance(node.subject, Variable):
        detail = f'Write ({node.text}) for the value of the reference, or "{node.text}" for the name with its dots.'
        return unknown(STRING), refusal(node, "Ambiguous attribute key", detail)
    key, refused = attempt(node, scope, _evaluate)
    if refused is not None:
        return unknown(STRING), refused
    if key.is_null:
        return unknown(STRING), refusal(
            node, "Null value as key", "The key is null, but the keys of an object must be strings."
        )
    try:
        return convert(key, STRING), None
    except ConversionError as wrong:
        detail = f"The key cannot be used: {wrong}."
        return unknown(STRING), refusal(node, "Incorrect key type", detail)


def _template(node: Template, scope: Scope) -> Value:
    texts: list[str] = []
    marks = NO_MARKS
    prefix: str | None = None
    problems: list[Diagnostic] = []
    for part in node.parts:
        value, failed = attempt(part, scope, _evaluate)
        problems.extend(failed.diagnostics if failed else ())
        marks |= NO_MARKS if value.is_null else value.marks
        try:
            value = _included(part, value)
        except ConfigError as refused:
            problems.extend(refused.diagnostics)
            continue
        if value.is_known:
            texts.append(value.raw)
        elif prefix is None:
            prefix = "".join(texts)
    result = made(node, _joined(node, texts, prefix), scope).with_marks(marks)
    if problems:
        raise Incomplete(node, problems, result)
    return result


def _joined(node: Node, texts: list[str], prefix: str | None) -> Value:
    """The texts as one; where a part is not known yet, `prefix` is what comes before it."""
    if prefix is not None:
        return unknown(STRING, Unknown(not_null=True, prefix=safe_prefix(prefix)))
    length = sum(map(len, texts))
    if length > LONGEST_STRING:
        detail = f"The result has {length:,} characters; {LONGEST_STRING:,} is the most a template may make."
        raise refusal(node, "Result too large", detail)
    return string("".join(texts))


def _included(part: Expression, value: Value) -> Value:
    summary = "Invalid template interpolation value"
    if value.is_null:
        detail = f"This is null, which has no text. Write {_if_null(part)} where it may be null."
        raise refusal(part, summary, detail)
    if not value.is_known:
        return unknown(STRING).with_marks(value.marks)
    try:
        return convert(value, STRING)
    except ConversionError as refused:
        raise refusal(part, summary, f"This has no text: {refused}.") from None


def _if_null(part: Expression) -> str:
    """What gives an empty text where the part is null."""
    text = part.text if len(part.text) <= _SHORT and "\n" not in part.text else "VALUE"
    return f'{text} == null ? "" : {text}'


def _join(node: Join, scope: Scope) -> Value:
    values, marks = unmark(_evaluate(node.loop, scope))
    if not values.is_known:
        return unknown(STRING, NOT_NULL).with_marks(marks)
    marks = marks.union(*(value.marks for value in values.raw))
    texts: list[str] = []
    problems: list[Diagnostic] = []
    known = True
    for value in values.raw:
        try:
            text = _included(node.loop.value, value)
        except ConfigError as refused:
            problems.extend(refused.diagnostics)
            continue
        known = text.is_known
        if not known:  # Terraform says nothing of what comes before it, nor of what is wrong behind it
            break
        texts.append(text.raw)
    result = made(node, _joined(node, texts, None if known else ""), scope).with_marks(marks)
    if problems:
        raise Incomplete(node, problems, result)
    return result


def _conditional(node: Conditional, scope: Scope) -> Value:
    when_true, true_error = attempt(node.when_true, scope, _evaluate)
    when_false, false_error = attempt(node.when_false, scope, _evaluate)
    result_type = result_type_of(when_true, when_false)
    if result_type is None:
        raise ConfigError(
            Diagnostic(
                "CFG203",
                "Inconsistent conditional result types",
                f"Both results must have one type: {describe_mismatch(when_true.type, when_false.type)}.",
                span=node.source.span(node.when_true.start, node.when_false.end),
            )
        )
    try:
        condition, marks = unmark(_condition(node.condition, _evaluate(node.condition, scope)))
    except ConfigError as refused:
        raise Incomplete(node, refused.diagnostics, unknown(result_type)) from None
    marks |= when_true.marks | when_false.marks
    if not condition.is_known:  # a branch that fails may be the one that is not taken
        return either(when_true, when_false, result_type).with_marks(marks)
    error = true_error if condition.raw else false_error
    if error is not None:
        raise Incomplete(node, error.diagnostics, unknown(result_type).with_marks(marks))
    sides = ("true", node.when_true, when_true, when_false), ("false", node.when_false, when_false, when_true)
    name, chosen_node, chosen, other = sides[0] if condition.raw else sides[1]
    try:
        return converted_result(chosen, other.type, result_type).with_marks(marks)
    except ConversionError as refused:
        detail = f"The result for {name} does not fit the type of both: {refused}."
        raise refusal(chosen_node, "Inconsistent conditional result types", detail) from None


def _condition(node: Expression, value: Value) -> Value:
    if value.is_null:
        raise refusal(node, "Null condition", "The condition is null, but must be true or false.")
    try:
        return convert(value, BOOL)
    except ConversionError as refused:
        raise refusal(node, "Incorrect condition type", f"The condition must be true or false: {refused}.") from None


def _with_parts(evaluate: Callable[[Any, Scope, Evaluate], Value]) -> Callable[[Any, Scope], Value]:
    """An evaluator from another module, which evaluates its parts with this one."""
    return lambda node, scope: evaluate(node, scope, _evaluate)


_EVALUATORS: dict[type, Callable[[Any, Scope], Value]] = {
    Literal: _literal,
    Variable: _variable,
    Item: item,
    Wrapped: _inner,
    Parentheses: _inner,
    Access: _access,
    TupleItems: _tuple,
    ObjectItems: _object,
    Template: _template,
    Join: _join,
    Unary: _with_parts(evaluate_unary),
    Binary: _with_parts(evaluate_binary),
    Conditional: _conditional,
    For: _with_parts(evaluate_for),
    Splat: _with_parts(evaluate_splat),
    Call: _with_parts(evaluate_call),
}


def render_template(
    text: str, filename: str, variables: Mapping[str, Value], functions: Mapping[str, Function] | None, budget: Budget
) -> Value:
    """What a whole text that is a template gives, in the evaluation that has the budget.

    Raises ConfigError, for its syntax too.
    """
    from planner.hcl.syntax.parser import parse_template

    template = budget.templates.get((text, filename))
    if template is None:
        if not budget.spend_on_parsing(text):
            detail = "One evaluation renders too many templates, or too long ones."
            raise ConfigError(Diagnostic("CFG201", "Evaluation too large", detail))
        template = budget.templates[text, filename] = parse_template(text, filename)
    return _within_bounds(template, Scope(variables, functions, budget=budget))
