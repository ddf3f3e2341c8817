"""Whether the steps are what the changes of the plan ask for: no more and no less, at which provider, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from planner.network.identity import Subject
from planner.proof.instances import InstanceSteps
from planner.proof.plan import DETACH, LINKS, Call, Change, Step

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
    "instance_gone": "changed_outside",
    "vpc_gone": "changed_outside",
    "security_group_gone": "changed_outside",
    "route_removed_outside": "changed_outside",
    "rule_revoked_outside": "changed_outside",
    "moved_outside": "changed_outside",
    "move_cut_short": "resumed",
    "destroy": "destroy",
    "drain": "drain",
}
"""The reason of a step by that of its change, where it is another than `declared`."""


def check_intent(
    steps: Sequence[Step], changes: Sequence[Change], instances: Mapping[Subject, InstanceSteps]
) -> Iterator[str]:
    """What the steps do that no change asks for, what they leave undone, and where they give another reason."""
    by_address = {change.address: change for change in changes}
    left: dict[str, list[Call]] = {}
    for change in changes:
        asked = [call for call in (change.removes, change.adds, change.modifies) if call is not None]
        left.setdefault(change.address, []).extend(asked)
    for step in steps:
        calls = left.get(step.address, ())
        if step.call not in calls:
            yield f"{step} at {step.address} matches no change of the plan."
            continue
        left[step.address].remove(step.call)
        change = by_address[step.address]
        reason = _reason(step, change, instances)
        if step.reason != reason:
            yield f"{step} is taken for the reason {step.reason!r}; the change of {step.address} makes it {reason!r}."
        provider = change.previous_provider if step.call == change.removes else change.provider
        if step.provider != provider:
            yield f"{step} is for the provider {step.provider}; {step.address} belongs to {provider}."
    for address, calls in left.items():
        for call in dict.fromkeys(calls):
            yield f"The change of {address} has no step: {call}."


def _reason(step: Step, change: Change, instances: Mapping[Subject, InstanceSteps]) -> str:
    """An instance that is detached in one change and attached in another is moved, whatever the two say."""
    reason = _WHY.get(change.reason, "declared")
    if reason in ("declared", "undeclared") and step.action in LINKS and instances[step.instance].is_moved:
        return "moved"
    if reason == "resumed" and step.action == DETACH:
        return "replaced"  # the move ends at the address of another link
    return reason
