"""The s3 backend: one object key for each workspace."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from planner.remedy import Remedy, shell
from planner.state.backends.bucket.layout import Layout, WorkspaceObjects
from planner.state.backends.bucket.locking import LockObject, Seen
from planner.state.backends.bucket.records import Lock, read_lock
from planner.state.backends.bucket.versions import VersionObjects
from planner.state.backends.lease import Tenure
from planner.state.backends.patience import Patience
from planner.state.backends.protocol import LockInfo, Records, Report, Stored, Version
from planner.state.backends.s3.held import S3Held
from planner.state.backends.s3.journal import JournalObjects
from planner.state.backends.s3.objects import S3Objects
from planner.state.backends.s3.probe import check_conditions
from planner.state.backends.who import host, now, who


class _LockObjectStore:
    """The lock as an object that is written over if it is unchanged."""

    def __init__(self, objects: S3Objects, key: str) -> None:
        """`key` is the state's."""
        self._objects, self._key = objects, f"{key}.lock"
        self.name = f"s3://{objects.bucket}/{self._key}"

    def read(self) -> Seen | None:
        found = self._objects.get(self._key)
        return Seen(read_lock(found.data, self.name), found.tag) if found else None

    def write(self, lock: Lock, tag: str | None) -> Seen | None:
        data = lock.encode()
        found = self._objects.create(self._key, data) if tag is None else self._objects.replace(self._key, data, tag)
        if found is None:
            return None
        return Seen(lock if found.data is data else read_lock(found.data, self.name), found.tag)


class S3Backend:
    """The states of a configuration in a bucket."""

    has_workspaces = True

    def __init__(self, objects: S3Objects, layout: Layout, fingerprint: Mapping[str, str], patience: Patience) -> None:
        self._objects, self._layout, self._patience = objects, layout, patience
        self._workspaces = WorkspaceObjects(objects, layout, patience, partial(_lock, objects, patience))
        self._fingerprint = fingerprint

    @property
    def fingerprint(self) -> Mapping[str, str]:
        """The type and the place, without secrets."""
        return self._fingerprint

    def workspaces(self) -> list[str]:
        """The names of the workspaces but `default`, sorted. Raises StateError."""
        return self._workspaces.names()

    def place(self, workspace: str) -> S3Place:
        """Where this workspace is kept, which need not exist yet."""
        return S3Place(self._objects, self._layout, workspace, self._patience)

    def make(self, workspace: str) -> None:
        """Make a workspace without a state. One that is there stays as it is. Raises StateError."""
        self._workspaces.make(workspace)

    def delete(self, workspace: str) -> None:
        """Remove a workspace with all that is kept of it but its lock, which says so. Raises StateError."""
        self._workspaces.delete(workspace, ("history", "journal", "probe"))

    def set_aside(self, _workspace: str, _stamp: str, _report: Report) -> tuple[Path, ...]:
        """Nothing is set aside: it keeps no files."""
        return ()

    def probe(self) -> None:
        """Check that objects can be read, written, listed and deleted, and that conditions are honoured."""
        check_conditions(self._objects, self._patience, self._layout.key)
        _lock(self._objects, self._patience, self._layout.key).read()

    def close(self) -> None:
        """Let connections go: obstore does when it is no longer used."""


class S3Place:
    """Where one workspace is kept."""

    backup: Path | None = None
    files: tuple[Path, ...] = ()

    def __init__(self, objects: S3Objects, layout: Layout, workspace: str, patience: Patience) -> None:
        self._objects, self._layout, self._patience = objects, layout, patience
        self._key = layout.key_of(workspace)
        self.name = f"s3://{layout.bucket}/{self._key}"
        self.journal_name = f"{self.name}.journal"
        self.aside = f"{self.name}.damaged"
        self._lock = _lock(objects, patience, self._key)
        self._versions = VersionObjects(objects, patience, self._key, self.name)

    @property
    def journal_away(self) -> Remedy:
        """How the user moves the journal away."""
        endpoint = ("--endpoint-url", self._layout.endpoint) if self._layout.endpoint else ()
        directory = f"{self.journal_name}/"
        return Remedy.of(shell("aws", "s3", "mv", "--recursive", *endpoint, directory, f"{self.journal_name}.damaged/"))

    def mark(self) -> object | None:
        """None: only the server knows."""
        return None

    def read(self) -> Stored | None:
        """The state, or None where none was ever written. Raises StateError."""
        return self._versions.newest()

    def journal(self) -> Records | None:
        """The journal of who holds the lock, or held it last. Raises StateError."""
        present = self._lock.read()
        unfinished = present.lock.unfinished if present else ""
        return self._journal_of(unfinished).read() if unfinished else None

    @contextlib.contextmanager
    def lock(self, operation: str, timeout: float, report: Report) -> Iterator[S3Held]:
        """Hold the lock, waiting for it at most `timeout` seconds. Raises StateError."""
        stamp, lease = now(), self._layout.lease
        info = LockInfo(str(uuid.uuid4()), who(), os.getpid(), host(), stamp, operation, stamp)
        probe = partial(check_conditions, self._objects, self._patience, self._key)
        holding = self._lock.acquire(info, lease, timeout, report, probe)
        tenure = Tenure(self._lock.name, lease, holding.renew, holding.began)
        held = S3Held(holding, tenure, self._patience, self._journal_of, self._versions, self._layout.history)
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
        lock, holder = self._lock.unlock(lock_id)
        self._journal_of(lock.journal).seal(str(uuid.uuid4()))  # if it was only paused, it is to add nothing more
        return holder

    def history(self) -> list[Version]:
        """The versions that are kept, the newest first. Raises StateError."""
        return self._versions.history()

    def version(self, serial: int) -> str:
        """The text of a version. Raises StateError (STA453)."""
        return self._versions.text(serial)

    def _journal_of(self, lock_id: str) -> JournalObjects:
        return JournalObjects(self._objects, self._patience, self._key, lock_id)


def _lock(objects: S3Objects, patience: Patience, key: str) -> LockObject:
    """The lock beside the state with this key."""
    return LockObject(_LockObjectStore(objects, key), patience, f"s3://{objects.bucket}/{key}")
