"""Taking the lock of a workspace.

It is free where `locks` has no row for the workspace. The lock of a session that is gone is free at once, for its
process died or lost it. After a restart of the server every session is gone: then its holder has a third of its lease
to come back. Where a session lives without a sign of life, the lock is taken over after a whole lease.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import time
import uuid

from msgspec import Struct

from planner.diagnostics import Report, StateError
from planner.state.backends.lease import Lease, Watch, awake_or_asleep, taken_over
from planner.state.backends.pg import statements as sql
from planner.state.backends.pg.access import Access
from planner.state.backends.pg.session import Row, Session
from planner.state.backends.protocol import LockInfo
from planner.state.backends.refusals import locked_by, waiting_for
from planner.state.backends.who import host, now, who

_POLL_SECONDS = 0.2
_GRACE = 1 / 3
"""The part of its lease that a holder has to come back after a restart of the server."""


class Holder(Struct, frozen=True):
    """Who holds a lock, as the row says, and what the server says of the session.

    `age` is how many seconds ago the last sign of life was, by the server's clock.
    """

    token: int
    lease: Lease
    sign: object
    is_gone: bool
    is_of_this_start: bool
    age: float
    info: LockInfo

    @property
    def is_dead(self) -> bool:
        """Whether the session is gone, and that not with the server."""
        return self.is_gone and self.is_of_this_start


def holder_of(session: Session, workspace: str) -> Holder | None:
    """Who holds the lock of a workspace, dead or alive."""
    rows = session.rows(sql.HOLDER, workspace)
    return _holder(rows[0]) if rows else None


def _holder(row: Row) -> Holder:
    token, lease, sign, is_gone, is_of_this_start, age, lock_id, by, process, on, since, operation, beat = row
    info = LockInfo(str(lock_id), str(by), _whole(process), str(on), str(since), str(operation), str(beat))
    seconds = float(lease) if isinstance(lease, float) else 0.0
    since_sign = float(age) if isinstance(age, float) else 0.0
    return Holder(_whole(token), Lease(seconds), sign, is_gone is True, is_of_this_start is True, since_sign, info)


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


class Taken(Struct, frozen=True):
    """A lock that was taken: by which sessions of this process, the last one first in use, and when at the earliest."""

    session: Session
    tokens: tuple[int, ...]
    info: LockInfo
    began: float


def announced(session: Session) -> int:
    """A new token, whose advisory lock this session holds from now on."""
    token = secrets.randbits(63)
    session.rows(sql.ANNOUNCE, token)
    return token


class Taking:
    """One attempt to get the lock of a workspace, over as many connections as it takes."""

    def __init__(self, workspace: str, name: str, operation: str, access: Access) -> None:
        self._workspace, self._name, self._access = workspace, name, access
        stamp = now()
        self._info = LockInfo(str(uuid.uuid4()), who(), os.getpid(), host(), stamp, operation, stamp)
        self._session: Session | None = None
        self._tokens: list[int] = []
        self._watch = Watch()

    def take(self, timeout: float, report: Report) -> Taken:
        """The lock. Raises StateError that names its holder where it is not free by then."""
        deadline = time.monotonic() + timeout
        is_reported = False
        try:
            while True:
                found = self._access.patience.trying(lambda: self._once(report))
                if isinstance(found, Taken):
                    return found
                if found is None:
                    continue
                if time.monotonic() >= deadline:
                    raise StateError(locked_by(self._name, found, self._access.options.lease))
                if not is_reported:
                    report(waiting_for(self._name, found, timeout))
                    is_reported = True
                time.sleep(min(_POLL_SECONDS, max(0.0, deadline - time.monotonic())))
        except BaseException:
            self._give_up()
            raise

    def _once(self, report: Report) -> Taken | LockInfo | None:
        """The lock, or who holds it; None where that changed just now."""
        session = self._connected()
        token, began = self._tokens[-1], awake_or_asleep()
        if session.change(sql.TAKE, self._workspace, token, *self._signature()):
            return self._taken(session, began)
        began = awake_or_asleep()
        holder = holder_of(session, self._workspace)
        if holder is None:
            return None
        is_own = holder.token in self._tokens  # of an earlier connection, whose reply was lost
        if not is_own and not self._is_free(holder, began):
            return holder.info
        with contextlib.suppress(StateError):  # of another user: its session stays, and holds no lock any more
            session.rows(sql.END_SESSION, [holder.token])
        began = awake_or_asleep()
        if not session.change(sql.TAKE_OVER, token, *self._signature(), self._workspace, holder.token):
            return None
        if not is_own and not holder.is_gone:
            report(taken_over(self._name, holder.info, holder.lease))
        return self._taken(session, began)

    def _is_free(self, holder: Holder, began: float) -> bool:
        """Whether the holder is dead, or has shown no sign of life for as long as it may."""
        lease = Lease(holder.lease.seconds * _GRACE) if holder.is_gone else holder.lease
        return holder.is_dead or self._watch.is_abandoned((holder.token, holder.sign, holder.is_gone), lease, began)

    def _connected(self) -> Session:
        if self._session is None or self._session.is_broken:
            self._session = self._access.connect()
            self._tokens.append(announced(self._session))
        return self._session

    def _signature(self) -> tuple[str | int | float, ...]:
        info = self._info
        return info.id, info.who, info.pid, info.host, info.since, info.operation, self._access.options.lease

    def _taken(self, session: Session, began: float) -> Taken:
        return Taken(session, tuple(self._tokens), self._info, began)

    def _give_up(self) -> None:
        """Leave no lock behind that was taken by a request whose reply was lost."""
        if self._session is not None:
            with contextlib.suppress(Exception):
                self._session.change(sql.RELEASE, self._workspace, self._tokens)
            self._session.close()
