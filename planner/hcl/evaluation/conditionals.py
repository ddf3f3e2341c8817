"""The one type of a conditional's two results."""

from __future__ import annotations

from planner.diagnostics import counted
from planner.hcl.cty.conversion import convert, convert_parts
from planner.hcl.cty.refinements import either_bounds, either_lengths, lengths, refined
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
    with_article,
)
from planner.hcl.cty.unification import collection_of, unify
from planner.hcl.cty.unknowns import Unknown
from planner.hcl.cty.values import Value, bounds, may_be_null, null, quoted, unknown


def result_type_of(when_true: Value, when_false: Value) -> Type | None:
    """The type that both results are converted to, or None where there is none."""
    if _takes_any_type(when_true):
        return when_false.type
    if _takes_any_type(when_false):
        return when_true.type
    if isinstance(when_true.type, Dynamic) or isinstance(when_false.type, Dynamic):
        return DYNAMIC
    return unify([when_true.type, when_false.type], safe=False)


def _takes_any_type(value: Value) -> bool:
    """Whether it is a null as written. One that is marked stays untyped, as in Terraform."""
    return value.is_null and isinstance(value.type, Dynamic) and not value.marks


def either(first: Value, second: Value, of: Type) -> Value:
    """What is known of a value of type `of` that is one of two others."""
    if first.is_null and second.is_null:
        return null(of)
    not_null = not (may_be_null(first) or may_be_null(second))
    if first.type == second.type == NUMBER:
        lowest, highest = either_bounds(bounds(first), bounds(second))
        return refined(of, Unknown(not_null, lowest=lowest, highest=highest))
    if first.type == second.type and isinstance(of, ListType | SetType | MapType):
        shortest, longest = either_lengths(lengths(first), lengths(second))
        return refined(of, Unknown(not_null, shortest=shortest, longest=longest))
    return unknown(of, Unknown(not_null))


def converted_result(chosen: Value, beside: Type, result: Type) -> Value:
    """The result that is chosen as one of the type of both results. Raises ConversionError.

    A tuple beside a list, or an object beside a map, becomes a list or map first. Where that has to be converted, too,
    it is the parts as they are that are converted: Terraform does so, and refuses some mixed parts for it.
    """
    match chosen.type, beside, result:
        case (TupleType(), ListType(), ListType()) | (ObjectType(), MapType(), MapType()):
            collection = collection_of(chosen.type)
            if collection is not None and collection != result:
                return convert_parts(chosen, collection, result)
    return convert(chosen, result)


def describe_mismatch(when_true: Type, when_false: Type) -> str:
    """The first difference between two types that do not unify, as a clause."""
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
    names = with_article(when_true), with_article(when_false)
    if names[0] == names[1]:
        return "deep inside it, a type differs"
    return f"it is {names[0]} when true, and {names[1]} when false"


def _objects(when_true: ObjectType, when_false: ObjectType) -> str | None:
    for name, attribute in when_true.attributes.items():
        other = when_false.attributes.get(name)
        if other is None:
            return f"the object has an attribute {quoted(name)} only when true"
        if attribute != other:
            return f"in attribute {quoted(name)}, {describe_mismatch(attribute, other)}"
    for name in when_false.attributes:
        if name not in when_true.attributes:
            return f"the object has an attribute {quoted(name)} only when false"
    return None


def _tuples(when_true: TupleType, when_false: TupleType) -> str | None:
    lengths = len(when_true.elements), len(when_false.elements)
    if lengths[0] != lengths[1]:
        return f"the tuple has {counted(lengths[0], 'element')} when true, and {lengths[1]} when false"
    for index, (element, other) in enumerate(zip(when_true.elements, when_false.elements, strict=True)):
        if element != other:
            return f"in element {index}, {describe_mismatch(element, other)}"
    return None


def _elements(kind: str, when_true: Type, when_false: Type) -> str | None:
    if type(when_true) is type(when_false) and isinstance(when_true, ObjectType | TupleType):
        return f"in the elements of the {kind}, {describe_mismatch(when_true, when_false)}"
    return None
