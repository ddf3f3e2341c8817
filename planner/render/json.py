"""Documents as JSON text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from planner.long_json import LONG, spaced
from planner.render.terminal import safe

_MARK = "\ud800"
"""Half of a surrogate pair: no text of a user has one."""
_EXACT = re.compile(rf'"{_MARK}(-?[\d.]+(?:E[+-]?\d+)?){_MARK}"')
_NOT_PLAIN = re.compile(r"[^\x00-\x7e]")
_AT_ONCE = 1_000
"""Entries of a list that are encoded together."""


def json_text(document: object, levels: int = 2) -> str:
    """`document` for people and programs: so many levels indented, what is deeper on a line each, keys in their order.

    What could steer a terminal is written as a JSON escape, other letters stay readable; a Decimal keeps every digit.
    A document of 100,000 steps is written in a second, as only the levels that are indented are walked in Python.
    """
    return "".join(json_pieces(document, levels))


def json_pieces(document: object, levels: int = 2) -> Iterator[str]:
    """The same piece by piece: the text of a million steps is never in memory as a whole."""
    encoder = json.JSONEncoder(ensure_ascii=False, default=_decimal)
    for piece in _laid_out(document, encoder.encode, levels):
        yield _harmless(piece)
    yield "\n"


def json_line(document: object) -> str:
    """`document` on one line, for streams of events."""
    return _harmless(json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_decimal)) + "\n"


def _laid_out(value: object, encode: Callable[[object], str], levels: int, margin: str = "\n") -> Iterator[str]:
    if not levels or not value or not isinstance(value, (dict, list, tuple)):
        yield encode(value)
        return
    inner = margin + "  "
    opening, closing = "{}" if isinstance(value, dict) else "[]"
    if isinstance(value, dict):
        for key, found in value.items():
            yield f"{opening}{inner}{encode(key)}: "
            yield from _laid_out(found, encode, levels - 1, inner)
            opening = ","
    elif levels > 1:
        for found in value:
            yield f"{opening}{inner}"
            yield from _laid_out(found, encode, levels - 1, inner)
            opening = ","
    else:
        for start in range(0, len(value), _AT_ONCE):
            yield f"{opening}{inner}{_on_lines(value[start : start + _AT_ONCE], encode, inner)}"
            opening = ","
    yield f"{margin}{closing}"


def _on_lines(values: Sequence[object], encode: Callable[[object], str], margin: str) -> str:
    """The values with a comma and a margin between them."""
    between = f",{margin}"
    text = spaced(values, _decimal, between) if len(values) > LONG else None
    return between.join(map(encode, values)) if text is None else text


def _decimal(value: object) -> str:
    """A number that JSON text can hold and a float cannot, marked so that `_harmless` takes the quotes off."""
    if isinstance(value, Decimal):
        return f"{_MARK}{value}{_MARK}"
    raise TypeError(f"{type(value).__name__} is no JSON")


def _harmless(text: str) -> str:
    text = _EXACT.sub(r"\1", text) if _MARK in text else text
    return text if text.isascii() and "\x7f" not in text else _NOT_PLAIN.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character == "\x7f":
        return "\\u007f"
    return character if safe(character) else json.dumps(character)[1:-1]
