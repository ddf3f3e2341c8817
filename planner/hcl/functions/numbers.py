"""Functions over numbers. Amounts are exact; `log` and `pow` compute in floating point, as Terraform does."""

from __future__ import annotations

import math
from typing import Final

from planner.hcl.cty import arithmetic
from planner.hcl.cty.arithmetic import as_int
from planner.hcl.cty.types import NUMBER, STRING, Type, friendly_name
from planner.hcl.cty.values import Number, Value, number, unmark
from planner.hcl.functions.arguments import shown
from planner.hcl.functions.floating import logarithm, power
from planner.hcl.functions.plain import plain
from planner.hcl.functions.spec import Arguments, Function, FunctionError, Parameter, function

_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_UPPER_CASE_COUNTS: Final = 36
"""Up to this base, upper and lower case letters are the same digits."""

MAX_PARSED_DIGITS: Final = 4096


@plain
def abs_(amount: Number) -> Number:
    """The amount without its sign."""
    return arithmetic.magnitude(amount)


@plain
def ceil(amount: Number) -> Number:
    """The next whole number that is not smaller."""
    return _rounded(amount, "ROUND_CEILING")


@plain
def floor(amount: Number) -> Number:
    """The next whole number that is not larger."""
    return _rounded(amount, "ROUND_FLOOR")


def _rounded(amount: Number, mode: str) -> Number:
    if isinstance(amount, int) or not amount.is_finite():
        return amount
    whole = amount.to_integral_value(mode)
    return amount if whole and whole == amount else arithmetic.normal(whole or 0)


@plain
def log(amount: Number, base: Number) -> Number:
    """The logarithm of an amount to a base."""
    of_amount, of_base = logarithm(_as_float(amount, 0)), logarithm(_as_float(base, 1))
    if of_base or math.isnan(of_amount):
        return arithmetic.double(of_amount / (of_base or 1))
    return arithmetic.double(math.copysign(math.inf, of_amount * math.copysign(1, of_base)) if of_amount else math.nan)


@plain
def pow_(amount: Number, exponent: Number) -> Number:
    """The amount raised to a power."""
    return arithmetic.double(power(_as_float(amount, 0), _as_float(exponent, 1)))


def _as_float(amount: Number, argument: int) -> float:
    try:
        converted = float(amount)
    except OverflowError:
        converted = math.inf
    if math.isinf(converted) and amount != converted:
        raise FunctionError("the number is too large to compute with", argument)
    return converted


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
        raise FunctionError("it needs a number")
    return [arg.raw for arg in args]


def _parsed_type(args: Arguments) -> Type:
    if args[0].type != STRING:
        raise FunctionError(f"a string is required, not {friendly_name(args[0].type)}", 0)
    return NUMBER


@function(Parameter("number", allow_marked=True), Parameter("base", NUMBER, allow_marked=True), returns=_parsed_type)
def parseint(args: Arguments, result: Type) -> Value:
    """The whole number that a string shows in a base from 2 to 62."""
    text, base = args
    radix = as_int(base.raw)
    if radix is None or not 2 <= radix <= 62:
        raise FunctionError("the base must be a whole number from 2 to 62", 1)
    bare, _ = unmark(text)
    amount = _parse(bare.raw, radix)
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
