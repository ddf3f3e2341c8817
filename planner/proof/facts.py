"""The facts at the start: there is one of everything that steps are about, and they are those of the world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from planner.network.ranges import needs_guest_route
from planner.network.world import World
from planner.proof.instances import InstanceSteps
from planner.proof.plan import Plan


def check_completeness(plan: Plan, vpc_ids: Collection[str], instances: Mapping[str, InstanceSteps]) -> Iterator[str]:
    """The VPCs that steps are about, and the instances that they link, of which the plan has no facts."""
    for vpc_id in vpc_ids:
        if vpc_id not in plan.vpcs:
            yield f"The proof has no facts of {vpc_id}, which steps are about."
    for instance_id, steps in instances.items():
        if steps.chain and instance_id not in plan.links:
            yield f"The proof does not say what {instance_id} is linked to at the start."


def check_counts(plan: Plan) -> Iterator[str]:
    """The VPCs that more instances are linked to by name than by count."""
    named = Counter(plan.links.values())
    for vpc_id, vpc in plan.vpcs.items():
        if vpc.linked < named[vpc_id]:
            yield f"The proof counts {vpc.linked} links of {vpc_id}, but names {named[vpc_id]} linked instances."


def check_world(plan: Plan, world: World) -> Iterator[str]:
    """The facts that are not those of this world. How many links a VPC has may differ: see `check_vpcs`."""
    for vpc_id, vpc in plan.vpcs.items():
        seen = world.vpcs.get(vpc_id)
        if seen is None:
            yield f"{vpc_id} does not exist any more."
        elif seen.classic_link_enabled != vpc.enabled:
            yield f"ClassicLink on {vpc_id} is {_on(seen.classic_link_enabled)}; the proof says {_on(vpc.enabled)}."
        if seen is not None and needs_guest_route(vpc_id, world) and not vpc.guest_route:
            yield f"Links to {vpc_id} need a guest route; the proof says that they need none."
    for instance_id, linked_to in plan.links.items():
        if world.links.get(instance_id) != linked_to:
            yield (
                f"{instance_id} is linked to {world.links.get(instance_id, 'nothing')}; "
                f"the proof says {linked_to or 'nothing'}."
            )


def _on(enabled: bool) -> str:
    return "enabled" if enabled else "disabled"
