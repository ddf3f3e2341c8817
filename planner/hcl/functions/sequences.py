"""Functions that make a list of lists: parts of one, several put together, or in another order."""

from __future__ import annotations

from typing import Final

from planner.hcl.cty import arithmetic
from planner.hcl.cty.refinements import lengths
from planner.hcl.cty.types import (
    DYNAMIC,
    NUMBER,
    STRING,
    Dynamic,
    ListType,
    SetType,
    TupleType,
    Type,
    friendly_name,
)
from planner.hcl.cty.values import (
    NO_MARKS,
    Number,
    Value,
    identity_key,
    is_wholly_known,
    list_of,
    number,
    tuple_of,
    unknown,
    unmark,
)
from planner.hcl.functions.arguments import check_elements, common_type, open_set, whole_number
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, converted, function

MAX_RANGE: Final = 1024
"""Numbers that `range` makes at most, as in Terraform."""

_LIST: Final = Parameter("list", ListType(DYNAMIC))


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
    if not given.is_known or open_set(given):
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
    bounds = _bounds(args)
    if isinstance(of, ListType):
        return of
    return TupleType(of.elements[slice(*bounds)]) if bounds else DYNAMIC


@function(
    Parameter("list", allow_marked=True),
    Parameter("start_index", NUMBER),
    Parameter("end_index", NUMBER),
    returns=_slice_type,
)
def slice_(args: Arguments, result: Type) -> Value:
    """The elements from a start index up to but not including an end index."""
    start, end = whole_number(args[1], 1), whole_number(args[2], 2)
    return Value(result, args[0].raw[start:end], args[0].marks)


def _bounds(args: Arguments) -> tuple[int, int] | None:
    """The two indexes; None where one is not known. Raises FunctionError where one, as far as is known, is wrong."""
    given = args[0]
    count = len(given.type.elements) if isinstance(given.type, TupleType) else lengths(given)[1]
    for name, argument in (("start", 1), ("end", 2)):
        bound = whole_number(args[argument], argument) if args[argument].is_known else 0
        if bound < 0 or (count is not None and bound > count):
            most = "" if count is None else f", {count}"
            raise FunctionError(f"the {name} index must be from 0 to the length of the list{most}", argument)
    if not args[1].is_known or not args[2].is_known:
        return None
    start, end = whole_number(args[1], 1), whole_number(args[2], 2)
    if start > end:
        raise FunctionError("the start index must not be greater than the end index", 1)
    return start, end


def _concat_type(args: Arguments) -> Type:
    if not args:
        raise FunctionError("it needs a list")
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
        given, found = unmark(converted(arg, result, position) if isinstance(result, ListType) else arg)
        joined.extend(given.raw)
        marks |= found
    check_elements(len(joined))
    if result == ListType(DYNAMIC):
        return _of_closed_type(joined).with_marks(marks)
    return Value(result, tuple(joined), marks)


def _of_closed_type(elements: list[Value]) -> Value:
    """A list of elements of open types: nulls take the type of the others, which must be one. Raises FunctionError."""
    closed = list(dict.fromkeys(element.type for element in elements if element.type != DYNAMIC))
    if len(closed) > 1:
        names = " and ".join(friendly_name(each) for each in closed[:2])
        raise FunctionError(f"the elements of all lists must be of one type, and there are {names}")
    of = closed[0] if closed else DYNAMIC
    return list_of(of, [converted(element, of, 0) for element in elements])


@function(variadic=Parameter("limits", NUMBER), returns=ListType(NUMBER))
def range_(args: Arguments, result: Type) -> Value:
    """The numbers from a start (0) up or down to a limit, in steps (1)."""
    if not 1 <= len(args) <= 3:
        raise FunctionError("takes one, two or three arguments: a limit; a start and a limit; or these and a step")
    amounts: list[Number] = [arg.raw for arg in args]
    start, end = (0, amounts[0]) if len(amounts) == 1 else (amounts[0], amounts[1])
    step = amounts[2] if len(amounts) == 3 else (1 if end >= start else -1)
    if not step and start != end:
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


FUNCTIONS: Final[tuple[Function, ...]] = (compact, distinct, chunklist, flatten, reverse, slice_, concat, range_)
