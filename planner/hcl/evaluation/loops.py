"""`for` expressions."""

from __future__ import annotations

from collections.abc import Iterator

from planner.diagnostics import ConfigError, Diagnostic
from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.types import (
    BOOL,
    STRING,
    Dynamic,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    friendly_name,
)
from planner.hcl.cty.values import (
    NO_MARKS,
    Value,
    number,
    object_of,
    quoted,
    string,
    tuple_of,
    unknown,
    unmark,
)
from planner.hcl.evaluation.attempts import Evaluate, Incomplete, attempt, begin_round, refusal
from planner.hcl.evaluation.scope import Scope
from planner.hcl.syntax.nodes import Expression, For


def elements(collection: Value) -> Iterator[tuple[Value, Value]]:
    """Key and value of each element of a known list, tuple, set, map or object. A set's elements are their own keys."""
    if isinstance(collection.raw, dict):
        for key, value in collection.raw.items():
            yield string(key), value
    elif isinstance(collection.type, SetType):
        for value in collection.raw:
            yield value, value
    else:
        for index, value in enumerate(collection.raw):
            yield number(index), value


def evaluate_for(node: For, scope: Scope, evaluate: Evaluate) -> Value:
    """The value of a `for` expression. Raises ConfigError."""
    collection, marks = unmark(evaluate(node.collection, scope))
    if collection.is_null:
        raise refusal(
            node.collection,
            "Iteration over null value",
            "A null value cannot be used as the collection in a 'for' expression.",
        )
    if isinstance(collection.type, Dynamic):
        return unknown().with_marks(marks)
    if not isinstance(collection.type, ListType | SetType | TupleType | MapType | ObjectType):
        raise refusal(
            node.collection,
            "Iteration over non-iterable value",
            f"A value of type {friendly_name(collection.type)} cannot be used as the collection in a 'for' expression.",
        )
    if not collection.is_known:
        return unknown().with_marks(marks)
    return _Loop(node, scope, evaluate, hides=bool(marks)).run(collection).with_marks(marks)


class _Loop:
    """One run of a `for` expression; where its collection is marked it `hides` what it says of the keys."""

    def __init__(self, node: For, scope: Scope, evaluate: Evaluate, *, hides: bool) -> None:
        self.evaluate = evaluate
        self.hides = hides
        self.node = node
        self.scope = scope
        self.marks = NO_MARKS
        self.known = True
        self.items: list[tuple[str, Value]] = []
        self.problems: dict[Diagnostic, None] = {}

    def run(self, collection: Value) -> Value:
        for key, value in elements(collection):
            names = {self.node.value_name: value}
            begin_round(self.node, self.scope)
            if self.node.key_name:
                names = {self.node.key_name: key, **names}
            try:
                self._iteration(self.scope.child(names))
            except ConfigError as refused:
                if self.scope.budget.is_spent:
                    raise
                self.known = False
                self.problems.update(dict.fromkeys(refused.diagnostics))
        if not collection.raw:
            self._check_condition()
        if self.problems:
            raise Incomplete(self.node, self.problems, self._partial())
        if not self.known:
            return unknown().with_marks(self.marks)
        return self._result().with_marks(self.marks)

    def _partial(self) -> Value:
        """What is known of the result where some of its values could not be evaluated."""
        if not self.known or self.node.groups:
            return unknown()
        return tuple_of(value for _, value in self.items) if self.node.key is None else object_of(dict(self.items))

    def _iteration(self, scope: Scope) -> None:
        if not self._included(scope):
            return
        name = ""
        if self.node.key is not None:
            key, marks = unmark(self._key(self.node.key, scope))
            self.marks |= marks
            if not key.is_known:
                self.known = False
                return
            name = key.raw
        value, refused = attempt(self.node.value, scope, self.evaluate)
        self.items.append((name, value))
        if refused is not None:
            self.problems.update(dict.fromkeys(refused.diagnostics))

    def _check_condition(self) -> None:
        """What is wrong with the condition is reported where there are no elements to apply it to, too."""
        if self.node.condition is not None:
            names = filter(None, (self.node.key_name, self.node.value_name))
            self._condition(self.node.condition, self.scope.child(dict.fromkeys(names, unknown())))

    def _condition(self, node: Expression, scope: Scope) -> Value:
        value = self.evaluate(node, scope)
        if value.is_null:
            raise refusal(node, "Invalid 'for' condition", "The value of the 'if' clause must not be null.")
        try:
            return convert(value, BOOL)
        except ConversionError as refused:
            raise refusal(node, "Invalid 'for' condition", f"The 'if' clause value is invalid: {refused}.") from None

    def _included(self, scope: Scope) -> bool:
        if self.node.condition is None:
            return True
        answer, marks = unmark(self._condition(self.node.condition, scope))
        self.marks |= marks
        if not answer.is_known:
            self.known = False
            return False
        return bool(answer.raw)

    def _key(self, node: Expression, scope: Scope) -> Value:
        value = self.evaluate(node, scope)
        if value.is_null:
            raise refusal(
                node, "Invalid object key", "Key expression in 'for' expression must not produce a null value."
            )
        try:
            return convert(value, STRING)
        except ConversionError as refused:
            raise refusal(
                node, "Invalid object key", f"The key expression produced an invalid result: {refused}."
            ) from None

    def _result(self) -> Value:
        if self.node.key is None:
            return tuple_of(value for _, value in self.items)
        if self.node.groups:
            groups: dict[str, list[Value]] = {}
            for name, value in self.items:
                groups.setdefault(name, []).append(value)
            return object_of({name: tuple_of(group) for name, group in groups.items()})
        entries: dict[str, Value] = {}
        for name, value in self.items:
            if name in entries:
                shown = "A sensitive key" if self.marks or self.hides else f"The key {quoted(name)}"
                raise refusal(
                    self.node.key,
                    "Duplicate object key",
                    f"{shown} is there twice: two different items produced it in this 'for' expression, and an object "
                    "holds each key once. If duplicates are expected, use the ellipsis (...) after the value "
                    "expression to enable grouping by key.",
                )
            entries[name] = value
        return object_of(entries)
