"""Binary floats as Go's `math/big` has them: rounded to nearest, written with the fewest digits that identify them."""

from __future__ import annotations

from math import log10

BITS = 512
"""Bits of a mantissa."""

_SPARE_DIGITS = 5  # beyond those of a mantissa: enough that several short decimals lie within half of its last bit

Float = tuple[int, int]
"""A mantissa and the power of two it is multiplied by."""


def rounded(numerator: int, denominator: int = 1, exponent: int = 0) -> Float:
    """The float nearest to a fraction times a power of two; of two that are as near, the even one."""
    negative, numerator = numerator < 0, abs(numerator)
    if not numerator:
        return 0, 0
    shift = BITS + 2 - numerator.bit_length() + denominator.bit_length()
    quotient, rest = divmod(numerator << max(shift, 0), denominator << max(-shift, 0))
    spare = quotient.bit_length() - BITS
    half, below = 1 << (spare - 1), quotient & ((1 << spare) - 1)
    quotient >>= spare
    if below > half or (below == half and (rest or quotient & 1)):
        quotient += 1
    return -quotient if negative else quotient, exponent - shift + spare


def magnitude(mantissa: int, exponent: int) -> int:
    """About the power of ten of a float that is not zero."""
    return int((exponent + mantissa.bit_length()) * log10(2))


def shortest(mantissa: int, exponent: int, bits: int = BITS) -> tuple[int, int]:
    """The decimal with the fewest digits to which no other float of so many bits is nearer.

    Its digits as a whole number, and the power of ten they are multiplied by. As in Go, the floats below a power of
    two are taken to be as far from it as those above.
    """
    if exponent < 0 and not mantissa & ((1 << -exponent) - 1):
        mantissa, exponent = mantissa >> -exponent, 0
    if 0 <= exponent <= bits - mantissa.bit_length():
        return mantissa << exponent, 0
    if mantissa < 0:
        digits, power = shortest(-mantissa, exponent, bits)
        return -digits, power
    missing = bits - mantissa.bit_length()
    mantissa, exponent = (mantissa << missing if missing >= 0 else mantissa >> -missing), exponent - missing
    power = magnitude(mantissa, exponent) - int(bits * log10(2)) - _SPARE_DIGITS
    # in units of 10**power: the float, and where the decimals begin and end that stand for it
    scale, unit = (10**-power, 1) if power < 0 else (1, 10**power)
    scale, unit = (scale << (exponent - 1), unit) if exponent > 0 else (scale, unit << (1 - exponent))
    value, rest = divmod(2 * mantissa * scale, unit)
    lowest = -((1 - 2 * mantissa) * scale // unit)
    highest = (2 * mantissa + 1) * scale // unit
    if mantissa & 1:  # what lies in the middle between two floats stands for the even one
        lowest += lowest * unit == (2 * mantissa - 1) * scale
        highest -= highest * unit == (2 * mantissa + 1) * scale
    digits, zeros = _with_most_zeros(value, bool(rest), lowest, highest)
    return digits, power + zeros


def _with_most_zeros(value: int, more: bool, lowest: int, highest: int) -> tuple[int, int]:
    """The number from `lowest` to `highest` with the most zeros at its end: without them, and how many they are.

    Of several it is the one nearest to `value`; `more` says that the value is a little more.
    """
    high = str(highest)
    low = str(lowest).zfill(len(high))
    common = next(place for place, (one, other) in enumerate(zip(low, high, strict=True)) if one != other)
    zeros = len(low) - common - 1
    if not low[common:].strip("0"):
        zeros = len(low) - len(low.rstrip("0"))
    step: int = 10**zeros
    down, rest = divmod(value, step)
    if down * step < lowest:
        return down + 1, zeros
    if (down + 1) * step > highest:
        return down, zeros
    past_half = 2 * rest + more - step
    return down + (past_half > 0 or (past_half == 0 and down % 2 == 1)), zeros
