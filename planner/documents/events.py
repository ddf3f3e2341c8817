"""The events of an apply: what each line of `cl apply --json` holds, and the JSON Schema of a line."""

from functools import cache
from typing import Annotated, Literal, NotRequired, TypedDict

from planner.entries import ProblemKeys
from planner.network.identity import Action
from planner.schema.generate import schema_of
from planner.schema.keywords import Count, Schema, at_least, one_of
from planner.schema.texts import FormatVersion, Time

FORMAT_VERSION = "1.0"

Seconds = Annotated[float, at_least(0)]
StepId = Annotated[int, at_least(1)]


class Happened(TypedDict):
    """An event."""

    time: Annotated[Time, "When: RFC 3339, UTC."]


class AboutStep(Happened):
    """An event of one step."""

    step: Annotated[StepId, "The id of the step."]
    action: Annotated[str, one_of(Action), "What the step does."]
    address: NotRequired[Annotated[str, "The object that the step belongs to."]]
    provider: NotRequired[Annotated[str, "The key of the provider that makes the call."]]
    instance_id: NotRequired[Annotated[str, "The instance that is the target."]]
    vpc_id: NotRequired[Annotated[str, "The VPC that is the target."]]
    security_group_id: NotRequired[Annotated[str, "The security group whose rule it is about."]]
    security_rule: NotRequired[Annotated[str, "The import id of the security rule."]]


class EventDiagnostic(ProblemKeys):
    """A problem, or a finding of the plan."""

    severity: Annotated[str, one_of(("error", "warning", "note", "unknown", "waived")), "Its severity."]


class VersionLine(Happened):
    """The first event: the release of cl."""

    type: Literal["version"]
    cl_version: Annotated[str, "The release."]
    format_version: Annotated[FormatVersion, "The version of this format."]


class PlannedStepLine(AboutStep):
    """A step of the plan, before the first one starts."""

    type: Literal["planned_step"]
    needs: Annotated[list[StepId], "The steps that must be done first."]


class ApplyStartLine(AboutStep):
    """The call of a step is being made."""

    type: Literal["apply_start"]


class ApplyCompleteLine(AboutStep):
    """A step is done."""

    type: Literal["apply_complete"]
    seconds: Annotated[Seconds, "How long it took."]
    tries: Annotated[Count, "How many calls the step took."]
    throttles: Annotated[Count, "How many of the calls were throttled."]


class ApplyErroredLine(AboutStep):
    """A step failed, or was skipped because another one failed."""

    type: Literal["apply_errored"]
    because_of: NotRequired[Annotated[StepId, "The failed step because of which this one was skipped."]]
    diagnostic: NotRequired[Annotated[EventDiagnostic, "Why the step failed."]]


class ApplyProgressLine(Happened):
    """How far the apply is."""

    type: Literal["apply_progress"]
    done: Annotated[Count, "Steps that are done."]
    total: Annotated[Count, "The number of all steps."]
    failed: Annotated[Count, "Steps that failed."]
    skipped: Annotated[Count, "Steps that were skipped because another one failed."]
    running: Annotated[Count, "Steps that are running."]
    throttles: Annotated[Count, "Calls that were throttled."]
    rate: Annotated[Seconds, "Steps per second, recently."]
    seconds_left: NotRequired[Annotated[Seconds, "The time left at that rate."]]


class ChangeSummaryLine(Happened):
    """The end of the apply."""

    type: Literal["change_summary"]
    done: Annotated[Count, "Steps that are done."]
    failed: Annotated[Count, "Steps that failed."]
    skipped: Annotated[Count, "Steps that were skipped because another one failed."]
    left: Annotated[Count, "Steps that were not started."]
    under_way: Annotated[Count, "Steps that were stopped in the middle of their calls: their outcome is not known yet."]
    adopted: Annotated[Count, "Objects that came under management without a step."]
    readdressed: Annotated[Count, "Objects that were re-addressed in the state."]
    forgotten: Annotated[Count, "Objects that left the state."]
    interrupted: Annotated[bool, "Whether the apply was stopped."]
    folded: Annotated[bool, "Whether the state contains all of this; otherwise the journal does."]


class DiagnosticLine(Happened):
    """A message that belongs to no step."""

    type: Literal["diagnostic"]
    diagnostic: Annotated[EventDiagnostic, "The problem."]


EventLine = (
    VersionLine
    | PlannedStepLine
    | ApplyStartLine
    | ApplyCompleteLine
    | ApplyErroredLine
    | ApplyProgressLine
    | ChangeSummaryLine
    | DiagnosticLine
)


@cache
def events_schema() -> Schema:
    """The published JSON Schema of one event. Readers ignore events whose type they do not know."""
    return schema_of(EventLine, "Event of an apply of cl")
