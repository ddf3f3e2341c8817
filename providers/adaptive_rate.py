"""How fast to call: as fast as the cloud lets us, found out by calling.

Until the cloud refuses a call there is no limit. The first refusal gives a ceiling: what the cloud took in the second
before it. From then on calls wait in line, and the pace is a share of the ceiling::

    share of
    the ceiling            refused again
      1 │        ╭──────···╱      ╭──────···╱
        │      ╭─╯         │    ╭─╯
     1/2│ ─╮ ╭─╯           ╰─┬──╯
     1/8│  ╰─╯               │
        └───┬──┬───────────┬─┬───────────────── time
      refused  taken  refused taken

A refusal halves the pace, and so does each one after it until a call is taken again: mostly the cloud has had its
calls for this second, or this minute, and asking shows only when the next begins. What is taken brings the pace back
within moments to just below the ceiling; from there it feels its way up, ever bolder, until the next refusal. The
ceiling itself sinks once a second at most, to what the cloud has been seen to take or by a part.

Calls that were under way when the pace was halved were made at the old one: their refusals say nothing new. So each
halving begins an era, and who calls says in which era the call began.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

_WINDOW = 1.0
"""Seconds over which the calls that the cloud took are counted."""
_RECOVERY = 0.2
"""Seconds from half the ceiling back to the plateau."""
_PLATEAU = 0.98
_SINKING = 0.7
"""The least part of the ceiling that is left of it after a refusal."""
_QUICK_HALVINGS = 3
"""How often the pace is halved without delay; after that once a window."""
_LATENESS = 0.05
"""Seconds by which a call may be late, on a busy machine, without those behind it being late as well."""
_FIRST_GUESS = 20.0
"""Calls a second to go on with at least, after the first refusal."""
_SLOWEST = 1.0
"""Calls a second, however often the cloud refuses: what its documentation advises to probe with."""


class AdaptiveRate:
    """The pace of one provider's calls of one action. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, first_guess: float = 0.0) -> None:
        """`first_guess` is what the cloud may take in a second, where more of that is known than of most clouds."""
        self._clock, self._first_guess = clock, max(_FIRST_GUESS, first_guess)
        self._turnstile = threading.Lock()
        self._lock = threading.Lock()
        self._taken: deque[float] = deque()
        self._ceiling: float | None = None
        self._sank_at = 0.0
        self._halvings = 0
        self._turned_at = 0.0
        self._era = 0
        self._next = 0.0

    @property
    def rate(self) -> float | None:
        """Calls a second now; None while there is no limit."""
        with self._lock:
            return None if self._ceiling is None else self._pace(self._ceiling, self._clock())

    @property
    def taken(self) -> float:
        """Calls a second that the cloud took of late."""
        with self._lock:
            self._forget(self._clock())
            return len(self._taken) / _WINDOW

    def turn(self, wait: Callable[[float], bool]) -> int | None:
        """Stand in line until a call is due, and give the era in which it begins.

        `wait` waits so many seconds, or says True where the waiting is over: None then. Only who is first in line
        waits for a time, so that a new pace holds for all the others at once.
        """
        if self._ceiling is None:
            return self._era
        with self._turnstile:
            while (seconds := self.due_in()) > 0.0:
                if wait(seconds):
                    return None
            return self.take()

    def due_in(self) -> float:
        """In how many seconds the next call is due."""
        return 0.0 if self._ceiling is None else max(0.0, self._next - self._clock())

    def take(self) -> int:
        """Begin the call that is due, and give its era."""
        with self._lock:
            if self._ceiling is not None:
                now = self._clock()
                self._next = max(now - _LATENESS, self._next) + 1.0 / self._pace(self._ceiling, now)
            return self._era

    def succeeded(self, era: int) -> None:
        """The cloud took a call that began in this era."""
        with self._lock:
            now = self._clock()
            self._taken.append(now)
            self._forget(now)
            if self._halvings and era == self._era and self._ceiling is not None:
                self._halvings, self._turned_at = 0, now
                self._next = min(self._next, now + 1.0 / self._pace(self._ceiling, now))

    def throttled(self, era: int) -> None:
        """The cloud refused a call that began in this era, because there were too many."""
        with self._lock:
            if era != self._era:
                return
            now = self._clock()
            self._ceiling = self._ceiling_after_refusal(now)
            if self._halvings < _QUICK_HALVINGS or now - self._turned_at >= _WINDOW:
                self._halvings, self._turned_at = self._halvings + 1, now
            self._era += 1
            self._next = now + 1.0 / self._pace(self._ceiling, now)

    def _ceiling_after_refusal(self, now: float) -> float:
        self._forget(now)
        seen = len(self._taken) / _WINDOW
        if self._ceiling is None:
            self._sank_at = now
            return max(self._first_guess, seen)
        if self._halvings or now - self._sank_at < _WINDOW:
            return self._ceiling
        self._sank_at = now
        return max(_SLOWEST, seen, _SINKING * max(self._ceiling, self._pace(self._ceiling, now)))

    def _pace(self, ceiling: float, now: float) -> float:
        return max(_SLOWEST, ceiling * self._share(now - self._turned_at))

    def _share(self, since: float) -> float:
        """The share of the ceiling that is called for, so many seconds after the last turn of the pace."""
        if self._halvings:
            return 0.5**self._halvings
        if since < _RECOVERY:
            return _PLATEAU - (_PLATEAU - 0.5) * (1.0 - since / _RECOVERY) ** 3
        beyond = since - _RECOVERY
        return _PLATEAU + 0.01 * beyond + 0.01 * beyond**3

    def _forget(self, now: float) -> None:
        while self._taken and now - self._taken[0] > _WINDOW:
            self._taken.popleft()
