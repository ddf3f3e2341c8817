"""Threads that take turns stay on one core.

The threads of one interpreter run one at a time. Where the system spreads them over two cores, each turn moves all
that they touch from one core's cache to the other's: steps that are answered at once then take half as long again.
Threads that wait for a cloud do not care where they do it.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def on_one_core() -> Iterator[None]:
    """Keep this thread, and those that it starts meanwhile, on one of the cores it may use; where the system can."""
    if sys.platform != "linux":
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
