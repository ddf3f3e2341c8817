"""The order in which people look for ids: `i-9` before `i-10`."""

from __future__ import annotations

import re

_NUMBERS = re.compile(r"([0-9]+)")


def natural_key(name: str) -> tuple[object, ...]:
    """A key to sort ids by: their digits count as numbers; what differs only in writing comes in a fixed order."""
    parts = _NUMBERS.split(name)
    key: list[object] = [*parts]
    key[1::2] = [_number(digits) for digits in parts[1::2]]
    return key, name


def _number(digits: str) -> tuple[int, str]:
    """Sorts like the number, however many digits it has."""
    plain = digits.lstrip("0")
    return len(plain), plain
