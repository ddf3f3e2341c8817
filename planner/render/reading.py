"""The progress of reading a cloud: one line on a terminal that is redrawn, and cleared at the end."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from threading import Event, Thread
from time import monotonic

from planner.diagnostics import counted
from planner.render.terminal import CLEAR, Style, cut
from planner.threads import start

PATIENCE = 0.5
"""Seconds of reading that are not worth a word."""
_REDRAW_SECONDS = 0.1


class ReadingProgress:
    """Shows that a cloud is being read, to a user who has waited for a moment."""

    def __init__(self, write: Callable[[str], None], style: Style, patience: float = PATIENCE) -> None:
        self._write, self._style, self._patience = write, style, patience

    @contextlib.contextmanager
    def __call__(self, calls: Callable[[], int]) -> Iterator[None]:
        """While the cloud is read; `calls` gives how many calls have read it so far, since whenever."""
        over = Event()
        drawing = Thread(target=self._draw, args=(calls, calls(), over), name="reading", daemon=True)
        try:
            start(drawing)
        except MemoryError:  # nothing is shown then
            yield
            return
        try:
            yield
        finally:
            over.set()
            drawing.join()

    def _draw(self, calls: Callable[[], int], before: int, over: Event) -> None:
        began, pause, drawn = monotonic(), self._patience, False
        while not over.wait(pause):
            words = reading_words(calls() - before, monotonic() - began)
            self._write(CLEAR + cut(words, self._style.width - 1))
            pause, drawn = _REDRAW_SECONDS, True
        if drawn:
            self._write(CLEAR)


def reading_words(calls: int, seconds: float) -> str:
    """`Reading the cloud: 123 calls, 4 s`."""
    made = f"{counted(calls, 'call')}, " if calls else ""
    return f"Reading the cloud: {made}{seconds:.0f} s"
