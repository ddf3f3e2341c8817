"""The checksum of a document: sha256 of its canonical JSON."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Literal

_PIECE = 50
"""So many entries of a list or an object make up one piece of canonical text."""

_LEVELS = 4
"""So deep lists and objects are cut into pieces: the instances of a resource of a state are that deep."""

_Default = Callable[[object], object] | None
_Surrogates = Literal["strict", "surrogatepass"]


def checksum(document: Mapping[str, object], default: _Default = None, surrogates: _Surrogates = "strict") -> str:
    """sha256 of the document without its `checksum`, in canonical JSON: sorted keys, no spaces, UTF-8.

    `default` makes JSON of values that are not. Raises UnicodeEncodeError for half of a surrogate pair, unless
    `surrogates` lets it pass.
    """
    digest = hashlib.sha256()
    whole = {key: value for key, value in document.items() if key != "checksum"}
    for text in _canonical(whole, default, surrogates, _LEVELS):
        digest.update(text)
    return digest.hexdigest()


def _canonical(value: object, default: _Default, surrogates: _Surrogates, levels: int) -> Iterator[bytes]:
    """The text piece by piece: that of 100,000 entries, no more levels deep, is never in memory as a whole."""
    if not levels or not value or not isinstance(value, dict | list):
        yield _text(value, default, surrogates)
    elif len(value) > _PIECE:
        opening, closing = (b"{", b"}") if isinstance(value, dict) else (b"[", b"]")
        for piece in _pieces(value):
            yield opening + _text_of_many(piece, default, surrogates)[1:-1]
            opening = b","
        yield closing
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield b"," if number else b"["
            yield from _canonical(inner, default, surrogates, levels - 1)
        yield b"]"
    elif all(isinstance(key, str) for key in value):
        opening = b"{"
        for key in sorted(value):
            yield opening + _text(key, default, surrogates) + b":"
            yield from _canonical(value[key], default, surrogates, levels - 1)
            opening = b","
        yield b"}"
    else:
        yield _text(value, default, surrogates)


def _pieces(value: dict[str, object] | list[object]) -> Iterator[object]:
    if isinstance(value, list):
        yield from (value[start : start + _PIECE] for start in range(0, len(value), _PIECE))
        return
    keys = sorted(value)
    yield from ({key: value[key] for key in keys[start : start + _PIECE]} for start in range(0, len(keys), _PIECE))


def _text(value: object, default: _Default, surrogates: _Surrogates) -> bytes:
    encoded = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=default)
    return encoded.encode("utf-8", surrogates)


def _text_of_many(values: object, default: _Default, surrogates: _Surrogates) -> bytes:
    """The same as `_text`, seven times as quickly: orjson writes all but a few values as the standard library does."""
    import orjson  # where lists are short, loading it would take longer than it saves

    try:
        text = orjson.dumps(values, default, orjson.OPT_SORT_KEYS)
    except TypeError:  # half of a surrogate pair, an integer of more than 64 bits
        return _text(values, default, surrogates)
    if _TINY in text or re.search(_EXPONENT, text):
        return _text(values, default, surrogates)
    return text


_TINY, _EXPONENT = b"0.0000", rb"e[-+]?[0-9]+[,\]}]"
"""What is in each number that the two write differently, such as 1e-05 and 0.00001, and hardly anywhere else."""


def source_digest(text: str) -> str:
    """sha256 of the text of a configuration file, however its lines end, with or without a byte order mark."""
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    return hashlib.sha256(lines.encode("utf-8", "surrogatepass")).hexdigest()
