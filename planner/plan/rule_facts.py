"""The facts at the start that the order of security rules relies on, for the proof of a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

from planner.network.identity import Authorization, Link
from planner.network.world import World
from planner.steps import Step

if TYPE_CHECKING:
    from planner.documents.plan_proof import GroupFacts


def group_facts(steps: Iterable[Step], world: World) -> dict[str, GroupFacts]:
    """The groups of the rules that steps are about; one that is not known has no facts."""
    named: set[str] = set()
    for step in steps:
        if isinstance(step.target, Authorization):
            named |= {step.target.security_group_id, step.target.source_security_group_id}
    found: dict[str, GroupFacts] = {}
    for group_id in sorted(named):
        group = world.security_group(group_id)
        if group is not None:
            sources = Counter(sorted(filter(None, (rule.source_security_group_id for rule in group.rules))))
            found[group_id] = {"vpc_id": group.vpc_id, "rules": len(group.rules), "sources": dict(sources)}
    return found


def member_facts(steps: Iterable[Step], world: World) -> dict[str, list[str]]:
    """The groups of the instances that steps link or unlink, where they are known."""
    linked = sorted({step.target.instance_id for step in steps if isinstance(step.target, Link)})
    seen = ((instance_id, world.instances.get(instance_id)) for instance_id in linked)
    return {
        instance_id: list(found.security_group_ids)
        for instance_id, found in seen
        if found is not None and found.security_group_ids is not None
    }
