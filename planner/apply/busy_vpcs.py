"""VPCs that refuse calls because they are at work on something else, and the steps that wait for them.

Such a refusal slows the calls of its own VPC, each VPC at a pace of its own; those of other VPCs go on. A step that
waits keeps no thread from them::

    worker ──admit──▶ may call now
               └────▶ set aside, in the line of its VPC ──due──▶ worker
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

from msgspec import Struct, field

from providers.adaptive_rate import AdaptiveRate

T = TypeVar("T")


class _Busy(Struct, Generic[T]):
    pace: AdaptiveRate
    line: deque[T] = field(default_factory=deque)


class BusyVpcs(Generic[T]):
    """The busy VPCs of one provider; what waits is of the type T. Safe to use from several threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._vpcs: dict[str, _Busy[T]] = {}

    def admit(self, vpc_id: str | None, waiter: T, *, first: bool) -> int | None:
        """The era in which a call for this VPC begins. None where it has to wait: then it stands in line.

        `first` puts it before the others.
        """
        if vpc_id not in self._vpcs:  # nearly always, so without the lock
            return 0
        with self._lock:
            vpc = self._vpcs[vpc_id]
            if not vpc.line and vpc.pace.due_in() <= 0:
                return vpc.pace.take()
            (vpc.line.appendleft if first else vpc.line.append)(waiter)
            return None

    def refused(self, vpc_id: str, era: int, taken: float) -> None:
        """The VPC refused a call that began in this era, because it was at work on something else.

        `taken` is how many calls a second the cloud took of late, for whatever VPCs.
        """
        with self._lock:
            if vpc_id not in self._vpcs:
                self._vpcs[vpc_id] = _Busy(AdaptiveRate(self._clock, taken))
            self._vpcs[vpc_id].pace.throttled(era)

    def succeeded(self, vpc_id: str | None, era: int) -> None:
        """The VPC took a call that began in this era."""
        if (vpc := self._vpcs.get(vpc_id or "")) is not None:
            vpc.pace.succeeded(era)

    def due(self) -> list[tuple[T, int]]:
        """Those in line whose turn has come, each with the era in which its call begins."""
        found: list[tuple[T, int]] = []
        if self._vpcs:
            with self._lock:
                for vpc in self._vpcs.values():
                    while vpc.line and vpc.pace.due_in() <= 0:
                        found.append((vpc.line.popleft(), vpc.pace.take()))
        return found

    def dismiss(self) -> list[T]:
        """All that wait, who then wait no more."""
        with self._lock:
            found = [waiter for vpc in self._vpcs.values() for waiter in vpc.line]
            for vpc in self._vpcs.values():
                vpc.line.clear()
        return found

    def due_in(self, most: float) -> float:
        """In how many seconds the next turn comes; `most` where that is later, or nothing waits."""
        if not self._vpcs:
            return most
        with self._lock:
            return min([most, *(vpc.pace.due_in() for vpc in self._vpcs.values() if vpc.line)])

    def __len__(self) -> int:
        """How many stand in line."""
        return sum(len(vpc.line) for vpc in list(self._vpcs.values())) if self._vpcs else 0
