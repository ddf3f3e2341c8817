"""Which types convert to which, and the one type that several convert to, by cty's preferences.

A conversion is *safe* where no value of the source type can fail or lose something (number to string); others may
refuse a value (string to number). The two questions are one subject: a tuple converts to a list where its elements
have a common type, and types have a common type where they convert to it.
"""

from __future__ import annotations

from collections.abc import Sequence

from planner.hcl.cty.types import (
    DYNAMIC,
    STRING,
    Dynamic,
    ListType,
    MapType,
    ObjectType,
    Primitive,
    SetType,
    TupleType,
    Type,
)


def is_convertible(source: Type, target: Type, *, safe: bool = False) -> bool:
    """Whether some value of `source`, or with `safe` every one, can be converted to `target`."""
    if source == target:
        return True
    match source, target:
        case _, Dynamic():
            return True
        case Dynamic(), _:
            return not safe
        case Primitive(), Primitive():
            return target == STRING or (source == STRING and not safe)
        case ObjectType(), ObjectType():
            return all(
                is_convertible(source.attributes[name], target_type, safe=safe)
                if name in source.attributes
                else name in target.optional
                for name, target_type in target.attributes.items()
            )
        case MapType(), ObjectType():
            return not safe and all(
                name in target.optional or is_convertible(source.element, target_type)
                for name, target_type in target.attributes.items()
            )
        case TupleType(), TupleType():
            return len(source.elements) == len(target.elements) and all(
                is_convertible(each, target_type, safe=safe)
                for each, target_type in dict.fromkeys(zip(source.elements, target.elements, strict=True))
            )
        case ListType(), SetType() if safe:
            return False
        case (ListType(a) | SetType(a), ListType(b) | SetType(b)) | (MapType(a), MapType(b)):
            return is_convertible(a, b, safe=safe)
        case TupleType(), ListType() | SetType():
            return _becomes_collection(source, target, safe)
        case ObjectType(), MapType():
            return _becomes_collection(source, target, safe)
    return False


def _becomes_collection(source: TupleType | ObjectType, target: ListType | SetType | MapType, safe: bool) -> bool:
    parts = _parts(source)
    element = element_type(source, target, safe=safe)
    return not parts or (element is not None and _reached_by_all(element, parts, safe) is not None)


def element_type(
    source: TupleType | ObjectType, target: ListType | SetType | MapType, *, safe: bool = False
) -> Type | None:
    """The type that the elements get when a tuple or object becomes a collection; None where there is none.

    It is the target's own, or where that is `any` one common to all.
    """
    if not isinstance(target.element, Dynamic):
        return target.element
    parts = _parts(source)
    common = unify(parts, safe=safe)
    if isinstance(common, Dynamic) and isinstance(source, TupleType) and parts != [DYNAMIC]:
        return None
    return common


def _parts(source: TupleType | ObjectType) -> list[Type]:
    """The distinct types of the elements or attributes."""
    return list(dict.fromkeys(source.elements if isinstance(source, TupleType) else source.attributes.values()))


def unify(types: Sequence[Type], *, safe: bool = True) -> Type | None:
    """The common type, or None where there is none (or no type at all is given).

    With `safe` only conversions that cannot fail count, as between the results of a conditional.
    """
    if not types:
        return None
    distinct = list(dict.fromkeys(types))
    if len(distinct) == 1:
        return distinct[0]
    decided, common = _unify_structures(distinct, safe)
    return common if decided else _unify_by_preference(distinct, safe)


def _unify_structures(types: list[Type], safe: bool) -> tuple[bool, Type | None]:
    """What types of one kind unify to, and whether that decides the matter."""
    open_ended = any(isinstance(each, Dynamic) for each in types)
    kinds = {type(each) for each in types if not isinstance(each, Dynamic)}
    for kind in (MapType, ListType, SetType):
        if kinds == {kind}:
            return True, DYNAMIC if open_ended else _unify_collections(kind, types, safe)
    if kinds == {ObjectType}:
        return True, DYNAMIC if open_ended else _unify_objects(types, safe)
    if kinds == {TupleType}:
        return True, DYNAMIC if open_ended else _unify_tuples(types, safe)
    if kinds == {MapType, ObjectType}:
        common = _unify_as(MapType, ObjectType, types, safe)
        return common is not None, common
    if kinds == {ListType, TupleType}:
        common = _unify_as(ListType, TupleType, types, safe)
        return common is not None, common
    return kinds >= {ObjectType, TupleType}, None


