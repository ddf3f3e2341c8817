"""Documents as JSON text."""

from __future__ import annotations

import json
import re
from typing import Any

from planner.render.terminal import safe

_NOT_PLAIN = re.compile(r"[^\x00-\x7e]")


def json_text(document: Any) -> str:
    """`document` for people and programs: indented, keys in the document's own order, a line break at the end.

    What could steer a terminal is written as a JSON escape; other letters stay readable.
    """
    return _harmless(json.dumps(document, indent=2, ensure_ascii=False)) + "\n"


def json_line(document: Any) -> str:
    """`document` on one line, for streams of events."""
    return _harmless(json.dumps(document, ensure_ascii=False, separators=(",", ":"))) + "\n"


def _harmless(text: str) -> str:
    return text if text.isascii() and "\x7f" not in text else _NOT_PLAIN.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match[0]
    if character == "\x7f":
        return "\\u007f"
    return character if safe(character) else json.dumps(character)[1:-1]
