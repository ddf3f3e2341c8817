"""The limit on calls of one account to one action, as the cloud has it: a number in each window of time."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

from msgspec import Struct


class Rate(Struct, frozen=True):
    """At most `calls` in each window of `seconds`."""

    calls: int
    seconds: float


class RateLimit:
    """Counts calls in windows that follow one another from the start: a throttled client may call again in the next."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._start = clock()
        self._window = 0
        self._counts: dict[tuple[str, str], int] = {}

    def take(self, account_id: str, action: str) -> float:
        """Take a place. Gives 0.0, or how many seconds are left until the next window: then none was taken."""
        passed = self._clock() - self._start
        window = math.floor(passed / self._rate.seconds)
        if window != self._window:
            self._window, self._counts = window, {}
        key = (account_id, action)
        if self._counts.get(key, 0) >= self._rate.calls:
            return (window + 1) * self._rate.seconds - passed
        self._counts[key] = self._counts.get(key, 0) + 1
        return 0.0
