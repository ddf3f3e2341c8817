"""Whether the steps are what the changes of the plan ask for: no more and no less, of whom, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from planner.network.identity import Subject
from planner.proof.plan import ATTACH, DETACH, Change, Step

_WHY = {
    "not_declared": "undeclared",
    "removed_block": "undeclared",
    "vpc_changed": "moved",
    "identity_changed": "replaced",
    "provider_changed": "replaced",
    "replace_asked": "replaced",
    "replace_triggered": "replaced",
    "detached_outside": "changed_outside",
    "disabled_outside": "changed_outside",
    "route_removed_outside": "changed_outside",
    "rule_revoked_outside": "changed_outside",
    "moved_outside": "changed_outside",
    "move_cut_short": "resumed",
    "destroy": "destroy",
    "drain": "drain",
}
"""The reason of a step by that of its change, where it is another than `declared`."""


def check_intent(steps: Sequence[Step], changes: Sequence[Change]) -> Iterator[str]:
    """What the steps do that no change asks for, what they leave undone, and where they give another reason."""
    left = Counter(
        (change.address, call)
        for change in changes
        for call in (change.removes, change.adds, change.modifies)
        if call is not None
    )
    by_address = {change.address: change for change in changes}
    moving = _instances(steps, DETACH) & _instances(steps, ATTACH)
    for step in steps:
        asked = (step.address, step.call)
        count = left[asked]
        left[asked] = count - 1
        if count <= 0:
            yield f"{step} at {step.address} is nothing that the changes of the plan ask for."
        else:
            yield from _check_reason_and_provider(step, by_address[step.address], moving)
    for (address, call), count in left.items():
        if count > 0:
            yield f"No step does what the change of {address} asks for: {call}."


def _instances(steps: Sequence[Step], action: str) -> set[Subject]:
    return {step.instance for step in steps if step.call.action == action}


def _check_reason_and_provider(step: Step, change: Change, moving: Collection[Subject]) -> Iterator[str]:
    """An instance that is detached in one change and attached in another is moved, whatever the two say."""
    reason = _WHY.get(change.reason, "declared")
    if reason in ("declared", "undeclared") and step.action in (DETACH, ATTACH) and step.instance in moving:
        reason = "moved"
    if reason == "resumed" and step.action == DETACH:
        reason = "replaced"  # the move ends at the address of another link
    if step.reason != reason:
        yield f"{step} is taken for the reason {step.reason!r}; the change of {step.address} makes it {reason!r}."
    provider = change.previous_provider if step.call == change.removes else change.provider
    if step.provider != provider:
        yield f"{step} is for the provider {step.provider}; {step.address} belongs to {provider}."
