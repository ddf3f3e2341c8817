"""A lock between processes that dies with its holder."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from planner.writing import close_quietly

_PAUSE = 0.002
"""Seconds between two tries: the system has no wait for a lock that ends after a time."""


@contextmanager
def locked(path: Path, patience: float) -> Iterator[int]:
    """Lock the file at `path`, which is created if missing, and give its descriptor.

    Waits up to `patience` seconds for the process that has the lock; that one may remove the file. Raises TimeoutError
    where it keeps the lock for longer, and OSError where the file cannot be opened, or not be closed: what was written
    to it may be lost then.
    """
    deadline = time.monotonic() + patience
    descriptor = _open(path)
    try:
        while not (_lock(descriptor) and _is_at(path, descriptor)):
            if time.monotonic() >= deadline:
                raise TimeoutError(f"another process holds {path}")
            close_quietly(descriptor)
            descriptor = -1
            time.sleep(_PAUSE)
            descriptor = _open(path)
        yield descriptor
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def _open(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_at(path: Path, descriptor: int) -> bool:
    """Whether this open file is still the one that others find at `path`."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False
