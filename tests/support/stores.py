"""A store in a file, for tests: it takes the lock by itself, and says where its files are."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from planner.diagnostics import Diagnostic, StateError
from planner.state.backends.local.files import Files
from planner.state.backends.local.held import LocalHeld
from planner.state.backends.local.history import History
from planner.state.backends.local.place import LocalPlace
from planner.state.backends.protocol import LockInfo
from planner.state.encryption import Cipher
from planner.state.journal import Journal
from planner.state.load import PLAIN
from planner.state.model import State
from planner.state.store import Store


class FileStore(Store):
    """The state in the file at `path`. What writes takes the lock, unless the test holds it."""

    def __init__(self, path: Path | str, cipher: Cipher = PLAIN) -> None:
        super().__init__(LocalPlace(Path(path)), cipher)
        self.files = files = Files(Path(path))
        self.path, self.backup_path, self.damaged_path = files.state, files.backup, files.damaged
        self.lock_path, self.journal_path, self.history_path = files.lock, files.journal, files.history

    @property
    def has_lost_lock(self) -> bool:
        try:
            self.check_lock()
        except StateError:
            return True
        return False

    def write(self, state: State, **named: Any) -> State:
        with self.under_lock():
            return super().write(state, **named)

    def push(self, state: State, **named: Any) -> State:
        with self.under_lock():
            return super().push(state, **named)

    def reseal(self) -> Diagnostic | None:
        with self.under_lock():
            return super().reseal()

    def remove_journal(self) -> None:
        with self.under_lock():
            super().remove_journal()

    @contextlib.contextmanager
    def left_behind(self, plan: Mapping[str, object]) -> Iterator[Journal]:
        """A journal that stays when the block ends, as of an apply that was killed."""
        with self.locked("apply"), self.begin_journal(plan) as journal:
            yield journal

    @contextlib.contextmanager
    def ignoring_the_lock(self) -> Iterator[None]:
        """Write as the holder of the lock does."""
        info = LockInfo("", "", 0, "", "", "", "")
        self._held = LocalHeld(self.files, History(self.files.history), info)
        yield
        self._held = None

    def under_lock(self) -> contextlib.AbstractContextManager[None]:
        """The lock, taken now unless it is held."""
        return contextlib.nullcontext() if self._held else self.locked("test")
