"""Where the s3 backend keeps one workspace."""

from __future__ import annotations

import uuid
from typing import ClassVar

from planner.remedy import Remedy, shell
from planner.state.backends.bucket.backend import BucketPlace
from planner.state.backends.bucket.layout import Layout
from planner.state.backends.bucket.locking import Holding, Seen
from planner.state.backends.bucket.records import Lock, read_lock
from planner.state.backends.lease import Tenure
from planner.state.backends.patience import Patience
from planner.state.backends.protocol import LockInfo, Records
from planner.state.backends.s3.held import S3Held
from planner.state.backends.s3.journal import JournalObjects
from planner.state.backends.s3.objects import S3Objects
from planner.state.backends.s3.probe import check_conditions


class _LockObjectStore:
    """The lock as an object that is written over if it is unchanged."""

    def __init__(self, objects: S3Objects, key: str) -> None:
        """`key` is the state's."""
        self._objects, self._key = objects, f"{key}.lock"
        self.name = objects.name(self._key)

    def read(self) -> Seen | None:
        found = self._objects.get(self._key)
        return Seen(read_lock(found.data, self.name), found.tag) if found else None

    def write(self, lock: Lock, tag: str | None) -> Seen | None:
        data = lock.encode()
        found = self._objects.create(self._key, data) if tag is None else self._objects.replace(self._key, data, tag)
        if found is None:
            return None
        return Seen(lock if found.data is data else read_lock(found.data, self.name), found.tag)


class S3Place(BucketPlace):
    """A lock that is written over, and a journal of one object for each commit."""

    directories: ClassVar[tuple[str, ...]] = ("history", "journal", "probe")

    def __init__(self, objects: S3Objects, layout: Layout, patience: Patience, workspace: str) -> None:
        super().__init__(objects, layout, patience, workspace, _LockObjectStore(objects, layout.key_of(workspace)))
        self._objects = objects

    @property
    def journal_name(self) -> str:
        """What messages call the journal."""
        return f"{self.name}.journal"

    @property
    def journal_away(self) -> Remedy:
        """How the user moves the journal away."""
        there = f"{self.journal_name}.damaged/"
        return Remedy.of(shell("aws", "s3", "mv", "--recursive", *self._endpoint, f"{self.journal_name}/", there))

    @property
    def spare(self) -> Remedy:
        """The command that copies `KEY` into the file `state.json`."""
        return Remedy.of(shell("aws", "s3", "cp", *self._endpoint, self.name, "state.json"))

    def journal(self) -> Records | None:
        """The journal of who holds the lock, or held it last. Raises StateError."""
        present = self._lock.read()
        unfinished = present.lock.unfinished if present else ""
        return self._journal_of(unfinished).read() if unfinished else None

    def unlock(self, lock_id: str) -> LockInfo:
        """Take the lock with this id away, and return who held it. Raises StateError: STA202, STA204."""
        lock, holder = self._lock.unlock(lock_id)
        self._journal_of(lock.journal).seal(str(uuid.uuid4()))  # if it was only paused, it is to add nothing more
        return holder

    def check_conditions(self) -> None:
        """Check that a server refuses a write whose condition does not hold. Raises StateError."""
        check_conditions(self._objects, self._patience, self._key)

    @property
    def _endpoint(self) -> tuple[str, ...]:
        return ("--endpoint-url", self._layout.endpoint) if self._layout.endpoint else ()

    def _held(self, holding: Holding, tenure: Tenure) -> S3Held:
        return S3Held(holding, tenure, self._patience, self._journal_of, self._versions, self._layout.history)

    def _journal_of(self, lock_id: str) -> JournalObjects:
        return JournalObjects(self._objects, self._patience, self._key, lock_id)
