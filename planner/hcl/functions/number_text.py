"""Numbers as text, in the three notations of C's `printf`, from exact amounts of any size."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from planner.hcl.cty.arithmetic import LARGEST_EXPONENT, exact, is_infinite, magnitude, number_text
from planner.hcl.cty.values import Number

_SHORTEST_LIMIT: Final = 6
"""Without a precision, numbers of more digits before the point than this are written with an exponent, as in Go."""

_SMALLEST_EXPONENT: Final = -4


def _digits(amount: Number, precision: int) -> tuple[str, int]:
    """The significant digits, rounded to `precision` of them, and the exponent of the first."""
    context = Context(prec=max(precision, 1), rounding=ROUND_HALF_EVEN)
    rounded = context.create_decimal(exact(amount))
    return "".join(map(str, rounded.as_tuple().digits)), rounded.adjusted() if rounded else 0


def _all_digits(amount: Number) -> tuple[str, int]:
    written = Decimal(number_text(amount))
    digits = "".join(map(str, written.as_tuple().digits)).rstrip("0")
    return digits or "0", written.adjusted() if written else 0


def fixed(amount: Number, precision: int) -> str:
    """`%f`: digits, a point and `precision` digits."""
    context = Context(prec=2 * LARGEST_EXPONENT + precision, rounding=ROUND_HALF_EVEN)
    return f"{exact(amount).quantize(Decimal(1).scaleb(-precision), context=context):f}"


def scientific(amount: Number, precision: int) -> str:
    """`%e`: one digit, a point, `precision` digits and an exponent of at least two digits."""
    digits, exponent = _digits(amount, precision + 1)
    return _with_exponent(digits.ljust(precision + 1, "0"), exponent)


def _with_exponent(digits: str, exponent: int) -> str:
    point = "." if len(digits) > 1 else ""
    return f"{digits[0]}{point}{digits[1:]}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def general(amount: Number, precision: int | None) -> str:
    """`%g`: the shorter of the two notations; without a precision, all digits there are."""
    if not amount or is_infinite(amount):
        return number_text(amount)
    sign = "-" if amount < 0 else ""
    amount = magnitude(amount)
    if precision is None:
        digits, exponent = _all_digits(amount)
        limit = _SHORTEST_LIMIT
    else:
        digits, exponent = _digits(amount, precision or 1)
        digits = digits.rstrip("0") or "0"
        limit = max(precision, 1)
        if limit > len(digits) >= exponent + 1:
            limit = len(digits)
    if exponent < _SMALLEST_EXPONENT or exponent >= limit:
        return sign + _with_exponent(digits, exponent)
    return sign + number_text(Decimal(f"{digits}e{exponent - len(digits) + 1}"))
