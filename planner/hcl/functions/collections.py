"""Functions that look into a list, tuple or set, or choose among several.

Those that make a list are in `sequences`; maps are in `mappings`, set algebra is in `sets`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from planner.hcl.cty import arithmetic
from planner.hcl.cty.equality import equal
from planner.hcl.cty.graphemes import cluster_count
from planner.hcl.cty.refinements import refined
from planner.hcl.cty.types import (
    BOOL,
    DYNAMIC,
    NUMBER,
    STRING,
    Dynamic,
    ListType,
    ObjectType,
    SetType,
    TupleType,
    Type,
    friendly_name,
)
from planner.hcl.cty.unknowns import Unknown
from planner.hcl.cty.values import (
    Number,
    Value,
    boolean,
    identity_key,
    is_wholly_known,
    null,
    number,
    unknown,
    unmark,
)
from planner.hcl.functions.arguments import common_type, open_set, whole_number
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, converted, function


def _length_type(args: Arguments) -> Type:
    of = args[0].type
    if of in (NUMBER, BOOL):
        raise FunctionError(f"a string, a collection, an object or a tuple is required, not {friendly_name(of)}", 0)
    return NUMBER


@function(Parameter("value", allow_unknown=True, allow_marked=True, allow_dynamic=True), returns=_length_type)
def length(args: Arguments, result: Type) -> Value:
    """How many elements a collection has, or characters a string."""
    (given,) = args
    return _length(given).with_marks(given.marks)


def _length(given: Value) -> Value:
    if isinstance(given.type, TupleType):
        return number(len(given.type.elements))
    if isinstance(given.type, ObjectType):
        return number(len(given.type.attributes))
    if isinstance(given.type, Dynamic):
        return unknown(NUMBER)
    if not given.is_known:
        shortest = cluster_count(given.raw.prefix) or given.raw.shortest
        return refined(NUMBER, Unknown(not_null=True, lowest=shortest, highest=given.raw.longest))
    if open_set(given):
        return unknown(NUMBER, Unknown(not_null=True, lowest=min(len(given.raw), 1), highest=len(given.raw)))
    return number(cluster_count(given.raw) if given.type == STRING else len(given.raw))


def _element_type(args: Arguments) -> Type:
    given, index = args
    if isinstance(given.type, ListType):
        return given.type.element
    if not isinstance(given.type, TupleType):
        raise FunctionError(f"a list or tuple is required, not {friendly_name(given.type)}", 0)
    if not index.is_known:
        return DYNAMIC
    return given.type.elements[_wrapped(whole_number(index, 1), len(given.type.elements))]


def _wrapped(index: int, count: int) -> int:
    if not count:
        raise FunctionError("an empty list has no elements to choose from", 0)
    return index % count


@function(Parameter("list", allow_marked=True), Parameter("index", NUMBER), returns=_element_type, nullable=True)
def element(args: Arguments, result: Type) -> Value:
    """The element at an index, which starts again from 0 after the last one."""
    given, marks = unmark(args[0])
    chosen: Value = given.raw[_wrapped(whole_number(args[1], 1), len(given.raw))]
    return chosen.with_marks(marks)


@function(Parameter("list"), Parameter("value"), returns=NUMBER)
def index(args: Arguments, result: Type) -> Value:
    """Where in a list a value is."""
    given, sought = args
    if not isinstance(given.type, ListType | TupleType):
        raise FunctionError(f"a list or tuple is required, not {friendly_name(given.type)}", 0)
    if not given.raw:
        raise FunctionError("an empty list cannot be searched", 0)
    for position, candidate in enumerate(given.raw):
        same = equal(candidate, sought)
        if not same.is_known:
            return unknown(NUMBER)
        if same.raw:
            return number(position)
    raise FunctionError("the value is not in the list", 1)


@function(Parameter("list"), Parameter("value", allow_null=True, allow_dynamic=True), returns=BOOL)
def contains(args: Arguments, result: Type) -> Value:
    """Whether a list, tuple or set has a value."""
    given, sought = args
    if not isinstance(given.type, ListType | TupleType | SetType):
        raise FunctionError(f"a list, tuple or set is required, not {friendly_name(given.type)}", 0)
    unsure = False
    for candidate in given.raw:
        same = equal(candidate, sought)
        if same.raw is True:
            return boolean(True)
        unsure = unsure or not same.is_known
    return unknown(BOOL) if unsure else boolean(False)


def _one_type(args: Arguments) -> Type:
    of = args[0].type
    if isinstance(of, ListType | SetType):
        return of.element
    if isinstance(of, TupleType) and len(of.elements) < 2:
        return of.elements[0] if of.elements else DYNAMIC
    raise _not_one()


def _not_one() -> FunctionError:
    return FunctionError("a list, set or tuple with no element or one is required", 0)


@function(Parameter("list"), returns=_one_type, nullable=True)
def one(args: Arguments, result: Type) -> Value:
    """The only element of a list, or null where it has none."""
    elements = args[0].raw
    if open_set(args[0]):
        return unknown(result)
    if len(elements) > 1:
        raise _not_one()
    chosen: Value = elements[0] if elements else null(result)
    return chosen


def _coalesce_type(args: Arguments) -> Type:
    common = common_type(arg.type for arg in args)
    if common is None:
        raise FunctionError("all arguments must have one type" if args else "it needs an argument")
    return common


_SKIPPABLE: Final = Parameter("values", allow_null=True, allow_unknown=True, allow_dynamic=True)


@function(variadic=_SKIPPABLE, returns=_coalesce_type)
def coalesce(args: Arguments, result: Type) -> Value:
    """The first value that is neither null nor an empty string."""
    for position, arg in enumerate(args):
        value = converted(arg, result, position)
        if not value.is_known:
            return unknown(result)
        if not value.is_null and not (value.type == STRING and value.raw == ""):
            return value
    raise FunctionError("all arguments are null or empty strings")


def _coalescelist_type(args: Arguments) -> Type:
    if not args:
        raise FunctionError("it needs an argument")
    for position, arg in enumerate(args):
        if not arg.is_known:
            return DYNAMIC
        if not isinstance(arg.type, ListType | TupleType):
            raise FunctionError(f"lists or tuples are required, not {friendly_name(arg.type)}", position)
    return args[0].type if len({arg.type for arg in args}) == 1 else DYNAMIC


@function(variadic=_SKIPPABLE, returns=_coalescelist_type)
def coalescelist(args: Arguments, result: Type) -> Value:
    """The first list that has elements."""
    for arg in args:
        if not arg.is_known:
            return unknown(result)
        if arg.raw:
            return arg
    raise FunctionError("all arguments are null or empty lists")


@function(Parameter("list", ListType(BOOL)), returns=BOOL)
def alltrue(args: Arguments, result: Type) -> Value:
    """Whether every element is true; so for an empty list."""
    for each in args[0].raw:
        if not each.is_known:
            return unknown(BOOL)
        if not each.raw:
            return boolean(False)
    return boolean(True)


@function(Parameter("list", ListType(BOOL)), returns=BOOL)
def anytrue(args: Arguments, result: Type) -> Value:
    """Whether any element is true."""
    if any(each.raw is True for each in args[0].raw):
        return boolean(True)
    return boolean(False) if is_wholly_known(args[0]) else unknown(BOOL)


@function(Parameter("list"), returns=NUMBER)
def sum_(args: Arguments, result: Type) -> Value:
    """The sum of the numbers in a list or set."""
    (given,) = args
    if not isinstance(given.type, ListType | SetType | TupleType):
        raise FunctionError(f"a list, set or tuple of numbers is required, not {friendly_name(given.type)}", 0)
    if not given.raw:
        raise FunctionError("an empty list has no sum", 0)
    if not is_wholly_known(given):
        return unknown(NUMBER)
    total: Number = 0
    for each in given.raw:
        amount = converted(each, NUMBER, 0)
        if amount.is_null:
            raise FunctionError("a null cannot be added", 0)
        total = arithmetic.add(total, amount.raw)
    return number(total)


def _matchkeys_type(args: Arguments) -> Type:
    if common_type((args[1].type, args[2].type)) is None:
        raise FunctionError("the keys and the search set must be of one type", 2)
    return args[0].type


@function(
    Parameter("values", ListType(DYNAMIC)),
    Parameter("keys", ListType(DYNAMIC)),
    Parameter("searchset", ListType(DYNAMIC)),
    returns=_matchkeys_type,
)
def matchkeys(args: Arguments, result: Type) -> Value:
    """The values at those places where the list of keys has an element of the search set."""
    values, keys, search_keys = args
    if len(values.raw) != len(keys.raw):
        raise FunctionError(
            f"{len(values.raw)} values and {len(keys.raw)} keys are given, but their numbers must be equal", 1
        )
    common = common_type((keys.type, search_keys.type)) or DYNAMIC
    keys, search_keys = converted(keys, common, 1), converted(search_keys, common, 2)
    if not search_keys.raw:
        return Value(result, ())
    if not all(map(is_wholly_known, (values, keys, search_keys))):
        return unknown(result)
    search = {identity_key(each) for each in search_keys.raw}
    pairs: Sequence[tuple[Value, Value]] = list(zip(values.raw, keys.raw, strict=True))
    return Value(result, tuple(value for value, key in pairs if identity_key(key) in search))


FUNCTIONS: Final[tuple[Function, ...]] = (
    length, element, index, contains, one, coalesce, coalescelist, alltrue, anytrue, sum_, matchkeys,
)  # fmt: skip
