"""`for` expressions."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
    with_article,
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
from planner.remedy import Remedy, Snippet


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
    """The value of a `for` expression. Raises ConfigError.

    The loop runs over what is known of a collection that fails, for the type that its value has.
    """
    collection, refused = attempt(node.collection, scope, evaluate)
    if refused is None:
        return _looped(node, scope, evaluate, collection)
    partial, more = attempt(node, scope, lambda *_: _looped(node, scope, evaluate, collection))
    raise Incomplete(node, [*refused.diagnostics, *(more.diagnostics if more else ())], partial)


def _looped(node: For, scope: Scope, evaluate: Evaluate, given: Value) -> Value:
    """What the loop makes of this collection. Raises ConfigError."""
    collection, marks = unmark(given)
    if collection.is_null:
        raise refusal(
            node.collection,
            "Iteration over null value",
            "This is null, so there is nothing to loop over.",
        )
    if isinstance(collection.type, Dynamic):
        return unknown().with_marks(marks)
    if not isinstance(collection.type, ListType | SetType | TupleType | MapType | ObjectType):
        raise refusal(
            node.collection,
            "Iteration over non-iterable value",
            f"A loop runs over a list, set, tuple, map or object; this is {with_article(collection.type)}.",
        )
    condition_marks = _condition_marks(node, scope, evaluate)
    if not collection.is_known:
        return unknown().with_marks(marks | condition_marks)
    return _Loop(node, scope, evaluate, marks).run(collection)


def _condition_marks(node: For, scope: Scope, evaluate: Evaluate) -> frozenset[str]:
    """The marks of the condition, which is tried with unknown names once: it may be wrong whatever the elements are."""
    if node.condition is None:
        return NO_MARKS
    names = filter(None, (node.key_name, node.value_name))
    tried = evaluate(node.condition, scope.child(dict.fromkeys(names, unknown())))
    return _condition(node.condition, tried).marks


def _condition(node: Expression, value: Value) -> Value:
    if value.is_null:
        raise refusal(node, "Invalid 'for' condition", "The value after 'if' is null, but must be true or false.")
    try:
        return convert(value, BOOL)
    except ConversionError as refused:
        raise refusal(
            node, "Invalid 'for' condition", f"The value after 'if' must be true or false: {refused}."
        ) from None


def _key(node: Expression, value: Value) -> Value:
    summary = "Invalid object key"
    if not value.is_known:
        return value
    if value.is_null:
        raise refusal(node, summary, "The key is null, but the keys of an object must be strings.")
    try:
        return convert(value, STRING)
    except ConversionError as refused:
        raise refusal(node, summary, f"The key cannot be used: {refused}.") from None


class _Loop:
    """One run of a `for` expression; the value has the marks of the collection, the condition and the keys."""

    def __init__(self, node: For, scope: Scope, evaluate: Evaluate, marks: frozenset[str]) -> None:
        self.evaluate = evaluate
        self.node = node
        self.scope = scope
        self.marks = marks
        self.known = True
        self.items: dict[str, list[Value]] = {}  # by key; all of a tuple's are under the same one
        self.problems: dict[Diagnostic, None] = {}

    def run(self, collection: Value) -> Value:
        for key, value in elements(collection):
            names = {self.node.value_name: value}
            begin_round(self.node, self.scope)
            if self.node.key_name:
                names = {self.node.key_name: key, **names}
            self._iteration(self.scope.child(names))
        result = (self._result() if self.known else unknown()).with_marks(self.marks)
        if self.problems:
            raise Incomplete(self.node, self.problems, result)
        return result

    def _iteration(self, scope: Scope) -> None:
        if self.node.condition is not None:
            included = self._decided(self.node.condition, scope, _condition)
            if included is None or not included.raw:
                return
        name = ""
        if self.node.key is not None:
            key = self._decided(self.node.key, scope, _key)
            if key is None:
                return
            name = key.raw
        value = self._attempt(self.node.value, scope)
        if self.node.key is None or self.node.groups or name not in self.items:
            self.items.setdefault(name, []).append(value)
        else:
            self._report(self._duplicate(self.node.key, name))

    def _decided(self, node: Expression, scope: Scope, check: Callable[[Expression, Value], Value]) -> Value | None:
        """What the condition or the key is, without its marks; None where it is not known, or wrong."""
        value = self._attempt(node, scope)
        try:
            found, marks = unmark(check(node, value))
        except ConfigError as refused:
            if self.known:  # else it may follow from what is not known
                self._report(refused)
            self.known = False
            return None
        self.marks |= marks
        self.known = self.known and found.is_known
        return found if found.is_known else None

    def _attempt(self, node: Expression, scope: Scope) -> Value:
        value, refused = attempt(node, scope, self.evaluate)
        if refused is not None:
            self._report(refused)
        return value

    def _report(self, refused: ConfigError) -> None:
        self.problems.update(dict.fromkeys(refused.diagnostics))

    def _duplicate(self, node: Expression, name: str) -> ConfigError:
        shown = "the same sensitive key" if self.marks else f"the key {quoted(name)}"
        return ConfigError(
            Diagnostic(
                "CFG201",
                "Duplicate object key",
                f"Two items produced {shown}.",
                Remedy.of(
                    "Remove one of them, or make the keys differ. To keep both values as a list, "
                    "write three dots after the value, such as ",
                    Snippet("{ for row in rows : row.id => row... }"),
                ),
                span=node.span,
            )
        )

    def _result(self) -> Value:
        if self.node.key is None:
            return tuple_of(self.items.get("", ()))
        if self.node.groups:
            return object_of({name: tuple_of(group) for name, group in self.items.items()})
        return object_of({name: value for name, (value,) in self.items.items()})
