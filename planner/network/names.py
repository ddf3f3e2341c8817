"""Ids: the order in which people look for them, `i-9` before `i-10`, and those that nearly match another."""

from __future__ import annotations

import re
from collections.abc import Collection, Container, Iterable, Iterator
from heapq import nsmallest

_DIGITS = "0123456789"
_CHARACTERS = f"abcdefghijklmnopqrstuvwxyz{_DIGITS}-"
_NUMBERS = re.compile(r"([0-9]+)")
_LONGEST = 128
"""No id is longer; of a longer text, such as 1e9999 in digits, there would be too many slips to try."""


def natural_key(name: str) -> tuple[object, ...]:
    """A key to sort ids by: their digits count as numbers; what differs only in writing comes in a fixed order."""
    key: list[object] = [*_NUMBERS.split(name)]
    numbers = [str(digits).lstrip("0") for digits in key[1::2]]
    key[1::2] = [(len(plain), plain) for plain in numbers]  # sorts like the number, however many digits it has
    return key, name


def in_natural_order(names: Iterable[str]) -> list[str]:
    """The ids in the order of `natural_key`. Quick for many that differ in a last number of one length only."""
    found = list(names)
    return sorted(found, key=None if _are_alike(found) else natural_key)


def first_in_natural_order(names: Collection[str], count: int) -> list[str]:
    """The first so many of the ids in the order of `natural_key`; as quick as `in_natural_order`."""
    return nsmallest(count, names, key=None if _are_alike(names) else natural_key)


def _are_alike(names: Iterable[str]) -> bool:
    """Whether the ids differ in a last number of one length only: then their natural order is that of texts."""
    return len({(len(name), name.rstrip(_DIGITS)) for name in names}) == 1


def nearest(name: str, known: Container[str]) -> str | None:
    """A known id that one slip of the keyboard turns into this one, or None.

    It costs the same however many are known: the slips are tried, not the ids.
    """
    if len(name) > _LONGEST:
        return None
    return next((slip for slip in _slips(name.strip().lower()) if slip != name and slip in known), None)


def _slips(name: str) -> Iterator[str]:
    """The name, and what it becomes when two neighbours are swapped, or a character is removed, replaced or added."""
    yield name
    for at in range(len(name)):
        head, tail = name[:at], name[at:]
        yield head + tail[1:2] + tail[:1] + tail[2:]
        yield head + tail[1:]
        yield from (head + character + tail[1:] for character in _CHARACTERS)
    for at in range(len(name) + 1):
        yield from (name[:at] + character + name[at:] for character in _CHARACTERS)
