"""The terminal: hostile text made harmless, colours, widths.

Names come from the cloud, from the configuration and from the command line, and none of them may steer a terminal:
control characters, ANSI escapes, marks that turn the reading direction and invisible characters are shown in HCL's
own notation (`\\u001b`), and a name that fills screens is shortened.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from msgspec import Struct

NAME_LIMIT = 200
"""How much of one name or value is shown, in characters."""
_ADDRESS_LIMIT = 4_000
"""How much of an address is."""
_ALIGNED = 60
"""How wide a cell may be that the cells below it are aligned with."""
ENDLESS = 10_000
"""The width of what is no terminal: nothing is wrapped there."""

_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_COMMAND = re.compile(r"^\s*::|##(?=\[)")
"""What a pipeline takes for a command: `::` only where a line begins with it, `##[` wherever it stands."""
_KEY = r'\["(?:[^"\\]|\\.)*"\]'
"""A key in an address."""
GLUE = "\0"
"""Stands for a space at which no line is broken: no text that is shown has the character."""
_RANGES_SHOWN = 4
_COLOURS = r"\x1b\[[0-9;]*m"
CLEAR = "\r\x1b[K\x1b[J"
"""Clears the live line, and then what of it is below: a terminal that became narrower may show one line as two.

The line goes first: tmux keeps in its history what is cleared with all of the screen.
"""
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


def whole(text: object) -> str:
    """An address, ready to be shown on one line: in one piece, as it is searched for and pasted.

    Only what is longer than any command that can be pasted is shortened.
    """
    return name(text, _ADDRESS_LIMIT)


def prose(text: object, limit: int = 4000) -> str:
    """Sentences that quote foreign names, ready to be shown; their line breaks stay."""
    return escape_lines(shorten(str(text), limit))


def width_of(text: str) -> int:
    """How many columns `text` takes on a terminal: wide East Asian characters two, combining marks and colours none."""
    text = re.sub(_COLOURS, "", text) if "\x1b" in text else text
    if text.isascii():
        return len(text)
    return sum(1 if character.isascii() else _columns(character) for character in text)


def _columns(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def pad(text: str, columns: int) -> str:
    """`text` followed by the spaces that make it `columns` wide."""
    return text + " " * max(0, columns - width_of(text))


class Style(Struct, frozen=True):
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

    def wrap(self, text: str, indent: str = "", after: str | None = None) -> list[str]:
        """`text` in lines that fit the width, each begun with `indent`, or from the second on with `after`.

        A line that is indented stays as it is, and so does a word that is longer than a line: what can be pasted stays
        in one piece. An address is one word whatever its keys are, and `GLUE` joins what else is to be.
        """
        lines: list[str] = []
        for line in text.split("\n"):
            if line[:1].isspace():
                lines.append((indent + line).rstrip())
            else:
                lines += self._filled(line, indent, indent if after is None else after)
        return lines

    def _filled(self, line: str, indent: str, after: str) -> list[str]:
        lines = [indent]
        begun = False
        for glued in re.sub(_KEY, lambda key: key[0].replace(" ", GLUE), line).split(" "):
            word = glued.replace(GLUE, " ")
            if begun and width_of(lines[-1]) + 1 + width_of(word) > self.width:
                lines[-1] = lines[-1].rstrip()
                lines.append(after)
                begun = False
            if begun:
                lines[-1] += f" {word}"
            elif word:
                lines[-1] += _disarmed(word) if len(lines) > 1 else word
                begun = True
        return [*lines[:-1], lines[-1].rstrip()]


PLAIN = Style()


def columns(rows: Iterable[tuple[str, ...]], gap: int = 2) -> list[str]:
    """`rows` as lines whose cells stand below each other."""
    table = list(rows)
    if not table:
        return []
    widths = [_aligned(map(width_of, column)) for column in zip(*table, strict=True)]
    return [
        (" " * gap).join(pad(cell, width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in table
    ]


def _aligned(widths: Iterable[int]) -> int:
    """The width of a column; a cell that is far wider stands out instead of moving all others."""
    return max((width for width in widths if width <= _ALIGNED), default=_ALIGNED)


def table(rows: Iterable[tuple[str, ...]], style: Style, least: int, gap: int = 2) -> list[list[str]]:
    """The lines of each row, none wider than there is room.

    As many cells of a row as fit for all rows stand below each other, but never fewer than `least`; the others follow
    on lines of their own, below the last of the least.
    """
    listed = list(rows)
    kept = len(listed[0]) if listed else least
    lines = columns(listed, gap)
    while kept > least and max(map(width_of, lines)) > style.width:
        kept -= 1
        lines = columns([row[:kept] for row in listed], gap)
    lead = [max(width_of(row[column]) for row in listed) for column in range(least - 1)] if listed else []
    indent = " " * (sum(lead) + gap * len(lead) + gap)
    rests = ((" " * gap).join(filter(None, row[kept:])).strip() for row in listed)
    return [[line, *(style.wrap(rest, indent) if rest else [])] for line, rest in zip(lines, rests, strict=True)]


def id_ranges(ids: Iterable[int]) -> str:
    """`1, 3–7`; where that would be long, `1, 3, …, 379`: the first ones and the last."""
    ordered = sorted(ids)
    ranges: list[list[int]] = []
    for one in ordered:
        if ranges and one == ranges[-1][1] + 1:
            ranges[-1][1] = one
        else:
            ranges.append([one, one])
    if len(ranges) > _RANGES_SHOWN:
        return f"{ordered[0]}, {ordered[1]}, …, {ordered[-1]}"
    return ", ".join(str(low) if low == high else f"{low}–{high}" for low, high in ranges)


def cut(text: str, width: int) -> str:
    """`text` cut so that it stays on one line of a terminal."""
    if width_of(text) <= width:
        return text
    while text and width_of(text) >= width:
        text = text[:-1]
    return text + "…"


def cut_middle(text: str, width: int) -> str:
    """`text` without its middle where it is wider than `width`: ids differ at their ends."""
    if width_of(text) <= width:
        return text
    for kept in range(min(len(text), width) - 1, 0, -1):
        shown = f"{text[: kept - kept // 2]}…{text[len(text) - kept // 2 :]}"
        if width_of(shown) <= width:
            return shown
    return "…"


def live_line(text: str, end: str, width: int) -> str:
    """What draws a live line on a terminal of this width; `text` is cut where there is no room for all, before `end`.

    The cursor is left where the line begins: where a terminal that becomes narrower breaks the line, `CLEAR` still
    clears all of it, and nothing above.
    """
    room = width - 1 - width_of(end)
    return f"{CLEAR}{cut(text, room) + end if room > 0 else cut(text, width - 1)}\r"
