"""Why no value of one type can be converted to another, in words."""

from __future__ import annotations

from collections.abc import Iterable

from planner.diagnostics import counted
from planner.hcl.cty.types import (
    BOOL,
    NUMBER,
    STRING,
    Dynamic,
    ListType,
    MapType,
    ObjectType,
    Primitive,
    SetType,
    TupleType,
    Type,
    friendly_name,
    has_dynamic,
    with_article,
)
from planner.hcl.cty.unification import is_convertible
from planner.hcl.cty.values import quoted


def mismatch(got: Type, want: Type) -> str:
    """One clause that says what was required, of the first part that does not fit."""
    match got, want:
        case ObjectType(), ObjectType():
            return _object_mismatch(got, want)
        case TupleType(), ListType(Dynamic()):
            return "the elements of a list must have one type, but these differ"
        case TupleType(), SetType(Dynamic()):
            return "the elements of a set must have one type, but these differ"
        case ObjectType(), MapType(Dynamic()):
            return "the elements of a map must have one type, but these differ"
        case TupleType(), ListType() | SetType():
            return _element_mismatch(((str(i), each) for i, each in enumerate(got.elements)), want.element)
        case ObjectType(), MapType():
            return _element_mismatch(((quoted(name), each) for name, each in got.attributes.items()), want.element)
        case (ListType(have) | SetType(have), ListType(need) | SetType(need)) | (MapType(have), MapType(need)):
            kind = friendly_name(want).partition(" ")[0]
            return f"in the elements of the {kind}, {mismatch(have, need)}"
        case TupleType(), TupleType() if len(got.elements) == len(want.elements):
            pairs = zip(got.elements, want.elements, strict=True)
            for index, (have, need) in enumerate(pairs):
                if not is_convertible(have, need):
                    return f"element {index}: {mismatch(have, need)}"
        case TupleType(), TupleType():
            return f"a tuple of {counted(len(want.elements), 'element')} is required, not of {len(got.elements)}"
    required = f"{with_article(want, constraint=True)} is required"
    return f"{required}, not {with_article(got)}" if _worth_naming(got, want) else required


def _worth_naming(got: Type, want: Type) -> bool:
    """Whether naming both types helps: not for kinds that people rightly confuse."""
    if isinstance(got, Primitive) != isinstance(want, Primitive) or want == STRING:
        return True
    return {got, want} == {BOOL, NUMBER} or (has_dynamic(want) and not has_dynamic(got))


def _object_mismatch(got: ObjectType, want: ObjectType) -> str:
    missing = [name for name in want.attributes if name not in got.attributes and name not in want.optional]
    if missing:
        names = [quoted(name) for name in missing]
        if len(names) == 1:
            return f"attribute {names[0]} is required"
        glue = " and " if len(names) == 2 else ", and "
        return f"attributes {', '.join(names[:-1])}{glue}{names[-1]} are required"
    for name, need in want.attributes.items():
        have = got.attributes.get(name)
        if have is not None and not is_convertible(have, need):
            return f"attribute {quoted(name)}: {mismatch(have, need)}"
    return "incorrect object attributes"


def _element_mismatch(elements: Iterable[tuple[str, Type]], want: Type) -> str:
    for label, element in elements:
        if not is_convertible(element, want):
            return f"element {label}: {mismatch(element, want)}"
    return f"all elements must be {friendly_name(want, constraint=True)}"
