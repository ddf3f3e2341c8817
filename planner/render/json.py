"""Documents as JSON text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from decimal import Decimal

from planner.render.terminal import safe

_EXACT = re.compile(r'"\\u0000(-?[\d.]+(?:E[+-]?\d+)?)\\u0000"')
_NOT_PLAIN = re.compile(r"[^\x00-\x7e]")


def json_text(document: object, levels: int = 2) -> str:
    """`document` for people and programs: so many levels indented, what is deeper on a line each, keys in their order.

    What could steer a terminal is written as a JSON escape, other letters stay readable; a Decimal keeps every digit.
    A document of 100,000 steps is written in seconds, as only the levels that are indented are walked in Python.
    """
    encoder = json.JSONEncoder(ensure_ascii=False, default=_decimal)
    return _harmless(_laid_out(document, encoder.encode, levels)) + "\n"


def json_line(document: object) -> str:
    """`document` on one line, for streams of events."""
    return _harmless(json.dumps(document, ensure_ascii=False, separators=(",", ":"), default=_decimal)) + "\n"


def _laid_out(value: object, encode: Callable[[object], str], levels: int, margin: str = "\n") -> str:
    if not levels or not value or not isinstance(value, (dict, list, tuple)):
        return encode(value)
    inner = margin + "  "
    if isinstance(value, dict):
        members = [f"{encode(key)}: {_laid_out(found, encode, levels - 1, inner)}" for key, found in value.items()]
        return f"{{{inner}{f',{inner}'.join(members)}{margin}}}"
    return f"[{inner}{f',{inner}'.join(_laid_out(found, encode, levels - 1, inner) for found in value)}{margin}]"


def _decimal(value: object) -> str:
    """A number that JSON text can hold and a float cannot, marked so that `_harmless` takes the quotes off."""
    if isinstance(value, Decimal):
        return f"\0{value}\0"
    raise TypeError(f"{type(value).__name__} is no JSON")


def _harmless(text: str) -> str:
    text = _EXACT.sub(r"\1", text) if "\\u0000" in text else text
    return text if text.isascii() and "\x7f" not in text else _NOT_PLAIN.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character == "\x7f":
        return "\\u007f"
    return character if safe(character) else json.dumps(character)[1:-1]
