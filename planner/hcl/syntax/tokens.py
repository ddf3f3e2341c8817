"""What the scanner makes of text."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from planner.diagnostics import Diagnostic

END: Final = "$END"
NEWLINE: Final = "NL_OR_COMMENT"
COMMENT: Final = "COMMENT"
LINE_BREAK: Final = "LINE_BREAK"
INVALID: Final = "INVALID"
TRIVIA: Final = frozenset((COMMENT, LINE_BREAK, INVALID))
"""Kinds that the parser passes over. Where something is invalid, the problem is reported beside the tokens."""


class Token(Struct):
    """One token; `text` is as in the source, from offset `start` to `end`."""

    kind: str
    text: str
    start: int
    end: int
    strip: bool = False  # of the marks that open and close a sequence: has a `~`
    heredoc: str = ""  # of a string's quotes: `<<` or `<<-` where it is a heredoc


class Misread(Struct, frozen=True):
    """A place in the text, from offset `start`, where no token is."""

    start: int
    diagnostic: Diagnostic
