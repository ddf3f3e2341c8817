"""A limit on calls a second."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable


class RateLimit:
    """At most `rate` calls in any second, counted in this process; below one, a call in `1 / rate` seconds."""

    def __init__(self, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._calls = max(1, int(rate))
        self._window = self._calls / rate
        self._clock = clock
        self._taken: deque[float] = deque()
        self._lock = threading.Lock()

    def take(self) -> float:
        """Take a place. Gives 0.0, or how many seconds are left until there is one: then none was taken."""
        with self._lock:
            now = self._clock()
            while self._taken and now - self._taken[0] >= self._window:
                self._taken.popleft()
            if len(self._taken) < self._calls:
                self._taken.append(now)
                return 0.0
            return self._window - (now - self._taken[0])

    def wait(self) -> None:
        """Take a place as soon as there is one."""
        while (left := self.take()) > 0:
            time.sleep(left)
