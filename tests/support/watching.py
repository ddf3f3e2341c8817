"""Waiting for what another process does, and work that must not take for ever."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PATIENCE = 300.0
"""Seconds after which what a test waits for never comes, however busy the machine is."""


def until(what: Callable[[], bool]) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + PATIENCE
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
    """Whether the process is in the call that hangs: it has slept for a while, and not in many short pauses."""
    before = _sleeping(pid)
    time.sleep(0.1)
    return bool(before & _sleeping(pid))


def _sleeping(pid: int) -> set[tuple[str, str]]:
    """The threads that sleep, with how often each has gone to wait."""
    found = set()
    for task in Path(f"/proc/{pid}/task").iterdir():
        with suppress(OSError):  # it has ended since
            if (task / "syscall").read_text().startswith("230 "):  # clock_nanosleep
                status = (task / "status").read_text()
                found.add((task.name, status[status.index("\nvoluntary_ctxt_switches") :]))
    return found
