"""The checksum of a document: sha256 of its canonical JSON."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Literal, Protocol

from planner.long_json import LONG, Default, compact

_LEVELS = 4
"""So deep lists and objects are cut into pieces: the instances of a resource of a state are that deep."""

_Surrogates = Literal["strict", "surrogatepass"]


class _Encode(Protocol):
    """Gives the canonical text of a value; where it has `many` entries, by the quicker library."""

    def __call__(self, value: object, /, *, many: bool = False) -> bytes: ...


def checksum(document: Mapping[str, object], default: Default = None, surrogates: _Surrogates = "strict") -> str:
    """sha256 of the document without its `checksum`, in canonical JSON: sorted keys, no spaces, UTF-8.

    `default` makes JSON of values that are not. Raises UnicodeEncodeError for half of a surrogate pair, unless
    `surrogates` lets it pass.
    """
    encoder = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=default)

    def text_of(value: object, *, many: bool = False) -> bytes:
        found = compact(value, default) if many else None
        return encoder.encode(value).encode("utf-8", surrogates) if found is None else found

    digest = hashlib.sha256()
    for text in _canonical({key: value for key, value in document.items() if key != "checksum"}, text_of, _LEVELS):
        digest.update(text)
    return digest.hexdigest()


def _canonical(value: object, text_of: _Encode, levels: int) -> Iterator[bytes]:
    """The text piece by piece: that of 100,000 entries, no more levels deep, is never in memory as a whole."""
    if not levels or not value or not isinstance(value, dict | list):
        yield text_of(value)
    elif len(value) > LONG:
        opening, closing = (b"{", b"}") if isinstance(value, dict) else (b"[", b"]")
        for piece in _pieces(value):
            yield opening + text_of(piece, many=True)[1:-1]
            opening = b","
        yield closing
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield b"," if number else b"["
            yield from _canonical(inner, text_of, levels - 1)
        yield b"]"
    elif all(isinstance(key, str) for key in value):
        opening = b"{"
        for key in sorted(value):
            yield opening + text_of(key) + b":"
            yield from _canonical(value[key], text_of, levels - 1)
            opening = b","
        yield b"}"
    else:
        yield text_of(value)


def _pieces(value: dict[str, object] | list[object]) -> Iterator[object]:
    if isinstance(value, list):
        yield from (value[start : start + LONG] for start in range(0, len(value), LONG))
        return
    keys = sorted(value)
    yield from ({key: value[key] for key in keys[start : start + LONG]} for start in range(0, len(keys), LONG))


def source_digest(text: str) -> str:
    """sha256 of the text of a configuration file, however its lines end, with or without a byte order mark."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()
