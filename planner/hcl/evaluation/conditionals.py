"""The one type of a conditional's two results."""

from __future__ import annotations

from planner.hcl.cty.types import (
    DYNAMIC,
    NUMBER,
    Dynamic,
    ListType,
    MapType,
    ObjectType,
    SetType,
    TupleType,
    Type,
    friendly_name,
    has_dynamic,
)
from planner.hcl.cty.unification import unify
from planner.hcl.cty.unknowns import NOT_NULL, Unknown
from planner.hcl.cty.values import Bounds, Value, bounds, is_wholly_known, may_be_null, null, number, quoted, unknown


def result_type_of(when_true: Value, when_false: Value) -> Type | None:
    """The type that both results are converted to, or None where there is none."""
    if when_true.is_null and isinstance(when_true.type, Dynamic):
        return when_false.type
    if when_false.is_null and isinstance(when_false.type, Dynamic):
        return when_true.type
    if isinstance(when_true.type, Dynamic) or isinstance(when_false.type, Dynamic):
        return DYNAMIC
    return unify([when_true.type, when_false.type], safe=False)


def either(first: Value, second: Value, of: Type) -> Value:
    """What is known of a value of type `of` that is one of two others."""
    if first.is_null and second.is_null:
        return null(of)
    if may_be_null(first) or may_be_null(second):
        return unknown(of)
    if of == NUMBER and first.type == second.type == NUMBER:
        return _between(bounds(first), bounds(second))
    if isinstance(of, ListType | SetType | MapType):
        (least, most), (other_least, other_most) = _lengths(first), _lengths(second)
        longest = None if most is None or other_most is None else max(most, other_most)
        return _of_length(of, min(least, other_least), longest)
    return unknown(of, NOT_NULL)


def _between(one: Bounds, other: Bounds) -> Value:
    lowest = None if one[0] is None or other[0] is None else min(one[0], other[0])
    highest = None if one[1] is None or other[1] is None else max(one[1], other[1])
    if lowest is not None and lowest == highest:
        return number(lowest)
    return unknown(NUMBER, Unknown(not_null=True, lowest=lowest, highest=highest))


def _lengths(value: Value) -> tuple[int, int | None]:
    """How few and how many elements a collection, or what becomes one, may have."""
    if not value.is_known:
        return value.raw.shortest, value.raw.longest
    count = len(value.raw)
    if isinstance(value.type, SetType) and not is_wholly_known(value):
        return min(count, 1), count  # unknown elements may turn out to be equal
    return count, count


def _of_length(of: ListType | SetType | MapType, shortest: int, longest: int | None) -> Value:
    if longest == 0:
        return Value(of, {} if isinstance(of, MapType) else ())
    if shortest == longest and (isinstance(of, ListType) or (isinstance(of, SetType) and longest == 1)):
        return Value(of, (unknown(of.element),) * shortest)
    return unknown(of, Unknown(not_null=True, shortest=shortest, longest=longest))


def conversion_refused(chosen: Type, other: Type, result: Type) -> str:
    """Why a result of the type `result` cannot be made of `chosen`, or an empty text.

    Beside a list or map of open type, the parts of a tuple or object are not converted to one another's types.
    """
    match chosen, other, result:
        case (TupleType(parts), ListType(beside), ListType(found)):
            kind = "list"
        case (ObjectType(attributes), MapType(beside), MapType(found)):
            kind, parts = "map", tuple(attributes.values())
        case _:
            return ""
    differ = len({part for part in parts if not isinstance(part, Dynamic)}) > 1
    refused = differ and has_dynamic(beside) and has_dynamic(found)
    return f"all {kind} elements must have the same type" if refused else ""


def describe_mismatch(when_true: Type, when_false: Type) -> str:
    """The first difference between two types that do not unify, in words."""
    match when_true, when_false:
        case ObjectType(), ObjectType():
            described = _objects(when_true, when_false)
        case TupleType(), TupleType():
            described = _tuples(when_true, when_false)
        case (ListType(a), ListType(b)) | (SetType(a), SetType(b)) | (MapType(a), MapType(b)):
            described = _elements(friendly_name(when_true).partition(" ")[0], a, b)
        case _:
            described = None
    if described:
        return described
    names = friendly_name(when_true), friendly_name(when_false)
    if names[0] == names[1]:
        return (
            "At least one deeply-nested attribute or element is not compatible across both the 'true' and the "
            "'false' value"
        )
    return f"The 'true' value is {names[0]}, but the 'false' value is {names[1]}"


def _objects(when_true: ObjectType, when_false: ObjectType) -> str | None:
    absent = "The '{}' value includes object attribute {}, which is absent in the '{}' value"
    for name, attribute in when_true.attributes.items():
        other = when_false.attributes.get(name)
        if other is None:
            return absent.format("true", quoted(name), "false")
        if attribute != other:
            return f"Type mismatch for object attribute {quoted(name)}: {describe_mismatch(attribute, other)}"
    for name in when_false.attributes:
        if name not in when_true.attributes:
            return absent.format("false", quoted(name), "true")
    return None


def _tuples(when_true: TupleType, when_false: TupleType) -> str | None:
    lengths = len(when_true.elements), len(when_false.elements)
    if lengths[0] != lengths[1]:
        return f"The 'true' tuple has length {lengths[0]}, but the 'false' tuple has length {lengths[1]}"
    for index, (element, other) in enumerate(zip(when_true.elements, when_false.elements, strict=True)):
        if element != other:
            return f"Type mismatch for tuple element {index}: {describe_mismatch(element, other)}"
    return None


def _elements(kind: str, when_true: Type, when_false: Type) -> str | None:
    if type(when_true) is type(when_false) and isinstance(when_true, ObjectType | TupleType):
        return f"Mismatched {kind} element types: {describe_mismatch(when_true, when_false)}"
    return None
