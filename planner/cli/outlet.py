"""Writing to a stream whose reader may have stopped reading: a full pipe must not make `cl` deaf to an interrupt."""

from __future__ import annotations

import errno
import os
import select
import sys
from collections.abc import Callable
from stat import S_ISREG
from typing import Literal

_PART = 4096
"""Bytes that a pipe takes at once when it is ready (PIPE_BUF): more could block."""
_TICK = 100
"""Milliseconds after which a wait for the reader looks for an interrupt."""
_GRACE = 10
"""Ticks that a reader gets after an interrupt."""


Interrupted = Callable[[], bool]
"""Whether the user has asked `cl` to end."""


class Outlet:
    """A standard stream. Once interrupted it waits for its reader one second more, and never again after that."""

    def __init__(self, name: Literal["stdout", "stderr"]) -> None:
        self._name = name
        self._is_lost = False

    def write(self, text: str, interrupted: Interrupted) -> None:
        """Write all of `text`. Raises OSError; TimeoutError if the reader does not read and the user interrupts."""
        stream = sys.stdout if self._name == "stdout" else sys.stderr
        try:
            fd = stream.fileno()
        except (OSError, ValueError):  # not a file, as under a test
            stream.write(text)
            stream.flush()
            return
        stream.flush()
        data = memoryview(text.encode(stream.encoding, stream.errors or "strict"))
        part = len(data) if S_ISREG(os.fstat(fd).st_mode) else _PART
        while data:
            self._wait(fd, interrupted)
            try:
                data = data[os.write(fd, data[:part]) :]
            except BlockingIOError:
                continue  # its reader made it non-blocking

    def _wait(self, fd: int, interrupted: Interrupted) -> None:
        ready = select.poll()
        ready.register(fd, select.POLLOUT)
        left = 0 if self._is_lost else _GRACE
        while not ready.poll(_TICK if left else 0):
            if self._is_lost or interrupted():
                left -= 1
            if left <= 0:
                self._is_lost = True
                raise TimeoutError(errno.ETIMEDOUT, "its reader has stopped reading")
