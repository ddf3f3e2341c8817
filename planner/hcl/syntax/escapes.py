"""The literal text between quotes or in a heredoc, and what it stands for."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SIGNS = r"\$\$\{|%%\{|\$(?=\$\$\{)|%(?=%%\{)|\$\$?|%%?|\n"
_QUOTED = rf"\\u[0-9a-fA-F]{{0,4}}|\\U[0-9a-fA-F]{{0,8}}|\\(?s:.)|\\|{_SIGNS}"
_BACKSLASH = 'Write \\\\ for a backslash; the others are \\n, \\r, \\t, \\", \\uXXXX and \\UXXXXXXXX.'
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


class EscapeError(ValueError):
    """An escape that stands for nothing; `start` and `end` are offsets into the text."""

    def __init__(self, message: str, start: int, end: int) -> None:
        super().__init__(message)
        self.start = start
        self.end = end


def split_literal(text: str, *, quoted: bool) -> Iterator[tuple[int, str]]:
    """The stretches of plain text and the escapes, each with its offset."""
    at = 0
    for found in re.finditer(_QUOTED if quoted else _SIGNS, text):
        if found.start() > at:
            yield at, text[at : found.start()]
        yield found.start(), found.group()
        at = found.end()
    if at < len(text):
        yield at, text[at:]


def decode_literal(text: str, *, quoted: bool) -> str:
    """What the literal stands for. Raises EscapeError for the first escape that is none."""
    if "\\" not in text and "{" not in text:
        return text
    parts = []
    for at, part in split_literal(text, quoted=quoted):
        if quoted and part[0] == "\\":
            parts.append(_escape(part, at))
        elif part in ("$${", "%%{"):
            parts.append(part[1:])
        else:
            parts.append(part)
    return "".join(parts)


def _escape(part: str, at: int) -> str:
    selector = part[1:2]
    if selector in _SIMPLE:
        return _SIMPLE[selector]
    if selector and selector in "uU":
        digits = 4 if selector == "u" else 8
        if len(part) != digits + 2:
            count, example = ("four", "\\u00e9") if digits == 4 else ("eight", "\\U0001f600")
            raise EscapeError(f"\\{selector} needs {count} hexadecimal digits, as in {example}.", at, at + len(part))
        code = int(part[2:], 16)
        if code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
            raise EscapeError(f"There is no character U+{code:04X}.", at, at + len(part))
        return chr(code)
    if not selector:
        raise EscapeError(f"The string ends after a backslash. {_BACKSLASH}", at, at + 1)
    raise EscapeError(f'"\\{selector}" is not an escape sequence. {_BACKSLASH}', at, at + len(part))
