"""The diagnostics of an apply: how a step failed, and why an apply ended early."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from planner.address import Address
from planner.apply.outcome import UNKNOWN
from planner.apply.retry import Ending, Result
from planner.diagnostics import Diagnostic, Severity, first_of
from planner.durations import written
from planner.remedy import Again, Remedy
from planner.steps import Step

_GO_ON = Remedy.of("Go on with: ", Again(name="apply"))

_REMEDIES = {
    "QuotaExceeded": "The VPC is full: detach other instances from it, or link this one to another VPC.",
    "Forbidden.SubUser": "Give the RAM user the right to call ecs:AttachClassicLinkVpc and ecs:DetachClassicLinkVpc.",
    "InvalidStatus.InstanceLocked": "Wait until the lock of the instance is gone, or ask support why it is locked.",
    "InvalidStatus.InstanceStatus": "Start or stop the instance: it must be Running or Stopped.",
    "InvalidOperation.ResourceManagedByCloudProduct": "A service of the cloud manages the security group, and only "
    "that service can change its rules: undo the change in the configuration, or let the service make it.",
    "InvalidAction": "Instances are still linked to the VPC, perhaps some that cl does not manage: detach them first.",
}


def step_failed(step: Step, result: Result, *, several: bool) -> Diagnostic:
    """Why a step failed; `several` says that there are several providers."""
    again = Remedy.of("Correct the cause, then go on with: ", Again(name="apply"))
    reason = (f"{result.code}: {result.message}" if result.message else result.code).rstrip(".")
    address = str(step.address) if step.address else None
    span = step.place.block if step.place else None
    what = f"Step {step.id}, {step.words(several=several)}"
    if result.ending is Ending.UNKNOWN:
        detail = (
            f"{what}: the reply was lost ({reason}), and reading the cloud did not show whether the call took effect."
        )
        remedy = Remedy.of("The journal keeps the step, and the next apply first looks up its outcome. ", _GO_ON)
        return Diagnostic(UNKNOWN, "Outcome of a step is unknown", detail, remedy, address=address, span=span)
    if result.throttles and result.throttles == result.tries:
        detail = f"{what}: the cloud asked to wait {result.throttles} times in {result.seconds:.0f} s ({reason})."
        remedy = Remedy.of("Others share the account's limit. ", again)
        return Diagnostic("PRV303", "Cloud is too busy", detail, remedy, address=address, span=span)
    detail = f"{what}, was refused by the cloud: {reason}."
    if result.remedy:
        remedy = Remedy.of(result.remedy, "\n", again)
    else:
        remedy = Remedy.of(f"{_REMEDIES[result.code]} ", again) if result.code in _REMEDIES else again
    return Diagnostic("PRV301", "Step was refused", detail, remedy, address=address, span=span)


def without_link(steps: Iterable[Step], *, several: bool) -> list[Diagnostic]:
    """A warning for each instance that was detached and whose attach was not done."""
    return [
        Diagnostic(
            "PRV304",
            "Instance is without a link",
            f"{step.instance_id} was detached from its old VPC; "
            f"step {step.id}, {step.words(several=several)}, was not done.",
            Remedy.of("The next apply links it first. ", _GO_ON),
            Severity.WARNING,
            address=str(step.address) if step.address else None,
            span=step.place.block if step.place else None,
        )
        for step in steps
    ]


def not_removed(found: Iterable[tuple[Address, Address]]) -> list[Diagnostic]:
    """A warning for each object that was replaced and is not removed: where the new one is, and where the old one."""
    return [
        Diagnostic(
            "PRV314",
            "Replaced object was not removed",
            f"The new {address} exists, but the old one was not removed; the state keeps the old one as {beside}.",
            Remedy.of("The next apply removes it. ", _GO_ON),
            Severity.WARNING,
            address=str(address),
        )
        for address, beside in found
    ]


def stopped_at_once(journal: str, under_way: Sequence[Step], *, several: bool) -> Diagnostic:
    """After a second Ctrl-C, with the steps whose calls were left running."""
    calls = first_of([step.words(several=several) for step in under_way])
    alone = f"The outcome of these calls is not known yet: {calls}. " if calls else ""
    return Diagnostic(
        "STA305",
        "Apply was stopped immediately",
        f"{alone}{journal} holds what was done; it is not in the state yet.",
        Remedy.of("The next apply asks the cloud about them, and completes the state first. ", _GO_ON),
        Severity.WARNING,
    )


def out_of_time(seconds: float) -> Diagnostic:
    """Where the whole run took too long."""
    return Diagnostic(
        "PRV305",
        "Apply ran out of time",
        f"It took longer than {written(seconds)}; no new step was started, and the finished steps are in the state.",
        _GO_ON,
    )


def stopping(*, by_signal: bool) -> Diagnostic:
    """While calls are still running: after a first Ctrl-C, or where the apply itself cannot go on."""
    return Diagnostic(
        "STA313",
        "Apply is stopping",
        "No new step starts. Running calls may finish, then the state is written.",
        Remedy.of(
            "Wait. To stop immediately, before the outcome of these calls is known, press Ctrl-C"
            f"{' again' if by_signal else ''}."
        ),
        Severity.WARNING,
    )


def reader_gone() -> Diagnostic:
    """Where standard output takes no more events."""
    return Diagnostic(
        "STA315",
        "Events are no longer read",
        "Standard output cannot be written to: the process that reads it has ended, or the disk is full. "
        "No new step starts. Running calls may finish, then the state is written.",
        Remedy.of("Next time, read all events, or write them to a file."),
        Severity.WARNING,
    )
