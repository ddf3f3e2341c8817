"""The one type that values of several types can all be converted to, by cty's preferences."""

from __future__ import annotations

from collections.abc import Sequence

from planner.hcl.cty.conversion import find_conversion
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
    inner: list[Type] = []
    for each in structures:
        if isinstance(each, ObjectType):
            inner.extend(each.attributes.values())
        elif isinstance(each, TupleType):
            inner.extend(each.elements)
    element = unify(inner, safe=safe)
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
    reached = all(each == target or find_conversion(each, target, safe=safe) for each in types)
    return target if reached else None


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
