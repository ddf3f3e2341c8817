"""Lets the threads of this process into the world one after another, and other processes in between."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

CALLS_A_TURN = 20
"""How many calls of one process may follow one another before other processes have their chance."""


class Turns:
    """A turn is the time for which this process has the world's files locked; its threads make their calls in it.

    A turn goes on while threads wait to make a call, up to `CALLS_A_TURN` calls. With a turn for each call a step of an
    apply takes 97 µs of processor time instead of 57 µs (`benchmarks/apply_speed.py`, 5,000 steps, two cores).
    """

    def __init__(self, lock_files: Callable[[float | None], AbstractContextManager[None]]) -> None:
        """`lock_files` locks the files; it is given how many seconds to wait, or None for as long as usual."""
        self._lock_files = lock_files
        self._files = ExitStack()
        self._calls_left = 0
        self._thread = threading.Lock()
        self._waiting = 0
        self._count = threading.Lock()

    def begin_call(self, patience: float | None = None) -> None:
        """Keep all other threads and processes out until `end_call`. Raises what `lock_files` raises: then not.

        A pair of methods, as a context manager of its own would cost every step of an apply 3 %.
        """
        if not self._thread.acquire(blocking=False):
            self._wait()
        try:
            if not self._calls_left:
                self._files.enter_context(self._lock_files(patience))
                self._calls_left = CALLS_A_TURN
            self._calls_left -= 1
        except BaseException:
            self.end_call()
            raise

    def end_call(self) -> None:
        """Let another thread make its call, and other processes if the turn is over."""
        try:
            if not self._calls_left or not self._waiting:
                self.end()
        finally:
            self._thread.release()

    def _wait(self) -> None:
        with self._count:
            self._waiting += 1
        try:
            self._thread.acquire()
        finally:
            with self._count:
                self._waiting -= 1

    @contextmanager
    def between_calls(self) -> Iterator[None]:
        """Keep the other threads out. Other processes are kept out only while a turn is under way."""
        with self._thread:
            yield

    def end(self) -> None:
        """Let other processes in. Only within a call or `between_calls`."""
        self._calls_left = 0
        self._files.close()
