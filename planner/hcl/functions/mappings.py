"""Functions over maps and objects."""

from __future__ import annotations

from typing import Final

from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.types import DYNAMIC, STRING, ListType, MapType, ObjectType, TupleType, Type, friendly_name
from planner.hcl.cty.values import (
    NO_MARKS,
    Value,
    is_wholly_known,
    list_of,
    map_of,
    object_of,
    quoted,
    string,
    unknown,
)
from planner.hcl.functions.arguments import shown
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, function


def _require_mapping(of: Type, argument: int) -> MapType | ObjectType:
    if not isinstance(of, MapType | ObjectType):
        raise FunctionError(f"a map or object is required, not {friendly_name(of)}", argument)
    return of


def _keys_type(args: Arguments) -> Type:
    of = _require_mapping(args[0].type, 0)
    return ListType(STRING) if isinstance(of, MapType) else TupleType((STRING,) * len(of.attributes))


@function(Parameter("map", allow_unknown=True, allow_marked=True), returns=_keys_type)
def keys(args: Arguments, result: Type) -> Value:
    """The keys of a map in order."""
    (given,) = args
    of = given.type
    if isinstance(of, ObjectType):
        return Value(result, tuple(map(string, of.attributes)), given.marks)
    return (Value(result, tuple(map(string, given.raw))) if given.is_known else unknown(result)).with_marks(given.marks)


def _values_type(args: Arguments) -> Type:
    of = _require_mapping(args[0].type, 0)
    return ListType(of.element) if isinstance(of, MapType) else TupleType(tuple(of.attributes.values()))


@function(Parameter("map", allow_marked=True), returns=_values_type)
def values(args: Arguments, result: Type) -> Value:
    """The values of a map in the order of its keys."""
    return Value(result, tuple(args[0].raw.values()), args[0].marks)


def _lookup_type(args: Arguments) -> Type:
    if len(args) > 3:
        raise FunctionError(f"it takes 2 or 3 arguments, not {len(args)}")
    of = _require_mapping(args[0].type, 0)
    if isinstance(of, MapType):
        if len(args) == 3:
            _default(args, of.element)
        return of.element
    if not args[1].is_known:
        return DYNAMIC
    key = args[1].raw
    if key in of.attributes:
        return of.attributes[key]
    if len(args) < 3:
        raise FunctionError(f"the object has no attribute {shown(args[1])}", 1)
    return args[2].type


def _default(args: Arguments, of: Type) -> Value:
    try:
        return convert(args[2], of)
    except ConversionError as problem:
        raise FunctionError(f"the default must be of the type of the elements: {problem}", 2) from problem


@function(
    Parameter("map", allow_marked=True),
    Parameter("key", STRING, allow_marked=True),
    variadic=Parameter("default", allow_null=True, allow_unknown=True, allow_marked=True, allow_dynamic=True),
    returns=_lookup_type,
    nullable=True,
)
def lookup(args: Arguments, result: Type) -> Value:
    """The value of a key, or a default where there is no such key."""
    given, key = args[:2]
    found = given.raw.get(key.raw)
    if found is None:
        if len(args) < 3:
            raise FunctionError(f"the map has no key {shown(key)}, and no default is given", 1)
        found = _default(args, result)
    chosen: Value = found
    return chosen.with_marks(given.marks | key.marks)


def _merge_type(args: Arguments) -> Type:
    attributes: dict[str, Type] = {}
    all_known = True
    for position, arg in enumerate(args):
        if arg.type == DYNAMIC:
            return DYNAMIC
        of = _require_mapping(arg.type, position)
        if isinstance(of, ObjectType):
            attributes.update({} if arg.is_null else of.attributes)
        elif not arg.is_known:
            all_known = False
        elif not arg.is_null:
            attributes.update(dict.fromkeys(arg.raw, of.element))
    kinds = {ObjectType({}) if arg.is_null and isinstance(arg.type, ObjectType) else arg.type for arg in args}
    if len(kinds) == 1:
        return kinds.pop()
    return ObjectType(attributes) if all_known else DYNAMIC


@function(
    variadic=Parameter("maps", allow_null=True, allow_marked=True, allow_dynamic=True),
    returns=_merge_type,
)
def merge(args: Arguments, result: Type) -> Value:
    """One map with the keys of all; the last one to have a key gives its value."""
    merged: dict[str, Value] = {}
    marks = NO_MARKS
    for position, arg in enumerate(args):
        if not arg.is_null:
            _require_mapping(arg.type, position)
            merged.update(arg.raw)
        marks |= arg.marks
    if isinstance(result, MapType):
        return map_of(result.element, merged).with_marks(marks)
    if isinstance(result, ObjectType):  # its names are in order already
        return Value(result, {name: merged[name] for name in result.attributes}, marks)
    return object_of(merged).with_marks(marks)


def _zipmap_type(args: Arguments) -> Type:
    names, elements = args
    if isinstance(elements.type, ListType):
        return MapType(elements.type.element)
    if not isinstance(elements.type, TupleType):
        raise FunctionError(f"a list or tuple is required, not {friendly_name(elements.type)}", 1)
    if not is_wholly_known(names):
        return DYNAMIC
    _check_keys(names, len(elements.type.elements))
    return ObjectType({name.raw: of for name, of in zip(names.raw, elements.type.elements, strict=True)})


def _check_keys(names: Value, count: int) -> None:
    if len(names.raw) != count:
        raise FunctionError(f"{len(names.raw)} keys and {count} values are given, but their numbers must be equal", 1)
    for position, name in enumerate(names.raw):
        if name.is_null:
            raise FunctionError(f"key {position} is null", 0)


@function(
    Parameter("keys", ListType(STRING), allow_marked=True), Parameter("values", allow_marked=True), returns=_zipmap_type
)
def zipmap(args: Arguments, result: Type) -> Value:
    """A map from a list of keys and a list of their values."""
    names, elements = args
    marks = names.marks | elements.marks
    if not is_wholly_known(names):
        return unknown(result).with_marks(marks)
    _check_keys(names, len(elements.raw))
    marks = marks.union(*(name.marks for name in names.raw))
    entries = dict(sorted(zip((name.raw for name in names.raw), elements.raw, strict=True), key=lambda entry: entry[0]))
    return Value(result, entries, marks)


@function(Parameter("values", MapType(ListType(STRING))), returns=MapType(ListType(STRING)))
def transpose(args: Arguments, result: Type) -> Value:
    """The map of lists turned round: from each string to the keys whose list has it."""
    (given,) = args
    if not is_wholly_known(given):
        return unknown(result)
    turned: dict[str, list[Value]] = {}
    for key, element in given.raw.items():
        if element.is_null:
            raise FunctionError(f"the list of {quoted(key)} is null", 0)
        for each in element.raw:
            if each.is_null:
                raise FunctionError(f"the list of {quoted(key)} has a null", 0)
            turned.setdefault(each.raw, []).append(string(key))
    return map_of(ListType(STRING), {key: list_of(STRING, found) for key, found in turned.items()})


FUNCTIONS: Final[tuple[Function, ...]] = (keys, values, lookup, merge, zipmap, transpose)
