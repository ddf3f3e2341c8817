"""What is known of a value that is not known yet: that it is not null, how a string begins, how large a number is."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from msgspec import Struct

from planner.hcl.cty.graphemes import clusters


class Unknown(Struct, frozen=True):
    """`prefix` is of a string; `lowest` and `highest` are of a number, `shortest` and `longest` of a collection."""

    not_null: bool = False
    prefix: str = ""
    lowest: int | Decimal | None = None
    highest: int | Decimal | None = None
    shortest: int = 0
    longest: int | None = None


UNKNOWN: Final = Unknown()
NOT_NULL: Final = Unknown(not_null=True)

_COMBINES: Final = frozenset("=<>")
"""Punctuation that makes another character with what may follow it; letters and digits do as well."""


def safe_prefix(text: str) -> str:
    """As much of the beginning of a text as stays the same whatever follows it."""
    last = text[-1:]
    if not last or (last.isascii() and last.isprintable() and not last.isalnum() and last not in _COMBINES):
        return text
    return text[: -len(clusters(text)[-1])]
