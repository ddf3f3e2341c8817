"""Claims 1, 5 and 7: what is done to one instance, whatever else the plan does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from planner.network.identity import Subject
from planner.proof.plan import (
    ADD_ROUTE,
    ATTACH,
    DETACH,
    FREE,
    REMOVE_ROUTE,
    Plan,
    Step,
    VpcAtStart,
    missing_needs,
)


@dataclass(slots=True)
class InstanceSteps:
    """The steps of one instance as listed: its attaches and detaches, and the guest routes inside it."""

    chain: list[Step] = field(default_factory=list)
    routes_added: list[Step] = field(default_factory=list)
    routes_removed: list[Step] = field(default_factory=list)

    def moves(self) -> list[Move]:
        """Each detach with the attach that comes next."""
        return [
            Move(detach, attach)
            for detach, attach in pairwise(self.chain)
            if detach.call.action == DETACH and attach.call.action == ATTACH
        ]


class Move(NamedTuple):
    detach: Step
    attach: Step

    @property
    def is_parked(self) -> bool:
        """Whether the instance is detached although its new slot may not be free yet."""
        return self.attach.slot not in (FREE, self.detach.id) and self.attach.slot not in self.detach.needs


def by_instance(steps: Sequence[Step]) -> dict[Subject, InstanceSteps]:
    """The steps of each instance."""
    found: dict[Subject, InstanceSteps] = defaultdict(InstanceSteps)
    for step in steps:
        action = step.call.action
        if action in (ATTACH, DETACH):
            found[step.instance].chain.append(step)
        elif action == ADD_ROUTE:
            found[step.instance].routes_added.append(step)
        elif action == REMOVE_ROUTE:
            found[step.instance].routes_removed.append(step)
    return found


def check_instances(instances: Mapping[Subject, InstanceSteps], plan: Plan) -> Iterator[str]:
    """What does not hold of claims 1, 5 and 7."""
    for instance, steps in instances.items():
        yield from _one_after_the_other(steps.chain)
        yield from _each_from_where_the_last_leaves(steps.chain, plan.links.get(instance))
        if steps.routes_added or steps.routes_removed:
            yield from _guest_routes_are_added(steps)
            yield from _guest_routes_are_removed(steps, plan.vpcs)
        moves = steps.moves()
        yield from _moves_wait(moves)
        yield from _parked_are_marked(steps.chain, moves)


def _one_after_the_other(chain: Sequence[Step]) -> Iterator[str]:
    """1. Each attach or detach needs the one before it."""
    for before, step in pairwise(chain):
        if before.id not in step.needs:
            yield f"{step} does not need step {before.id}, the one before it of the same instance."


def _each_from_where_the_last_leaves(chain: Sequence[Step], linked_to: str | None) -> Iterator[str]:
    """1. An attach finds the instance unlinked; a detach finds it linked to the VPC that it names."""
    for step in chain:
        if step.action == ATTACH:
            if linked_to is not None:
                yield f"{step} finds its instance linked to {linked_to}."
            linked_to = step.vpc_id
        else:
            if linked_to != step.vpc_id:
                yield f"{step} finds its instance {f'linked to {linked_to}' if linked_to else 'unlinked'}."
            linked_to = None


def _guest_routes_are_added(steps: InstanceSteps) -> Iterator[str]:
    """5. Before the attaches, and after the removal of the same route."""
    for attach in steps.chain:
        if attach.action == ATTACH:
            yield from missing_needs(attach, steps.routes_added, "which adds a guest route it relies on")
    for addition in steps.routes_added:
        the_same = [removal for removal in steps.routes_removed if _destination(removal) == _destination(addition)]
        yield from missing_needs(addition, the_same, "which removes the same guest route")


def _guest_routes_are_removed(steps: InstanceSteps, vpcs: Mapping[Subject, VpcAtStart]) -> Iterator[str]:
    """5. After the detaches, and before an attach that relies on the route: so its rule saw that the route is gone."""
    detaches = [step for step in steps.chain if step.action == DETACH]
    for removal in steps.routes_removed:
        yield from missing_needs(removal, detaches, "the detach of its instance")
    for attach in steps.chain:
        if attach.action == ATTACH and vpcs[attach.vpc].guest_route:
            yield from missing_needs(attach, steps.routes_removed, "which removes a guest route it relies on")


def _destination(step: Step) -> str:
    return step.call.destination_cidr_block


def _moves_wait(moves: Sequence[Move]) -> Iterator[str]:
    """7. The detach of a move needs all that its attach needs and that is listed before it, but for the slot."""
    for detach, attach in moves:
        for need in sorted(attach.needs):
            if need < detach.id and need != attach.slot and need not in detach.needs:
                yield f"{detach} does not need step {need}, which {attach} waits for."


def _parked_are_marked(chain: Sequence[Step], moves: Sequence[Move]) -> Iterator[str]:
    """7. A detach is marked as parked where it does not wait for the slot of its move, and only there."""
    parked = {move.detach.id: move for move in moves if move.is_parked}
    for step in chain:
        if step.parked and step.id not in parked:
            yield f"{step} is said to be parked, but its new slot is free by then."
    for detach, attach in parked.values():
        if not detach.parked:
            slot = attach.slot
            yield f"{detach} does not wait for step {slot}, whose slot {attach} takes, and is not said to be parked."
