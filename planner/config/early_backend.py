"""Whether a file declares a backend, by its tokens alone: much sooner than by reading the whole configuration."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Final

_OPENING: Final = frozenset(("LBRACE", "LPAR", "LSQB", "INTERP_START", "DIRECTIVE_START"))
_CLOSING: Final = frozenset(("RBRACE", "RPAR", "RSQB"))


def may_declare_backend(text: str, filename: str) -> bool:
    """Whether a `cl` block of this text has a `backend` block. True if the text is too broken to know."""
    if filename.endswith(".json"):
        return _in_json(text)
    return "backend" in text and _in_tokens(text)  # most files have no such word, and need no scanner


def _in_tokens(text: str) -> bool:
    from planner.hcl.syntax.scanner import scan_all
    from planner.hcl.syntax.tokens import COMMENT, INVALID, LINE_BREAK, NEWLINE

    depth = 0
    is_settings = False
    before = NEWLINE
    for token in scan_all(text):
        if token.kind in (COMMENT, LINE_BREAK):
            continue
        if token.kind == INVALID:
            return True
        if token.kind == "NAME" and before in (NEWLINE, "LBRACE", "RBRACE"):
            if depth == 0:
                is_settings = token.text == "cl"
            elif depth == 1 and is_settings and token.text == "backend":
                return True
        depth += (token.kind in _OPENING) - (token.kind in _CLOSING)
        before = token.kind
    return depth != 0


def _in_json(text: str) -> bool:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return "backend" in text
    return any("backend" in settings for body in _objects(document) for settings in _objects(body.get("cl")))


def _objects(found: object) -> Iterator[Mapping[str, object]]:
    """The objects of a JSON value that is one or a list of them."""
    for one in found if isinstance(found, list) else [found]:
        if isinstance(one, dict):
            yield one
