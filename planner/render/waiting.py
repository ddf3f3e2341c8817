"""What the user waits for, and how long already: the live line of a terminal, or lines of a log now and then."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from threading import Event, Lock, Thread
from time import monotonic

from msgspec import Struct

from planner.threads import start
from planner.waits import Words

PATIENCE = 0.5
"""Seconds of waiting that are not worth a word."""
SILENT_SECONDS = 30.0
"""After so long without a line, a log gets one that says how far `cl` is."""
_REDRAW_SECONDS = 0.1

Show = Callable[[str, str], object]
"""Draws the live line: what may be cut, and the end that stays. Clears it where both are empty."""
Write = Callable[[str], object]


class _Wait(Struct, frozen=True, eq=False):
    words: Words
    began: float


class Waiting:
    """Shows what the user waits for, once that has taken a moment: of several things the one that began last.

    Threads may share it. The thread that draws lives as long as something is waited for.
    """

    def __init__(
        self,
        show: Show,
        patience: float = PATIENCE,
        clock: Callable[[], float] = monotonic,
        *,
        every: float = _REDRAW_SECONDS,
    ) -> None:
        """It is shown after `patience` seconds, and again every so many."""
        self._show, self._patience, self._clock, self._every = show, patience, clock, every
        self._lock = Lock()
        self._waits: list[_Wait] = []
        self._quiet = 0
        self._drawn = False
        self._drawing: tuple[Thread, Event] | None = None

    @contextlib.contextmanager
    def __call__(self, words: Words) -> Iterator[None]:
        """While this is waited for."""
        wait = _Wait(words, self._clock())
        try:
            self._begin(wait)
            yield
        finally:
            self._end(wait)

    @contextlib.contextmanager
    def quiet(self) -> Iterator[None]:
        """While the line is for something else, such as the answer to a question."""
        with self._lock:
            self._quiet += 1
            self._clear()
        try:
            yield
        finally:
            self._quiet -= 1

    def _begin(self, wait: _Wait) -> None:
        with self._lock:
            self._waits.append(wait)
            # What begins while nothing is drawn is brief, such as a write to a journal: no thread is started for it.
            if self._drawing is None and not self._quiet:
                over = Event()
                thread = Thread(target=self._draw, args=(over,), name="waiting", daemon=True)
                with contextlib.suppress(MemoryError):  # nothing is shown then
                    start(thread)
                    self._drawing = thread, over

    def _end(self, wait: _Wait) -> None:
        with self._lock:
            self._waits = [one for one in self._waits if one is not wait]
            if self._waits or self._drawing is None:
                return
            (thread, over), self._drawing = self._drawing, None
            self._clear()
        over.set()
        thread.join()

    def _draw(self, over: Event) -> None:
        pause = self._patience
        while not over.wait(pause):
            pause = self._every
            with self._lock:
                now = self._clock()
                shown = self._to_show(now)
                if shown is not None and not self._quiet:
                    self._show(shown.words(), f" … {duration(now - shown.began)}")
                    self._drawn = True

    def _to_show(self, now: float) -> _Wait | None:
        """What began last, unless that was just now: it may be over at once."""
        if not self._waits or now - self._waits[0].began < self._patience:
            return None
        brief = min(_REDRAW_SECONDS, self._patience)
        return next((one for one in reversed(self._waits) if now - one.began >= brief), None)

    def _clear(self) -> None:
        if self._drawn:
            self._show("", "")
            self._drawn = False


def logged(write: Write, seconds: float = SILENT_SECONDS) -> Waiting:
    """The same for a log: a line after so many seconds, and again every so many."""

    def show(words: str, end: str) -> None:
        if words:
            write(f"{words}{end}\n")

    return Waiting(show, seconds, every=seconds)


def duration(seconds: float) -> str:
    """`45 s`, `3 min`, `2 h 5 min`."""
    whole = round(seconds)
    if whole < 90:
        return f"{whole} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
