"""A file that stays open from one use to the next."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path


class KeptFile:
    """A file to be written to and locked. It is opened once, and again where its name leads to another file by then.

    Others may remove the file and make it anew. As long as this one is open no new file can have its inode, so a look
    at what the name leads to tells whether it is still the same. For one thread at a time, and not for both sides of a
    fork: they would share its locks.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._name = os.fspath(path)
        self._descriptor = -1
        self._inode = -1

    def open(self) -> int:
        """Its descriptor; the file is made where there is none. Raises OSError."""
        if self._descriptor < 0:
            self._descriptor = os.open(self._name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            self._inode = os.fstat(self._descriptor).st_ino
        return self._descriptor

    def found(self) -> os.stat_result | None:
        """What the name leads to; None where that is not the open file. Raises OSError."""
        try:
            found = os.stat(self._name)  # noqa: PTH116 - done at each call, and a path would take twice the time
        except FileNotFoundError:
            return None
        return found if found.st_ino == self._inode else None

    def lock(self, how: int = fcntl.LOCK_EX) -> os.stat_result:
        """Lock the file that others find by its name, too; what it is like. Raises OSError."""
        while True:
            try:
                fcntl.flock(self.open(), how)
                if found := self.found():
                    return found
            except BaseException:
                self.close()
                raise
            self.close()  # somebody has removed it in the meantime

    def unlock(self) -> None:
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close it, which ends a lock; it may be opened again."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
        self._descriptor = self._inode = -1

    def __del__(self) -> None:
        self.close()
