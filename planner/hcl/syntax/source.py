"""A text with a name, and the lines and columns of its parts."""

from __future__ import annotations

from bisect import bisect_right
from functools import cached_property

from planner.diagnostics import Position, Span


class Source:
    """Text that comes from `filename`, where it begins at `start`."""

    def __init__(self, text: str, filename: str, start: Position = Position(1, 1)) -> None:  # noqa: B008 (immutable)
        self.text = text
        self.filename = filename
        self.start = start

    @cached_property
    def _line_starts(self) -> list[int]:
        starts = [0]
        at = self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    def position(self, offset: int) -> Position:
        """Where the character at `offset` is, counted from the start of the file."""
        return self._in_line(bisect_right(self._line_starts, offset) - 1, offset)

    def span(self, start: int, end: int) -> Span:
        starts = self._line_starts
        line = last = bisect_right(starts, start) - 1
        if last + 1 < len(starts) and end >= starts[last + 1]:  # most end in the line that they begin in
            last = bisect_right(starts, end) - 1
        return Span(self.filename, self._in_line(line, start), self._in_line(last, end))

    def _in_line(self, line: int, offset: int) -> Position:
        column = offset - self._line_starts[line] + 1
        if line == 0:
            column += self.start.column - 1
        return Position(line + self.start.line, column)
