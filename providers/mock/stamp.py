"""Telling whether a file is still as it was seen, without reading it."""

from __future__ import annotations

import os
from pathlib import Path

Stamp = tuple[int, int, int]
"""Which file it is, when it was written to, and how long it is."""


def stamp(file: Path | int) -> Stamp:
    """The stamp of the file at a path, or of an open one. Raises OSError."""
    found = os.stat(file)  # noqa: PTH116 - it takes descriptors, too
    return found.st_ino, found.st_mtime_ns, found.st_size
