"""Faults on demand: calls that fail, hang, lose their reply, or take the process with them."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from enum import StrEnum
from pathlib import Path

from msgspec import Struct, field

_PAUSE = 0.02
"""Seconds between two looks for the file that ends a hang."""


class FaultKind(StrEnum):
    """What a fault does. The kinds from RESET on need a wire: the emulator has them, the mock does not."""

    THROTTLE = "throttle"
    ERROR = "error"
    LOST_REPLY = "lost_reply"
    NOT_DONE = "not_done"
    CRASH_BEFORE = "crash_before"
    CRASH_AFTER = "crash_after"
    HANG = "hang"
    RESET = "reset"
    CLOSE = "close"
    TRUNCATE = "truncate"
    GARBAGE = "garbage"
    HTML_502 = "html_502"
    HTML_200 = "html_200"
    EMPTY = "empty"
    REDIRECT = "redirect"


WIRE_KINDS = frozenset(list(FaultKind)[list(FaultKind).index(FaultKind.RESET) :])
"""The kinds that spoil what goes over the wire, before or after the effect."""


class FaultTime(StrEnum):
    """Whether a fault strikes before a call takes effect, which it then never does, or after it."""

    BEFORE = "before"
    AFTER = "after"


INSTANCE = frozenset({"instance_id"})
VPC = frozenset({"vpc_id"})
GROUP = frozenset({"security_group_id"})

MATCHES = {
    "EnableVpcClassicLink": VPC,
    "DisableVpcClassicLink": VPC,
    "AttachClassicLinkVpc": INSTANCE | VPC,
    "DetachClassicLinkVpc": INSTANCE | VPC,
    "AddGuestRoute": INSTANCE,
    "RemoveGuestRoute": INSTANCE,
    "AuthorizeSecurityGroup": GROUP,
    "RevokeSecurityGroup": GROUP,
    "ModifySecurityGroupRule": GROUP,
    "DescribeVpcs": VPC,
    "DescribeVpcAttribute": VPC,
    "DescribeVSwitches": VPC,
    "DescribeRouteEntryList": VPC,
    "DescribeInstances": INSTANCE,
    "DescribeClassicLinkInstances": INSTANCE | VPC,
    "DescribeSecurityGroups": GROUP,
    "DescribeSecurityGroupAttribute": GROUP,
}
"""The calls that a fault can strike, each with the ids that a fault can match."""


class Fault(Struct, frozen=True):
    """One order. `nth` counts matching calls of this process from 1; None is every one.

    A hang takes so many `seconds`, or until a file is there.
    `when` is of interest for the kinds of the wire and for errors of the emulator.
    """

    action: str
    kind: FaultKind
    match: Mapping[str, str] = field(default_factory=dict)
    nth: int | None = None
    code: str = ""
    message: str = ""
    seconds: float = 0.0
    until: Path | None = None
    when: FaultTime = FaultTime.BEFORE

    def pauses(self) -> Iterator[float]:
        """The pauses in seconds that a hang is made of."""
        if self.until is None:
            yield self.seconds
            return
        ends = time.monotonic() + self.seconds
        while not self.until.exists() and (left := ends - time.monotonic()) > 0:
            yield min(_PAUSE, left)


class Faults:
    """The orders, and how often each has matched. Safe to use from several threads."""

    def __init__(self, faults: tuple[Fault, ...] = ()) -> None:
        self._faults = faults
        self._counts = [0] * len(faults)
        self._lock = threading.Lock()

    def on_call(
        self, action: str, instance_id: str | None, vpc_id: str | None, security_group_id: str | None = None
    ) -> Fault | None:
        """The first fault that strikes this call. Every fault that matches counts it."""
        return self.on_request(
            action, {"instance_id": (instance_id,), "vpc_id": (vpc_id,), "security_group_id": (security_group_id,)}
        )

    def on_request(self, action: str, ids: Mapping[str, Collection[str | None]]) -> Fault | None:
        """The same for a request that names any number of ids; a fault matches where its id is among them."""
        if not self._faults:
            return None
        struck = self._strike(
            action, lambda fault: all(value in ids.get(key, ()) for key, value in fault.match.items())
        )
        return struck[0] if struck else None

    def on_read(self, action: str) -> list[Fault]:
        """The faults that strike this read of the whole world, each for its own subject."""
        return self._strike(action, lambda fault: True)

    def _strike(self, action: str, matches: Callable[[Fault], bool]) -> list[Fault]:
        struck: list[Fault] = []
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.action == action and matches(fault):
                    self._counts[index] += 1
                    if fault.nth is None or fault.nth == self._counts[index]:
                        struck.append(fault)
        return struck


def crash() -> None:
    """End this process at once: no handler runs, nothing is closed."""
    os.kill(os.getpid(), signal.SIGKILL)
