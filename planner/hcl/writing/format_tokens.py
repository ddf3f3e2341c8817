"""The scanner's tokens as layout needs them: fewer kinds, and the spaces before each."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final

from msgspec import Struct

from planner.hcl.syntax.scanner import scan_all
from planner.hcl.syntax.tokens import COMMENT, INVALID, LINE_BREAK, NEWLINE, Token


class Kind(Enum):
    """What a piece of text is. One kind serves all punctuation, which its text identifies."""

    NEWLINE = auto()
    COMMENT = auto()
    NAME = auto()
    NUMBER = auto()
    OPENING_QUOTE = auto()
    CLOSING_QUOTE = auto()
    TEXT = auto()
    OPENING_HEREDOC = auto()
    CLOSING_HEREDOC = auto()
    OPEN = auto()
    CLOSE = auto()
    SEQUENCE_OPEN = auto()
    SEQUENCE_CLOSE = auto()
    OPERATOR = auto()
    OTHER = auto()


class LayoutToken(Struct):
    """A token and the spaces before it, which are all that layout changes."""

    kind: Kind
    text: str
    spaces: int = 0

    @property
    def ends_line(self) -> bool:
        return self.kind is Kind.NEWLINE or (self.kind is Kind.COMMENT and self.text.endswith("\n"))

    @property
    def is_open_comment(self) -> bool:
        """Whether this is a comment that its line break ends, and has none yet."""
        return self.kind is Kind.COMMENT and self.text.startswith(("#", "//")) and not self.text.endswith("\n")

    @property
    def nesting(self) -> int:
        """1 for what opens a bracket, -1 for what closes one, else 0."""
        kind = self.kind
        if kind is Kind.OPEN or kind is Kind.SEQUENCE_OPEN:
            return 1
        return -1 if kind is Kind.CLOSE or kind is Kind.SEQUENCE_CLOSE else 0


_KINDS: Final[dict[str, Kind]] = {
    NEWLINE: Kind.NEWLINE,
    LINE_BREAK: Kind.NEWLINE,
    COMMENT: Kind.COMMENT,
    INVALID: Kind.OTHER,
    "NAME": Kind.NAME,
    "INT_LITERAL": Kind.NUMBER,
    "FLOAT_LITERAL": Kind.NUMBER,
    "STRING_CHARS": Kind.TEXT,
    "INTERP_START": Kind.SEQUENCE_OPEN,
    "DIRECTIVE_START": Kind.SEQUENCE_OPEN,
    "LPAR": Kind.OPEN,
    "LSQB": Kind.OPEN,
    "LBRACE": Kind.OPEN,
    "RPAR": Kind.CLOSE,
    "RSQB": Kind.CLOSE,
    "RBRACE": Kind.CLOSE,
}
_SPLATS: Final = ("ATTR_SPLAT", "FULL_SPLAT_START")
_PIECE: Final = re.compile(r"\r?\n|[^ \t\r\n]")
_PIECE_KINDS: Final = {"[": Kind.OPEN, "]": Kind.CLOSE, "\n": Kind.NEWLINE, "\r\n": Kind.NEWLINE}


def layout_tokens(text: str) -> list[LayoutToken]:
    """All of the text as tokens; a comment that ends with its line has the line break in it."""
    laid: list[LayoutToken] = []
    inside: list[str] = []  # what is open: the kinds of quotes, sequences and braces
    for token in scan_all(text):
        if token.kind in _SPLATS:
            pieces = _PIECE.findall(token.text)
            laid.extend(LayoutToken(_PIECE_KINDS.get(piece, Kind.OPERATOR), piece) for piece in pieces)
            continue
        kind = _kind(token, inside)
        if kind is Kind.NEWLINE and laid and laid[-1].is_open_comment:
            laid[-1].text += token.text
        elif token.text:
            laid.append(LayoutToken(kind, token.text))
    return laid


def _kind(token: Token, inside: list[str]) -> Kind:
    """The kind of a token; `inside` is kept up to date."""
    if token.kind == "DBLQUOTE":
        closes = bool(inside) and inside[-1] == "DBLQUOTE"
        if closes:
            inside.pop()
            return Kind.CLOSING_HEREDOC if token.heredoc else Kind.CLOSING_QUOTE
        inside.append(token.kind)
        return Kind.OPENING_HEREDOC if token.heredoc else Kind.OPENING_QUOTE
    kind = _KINDS.get(token.kind, Kind.OPERATOR)
    if token.kind == "LBRACE" or kind is Kind.SEQUENCE_OPEN:
        inside.append(token.kind)
    elif token.kind == "RBRACE" and inside:
        return Kind.CLOSE if inside.pop() == "LBRACE" else Kind.SEQUENCE_CLOSE
    return Kind.NEWLINE if token.text.endswith("\n") and kind is Kind.OPERATOR else kind
