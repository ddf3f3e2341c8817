"""Splats: `a[*].b` and `a.*.b`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from planner.diagnostics import Diagnostic
from planner.hcl.cty.types import DYNAMIC, Dynamic, ListType, SetType, TupleType, Type
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
            "This is null, so it has no elements for the splat to go through.",
        )
    if isinstance(subject.type, Dynamic):
        return unknown().with_marks(subject.marks)
    bare, marks = unmark(subject)
    each = partial(_splat_each, node, scope, evaluate)
    if sequence:
        found, problems = _splat(node, bare, each)
    else:
        found, problems = _splat(node, tuple_of((subject,)), each)
        if not subject.is_known and may_be_null(subject):
            found = unknown()
    if problems:
        raise Incomplete(node, problems, found.with_marks(marks))
    return found.with_marks(marks)


def _splat(node: Splat, sequence: Value, each: _Each) -> tuple[Value, list[Diagnostic]]:
    """The value, or what is known of it where there are problems, and these."""
    if not sequence.is_known:
        of, problems = _splat_type(sequence.type, each)
        return unknown(
            of, Unknown(not_null=True, shortest=sequence.raw.shortest, longest=sequence.raw.longest)
        ), problems
    values, problems = each(sequence.raw)
    if problems:
        return unknown(_splat_type(sequence.type, each)[0]), problems
    if isinstance(sequence.type, TupleType):
        return tuple_of(values), problems
    if not values:
        of, problems = _splat_type(sequence.type, each)
        return Value(of, ()), problems
    return _list_of(node, values), problems


_Each = Callable[[Iterable[Value]], tuple[list[Value], list[Diagnostic]]]


def _splat_each(
    node: Splat, scope: Scope, evaluate: Evaluate, elements: Iterable[Value]
) -> tuple[list[Value], list[Diagnostic]]:
    """The result for each element, something unknown where there are problems, and these."""
    values: list[Value] = []
    problems: list[Diagnostic] = []
    for element in elements:
        begin_round(node, scope)
        value, refused = attempt(node.each, scope.child({_ITEM: element}), evaluate)
        values.append(value)
        problems.extend(refused.diagnostics if refused else ())
    return values, problems


def _splat_type(sequence: Type, each: _Each) -> tuple[Type, list[Diagnostic]]:
    """The type of a splat as far as it is plain, and the problems with elements of such types."""
    if isinstance(sequence, TupleType):
        values, problems = each(map(unknown, sequence.elements))
        return TupleType(tuple(value.type for value in values)), problems
    if isinstance(sequence, ListType | SetType):
        (value,), problems = each([unknown(sequence.element)])
        return ListType(value.type), problems
    raise TypeError(sequence)  # pragma: no cover (only sequences are splat)


def _list_of(node: Splat, values: list[Value]) -> Value:
    types = {value.type for value in values} - {DYNAMIC}
    if len(types) > 1:
        raise refusal(
            node.each,
            "Invalid nested splat expressions",
            "The inner results differ in type, but the elements of a list must have one type. Write [for x in LIST : "
            "…], which makes a tuple, in place of the first splat.",
        )
    return list_of(types.pop() if types else DYNAMIC, values)
