"""Where the states of a configuration are in a bucket, and which workspaces there are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from planner.diagnostics import Diagnostic
from planner.remedy import Remedy
from planner.state.backends.bucket.locking import LockObject
from planner.state.backends.bucket.objects import AT_ONCE, Objects
from planner.state.backends.lease import Lease
from planner.state.backends.patience import Patience
from planner.state.backends.protocol import DEFAULT
from planner.state.backends.resolve import Settings


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the states are, and how they are kept. `endpoint` is empty for the cloud's own."""

    bucket: str
    key: str
    prefix: str
    endpoint: str
    lease: Lease
    history: int

    def key_of(self, workspace: str) -> str:
        """The key of a workspace's state."""
        return self.key if workspace == DEFAULT else f"{self.prefix}/{workspace}/{self.key}"


class WorkspaceObjects:
    """The workspaces that a bucket keeps. `lock_of` gives the lock beside the state with this key."""

    def __init__(
        self, objects: Objects, layout: Layout, patience: Patience, lock_of: Callable[[str], LockObject]
    ) -> None:
        self._objects, self._layout, self._patience, self._lock_of = objects, layout, patience, lock_of

    def names(self) -> list[str]:
        """The names of the workspaces but `default`, sorted. Raises StateError."""
        prefix = self._layout.prefix
        names = [name for name in self._patience.trying(lambda: self._objects.directories(prefix)) if name != DEFAULT]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return [name for name, is_there in zip(names, pool.map(self._is_there, names), strict=True) if is_there]

    def make(self, workspace: str) -> None:
        """Make a workspace without a state. One that is there stays as it is. Raises StateError."""
        self._lock(workspace).mark(is_deleted=False, lease=self._layout.lease)

    def delete(self, workspace: str, directories: Sequence[str]) -> None:
        """Remove a workspace with all that is kept of it but its lock, which says so. Raises StateError.

        `directories` are the ends of the names of those beside its state, such as "history".
        """
        key = self._layout.key_of(workspace)
        self._lock(workspace).mark(is_deleted=True, lease=self._layout.lease)
        kept = [key, f"{key}.damaged"]
        for directory in directories:
            kept += self._patience.trying(partial(self._objects.keys, f"{key}.{directory}"))
        self._patience.trying(lambda: self._objects.delete(kept))

    def _lock(self, workspace: str) -> LockObject:
        return self._lock_of(self._layout.key_of(workspace))

    def _is_there(self, workspace: str) -> bool:
        lock = self._lock(workspace).read()
        if lock is not None:
            return not lock.lock.is_deleted
        return self._patience.trying(lambda: self._objects.tag(self._layout.key_of(workspace))) is not None


def is_key(key: str) -> bool:
    """Whether an object can be named so, and a user can type it."""
    parts = key.split("/")
    return key.isprintable() and len(key) <= 700 and not {"", ".", ".."} & set(parts)


def unfit(settings: Settings, name: str) -> Diagnostic:
    """A setting is no name of objects."""
    return settings.wrong(name, 'names that "/" separates, such as "team/cl.json"')


def no_bucket(bucket: str, settings: str) -> Diagnostic:
    """There is no such bucket; `settings` are those to correct."""
    detail = f'There is no bucket "{bucket}" at this endpoint.'
    remedy = Remedy.of(f"Create it, or correct the settings {settings}.")
    return Diagnostic("STA442", "Backend setting has a wrong value", detail, remedy)
