"""Values of one type made into values of another, by cty's rules.

A conversion is *safe* where no value of the source type can fail or lose something (number to string); all others are
tried and may refuse a value (string to number). Finding a common type (`unification.unify`) uses safe ones only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from planner.hcl.cty.arithmetic import normal, number_text, parse_number
from planner.hcl.cty.types import (
    DYNAMIC,
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
    without_optional,
)
from planner.hcl.cty.values import (
    UNKNOWN,
    Unknown,
    Value,
    boolean,
    list_of,
    map_of,
    null,
    number,
    object_of,
    quoted,
    set_of,
    string,
    tuple_of,
    unknown,
)


@dataclass(frozen=True, slots=True)
class AttributeStep:
    """A step of a path to an attribute of an object."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"


@dataclass(frozen=True, slots=True)
class IndexStep:
    """A step of a path to an element of a collection or tuple."""

    key: str | int

    def __str__(self) -> str:
        return f"[{quoted(self.key) if isinstance(self.key, str) else self.key}]"


Path = tuple[AttributeStep | IndexStep, ...]
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

    Attributes that `to` lets be absent become null; their defaults are the matter of `typeexpr`.
    """
    if isinstance(to, Dynamic) or value.type == to:
        return value
    if value.type == without_optional(to):
        return value
    conversion = find_conversion(value.type, to, safe=False)
    if conversion is None:
        from planner.hcl.cty.mismatch import mismatch

        raise ConversionError(mismatch(value.type, to))
    return conversion(value, ())


def from_python(obj: Any, to: Type | None = None) -> Value:
    """The value of plain Python data: a sequence is a tuple, a mapping an object, a set a set. Raises TypeError."""
    value = _from_python(obj)
    return value if to is None else convert(value, to)


def _from_python(obj: Any) -> Value:
    match obj:
        case Value():
            return obj
        case None:
            return null()
        case Unknown():
            return unknown()
        case bool():
            return boolean(obj)
        case str():
            return string(obj)
        case int() | Decimal() | float():
            amount = Decimal(repr(obj)) if isinstance(obj, float) else obj
            if isinstance(amount, Decimal) and not amount.is_finite():
                raise ValueError("numbers must be finite")
            return number(normal(amount))
        case Mapping():
            return object_of({string(str(key)).raw: _from_python(element) for key, element in obj.items()})
        case set() | frozenset():
            return convert(tuple_of(_from_python(element) for element in obj), SetType(DYNAMIC))
        case Sequence():
            return tuple_of(_from_python(element) for element in obj)
    raise TypeError(f"no value of the language: {type(obj).__name__}")


def find_conversion(source: Type, target: Type, *, safe: bool) -> Conversion | None:
    """How to convert values of `source` to `target`, or None where it cannot be. `safe`: never lose, never fail."""
    if source == target:
        return _as_it_is
    known = _find_known(source, target, safe)
    if known is None:
        return None

    def conversion(value: Value, path: Path) -> Value:
        if isinstance(target, Dynamic):
            return value
        if value.raw is None or value.raw is UNKNOWN:
            return Value(_dynamic_replaced(value.type, without_optional(target)), value.raw, value.marks)
        if value.marks:
            return known(Value(value.type, value.raw), path).with_marks(value.marks)
        return known(value, path)

    return conversion


def _as_it_is(value: Value, path: Path) -> Value:
    return value


def _find_known(source: Type, target: Type, safe: bool) -> Conversion | None:
    match source, target:
        case _, Dynamic():
            return lambda value, path: value
        case Dynamic(), _:
            return None if safe else _convert_later(target)
        case Primitive(), Primitive():
            return _primitive(source, target, safe)
        case ObjectType(), ObjectType():
            return _object_to_object(source, target, safe)
        case TupleType(), TupleType():
            return _tuple_to_tuple(source, target, safe)
        case ListType() | SetType(), ListType() | SetType():
            if safe and isinstance(source, ListType) and isinstance(target, SetType):
                return None
            each = find_conversion(source.element, target.element, safe=safe)
            return each and _to_sequence([each], target, safe)
        case TupleType(), ListType() | SetType():
            return _tuple_to_sequence(source, target, safe)
        case MapType(), MapType():
            each = find_conversion(source.element, target.element, safe=safe)
            return each and _to_map(lambda _: each, target, safe)
        case ObjectType(), MapType():
            return _object_to_map(source, target, safe)
        case MapType(), ObjectType():
            return None if safe else _map_to_object(source, target)
    return None


def _convert_later(target: Type) -> Conversion:
    def conversion(value: Value, path: Path) -> Value:
        try:
            return convert(value, target)
        except ConversionError as refused:
            raise ConversionError(refused.message, path + refused.path) from None

    return conversion


def _primitive(source: Type, target: Type, safe: bool) -> Conversion | None:
    if source == target:
        return lambda value, path: value
    if target == STRING:
        return _to_string
    if source == STRING and not safe:
        return _string_to_number if target == NUMBER else _string_to_bool
    return None


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
    hint = f'; to convert from string, use lowercase "{lower}"' if lower in ("true", "false") else ""
    raise ConversionError(f"a bool is required{hint}", path)


def _object_to_object(source: ObjectType, target: ObjectType, safe: bool) -> Conversion | None:
    conversions: dict[str, Conversion] = {}
    for name, wanted in target.attributes.items():
        held = source.attributes.get(name)
        if held is None:
            if name in target.optional:
                continue
            return None
        conversion = find_conversion(held, wanted, safe=safe)
        if conversion is None:
            return None
        conversions[name] = conversion
    absent = {
        name: null(without_optional(target.attributes[name])) for name in target.attributes if name not in conversions
    }

    def to_object(value: Value, path: Path) -> Value:
        held = {name: each(value.raw[name], (*path, AttributeStep(name))) for name, each in conversions.items()}
        return object_of(held | absent)

    return to_object


def _map_to_object(source: MapType, target: ObjectType) -> Conversion | None:
    conversions: dict[str, Conversion | None] = {}
    for name, wanted in target.attributes.items():
        conversions[name] = find_conversion(source.element, wanted, safe=False)
        if conversions[name] is None and name not in target.optional:
            return None

    def to_object(value: Value, path: Path) -> Value:
        held: dict[str, Value] = {}
        for name, each in conversions.items():
            if name in value.raw:
                if each is None:
                    raise ConversionError(f"map element type is incompatible with attribute {quoted(name)}", path)
                held[name] = each(value.raw[name], (*path, IndexStep(name)))
            elif name in target.optional:
                held[name] = null(without_optional(target.attributes[name]))
            else:
                raise ConversionError(f"map has no element for required attribute {quoted(name)}", path)
        return object_of(held)

    return to_object


def _tuple_to_tuple(source: TupleType, target: TupleType, safe: bool) -> Conversion | None:
    if len(source.elements) != len(target.elements):
        return None
    conversions = _each_conversion(zip(source.elements, target.elements, strict=True), safe)
    if conversions is None:
        return None

    def to_tuple(value: Value, path: Path) -> Value:
        steps = enumerate(zip(conversions, value.raw, strict=True))
        return tuple_of(each(element, (*path, IndexStep(index))) for index, (each, element) in steps)

    return to_tuple


def _each_conversion(pairs: Iterable[tuple[Type, Type]], safe: bool) -> list[Conversion] | None:
    """A conversion for each pair, found once for those alike; None where one has none."""
    found: dict[tuple[Type, Type], Conversion] = {}
    conversions = []
    for pair in pairs:
        conversion = found.get(pair) or find_conversion(*pair, safe=safe)
        if conversion is None:
            return None
        found[pair] = conversion
        conversions.append(conversion)
    return conversions


def _common_element(types: Iterable[Type], wanted: Type, safe: bool) -> Type | None:
    """The element type a collection of these gets: the one wanted, or where that is `any` one common to all."""
    if not isinstance(wanted, Dynamic):
        return wanted
    from planner.hcl.cty.unification import unify

    distinct = list(dict.fromkeys(types))
    common = unify(distinct, safe=safe)
    if isinstance(common, Dynamic) and any(not isinstance(each, Dynamic) for each in distinct):
        return None
    return common


def _tuple_to_sequence(source: TupleType, target: ListType | SetType, safe: bool) -> Conversion | None:
    if not source.elements:
        return lambda value, path: _sequence(target, without_optional(target.element), ())
    element = _common_element(source.elements, target.element, safe)
    if element is None:
        return None
    conversions = _each_conversion(((each, element) for each in source.elements), safe)
    return None if conversions is None else _to_sequence(conversions, target, safe)


def _to_sequence(conversions: Sequence[Conversion], target: ListType | SetType, safe: bool) -> Conversion:
    """To a list or set; one conversion for all elements, or one for each."""
    empty = without_optional(target.element)

    def to_sequence(value: Value, path: Path) -> Value:
        if not value.raw:
            inner = value.type.element if isinstance(value.type, ListType | SetType) else DYNAMIC
            return _sequence(target, inner if isinstance(target.element, Dynamic) else empty, ())
        alike = len(conversions) == 1
        held = [
            conversions[0 if alike else index](element, (*path, IndexStep(index)))
            for index, element in enumerate(value.raw)
        ]
        element, held = _made_alike(held, path)
        return _sequence(target, element, held)

    return to_sequence


def _sequence(target: ListType | SetType, element: Type, held: Iterable[Value]) -> Value:
    return list_of(element, held) if isinstance(target, ListType) else set_of(element, held)


def _object_to_map(source: ObjectType, target: MapType, safe: bool) -> Conversion | None:
    if not source.attributes:
        return lambda value, path: map_of(without_optional(target.element), {})
    element = _common_element(source.attributes.values(), target.element, safe) or _only_type_beside_nulls(source)
    if element is None:
        return None
    found = _each_conversion(((each, element) for each in source.attributes.values()), safe)
    if found is None:
        return None
    return _to_map(dict(zip(source.attributes, found, strict=True)).__getitem__, target, safe)


def _only_type_beside_nulls(source: ObjectType) -> Type | None:
    """The type of all attributes but those whose type is open, which in a map (and only there) take it as nulls."""
    closed = {each for each in source.attributes.values() if not isinstance(each, Dynamic)}
    return closed.pop() if len(closed) == 1 else None


def _to_map(conversion: Callable[[str], Conversion], target: MapType, safe: bool) -> Conversion:
    empty = without_optional(target.element)

    def to_map(value: Value, path: Path) -> Value:
        if not value.raw:
            inner = value.type.element if isinstance(value.type, MapType) else DYNAMIC
            return map_of(inner if isinstance(target.element, Dynamic) else empty, {})
        held = [conversion(key)(element, (*path, IndexStep(key))) for key, element in value.raw.items()]
        element, held = _made_alike(held, path)
        return map_of(element, dict(zip(value.raw, held, strict=True)))

    return to_map


def _made_alike(held: list[Value], path: Path) -> tuple[Type, list[Value]]:
    """The elements with one type: parts that were `any` may have become different ones."""
    first = held[0].type
    if all(element.type == first for element in held):
        return first, held
    distinct = list(dict.fromkeys(element.type for element in held))
    from planner.hcl.cty.unification import unify

    common = unify(distinct, safe=False)
    if common is not None and not isinstance(common, Dynamic):
        held = [convert(element, common) for element in held]
        if all(element.type == held[0].type for element in held):
            return held[0].type, held
    raise ConversionError("cannot find a common base type for all elements", path)


def _dynamic_replaced(source: Type, target: Type) -> Type:
    """`target` with what it leaves open filled in from `source`, for values that are null or unknown."""
    from planner.hcl.cty.unification import unify

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
            return TupleType(tuple(_dynamic_replaced(held, wanted) for held, wanted in pairs))
    return target
