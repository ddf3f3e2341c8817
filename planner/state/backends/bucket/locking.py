"""The lock: `KEY.lock`, an object that is written only if it is unchanged since it was read, and never deleted.

The last to write it is the command that released it, holds it or took it over. A release writes it rather than deleting
it: a DELETE that comes late would remove the lock of the next one.
"""

from __future__ import annotations

import random
import threading
import time
import uuid
from collections.abc import Callable
from functools import partial
from typing import Protocol

from msgspec import Struct

from planner.diagnostics import Diagnostic, Report, StateError
from planner.remedy import Remedy, shell
from planner.state.backends.bucket.records import Lock
from planner.state.backends.lease import Lease, LockLost, Watch, awake_or_asleep, taken_over
from planner.state.backends.patience import Patience
from planner.state.backends.protocol import LockInfo
from planner.state.backends.refusals import another_lock, lock_lost, locked_by, no_lock, waiting_for
from planner.state.backends.who import now
from planner.values import replace

_FIRST_POLL = 0.05
_LONGEST_POLL = 1.0


class Seen(Struct, frozen=True):
    """What the lock says, and the tag that changes with every write of it."""

    lock: Lock
    tag: str


class LockStore(Protocol):
    """Where the lock of one state is written. Each method does one attempt; it raises Unreachable, Denied, StateError.

    `name` is what messages call it.
    """

    @property
    def name(self) -> str: ...

    def read(self) -> Seen | None:
        """What it says; None where it was never written."""
        ...

    def write(self, lock: Lock, tag: str | None) -> Seen | None:
        """What is there after an attempt to write it: with no `tag` if there is none, else if it has this one."""
        ...


Put = Callable[[Lock, str], Seen | None]
"""Writes a lock as `LockStore.write` does."""


class LockObject:
    """The lock of one state, held by this or another process."""

    def __init__(self, store: LockStore, patience: Patience, state: str) -> None:
        """`state` is what messages call the state."""
        self._store, self._patience = store, patience
        self.name = store.name
        self._free = f"lock of {state}"

    def read(self) -> Seen | None:
        """What it says; None where it was never written. Raises StateError."""
        return self._patience.trying(self._store.read)

    def acquire(
        self, info: LockInfo, lease: Lease, timeout: float, report: Report, probe: Callable[[], None]
    ) -> Holding:
        """Take the lock, waiting for it at most `timeout` seconds. Raises StateError (STA201).

        `probe` is called first where there never was one: `cl init` may never have run.
        """
        deadline = time.monotonic() + timeout
        watch, poll, is_reported = Watch(), _FIRST_POLL, False
        while True:
            began = awake_or_asleep()
            present = self.read()
            if present is None:
                probe()
            holder = present.lock.holder if present else None
            is_abandoned = bool(present and holder and watch.is_abandoned(present.tag, present.lock.lease, began))
            if holder is None or is_abandoned:
                mine = Lock(info, lease, info.id, journal=present.lock.unfinished if present else "")
                began = awake_or_asleep()
                there = self._patience.trying(partial(self._store.write, mine, present.tag if present else None))
                if there is not None and there.lock == mine:
                    if present and holder and is_abandoned:
                        report(taken_over(self.name, holder, present.lock.lease))
                    return Holding(self._store, info, there, began)
                continue
            if time.monotonic() >= deadline:
                raise StateError(locked_by(self.name, holder, present.lock.lease.seconds if present else 0.0))
            if not is_reported:
                report(waiting_for(self.name, holder, timeout))
                is_reported = True
            time.sleep(random.uniform(poll / 2, poll))  # noqa: S311
            poll = min(1.5 * poll, _LONGEST_POLL, lease.renewal)

    def named(self, lock_id: str) -> tuple[LockInfo, Seen]:
        """Who holds the lock with this id, and the lock. Raises StateError (STA202)."""
        present = self.read()
        if present is None or present.lock.holder is None:
            raise StateError(no_lock(self._free))
        if present.lock.holder.id != lock_id:
            raise StateError(another_lock(self.name, present.lock.holder, lock_id))
        return present.lock.holder, present

    def unlock(self, lock_id: str) -> tuple[Lock, LockInfo]:
        """Free the lock with this id; what it says then, and who held it.

        Raises StateError: STA202 where there is none, STA204 where its holder has renewed it.
        """
        holder, present = self.named(lock_id)
        lock = present.lock
        deadline = time.monotonic() + 1.5 * lock.lease.renewal
        while time.monotonic() < deadline:
            time.sleep(min(_LONGEST_POLL, lock.lease.renewal / 4))
            if self.named(lock_id)[1].tag != present.tag:
                raise StateError(_alive(self.name, holder))
        free = Lock(None, lock.lease, str(uuid.uuid4()), journal=lock.unfinished, is_deleted=lock.is_deleted)
        there = self._patience.trying(lambda: self._store.write(free, present.tag))
        if there is None or there.lock != free:
            raise StateError(_alive(self.name, holder))
        return free, holder

    def mark(self, *, is_deleted: bool, lease: Lease) -> None:
        """Say whether the workspace is there, locked or not. Raises StateError."""
        while True:
            present = self.read()
            lock = present.lock if present else Lock(None, lease, str(uuid.uuid4()), is_deleted=not is_deleted)
            if lock.is_deleted is is_deleted:
                return
            marked = replace(lock, is_deleted=is_deleted)
            there = self._patience.trying(partial(self._store.write, marked, present.tag if present else None))
            if there is not None and there.lock == marked:
                return


