"""Values of one type made into values of another, by cty's rules.

Whether a type converts to another at all is decided in `unification`; here a conversion that is known to exist is
carried out. It may still refuse a value: not every string is a number.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from planner.hcl.cty.arithmetic import number_text, parse_number
from planner.hcl.cty.mismatch import mismatch
from planner.hcl.cty.path import AttributeStep, IndexStep, Path
from planner.hcl.cty.refinements import lengths, refined
from planner.hcl.cty.types import (
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
    without_optional,
)
from planner.hcl.cty.unification import element_type, is_convertible, unify
from planner.hcl.cty.unknowns import Unknown
from planner.hcl.cty.values import (
    Value,
    boolean,
    is_wholly_known,
    list_of,
    map_of,
    may_be_null,
    null,
    number,
    object_of,
    quoted,
    set_of,
    string,
    tuple_of,
    unknown,
)

Conversion = Callable[[Value, Path], Value]


class ConversionError(Exception):
    """A value cannot be converted; `path` leads from the whole value to the part that cannot."""

    def __init__(self, message: str, path: Path = ()) -> None:
        self.message = message
        self.path = path
        where = "".join(map(str, path))
        super().__init__(f"{where}: {message}" if where else message)


def convert(value: Value, to: Type) -> Value:
    """The value as one of type `to`, marks kept. Raises ConversionError.

    Attributes that `to` lets be absent become null; `typeexpr` fills in their defaults.
    """
    if value.type is to or isinstance(to, Dynamic) or value.type == to:
        return value
    if value.type == without_optional(to):
        return value
    if not is_convertible(value.type, to):
        raise ConversionError(mismatch(value.type, to))
    return _conversion(value.type, to)(value, ())


def convert_parts(value: Value, source: Type, to: Type) -> Value:
    """Like `convert`, of a tuple or object whose parts are taken for those of a `source`. Raises ConversionError."""
    return _guarded(_conversion_of_known(source, to), to)(value, ())


def _conversion(source: Type, target: Type) -> Conversion:
    """How to convert values of `source` to `target`, which is possible for some of them."""
    if source == target or isinstance(target, Dynamic):
        return _unchanged
    return _guarded(_conversion_of_known(source, target), target)


def _guarded(convert_known: Conversion, target: Type) -> Conversion:
    """The conversion for values that may be null, unknown or marked."""

    def conversion(value: Value, path: Path) -> Value:
        if value.raw is None or not value.is_known:
            to = _dynamic_replaced(value.type, without_optional(target))
            return (null(to) if value.is_null else _converted_unknown(value, to)).with_marks(value.marks)
        if value.marks:
            return convert_known(Value(value.type, value.raw), path).with_marks(value.marks)
        return convert_known(value, path)

    return conversion


def _converted_unknown(value: Value, to: Type) -> Value:
    """What is known of an unknown value once it is converted: a conversion changes no length, but that of a set."""
    not_null = not may_be_null(value)
    if not isinstance(to, ListType | SetType | MapType):
        return unknown(to, Unknown(not_null))
    shortest: int
    longest: int | None
    match value.type:
        case TupleType(parts) | ObjectType(parts):
            shortest = longest = len(parts)
        case ListType() | SetType() | MapType():
            shortest, longest = lengths(value)
        case _:
            return unknown(to, Unknown(not_null))
    if isinstance(to, SetType):
        shortest = min(shortest, 1)  # elements may turn out to be equal
    return refined(to, Unknown(not_null, shortest=shortest, longest=longest))


def _unchanged(value: Value, path: Path) -> Value:
    return value


def _conversion_of_known(source: Type, target: Type) -> Conversion:
    match source, target:
        case Dynamic(), _:
            return _by_type_of_value(target)
        case ObjectType(), ObjectType():
            return _object_to_object(source, target)
        case MapType(), ObjectType():
            return _map_to_object(source, target)
        case TupleType(), TupleType():
            return _tuple_to_tuple(source, target)
        case ListType() | SetType(), ListType() | SetType():
            return _to_sequence([_conversion(source.element, target.element)], source, target)
        case TupleType(), ListType() | SetType():
            element = element_type(source, target) or target.element
            return _to_sequence(_each_conversion((part, element) for part in source.elements), source, target)
        case MapType(), MapType():
            each = _conversion(source.element, target.element)
            return _to_map(lambda _: each, target.element, source)
        case ObjectType(), MapType():
            element = element_type(source, target) or target.element
            conversions = dict(
                zip(
                    source.attributes,
                    _each_conversion((part, element) for part in source.attributes.values()),
                    strict=True,
                )
            )
            return _to_map(conversions.__getitem__, element, source)
    if target == STRING:
        return _to_string
    return _string_to_number if target == NUMBER else _string_to_bool


def _by_type_of_value(target: Type) -> Conversion:
    """For values of an open type: each says by its own type how to convert it."""

    def conversion(value: Value, path: Path) -> Value:
        try:
            return convert(value, target)
        except ConversionError as refused:
            raise ConversionError(refused.message, path + refused.path) from None

    return conversion


def _to_string(value: Value, path: Path) -> Value:
    if isinstance(value.raw, bool):
        return string("true" if value.raw else "false")
    return string(number_text(value.raw))


def _string_to_number(value: Value, path: Path) -> Value:
    try:
        return number(parse_number(value.raw))
    except ValueError as wrong:
        raise ConversionError(str(wrong), path) from None


def _string_to_bool(value: Value, path: Path) -> Value:
    if value.raw in ("true", "1"):
        return boolean(True)
    if value.raw in ("false", "0"):
        return boolean(False)
    lower = value.raw.lower()
    hint = f'; write "{lower}" in small letters' if lower in ("true", "false") else ""
    raise ConversionError(f"a bool is required{hint}", path)


def _object_to_object(source: ObjectType, target: ObjectType) -> Conversion:
    conversions = {
        name: _conversion(source.attributes[name], target_type)
        for name, target_type in target.attributes.items()
        if name in source.attributes
    }
    absent = {
        name: null(without_optional(target_type))
        for name, target_type in target.attributes.items()
        if name not in source.attributes
    }

    def to_object(value: Value, path: Path) -> Value:
        present = {name: each(value.raw[name], (*path, AttributeStep(name))) for name, each in conversions.items()}
        return object_of(present | absent)

    return to_object


def _map_to_object(source: MapType, target: ObjectType) -> Conversion:
    conversions = {
        name: _conversion(source.element, target_type)
        for name, target_type in target.attributes.items()
        if is_convertible(source.element, target_type)
    }

    def attribute(name: str, elements: dict[str, Value], path: Path) -> Value:
        if name in elements:
            if name not in conversions:
                raise ConversionError(
                    f"the element {quoted(name)} of the map does not fit the type of that attribute", path
                )
            return conversions[name](elements[name], (*path, IndexStep(name)))
        if name not in target.optional:
            raise ConversionError(f"the map lacks {quoted(name)}, which the object must have", path)
        return null(without_optional(target.attributes[name]))

    def to_object(value: Value, path: Path) -> Value:
        return object_of({name: attribute(name, value.raw, path) for name in target.attributes})

    return to_object


def _tuple_to_tuple(source: TupleType, target: TupleType) -> Conversion:
    conversions = _each_conversion(zip(source.elements, target.elements, strict=True))

    def to_tuple(value: Value, path: Path) -> Value:
        steps = enumerate(zip(conversions, value.raw, strict=True))
        return tuple_of(each(element, (*path, IndexStep(index))) for index, (each, element) in steps)

    return to_tuple


def _each_conversion(pairs: Iterable[tuple[Type, Type]]) -> list[Conversion]:
    """A conversion for each pair, found once for those alike."""
    found: dict[tuple[Type, Type], Conversion] = {}
    conversions = []
    for pair in pairs:
        conversion = found.get(pair)
        if conversion is None:
            conversion = found[pair] = _conversion(*pair)
        conversions.append(conversion)
    return conversions


def _to_sequence(conversions: Sequence[Conversion], source: Type, target: ListType | SetType) -> Conversion:
    """To a list or set; one conversion for all elements, or one for each."""
    empty = without_optional(target.element)
    kind = "list" if isinstance(target, ListType) else "set"

    def to_sequence(value: Value, path: Path) -> Value:
        if isinstance(target, ListType) and isinstance(value.type, SetType) and not _has_length(value):
            return unknown(ListType(value.type.element))
        if not value.raw:
            inner = value.type.element if isinstance(value.type, ListType | SetType) else DYNAMIC
            return _sequence(target, inner if isinstance(target.element, Dynamic) else empty, ())
        alike = len(conversions) == 1
        converted = [
            conversions[0 if alike else index](element, (*path, IndexStep(index)))
            for index, element in enumerate(value.raw)
        ]
        if isinstance(source, TupleType) and isinstance(target, ListType):
            converted = _unified(converted, path)
        return _sequence(
            target, *_of_one_type(converted, f"the elements of a {kind} must have one type, but these differ", path)
        )

    return to_sequence


def _has_length(of: Value) -> bool:
    """Whether it is known how many elements a set has: unknown ones may turn out to be equal to others."""
    return len(of.raw) < 2 or is_wholly_known(of)


def _sequence(target: ListType | SetType, element: Type, elements: Iterable[Value]) -> Value:
    return list_of(element, elements) if isinstance(target, ListType) else set_of(element, elements)


def _to_map(conversion: Callable[[str], Conversion], element: Type, source: Type) -> Conversion:
    """To a map whose elements are `element`s."""
    empty = without_optional(element)
    unifies = isinstance(element, ListType | SetType | MapType | ObjectType)

    def to_map(value: Value, path: Path) -> Value:
        if not value.raw:
            inner = value.type.element if isinstance(value.type, MapType) else DYNAMIC
            return map_of(inner if isinstance(element, Dynamic) else empty, {})
        converted = [conversion(key)(each, (*path, IndexStep(key))) for key, each in value.raw.items()]
        if unifies:
            converted = _unified(converted, path, safe=isinstance(source, MapType))
        of, converted = _of_one_type(converted, "the elements of a map must have one type, but these differ", path)
        return map_of(of, dict(zip(value.raw, converted, strict=True)))

    return to_map


def _unified(elements: list[Value], path: Path, *, safe: bool = False) -> list[Value]:
    """The elements as ones of their common type: parts that were `any` may have become different ones."""
    first = elements[0].type
    if all(element.type == first for element in elements):
        return elements
    common = unify([element.type for element in elements], safe=safe)
    if common is None:
        raise ConversionError("the elements must have a common type, and there is none", path)
    return [_conversion(element.type, common)(element, path) for element in elements]


def _of_one_type(elements: list[Value], otherwise: str, path: Path) -> tuple[Type, list[Value]]:
    """The one type of the elements, and these; what is of an open type takes the type of the others."""
    first = elements[0].type
    if all(element.type == first for element in elements):
        return first, elements
    first, *others = dict.fromkeys(element.type for element in elements if not isinstance(element.type, Dynamic))
    if others:
        raise ConversionError(otherwise, path)
    return first, [Value(first, element.raw, element.marks) for element in elements]


def _dynamic_replaced(source: Type, target: Type) -> Type:
    """`target` with what it leaves open filled in from `source`, for values that are null or unknown."""
    if isinstance(source, Dynamic):
        return target
    match source, target:
        case _, Dynamic():
            return source
        case MapType(), MapType():
            return MapType(_dynamic_replaced(source.element, target.element))
        case ObjectType(), MapType():
            return MapType(_dynamic_replaced(unify(list(source.attributes.values())) or DYNAMIC, target.element))
        case MapType(), ObjectType():
            return ObjectType(
                {name: _dynamic_replaced(source.element, inner) for name, inner in target.attributes.items()}
            )
        case ObjectType(), ObjectType():
            return ObjectType(
                {
                    name: _dynamic_replaced(source.attributes.get(name, DYNAMIC), inner)
                    for name, inner in target.attributes.items()
                }
            )
        case SetType() | ListType(), SetType() | ListType():
            return type(target)(_dynamic_replaced(source.element, target.element))
        case TupleType(), SetType() | ListType():
            return type(target)(_dynamic_replaced(unify(source.elements) or DYNAMIC, target.element))
        case TupleType(), TupleType():
            pairs = zip(source.elements, target.elements, strict=True)
            return TupleType(tuple(_dynamic_replaced(element, inner) for element, inner in pairs))
    return target
