"""Leases: a lock that is kept by signs of life, where no operating system frees it with its process.

::

    holder   renews every sixth of the lease ──────────▶ after two thirds without success it begins no call
    waiter   watches the sign of life of the holder ──▶ after a whole lease without change it takes the lock over

The third between them is for calls that were begun just before. A holder whose renewals succeed again goes on: until
another command takes the lock over, it is still its own. Each side uses its own clock, so clocks need not agree. The
holder counts from the start of a renewal, which may have taken effect at any time after it; the waiter from
the end of the read that showed the sign first to the start of the one that still shows it.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator

from msgspec import Struct

from planner.diagnostics import Diagnostic, Severity, StateError
from planner.durations import written
from planner.remedy import Remedy
from planner.state.backends.patience import PATIENCE_SECONDS, Denied, Unreachable, unreachable
from planner.state.backends.protocol import LockInfo
from planner.threads import start

LEASE_SECONDS = 60.0
"""The lease where the configuration says none."""

_SOON = 1.0
"""Seconds after which a renewal that failed is tried again."""

Clock = Callable[[], float]
"""Seconds since some moment; never goes back."""


def awake_or_asleep() -> float:
    """Seconds since some moment, those that the machine slept included: a lease runs out while it sleeps."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


class Lease(Struct, frozen=True):
    """How long a lock is kept without a sign of life, in seconds."""

    seconds: float = LEASE_SECONDS

    @property
    def renewal(self) -> float:
        """After how many seconds the holder renews it."""
        return self.seconds / 6

    @property
    def sure(self) -> float:
        """For how many seconds after a renewal the holder may begin calls."""
        return self.seconds * 2 / 3


class LockLost(StateError):
    """The lock is another's by now. Its diagnostic is STA207."""


class Tenure:
    """What a holder knows of its lock. Threads may share it."""

    def __init__(
        self, name: str, lease: Lease, renew: Callable[[], None], began: float, clock: Clock = awake_or_asleep
    ) -> None:
        """The lock of `name` was taken by a request that began at `began`, by `clock`.

        `renew` does one request that renews it, and returns only if that succeeded. It raises LockLost where the lock
        is another's; what else it raises as StateError, Unreachable, Denied or OSError is tried again.
        """
        self._name, self._lease, self._renew, self._clock = name, lease, renew, clock
        self._until = began + lease.sure
        self._renewing = threading.Lock()
        self._loss: LockLost | None = None
        self._failure: tuple[float, str] | None = None

    def is_sure(self) -> bool:
        """Whether no other command can have taken the lock over yet, and the last renewal succeeded. Asks no server."""
        return self._failure is None and self._is_ours()

    def check(self) -> None:
        """Raises LockLost once the lock is another's. Asks no server.

        Raises StateError (STA446) where the lease ran out and no renewal has succeeded for a minute since one failed.
        """
        if self._loss is not None:
            raise LockLost(self._loss.diagnostics)
        failure = self._failure
        if failure is not None and not self._is_ours() and self._clock() - failure[0] >= PATIENCE_SECONDS:
            raise StateError(unreachable(self._name, failure[1]))

    def renew(self) -> None:
        """Renew the lock now. Raises LockLost, and what `renew` raises."""
        with self._renewing:
            if self._loss is not None:
                raise LockLost(self._loss.diagnostics)
            began = self._clock()
            try:
                self._renew()
            except LockLost as loss:
                self._loss = loss
                raise
            except (StateError, Unreachable, Denied, OSError) as problem:
                since = self._failure[0] if self._failure else began
                self._failure = since, str(problem)
                raise
            self._until, self._failure = began + self._lease.sure, None

    def ensure(self) -> None:
        """Renew the lock if it is not sure any more, such as after a server was away. Raises what `renew` raises."""
        if not self.is_sure():
            self.renew()

    def lose(self, loss: LockLost) -> None:
        """Another request has shown that the lock is another's."""
        self._loss = loss

    @contextlib.contextmanager
    def kept(self, pause: Callable[[threading.Event, float], bool] = threading.Event.wait) -> Iterator[None]:
        """Renew the lock every sixth of the lease in a thread, until the block ends. `pause` waits for its end."""
        ended = threading.Event()
        thread = threading.Thread(target=self._keep, args=(ended, pause), name="lock renewal", daemon=True)
        start(thread)
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _is_ours(self) -> bool:
        return self._loss is None and self._clock() < self._until

    def _keep(self, ended: threading.Event, pause: Callable[[threading.Event, float], bool]) -> None:
        while not pause(ended, self._lease.renewal if self._failure is None else min(_SOON, self._lease.renewal)):
            try:
                self.renew()
            except LockLost:
                return
            except (StateError, Unreachable, Denied, OSError):
                continue  # it is tried again; `check` says when it has failed for too long


class Watch:
    """What a waiter has seen of a lock that another holds."""

    def __init__(self, clock: Clock = awake_or_asleep) -> None:
        self._clock = clock
        self._sign: object = None
        self._since = 0.0

    def is_abandoned(self, sign: object, lease: Lease, began: float) -> bool:
        """Whether the holder has shown the same sign of life for a whole lease of its own.

        `sign` changes with each renewal; it was read just now, by a request that began at `began`.
        """
        if self._sign != sign:
            self._sign, self._since = sign, self._clock()
            return False
        return began - self._since >= lease.seconds


def taken_over(name: str, holder: LockInfo, lease: Lease) -> Diagnostic:
    """A holder without a sign of life lost its lock to this command."""
    return Diagnostic(
        "STA208",
        "Lock was taken over",
        f"The lock of {name} was held by {holder}. It showed no sign of life for {written(lease.seconds)}.",
        Remedy.of("If that process was only paused, it starts no new step. This command first completes what it did."),
        Severity.WARNING,
    )
