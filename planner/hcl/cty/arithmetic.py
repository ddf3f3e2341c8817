"""Numbers as cty has them: binary floats of 512 bits.

A number is held as an `int` where it is whole, else as the one shortest `Decimal` that stands for its float (as Go
writes it): two are equal exactly if their floats are, and the text of a number is its digits. So most sums need no
float at all; the others are computed with the floats and rounded as Go's `math/big` rounds. Negative zero and the two
infinities are `Decimal`s; what is no number at all (0 / 0) is refused. Results of `pow` and `log` are `Double`s.

Sizes that no configuration needs and that would exhaust memory are refused with `NumberTooLarge`.
"""

from __future__ import annotations

import re
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Context, Decimal, InvalidOperation
from math import gcd, isfinite

from planner.hcl.cty import floats
from planner.hcl.cty.floats import BITS, Float, rounded
from planner.hcl.cty.values import Number

LARGEST_EXPONENT = 100_000
WRITTEN_AS_INT = 1_000  # digits; longer whole numbers stay Decimal, which costs no more than its digits
NEGATIVE_ZERO = Decimal("-0")
INFINITY = Decimal("Infinity")

_DOUBLE_BITS = 53
_EXACT_IN_DOUBLE = 2.0**_DOUBLE_BITS
_UNAMBIGUOUS_DIGITS = 150  # no float of 512 bits is the nearest to two decimals of so few digits
_UNLIMITED = Context(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[InvalidOperation])
_ROOMY = Context(prec=1_000, Emax=MAX_EMAX, Emin=MIN_EMIN, traps=[InvalidOperation])
_NUMBER = re.compile(
    r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?0*(?P<ten>[0-9]+)|[pP](?P<two>[+-]?[0-9]{1,6}))?"
)
_LONGEST_EXPONENT = 12  # digits; one that is longer is as much too large as one of so many
_INFINITE = r"([+-]?)[iI]nf"


class NumberError(ValueError):
    """A result that is no number of the language."""


class NotANumber(NumberError):
    """There is no such number, as in 0 / 0."""

    def __init__(self) -> None:
        super().__init__("the result is not a number")


class NumberTooLarge(NumberError):
    """A number is outside what can be handled."""

    def __init__(self) -> None:
        super().__init__(f"numbers go from 1e-{LARGEST_EXPONENT} to 1e{LARGEST_EXPONENT}")


class Double(Decimal):
    """What was computed with 64 bits: the shortest decimal of such a float, or all its digits where it is whole."""


def double(amount: float) -> Number:
    """The number of a float of 64 bits; small whole numbers are as any others. Raises NotANumber."""
    if not amount or not isfinite(amount):
        return normal(Decimal(amount))
    if not amount.is_integer():
        return Double(repr(amount))
    return int(amount) if abs(amount) < _EXACT_IN_DOUBLE else Double(amount)


def parse_number(text: str) -> Number:
    """The number written as `text`, in decimal or as `1p-3` or `Inf`. Raises ValueError where it is none."""
    found = _NUMBER.fullmatch(text)
    if not found:
        if infinite := re.fullmatch(_INFINITE, text):
            return -INFINITY if infinite[1] == "-" else INFINITY
        raise ValueError("a number is required")
    if len(text) <= _UNAMBIGUOUS_DIGITS and text.isdecimal():
        return int(text)
    if found["ten"] and len(found["ten"]) > _LONGEST_EXPONENT:
        text = text[: found.start("ten")] + "9" * _LONGEST_EXPONENT
    if not found["two"]:
        return normal(_ROOMY.create_decimal(text))
    amount = normal(_ROOMY.create_decimal(text[: found.start("two") - 1]))
    mantissa, exponent = _float(amount)
    return _shortest(mantissa, exponent + int(found["two"])) if mantissa else amount


def normal(amount: Number) -> Number:
    """The one way to hold this amount: whole numbers as `int`, rounded to what cty keeps."""
    if isinstance(amount, int):
        if amount.bit_length() <= BITS:
            return amount
        if amount.bit_length() > LARGEST_EXPONENT * 4:
            raise NumberTooLarge
        return _shortest(*rounded(amount))
    if not amount:
        return NEGATIVE_ZERO if amount.is_signed() else 0
    if not amount.is_finite():
        if amount.is_nan():
            raise NotANumber
        return amount
    if abs(amount.adjusted()) > LARGEST_EXPONENT:
        raise NumberTooLarge
    if len(amount.as_tuple().digits) > _UNAMBIGUOUS_DIGITS:
        return _shortest(*_float(amount))
    return _held(amount)


def _held(amount: Decimal) -> Number:
    """The digits of a float as an `int` where it is whole and not too long."""
    if amount.adjusted() < WRITTEN_AS_INT and amount == amount.to_integral_value():
        return int(amount)
    return amount.normalize(_UNLIMITED)


def exact(amount: Number) -> Decimal:
    """The amount with every digit that its float has."""
    if not _is_plain(amount):
        return Decimal(amount)
    mantissa, exponent = _float(amount)
    if exponent >= 0:
        return Decimal(mantissa << exponent)
    return _UNLIMITED.multiply(mantissa, 5**-exponent).scaleb(exponent, _UNLIMITED)


