"""How fast to call: as fast as the cloud lets us, found out by calling.

Until the cloud refuses a call there is no limit. Then the rate halves, comes back within moments to just below what
the cloud was last seen to take, and feels its way up from there, ever bolder, until the next refusal::

    rate
    limit │      ╭──────···╱        ╭──────···╱
          │   ╭──╯         │     ╭──╯
    half  │ ──╯            ╰── ──╯
          └───┬────────────┬────┬─────────────── time
           refused      refused
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable

_WINDOW = 1.0
"""Seconds over which the calls that the cloud took are counted, and in which the rate is halved at most once."""
_RECOVERY = 0.4
"""Seconds from half the rate back to the plateau."""
_PLATEAU = 0.98
_FIRST_GUESS = 20.0
"""Calls a second to go on with where the cloud refused before it took a single call."""
_SLOWEST = 1.0
"""Calls a second, however often the cloud refuses: what its documentation advises to probe with."""


class AdaptiveRate:
    """The pace of one provider's calls of one action. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._taken: deque[float] = deque()
        self._ceiling: float | None = None
        self._began: float | None = None
        self._refused_at = 0.0
        self._next = 0.0
        self._refusals = 0

    @property
    def refusals(self) -> int:
        """For how many windows the cloud has refused calls and taken none: how hard it is to get through just now."""
        return self._refusals

    def reserve(self) -> float:
        """Take the next place, and return in how many seconds it is due."""
        with self._lock:
            now = self._clock()
            if self._ceiling is None:
                self._began = now if self._began is None else self._began
                return 0.0
            due = max(now, self._next)
            self._next = due + 1.0 / self._rate(now)
            return due - now

    def succeeded(self) -> None:
        """The cloud took a call."""
        with self._lock:
            now = self._clock()
            self._refusals = 0
            self._taken.append(now)
            self._forget(now)

    def throttled(self) -> None:
        """The cloud refused a call because there were too many."""
        with self._lock:
            now = self._clock()
            if self._ceiling is not None and now - self._refused_at < _WINDOW:
                return
            self._refusals += 1
            self._ceiling = max(_SLOWEST, self._seen(now), self._rate(now) / 2 if self._ceiling else 0.0)
            self._refused_at = now
            self._next = max(now, self._next)

    def _seen(self, now: float) -> float:
        """Calls a second that the cloud took of late."""
        self._forget(now)
        if not self._taken and self._ceiling is None:
            return _FIRST_GUESS
        since = now - (self._began or 0.0)
        return len(self._taken) / min(_WINDOW, max(since, 0.001))

    @property
    def rate(self) -> float | None:
        """Calls a second now; None while there is no limit."""
        with self._lock:
            return None if self._ceiling is None else self._rate(self._clock())

    def _rate(self, now: float) -> float:
        ceiling = self._ceiling or _SLOWEST
        since = now - self._refused_at
        if since < _RECOVERY:
            missing = (1.0 - since / _RECOVERY) ** 3
            return max(_SLOWEST, ceiling * (_PLATEAU - (_PLATEAU - 0.5) * missing))
        beyond = since - _RECOVERY
        return ceiling * (_PLATEAU + 0.01 * beyond + 0.005 * beyond**3)

    def _forget(self, now: float) -> None:
        while self._taken and now - self._taken[0] > _WINDOW:
            self._taken.popleft()
