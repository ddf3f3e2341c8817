"""Source excerpts: the lines of a place in the configuration, with the exact part underlined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from planner.diagnostics import counted
from planner.render.setting import Sources
from planner.render.terminal import Style, escape, width_of

if TYPE_CHECKING:
    from planner.entries import RangeEntry

TAB = "    "
LINES_SHOWN = 4
_CONTEXT = 24
"""How much of a long line is shown before the underlined part, in characters."""


class Line(Struct, frozen=True):
    """One source line, ready to be shown: what stands before the marked part, that part, and what follows it."""

    number: int
    before: str
    marked: str
    after: str


class Excerpt(Struct, frozen=True):
    """The lines of a place; `left_out` more lines of it are not shown."""

    lines: tuple[Line, ...]
    left_out: int = 0


class Files:
    """Source files, each split into lines once."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._lines: dict[str, list[str] | None] = {}

    def excerpt(self, place: RangeEntry | None, room: int = 160) -> Excerpt | None:
        """The lines of `place` (a range of a document), each about `room` columns at most, or None."""
        lines = self._of(place["filename"]) if place else None
        if not place or lines is None:
            return None
        first, last = place["start"]["line"], place["end"]["line"]
        if not 1 <= first <= len(lines):
            return None
        shown = range(first, min(last, len(lines), first + LINES_SHOWN - 1) + 1)
        return Excerpt(
            tuple(_line(number, lines[number - 1], *_columns(place, number), room) for number in shown),
            max(0, min(last, len(lines)) - shown.stop + 1),
        )

    def _of(self, filename: str) -> list[str] | None:
        if filename not in self._lines:
            text = self._sources(filename)
            self._lines[filename] = None if text is None else text.split("\n")
        return self._lines[filename]


def _columns(place: RangeEntry, number: int) -> tuple[int, int | None]:
    """Where the marked part of line `number` starts, counting from 0, and where it ends (None: with the line)."""
    start = place["start"]["column"] - 1 if number == place["start"]["line"] else 0
    end = place["end"]["column"] - 1 if number == place["end"]["line"] else None
    return max(0, start), end


def _line(number: int, raw: str, start: int, end: int | None, room: int) -> Line:
    text = raw.removesuffix("\r")
    stop = len(text) if end is None else max(end, start)
    if start == 0:
        start = len(text[:stop]) - len(text[:stop].lstrip())
    before, marked, after = text[:start], text[start:stop], text[stop:]
    if len(text) > room:
        before, marked, after = _trimmed(before, marked, after, room)
    return Line(number, _shown(before), _shown(marked), _shown(after))


def _trimmed(before: str, marked: str, after: str, room: int) -> tuple[str, str, str]:
    """The same three parts, cut so that together they have about `room` characters; the marked part goes first."""
    if len(before) > _CONTEXT:
        before = "…" + before[-_CONTEXT:]
    if len(marked) > room - len(before):
        return before, marked[: max(1, room - len(before))] + "…", ""
    left = room - len(before) - len(marked)
    return before, marked, after if len(after) <= left else after[:left] + "…"


def _shown(text: str) -> str:
    return TAB.join(escape(part) for part in text.split("\t"))


def excerpt_text(excerpt: Excerpt, style: Style, indent: str = "  ") -> list[str]:
    """The excerpt as lines of text: the source, and below each line a row of carets."""
    gutter = len(str(excerpt.lines[-1].number))
    lines: list[str] = []
    for line in excerpt.lines:
        lines.append(
            f"{indent}{style.dim(f'{line.number:>{gutter}} │')} {line.before}{style.bold(line.marked)}{line.after}"
        )
        carets = "^" * max(1, width_of(line.marked))
        lines.append(f"{indent}{' ' * gutter} {style.dim('│')} {' ' * width_of(line.before)}{style.red(carets)}")
    if excerpt.left_out:
        lines.append(f"{indent}{' ' * gutter} {style.dim('│')} … {counted(excerpt.left_out, 'more line')}")
    return lines


def place_text(place: RangeEntry | None) -> str:
    """`main.hcl:12`, or nothing."""
    return f"{escape(place['filename'])}:{place['start']['line']}" if place else ""