def _shortest(mantissa: int, exponent: int) -> Number:
    """The number of a float."""
    if abs(floats.magnitude(mantissa, exponent)) > LARGEST_EXPONENT:
        raise NumberTooLarge
    digits, power = floats.shortest(mantissa, exponent)
    return _held(Decimal(digits).scaleb(power, _UNLIMITED)) if power else digits


def as_int(amount: Number) -> int | None:
    """The amount where it is whole, else None; the infinities are not."""
    if isinstance(amount, int):
        return amount
    return int(amount) if amount.is_finite() and amount == amount.to_integral_value() else None


def _float(amount: Number) -> Float:
    """The float nearest to a finite amount."""
    if isinstance(amount, int):
        return (amount, 0) if amount.bit_length() <= BITS else rounded(amount)
    if isinstance(amount, Double):
        return rounded(*float(amount).as_integer_ratio())
    return rounded(*_ratio(amount))


def _ratio(amount: Decimal) -> tuple[int, int]:
    power = int(amount.as_tuple().exponent)
    coefficient = int(amount.scaleb(-power, _UNLIMITED))
    return (coefficient * 10**power, 1) if power >= 0 else (coefficient, 10**-power)


def is_infinite(amount: Number) -> bool:
    return isinstance(amount, Decimal) and amount.is_infinite()


def _are_exact(left: Number, right: Number) -> bool:
    """Whether both are whole numbers that are exactly what their floats are."""
    return isinstance(left, int) and isinstance(right, int) and max(left.bit_length(), right.bit_length()) <= BITS


def _is_plain(*amounts: Number) -> bool:
    """Whether the amounts are finite and none is a negative zero, of which Python's `int` knows nothing."""
    return all(isinstance(amount, int) or (amount and amount.is_finite()) for amount in amounts)


def _special(compute: str, left: Number, right: Number) -> Number:
    """The result where an infinity or a negative zero takes part: decimals know the same rules. Raises ValueError."""
    try:
        return normal(getattr(_ROOMY, compute)(Decimal(left), Decimal(right)))
    except InvalidOperation:
        raise NotANumber from None


def add(left: Number, right: Number) -> Number:
    """Raises NumberError."""
    if _are_exact(left, right):
        return normal(left + right)
    if not _is_plain(left, right):
        return _special("add", left, right)
    (mantissa, exponent), (other, other_exponent) = _float(left), _float(right)
    lowest = min(exponent, other_exponent)
    if max(exponent, other_exponent) - lowest > LARGEST_EXPONENT * 8:
        raise NumberTooLarge
    total = (mantissa << (exponent - lowest)) + (other << (other_exponent - lowest))
    return _shortest(*rounded(total, exponent=lowest))


def subtract(left: Number, right: Number) -> Number:
    """Raises NumberError."""
    if _are_exact(left, right):
        return normal(left - right)
    return add(left, negative(right))


def negative(amount: Number) -> Number:
    """The amount with the other sign, which zero has, too."""
    if isinstance(amount, int):
        return -amount if amount else NEGATIVE_ZERO
    return 0 if amount.is_zero() and amount.is_signed() else type(amount)(amount.copy_negate())


def magnitude(amount: Number) -> Number:
    """The amount without its sign."""
    if isinstance(amount, int):
        return abs(amount)
    return negative(amount) if amount.is_signed() else amount


def multiply(left: Number, right: Number) -> Number:
    """Raises NumberError."""
    if not (left and right and _is_plain(left, right)):
        return _special("multiply", left, right)
    if _are_exact(left, right):
        return normal(left * right)
    (mantissa, exponent), (other, other_exponent) = _float(left), _float(right)
    return _shortest(*rounded(mantissa * other, exponent=exponent + other_exponent))


def divide(left: Number, right: Number) -> Number:
    """Division by zero gives an infinity. Raises NumberError."""
    if not (left and right and _is_plain(left, right)):
        return _special("divide", left, right)
    return _shortest(*_quotient(left, right))


def _quotient(left: Number, right: Number) -> Float:
    (mantissa, exponent), (other, other_exponent) = _float(left), _float(right)
    shared = gcd(mantissa, other) if other > 0 else -gcd(mantissa, other)
    return rounded(mantissa // shared, other // shared, exponent - other_exponent)


def remainder(left: Number, right: Number) -> Number:
    """What is left of dividing towards zero; it has the sign of `left`, and is `left` where `right` is zero.

    Raises NumberError.
    """
    if is_infinite(left) or is_infinite(right):
        raise NotANumber
    if not left or not right:
        return left
    if isinstance(left, int) and isinstance(right, int) and max(left.bit_length(), right.bit_length()) < BITS:
        rest = abs(left) % abs(right)
        return -rest if left < 0 else rest
    mantissa, exponent = _quotient(left, right)
    if exponent > LARGEST_EXPONENT:
        raise NumberTooLarge
    whole = abs(mantissa) >> -exponent if exponent < 0 else abs(mantissa) << exponent
    return subtract(left, multiply(right, normal(whole if mantissa > 0 else -whole)))


def number_text(amount: Number) -> str:
    """The shortest plain decimal notation, as a number becomes a string."""
    if isinstance(amount, int):
        return str(amount)
    if amount.is_infinite():
        return "-Inf" if amount.is_signed() else "+Inf"
    if isinstance(amount, Double):
        digits, power = floats.shortest(*_float(amount), _DOUBLE_BITS)
        amount = Decimal(digits).scaleb(power)
    return f"{amount:f}" if isinstance(amount, Decimal) else str(amount)
