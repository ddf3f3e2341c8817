"""Exact numbers: `int` where whole, else `Decimal` with as many digits as cty's 512-bit floats hold.

Sizes that no configuration needs and that would exhaust memory are refused with `NumberTooLarge`.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, Overflow

from planner.hcl.values import Number

DIGITS = 155
LARGEST_EXPONENT = 100_000
WRITTEN_AS_INT = 1_000  # digits; longer whole numbers stay Decimal, which costs no more than its digits

_CONTEXT = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN, Emax=10**9, Emin=-(10**9), traps=[InvalidOperation, Overflow])
_ROUNDED_DIGITS, _SHORT_DIGITS = DIGITS - 5, 100
_ROUNDED = Context(prec=_ROUNDED_DIGITS, rounding=ROUND_HALF_EVEN, Emax=10**9, Emin=-(10**9))
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,12})?")
_EXACT_BITS = 512


class NumberTooLarge(ValueError):
    """A number is outside what can be handled."""

    def __init__(self) -> None:
        super().__init__(f"numbers must be finite and smaller than 1e{LARGEST_EXPONENT}")


def parse_number(text: str) -> Number:
    """The number written in decimal as `text`. Raises ValueError where it is none, NumberTooLarge where absurd."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("a number is required")
    if len(text) <= DIGITS and text.isdecimal():
        return int(text)
    return normal(_CONTEXT.create_decimal(text))


def normal(amount: Number) -> Number:
    """The one way to hold this amount: whole numbers as `int`, rounded to what cty keeps."""
    if isinstance(amount, int):
        if amount.bit_length() <= _EXACT_BITS:
            return amount
        if amount.bit_length() > LARGEST_EXPONENT * 4:
            raise NumberTooLarge
        amount = _CONTEXT.create_decimal(Decimal(amount))
    if not amount.is_finite():
        raise NumberTooLarge
    if not amount:
        return 0
    amount = _snapped(_CONTEXT.plus(amount))
    if abs(amount.adjusted()) > LARGEST_EXPONENT:
        raise NumberTooLarge
    if amount.adjusted() < WRITTEN_AS_INT and amount == amount.to_integral_value():
        return int(amount)
    return amount.normalize(_CONTEXT)


def _snapped(amount: Decimal) -> Decimal:
    """A short number where only the last digits keep the amount from it: 10/3*3 is 10, as in binary."""
    if len(amount.as_tuple().digits) <= _ROUNDED_DIGITS:
        return amount
    short = _ROUNDED.plus(amount).normalize(_ROUNDED)
    return short if len(short.as_tuple().digits) <= _SHORT_DIGITS else amount


def add(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        return normal(left + right)
    return normal(_CONTEXT.add(Decimal(left), Decimal(right)))


def subtract(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        return normal(left - right)
    return normal(_CONTEXT.subtract(Decimal(left), Decimal(right)))


def multiply(left: Number, right: Number) -> Number:
    if isinstance(left, int) and isinstance(right, int):
        return normal(left * right)
    return normal(_CONTEXT.multiply(Decimal(left), Decimal(right)))


def divide(left: Number, right: Number) -> Number:
    """Raises ZeroDivisionError."""
    if not right:
        raise ZeroDivisionError
    if isinstance(left, int) and isinstance(right, int) and left % right == 0:
        return left // right
    return normal(_CONTEXT.divide(Decimal(left), Decimal(right)))


def remainder(left: Number, right: Number) -> Number:
    """What is left of dividing towards zero; it has the sign of `left`, and is `left` where `right` is zero."""
    if not right:
        return left
    if isinstance(left, int) and isinstance(right, int):
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    if Decimal(left).adjusted() - Decimal(right).adjusted() >= DIGITS:
        raise NumberTooLarge
    return normal(_CONTEXT.remainder(Decimal(left), Decimal(right)))


def number_text(amount: Number) -> str:
    """The shortest plain decimal notation, as a number becomes a string."""
    if isinstance(amount, int):
        return str(amount)
    return f"{amount:f}"
