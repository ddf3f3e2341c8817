"""The values of the language: a type, what it holds, and its marks.

What `raw` is: None for null; an `Unknown`; `str` (NFC); `bool`; for a number an `int` where it is whole (and not too
large to write out) or a `Decimal`; for a list, set or tuple a tuple of values (a set's in canonical order, without
repeats); for a map or object a dict of values in key order. A value is never changed once made.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterable, Mapping
from decimal import Context, Decimal
from typing import Any, Final

from msgspec import Struct

from planner.hcl.cty.go_text import quoted_as_go
from planner.hcl.cty.types import (
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
    TypeJson,
    type_json,
)
from planner.hcl.cty.unknowns import UNKNOWN, Unknown
from planner.values import replace

SENSITIVE: Final = "sensitive"
TYPE_MARK: Final = "type"
"""The mark of text that names a type: the console shows it without quotes."""

Number = int | Decimal

Bounds = tuple[Number | None, Number | None]
"""The least and the greatest that a number may be; None where there is no bound."""


class Facts(Struct, frozen=True):
    """What is true of a value and of everything in it. One that is there in two places counts twice."""

    known: bool
    marks: frozenset[str]
    depth: int
    size: int


class Value(Struct, eq=False):
    """One value. `marks` are those of the value itself; elements have marks of their own.

    It is not frozen: an evaluation makes very many, and a frozen one takes three times as long to make. Its facts are
    found when they are first asked for: values share parts, and large ones.
    """

    type: Type
    raw: Any
    marks: frozenset[str] = frozenset()
    _facts: Facts | None = None

    @property
    def is_null(self) -> bool:
        return self.raw is None

    @property
    def is_known(self) -> bool:
        """Whether the value itself is known; its elements may not be."""
        return type(self.raw) is not Unknown

    def with_marks(self, marks: frozenset[str]) -> Value:
        return self if not marks or marks <= self.marks else Value(self.type, self.raw, self.marks | marks)

    def to_python(self) -> Any:
        """Plain Python: numbers exact, sets as lists in canonical order, marks dropped, unknown as UNKNOWN."""
        if isinstance(self.raw, tuple):
            return [element.to_python() for element in self.raw]
        if isinstance(self.raw, dict):
            return {key: element.to_python() for key, element in self.raw.items()}
        return self.raw if self.is_known else UNKNOWN

    def type_json(self) -> TypeJson:
        return type_json(self.type)


NO_MARKS: Final[frozenset[str]] = frozenset()


def string(text: str) -> Value:
    return Value(STRING, text if text.isascii() else unicodedata.normalize("NFC", _whole(text)))


def _whole(text: str) -> str:
    """The text with halves of surrogate pairs, which are no characters, replaced: no file could hold them."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def number(amount: Number) -> Value:
    return Value(NUMBER, amount)


def boolean(truth: bool) -> Value:
    return Value(BOOL, truth)


def null(of: Type = DYNAMIC) -> Value:
    return Value(of, None)


def unknown(of: Type = DYNAMIC, known: Unknown = UNKNOWN) -> Value:
    """A value of which nothing but its type is known, and what `known` says."""
    return Value(of, known)


def not_null(value: Value) -> Value:
    """The same value, with what is known of it where that is not known yet: it is not null."""
    raw = value.raw
    if type(raw) is not Unknown or raw.not_null or isinstance(value.type, Dynamic):
        return value
    return Value(value.type, replace(raw, not_null=True), value.marks)


def bounds(value: Value) -> Bounds:
    """How small and how large a number may be."""
    raw = value.raw
    return (raw.lowest, raw.highest) if type(raw) is Unknown else (raw, raw)


def may_be_null(value: Value) -> bool:
    """Whether the value is null, or is not known and could be."""
    raw = value.raw
    return raw is None or (type(raw) is Unknown and not raw.not_null)


def list_of(element: Type, elements: Iterable[Value]) -> Value:
    """A list; every element is of type `element` already."""
    return Value(ListType(element), tuple(elements))


def map_of(element: Type, elements: Mapping[str, Value]) -> Value:
    """A map in key order; every element is of type `element` already."""
    return Value(MapType(element), dict(sorted(elements.items())))


def tuple_of(elements: Iterable[Value]) -> Value:
    items = tuple(elements)
    return Value(TupleType(tuple(item.type for item in items)), items)


def object_of(attributes: Mapping[str, Value]) -> Value:
    in_order = dict(sorted(attributes.items()))
    return Value(ObjectType({name: attribute.type for name, attribute in in_order.items()}), in_order)


