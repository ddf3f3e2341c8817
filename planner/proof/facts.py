"""The facts at the start: there is one of everything that steps are about, and they are those of the world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping

from planner.network.identity import Subject
from planner.network.ranges import needs_guest_route
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.proof.instances import InstanceSteps
from planner.proof.plan import Plan


def check_completeness(
    plan: Plan, vpcs: Collection[Subject], instances: Mapping[Subject, InstanceSteps]
) -> Iterator[str]:
    """The VPCs that steps are about, and the instances that they link, of which their providers' facts have nothing."""
    for provider, vpc_id in vpcs:
        if (provider, vpc_id) not in plan.vpcs:
            yield f"The proof has no facts of {vpc_id} at {provider}, although steps are about it."
    for (provider, instance_id), steps in instances.items():
        if steps.chain and instance_id not in plan.links.get(provider, ()):
            yield f"The proof does not say what {instance_id} is linked to at the start at {provider}."


def check_counts(plan: Plan) -> Iterator[str]:
    """The VPCs that more instances are linked to by name than by count."""
    named = {provider: Counter(links.values()) for provider, links in plan.links.items()}
    for (provider, vpc_id), vpc in plan.vpcs.items():
        count = named[provider][vpc_id]
        if vpc.linked < count:
            yield f"The proof counts {vpc.linked} links of {vpc_id}, but names {count} linked instances."


def check_worlds(plan: Plan, worlds: Worlds) -> Iterator[str]:
    """The facts that are not those of these worlds. How many links a VPC has may differ: see `check_vpcs`."""
    for provider, account in plan.accounts.items():
        yield from _check_world(plan, provider, account, worlds.of(provider))


def _check_world(plan: Plan, provider: str, account: str | None, world: World) -> Iterator[str]:
    if account is not None and world.account_id and account != world.account_id:
        yield f"{provider} reads account {world.account_id}; the proof is about account {account}."
    for (owner, vpc_id), vpc in plan.vpcs.items():
        if owner != provider:
            continue
        seen = world.vpcs.get(vpc_id)
        if seen is None:
            yield f"{vpc_id} does not exist any more."
        elif seen.classic_link_enabled != vpc.enabled:
            yield f"ClassicLink on {vpc_id} is {_on(seen.classic_link_enabled)}; the proof says {_on(vpc.enabled)}."
        if seen is not None and needs_guest_route(vpc_id, world) and not vpc.guest_route:
            yield f"Links to {vpc_id} need a guest route; the proof says that they need none."
    for instance_id, linked_to in plan.links[provider].items():
        if world.links.get(instance_id) != linked_to:
            yield (
                f"{instance_id} is linked to {world.links.get(instance_id, 'nothing')}; "
                f"the proof says {linked_to or 'nothing'}."
            )


def _on(enabled: bool) -> str:
    return "enabled" if enabled else "disabled"
