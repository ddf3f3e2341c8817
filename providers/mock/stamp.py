"""Whether a file is still as it was seen, without reading it.

A call that reads the world's log each time takes 80 µs of processor time instead of 53 µs where calls come one by one,
and 30 µs instead of 28 µs where ten threads make them.
"""

from __future__ import annotations

import os
from pathlib import Path

Stamp = tuple[int, int, int]
"""Which file it is, when it was written to, and how long it is."""


def stamp(file: Path | int) -> Stamp:
    """The stamp of the file at a path, or of an open one. Raises OSError."""
    found = os.stat(file)  # noqa: PTH116 - it takes descriptors, too
    return found.st_ino, found.st_mtime_ns, found.st_size
