"""The lock of a state in a file, and what its holder may do: write the state, and the journal of an apply."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable
from pathlib import Path

from planner.diagnostics import Diagnostic, StateError
from planner.reading import read_regular
from planner.remedy import Remedy, cl, shell
from planner.state.backends.local.files import Files, identity
from planner.state.backends.local.history import History
from planner.state.backends.protocol import LockInfo, Version
from planner.state.backends.refusals import journal_in_the_way, lock_lost
from planner.writing import (
    Lack,
    close_quietly,
    how_to_write,
    keep_private,
    make_directory,
    open_temporary,
    sync_directory,
    try_writing,
    write_all,
    write_whole,
)


class LocalHeld:
    """The lock on these files. `lack` is what the file system did not do of what was asked of it.

    If the lock is removed or replaced, nothing is written any more.
    """

    def __init__(self, files: Files, history: History, info: LockInfo) -> None:
        self.info = info
        self.lack = Lack.NOTHING
        self._files, self._history = files, history
        self._lock_file = identity(files.lock)
        self._journal = -1
        self._problem: StateError | None = None

    def check(self) -> None:
        if identity(self._files.lock) != self._lock_file:
            raise StateError(lock_lost(str(self._files.lock)))

    def is_sure(self) -> bool:
        return True

    def begin(self, data: bytes) -> None:
        self.check()
        path = self._files.journal
        if os.path.lexists(path):
            raise StateError(journal_in_the_way(str(path)))
        self._check_place()
        try:
            journal, begun = open_temporary(path, flags=os.O_APPEND)
        except OSError as problem:
            raise self._journal_not_written(problem) from None
        try:
            self.lack |= keep_private(journal)
            write_all(journal, data)
            os.fsync(journal)
            os.replace(begun, path)  # noqa: PTH105 - the name that a test can hold on to
            self.lack |= sync_directory(path.parent)
        except OSError as problem:
            close_quietly(journal)
            with contextlib.suppress(OSError):
                begun.unlink()
            raise self._journal_not_written(problem) from None
        self._journal = journal

    def append(self, data: bytes) -> None:
        try:
            self.check()
        except StateError as lost:
            self._problem = lost
            raise
        self.note(data)
        if self._problem:
            raise self._problem
        try:
            os.fsync(self._journal)
        except OSError as problem:
            self._problem = self._journal_not_written(problem)
            raise self._problem from None

    def note(self, data: bytes) -> None:
        """Hand records to the system: they survive the process, though not the machine.

        A record cut short by a full disk is the last one. Raises StateError, also where another command removed the
        file: no step may begin any more.
        """
        if self._problem:
            return
        if not os.fstat(self._journal).st_nlink:
            raise StateError(_taken_away(str(self._files.journal)))
        try:
            write_all(self._journal, data)
        except OSError as problem:
            self._problem = self._journal_not_written(problem)
            raise self._problem from None

    def write(self, text: str, version: Version, after: int | None, *, ends_journal: bool = False) -> None:
        self.check()
        files, place = self._files, self._files.backup
        try:
            make_directory(files.state.parent)
            if after is not None:
                self.lack |= write_whole(files.backup, read_regular(files.state))
            elif files.state.exists():
                # not as the backup, which may be a good one
                place = files.damaged
                self.lack |= write_whole(files.damaged, files.state.read_bytes())
            place = files.history
            self.lack |= self._history.add(text, version)
            place = files.state
            self.lack |= write_whole(files.state, text)
        except OSError as problem:
            raise self._not_written(problem, place=place) from None
        self._history.prune()

    def rewrite(self, reseal: Callable[[str], str]) -> None:
        self.check()
        files = self._files
        try:
            text = reseal(_text(files.state))
            try:
                backup = reseal(_text(files.backup))
            except (FileNotFoundError, UnicodeDecodeError, StateError):
                backup = text
            # the state last: it says whether the others are to be rewritten
            self.lack |= self._history.rewrite(reseal) | write_whole(files.backup, backup)
            self.lack |= write_whole(files.state, text)
        except OSError as problem:
            raise self._not_written(problem, " It was not changed.") from None

    def end_journal(self) -> None:
        self.check()
        path = self._files.journal
        self.close()
        try:
            path.unlink(missing_ok=True)
            self.lack |= sync_directory(path.parent)
        except OSError as problem:
            detail = f"{path}: {problem.strerror}. Its content is in the state already."
            remedy = Remedy.of(shell("rm", path))
            raise StateError(
                Diagnostic("STA307", "Journal cannot be removed", detail, remedy, files=(str(path),))
            ) from None

    def close(self) -> None:
        """Stop writing the journal. The file stays until its content is in the state."""
        if self._journal >= 0:
            close_quietly(self._journal)  # intents are on disk by now, and the cloud can be asked about lost facts
            self._journal = -1

    def _check_place(self) -> None:
        """Raises StateError where a write of the state would fail, before there is anything to write."""
        place = self._files.backup
        try:
            if self._files.state.exists():
                try_writing(place)
            place = self._files.history
            self._history.try_adding()
        except OSError as problem:
            raise self._not_written(problem, " Nothing was done.", place) from None

    def _not_written(self, problem: OSError, more: str = "", place: Path | None = None) -> StateError:
        """`place` is the file that could not be written, where that is not the state."""
        reason, state = problem.strerror or problem, self._files.state
        other = "" if place in (None, state) else f"{place}: "
        detail = f"{state} cannot be written: {other}{reason}.{more}"
        directory = place if place == self._files.history else state.parent
        remedy = how_to_write(problem, f"Give yourself permission to write in {directory}.")
        if place is not None and problem.errno in (errno.EISDIR, errno.EEXIST, errno.ENOENT):
            remedy = Remedy.of("Move what is there away: ", shell("mv", place, Path(f"{place}.other")))
        return StateError(
            Diagnostic("STA111", "State cannot be written", detail, remedy, files=(str(state), str(place or state)))
        )

    def _journal_not_written(self, problem: OSError) -> StateError:
        path = self._files.journal
        detail = f"{path}: {problem.strerror or problem}. cl makes no call that is not in the journal first."
        remedy = how_to_write(problem, f"Give yourself permission to write in {self._files.state.parent}.")
        return StateError(Diagnostic("STA302", "Journal cannot be written", detail, remedy, files=(str(path),)))


def _text(path: Path) -> str:
    return read_regular(path).decode()


def _taken_away(name: str) -> Diagnostic:
    detail = f"{name} is gone: another command removed the lock of this apply and completed its journal."
    remedy = Remedy.of("Make sure that no second apply runs, then go on: ", cl("apply"))
    return Diagnostic("STA314", "Journal was removed", detail, remedy, files=(name,))
