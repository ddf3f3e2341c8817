"""The oss backend: one object key for each workspace."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from planner.remedy import Remedy, shell
from planner.state.backends.bucket.layout import Layout, WorkspaceObjects
from planner.state.backends.bucket.locking import LockObject
from planner.state.backends.bucket.versions import VersionObjects
from planner.state.backends.lease import Tenure
from planner.state.backends.oss.held import OssHeld
from planner.state.backends.oss.log import Log
from planner.state.backends.oss.objects import OssObjects
from planner.state.backends.oss.probe import check_appends
from planner.state.backends.patience import Patience
from planner.state.backends.protocol import LockInfo, Records, Report, Stored, Version
from planner.state.backends.who import host, now, who


class OssBackend:
    """The states of a configuration in a bucket."""

    has_workspaces = True

    def __init__(self, objects: OssObjects, layout: Layout, fingerprint: Mapping[str, str], patience: Patience) -> None:
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

    def place(self, workspace: str) -> OssPlace:
        """Where this workspace is kept, which need not exist yet."""
        return OssPlace(self._objects, self._layout, workspace, self._patience)

    def make(self, workspace: str) -> None:
        """Make a workspace without a state. One that is there stays as it is. Raises StateError."""
        self._workspaces.make(workspace)

    def delete(self, workspace: str) -> None:
        """Remove a workspace with all that is kept of it but its lock, which says so. Raises StateError."""
        self._workspaces.delete(workspace, ("history", "probe"))

    def set_aside(self, _workspace: str, _stamp: str, _report: Report) -> tuple[Path, ...]:
        """Nothing is set aside: it keeps no files."""
        return ()

    def probe(self) -> None:
        """Check that objects can be read, written, listed and deleted, and appended to only where they end."""
        check_appends(self._objects, self._patience, self._layout.key)
        _lock(self._objects, self._patience, self._layout.key).read()

    def close(self) -> None:
        """Let connections go: the library does when it is no longer used."""


class OssPlace:
    """Where one workspace is kept."""

    backup: Path | None = None
    files: tuple[Path, ...] = ()

    def __init__(self, objects: OssObjects, layout: Layout, workspace: str, patience: Patience) -> None:
        self._objects, self._layout, self._patience = objects, layout, patience
        self._key = layout.key_of(workspace)
        self._log = Log(objects, self._key)
        self._lock = _lock(objects, patience, self._key)
        self.name = objects.name(self._key)
        self.journal_name = f"The journal in {self._log.name}"
        self.aside = f"{self.name}.damaged"
        self._versions = VersionObjects(objects, patience, self._key, self.name)

    @property
    def journal_away(self) -> Remedy:
        """How the user moves the journal away, which is in the lock: it is kept, and the lock begins anew."""
        endpoint = ("--endpoint", self._layout.endpoint) if self._layout.endpoint else ()
        lock = self._log.name
        copy = shell("ossutil", "cp", *endpoint, lock, f"{lock}.damaged")
        return Remedy.of(copy, "\nand then, while no command runs: ", shell("ossutil", "rm", *endpoint, lock))

    def mark(self) -> object | None:
        """None: only the server knows."""
        return None

    def read(self) -> Stored | None:
        """The state, or None where none was ever written. Raises StateError."""
        return self._versions.newest()

    def journal(self) -> Records | None:
        """The journal of who holds the lock, or held it last. Raises StateError."""
        return self._patience.trying(self._log.journal)

    @contextlib.contextmanager
    def lock(self, operation: str, timeout: float, report: Report) -> Iterator[OssHeld]:
        """Hold the lock, waiting for it at most `timeout` seconds. Raises StateError."""
        stamp, lease = now(), self._layout.lease
        info = LockInfo(str(uuid.uuid4()), who(), os.getpid(), host(), stamp, operation, stamp)
        probe = partial(check_appends, self._objects, self._patience, self._key)
        holding = self._lock.acquire(info, lease, timeout, report, probe)
        tenure = Tenure(self._lock.name, lease, holding.renew, holding.began)
        held = OssHeld(self._log, holding, tenure, self._patience, self._versions, self._layout.history)
        try:
            with tenure.kept():
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

    def history(self) -> list[Version]:
        """The versions that are kept, the newest first. Raises StateError."""
        return self._versions.history()

    def version(self, serial: int) -> str:
        """The text of a version. Raises StateError (STA453)."""
        return self._versions.text(serial)


def _lock(objects: OssObjects, patience: Patience, key: str) -> LockObject:
    """The lock of the state with this key."""
    return LockObject(Log(objects, key), patience, objects.name(key))
