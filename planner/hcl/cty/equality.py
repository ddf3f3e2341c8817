"""Whether two values are equal: as the language says (`equal`), and to the last mark (`raw_equal`)."""

from __future__ import annotations

from collections.abc import Iterable

from planner.hcl.cty.types import BOOL, Dynamic, ListType, MapType, ObjectType, SetType, TupleType, Type, has_dynamic
from planner.hcl.cty.unknowns import NOT_NULL
from planner.hcl.cty.values import (
    Value,
    boolean,
    bounds,
    elements_of,
    identity_key,
    is_wholly_known,
    may_be_null,
    unknown,
    unmark,
    unmark_deep,
)


def equal(left: Value, right: Value) -> Value:
    """`left == right`: a bool, unknown where that depends on what is unknown, with the marks of both sides.

    Values of different types are never equal, except that nulls of all types are.
    """
    strip = unmark if left.is_null != right.is_null else unmark_deep
    left, left_marks = strip(left)
    right, right_marks = strip(right)
    answer = _equal(left, right)
    result = unknown(BOOL, NOT_NULL) if answer is None else boolean(answer)
    return result.with_marks(left_marks | right_marks)


def raw_equal(left: Value, right: Value) -> bool:
    """Whether type, value and marks are the same; two unknown values of one type are."""
    if left.type != right.type or left.marks != right.marks:
        return False
    if isinstance(left.raw, tuple) and isinstance(right.raw, tuple):
        return len(left.raw) == len(right.raw) and all(map(raw_equal, left.raw, right.raw))
    if isinstance(left.raw, dict) and isinstance(right.raw, dict):
        return left.raw.keys() == right.raw.keys() and all(
            raw_equal(element, right.raw[key]) for key, element in left.raw.items()
        )
    return (not left.is_known and not right.is_known) or bool(left.raw == right.raw)


def _equal(left: Value, right: Value) -> bool | None:
    """None where it is not known."""
    if not left.is_known or not right.is_known:
        return _equal_to_unknown(left, right)
    if left.raw is None or right.raw is None:
        return left.raw is right.raw
    if _is_type_open(left) or _is_type_open(right):
        return None if _could_conform(left.type, right.type) else False
    if left.type != right.type:
        return False
    if isinstance(left.type, SetType):
        return _sets_equal(left, right)
    if isinstance(left.raw, tuple):
        return len(left.raw) == len(right.raw) and _all_equal(zip(left.raw, right.raw, strict=True))
    if isinstance(left.raw, dict):
        if left.raw.keys() != right.raw.keys():
            return False
        return _all_equal((element, right.raw[key]) for key, element in left.raw.items())
    return bool(left.raw == right.raw)


def _sets_equal(left: Value, right: Value) -> bool | None:
    if not (is_wholly_known(left) and is_wholly_known(right)):
        return None
    return bool(identity_key(left) == identity_key(right))


def _is_type_open(value: Value) -> bool:
    """Whether a part of the type is left open by an unknown value; nulls and empty collections leave nothing open."""
    if not value.is_known:
        return has_dynamic(value.type)
    return has_dynamic(value.type) and any(map(_is_type_open, elements_of(value)))


def _equal_to_unknown(left: Value, right: Value) -> bool | None:
    known = left if left.is_known else right
    other = right if left.is_known else left
    if known.is_null:
        return None if may_be_null(other) else False
    if not known.is_known:
        return None
    if has_dynamic(other.type):
        return None if _could_conform(known.type, other.type) else False
    return None if known.type == other.type and _may_be(known, other) else False


def _may_be(known: Value, other: Value) -> bool:
    """Whether an unknown value of the same type may turn out to be this one."""
    least, most = bounds(other)
    match known.raw:
        case bool():
            return True
        case str(text):
            return text.startswith(other.raw.prefix)
        case tuple(elements) | dict(elements):
            if isinstance(known.type, SetType) and not is_wholly_known(known):
                return True
            longest = other.raw.longest
            return len(elements) >= other.raw.shortest and (longest is None or len(elements) <= longest)
        case amount:
            return (least is None or least <= amount) and (most is None or amount <= most)


def _all_equal(pairs: Iterable[tuple[Value, Value]]) -> bool | None:
    for left, right in pairs:
        answer = _equal(left, right)
        if not answer:
            return answer
    return True


def _could_conform(left: Type, right: Type) -> bool:
    """Whether the open parts of the types could be filled so that they are the same."""
    match left, right:
        case (Dynamic(), _) | (_, Dynamic()):
            return True
        case (ListType(a), ListType(b)) | (SetType(a), SetType(b)) | (MapType(a), MapType(b)):
            return _could_conform(a, b)
        case (TupleType(), TupleType()):
            return len(left.elements) == len(right.elements) and all(map(_could_conform, left.elements, right.elements))
        case (ObjectType(), ObjectType()):
            return left.attributes.keys() == right.attributes.keys() and all(
                _could_conform(inner, right.attributes[name]) for name, inner in left.attributes.items()
            )
    return left == right
