"""What a function is, and how one is called: cty's model.

A function says what it takes, what type it returns for given arguments, and what it does. `call` sees to the rest in
the same way for all: conversion to the parameters' types, nulls, unknown values and marks.

Two decorators turn a Python function into a `Function`: `plain.plain` for those that compute with ordinary Python
values (the parameters are read from the annotations), `function` for those that look at types, unknown values or marks.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from planner.diagnostics import counted
from planner.hcl.cty.arithmetic import NumberError
from planner.hcl.cty.conversion import ConversionError, convert
from planner.hcl.cty.types import DYNAMIC, Type
from planner.hcl.cty.values import NO_MARKS, SENSITIVE, Value, deep_marks, not_null, unknown, unmark_deep

if TYPE_CHECKING:
    from planner.hcl.functions.budget import Budget


class FunctionError(Exception):
    """A call that cannot be answered. `argument` counts from 0; None when no single argument is to blame."""

    def __init__(self, message: str, argument: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.argument = argument


class Parameter(Struct, frozen=True):
    """What one argument must be, and what the function deals with itself.

    Without `allow_null` a null is refused. Without `allow_unknown` (the value) or `allow_dynamic` (its type) the call
    is not made and its result is unknown, with the marks of all arguments. Without `allow_marked` marks are taken off,
    deep ones too, and put on the result.
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


class Function(Struct, frozen=True):
    """`returns` is the type of the result, or the rule that finds it; `body` gets the arguments and that type.

    A function that evaluates something itself has `body_within`, too: it makes the body that does so within the budget
    of the evaluation that calls the function. A result that is not known yet may be null only if it is `nullable`.
    """

    name: str
    parameters: tuple[Parameter, ...]
    returns: Type | ReturnRule
    body: Body
    variadic: Parameter | None = None
    description: str = ""
    body_within: Callable[[Budget], Body] | None = None
    nullable: bool = False

    def parameter(self, index: int) -> Parameter | None:
        """What describes the argument at `index`, counted from 0; None where there is no place for one."""
        return self.parameters[index] if index < len(self.parameters) else self.variadic


def call(function: Function, args: Sequence[Value], budget: Budget | None = None) -> Value:
    """The function's result, made within a budget. Raises FunctionError."""
    _check_count(function, len(args))
    marks = NO_MARKS
    answerable = typed = True
    taken: list[Value] = []
    for index, (value, parameter) in enumerate(_converted_to_parameters(function, args)):
        if typed and value.is_null and not parameter.allow_null:  # of what follows an open type nothing is asked
            raise FunctionError("must not be null", index)
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
    try:
        if not answerable:
            marks = marks.union(*map(deep_marks, taken))
        return _made(function, taken, budget, answerable=answerable).with_marks(marks)
    except FunctionError as problem:
        if SENSITIVE not in marks:
            raise
        # What a function says of its arguments may quote them, or what follows from them.
        raise FunctionError("it is sensitive, so what is wrong is not shown", problem.argument) from None


def _made(function: Function, args: Arguments, budget: Budget | None, *, answerable: bool) -> Value:
    """The result for arguments of the right types, unknown if the arguments are. Raises FunctionError."""
    result = function.returns(args) if callable(function.returns) else function.returns
    if not answerable:
        return _unknown_result(function, unknown(result))
    try:
        body = function.body_within(budget) if function.body_within and budget else function.body
        return _unknown_result(function, body(args, result))
    except NumberError as problem:
        raise FunctionError(str(problem)) from problem
    except RecursionError as problem:
        raise FunctionError("lists and objects are nested too deeply") from problem


def _unknown_result(function: Function, result: Value) -> Value:
    """The result, with what is known of it where it is not known yet."""
    return result if function.nullable else not_null(result)


def _check_count(function: Function, given: int) -> None:
    required = len(function.parameters)
    if given < required:
        missing = function.parameters[given].name
        least = "at least " if function.variadic else ""
        raise FunctionError(
            f'takes {least}{counted(required, "argument")}, got {given}: the value for "{missing}" is missing'
        )
    if given > required and function.variadic is None:
        raise FunctionError(f"takes {counted(required, 'argument')}, got {given}", required)


def _converted_to_parameters(function: Function, args: Sequence[Value]) -> list[tuple[Value, Parameter]]:
    taken: list[tuple[Value, Parameter]] = []
    for index, arg in enumerate(args):
        parameter = function.parameter(index)
        assert parameter is not None  # noqa: S101 - the count was checked
        taken.append((arg if parameter.type == DYNAMIC else converted(arg, parameter.type, index), parameter))
    return taken


def converted(arg: Value, to: Type, argument: int) -> Value:
    """The argument as another type. Raises FunctionError."""
    try:
        return convert(arg, to)
    except ConversionError as problem:
        raise FunctionError(str(problem), argument) from problem


def function(
    *parameters: Parameter, returns: Type | ReturnRule, variadic: Parameter | None = None, nullable: bool = False
) -> Callable[[Body], Function]:
    """Make a `Function` of a body; its name (less a closing underscore) and docstring are the function's."""

    def build(body: Body) -> Function:
        return Function(
            bare_name(body), parameters, returns, body, variadic, inspect.getdoc(body) or "", nullable=nullable
        )

    return build


def bare_name(body: Callable[..., object]) -> str:
    return body.__name__.rstrip("_")
