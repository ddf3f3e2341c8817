"""Functions over numbers. Amounts are exact; `log` and `pow` compute in floating point, as Terraform does."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import Final

from planner.hcl import arithmetic
from planner.hcl.functions.arguments import shown
from planner.hcl.functions.number_text import magnitude
from planner.hcl.functions.plain import plain
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, function
from planner.hcl.types import NUMBER, STRING, Type, friendly_name
from planner.hcl.values import Number, Value, number, unmark

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_UPPER_CASE_COUNTS: Final = 36
"""Up to this base, upper and lower case letters are the same digits."""

MAX_PARSED_DIGITS: Final = 4096


@plain
def abs_(amount: Number) -> Number:
    """The amount without its sign."""
    return magnitude(amount)


@plain
def ceil(amount: Number) -> Number:
    """The next whole number that is not smaller."""
    return amount if isinstance(amount, int) else _rounded(amount, "ROUND_CEILING")


@plain
def floor(amount: Number) -> Number:
    """The next whole number that is not larger."""
    return amount if isinstance(amount, int) else _rounded(amount, "ROUND_FLOOR")


def _rounded(amount: Decimal, mode: str) -> Number:
    if amount.adjusted() >= arithmetic.DIGITS:
        return amount
    from decimal import Context

    return arithmetic.normal(amount.to_integral_value(mode, Context(prec=arithmetic.DIGITS)))


@plain
def log(amount: Number, base: Number) -> Number:
    """The logarithm of an amount to a base."""
    if amount <= 0:
        raise FunctionError("a number greater than zero is required", 0)
    if base <= 0 or base == 1:
        raise FunctionError("a base greater than zero, and not one, is required", 1)
    return _from_float(_logarithm(amount) / _logarithm(base))


def _logarithm(amount: Number) -> float:
    as_float = _as_float(amount, 0)
    return math.log(as_float)


@plain
def pow_(amount: Number, power: Number) -> Number:
    """The amount raised to a power."""
    try:
        raised = _as_float(amount, 0) ** _as_float(power, 1)
    except (OverflowError, ZeroDivisionError) as problem:
        raise FunctionError("the result is too large to be computed") from problem
    if isinstance(raised, complex):
        raise FunctionError("a negative number can only be raised to a whole power", 1)
    return _from_float(raised)


def _as_float(amount: Number, argument: int) -> float:
    try:
        converted = float(amount)
    except OverflowError:
        converted = math.inf
    if math.isinf(converted):
        raise FunctionError("the number is too large to compute with", argument)
    return converted


def _from_float(amount: float) -> Number:
    """Whole results exactly, others with no more digits than tell them apart, as Terraform shows them."""
    return int(amount) if amount.is_integer() else arithmetic.normal(Decimal(repr(amount)))


@plain
def signum(amount: int) -> int:
    """-1, 0 or 1: the sign of a whole number."""
    return (amount > 0) - (amount < 0)


@function(variadic=Parameter("numbers", NUMBER), returns=NUMBER)
def max_(args: Arguments, result: Type) -> Value:
    """The greatest of the numbers."""
    return number(max(_amounts(args)))


@function(variadic=Parameter("numbers", NUMBER), returns=NUMBER)
def min_(args: Arguments, result: Type) -> Value:
    """The smallest of the numbers."""
    return number(min(_amounts(args)))


def _amounts(args: Arguments) -> list[Number]:
    if not args:
        raise FunctionError("at least one number is required")
    return [arg.raw for arg in args]


def _parsed_type(args: Arguments) -> Type:
    if args[0].type != STRING:
        raise FunctionError(f"a string is required, not {friendly_name(args[0].type)}", 0)
    return NUMBER


@function(Parameter("number", allow_marked=True), Parameter("base", NUMBER, allow_marked=True), returns=_parsed_type)
def parseint(args: Arguments, result: Type) -> Value:
    """The whole number that a string shows in a base from 2 to 62."""
    text, base = args
    if not isinstance(base.raw, int) or not 2 <= base.raw <= 62:
        raise FunctionError("the base must be a whole number from 2 to 62", 1)
    bare, _ = unmark(text)
    amount = _parse(bare.raw, base.raw)
    if amount is None:
        raise FunctionError(f"{shown(text)} is not a whole number in base {shown(base)}", 0)
    return number(arithmetic.normal(amount)).with_marks(text.marks | base.marks)


def _parse(text: str, base: int) -> int | None:
    digits = text[1:] if text[:1] in ("+", "-") else text
    if not digits or len(digits) > MAX_PARSED_DIGITS:
        return None
    if base <= _UPPER_CASE_COUNTS:
        digits = digits.lower() if digits.isascii() else digits
    amount = 0
    for digit in digits:
        worth = _DIGITS.find(digit)
        if not 0 <= worth < base:
            return None
        amount = amount * base + worth
    return -amount if text[0] == "-" else amount


FUNCTIONS: Final[tuple[Function, ...]] = (abs_, ceil, floor, log, pow_, signum, max_, min_, parseint)