class Holding:
    """The lock as its holder wrote it last, and writes it next. Threads may share it."""

    def __init__(self, store: LockStore, info: LockInfo, seen: Seen, began: float) -> None:
        """It was taken by a request that began at `began`."""
        self.info, self.began, self.journal = info, began, seen.lock.journal
        self._store, self._seen, self._renewals = store, seen, seen.lock.renewal
        self._writing = threading.Lock()
        self.name = store.name

    @property
    def tag(self) -> str:
        """The tag of what was written last."""
        return self._seen.tag

    def renew(self) -> None:
        """Write a new sign of life, in one attempt, and whose journal is not in the state yet. Raises LockLost."""
        with self._writing:
            self._write(self._next(self.journal), self._store.write)

    def add(self, put: Put, patience: Patience, check: Callable[[], None]) -> None:
        """Write a sign of life by `put`, which adds something to it. Raises LockLost, what `check` raises, StateError.

        Nothing else is written until that is settled.
        """
        with self._writing:
            mine = self._next(self.journal)
            patience.trying(lambda: self._write(mine, put), check)

    def release(self, journal: str) -> None:
        """Free the lock, in one attempt. `journal` is whose journal is not in the state yet. Raises LockLost."""
        with self._writing:
            self._write(replace(self._next(journal), holder=None), self._store.write)

    def _next(self, journal: str) -> Lock:
        """What is written next; no other attempt has the same `renewal`, so that none is taken for another."""
        self._renewals += 1
        holder = replace(self.info, heartbeat=now())
        return replace(self._seen.lock, holder=holder, renewal=self._renewals, journal=journal)

    def _write(self, mine: Lock, put: Put) -> None:
        there = put(mine, self._seen.tag)
        while there is not None and there.lock != mine:
            present = there.lock
            is_own = present.holder is not None and present.holder.id == self.info.id
            if not is_own and not (present.holder is None and present.written_by == self.info.id):
                break
            # an earlier write whose reply was lost, or the mark of a workspace that is removed
            self._renewals += 1
            mine = replace(mine, renewal=self._renewals, is_deleted=present.is_deleted)
            there = put(mine, there.tag)
        if there is None or there.lock != mine:
            raise LockLost(lock_lost(self.name))
        self._seen = there


def _alive(name: str, holder: LockInfo) -> Diagnostic:
    return Diagnostic(
        "STA204",
        "Lock is not stale",
        f"{name} is held by {holder}, which is alive: it has just renewed it.",
        Remedy.of(f"Wait until it ends, or end it on {holder.host}: ", shell("kill", "-INT", str(holder.pid))),
    )
