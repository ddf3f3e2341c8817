"""Paths of files that several checkouts of a configuration have in common."""

from __future__ import annotations

import os
from pathlib import Path


def seen_from(directory: Path, path: str) -> str:
    """Where a path leads, links followed, as seen from `directory`: two names of one file are one file.

    It is relative where it leads into the directory, or is written so.
    """
    here = os.path.realpath(directory)
    try:
        file = os.path.realpath(directory / path)
    except ValueError:  # no name that a file can have: opening it fails with the reason
        return path
    inside = os.path.relpath(file, here)
    leads_out = Path(inside).parts[:1] == (os.pardir,)
    return file if leads_out and Path(path).is_absolute() else inside
