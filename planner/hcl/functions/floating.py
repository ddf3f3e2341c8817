"""Logarithms and powers in floating point, to the last bit as Go's `math` computes them.

The logarithm is FreeBSD's; the exponential function is Shibata's (a series for a sixteenth of the argument, then four
squarings); a power with a whole exponent is made by squaring. Python's own, which are the platform's, differ in the
last digit, and people see it: `pow(49, 1.5)` would not be 343.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

_LN2_HIGH: Final = 6.93147180369123816490e-01
_LN2_LOW: Final = 1.90821492927058770002e-10
_ODD: Final = (6.666666666666735130e-01, 2.857142874366239149e-01, 1.818357216161805012e-01, 1.479819860511658591e-01)
_EVEN: Final = (3.999999999940941908e-01, 2.222219843214978396e-01, 1.531383769920937332e-01)
_LOG2_E: Final = 1.4426950408889634073599246810018920
_LN2_UPPER: Final = 0.69314718055966295651160180568695068359375
_LN2_LOWER: Final = 0.28235290563031577122588448175013436025525412068e-12
_TAYLOR: Final = tuple(1 / math.factorial(power) for power in range(8, 0, -1))
_LARGEST_POWER: Final = 2.0**63
_FAR_OUT: Final = 1 << 12
"""Powers of two beyond which a result is infinite or nothing."""


def logarithm(amount: float) -> float:
    """The natural logarithm; NaN for a negative amount."""
    if amount < 0 or math.isnan(amount):
        return math.nan
    if amount == 0 or math.isinf(amount):
        return amount if amount else -math.inf
    fraction, power = math.frexp(amount)
    if fraction < math.sqrt(2) / 2:
        fraction *= 2
        power -= 1
    fraction -= 1
    s = fraction / (2 + fraction)
    s2 = s * s
    s4 = s2 * s2
    odd = s2 * (_ODD[0] + s4 * (_ODD[1] + s4 * (_ODD[2] + s4 * _ODD[3])))
    even = s4 * (_EVEN[0] + s4 * (_EVEN[1] + s4 * _EVEN[2]))
    half_square = 0.5 * fraction * fraction
    return power * _LN2_HIGH - ((half_square - (s * (half_square + odd + even) + power * _LN2_LOW)) - fraction)


def exponential(amount: float) -> float:
    """e raised to a moderate power."""
    doublings = round(amount * _LOG2_E)
    rest = (amount - doublings * _LN2_UPPER - doublings * _LN2_LOWER) / 16
    series = 0.0
    for coefficient in _TAYLOR:
        series = series * rest + coefficient
    less_one = rest * series
    for _ in range(3):
        less_one *= less_one + 2
    # the last squaring adds the one with a single rounding, as today's processors do
    return math.ldexp(float(Fraction(less_one) * Fraction(less_one + 2) + 1), doublings)


def power(base: float, exponent: float) -> float:
    """`base` raised to `exponent`; NaN for a fraction of a negative base."""
    if exponent in (0, 0.5, -0.5) or base in (0, 1) or math.isinf(base) or math.isinf(exponent):
        return _special_power(base, exponent)
    whole, fraction = divmod(abs(exponent), 1.0)
    if fraction and base < 0:
        return math.nan
    if whole >= _LARGEST_POWER:
        return 1.0 if base == -1 else 0.0 if (abs(base) < 1) == (exponent > 0) else math.inf
    mantissa, scale = 1.0, 0
    if fraction:
        if fraction > 0.5:
            fraction -= 1
            whole += 1
        mantissa = exponential(fraction * logarithm(base))
    mantissa, scale = _raised(base, int(whole), mantissa)
    return _scaled(1 / mantissa, -scale) if exponent < 0 else _scaled(mantissa, scale)


def _special_power(base: float, exponent: float) -> float:
    """As IEEE 754 has it, and so Python; but where Python refuses, an infinity."""
    if exponent in (0.5, -0.5) and 0 < base < math.inf:
        return math.sqrt(base) if exponent > 0 else 1 / math.sqrt(base)
    if base == 0 and exponent < 0:
        is_odd = exponent % 2 == 1
        return math.copysign(math.inf, base) if is_odd else math.inf
    try:
        return math.pow(base, exponent)
    except ValueError:
        return math.nan


def _raised(base: float, exponent: int, mantissa: float) -> tuple[float, int]:
    """`mantissa` times `base` to a whole exponent, as a mantissa and a power of two."""
    square, square_scale = math.frexp(base)
    scale = 0
    while exponent:
        if abs(square_scale) > _FAR_OUT:
            return mantissa, scale + square_scale
        if exponent & 1:
            mantissa *= square
            scale += square_scale
        square *= square
        square_scale *= 2
        if square < 0.5:
            square += square
            square_scale -= 1
        exponent >>= 1
    return mantissa, scale


def _scaled(mantissa: float, scale: int) -> float:
    try:
        return math.ldexp(mantissa, scale)
    except OverflowError:
        return math.copysign(math.inf, mantissa)
