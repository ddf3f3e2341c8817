"""Splats: `a[*].b` and `a.*.b`."""

from __future__ import annotations

from planner.diagnostics import Diagnostic
from planner.hcl.cty.types import Dynamic, ListType, SetType, TupleType, Type
from planner.hcl.cty.unknowns import Unknown
from planner.hcl.cty.values import Value, list_of, may_be_null, tuple_of, unknown, unmark
from planner.hcl.evaluation.attempts import Evaluate, Incomplete, attempt, begin_round, refusal
from planner.hcl.evaluation.scope import Scope
from planner.hcl.syntax.nodes import Item, Splat

_ITEM = " item"  # the name under which the element at hand is in scope; no identifier has a space


def item(node: Item, scope: Scope) -> Value:
    """The element at hand."""
    return scope.lookup(_ITEM) or unknown()


def evaluate_splat(node: Splat, scope: Scope, evaluate: Evaluate) -> Value:
    """The value of a splat. Raises ConfigError."""
    subject = evaluate(node.subject, scope)
    sequence = isinstance(subject.type, TupleType | ListType | SetType)
    if subject.is_null:
        if not sequence:
            return tuple_of(()).with_marks(subject.marks)
        raise refusal(
            node.subject,
            "Splat of null value",
            "Splat expressions (with the * symbol) cannot be applied to null sequences.",
        )
    if isinstance(subject.type, Dynamic):
        return unknown().with_marks(subject.marks)
    if not sequence:
        if not subject.is_known and may_be_null(subject):
            _splat_each(node, subject, scope, evaluate)
            return unknown().with_marks(subject.marks)
        subject = tuple_of((subject,)).with_marks(subject.marks)
    subject, marks = unmark(subject)
    if not subject.is_known:
        kept = Unknown(not_null=True, shortest=subject.raw.shortest, longest=subject.raw.longest)
        return unknown(_splat_type(node, subject.type, scope, evaluate), kept).with_marks(marks)
    values, problems = _splat_all(node, subject, scope, evaluate)
    if problems:
        alike = len({value.type for value in values}) == 1 and not isinstance(subject.type, TupleType)
        raise Incomplete(node, problems, list_of(values[0].type, values) if alike else tuple_of(values))
    if isinstance(subject.type, TupleType):
        return tuple_of(values).with_marks(marks)
    return _splat_list(node, values, subject.type, scope, evaluate).with_marks(marks)


def _splat_all(node: Splat, subject: Value, scope: Scope, evaluate: Evaluate) -> tuple[list[Value], list[Diagnostic]]:
    """What becomes of each element, something unknown where there are problems, and these."""
    values: list[Value] = []
    problems: list[Diagnostic] = []
    for element in subject.raw:
        begin_round(node, scope)
        value, refused = attempt(node.each, scope.child({_ITEM: element}), evaluate)
        values.append(value)
        problems.extend(refused.diagnostics if refused else ())
    return values, problems


def _splat_each(node: Splat, element: Value, scope: Scope, evaluate: Evaluate) -> Value:
    begin_round(node, scope)
    return evaluate(node.each, scope.child({_ITEM: element}))


def _splat_type(node: Splat, subject: Type, scope: Scope, evaluate: Evaluate) -> Type:
    if isinstance(subject, TupleType):
        return TupleType(tuple(_splat_each(node, unknown(each), scope, evaluate).type for each in subject.elements))
    if isinstance(subject, ListType | SetType):
        return ListType(_splat_each(node, unknown(subject.element), scope, evaluate).type)
    raise TypeError(subject)  # pragma: no cover (only sequences are splat)


def _splat_list(node: Splat, values: list[Value], subject: Type, scope: Scope, evaluate: Evaluate) -> Value:
    if not values:
        found = _splat_type(node, subject, scope, evaluate)
        return Value(found, ())
    types = set(dict.fromkeys(value.type for value in values))
    if len(types) > 1:
        raise refusal(
            node.each,
            "Invalid nested splat expressions",
            "The second level of splat expression produced elements of different types, so it isn't possible to "
            "construct a valid list to represent the top-level result. Consider using a for expression instead, to "
            "produce a tuple-typed result which can therefore have non-homogenous element types.",
        )
    return list_of(types.pop(), values)
