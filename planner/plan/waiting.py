"""What each step of a draft waits for: first what ClassicLink demands, then what users and short absences wish for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence

from planner.network.ranges import needs_guest_route
from planner.network.worlds import Worlds
from planner.plan.dependencies import Dependencies
from planner.plan.draft import Draft, InstanceNodes
from planner.plan.needs import Needs
from planner.plan.slots import FREE

MOST_PAIRS = 10_000
"""How many needs between two resources are written out; more go through one step that all others wait for."""

Wishes = dict[int, set[int]]
"""For some nodes, further nodes that should come before them."""


def demanded(draft: Draft, worlds: Worlds) -> Needs:
    """What ClassicLink demands: these needs always hold, and form no circle."""
    needs: Needs = [set() for _ in draft.nodes]
    for vpc in draft.vpcs.values():
        if vpc.disable is not None:
            needs[vpc.disable].update(vpc.detaches)
            if vpc.enable is not None:
                needs[vpc.enable].add(vpc.disable)
    for instance in draft.instances.values():
        for route in instance.routes_removed:
            needs[route].update(_present(instance.detach))
        for route in instance.routes_added:
            needs[route].update(_removals_of_the_same(route, instance, draft))
        if instance.attach is not None:
            needs[instance.attach].update(_before_attach(instance.attach, instance, draft, worlds))
    for attach, detach in draft.giver.items():
        if detach != FREE:
            needs[attach].add(detach)
    return needs


def handed_over(draft: Draft) -> dict[int, set[int]]:
    """What is made at one provider waits until it is removed at the one that it comes from.

    The state has room for one of the two: made first, the other one would be forgotten where its removal fails.
    """
    return {
        made: {draft.removes[address]}
        for address, made in draft.adds.items()
        if address in draft.removes and draft.nodes[made].change.provider_changes
    }


def asked_for(draft: Draft, dependencies: Dependencies) -> tuple[Wishes, Wishes]:
    """What users ask for: an object is made after what it depends on, and removed before it.

    Returned apart are the removals that would wait for the detach of a move: its link does not end, it only moves.
    """
    wishes: Wishes = defaultdict(set)
    for each in dependencies.among(draft.adds):
        _wait(
            wishes, [draft.adds[address] for address in each.later], [draft.adds[address] for address in each.earlier]
        )
    moving = {detach for detach, _ in draft.moves}
    behind_moves: Wishes = defaultdict(set)
    for each in dependencies.among(draft.removes):
        removals = [draft.removes[address] for address in each.earlier]
        first = [draft.removes[address] for address in each.later]
        _wait(wishes, removals, [node for node in first if node not in moving])
        _wait(behind_moves, removals, [node for node in first if node in moving])
    return wishes, behind_moves


def short_absences(draft: Draft, needs: Needs) -> Wishes:
    """The detach of a move waits for all that its attach waits for, so that the attach can follow at once."""
    parked = set(draft.parked)
    return {detach: needs[attach] for detach, attach in draft.moves if detach not in parked and len(needs[attach]) > 1}


def short_absences_of_parked(draft: Draft, needs: Needs) -> Wishes:
    """The same for parked moves, which wait for all but the slot: those that can wait for theirs come first."""
    attach_of = dict(draft.moves)
    return {detach: needs[attach_of[detach]] - {detach, draft.giver[attach_of[detach]]} for detach in draft.parked}


def _before_attach(attach: int, instance: InstanceNodes, draft: Draft, worlds: Worlds) -> Iterator[int]:
    vpc = draft.nodes[attach].vpc
    yield from _present(instance.detach)
    if vpc in draft.vpcs:
        yield from _present(draft.vpcs[vpc].enable)
    yield from instance.routes_added
    if instance.routes_removed and needs_guest_route(vpc[1], worlds.of(vpc[0])):
        yield from instance.routes_removed  # so that the rule sees at the attach that the route is gone


def _removals_of_the_same(route: int, instance: InstanceNodes, draft: Draft) -> Iterator[int]:
    return (number for number in instance.routes_removed if draft.nodes[number].target == draft.nodes[route].target)


def _wait(wishes: Wishes, later: Sequence[int], earlier: Sequence[int]) -> None:
    """Let each wait for each; where these are too many pairs, one waits for all, and the others for that one."""
    if len(later) * len(earlier) > MOST_PAIRS:
        gate = min(later)
        wishes[gate].update(earlier)
        earlier = (gate,)
    for node in later:
        wishes[node].update(earlier)


def _present(number: int | None) -> tuple[int, ...]:
    return () if number is None else (number,)
