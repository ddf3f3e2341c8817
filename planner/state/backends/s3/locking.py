"""The lock: `KEY.lock`, an object that is written over only if it is unchanged, and never deleted.

Whoever released it, holds it or took it over has written it last. A release writes it over rather than deleting it: a
DELETE that comes late would take away the lock of the next one.
"""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import replace
from functools import partial

from planner.diagnostics import Diagnostic, StateError
from planner.remedy import Remedy, shell
from planner.state.backends.lease import Lease, LockLost, Watch, awake_or_asleep, taken_over
from planner.state.backends.patience import Patience
from planner.state.backends.protocol import LockInfo, Report
from planner.state.backends.refusals import another_lock, lock_lost, locked_by, no_lock, waiting_for
from planner.state.backends.s3.objects import Found, Objects
from planner.state.backends.s3.records import Lock, read_lock
from planner.state.backends.who import now

_FIRST_POLL = 0.05
_LONGEST_POLL = 1.0


class LockObject:
    """The lock of one state, whoever holds it."""

    def __init__(self, objects: Objects, patience: Patience, key: str) -> None:
        """`key` is the state's."""
        self._objects, self._patience = objects, patience
        self._key = f"{key}.lock"
        self.name = f"s3://{objects.bucket}/{self._key}"
        self._free = f"lock of s3://{objects.bucket}/{key}"

    def read(self) -> tuple[Lock, str] | None:
        """What it says, and its tag; None where it was never written. Raises StateError."""
        found = self._patience.trying(lambda: self._objects.get(self._key))
        return (read_lock(found.data, self.name), found.tag) if found else None

    def acquire(
        self, info: LockInfo, lease: Lease, timeout: float, report: Report, probe: Callable[[], None]
    ) -> Holding:
        """Take the lock, waiting for it at most `timeout` seconds. Raises StateError (STA201).

        `probe` is called first where there never was one: nobody may have run `cl init`.
        """
        deadline = time.monotonic() + timeout
        watch, poll, is_reported = Watch(), _FIRST_POLL, False
        while True:
            began = awake_or_asleep()
            present = self.read()
            if present is None:
                probe()
            holder = present[0].holder if present else None
            is_abandoned = bool(present and holder and watch.is_abandoned(present[1], present[0].lease, began))
            if holder is None or is_abandoned:
                mine = Lock(info, lease, info.id, journal=present[0].unfinished if present else "")
                began = awake_or_asleep()
                there = self._patience.trying(partial(self.write, mine, present[1] if present else None))
                if there is not None and there.data == mine.encode():
                    if present and holder and is_abandoned:
                        report(taken_over(self.name, holder, present[0].lease))
                    return Holding(self, info, mine, there.tag, began)
                continue
            if time.monotonic() >= deadline:
                raise StateError(locked_by(self.name, holder))
            if not is_reported:
                report(waiting_for(self.name, holder, timeout))
                is_reported = True
            time.sleep(random.uniform(poll / 2, poll))  # noqa: S311
            poll = min(1.5 * poll, _LONGEST_POLL, lease.renewal)

    def named(self, lock_id: str) -> tuple[Lock, LockInfo, str]:
        """The lock with this id, who holds it, and the tag. Raises StateError (STA202)."""
        present = self.read()
        if present is None or present[0].holder is None:
            raise StateError(no_lock(self._free))
        lock, tag = present
        if lock.holder is None or lock.holder.id != lock_id:
            raise StateError(another_lock(self.name, lock.holder, lock_id) if lock.holder else no_lock(self._free))
        return lock, lock.holder, tag

    def unlock(self, lock_id: str) -> tuple[Lock, LockInfo]:
        """Free the lock with this id; what it says then, and who held it.

        Raises StateError: STA202 where there is none, STA204 where its holder renews it meanwhile.
        """
        lock, holder, tag = self.named(lock_id)
        deadline = time.monotonic() + 1.5 * lock.lease.renewal
        while time.monotonic() < deadline:
            time.sleep(min(_LONGEST_POLL, lock.lease.renewal / 4))
            if self.named(lock_id)[2] != tag:
                raise StateError(_alive(self.name, holder))
        free = Lock(None, lock.lease, str(uuid.uuid4()), journal=lock.unfinished, is_deleted=lock.is_deleted)
        there = self._patience.trying(lambda: self.write(free, tag))
        if there is None or there.data != free.encode():
            raise StateError(_alive(self.name, holder))
        return free, holder

    def mark(self, *, is_deleted: bool, lease: Lease) -> None:
        """Say whether the workspace is there, whoever holds its lock. Raises StateError."""
        while True:
            present = self.read()
            lock, tag = present or (Lock(None, lease, str(uuid.uuid4()), is_deleted=not is_deleted), None)
            if lock.is_deleted is is_deleted:
                return
            marked = replace(lock, is_deleted=is_deleted)
            there = self._patience.trying(partial(self.write, marked, tag))
            if there is not None and there.data == marked.encode():
                return

    def write(self, lock: Lock, tag: str | None) -> Found | None:
        """What is there after one attempt to write it: with no `tag` if there is none, else if it has this one."""
        data = lock.encode()
        return self._objects.create(self._key, data) if tag is None else self._objects.replace(self._key, data, tag)


class Holding:
    """The lock as its holder wrote it last, and writes it next. `Tenure` lets one thread at a time write it."""

    def __init__(self, lock: LockObject, info: LockInfo, mine: Lock, tag: str, began: float) -> None:
        """It was taken by a request that began at `began`."""
        self.info, self.began, self.journal = info, began, mine.journal
        self._lock, self._mine, self._tag = lock, mine, tag
        self.name = lock.name

    def renew(self) -> None:
        """Write a new sign of life, in one attempt, and whose journal is not in the state yet. Raises LockLost."""
        holder = replace(self.info, heartbeat=now())
        self._write(replace(self._mine, holder=holder, renewal=self._mine.renewal + 1, journal=self.journal))

    def release(self, journal: str) -> None:
        """Free the lock, in one attempt. `journal` is whose journal is not in the state yet. Raises LockLost."""
        self._write(replace(self._mine, holder=None, renewal=self._mine.renewal + 1, journal=journal))

    def _write(self, mine: Lock) -> None:
        there = self._lock.write(mine, self._tag)
        while there is not None and there.data != mine.encode():
            present = read_lock(there.data, self._lock.name)
            is_own = present.holder is not None and present.holder.id == self.info.id
            if not is_own and not (present.holder is None and present.written_by == self.info.id):
                break
            # an earlier write whose reply was lost, or the mark of a workspace that is removed
            mine = replace(mine, renewal=present.renewal + 1, is_deleted=present.is_deleted)
            there = self._lock.write(mine, there.tag)
        if there is None or there.data != mine.encode():
            raise LockLost(lock_lost(self._lock.name))
        self._mine, self._tag = mine, there.tag


def _alive(name: str, holder: LockInfo) -> Diagnostic:
    return Diagnostic(
        "STA204",
        "Lock is not stale",
        f"{name} is held by {holder}, which is alive: it has just renewed it.",
        Remedy.of(f"Wait until it ends, or end it on {holder.host}: ", shell("kill", "-INT", str(holder.pid))),
    )
