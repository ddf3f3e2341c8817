"""The checksum of a document: sha256 of its canonical JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

_PIECE = 50
"""So many entries of a list make up one piece of canonical text."""


def checksum(
    document: Mapping[str, object],
    default: Callable[[object], object] | None = None,
    surrogates: Literal["strict", "surrogatepass"] = "strict",
) -> str:
    """sha256 of the document without its `checksum`, in canonical JSON: sorted keys, no spaces, UTF-8.

    `default` makes JSON of values that are not. Raises UnicodeEncodeError for half of a surrogate pair, unless
    `surrogates` lets it pass.
    """
    digest = hashlib.sha256()
    for text in _canonical({key: value for key, value in document.items() if key != "checksum"}, default):
        digest.update(text.encode("utf-8", surrogates))
    return digest.hexdigest()


def _canonical(document: Mapping[str, object], default: Callable[[object], object] | None) -> Iterator[str]:
    """The text piece by piece: that of 100,000 entries is never in memory as a whole."""
    encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=default)
    opening = "{"
    for key in sorted(document):
        yield f"{opening}{encoder.encode(key)}:"
        opening = ","
        value = document[key]
        if not isinstance(value, list) or len(value) <= _PIECE:
            yield encoder.encode(value)
            continue
        for start in range(0, len(value), _PIECE):
            yield ("," if start else "[") + encoder.encode(value[start : start + _PIECE])[1:-1]
        yield "]"
    yield "}"
