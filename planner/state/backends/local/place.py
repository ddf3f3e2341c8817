"""A state in a file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from planner.diagnostics import Diagnostic, Report, StateError, ignore
from planner.reading import read_regular, what_to_do
from planner.remedy import NO_REMEDY, Remedy, shell
from planner.state.backends.local import lock
from planner.state.backends.local.files import Files, signature
from planner.state.backends.local.held import LocalHeld
from planner.state.backends.local.history import KEPT, History
from planner.state.backends.protocol import LockInfo, Records, Stored, Version
from planner.state.backends.refusals import no_such_version, not_utf8, some_damaged
from planner.writing import lacking


class LocalPlace:
    """The state in the file at `path`, and what is beside it; the newest `kept` versions of it are kept.

    `read` needs no lock: a write replaces the whole file. Raises StateError where `path` is a link that leads nowhere.
    """

    def __init__(self, path: Path, kept: int = KEPT) -> None:
        self._files = Files(path)
        self._history = History(self._files.history, kept)
        self.name = str(self._files.state)
        self.journal_name = str(self._files.journal)
        self.aside = str(self._files.damaged)
        self.backup = self._files.backup
        found = self._files
        self.files = (found.state, found.backup, found.lock, found.journal, found.history)

    @property
    def journal_away(self) -> Remedy:
        return Remedy.of(shell("mv", self._files.journal, Path(f"{self._files.journal}.damaged")))

    @property
    def spare(self) -> Remedy:
        return NO_REMEDY

    def mark(self) -> object:
        return signature(self._files.state)

    def read(self) -> Stored | None:
        data = self._data()
        try:
            return None if data is None else Stored(data.decode())
        except UnicodeDecodeError as problem:
            raise StateError(not_utf8(self.name, problem)) from None

    def journal(self) -> Records | None:
        path = self._files.journal
        try:
            return Records(read_regular(path), path.stat().st_mtime)
        except FileNotFoundError:
            return None
        except OSError as problem:
            detail = f"{path}: {problem.strerror}."
            remedy = what_to_do(path, problem)
            raise StateError(
                Diagnostic("STA301", "Journal cannot be read", detail, remedy, files=(str(path),))
            ) from None

    @contextlib.contextmanager
    def lock(self, operation: str, timeout: float, report: Report) -> Iterator[LocalHeld]:
        """Hold the lock. In the end `report` learns where the file system did less than it was asked for."""
        with lock.lock(self._files.lock, operation, timeout, report) as info:
            held = LocalHeld(self._files, self._history, info)
            try:
                yield held
            finally:
                held.close()
                for warning in lacking(held.lack, self._files.state):
                    report(warning)

    def holder(self) -> LockInfo | None:
        return lock.holder(self._files.lock)

    def named(self, lock_id: str) -> LockInfo:
        return lock.named(self._files.lock, lock_id)

    def unlock(self, lock_id: str) -> LockInfo:
        return lock.force_unlock(self._files.lock, lock_id)

    def history(self, report: Report = ignore) -> list[Version]:
        data = self._data()
        if self._history.is_damaged:
            raise StateError(self._damaged_history(is_there=data is not None))
        if damaged := self._history.damaged():
            report(some_damaged([str(path) for path in damaged]))
        return self._history.versions(None if data is None else data.decode(errors="replace"))

    def version(self, serial: int) -> str:
        try:
            text = self._history.text(serial)
        except (OSError, ValueError):
            text = None
        if text is None:
            raise StateError(no_such_version(self.name, serial))
        return text

    def _damaged_history(self, *, is_there: bool) -> Diagnostic:
        kept = self._history.directory
        remedy = Remedy.of(
            "Move it away: ",
            shell("mv", kept, Path(f"{kept}.damaged")),
            "\nThe next command that writes the state begins a new history.",
        )
        detail = f"{kept} has no readable version of the state."
        if is_there:
            detail += f" The state itself is still in {self.name}."
        return Diagnostic("STA465", "Version is damaged", detail, remedy)

    def _data(self) -> bytes | None:
        path = self._files.state
        try:
            return read_regular(path)
        except FileNotFoundError:
            return None
        except OSError as problem:
            detail = f"{path}: {problem.strerror}."
            raise StateError(
                Diagnostic("STA101", "State cannot be read", detail, what_to_do(path, problem), files=(str(path),))
            ) from None
