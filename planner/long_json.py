"""JSON of long lists and objects in the very bytes that the standard library would write, several times as quickly."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

Default = Callable[[object], object] | None
"""Makes JSON of a value that is none, or raises TypeError."""

LONG = 50
"""Fewer entries are left to the standard library: loading orjson would take longer than it saves."""

_TINY, _EXPONENT = b"0.0000", rb"e[-+0-9][0-9]*(?:[,\]}]|\Z)"
"""What is in each number that the two write differently, such as 1e-05 and 0.00001, and hardly anywhere else."""


def compact(value: object, default: Default) -> bytes | None:
    """The JSON of a value without spaces, its keys sorted. None where the two libraries may differ."""
    import orjson

    try:
        return _if_the_same(orjson.dumps(value, default, orjson.OPT_SORT_KEYS))
    except TypeError:  # half of a surrogate pair, an integer of more than 64 bits, a key that is no string
        return None


def spaced(values: Iterable[object], default: Default, between: str) -> str | None:
    """The JSON of each value, with a space after each comma and colon, and what comes `between` them. None as above."""
    import orjson
    from msgspec import json

    try:
        texts = [json.format(orjson.dumps(value, default), indent=0) for value in values]
    except TypeError:
        return None
    text = _if_the_same(between.encode().join(texts))
    return None if text is None else text.decode()


def _if_the_same(text: bytes) -> bytes | None:
    return None if _TINY in text or re.search(_EXPONENT, text) else text
