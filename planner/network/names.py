"""The order in which people look for ids: `i-9` before `i-10`."""

from __future__ import annotations

import re

_NUMBERS = re.compile(r"([0-9]+)")


def natural_key(name: str) -> tuple[object, ...]:
    """A key to sort ids by: their digits count as numbers; what differs only in writing comes in a fixed order."""
    parts = _NUMBERS.split(name)
    return tuple(_number(part) if index % 2 else part for index, part in enumerate(parts)), name


def _number(digits: str) -> tuple[int, str]:
    """Sorts like the number, however many digits it has."""
    plain = digits.lstrip("0")
    return len(plain), plain
