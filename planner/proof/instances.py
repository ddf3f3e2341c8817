"""Claims 1, 5 and 7: what is done to one instance, whatever else the plan does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, zip_longest

from msgspec import Struct, field

from planner.network.identity import Subject
from planner.proof.plan import (
    ADD_ROUTE,
    ATTACH,
    DETACH,
    FREE,
    LINKS,
    ROUTES,
    Plan,
    Step,
    VpcAtStart,
    missing_needs,
)


class Routes(Struct):
    """The guest routes that are added inside an instance, and those that are removed, as listed."""

    added: list[Step] = field(default_factory=list)
    removed: list[Step] = field(default_factory=list)


class InstanceSteps(Struct, gc=False):
    """The steps of one instance as listed: its attaches and detaches, and the guest routes inside it, if any."""

    chain: list[Step] = field(default_factory=list)
    routes: Routes | None = None

    @property
    def is_moved(self) -> bool:
        """Whether the instance is both detached and attached."""
        return len({step.call.action for step in self.chain}) == 2

    def moves(self) -> list[Move]:
        """Each detach with the attach that comes next."""
        return [Move(step, attach) for step, attach in pairwise(self.chain) if _is_move(step, attach)]


class Move(Struct, frozen=True):
    detach: Step
    attach: Step


def _is_move(step: Step, following: Step) -> bool:
    return step.call.action == DETACH and following.call.action == ATTACH


def by_instance(steps: Sequence[Step]) -> dict[Subject, InstanceSteps]:
    """The steps of each instance."""
    found: dict[Subject, InstanceSteps] = defaultdict(InstanceSteps)
    for step in steps:
        action = step.call.action
        if action in LINKS:
            found[step.provider, step.call.instance_id].chain.append(step)
        elif action in ROUTES:
            instance = found[step.instance]
            routes = instance.routes = instance.routes or Routes()
            (routes.added if action == ADD_ROUTE else routes.removed).append(step)
    return found


def check_instances(instances: Mapping[Subject, InstanceSteps], plan: Plan) -> Iterator[str]:
    """What does not hold of claims 1, 5 and 7."""
    for (provider, instance_id), steps in instances.items():
        if steps.chain:
            yield from _one_after_the_other(steps.chain, plan.links[provider].get(instance_id))
            yield from _moves_wait(steps.chain)
        if steps.routes is not None:
            yield from _guest_routes_are_added(steps.chain, steps.routes)
            yield from _guest_routes_are_removed(steps.chain, steps.routes, plan.vpcs)


def _one_after_the_other(chain: Sequence[Step], linked_to: str | None) -> Iterator[str]:
    """1. Each needs the one before it. An attach finds the instance unlinked; a detach, linked to the VPC it names."""
    before: Step | None = None
    for step in chain:
        call = step.call
        if before is not None and before.id not in step.needs:
            yield f"{step} does not need step {before.id}, the one before it of the same instance."
        if call.action == ATTACH:
            if linked_to is not None:
                yield f"{step} finds its instance linked to {linked_to}."
            linked_to = call.vpc_id
        else:
            if linked_to != call.vpc_id:
                yield f"{step} finds its instance {f'linked to {linked_to}' if linked_to else 'unlinked'}."
            linked_to = None
        before = step


def _moves_wait(chain: Sequence[Step]) -> Iterator[str]:
    """7. The detach of a move needs all that its attach needs and that is listed before it, but for the slot.

    It is marked as parked where it does not wait for the slot, and only there.
    """
    for step, following in zip_longest(chain, chain[1:]):
        if following is None or not _is_move(step, following):
            waits_for_slot = True
        else:
            needs, slot = step.needs, following.slot
            for need in following.needs:
                if need < step.id and need != slot and need not in needs:
                    yield f"{step} does not need step {need}, which {following} waits for."
            waits_for_slot = slot in (FREE, step.id) or slot in needs
        if step.parked and waits_for_slot:
            yield f"{step} is marked as parked, but its new slot is free by then."
        elif not step.parked and not waits_for_slot:
            yield f"{step} does not wait for step {slot}, whose slot {following} takes, and is not marked as parked."


def _guest_routes_are_added(chain: Sequence[Step], routes: Routes) -> Iterator[str]:
    """5. Before the attaches, and after the removal of the same route."""
    for attach in chain:
        if attach.action == ATTACH:
            yield from missing_needs(attach, routes.added, "which adds a guest route it relies on")
    for addition in routes.added:
        the_same = [removal for removal in routes.removed if _destination(removal) == _destination(addition)]
        yield from missing_needs(addition, the_same, "which removes the same guest route")


def _guest_routes_are_removed(
    chain: Sequence[Step], routes: Routes, vpcs: Mapping[Subject, VpcAtStart]
) -> Iterator[str]:
    """5. After the detaches, and before an attach that relies on the route: so its rule saw that the route is gone."""
    detaches = [step for step in chain if step.action == DETACH]
    for removal in routes.removed:
        yield from missing_needs(removal, detaches, "the detach of its instance")
    for attach in chain:
        if attach.action == ATTACH and vpcs[attach.vpc].guest_route:
            yield from missing_needs(attach, routes.removed, "which removes a guest route it relies on")


def _destination(step: Step) -> str:
    return step.call.destination_cidr_block
