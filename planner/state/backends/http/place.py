"""The state at the address: read, locked and unlocked."""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from planner.diagnostics import Diagnostic, Report, Severity, StateError, ignore
from planner.remedy import NO_REMEDY, Remedy, cl
from planner.state.backends.http.client import KEYS, Client
from planner.state.backends.http.held import INTERVAL_SECONDS, HttpHeld, journal_name
from planner.state.backends.lease import LockLost
from planner.state.backends.patience import PATIENCE_SECONDS, Denied, Patience, Unreachable, cleaned
from planner.state.backends.protocol import Held, LockInfo, Records, Stored, Version
from planner.state.backends.refusals import another_lock, locked_by, no_lock, waiting_for
from planner.state.backends.who import host, now, who
from planner.values import replace

_POLL_SECONDS = 1.0
_OF_ANOTHER = "The server says that the lock is another's."


class HttpPlace:
    """The only state of the backend. Everything that is asked is a request of its own."""

    files: tuple[Path, ...] = ()
    backup = None
    aside = ""

    def __init__(
        self,
        client: Client,
        *,
        interval: float = INTERVAL_SECONDS,
        patience: float = PATIENCE_SECONDS,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        """`interval` and `patience` are seconds: between two journals that are sent, and for a server that is away."""
        self._client, self._interval, self._patience, self._pause = client, interval, patience, pause
        self._is_warned = False
        self.name = client.name
        self.journal_name = journal_name(client.name)

    @property
    def journal_away(self) -> Remedy:
        return NO_REMEDY

    @property
    def spare(self) -> Remedy:
        return NO_REMEDY

    def mark(self) -> object | None:
        return None

    def read(self) -> Stored | None:
        return self._client.read().state

    def journal(self) -> Records | None:
        found = self._client.read().journal
        if found is None:
            return None
        age = self._client.now() - found.at
        return Records(found.data, time.time() - age, is_whole=False)

    @contextlib.contextmanager
    def lock(self, operation: str, timeout: float, report: Report) -> Iterator[Held]:
        info = _info(operation)
        if self._client.locks:
            self._acquire(info, timeout, report)
        else:
            self._warn(report)
        held: HttpHeld | None = None
        try:
            patience = Patience(self.name, self._patience, pause=self._pause, notice=self._client.notice, keys=KEYS)
            held = HttpHeld(self._client, info, patience, self._interval)
            yield held
        finally:
            if held is not None:
                held.close()
            if self._client.locks:
                self._release(info, report, held.failure if held else None)

    def probe(self, report: Report) -> None:
        """Read, lock, write what is there, unlock. Raises StateError.

        Where another holds the lock, or there is none, nothing is written. `report` learns that there is none.
        """
        info = _info("init")
        self._client.read()
        if not self._client.locks:
            self._warn(report)
            return
        if self._try(info) is not None:
            return
        try:
            HttpHeld(self._client, info, Patience(self.name, 0.0, keys=KEYS)).touch()
        finally:
            self._client.unlock(info, self._client.trying)

    def holder(self) -> LockInfo | None:
        """Who holds the lock. The protocol cannot be asked, so that it is taken for a moment where it is free."""
        if not self._client.locks:
            return None
        info = _info("force-unlock")
        found = self._try(info)
        if found is None:
            self._client.unlock(info, self._client.trying)
        return found

    def named(self, lock_id: str) -> LockInfo:
        found = self.holder()
        if found is None:
            raise StateError(no_lock(f"lock of {self.name}"))
        if found.id and found.id != lock_id:
            raise StateError(another_lock(self._of_lock(), found, lock_id))
        return replace(found, id=lock_id)

    def unlock(self, lock_id: str) -> LockInfo:
        """Take the lock away. Its holder may be alive: the server cannot know."""
        found = self.named(lock_id)
        if not self._client.unlock(found, self._client.trying):
            raise StateError(another_lock(self._of_lock(), self.holder() or found, lock_id))
        return found

    def history(self, _report: Report = ignore) -> list[Version]:
        raise StateError(_no_history(self.name))

    def version(self, serial: int) -> str:
        raise StateError(_no_history(self.name))

    def _acquire(self, info: LockInfo, timeout: float, report: Report) -> None:
        deadline = time.monotonic() + timeout
        is_reported = False
        while holder := self._try(info):
            if time.monotonic() >= deadline:
                raise StateError(locked_by(self._of_lock(), holder))
            if not is_reported:
                report(waiting_for(self._of_lock(), holder, timeout))
                is_reported = True
            self._pause(min(_POLL_SECONDS, max(0.0, deadline - time.monotonic())))

    def _try(self, info: LockInfo) -> LockInfo | None:
        """Who holds the lock, where it could not be taken. One that was taken by a lost request is released."""
        try:
            return self._client.lock(info)
        except BaseException:
            self._client.hurry()
            self._unlock_once(info)
            raise

    def _unlock_once(self, info: LockInfo) -> str:
        """Try to release the lock; why that failed."""
        try:
            return "" if self._client.unlock(info, lambda request: request()) else _OF_ANOTHER
        except StateError as problem:
            return " ".join(one.detail for one in problem.diagnostics)
        except (Unreachable, Denied) as problem:
            return f"{self.name}: {cleaned(problem.why)}."

    def _release(self, info: LockInfo, report: Report, failure: StateError | None) -> None:
        """Release the lock. A server that has timed out is asked only once more."""
        if failure is not None:
            why = self._unlock_once(info)
            if isinstance(failure, LockLost):
                return  # that it is another's is known
        else:
            try:
                why = "" if self._client.unlock(info, self._client.trying) else _OF_ANOTHER
            except StateError as problem:
                why = " ".join(one.detail for one in problem.diagnostics)
        if why:
            report(_not_released(self.name, info.id, why))

    def _warn(self, report: Report) -> None:
        """Say once that nothing is locked: a migration both checks a place and locks it."""
        if not self._is_warned:
            self._is_warned = True
            report(_no_locking(self.name))

    def _of_lock(self) -> str:
        return f"The lock of {self.name}"


def _info(operation: str) -> LockInfo:
    stamp = now()
    return LockInfo(str(uuid.uuid4()), who(), os.getpid(), host(), stamp, operation, stamp)


def _no_locking(name: str) -> Diagnostic:
    return Diagnostic(
        "STA454",
        "State is not locked",
        f"The http backend has no lock_address, so two commands could write {name} at once, and one would be lost.",
        Remedy.of("Set lock_address (CL_HTTP_LOCK_ADDRESS). Until then, make sure that no two commands run at once."),
        Severity.WARNING,
    )


def _not_released(name: str, lock_id: str, why: str) -> Diagnostic:
    return Diagnostic(
        "STA456",
        "Lock was not released",
        f"The lock of {name} may still be there. {why}",
        Remedy.of("If the next command says that the state is locked: ", cl("force-unlock", lock_id)),
        Severity.WARNING,
    )


def _no_history(name: str) -> Diagnostic:
    return Diagnostic(
        "STA453",
        "No such version",
        f"The http backend keeps no history of {name}: its protocol has none.",
        Remedy.of("GitLab keeps each version: Operate, Terraform states. To have a history here, use pg, s3 or oss."),
    )
