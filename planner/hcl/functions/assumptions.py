"""OpenTofu's `assume…`: what a configuration knows of a value before the plan does.

A known value is checked, and converted where the assumption is about a kind of collection. An unknown value stays
unknown, and is checked when it is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.equality import equal
from planner.hcl.cty.types import DYNAMIC, NUMBER, STRING, ListType, MapType, SetType, Type, friendly_name
from planner.hcl.cty.values import Value, is_wholly_known
from planner.hcl.functions.arguments import whole_number
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, function

_ANYTHING: Final = Parameter("value", allow_null=True, allow_unknown=True, allow_marked=True, allow_dynamic=True)


@function(_ANYTHING, _ANYTHING, returns=lambda args: args[1].type, nullable=True)
def assumeequal(args: Arguments, result: Type) -> Value:
    """The second value, which the first is assumed to be equal to."""
    try:
        actual = convert(args[0], result)
    except ConversionError as problem:
        raise FunctionError(f"{friendly_name(args[0].type)} is not {friendly_name(result)}: {problem}", 0) from problem
    if equal(actual, args[1]).raw is False:
        raise FunctionError("the value is not equal to the one assumed", 0)
    return args[1]


@function(Parameter("value", allow_unknown=True, allow_marked=True), returns=lambda args: args[0].type)
def assumenotnull(args: Arguments, result: Type) -> Value:
    """The value, which is assumed not to be null."""
    return args[0]


@function(Parameter("value", STRING), Parameter("prefix", STRING), returns=STRING)
def assumestringprefix(args: Arguments, result: Type) -> Value:
    """The string, which is assumed to start with a prefix."""
    if not args[0].raw.startswith(args[1].raw):
        raise FunctionError("the string does not start with the prefix assumed", 0)
    return args[0]


def _length_function(name: str, collection: Type, bounds: tuple[str, ...]) -> Function:
    def run(args: Arguments, result: Type) -> Value:
        limits = {bound: whole_number(args[index], index) for index, bound in enumerate(bounds, start=1)}
        count = len(args[0].raw)
        lowest, highest = limits.get("min_length", 0), limits.get("max_length", count)
        certain = not isinstance(args[0].type, SetType) or is_wholly_known(args[0])
        if count > highest or (certain and count < lowest):
            raise FunctionError(f"the length, {count}, is not the one assumed", 0)
        return args[0]

    parameters = (Parameter("value", collection), *(Parameter(bound, NUMBER) for bound in bounds))
    description = "The collection, whose length is assumed to have a bound."
    return Function(name, parameters, lambda args: args[0].type, run, description=description)


def _length_functions() -> Iterator[Function]:
    kinds: dict[str, Type] = {"list": ListType(DYNAMIC), "set": SetType(DYNAMIC), "map": MapType(DYNAMIC)}
    for kind, collection in kinds.items():
        yield _length_function(f"assume{kind}length", collection, ("min_length", "max_length"))
        yield _length_function(f"assume{kind}lengthmin", collection, ("min_length",))
        yield _length_function(f"assume{kind}lengthmax", collection, ("max_length",))


FUNCTIONS: Final[tuple[Function, ...]] = (assumeequal, assumenotnull, assumestringprefix, *_length_functions())