def set_of(element: Type, elements: Iterable[Value]) -> Value:
    """A set without repeats, in canonical order; the marks of its elements become its own, as in cty."""
    marks = NO_MARKS
    known: dict[Hashable, Value] = {}
    others: list[Value] = []
    for candidate in elements:
        bare, found = unmark_deep(candidate)
        marks |= found
        if is_wholly_known(bare):
            known.setdefault(identity_key(bare), bare)
        else:
            others.append(bare)
    return Value(SetType(element), tuple(sorted((*known.values(), *others), key=_order_key)), marks)


def elements_of(value: Value) -> Iterable[Value]:
    """The elements a value directly holds; none for a primitive, null or unknown value."""
    if isinstance(value.raw, tuple):
        return value.raw
    if isinstance(value.raw, dict):
        return value.raw.values()
    return ()


def facts(value: Value) -> Facts:
    """What is true of the value and of everything in it: each part is visited once, however often it occurs."""
    if not isinstance(value.raw, tuple | dict):
        return Facts(value.is_known, value.marks, 0, 1)
    if value._facts is not None:
        return value._facts
    known, marks, depth, size = True, value.marks, 0, 1
    for element in elements_of(value):
        if not isinstance(element.raw, tuple | dict):  # most are: no facts need to be made of them
            known = known and type(element.raw) is not Unknown
            marks = marks | element.marks if element.marks else marks
            size += 1
            continue
        inner = facts(element)
        known = known and inner.known
        marks |= inner.marks
        depth = max(depth, inner.depth)
        size += inner.size
    value._facts = Facts(known, marks, depth + 1, size)
    return value._facts


def is_wholly_known(value: Value) -> bool:
    """Whether neither the value nor anything in it is unknown."""
    return facts(value).known if isinstance(value.raw, tuple | dict) else value.is_known


def deep_marks(value: Value) -> frozenset[str]:
    """The marks of the value and of everything in it."""
    return facts(value).marks if isinstance(value.raw, tuple | dict) else value.marks


def unmark(value: Value) -> tuple[Value, frozenset[str]]:
    """The value without its own marks, and those."""
    return (Value(value.type, value.raw), value.marks) if value.marks else (value, NO_MARKS)


def unmark_deep(value: Value) -> tuple[Value, frozenset[str]]:
    """The value without any mark, and all marks there were."""
    marks = deep_marks(value)
    return (_without_marks(value), marks) if marks else (value, marks)


def _without_marks(value: Value) -> Value:
    raw = value.raw
    if isinstance(raw, tuple):
        raw = tuple(_without_marks(element) for element in raw)
    elif isinstance(raw, dict):
        raw = {key: _without_marks(element) for key, element in raw.items()}
    return Value(value.type, raw)


def identity_key(value: Value) -> Hashable:
    """What two wholly known values of one type share exactly if they are equal; can be hashed. Marks do not count."""
    raw = value.raw
    if isinstance(raw, tuple):
        return tuple(identity_key(element) for element in raw)
    if isinstance(raw, dict):
        return tuple((key, identity_key(element)) for key, element in raw.items())
    key: Hashable = raw
    return key


def _order_key(value: Value) -> Any:
    """A set's order: primitives by size, other things by cty's text for them; then what is not known, and null."""
    if not value.is_known:
        return (1, 0)
    if value.raw is None:
        return (2, 0)
    return (0, _order_text(value) if isinstance(value.raw, tuple | dict) else value.raw)


def _order_text(value: Value) -> str:
    raw = value.raw
    if not value.is_known:
        return "?"
    if raw is None:
        return "~"
    if isinstance(raw, bool):
        return "T" if raw else "F"
    if isinstance(raw, str):
        return quoted_as_go(raw)
    if isinstance(raw, tuple):
        opened, closed = "<>" if isinstance(value.type, TupleType) else "[]"
        return opened + "".join(f"{_order_text(element)};" for element in raw) + closed
    if isinstance(raw, dict):
        if isinstance(value.type, ObjectType):
            return "<" + "".join(f"{_order_text(element)};" for element in raw.values()) + ">"
        return "{" + "".join(f"{quoted_as_go(key)}:{_order_text(element)};" for key, element in raw.items()) + "}"
    return _ten_digits(raw)


def _ten_digits(amount: Number) -> str:
    """As Go writes a number with `%.10g`."""
    rounded = Context(prec=10).create_decimal(amount).normalize()
    if -4 <= rounded.adjusted() < 10:
        return f"{rounded:f}"
    sign, digits, _ = rounded.as_tuple()
    mantissa = f"{digits[0]}.{''.join(map(str, digits[1:]))}".rstrip(".")
    return f"{'-' * sign}{mantissa}e{rounded.adjusted():+03d}"


def quoted(text: str) -> str:
    """The text as HCL would write it between quotes, as error messages show it."""
    escapes = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
    return '"' + "".join(escapes.get(char, char) for char in text) + '"'
