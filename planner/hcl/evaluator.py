"""Expressions to values.

Every problem is raised as a ConfigError; where parts do not depend on one another (the items of an object, a call's
arguments) the problems of all of them are told at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from planner.diagnostics import ConfigError, Diagnostic, did_you_mean
from planner.hcl.access import AccessError, attribute_of, element_of
from planner.hcl.choices import describe_mismatch, result_type_of
from planner.hcl.conversion import ConversionError, convert
from planner.hcl.nodes import (
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
from planner.hcl.operations import negate, operand_type, operate, result_type
from planner.hcl.scope import MOST_ITERATIONS, Scope
from planner.hcl.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    Dynamic,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
    friendly_name,
)
from planner.hcl.values import (
    NO_MARKS,
    UNKNOWN,
    Value,
    boolean,
    list_of,
    null,
    number,
    object_of,
    quoted,
    string,
    tuple_of,
    unknown,
    unmark,
)

if TYPE_CHECKING:
    from planner.hcl.functions.spec import Function

LONGEST_STRING = 64 * 1024 * 1024
"""Characters that a template may make."""

_ITEM = " item"  # the name under which a splat's element is in scope; no identifier has a space


def evaluate_expression(node: Expression, scope: Scope) -> Value:
    """The value of an expression. Raises ConfigError with all problems that were met."""
    try:
        return _evaluate(node, scope.with_new_budget())
    except RecursionError:
        raise _error(node, "Too deeply nested", "This expression is nested too deeply to be evaluated.") from None


def _evaluate(node: Any, scope: Scope) -> Value:
    return _EVALUATORS[type(node)](node, scope)


def _error(node: Node, summary: str, detail: str) -> ConfigError:
    return ConfigError(Diagnostic("CFG201", summary, detail, span=node.span))


def _all(nodes: Iterable[Expression], scope: Scope) -> list[Value]:
    """The values of parts that do not depend on one another; the problems of all of them are raised together."""
    values: list[Value] = []
    problems: list[Diagnostic] = []
    for node in nodes:
        try:
            values.append(_evaluate(node, scope))
        except ConfigError as refused:
            problems.extend(refused.diagnostics)
    if problems:
        raise ConfigError(dict.fromkeys(problems))
    return values


def _attempt(node: Expression, scope: Scope) -> tuple[Value, ConfigError | None]:
    """The value; or the error, and something unknown of the type that the value would have as far as that is plain."""
    try:
        return _evaluate(node, scope), None
    except ConfigError as refused:
        return unknown(_plain_type(node)), refused


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


def _literal(node: Literal, scope: Scope) -> Value:
    return node.value


def _variable(node: Variable, scope: Scope) -> Value:
    found = scope.lookup(node.name)
    if found is None:
        hint = did_you_mean(node.name, scope.names)
        raise ConfigError(
            Diagnostic(
                "CFG202", "Unknown variable", f"There is no variable named {quoted(node.name)}.{hint}", span=node.span
            )
        )
    return found


def _item(node: Item, scope: Scope) -> Value:
    return scope.lookup(_ITEM) or unknown()


def _inner(node: Wrapped | Parentheses, scope: Scope) -> Value:
    return _evaluate(node.inner, scope)


def _access(node: Access, scope: Scope) -> Value:
    value = _evaluate(node.subject, scope)
    for step in node.steps:
        try:
            if isinstance(step, GetAttribute):
                value = attribute_of(value, step.name)
            else:
                value = element_of(value, _evaluate(step.key, scope))
        except AccessError as refused:
            raise _error(step, refused.summary, refused.detail) from None
    return value


def _tuple(node: TupleItems, scope: Scope) -> Value:
    return tuple_of(_all(node.items, scope))


def _object(node: ObjectItems, scope: Scope) -> Value:
    held: dict[str, Value] = {}
    marks = NO_MARKS
    known = True
    problems: list[Diagnostic] = []
    for key_node, value_node in node.items:
        try:
            key, value = _all((key_node, value_node), scope)
            name, found = unmark(_object_key(key_node, key))
        except ConfigError as refused:
            problems.extend(refused.diagnostics)
            continue
        marks |= found
        if name.raw is UNKNOWN:
            known = False
        else:
            held[name.raw] = value
    if problems:
        raise ConfigError(problems)
    return (object_of(held) if known else unknown()).with_marks(marks)


def _object_key(node: Expression, key: Value) -> Value:
    if key.is_null:
        raise _error(node, "Null value as key", "Can't use a null value as a key.")
    try:
        return convert(key, STRING)
    except ConversionError as refused:
        raise _error(node, "Incorrect key type", f"Can't use this value as a key: {refused}.") from None


def _template(node: Template, scope: Scope) -> Value:
    texts: list[str] = []
    marks = NO_MARKS
    known = True
    problems: list[Diagnostic] = []
    for part in node.parts:
        try:
            value, found = unmark(_included(part, _evaluate(part, scope)))
        except ConfigError as refused:
            problems.extend(refused.diagnostics)
            continue
        marks |= found
        if value.raw is UNKNOWN:
            known = False
        else:
            texts.append(value.raw)
    if problems:
        raise ConfigError(problems)
    return _joined(node, texts, known).with_marks(marks)


def _joined(node: Node, texts: list[str], known: bool) -> Value:
    if not known:
        return unknown(STRING)
    length = sum(map(len, texts))
    if length > LONGEST_STRING:
        detail = f"The result has {length:,} characters; {LONGEST_STRING:,} is the most a template may make."
        raise _error(node, "Result too large", detail)
    return string("".join(texts))


def _included(part: Expression, value: Value) -> Value:
    summary = "Invalid template interpolation value"
    if value.is_null:
        raise _error(part, summary, "The expression result is null. Cannot include a null value in a string template.")
    if not value.is_known:
        return unknown(STRING).with_marks(value.marks)
    try:
        return convert(value, STRING)
    except ConversionError as refused:
        raise _error(part, summary, f"Cannot include the given value in a string template: {refused}.") from None


def _join(node: Join, scope: Scope) -> Value:
    values, marks = unmark(_evaluate(node.loop, scope))
    if values.raw is UNKNOWN:
        return unknown(STRING).with_marks(marks)
    texts: list[str] = []
    known = True
    for value in values.raw:
        text, found = unmark(_included(node.loop.value, value))
        marks |= found
        if text.raw is UNKNOWN:
            known = False
        else:
            texts.append(text.raw)
    return _joined(node, texts, known).with_marks(marks)


def _unary(node: Unary, scope: Scope) -> Value:
    value = _evaluate(node.operand, scope)
    try:
        value, marks = unmark(convert(value, BOOL if node.operator == "!" else NUMBER))
    except ConversionError as refused:
        raise _error(node.operand, "Invalid operand", f"Unsuitable value for unary operand: {refused}.") from None
    try:
        return negate(node.operator, value).with_marks(marks)
    except ValueError as failed:
        raise _error(node, "Operation failed", f"Error during operation: {failed}.") from None


def _binary(node: Binary, scope: Scope) -> Value:
    left, left_error = _attempt(node.first, scope)
    for operator, right_node in node.rest:
        right, right_error = _attempt(right_node, scope)
        try:
            left, left_error = _operation(node, operator, right_node, (left, left_error), (right, right_error)), None
        except ConfigError as refused:
            left, left_error = unknown(), refused
    if left_error is not None:
        raise left_error
    return left


_Attempt = tuple[Value, ConfigError | None]


def _operation(node: Binary, operator: str, right_node: Expression, left: _Attempt, right: _Attempt) -> Value:
    wanted = operand_type(operator)
    left_value, left_marks = unmark(_operand(node.first, "left", left[0], wanted))
    right_value, right_marks = unmark(_operand(right_node, "right", right[0], wanted))
    marks = left_marks | right_marks
    errors = [error for _, error in (left, right) if error is not None]
    if operator in ("&&", "||"):
        decided = _short_circuit(operator, left_value, right_value, left[1], right[1])
        if decided is not None:
            return decided.with_marks(marks)
    if errors:
        raise ConfigError(dict.fromkeys(diagnostic for error in errors for diagnostic in error.diagnostics))
    try:
        return operate(operator, left_value, right_value).with_marks(marks)
    except ValueError as failed:
        place = node.source.span(node.start, right_node.end)
        raise ConfigError(
            Diagnostic("CFG201", "Operation failed", f"Error during operation: {failed}.", span=place)
        ) from None


def _operand(node: Expression, side: str, value: Value, wanted: Type) -> Value:
    try:
        return convert(value, wanted)
    except ConversionError as refused:
        raise _error(node, "Invalid operand", f"Unsuitable value for {side} operand: {refused}.") from None


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
    if left.raw is UNKNOWN and left_error is None:
        return unknown(BOOL)
    return None


def _conditional(node: Conditional, scope: Scope) -> Value:
    when_true, true_error = _attempt(node.when_true, scope)
    when_false, false_error = _attempt(node.when_false, scope)
    wanted = result_type_of(when_true, when_false)
    if wanted is None:
        raise ConfigError(
            Diagnostic(
                "CFG203",
                "Inconsistent conditional result types",
                "The true and false result expressions must have consistent types. "
                f"{describe_mismatch(when_true.type, when_false.type)}.",
                span=node.source.span(node.when_true.start, node.when_false.end),
            )
        )
    condition, marks = unmark(_condition(node.condition, _evaluate(node.condition, scope)))
    marks |= when_true.marks | when_false.marks
    if condition.raw is UNKNOWN:
        for error in (true_error, false_error):
            if error is not None:
                raise error
        both_null = when_true.is_null and when_false.is_null
        return (null(wanted) if both_null else unknown(wanted)).with_marks(marks)
    error = true_error if condition.raw else false_error
    if error is not None:
        raise error
    chosen_node, chosen = (node.when_true, when_true) if condition.raw else (node.when_false, when_false)
    try:
        return convert(chosen, wanted).with_marks(marks)
    except ConversionError as refused:
        name = "true" if condition.raw else "false"
        raise _error(
            chosen_node,
            "Inconsistent conditional result types",
            f"The {name} result value has the wrong type: {refused}.",
        ) from None


def _condition(node: Expression, value: Value) -> Value:
    if value.is_null:
        raise _error(node, "Null condition", "The condition value is null. Conditions must either be true or false.")
    try:
        return convert(value, BOOL)
    except ConversionError as refused:
        raise _error(
            node, "Incorrect condition type", f"The condition expression must be of type bool: {refused}."
        ) from None


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


def _for(node: For, scope: Scope) -> Value:
    collection, marks = unmark(_evaluate(node.collection, scope))
    if collection.is_null:
        raise _error(
            node.collection,
            "Iteration over null value",
            "A null value cannot be used as the collection in a 'for' expression.",
        )
    if isinstance(collection.type, Dynamic):
        return unknown().with_marks(marks)
    if not isinstance(collection.type, ListType | SetType | TupleType | MapType | ObjectType):
        raise _error(
            node.collection,
            "Iteration over non-iterable value",
            f"A value of type {friendly_name(collection.type)} cannot be used as the collection in a 'for' expression.",
        )
    if collection.raw is UNKNOWN:
        return unknown().with_marks(marks)
    return _Loop(node, scope, hides=bool(marks)).run(collection).with_marks(marks)


class _Loop:
    """One run of a `for` expression; where its collection is marked it `hides` what it says of the keys."""

    def __init__(self, node: For, scope: Scope, *, hides: bool) -> None:
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
            if not self.scope.budget.spend_iteration():
                detail = f"The for expressions of one evaluation may have {MOST_ITERATIONS:,} rounds together at most."
                raise _error(self.node, "Too many iterations", detail)
            if self.node.key_name:
                names = {self.node.key_name: key, **names}
            try:
                self._iteration(self.scope.child(names))
            except ConfigError as refused:
                self.problems.update(dict.fromkeys(refused.diagnostics))
        if self.problems:
            raise ConfigError(self.problems)
        if not self.known:
            return unknown().with_marks(self.marks)
        return self._result().with_marks(self.marks)

    def _iteration(self, scope: Scope) -> None:
        if not self._included(scope):
            return
        name = ""
        if self.node.key is not None:
            key, marks = unmark(self._key(self.node.key, scope))
            self.marks |= marks
            if key.raw is UNKNOWN:
                self.known = False
                return
            name = key.raw
        self.items.append((name, _evaluate(self.node.value, scope)))

    def _included(self, scope: Scope) -> bool:
        node = self.node.condition
        if node is None:
            return True
        value = _evaluate(node, scope)
        if value.is_null:
            raise _error(node, "Invalid 'for' condition", "The value of the 'if' clause must not be null.")
        try:
            answer, marks = unmark(convert(value, BOOL))
        except ConversionError as refused:
            raise _error(node, "Invalid 'for' condition", f"The 'if' clause value is invalid: {refused}.") from None
        self.marks |= marks
        if answer.raw is UNKNOWN:
            self.known = False
            return False
        return bool(answer.raw)

    def _key(self, node: Expression, scope: Scope) -> Value:
        value = _evaluate(node, scope)
        if value.is_null:
            raise _error(
                node, "Invalid object key", "Key expression in 'for' expression must not produce a null value."
            )
        try:
            return convert(value, STRING)
        except ConversionError as refused:
            raise _error(
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
        held: dict[str, Value] = {}
        for name, value in self.items:
            if name in held:
                shown = "a sensitive key" if self.marks or self.hides else f"the key {quoted(name)}"
                raise _error(
                    self.node.key,
                    "Duplicate object key",
                    f"Two different items produced {shown} in this 'for' expression. If duplicates are "
                    "expected, use the ellipsis (...) after the value expression to enable grouping by key.",
                )
            held[name] = value
        return object_of(held)


def _splat(node: Splat, scope: Scope) -> Value:
    subject = _evaluate(node.subject, scope)
    sequence = isinstance(subject.type, TupleType | ListType | SetType)
    if subject.is_null:
        if not sequence:
            return tuple_of(()).with_marks(subject.marks)
        raise _error(
            node.subject,
            "Splat of null value",
            "Splat expressions (with the * symbol) cannot be applied to null sequences.",
        )
    if isinstance(subject.type, Dynamic):
        return unknown().with_marks(subject.marks)
    if not sequence:
        if not subject.is_known:
            _splat_each(node, subject, scope)
            return unknown().with_marks(subject.marks)
        subject = tuple_of((subject,)).with_marks(subject.marks)
    subject, marks = unmark(subject)
    if subject.raw is UNKNOWN:
        return unknown(_splat_type(node, subject.type, scope)).with_marks(marks)
    values = [_splat_each(node, element, scope) for element in subject.raw]
    if isinstance(subject.type, TupleType):
        return tuple_of(values).with_marks(marks)
    return _splat_list(node, values, subject.type, scope).with_marks(marks)


def _splat_each(node: Splat, element: Value, scope: Scope) -> Value:
    return _evaluate(node.each, scope.child({_ITEM: element}))


def _splat_type(node: Splat, subject: Type, scope: Scope) -> Type:
    if isinstance(subject, TupleType):
        return TupleType(tuple(_splat_each(node, unknown(each), scope).type for each in subject.elements))
    if isinstance(subject, ListType | SetType):
        return ListType(_splat_each(node, unknown(subject.element), scope).type)
    raise TypeError(subject)  # pragma: no cover (only sequences are splat)


def _splat_list(node: Splat, values: list[Value], subject: Type, scope: Scope) -> Value:
    if not values:
        found = _splat_type(node, subject, scope)
        return Value(found, ())
    types = set(dict.fromkeys(value.type for value in values))
    if len(types) > 1:
        raise _error(
            node.each,
            "Invalid nested splat expressions",
            "The second level of splat expression produced elements of different types, so it isn't possible to "
            "construct a valid list to represent the top-level result. Consider using a for expression instead, to "
            "produce a tuple-typed result which can therefore have non-homogenous element types.",
        )
    return list_of(types.pop(), values)


def _call(node: Call, scope: Scope) -> Value:
    from planner.hcl.calls import evaluate_call

    return evaluate_call(node, scope, _all, _attempt)


_EVALUATORS: dict[type, Callable[[Any, Scope], Value]] = {
    Literal: _literal,
    Variable: _variable,
    Item: _item,
    Wrapped: _inner,
    Parentheses: _inner,
    Access: _access,
    TupleItems: _tuple,
    ObjectItems: _object,
    Template: _template,
    Join: _join,
    Unary: _unary,
    Binary: _binary,
    Conditional: _conditional,
    For: _for,
    Splat: _splat,
    Call: _call,
}


def render_template(
    text: str, filename: str, variables: Mapping[str, Value], functions: Mapping[str, Function] | None
) -> Value:
    """What a whole text that is a template gives. Raises ConfigError, for its syntax too."""
    from planner.hcl.syntax import parse_template

    return evaluate_expression(parse_template(text, filename), Scope(variables, functions))
