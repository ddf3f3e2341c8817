"""The files of a state: their names, and where they are when links are on the way."""

from __future__ import annotations

import os
from pathlib import Path

from planner.diagnostics import Diagnostic, StateError
from planner.remedy import Remedy, shell
from planner.state.backends.settings import STATE_FILE
from planner.writing import real_path

ERRORED_FILE = "errored.cl.state.json"
"""A state that could not be written in its place."""
HISTORY_DIRECTORY = f"{STATE_FILE}.history"
STATE_FILES = (f"{STATE_FILE}.journal", f"{STATE_FILE}.backup", STATE_FILE, ERRORED_FILE, f"{STATE_FILE}.lock")
"""The files that are kept of one state, in the order in which they can be removed under its lock."""


class Files:
    """The files of a state at `given`: beside it, whichever link leads there, so that all who come by any link share

    one lock and one journal. Raises StateError where `given` is a link that leads nowhere.
    """

    def __init__(self, given: Path) -> None:
        self.given = given
        self.state = _behind_links(given)
        self.backup = self._beside("backup")
        self.lock = self._beside("lock")
        self.journal = self._beside("journal")
        self.damaged = self._beside("damaged")
        self.history = self._beside("history")

    def _beside(self, suffix: str) -> Path:
        return self.state.with_name(f"{self.state.name}.{suffix}")


def _behind_links(path: Path) -> Path:
    """The file itself; `path` as it was given where no link is on the way."""
    try:
        found = real_path(path)
    except OSError as problem:
        raise StateError(_leads_nowhere(path, f"{problem.strerror}.")) from None
    if found == Path(os.path.abspath(path)):  # noqa: PTH100 - `absolute` would leave `..` in
        return path
    broken = next((place for place in path.parents if place.is_symlink() and not place.exists()), None)
    if broken is None and path.is_symlink() and not found.parent.is_dir():
        broken = path
    if broken is not None:
        # A volume that is not mounted looks so: an empty state in its place would forget everything.
        raise StateError(_leads_nowhere(broken, f"it points to {os.path.realpath(broken)}, which does not exist."))
    return found


def _leads_nowhere(path: Path, why: str) -> Diagnostic:
    remedy = Remedy.of("Mount its target, or change the link to a target that exists: ", shell("ls", "-l", path))
    return Diagnostic("STA101", "State cannot be read", f"{path}: {why}", remedy, files=(str(path),))


def identity(path: Path) -> tuple[int, int] | None:
    """Which file is there; None if there is none, or it cannot be seen. A file that is open keeps its identity."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def signature(path: Path) -> object:
    """Another one for every file that was ever written there: a write makes a new file."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns
