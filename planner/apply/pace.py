"""How fast the steps of an apply end, and how long the others take at that pace."""

from __future__ import annotations

from collections import deque

_WINDOW = 10.0
"""Seconds that are looked back at least, so that a burst of calls or a moment's rest sways nothing."""


class Pace:
    """Looks back for as long as two steps take. Times are in seconds, of a clock that only goes forward."""

    def __init__(self, began: float) -> None:
        self._began = began
        self._ends: deque[float] = deque()
        self._window = _WINDOW

    def step_done(self, now: float, seconds: float) -> None:
        """A step has ended well, which took so long."""
        self._ends.append(now)
        self._window = max(_WINDOW, 2 * seconds)

    def rate(self, now: float) -> float:
        """How many steps have ended a second, of late."""
        while self._ends and now - self._ends[0] > self._window:
            self._ends.popleft()
        watched = min(self._window, now - self._began)
        return len(self._ends) / watched if watched > 0 else 0.0

    def seconds_left(self, now: float, remaining: int, running: int) -> float | None:
        """How long the remaining steps take, of which some are running.

        None where nothing says so: no step has ended for a while, because one hangs that others wait for, or all that
        remain have begun.
        """
        rate = self.rate(now)
        if remaining <= running or not self._ends or now - self._ends[-1] > self._window / 2:
            return None
        return remaining / rate if rate else None
