"""The terminal: hostile text made harmless, colours, widths.

Names come from the cloud, from the configuration and from the command line, and none of them may steer a terminal:
control characters, ANSI escapes, marks that turn the reading direction and invisible characters are shown in HCL's
own notation (`\\u001b`), and a name that fills screens is shortened.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from textwrap import wrap as wrap_plain

NAME_LIMIT = 200
"""How much of one name or value is shown, in characters."""

_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_COMMAND = re.compile(r"^\s*::|##(?=\[)")
"""What a pipeline takes for a command: `::` only where a line begins with it, `##[` wherever it stands."""
_RANGES_SHOWN = 4
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def safe(character: str) -> bool:
    """Whether this one character can be shown as it is."""
    return unicodedata.category(character) not in _UNSAFE_CATEGORIES


def escape(text: object) -> str:
    """`text` with every character that could steer a terminal or mislead a reader shown as an HCL escape.

    So is the mark of a workflow command, which a pipeline would obey where it reads one in its log.
    """
    plain = _disarmed(str(text))
    if plain.isascii() and plain.isprintable():
        return plain
    return "".join(_escaped(character) for character in plain)


def _disarmed(line: str) -> str:
    return _COMMAND.sub(lambda mark: f"{mark[0][:-1]}\\u{ord(mark[0][-1]):04x}", line)


def _escaped(character: str) -> str:
    if safe(character):
        return character
    code = ord(character)
    return _SHORT.get(character) or (f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}")


def escape_lines(text: object) -> str:
    """As `escape`, but line breaks stay: for text of our own that quotes foreign names."""
    return "\n".join(escape(line) for line in str(text).split("\n"))


def shorten(text: str, limit: int = NAME_LIMIT) -> str:
    """`text`, or where it is longer than `limit` its beginning and end with what was left out in between."""
    if len(text) <= limit:
        return text
    return f"{text[: limit // 2]}…({len(text) - limit:,} characters)…{text[-(limit - limit // 2) :]}"


def name(text: object, limit: int = NAME_LIMIT) -> str:
    """A foreign name, ready to be shown on one line."""
    return escape(shorten(str(text), limit))


def prose(text: object, limit: int = 4000) -> str:
    """Sentences that quote foreign names, ready to be shown; their line breaks stay."""
    return escape_lines(shorten(str(text), limit))


def width_of(text: str) -> int:
    """How many columns `text` takes on a terminal: wide East Asian characters two, combining marks and colours none."""
    text = _COLOURS.sub("", text) if "\x1b" in text else text
    if text.isascii():
        return len(text)
    return sum(_columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def pad(text: str, columns: int) -> str:
    """`text` followed by the spaces that make it `columns` wide."""
    return text + " " * max(0, columns - width_of(text))


@dataclass(frozen=True, slots=True)
class Style:
    """How to write for people: in colour or plain, and how many columns there are."""

    color: bool = False
    width: int = 100

    def _sgr(self, code: str, text: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.color and text else text

    def bold(self, text: str) -> str:
        return self._sgr("1", text)

    def dim(self, text: str) -> str:
        return self._sgr("2", text)

    def red(self, text: str) -> str:
        return self._sgr("31", text)

    def green(self, text: str) -> str:
        return self._sgr("32", text)

    def yellow(self, text: str) -> str:
        return self._sgr("33", text)

    def cyan(self, text: str) -> str:
        return self._sgr("36", text)

    def wrap(self, text: str, indent: str = "") -> list[str]:
        """`text` in lines that fit the width, each begun with `indent`. A line that is indented stays as it is."""
        lines: list[str] = []
        room = max(20, self.width - len(indent))
        for line in text.split("\n"):
            if line[:1].isspace() or width_of(line) <= room:
                lines.append((indent + line).rstrip())
            else:
                lines += [
                    indent + _disarmed(part)
                    for part in wrap_plain(line, room, break_long_words=False, break_on_hyphens=False)
                ]
        return lines


PLAIN = Style()


def columns(rows: Iterable[tuple[str, ...]], gap: int = 2) -> list[str]:
    """`rows` as lines whose cells stand below each other."""
    table = list(rows)
    if not table:
        return []
    widths = [max(width_of(cell) for cell in column) for column in zip(*table, strict=True)]
    return [
        (" " * gap).join(pad(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
    ]


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 link`, `2,000 links`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def id_ranges(ids: Iterable[int]) -> str:
    """`1, 3–7`; where that would be long, the ends."""
    ordered = sorted(ids)
    ranges: list[list[int]] = []
    for one in ordered:
        if ranges and one == ranges[-1][1] + 1:
            ranges[-1][1] = one
        else:
            ranges.append([one, one])
    if len(ranges) > _RANGES_SHOWN:
        return f"{ordered[0]}…{ordered[-1]}"
    return ", ".join(str(low) if low == high else f"{low}–{high}" for low, high in ranges)
