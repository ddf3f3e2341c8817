"""What an apply reports while it runs: one event a line with `--json`, and the progress on a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from planner import __version__
from planner.diagnostics import Diagnostic
from planner.documents.events import (
    FORMAT_VERSION,
    AboutStep,
    ApplyCompleteLine,
    ApplyErroredLine,
    ApplyProgressLine,
    ApplyStartLine,
    ChangeSummaryLine,
    DiagnosticLine,
    EventDiagnostic,
    EventLine,
    PlannedStepLine,
    VersionLine,
)
from planner.network.identity import Authorization
from planner.steps import Step


def _written(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(slots=True, kw_only=True)
class Event:
    """Something that happened at `time` (seconds since 1970; in JSON as RFC 3339, UTC). Immutable.

    It is not frozen, because that would treble the time to make one, and each step makes three.
    """

    time: float = field(default_factory=time.time)

    def to_json(self) -> EventLine:
        """The line of this event."""
        raise NotImplementedError


@dataclass(slots=True, kw_only=True)
class Version(Event):
    """The first event: which release of `cl` speaks."""

    cl_version: str = __version__
    format_version: str = FORMAT_VERSION

    def to_json(self) -> VersionLine:
        return {
            "type": "version",
            "time": _written(self.time),
            "cl_version": self.cl_version,
            "format_version": self.format_version,
        }


@dataclass(slots=True, kw_only=True)
class StepEvent(Event):
    """Something about one step; in JSON its id, action, address, provider and ids.

    `several` says that there are several providers, so that texts name the one that is meant.
    """

    of: Step
    several: bool = False

    @property
    def step(self) -> int:
        return self.of.id

    def about(self) -> AboutStep:
        """When, and the step."""
        step = self.of
        found: AboutStep = {"time": _written(self.time), "step": step.id, "action": step.action.value}
        if step.address is not None:
            found["address"] = str(step.address)
        if step.provider:
            found["provider"] = step.provider
        if step.instance_id is not None:
            found["instance_id"] = step.instance_id
        if step.vpc_id is not None:
            found["vpc_id"] = step.vpc_id
        if isinstance(step.target, Authorization):
            found["security_group_id"] = step.target.security_group_id
            found["security_rule"] = step.target.id
        return found


@dataclass(slots=True, kw_only=True)
class PlannedStep(StepEvent):
    """A step that the plan holds, reported before the first one starts."""

    needs: tuple[int, ...] = ()

    def to_json(self) -> PlannedStepLine:
        return {"type": "planned_step", **self.about(), "needs": list(self.needs)}


@dataclass(slots=True, kw_only=True)
class ApplyStart(StepEvent):
    """A step's call is being made."""

    def to_json(self) -> ApplyStartLine:
        return {"type": "apply_start", **self.about()}


@dataclass(slots=True, kw_only=True)
class ApplyComplete(StepEvent):
    """A step is done, after so many tries of which so many were throttled; `seconds` counts from its start."""

    seconds: float
    tries: int
    throttles: int

    def to_json(self) -> ApplyCompleteLine:
        return {
            "type": "apply_complete",
            **self.about(),
            "seconds": self.seconds,
            "tries": self.tries,
            "throttles": self.throttles,
        }


@dataclass(slots=True, kw_only=True)
class ApplyErrored(StepEvent):
    """A step failed, or was skipped because of the failed step `because_of`."""

    because_of: int | None = None
    diagnostic: Diagnostic | None = None
    cloud_code: str = ""
    """The code of the cloud's answer, such as `QuotaExceeded`, where there was one."""

    def to_json(self) -> ApplyErroredLine:
        # mypy does not see that what is about the step holds neither of the two keys below.
        line: ApplyErroredLine = {"type": "apply_errored", **self.about()}  # type: ignore[typeddict-item]
        if self.because_of is not None:
            line["because_of"] = self.because_of
        if self.diagnostic is not None:
            line["diagnostic"] = self.diagnostic.to_json()
        return line


@dataclass(slots=True, kw_only=True)
class ApplyProgress(Event):
    """How far it is: counts of steps, calls a second of late, the seconds left at that pace (where it is known)."""

    done: int
    total: int
    failed: int
    skipped: int
    running: int
    throttles: int
    rate: float
    seconds_left: float | None

    def to_json(self) -> ApplyProgressLine:
        line: ApplyProgressLine = {
            "type": "apply_progress",
            "time": _written(self.time),
            "done": self.done,
            "total": self.total,
            "failed": self.failed,
            "skipped": self.skipped,
            "running": self.running,
            "throttles": self.throttles,
            "rate": self.rate,
        }
        if self.seconds_left is not None:
            line["seconds_left"] = self.seconds_left
        return line


@dataclass(slots=True, kw_only=True)
class ChangeSummary(Event):
    """The end: how many steps were done, failed, were skipped because of a failed one, and were left over.

    `under_way` counts the steps that a stop at once left in the middle of their calls, with their outcome unknown.
    `adopted`, `readdressed` and `forgotten` count the objects for which only the state had to change. `folded` says
    that the state holds all of that; otherwise the journal does.
    """

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

    def to_json(self) -> ChangeSummaryLine:
        return {
            "type": "change_summary",
            "time": _written(self.time),
            "done": self.done,
            "failed": self.failed,
            "skipped": self.skipped,
            "left": self.left,
            "under_way": self.under_way,
            "adopted": self.adopted,
            "readdressed": self.readdressed,
            "forgotten": self.forgotten,
            "interrupted": self.interrupted,
            "folded": self.folded,
        }


@dataclass(slots=True, kw_only=True)
class DiagnosticEvent(Event):
    """A problem, or something worth knowing, that belongs to no step; of a plan as its document has it."""

    diagnostic: Diagnostic | EventDiagnostic

    def to_json(self) -> DiagnosticLine:
        problem = self.diagnostic.to_json() if isinstance(self.diagnostic, Diagnostic) else self.diagnostic
        return {"type": "diagnostic", "time": _written(self.time), "diagnostic": problem}


Listener = Callable[[Event], None]


def ignore(_event: Event) -> None:
    """The listener that does nothing."""
