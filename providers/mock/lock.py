"""A lock between processes that dies with its holder."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PAUSE = 0.002


@contextmanager
def exclusive(path: Path, patience: float) -> Iterator[None]:
    """Hold the lock on `path`, waiting for it up to `patience` seconds.

    Raises TimeoutError where another process keeps it for longer, and OSError where the file cannot be made.
    """
    descriptor = _acquire(path, time.monotonic() + patience)
    try:
        yield
    finally:
        os.close(descriptor)


def _acquire(path: Path, deadline: float) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _still_there(descriptor, path):
                return descriptor
        except BlockingIOError:
            if time.monotonic() >= deadline:
                os.close(descriptor)
                raise TimeoutError(f"another process holds {path}") from None
            time.sleep(_PAUSE)
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)


def _still_there(descriptor: int, path: Path) -> bool:
    """Whether the file we locked is the one others will find: its last holder may have removed it."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
