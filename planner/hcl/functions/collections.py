"""Functions over lists, tuples and sets. Those over maps are in `mappings`, set algebra is in `sets`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from planner.hcl import arithmetic
from planner.hcl.conversion import ConversionError, convert
from planner.hcl.equality import equal
from planner.hcl.functions.spec import (
    Arguments,
    Function,
    FunctionError,
    Parameter,
    check_elements,
    function,
    whole_number,
)
from planner.hcl.functions.strings import cluster_count
from planner.hcl.types import (
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
from planner.hcl.unification import unify
from planner.hcl.values import (
    NO_MARKS,
    Number,
    Value,
    boolean,
    identity_key,
    is_wholly_known,
    list_of,
    null,
    number,
    tuple_of,
    unknown,
    unmark,
)

MAX_RANGE: Final = 1024
"""Numbers that `range` makes at most, as in Terraform."""

_ANY: Final = Parameter("value", allow_null=True, allow_unknown=True, allow_marked=True, allow_dynamic=True)
_LIST: Final = Parameter("list", ListType(DYNAMIC))


def common_type(types: Iterable[Type]) -> Type | None:
    """The type all can be converted to, whether or not each value can."""
    return unify(list(dict.fromkeys(types)), safe=False)


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
    if not given.is_known or _open_set(given):
        return unknown(NUMBER)
    return number(cluster_count(given.raw) if given.type == STRING else len(given.raw))


def _open_set(given: Value) -> bool:
    """Whether some elements of a set may turn out to be the same."""
    return isinstance(given.type, SetType) and len(given.raw) > 1 and not is_wholly_known(given)


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


@function(Parameter("list", allow_marked=True), Parameter("index", NUMBER), returns=_element_type)
def element(args: Arguments, result: Type) -> Value:
    """The element at an index, which starts again from 0 after the last one."""
    given, marks = unmark(args[0])
    chosen: Value = given.raw[_wrapped(whole_number(args[1], 1), len(given.raw))]
    return chosen.with_marks(marks)


@function(Parameter("list"), Parameter("value"), returns=NUMBER)
def index(args: Arguments, result: Type) -> Value:
    """Where in a list a value is."""
    given, wanted = args
    if not isinstance(given.type, ListType | TupleType):
        raise FunctionError(f"a list or tuple is required, not {friendly_name(given.type)}", 0)
    if not given.raw:
        raise FunctionError("an empty list cannot be searched", 0)
    for position, candidate in enumerate(given.raw):
        same = equal(candidate, wanted)
        if not same.is_known:
            return unknown(NUMBER)
        if same.raw:
            return number(position)
    raise FunctionError("the value is not in the list", 1)


@function(Parameter("list"), Parameter("value", allow_null=True, allow_dynamic=True), returns=BOOL)
def contains(args: Arguments, result: Type) -> Value:
    """Whether a list, tuple or set has a value."""
    given, wanted = args
    if not isinstance(given.type, ListType | TupleType | SetType):
        raise FunctionError(f"a list, tuple or set is required, not {friendly_name(given.type)}", 0)
    unsure = False
    for candidate in given.raw:
        same = equal(candidate, wanted)
        if same.raw is True:
            return boolean(True)
        unsure = unsure or not same.is_known
    return unknown(BOOL) if unsure else boolean(False)


@function(Parameter("list", ListType(STRING)), returns=ListType(STRING))
def compact(args: Arguments, result: Type) -> Value:
    """The strings that are neither null nor empty."""
    (given,) = args
    if not is_wholly_known(given):
        return unknown(result)
    return Value(result, tuple(each for each in given.raw if each.raw))


@function(_LIST, returns=lambda args: args[0].type)
def distinct(args: Arguments, result: Type) -> Value:
    """The list with only the first of equal elements."""
    (given,) = args
    if not is_wholly_known(given):
        return unknown(result)
    first: dict[object, Value] = {}
    for each in given.raw:
        first.setdefault((each.type, each.is_null, identity_key(each)), each)
    return Value(result, tuple(first.values()))


@function(
    Parameter("list", ListType(DYNAMIC), allow_marked=True),
    Parameter("size", NUMBER, allow_marked=True),
    returns=lambda args: ListType(args[0].type),
)
def chunklist(args: Arguments, result: Type) -> Value:
    """The list cut into lists of at most `size` elements; size 0 leaves it whole."""
    given, marks = unmark(args[0])
    size, size_marks = unmark(args[1])
    step = whole_number(size, 1)
    if step < 0:
        raise FunctionError("the size must not be negative", 1)
    starts = range(0, len(given.raw), step or len(given.raw) or 1)
    chunks = tuple(Value(given.type, given.raw[start : start + step] if step else given.raw) for start in starts)
    return Value(result, chunks).with_marks(marks | size_marks)


def _flatten_type(args: Arguments) -> Type:
    (given,) = args
    if not is_wholly_known(given) and not given.is_known:
        return DYNAMIC
    if not isinstance(given.type, ListType | SetType | TupleType):
        raise FunctionError(f"a list, set or tuple is required, not {friendly_name(given.type)}", 0)
    return DYNAMIC


@function(Parameter("list", allow_marked=True), returns=_flatten_type)
def flatten(args: Arguments, result: Type) -> Value:
    """The elements of a list, and of all lists in it, as one tuple."""
    found: list[Value] = []
    marks: set[str] = set()
    known = _flatten_into(args[0], found, marks)
    return (tuple_of(found) if known else unknown()).with_marks(frozenset(marks))


def _flatten_into(given: Value, found: list[Value], marks: set[str]) -> bool:
    """Whether all that is to be flattened is known."""
    marks |= given.marks
    if not given.is_known or _open_set(given):
        return False
    known = True
    for each in given.raw:
        if isinstance(each.type, ListType | SetType | TupleType) and not each.is_null:
            known = _flatten_into(each, found, marks) and known
        elif isinstance(each.type, Dynamic) and not each.is_known:
            marks |= each.marks
            known = False
        else:
            found.append(each)
    check_elements(len(found))
    return known


def _reverse_type(args: Arguments) -> Type:
    of = args[0].type
    if isinstance(of, TupleType):
        return TupleType(of.elements[::-1])
    if isinstance(of, ListType | SetType):
        return ListType(of.element)
    raise FunctionError(f"a list or tuple is required, not {friendly_name(of)}", 0)


@function(Parameter("list", allow_marked=True), returns=_reverse_type)
def reverse(args: Arguments, result: Type) -> Value:
    """The elements in the opposite order."""
    return Value(result, args[0].raw[::-1], args[0].marks)


def _slice_type(args: Arguments) -> Type:
    of = args[0].type
    if isinstance(of, SetType):
        raise FunctionError("the elements of a set have no order; convert it with tolist() first", 0)
    if not isinstance(of, ListType | TupleType):
        raise FunctionError(f"a list or tuple is required, not {friendly_name(of)}", 0)
    if isinstance(of, ListType):
        return of
    if not args[1].is_known or not args[2].is_known:
        return DYNAMIC
    start, end = _bounds(args, len(of.elements))
    return TupleType(of.elements[start:end])


@function(
    Parameter("list", allow_marked=True),
    Parameter("start_index", NUMBER),
    Parameter("end_index", NUMBER),
    returns=_slice_type,
)
def slice_(args: Arguments, result: Type) -> Value:
    """The elements from a start index up to but not including an end index."""
    start, end = _bounds(args, len(args[0].raw))
    return Value(result, args[0].raw[start:end], args[0].marks)


def _bounds(args: Arguments, count: int) -> tuple[int, int]:
    start, end = whole_number(args[1], 1), whole_number(args[2], 2)
    for name, bound, argument in (("start", start, 1), ("end", end, 2)):
        if not 0 <= bound <= count:
            raise FunctionError(f"the {name} index must be from 0 to the length of the list, {count}", argument)
    if start > end:
        raise FunctionError("the start index must not be greater than the end index", 1)
    return start, end


def _concat_type(args: Arguments) -> Type:
    if not args:
        raise FunctionError("at least one list is required")
    if all(isinstance(arg.type, ListType) for arg in args):
        common = common_type(arg.type for arg in args)
        if common is not None:
            return common
    types: list[Type] = []
    for position, arg in enumerate(args):
        if isinstance(arg.type, TupleType):
            types.extend(arg.type.elements)
        elif not isinstance(arg.type, ListType):
            raise FunctionError(f"lists or tuples are required, not {friendly_name(arg.type)}", position)
        elif not arg.is_known:
            return DYNAMIC
        else:
            types.extend([arg.type.element] * len(arg.raw))
    return TupleType(tuple(types))


@function(variadic=Parameter("lists", allow_marked=True), returns=_concat_type)
def concat(args: Arguments, result: Type) -> Value:
    """The elements of several lists, one list after the other."""
    joined: list[Value] = []
    marks = NO_MARKS
    for position, arg in enumerate(args):
        given, found = unmark(_convert(arg, result, position) if isinstance(result, ListType) else arg)
        joined.extend(given.raw)
        marks |= found
    check_elements(len(joined))
    return Value(result, tuple(joined), marks)


def _convert(arg: Value, to: Type, argument: int) -> Value:
    try:
        return convert(arg, to)
    except ConversionError as problem:
        raise FunctionError(str(problem), argument) from problem


@function(variadic=Parameter("limits", NUMBER), returns=ListType(NUMBER))
def range_(args: Arguments, result: Type) -> Value:
    """The numbers from a start (0) up or down to a limit, in steps (1)."""
    if not 1 <= len(args) <= 3:
        raise FunctionError("takes one, two or three arguments: a limit; a start and a limit; or these and a step")
    amounts: list[Number] = [arg.raw for arg in args]
    start, end = (0, amounts[0]) if len(amounts) == 1 else (amounts[0], amounts[1])
    step = amounts[2] if len(amounts) == 3 else (1 if end >= start else -1)
    if not step:
        raise FunctionError("the step must not be zero", 2)
    if (end < start and step > 0) or (end > start and step < 0):
        raise FunctionError("the end must lie in the direction of the step", 1)
    found: list[Value] = []
    while start < end if step > 0 else start > end:
        if len(found) == MAX_RANGE:
            raise FunctionError(f"more than {MAX_RANGE} numbers; choose a nearer end or a larger step")
        found.append(number(start))
        start = arithmetic.add(start, step)
    return list_of(NUMBER, found)


def _one_type(args: Arguments) -> Type:
    of = args[0].type
    if isinstance(of, ListType | SetType):
        return of.element
    if isinstance(of, TupleType) and len(of.elements) < 2:
        return of.elements[0] if of.elements else DYNAMIC
    raise _not_one()


def _not_one() -> FunctionError:
    return FunctionError("a list, set or tuple with no element or one is required", 0)


@function(Parameter("list"), returns=_one_type)
def one(args: Arguments, result: Type) -> Value:
    """The only element of a list, or null where it has none."""
    held = args[0].raw
    if _open_set(args[0]):
        return unknown(result)
    if len(held) > 1:
        raise _not_one()
    chosen: Value = held[0] if held else null(result)
    return chosen


def _coalesce_type(args: Arguments) -> Type:
    common = common_type(arg.type for arg in args)
    if common is None:
        raise FunctionError("all arguments must have one type" if args else "at least one argument is required")
    return common


_SKIPPABLE: Final = Parameter("values", allow_null=True, allow_unknown=True, allow_dynamic=True)


@function(variadic=_SKIPPABLE, returns=_coalesce_type)
def coalesce(args: Arguments, result: Type) -> Value:
    """The first value that is neither null nor an empty string."""
    for position, arg in enumerate(args):
        value = _convert(arg, result, position)
        if not value.is_known:
            return unknown(result)
        if not value.is_null and not (value.type == STRING and value.raw == ""):
            return value
    raise FunctionError("all arguments are null or empty strings")


def _coalescelist_type(args: Arguments) -> Type:
    if not args:
        raise FunctionError("at least one argument is required")
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
        amount = _convert(each, NUMBER, 0)
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
    values, keys, wanted = args
    if len(values.raw) != len(keys.raw):
        raise FunctionError(f"{len(values.raw)} values and {len(keys.raw)} keys are given; as many are required", 1)
    common = common_type((keys.type, wanted.type)) or DYNAMIC
    keys, wanted = _convert(keys, common, 1), _convert(wanted, common, 2)
    if not wanted.raw:
        return Value(result, ())
    if not all(map(is_wholly_known, (values, keys, wanted))):
        return unknown(result)
    search = {identity_key(each) for each in wanted.raw}
    pairs: Sequence[tuple[Value, Value]] = list(zip(values.raw, keys.raw, strict=True))
    return Value(result, tuple(value for value, key in pairs if identity_key(key) in search))


FUNCTIONS: Final[tuple[Function, ...]] = (
    length, element, index, contains, compact, distinct, chunklist, flatten, reverse, slice_, concat, range_, one,
    coalesce, coalescelist, alltrue, anytrue, sum_, matchkeys,
)  # fmt: skip
