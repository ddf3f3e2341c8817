"""Reading again what the cloud did not answer: a read changes nothing, so it is safe to repeat."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

T = TypeVar("T")


class ReadRetry(Struct, frozen=True):
    """How often a read is tried, and for how long; times are in seconds.

    Waits between tries double from `first_wait` on, with full jitter. No wait ends later than `timeout` after the first
    try began. Tests give a `clock` and a `sleep` of their own.
    """

    tries: int = 5
    first_wait: float = 0.2
    timeout: float = 10.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def read(self, ask: Callable[[], T], may_pass: Callable[[T], bool]) -> T:
        """What `ask` gives; asked again while the answer failed in a way that may pass. The last answer counts."""
        deadline = self.clock() + self.timeout
        for failures in range(self.tries - 1):
            answer = ask()
            if not may_pass(answer):
                return answer
            from random import uniform

            wait = uniform(0.0, self.first_wait * 2.0**failures)  # noqa: S311
            if self.clock() + wait > deadline:
                return answer
            self.sleep(wait)
        return ask()


DEFAULTS = ReadRetry()