def collection_of(structure: Type) -> Type | None:
    """The list or map type that a tuple or object becomes beside lists or maps; None where there is none."""
    return _as_collection(ListType if isinstance(structure, TupleType) else MapType, [structure], safe=False)


def _unify_collections(kind: type, types: list[Type], safe: bool) -> Type | None:
    element = unify([each.element for each in types if isinstance(each, MapType | ListType | SetType)], safe=safe)
    return element and _reached_by_all(kind(element), types, safe)


def _unify_as(collection: type, structure: type, types: list[Type], safe: bool) -> Type | None:
    """Objects beside maps, or tuples beside lists, become collections first."""
    structures = [each for each in types if isinstance(each, structure)]
    common = _as_collection(collection, structures, safe)
    if common is None:
        return None
    found = unify([common if isinstance(each, structure) else each for each in types], safe=safe)
    return found if isinstance(found, collection) else None


def _as_collection(collection: type, structures: Sequence[Type], safe: bool) -> Type | None:
    parts = [part for each in structures if isinstance(each, ObjectType | TupleType) for part in _parts(each)]
    element = unify(parts, safe=safe)
    return element and _reached_by_all(collection(element), structures, safe)


def _unify_objects(types: Sequence[Type], safe: bool) -> Type | None:
    objects = [each for each in types if isinstance(each, ObjectType)]
    names = objects[0].attributes.keys()
    if any(each.attributes.keys() != names for each in objects):
        return _as_collection(MapType, objects, safe)
    attributes: dict[str, Type] = {}
    for name in names:
        common = unify([each.attributes[name] for each in objects], safe=safe)
        if common is None:
            return None
        attributes[name] = common
    return _reached_by_all(ObjectType(attributes), objects, safe) or _as_collection(MapType, objects, safe)


def _unify_tuples(types: Sequence[Type], safe: bool) -> Type | None:
    tuples = [each for each in types if isinstance(each, TupleType)]
    if len({len(each.elements) for each in tuples}) > 1:
        return _as_collection(ListType, tuples, safe)
    elements: list[Type] = []
    for across in zip(*(each.elements for each in tuples), strict=True):
        common = unify(across, safe=safe)
        if common is None:
            return None
        elements.append(common)
    return _reached_by_all(TupleType(tuple(elements)), tuples, safe) or _as_collection(ListType, tuples, safe)


def _reached_by_all(target: Type, types: Sequence[Type], safe: bool) -> Type | None:
    return target if all(is_convertible(each, target, safe=safe) for each in types) else None


def _unify_by_preference(types: list[Type], safe: bool) -> Type | None:
    for candidate in _by_preference(types):
        if _reached_by_all(candidate, types, safe):
            return candidate
    return None


def _by_preference(types: list[Type]) -> list[Type]:
    """A topological order of `_compare`, stable where it says nothing."""
    count = len(types)
    before = [0] * count
    after: list[list[int]] = [[] for _ in types]
    for first in range(count):
        for second in range(first + 1, count):
            order = _compare(types[first], types[second])
            if order:
                early, late = (first, second) if order < 0 else (second, first)
                after[early].append(late)
                before[late] += 1
    queue = [index for index in range(count) if not before[index]]
    for index in queue:
        for late in after[index]:
            before[late] -= 1
            if not before[late]:
                queue.append(late)
    return [types[index] for index in queue]


def _compare(a: Type, b: Type) -> int:
    """Negative where `a` is to be preferred to `b` as their common type, positive the other way, else 0."""
    match a, b:
        case (Dynamic(), _) | (_, Dynamic()):
            return isinstance(a, Dynamic) - isinstance(b, Dynamic)
        case Primitive(), Primitive():
            return (b == STRING) - (a == STRING)
        case (ListType(x), ListType(y)) | (SetType(x), SetType(y)) | (MapType(x), MapType(y)):
            return _compare(x, y)
        case (ListType() | TupleType(), SetType()) | (ListType(), TupleType()) | (MapType(), ObjectType()):
            return -1
        case (SetType(), ListType() | TupleType()) | (TupleType(), ListType()) | (ObjectType(), MapType()):
            return 1
        case ObjectType(), ObjectType() if a.attributes.keys() == b.attributes.keys():
            return _compare_all([_compare(a.attributes[name], b.attributes[name]) for name in a.attributes])
        case TupleType(), TupleType() if len(a.elements) == len(b.elements):
            return _compare_all(list(map(_compare, a.elements, b.elements)))
    return 0


def _compare_all(orders: list[int]) -> int:
    """The order that all parts agree on; 0 where they do not."""
    found = {order for order in orders if order}
    return found.pop() if len(found) == 1 else 0
