"""Threads that only take turns stay on one core.

The threads of one interpreter run one at a time. Spread over two cores, each turn moves what they touch from one core's
cache to the other's. Where calls are answered from this process, a step takes 70 µs of processor time on two quiet
cores and 27 µs on one (`benchmarks/apply_speed.py`). Threads that wait for a cloud far away are left alone.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterable, Iterator

from providers.base import Provider


@contextlib.contextmanager
def on_one_core(providers: Iterable[Provider]) -> Iterator[None]:
    """Keep this thread, and those that it starts, on one of the cores it may use.

    Nothing is done where a provider's cloud may take a while to show what it accepted: that one is no file. The same
    where the system cannot do it.
    """
    if sys.platform != "linux" or any(provider.settle_seconds for provider in providers):
        yield
        return
    allowed: set[int] = set()
    with contextlib.suppress(OSError):
        allowed = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {sorted(allowed)[os.getpid() % len(allowed)]})
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            os.sched_setaffinity(0, allowed)  # an empty set is refused, and changes nothing
