"""Faults on demand: calls that fail, hang, lose their reply, or take the process with them."""

from __future__ import annotations

import json
import os
import signal
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from planner.diagnostics import Diagnostic, ProviderError, did_you_mean
from planner.reading import read_regular
from planner.schema.phrases import shown
from providers.mock.problems import Problems, expected, is_id, is_text


class FaultKind(StrEnum):
    THROTTLE = "throttle"
    ERROR = "error"
    LOST_REPLY = "lost_reply"
    NOT_DONE = "not_done"
    CRASH_BEFORE = "crash_before"
    CRASH_AFTER = "crash_after"
    HANG = "hang"


_INSTANCE = frozenset({"instance_id"})
_VPC = frozenset({"vpc_id"})

MATCHES = {
    "EnableVpcClassicLink": _VPC,
    "DisableVpcClassicLink": _VPC,
    "AttachClassicLinkVpc": _INSTANCE | _VPC,
    "DetachClassicLinkVpc": _INSTANCE | _VPC,
    "AddGuestRoute": _INSTANCE,
    "RemoveGuestRoute": _INSTANCE,
    "DescribeVpcs": _VPC,
    "DescribeVpcAttribute": _VPC,
    "DescribeVSwitches": _VPC,
    "DescribeRouteEntryList": _VPC,
    "DescribeInstances": _INSTANCE,
    "DescribeClassicLinkInstances": _INSTANCE | _VPC,
}
"""The calls that a fault can strike, each with the ids that a fault can match."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One order. `nth` counts matching calls of this process from 1; None is every one."""

    action: str
    kind: FaultKind
    match: Mapping[str, str] = field(default_factory=dict)
    nth: int | None = None
    code: str = ""
    message: str = ""
    seconds: float = 0.0


class Faults:
    """The orders, and how often each has matched. Safe to use from several threads."""

    def __init__(self, faults: tuple[Fault, ...] = ()) -> None:
        self._faults = faults
        self._counts = [0] * len(faults)
        self._lock = threading.Lock()

    def on_call(self, action: str, instance_id: str | None, vpc_id: str | None) -> Fault | None:
        """The first fault that strikes this call. Every fault that matches counts it."""
        if not self._faults:
            return None
        ids = {"instance_id": instance_id, "vpc_id": vpc_id}
        struck = self._strike(action, lambda fault: all(ids[key] == value for key, value in fault.match.items()))
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


def load_faults(path: Path, shown_as: str) -> Faults:
    """The faults of a file. Raises ProviderError with every problem at once."""
    try:
        orders = json.loads(read_regular(path).decode("utf-8-sig"))
    except OSError as problem:
        raise ProviderError(_unreadable(shown_as, problem.strerror or str(problem))) from None
    except (ValueError, RecursionError) as problem:
        raise ProviderError(_unreadable(shown_as, str(problem))) from None
    problems = Problems(shown_as)
    if not isinstance(orders, list):
        _wrong(problems, "", expected("a list of faults", orders))
        orders = []
    found = [_fault(order, f"[{index}]", problems) for index, order in enumerate(orders)]
    problems.raise_if_any()
    return Faults(tuple(fault for fault in found if fault is not None))


def _unreadable(shown_as: str, why: str) -> Diagnostic:
    return Diagnostic(
        "PRV104", "Faults file cannot be read", f"{shown_as}: {why}.", "Correct the file, or remove the setting faults."
    )


def _wrong(problems: Problems, path: str, sentence: str, remedy: str = "Correct the fault.") -> None:
    problems.add("PRV105", "Fault is not understood", path, sentence, remedy)


def _is_nth(value: object) -> str | None:
    right = isinstance(value, int) and not isinstance(value, bool) and value >= 1
    return None if right else expected("a whole number from 1", value)


def _is_seconds(value: object) -> str | None:
    right = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    return None if right else expected("a number of seconds", value)


_CHECKS = {"nth": _is_nth, "code": is_id, "message": is_text, "seconds": _is_seconds}


def _fault(order: object, path: str, problems: Problems) -> Fault | None:
    if not isinstance(order, dict):
        _wrong(problems, path, expected("an object", order))
        return None
    before = len(problems)
    known = ["action", "kind", "match", *_CHECKS]
    for key, value in order.items():
        if key not in known:
            _wrong(problems, f"{path}.{key}", "this key is not known", did_you_mean(key, known).strip() or "Remove it.")
        elif key in _CHECKS and (wrong := _CHECKS[key](value)):
            _wrong(problems, f"{path}.{key}", wrong)
    action = _one_of(order, "action", MATCHES, path, problems)
    kind = _one_of(order, "kind", list(FaultKind), path, problems)
    _check_match(order.get("match", {}), action, f"{path}.match", problems)
    for key, needed_by in (("code", FaultKind.ERROR), ("seconds", FaultKind.HANG)):
        if (kind == needed_by) != (key in order):
            sentence = f"the kind {needed_by} needs {key}" if kind == needed_by else f"only the kind {needed_by} has it"
            _wrong(problems, f"{path}.{key}", sentence)
    if len(problems) > before:
        return None
    return Fault(**{**order, "kind": FaultKind(order["kind"])})


def _one_of(order: Mapping[str, object], key: str, known: Collection[str], path: str, problems: Problems) -> str | None:
    value = order.get(key)
    if isinstance(value, str) and value in known:
        return value
    sentence = expected(f"one of {', '.join(known)}", value) if key in order else f"the key {key} is missing"
    hint = did_you_mean(value, known).strip() if isinstance(value, str) else ""
    _wrong(problems, f"{path}.{key}", sentence, hint or "Correct the fault.")
    return None


def _check_match(match: object, action: str | None, path: str, problems: Problems) -> None:
    if not isinstance(match, dict):
        _wrong(problems, path, expected("an object with instance_id, vpc_id or both", match))
        return
    known = MATCHES.get(action or "", _INSTANCE | _VPC)
    for key, value in match.items():
        if key not in known:
            _wrong(problems, f"{path}.{key}", f"{action or 'a call'} has {' and '.join(sorted(known))} only")
        elif not isinstance(value, str):
            _wrong(problems, f"{path}.{key}", f"expected an id, found {shown(value)}")
