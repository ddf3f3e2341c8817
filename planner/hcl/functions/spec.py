"""What a function is, and how one is called: cty's model.

A function says what it takes, what type it returns for given arguments, and what it does. `call` sees to the rest in
the same way for all: conversion to the parameters' types, nulls, unknown values and marks.

Two decorators turn a Python function into a `Function`: `plain` for those that compute with ordinary Python values
(the parameters are read from the annotations), `function` for those that look at types, unknown values or marks.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from planner.hcl.arithmetic import NumberTooLarge
from planner.hcl.conversion import ConversionError, convert
from planner.hcl.types import BOOL, DYNAMIC, NUMBER, STRING, ListType, Type
from planner.hcl.values import NO_MARKS, SENSITIVE, Value, list_of, quoted, string, unknown, unmark_deep

MAX_STRING_LENGTH: Final = 64 * 1024 * 1024
"""Characters that a function may make of its arguments."""

MAX_ELEMENTS: Final = 1_000_000
"""Elements that a function may make of its arguments."""

SENSITIVE_PLACEHOLDER: Final = "(sensitive value)"


class FunctionError(Exception):
    """A call that cannot be answered. `argument` counts from 0; None when no single argument is to blame."""

    def __init__(self, message: str, argument: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument


@dataclass(frozen=True, slots=True)
class Parameter:
    """What one argument must be, and what the function deals with itself.

    Without `allow_null` a null is refused. Without `allow_unknown` (the value) or `allow_dynamic` (its type) the call
    is not made and its result is unknown. Without `allow_marked` marks are taken off, deep ones too, and put on the
    result.
    """

    name: str
    type: Type = DYNAMIC
    allow_null: bool = False
    allow_unknown: bool = False
    allow_marked: bool = False
    allow_dynamic: bool = False


Arguments = Sequence[Value]
ReturnRule = Callable[[Arguments], Type]
Body = Callable[[Arguments, Type], Value]


@dataclass(frozen=True, slots=True)
class Function:
    """`returns` is the type of the result, or the rule that finds it; `body` gets the arguments and that type."""

    name: str
    parameters: tuple[Parameter, ...]
    returns: Type | ReturnRule
    body: Body
    variadic: Parameter | None = None
    description: str = ""

    def parameter(self, index: int) -> Parameter | None:
        """What describes the argument at `index`, counted from 0; None where there is no place for one."""
        return self.parameters[index] if index < len(self.parameters) else self.variadic


def call(function: Function, args: Sequence[Value]) -> Value:
    """The function's result. Raises FunctionError."""
    _check_count(function, len(args))
    marks = NO_MARKS
    answerable = typed = True
    taken: list[Value] = []
    for index, arg in enumerate(args):
        parameter = function.parameter(index)
        assert parameter is not None  # noqa: S101 - the count was checked
        value = _converted(arg, parameter, index)
        if not parameter.allow_marked:
            value, found = unmark_deep(value)
            marks |= found
        if value.type == DYNAMIC and not parameter.allow_dynamic:
            typed = False
        if not value.is_known and not parameter.allow_unknown:
            answerable = False
        taken.append(value)
    if not typed:
        return unknown().with_marks(marks)
    result = function.returns(taken) if callable(function.returns) else function.returns
    if not answerable:
        return unknown(result).with_marks(marks)
    try:
        return function.body(taken, result).with_marks(marks)
    except NumberTooLarge as problem:
        raise FunctionError(str(problem)) from problem
    except RecursionError as problem:
        raise FunctionError("lists and objects lie too deep in each other") from problem


def _check_count(function: Function, given: int) -> None:
    required = len(function.parameters)
    if given < required:
        missing = function.parameters[given].name
        least = "at least " if function.variadic else ""
        raise FunctionError(f'takes {least}{required} argument(s), got {given}: the value for "{missing}" is missing')
    if given > required and function.variadic is None:
        raise FunctionError(f"takes {required} argument(s), got {given}", required)


def _converted(arg: Value, parameter: Parameter, index: int) -> Value:
    if parameter.type != DYNAMIC:
        try:
            arg = convert(arg, parameter.type)
        except ConversionError as problem:
            raise FunctionError(str(problem), index) from problem
    if arg.is_null and not parameter.allow_null:
        raise FunctionError("must not be null", index)
    return arg


def shown(value: Value) -> str:
    """A primitive argument in a message; a sensitive one is hidden."""
    if value.marks:
        return SENSITIVE_PLACEHOLDER
    if isinstance(value.raw, bool):
        return "true" if value.raw else "false"
    return quoted(value.raw) if isinstance(value.raw, str) else str(value.raw)


def function(
    *parameters: Parameter, returns: Type | ReturnRule, variadic: Parameter | None = None
) -> Callable[[Body], Function]:
    """Make a `Function` of a body; its name (less a closing underscore) and docstring are the function's."""

    def build(body: Body) -> Function:
        return Function(_name(body), parameters, returns, body, variadic, inspect.getdoc(body) or "")

    return build


_TYPES: Final[dict[str, Type]] = {
    "str": STRING,
    "bool": BOOL,
    "Number": NUMBER,
    "int": NUMBER,
    "list[str]": ListType(STRING),
}


def plain(body: Callable[..., Any]) -> Function:
    """Make a `Function` of Python code over plain values; parameters and result are read from the annotations.

    They are `str`, `bool`, `Number`, `int` (a whole number) and, as a result, `list[str]`.
    """
    signature = inspect.signature(body)
    kinds = [parameter.annotation for parameter in signature.parameters.values()]
    whole = [index for index, kind in enumerate(kinds) if kind == "int"]
    parameters = tuple(Parameter(name, _TYPES[kind]) for name, kind in zip(signature.parameters, kinds, strict=True))

    def run(args: Arguments, result: Type) -> Value:
        for index in whole:
            whole_number(args[index], index)
        return plain_value(body(*(arg.raw for arg in args)), result)

    return Function(
        _name(body), parameters, _TYPES[signature.return_annotation], run, description=inspect.getdoc(body) or ""
    )


def _name(body: Callable[..., Any]) -> str:
    return body.__name__.rstrip("_")


def plain_value(raw: Any, of: Type) -> Value:
    """A value of a known primitive type, or a list of strings; strings are brought to NFC."""
    if isinstance(raw, str):
        return string(raw)
    if isinstance(raw, list):
        return list_of(STRING, map(string, raw))
    return Value(of, raw)


def whole_number(value: Value, index: int) -> int:
    """The argument as an int. Raises FunctionError where it has a fraction or does not fit 64 bits."""
    amount = value.raw
    if not isinstance(amount, int):
        raise FunctionError(f"a whole number is required, not {shown(value)}", index)
    if not -(2**63) <= amount < 2**63:
        raise FunctionError(f"a number of at most 64 bits is required, not {shown(value)}", index)
    return amount


def check_length(length: int) -> None:
    """Raises FunctionError where a string of `length` characters is more than a function may make."""
    if length > MAX_STRING_LENGTH:
        raise FunctionError(f"the result would have {length:,} characters; the limit is {MAX_STRING_LENGTH:,}")


def check_elements(count: int) -> None:
    """Raises FunctionError where `count` elements are more than a function may make."""
    if count > MAX_ELEMENTS:
        raise FunctionError(f"the result would have {count:,} elements; the limit is {MAX_ELEMENTS:,}")


def is_sensitive(value: Value) -> bool:
    return SENSITIVE in value.marks
