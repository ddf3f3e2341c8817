"""Waiting for what another process does, and work that must not take for ever."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def until(what: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + 60
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


@contextmanager
def no_endless_work() -> Iterator[None]:
    """What takes less than a second where its cost is in proportion, and would take an hour where it is not."""
    began = time.process_time()
    yield
    assert time.process_time() - began < 60


def sleeps(pid: int) -> bool:
    """Whether the process is in the call that hangs."""
    calls = [(task / "syscall").read_text().split()[0] for task in Path(f"/proc/{pid}/task").iterdir()]
    return "230" in calls  # clock_nanosleep
