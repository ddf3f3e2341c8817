"""A state as the holder of its lock has it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from planner.diagnostics import StateError
from planner.state.backends.bucket.held import ObjectsHeld
from planner.state.backends.bucket.locking import Holding
from planner.state.backends.bucket.versions import VersionObjects
from planner.state.backends.lease import LockLost, Tenure
from planner.state.backends.patience import Patience
from planner.state.backends.refusals import journal_in_the_way, lock_lost
from planner.state.backends.s3.journal import JournalObjects
from planner.state.backends.s3.records import Kind


class S3Held(ObjectsHeld):
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
        super().__init__(holding, tenure, patience, versions, keep)
        self._journal_of = journal_of
        self._own = journal_of(holding.info.id)
        self._number = 0
        self._is_begun = False

    @property
    def unfinished(self) -> str:
        """The lock whose journal is not in the state yet; empty where there is none."""
        return self._holding.journal or (self.info.id if self._is_begun else "")

    def inherit(self) -> None:
        """Seal the journal of the lock before, and forget it where the state holds all of it. Raises StateError."""
        before = self._holding.journal
        if before and not self._journal_of(before).seal(self.info.id):
            self._forget(before)

    def begin(self, data: bytes) -> None:
        """Begin a journal: it is there with `data` or not at all. Raises StateError."""
        if self.unfinished:
            raise StateError(journal_in_the_way(self._own.name))
        self._tenure.check()
        try:
            self._add(Kind.BEGIN, data)
            self._patience.trying(self._tenure.ensure)
        finally:
            self._is_away = False
        self._is_begun = True

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

    def _add_records(self, data: bytes) -> None:
        self._add(Kind.RECORDS, data)

    def _add(self, kind: Kind, data: bytes) -> None:
        if self._own.add(self._number + 1, kind, data, self._note_failure) is not None:
            self._lose()
        self._number += 1

    def _lose(self) -> None:
        """The journal is sealed: the lock is another's. Raises LockLost."""
        loss = LockLost(lock_lost(self._holding.name))
        self._tenure.lose(loss)
        raise loss

    def _forget(self, before: str) -> None:
        self._holding.journal = ""
        self._renew()
        self._journal_of(before).remove()
