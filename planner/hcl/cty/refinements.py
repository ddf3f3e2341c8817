"""What follows from what is known of a value that is not known yet."""

from __future__ import annotations

from planner.hcl.cty.types import ListType, MapType, SetType, Type
from planner.hcl.cty.unknowns import Unknown
from planner.hcl.cty.values import Bounds, Value, is_wholly_known, number, unknown

Lengths = tuple[int, int | None]
"""How few and how many elements a collection may have; None where there is no bound."""


def lengths(value: Value) -> Lengths:
    """How few and how many elements a collection may have."""
    if not value.is_known:
        return value.raw.shortest, value.raw.longest
    if value.is_null:
        return 0, None
    count = len(value.raw)
    if isinstance(value.type, SetType) and not is_wholly_known(value):
        return min(count, 1), count  # unknown elements may turn out to be equal
    return count, count


def either_bounds(first: Bounds, second: Bounds) -> Bounds:
    """The bounds of a number that is one of two."""
    lowest = None if first[0] is None or second[0] is None else min(first[0], second[0])
    highest = None if first[1] is None or second[1] is None else max(first[1], second[1])
    return lowest, highest


def either_lengths(first: Lengths, second: Lengths) -> Lengths:
    """The lengths of a collection that is one of two."""
    longest = None if first[1] is None or second[1] is None else max(first[1], second[1])
    return min(first[0], second[0]), longest


def refined(of: Type, known: Unknown) -> Value:
    """A value of which this is known: the value itself, or what it is made of, where that leaves no choice."""
    if not known.not_null:
        return unknown(of, known)
    if known.lowest is not None and known.lowest == known.highest:
        return number(known.lowest)
    if isinstance(of, ListType | SetType | MapType) and known.shortest == known.longest:
        if known.longest == 0:
            return Value(of, {} if isinstance(of, MapType) else ())
        if isinstance(of, ListType) or (isinstance(of, SetType) and known.longest == 1):
            return Value(of, (unknown(of.element),) * known.shortest)
    return unknown(of, known)
