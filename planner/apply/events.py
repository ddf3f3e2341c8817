"""What an apply tells while it runs: one event a line with `--json`, and the progress on a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import UTC, datetime
from typing import Any, ClassVar

from planner import __version__
from planner.diagnostics import Diagnostic
from planner.steps import Step


def _written(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True, kw_only=True)
class Event:
    """Something that happened at `time` (seconds since 1970; in JSON as RFC 3339, UTC). Nobody changes it.

    It is not frozen, because that would treble the time to make one, and each step makes three.
    """

    type: ClassVar[str]
    time: float = field(default_factory=time.time)

    def to_json(self) -> dict[str, Any]:
        found = {key: value for key, value in asdict(self).items() if value is not None}
        return {"type": self.type, **found, "time": _written(self.time)}


@dataclass(slots=True, kw_only=True)
class Version(Event):
    """The first event: which release of `cl` speaks."""

    type = "version"
    cl_version: str = __version__
    format_version: str = "1.0"


@dataclass(slots=True, kw_only=True)
class StepEvent(Event):
    """Something about one step; in JSON its id, action, address and ids."""

    of: Step

    @property
    def step(self) -> int:
        return self.of.id

    def to_json(self) -> dict[str, Any]:
        step = self.of
        told: dict[str, Any] = {
            "type": self.type,
            "time": _written(self.time),
            "step": step.id,
            "action": step.action.value,
            "address": str(step.address) if step.address else None,
            "instance_id": step.instance_id,
            "vpc_id": step.vpc_id,
        }
        told |= {found.name: getattr(self, found.name) for found in fields(self) if found.name not in _OF_A_STEP}
        return {key: value for key, value in told.items() if value is not None}


_OF_A_STEP = frozenset({"time", "of"})


@dataclass(slots=True, kw_only=True)
class PlannedStep(StepEvent):
    """A step that the plan holds, told before the first one starts."""

    type = "planned_step"
    needs: tuple[int, ...] = ()


@dataclass(slots=True, kw_only=True)
class ApplyStart(StepEvent):
    """A step's call is being made."""

    type = "apply_start"


@dataclass(slots=True, kw_only=True)
class ApplyComplete(StepEvent):
    """A step is done, after so many tries of which so many were throttled; `seconds` counts from its start."""

    type = "apply_complete"
    seconds: float
    tries: int
    throttles: int


@dataclass(slots=True, kw_only=True)
class ApplyErrored(StepEvent):
    """A step failed, or was skipped because of the failed step `because_of`."""

    type = "apply_errored"
    because_of: int | None = None
    diagnostic: Diagnostic | None = None

    def to_json(self) -> dict[str, Any]:
        found = StepEvent.to_json(self)
        if self.diagnostic is not None:
            found["diagnostic"] = self.diagnostic.to_json()
        return found


@dataclass(slots=True, kw_only=True)
class ApplyProgress(Event):
    """How far it is: counts of steps, calls a second of late, the seconds left at that pace (where one can tell)."""

    type = "apply_progress"
    done: int
    total: int
    failed: int
    skipped: int
    running: int
    throttles: int
    rate: float
    seconds_left: float | None


@dataclass(slots=True, kw_only=True)
class ChangeSummary(Event):
    """The end: how many steps were done, failed, were skipped because of a failed one, and were left over.

    `under_way` counts the steps that a stop at once left in the middle of their calls: nobody knows yet how they ended.
    `adopted`, `readdressed` and `forgotten` count the objects for which only the state had to change. `folded` says
    that the state holds all of that; otherwise the journal does.
    """

    type = "change_summary"
    done: int
    failed: int
    skipped: int
    left: int
    under_way: int = 0
    adopted: int = 0
    readdressed: int = 0
    forgotten: int = 0
    interrupted: bool = False
    folded: bool = True


@dataclass(slots=True, kw_only=True)
class DiagnosticEvent(Event):
    """A problem, or something worth knowing, that belongs to no step; of a plan as its document has it."""

    type = "diagnostic"
    diagnostic: Diagnostic | Mapping[str, Any]

    def to_json(self) -> dict[str, Any]:
        told = self.diagnostic.to_json() if isinstance(self.diagnostic, Diagnostic) else self.diagnostic
        return {"type": self.type, "time": _written(self.time), "diagnostic": told}


Listener = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """The listener that does nothing."""
