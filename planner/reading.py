"""Reading a file that must be a file."""

from __future__ import annotations

import errno
from pathlib import Path
from stat import S_ISREG


def read_regular(path: Path) -> bytes:
    """What is in a file. Raises OSError, for a pipe or a device too: reading one might never end."""
    if not S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is not a regular file")
    return path.read_bytes()
