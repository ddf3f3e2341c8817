"""A state as the holder of its lock has it, where its versions are objects of a bucket."""

from __future__ import annotations

import abc
from collections.abc import Callable

from planner.diagnostics import StateError
from planner.state.backends.bucket.locking import Holding
from planner.state.backends.bucket.versions import VersionObjects
from planner.state.backends.lease import Tenure
from planner.state.backends.patience import Patience
from planner.state.backends.protocol import LockInfo, Version


class ObjectsHeld(abc.ABC):
    """The lock of a state and its next version. For one thread, but for `check` and `is_sure`."""

    def __init__(
        self, holding: Holding, tenure: Tenure, patience: Patience, versions: VersionObjects, keep: int
    ) -> None:
        """`keep` versions are kept at least."""
        self._holding, self._tenure, self._patience = holding, tenure, patience
        self._versions, self._keep = versions, keep
        self._notes = b""
        self._failure: StateError | None = None
        self._is_away = False

    @property
    def info(self) -> LockInfo:
        """What others learn of the holder."""
        return self._holding.info

    def check(self) -> None:
        """Raises StateError once the lock is lost, or the backend was away for too long. Asks no server."""
        self._tenure.check()

    def is_sure(self) -> bool:
        """Whether calls to the cloud may begin now. Asks no server."""
        return not self._is_away and self._failure is None and self._tenure.is_sure()

    def append(self, data: bytes) -> None:
        """Add records, with all that was noted before; on return they are durable. Raises StateError."""
        if self._failure is not None:
            raise self._failure
        data, self._notes = self._notes + data, b""
        if not data:
            return
        try:
            self._tenure.check()
            self._add_records(data)
            self._patience.trying(self._tenure.ensure)
        except StateError as failure:
            self._failure = failure
            raise
        finally:
            self._is_away = False

    def note(self, data: bytes) -> None:
        """Add records that may be lost with this process: they are kept until the next `append`."""
        if self._failure is None:
            self._notes += data

    def write(self, text: str, version: Version, after: int | None, *, ends_journal: bool = False) -> None:
        """Write the state; the journal stays until `end_journal`. Raises StateError."""
        self._tenure.check()
        self._renew()  # a version is not fenced by the journal
        if after is None:
            self._versions.set_aside(version.serial)
        kept = self._versions.commit(text, version, self.info.id, self._renew)
        self._versions.copy(text, lambda: self._patience.trying(self._tenure.ensure))
        self._versions.prune(kept, self._keep)

    def rewrite(self, reseal: Callable[[str], str]) -> None:
        """Replace each text that is kept by what `reseal` makes of it. Raises StateError."""
        self._renew()
        self._versions.rewrite(reseal, self.info.id, self._renew)

    @abc.abstractmethod
    def inherit(self) -> None:
        """Take over the journal of the lock before. Raises StateError."""

    @abc.abstractmethod
    def begin(self, data: bytes) -> None:
        """Begin a journal: it is there with `data` or not at all. Raises StateError."""

    @abc.abstractmethod
    def end_journal(self) -> None:
        """End the journal, for its content is in the state. Raises StateError."""

    @abc.abstractmethod
    def release(self) -> None:
        """Free the lock. Where that fails it is free after its lease."""

    @abc.abstractmethod
    def _add_records(self, data: bytes) -> None:
        """Make records durable, fenced by the lock. Raises StateError."""

    def _note_failure(self) -> None:
        """A request is about to be tried again. Raises StateError where the lock was lost since."""
        self._is_away = True
        self._tenure.check()

    def _renew(self) -> None:
        self._patience.trying(self._tenure.renew)
