"""A state as the holder of its lock has it."""

from __future__ import annotations

import contextlib

from planner.diagnostics import StateError
from planner.state.backends.bucket.held import ObjectsHeld
from planner.state.backends.bucket.locking import Holding
from planner.state.backends.bucket.versions import VersionObjects
from planner.state.backends.lease import LockLost, Tenure
from planner.state.backends.oss.entries import Kind
from planner.state.backends.oss.log import Log, has_journal
from planner.state.backends.patience import Patience
from planner.state.backends.refusals import journal_in_the_way


class OssHeld(ObjectsHeld):
    """The lock of a state, its journal and its next version. For one thread, but for `check` and `is_sure`."""

    def __init__(
        self, log: Log, holding: Holding, tenure: Tenure, patience: Patience, versions: VersionObjects, keep: int
    ) -> None:
        """`keep` versions are kept at least."""
        super().__init__(holding, tenure, patience, versions, keep)
        self._log = log

    def inherit(self) -> None:
        """Nothing: the journal of the lock before is in the same log."""

    def begin(self, data: bytes) -> None:
        """Begin a journal: it is there with `data` or not at all. Raises StateError."""
        if has_journal(self._holding.tag):
            raise StateError(journal_in_the_way(self._log.name))
        self._tenure.check()
        self._add(Kind.BEGIN, data)

    def end_journal(self) -> None:
        """End the journal, for its content is in the state. Raises StateError."""
        self._tenure.check()
        if has_journal(self._holding.tag):
            self._add(Kind.END)

    def release(self) -> None:
        """Free the lock. Where that fails it is free after its lease."""
        with contextlib.suppress(StateError):
            self._patience.trying(lambda: self._holding.release(""))

    def _add_records(self, data: bytes) -> None:
        self._add(Kind.RECORDS, data)

    def _add(self, kind: Kind, data: bytes = b"") -> None:
        try:
            self._holding.add(self._log.adding(kind, data), self._patience, self._note_failure)
            self._patience.trying(self._tenure.ensure)
        except LockLost as loss:
            self._tenure.lose(loss)
            raise
        finally:
            self._is_away = False
