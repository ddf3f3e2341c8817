"""Attributes of objects and elements of collections."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from planner.diagnostics import counted, did_you_mean
from planner.hcl.cty.arithmetic import as_int
from planner.hcl.cty.conversion import ConversionError, convert
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
    with_article,
)
from planner.hcl.cty.values import Value, quoted, unknown
from planner.remedy import NO_REMEDY, Remedy, Snippet

_MOST_COMPARED = 1_000
_MOST_SHOWN = 5


class AccessError(Exception):
    """A step into a value that it does not allow."""

    def __init__(self, summary: str, detail: str, remedy: Remedy = NO_REMEDY) -> None:
        super().__init__(detail)
        self.summary = summary
        self.detail = detail
        self.remedy = remedy


def attribute_of(subject: Value, name: str) -> Value:
    """`subject.name`. Raises AccessError."""
    if type(subject.raw) is dict and name in subject.raw:  # of an object or a map, and as a rule it is there
        there: Value = subject.raw[name]
        return there.with_marks(subject.marks) if subject.marks else there
    if subject.is_null:
        raise AccessError(
            "Attempt to get attribute from null value", f"This value is null, so it has no {quoted(name)}."
        )
    match subject.type:
        case ObjectType(attributes):
            if name in attributes:
                return unknown(attributes[name]).with_marks(subject.marks)
            hint = "" if subject.marks else _what_there_is(name, list(attributes))
            raise _unsupported(f"This object has no attribute {quoted(name)}.{hint}")
        case MapType(element):
            if not subject.is_known:
                return unknown(element).with_marks(subject.marks)
            hint = "" if subject.marks else _what_there_is(name, list(subject.raw))
            raise AccessError("Missing map element", f"This map has no key {quoted(name)}.{hint}", _WITH_A_DEFAULT)
        case Dynamic():
            return unknown().with_marks(subject.marks)
    raise _unsupported(_no_attributes(subject, name))


def _unsupported(detail: str) -> AccessError:
    return AccessError("Unsupported attribute", detail)


def _no_attributes(subject: Value, name: str) -> str:
    detail = f"This is {with_article(subject.type)}, which has no attributes."
    match subject.type:
        case ListType(ObjectType() | MapType()) | TupleType():
            return f"{detail} Write [0].{name} for one of its elements, [*].{name} for all of them."
        case SetType(ObjectType() | MapType()):
            return f"{detail} Write [*].{name} for all of its elements."
    return detail


def element_of(subject: Value, key: Value) -> Value:
    """`subject[key]`. Raises AccessError."""
    if type(subject.raw) is dict and type(key.raw) is str and key.raw in subject.raw:
        there: Value = subject.raw[key.raw]
        return there.with_marks(subject.marks | key.marks)
    if subject.is_null:
        raise AccessError("Attempt to index null value", "This value is null, so it has no elements.")
    if key.is_null:
        raise _invalid("The key between the brackets is null.")
    marks = subject.marks | key.marks
    if isinstance(key.type, Dynamic) or isinstance(subject.type, Dynamic):
        return unknown().with_marks(marks)
    match subject.type:
        case ListType(element):
            return _in_sequence(subject, _key(key, NUMBER), unknown(element)).with_marks(marks)
        case TupleType():
            return _in_sequence(subject, _key(key, NUMBER), unknown()).with_marks(marks)
        case MapType(element):
            return _in_map(subject, _key(key, STRING), unknown(element)).with_marks(marks)
        case ObjectType(attributes):
            return _in_object(subject, key, attributes).with_marks(marks)
        case SetType():
            raise _invalid(
                "The elements of a set have neither keys nor an order. Go through all of them with a for expression "
                "or [*], or make it a list with tolist()."
            )
    raise _invalid(f"This is {with_article(subject.type)}, which has no elements.")


def _invalid(detail: str, remedy: Remedy = NO_REMEDY) -> AccessError:
    return AccessError("Invalid index", detail, remedy)


_WITH_A_DEFAULT = Remedy.of(
    "Correct the key, or add it. For a key that may be missing, give a default: ", Snippet("lookup(MAP, KEY, DEFAULT)")
)


def _missing(key: Value, subject: Value, known: Iterable[str]) -> AccessError:
    """There is no such key; a marked key, and the keys of a marked collection, are not shown."""
    if key.marks or subject.marks:
        return _invalid("There is no such key.", _WITH_A_DEFAULT)
    return _invalid(f"There is no key {quoted(key.raw)}.{_what_there_is(key.raw, list(known))}", _WITH_A_DEFAULT)


_BYTE_ORDER_MARK = "\ufeff"
_SEPARATORS = ((";", "semicolons"), ("\t", "tabs"))


def _what_there_is(missing: str, known: Sequence[str]) -> str:
    """The key that was meant, or the first few: among very many, looking for a similar one takes too long."""
    if _BYTE_ORDER_MARK + missing in known:
        return (
            " There is one with a byte order mark, U+FEFF, before the name, as some spreadsheets write it at the start "
            'of a CSV file: save the file without it, or remove it with trimprefix(file("…"), "\\ufeff").'
        )
    for separator, plural in _SEPARATORS:
        if len(known) == 1 and missing in (names := known[0].removeprefix(_BYTE_ORDER_MARK)).split(separator):
            is_marked = names != known[0]
            text = 'trimprefix(file("…"), "\\ufeff")' if is_marked else 'file("…")'
            return (
                f" There is only {quoted(names)}: a CSV file with {plural} in place of commas"
                f"{', and a byte order mark (U+FEFF) at its start' if is_marked else ''}? "
                f'Write replace({text}, {quoted(separator)}, ",").'
            )
    alike = [name for name in known if not _differ_in_digits(missing, name)] if len(known) <= _MOST_COMPARED else []
    hint = did_you_mean(missing, alike)
    if hint or not known:
        return hint or " It is empty."
    shown = [quoted(name) for name in known[:_MOST_SHOWN]]
    more = [f"{len(known) - _MOST_SHOWN:,} more"] if len(known) > _MOST_SHOWN else []
    *others, last = [*shown, *more]
    return f" There are {', '.join(others)} and {last}." if others else f" There is only {last}."


def _differ_in_digits(name: str, other: str) -> bool:
    """Whether two names differ in nothing but numbers: `vpc-6` is not `vpc-5` with a typing error, but another VPC."""
    return name != other and re.sub("[0-9]+", "", name) == re.sub("[0-9]+", "", other)


def _key(key: Value, key_type: Primitive) -> Value:
    try:
        return convert(key, key_type)
    except ConversionError as refused:
        raise _invalid(f"The key between the brackets cannot be used: {refused}.") from None


def _in_sequence(subject: Value, key: Value, otherwise: Value) -> Value:
    if not key.is_known:
        return otherwise
    length = len(subject.type.elements) if isinstance(subject.type, TupleType) else None
    if subject.is_known:
        length = len(subject.raw)
    index = as_int(key.raw)
    if index is None:
        raise _invalid("An index is a whole number, and this one has a fraction.")
    if index < 0:
        raise _invalid("An index counts from 0, and this one is negative.")
    if length is not None and index >= length:
        if not length:
            raise _invalid("There is nothing to pick: the value has no elements.")
        if key.marks or subject.marks:
            raise _invalid("The index is beyond the last element.")
        raise _invalid(f"There is no element {index}: the value has {counted(length, 'element')}, counted from 0.")
    if not subject.is_known:
        return unknown(subject.type.elements[index]) if isinstance(subject.type, TupleType) else otherwise
    found: Value = subject.raw[index]
    return found


def _in_map(subject: Value, key: Value, otherwise: Value) -> Value:
    if not key.is_known or not subject.is_known:
        return otherwise
    if key.raw not in subject.raw:
        raise _missing(key, subject, subject.raw)
    found: Value = subject.raw[key.raw]
    return found


def _in_object(subject: Value, key: Value, attributes: Mapping[str, Type]) -> Value:
    name = _key(key, STRING)
    if not name.is_known or not subject.is_known:
        return unknown(DYNAMIC)
    if name.raw not in attributes:
        if key.type == NUMBER:
            raise _invalid("The attributes of an object have names, not numbers.")
        raise _missing(name, subject, attributes)
    found: Value = subject.raw[name.raw]
    return found
