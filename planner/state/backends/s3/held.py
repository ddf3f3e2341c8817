"""A state as the holder of its lock has it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from planner.diagnostics import StateError
from planner.state.backends.lease import LockLost, Tenure
from planner.state.backends.patience import Patience
from planner.state.backends.protocol import LockInfo, Version
from planner.state.backends.refusals import journal_in_the_way, lock_lost
from planner.state.backends.s3.journal import JournalObjects
from planner.state.backends.s3.locking import Holding
from planner.state.backends.s3.records import Kind
from planner.state.backends.s3.versions import VersionObjects


class S3Held:
    """The lock of a state, its journal and its next version. For one thread, but for `check` and `is_sure`."""

    def __init__(
        self,
        holding: Holding,
        tenure: Tenure,
        patience: Patience,
        journal_of: Callable[[str], JournalObjects],
        versions: VersionObjects,
        keep: int,
    ) -> None:
        """`keep` versions are kept at least."""
        self._holding, self._tenure, self._patience, self._keep = holding, tenure, patience, keep
        self._journal_of, self._versions = journal_of, versions
        self._own = journal_of(holding.info.id)
        self._number = 0
        self._is_begun = False
        self._notes = b""
        self._failure: StateError | None = None
        self._is_away = False

    @property
    def info(self) -> LockInfo:
        """What others learn of the holder."""
        return self._holding.info

    @property
    def unfinished(self) -> str:
        """The lock whose journal is not in the state yet; empty where there is none."""
        return self._holding.journal or (self.info.id if self._is_begun else "")

    def check(self) -> None:
        """Raises StateError once the lock is lost, or the backend was away for too long. Asks no server."""
        self._tenure.check()

    def is_sure(self) -> bool:
        """Whether calls to the cloud may begin now. Asks no server."""
        return not self._is_away and self._failure is None and self._tenure.is_sure()

    def inherit(self) -> None:
        """Seal the journal of the lock before, and forget it where the state holds all of it. Raises StateError."""
        before = self._holding.journal
        if before and not self._journal_of(before).seal(self.info.id):
            self._forget(before)

    def begin(self, data: bytes) -> None:
        """Begin a journal: it is there with `data` or not at all. Raises StateError."""
        if self.unfinished:
            raise StateError(journal_in_the_way(self._own.name))
        self._add(Kind.BEGIN, data)
        self._is_begun = True

    def append(self, data: bytes) -> None:
        """Add records, with all that was noted before; on return they are durable. Raises StateError."""
        if self._failure is not None:
            raise StateError(self._failure.diagnostics)
        data, self._notes = self._notes + data, b""
        if not data:
            return
        try:
            self._add(Kind.RECORDS, data)
        except StateError as failure:
            self._failure = failure
            raise

    def note(self, data: bytes) -> None:
        """Add records that may be lost with this process: they are kept until the next `append`."""
        if self._failure is None:
            self._notes += data

    def write(self, text: str, version: Version, after: int | None, *, ends_journal: bool = False) -> None:
        """Write the state; the journal stays until `end_journal`. Raises StateError."""
        self._tenure.check()
        self._renew()  # a version is not fenced by the journal's seal
        if after is None:
            self._versions.set_aside(version.serial)
        kept = self._versions.commit(text, version, self.info.id, self._renew)
        self._versions.copy(text, lambda: self._patience.trying(self._tenure.ensure))
        self._versions.prune(kept, self._keep)

    def rewrite(self, anew: Callable[[str], str]) -> None:
        """Replace each text that is kept by what `anew` makes of it. Raises StateError."""
        self._renew()
        self._versions.rewrite(anew, self.info.id, self._renew)

    def end_journal(self) -> None:
        """Remove the journal, for its content is in the state. Raises StateError."""
        if before := self._holding.journal:
            self._forget(before)
        if self._is_begun:
            while (there := self._own.add(self._number + 1, Kind.END, b"", self._tenure.check)) is not None:
                if there is Kind.SEAL:
                    self._lose()
                self._number += 1  # records whose reply was lost
            self._number += 1
            self._is_begun = False
            self._own.remove(before=self._number)

    def release(self) -> None:
        """Free the lock. Where that fails it is free after its lease."""
        with contextlib.suppress(StateError):
            self._patience.trying(lambda: self._holding.release(self.unfinished))
            if self._number and not self._is_begun:
                self._own.remove(before=self._number + 1)

    def _add(self, kind: Kind, data: bytes) -> None:
        self._tenure.check()
        try:
            if self._own.add(self._number + 1, kind, data, self._note_failure) is not None:
                self._lose()
            self._number += 1
            self._patience.trying(self._tenure.ensure)
        finally:
            self._is_away = False

    def _note_failure(self) -> None:
        """A request is about to be tried again. Raises StateError where the lock is lost meanwhile."""
        self._is_away = True
        self._tenure.check()

    def _lose(self) -> None:
        """The journal is sealed: the lock is another's. Raises LockLost."""
        loss = LockLost(lock_lost(self._holding.name))
        self._tenure.lose(loss)
        raise loss

    def _renew(self) -> None:
        self._patience.trying(self._tenure.renew)

    def _forget(self, before: str) -> None:
        self._holding.journal = ""
        self._renew()
        self._journal_of(before).remove()
