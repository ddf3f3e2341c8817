"""A lock between processes that dies with its holder."""

from __future__ import annotations

import fcntl
import time
from pathlib import Path
from typing import Self

from providers.mock.kept_file import KeptFile

_PAUSE = 0.002


class FileLock:
    """A lock on a file, which a holder may remove. For one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._file = KeptFile(path)

    def held(self, patience: float) -> Self:
        """Take the lock, waiting for it up to `patience` seconds, for `with` to hold it.

        Raises TimeoutError where another process keeps it for longer, and OSError where the file cannot be made.
        """
        began = time.monotonic()
        while True:
            try:
                self._file.lock(fcntl.LOCK_EX | fcntl.LOCK_NB)
                return self
            except BlockingIOError:
                if time.monotonic() - began >= patience:
                    raise TimeoutError(f"another process holds {self._file.path}") from None
            time.sleep(_PAUSE)

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        self._file.unlock()

    def remove(self) -> None:
        """Take the file away, as its holder. Whoever waits for it notices, and makes another one."""
        self._file.path.unlink(missing_ok=True)

    def close(self) -> None:
        """Keep no file open. For when the lock is not held."""
        self._file.close()
