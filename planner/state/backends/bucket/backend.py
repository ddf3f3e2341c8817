"""The states of a configuration in a bucket. The room of each cloud says how lock and journal are kept there."""

from __future__ import annotations

import abc
import contextlib
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import ClassVar

from planner.diagnostics import Report, ignore
from planner.remedy import Remedy
from planner.state.backends.bucket.held import ObjectsHeld
from planner.state.backends.bucket.layout import Layout
from planner.state.backends.bucket.locking import Holding, LockObject, LockStore
from planner.state.backends.bucket.objects import AT_ONCE, Objects
from planner.state.backends.bucket.versions import VersionObjects
from planner.state.backends.declared import DEFAULT
from planner.state.backends.lease import Tenure
from planner.state.backends.patience import Patience
from planner.state.backends.protocol import LockInfo, Records, Stored, Version
from planner.state.backends.who import host, now, who
from planner.threads import side_by_side


class BucketPlace(abc.ABC):
    """Where one workspace is kept. See `planner.state.backends.protocol.Place`."""

    backup: Path | None = None
    files: tuple[Path, ...] = ()
    directories: ClassVar[tuple[str, ...]] = ("history", "probe")
    """The ends of the names of the directories beside the state, without the lock."""

    def __init__(self, objects: Objects, layout: Layout, patience: Patience, workspace: str, store: LockStore) -> None:
        """`store` is where the lock is written."""
        self._layout, self._patience, self._bucket = layout, patience, objects
        self._key = layout.key_of(workspace)
        self.name = objects.name(self._key)
        self.aside = f"{self.name}.damaged"
        self._lock = LockObject(store, patience, self.name)
        self._versions = VersionObjects(objects, patience, self._key, self.name)

    @property
    @abc.abstractmethod
    def journal_name(self) -> str:
        """What messages call the journal."""

    @property
    @abc.abstractmethod
    def journal_away(self) -> Remedy:
        """How the user moves the journal away."""

    @property
    @abc.abstractmethod
    def spare(self) -> Remedy:
        """The command that copies `KEY` into the file `state.json`: `cl` reads the versions."""

    @abc.abstractmethod
    def journal(self) -> Records | None:
        """The journal of who holds the lock, or held it last. Raises StateError."""

    @abc.abstractmethod
    def check_conditions(self) -> None:
        """Check, beside the state, that the server honours the conditions that the lock rests on. Raises StateError."""

    @abc.abstractmethod
    def _held(self, holding: Holding, tenure: Tenure) -> ObjectsHeld:
        """The lock, as its holder has it."""

    def mark(self) -> object | None:
        """None: only the server knows."""
        return None

    def read(self) -> Stored | None:
        """The state, or None where none was ever written. Raises StateError."""
        return self._versions.newest()

    @contextlib.contextmanager
    def lock(self, operation: str, timeout: float, report: Report) -> Iterator[ObjectsHeld]:
        """Hold the lock, waiting for it at most `timeout` seconds. Raises StateError."""
        stamp, lease = now(), self._layout.lease
        info = LockInfo(str(uuid.uuid4()), who(), os.getpid(), host(), stamp, operation, stamp)
        holding = self._lock.acquire(info, lease, timeout, report, self.check_conditions)
        tenure = Tenure(self._lock.name, lease, holding.renew, holding.began)
        held = self._held(holding, tenure)
        try:
            with tenure.kept():
                held.inherit()
                yield held
        finally:
            held.release()

    def holder(self) -> LockInfo | None:
        """Who holds the lock, or did when it last showed a sign of life. Raises StateError."""
        present = self._lock.read()
        return present.lock.holder if present else None

    def named(self, lock_id: str) -> LockInfo:
        """Who holds the lock with this id. Raises StateError (STA202)."""
        return self._lock.named(lock_id)[0]

    def unlock(self, lock_id: str) -> LockInfo:
        """Take the lock with this id away, and return who held it. Raises StateError: STA202, STA204."""
        return self._lock.unlock(lock_id)[1]

    def history(self, report: Report = ignore) -> list[Version]:
        """The versions that are kept, the newest first. Raises StateError."""
        return self._versions.history(self.spare, report)

    def version(self, serial: int) -> str:
        """The text of a version. Raises StateError (STA453)."""
        return self._versions.text(serial)

    def make(self) -> None:
        """Make the workspace, without a state. One that is there stays as it is. Raises StateError."""
        self._lock.mark(is_deleted=False, lease=self._layout.lease)

    def delete(self) -> None:
        """Remove all that is kept of the workspace but its lock, which says so. Raises StateError."""
        self._lock.mark(is_deleted=True, lease=self._layout.lease)
        kept = [self._key, f"{self._key}.damaged"]
        for directory in self.directories:
            kept += self._keys(f"{self._key}.{directory}")
        self._patience.trying(lambda: self._bucket.delete(kept))

    def is_there(self) -> bool:
        """Whether the workspace was made, or has a state. Raises StateError."""
        present = self._lock.read()
        if present is not None:
            return not present.lock.is_deleted
        return self._patience.trying(lambda: self._bucket.tag(self._key)) is not None

    def _keys(self, directory: str) -> list[str]:
        return self._patience.trying(lambda: self._bucket.keys(directory))


class BucketBackend:
    """The states of a configuration in a bucket. See `planner.state.backends.protocol.Backend`."""

    has_workspaces = True

    def __init__(
        self,
        objects: Objects,
        layout: Layout,
        fingerprint: Mapping[str, str],
        patience: Patience,
        place: Callable[[str], BucketPlace],
    ) -> None:
        """`place` gives the place of a workspace."""
        self._objects, self._layout, self._patience, self._place = objects, layout, patience, place
        self.fingerprint = fingerprint

    def workspaces(self) -> list[str]:
        """The names of the workspaces but `default`, sorted. Raises StateError."""
        found = self._patience.trying(lambda: self._objects.directories(self._layout.prefix))
        names = [name for name in found if name != DEFAULT]
        are_there = side_by_side(lambda name: self.place(name).is_there(), names, AT_ONCE)
        return [name for name, is_there in zip(names, are_there, strict=True) if is_there]

    def place(self, workspace: str) -> BucketPlace:
        """Where this workspace is kept, which need not exist yet."""
        return self._place(workspace)

    def make(self, workspace: str) -> None:
        """Make a workspace without a state. One that is there stays as it is. Raises StateError."""
        self.place(workspace).make()

    def delete(self, workspace: str) -> None:
        """Remove a workspace with all that is kept of it but its lock, which says so. Raises StateError."""
        self.place(workspace).delete()

    def set_aside(self, _workspace: str, _stamp: str, _report: Report) -> tuple[Path, ...]:
        """Nothing is set aside: it keeps no files."""
        return ()

    def probe(self) -> None:
        """Check that objects can be read, written, listed and deleted, and that conditions are honoured."""
        place = self.place(DEFAULT)
        place.check_conditions()
        place.holder()

    def close(self) -> None:
        """Let connections go: the libraries do when they are no longer used."""
