"""Starting a thread where memory may be short."""

from __future__ import annotations

from threading import Thread


def start(thread: Thread) -> None:
    """Start a new thread. Raises MemoryError where there is no memory for one."""
    try:
        thread.start()
    except RuntimeError as problem:
        raise MemoryError("no memory for another thread") from problem
