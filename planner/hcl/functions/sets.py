"""Set algebra."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from itertools import product
from math import prod
from typing import Final

from planner.hcl.cty.refinements import lengths, refined
from planner.hcl.cty.types import DYNAMIC, ListType, SetType, TupleType, Type, friendly_name
from planner.hcl.cty.unknowns import Unknown
from planner.hcl.cty.values import NO_MARKS, Value, identity_key, is_wholly_known, set_of, unknown, unmark
from planner.hcl.functions.arguments import check_elements, common_type
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, converted, function

_SET: Final = Parameter("set", SetType(DYNAMIC), allow_dynamic=True)
_SETS: Final = Parameter("sets", SetType(DYNAMIC), allow_dynamic=True)


def _result_type(args: Arguments) -> Type:
    elements = [
        arg.type.element
        for arg in args
        if isinstance(arg.type, SetType) and not (arg.type.element == DYNAMIC and arg.raw == ())
    ]
    if not elements:
        return SetType(DYNAMIC)
    common = common_type(elements)
    undecided = common == DYNAMIC and len(set(elements)) > 1 and all(map(is_wholly_known, args))
    if common is None or undecided:
        raise FunctionError("the elements of all sets must have one type")
    return SetType(common)


_ByKey = dict[Hashable, Value]


def _combined(args: Arguments, result: Type, keep: Callable[[_ByKey, _ByKey], _ByKey]) -> Value:
    """What `keep` makes of the first set and each other, as dictionaries by what identifies an element."""
    sets = [converted(arg, result, position) for position, arg in enumerate(args)]
    if not all(map(is_wholly_known, sets)):
        return unknown(result)
    found, *others = ({identity_key(each): each for each in each_set.raw} for each_set in sets)
    for other in others:
        found = keep(found, other)
    return set_of(result.element if isinstance(result, SetType) else DYNAMIC, found.values())


@function(_SET, variadic=_SETS, returns=_result_type)
def setunion(args: Arguments, result: Type) -> Value:
    """The elements that any of the sets has."""
    sets = [converted(arg, result, position) for position, arg in enumerate(args)]
    return set_of(result.element if isinstance(result, SetType) else DYNAMIC, (e for each in sets for e in each.raw))


@function(_SET, variadic=_SETS, returns=_result_type)
def setintersection(args: Arguments, result: Type) -> Value:
    """The elements that all of the sets have."""
    return _combined(args, result, lambda left, right: {key: left[key] for key in left if key in right})


@function(_SET, _SET, returns=_result_type)
def setsubtract(args: Arguments, result: Type) -> Value:
    """The elements of the first set that the second does not have."""
    return _combined(args, result, lambda left, right: {key: left[key] for key in left if key not in right})


def _product_type(args: Arguments) -> Type:
    if len(args) < 2:
        raise FunctionError("it needs two sets or lists")
    elements = TupleType(tuple(_member_type(arg, position) for position, arg in enumerate(args)))
    return SetType(elements) if any(isinstance(arg.type, SetType) for arg in args) else ListType(elements)


def _member_type(arg: Value, argument: int) -> Type:
    of = arg.type
    if isinstance(of, SetType | ListType):
        return of.element
    if not isinstance(of, TupleType):
        raise FunctionError(f"a set or a list is required, not {friendly_name(of)}", argument)
    common = common_type(of.elements) if of.elements else DYNAMIC
    if common is None:
        raise FunctionError("all elements must have one type", argument)
    return common


@function(variadic=Parameter("sets", allow_marked=True, allow_unknown=True), returns=_product_type)
def setproduct(args: Arguments, result: Type) -> Value:
    """Every way to choose one element of each set or list."""
    bare = [unmark(arg)[0] for arg in args]
    marks = NO_MARKS.union(*(arg.marks for arg in args))
    if not _has_known_length(bare):
        return _of_unknown_length(bare, result).with_marks(marks)
    if any(map(_is_empty, bare)):
        return Value(result, (), marks)
    check_elements(prod(len(arg.raw) for arg in bare) * len(bare))
    row: Type = result.element if isinstance(result, ListType | SetType) else DYNAMIC
    columns = row.elements if isinstance(row, TupleType) else ()
    choices = [
        [converted(each, column, position) for each in arg.raw]
        for position, (arg, column) in enumerate(zip(bare, columns, strict=True))
    ]
    for position, column in enumerate(choices):
        if len({each.type for each in column}) > 1:
            raise FunctionError("all elements must have one type", position)
    rows = (Value(row, chosen) for chosen in product(*choices))
    found = set_of(row, rows) if isinstance(result, SetType) else Value(result, tuple(rows))
    return found.with_marks(marks)


def _has_known_length(args: Arguments) -> bool:
    return any(map(_is_empty, args)) or all(map(_countable, args))


def _is_empty(arg: Value) -> bool:
    return arg.raw == () or arg.type == TupleType(())


def _of_unknown_length(args: Arguments, result: Type) -> Value:
    """What is known of a product with a factor whose length is not known."""
    longest = [len(arg.type.elements) if isinstance(arg.type, TupleType) else lengths(arg)[1] for arg in args]
    bounded = [each for each in longest if each is not None]
    if len(bounded) < len(longest):
        return unknown(result)
    most = prod(bounded)
    return refined(result, Unknown(not_null=True, shortest=min(most, 1), longest=most))


def _countable(arg: Value) -> bool:
    """Whether it is known how many elements there are."""
    if not arg.is_known:
        return False
    fewest, most = lengths(arg)
    return fewest == most


FUNCTIONS: Final[tuple[Function, ...]] = (setunion, setintersection, setsubtract, setproduct)
