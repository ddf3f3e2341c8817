"""Text to the tokens that layout is made of.

A scanner beside the parser's, because layout needs what the parser passes over: comments, every line break, and texts
that are only a part of a file. It never fails: what is no token is one of kind OTHER.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Kind(Enum):
    """What a piece of text is. Punctuation is told apart by its text."""

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


@dataclass(slots=True)
class LayoutToken:
    """A token and the spaces before it, which are all that layout changes."""

    kind: Kind
    text: str
    spaces: int = 0

    @property
    def ends_line(self) -> bool:
        return self.kind is Kind.NEWLINE or (self.kind is Kind.COMMENT and self.text.endswith("\n"))

    @property
    def nesting(self) -> int:
        """1 for what opens a bracket, -1 for what closes one, else 0."""
        kind = self.kind
        if kind is Kind.OPEN or kind is Kind.SEQUENCE_OPEN:
            return 1
        return -1 if kind is Kind.CLOSE or kind is Kind.SEQUENCE_CLOSE else 0


_NAME: Final = r"[^\W\d](?:[\w-]|[^\x00-\x7f])*+"
_CODE: Final = re.compile(
    rf"""
    (?P<space>[ \t]+)
  | (?P<NEWLINE>\r?\n)
  | (?P<COMMENT>(?:\#|//)[^\n]*\n? | /\*(?s:.*?)\*/)
  | (?P<NAME>{_NAME})
  | (?P<NUMBER>[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)
  | (?P<OPENING_HEREDOC><<-?{_NAME}\r?\n)
  | (?P<OPENING_QUOTE>")
  | (?P<SEQUENCE_CLOSE>~\}})
  | (?P<OPEN>[\[({{])
  | (?P<CLOSE>[\])}}])
  | (?P<OPERATOR>==|!=|<=|>=|&&|\|\||=>|\.\.\.|::|[-+*/%<>!?:=.,])
  | (?P<OTHER>.)
    """,
    re.VERBOSE,
)
_QUOTED: Final = re.compile(r'(?:[^"\\$%\r\n]++|\\[^\r\n]|\$\$\{|%%\{|\$(?!\{)|%(?!\{)|\r(?!\n))++')
_HEREDOC: Final = re.compile(r"(?:[^$%\n]++|\$\$\{|%%\{|\$(?!\{)|%(?!\{))*+\n?")


def layout_tokens(text: str) -> list[LayoutToken]:
    """All of the text as tokens; a comment that ends with its line has the line break in it."""
    scanner = _Scanner(text)
    scanner.code()
    return scanner.tokens


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.spaces = 0
        self.tokens: list[LayoutToken] = []

    def _add(self, kind: Kind, text: str) -> None:
        self.tokens.append(LayoutToken(kind, text, self.spaces))
        self.at += len(text)
        self.spaces = 0

    def code(self) -> None:
        """Up to the end. What is inside of what is kept on a stack, so that no nesting is too deep."""
        inside: list[str] = []  # for each open brace "", for each sequence in a template that template's end
        while self.at < len(self.text):
            found = _CODE.match(self.text, self.at)
            assert found is not None  # noqa: S101 - the last alternative takes any character
            kind, piece = found.lastgroup or "", found.group()
            if kind == "space":
                self.spaces += len(piece)
                self.at += len(piece)
                continue
            ends_sequence = bool(inside and inside[-1]) and piece in ("}", "~}")
            self._add(Kind.SEQUENCE_CLOSE if ends_sequence else Kind[kind], piece)
            if piece == "{":
                inside.append("")
            elif ends_sequence or kind in ("OPENING_QUOTE", "OPENING_HEREDOC"):
                self._template(inside.pop() if ends_sequence else piece, inside)
            elif piece == "}" and inside:
                inside.pop()

    def _template(self, opened: str, inside: list[str]) -> None:
        """Literal text, up to the end of the template or into the next sequence."""
        while self.at < len(self.text):
            if self.text.startswith(("${", "%{"), self.at):
                strip = self.text.startswith("~", self.at + 2)
                self._add(Kind.SEQUENCE_OPEN, self.text[self.at : self.at + 2 + strip])
                inside.append(opened)
                return
            if opened == '"':
                if self._quoted():
                    return
            elif self._heredoc_line(opened):
                return

    def _quoted(self) -> bool:
        """Whether the string ends here."""
        run = _QUOTED.match(self.text, self.at)
        if run:
            self._add(Kind.TEXT, run.group())
            return False
        if self.text[self.at] == '"':
            self._add(Kind.CLOSING_QUOTE, '"')
        return True

    def _heredoc_line(self, opened: str) -> bool:
        """Whether the heredoc ends here."""
        if self.tokens[-1].text.endswith("\n"):
            line = self.text[self.at : (self.text.find("\n", self.at) + 1 or len(self.text) + 1) - 1].removesuffix("\r")
            if line.strip(" \t") == opened.lstrip("<-").rstrip():
                self._add(Kind.CLOSING_HEREDOC, line)
                return True
        run = _HEREDOC.match(self.text, self.at)
        self._add(Kind.TEXT, run.group() if run else self.text[self.at])
        return False
