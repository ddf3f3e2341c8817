"""What each step of a draft waits for: first what ClassicLink demands, then what users and short absences wish for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from planner.network.ranges import needs_guest_route
from planner.network.worlds import Worlds
from planner.plan.dependencies import Dependencies
from planner.plan.draft import Draft, InstanceNodes
from planner.plan.needs import Needs

MOST_PAIRS = 10_000
"""How many needs between two resources are written out; more go through one step that all others wait for."""

Wishes = dict[int, set[int]]
"""For some nodes, further nodes that should come before them."""


def demanded(draft: Draft, worlds: Worlds) -> Needs:
    """What ClassicLink demands: these needs always hold, and form no circle."""
    needs: Needs = [[] for _ in draft.nodes]
    for vpc in draft.vpcs.values():
        if vpc.disable is not None:
            needs[vpc.disable] += vpc.detaches
            if vpc.enable is not None:
                needs[vpc.enable].append(vpc.disable)
    for instance in draft.instances:
        if instance.attach is not None:
            if instance.detach is not None:
                needs[instance.attach.number].append(instance.detach.number)
            if draft.vpcs and (switched := draft.vpcs.get(instance.attach.vpc)) and switched.enable is not None:
                needs[instance.attach.number].append(switched.enable)
        if instance.routes_added or instance.routes_removed:
            _around_guest_routes(needs, instance, worlds)
    for node, detach in enumerate(draft.giver):
        if detach >= 0:
            needs[node].append(detach)
    return needs


def _around_guest_routes(needs: Needs, instance: InstanceNodes, worlds: Worlds) -> None:
    """A route is removed after the detach, and before the same one is added; an attach comes after both."""
    attach, detach = instance.attach, instance.detach
    for removed in instance.routes_removed:
        if detach is not None:
            needs[removed.number].append(detach.number)
    for added in instance.routes_added:
        needs[added.number] += [each.number for each in instance.routes_removed if each.target == added.target]
    if attach is not None:
        needs[attach.number] += [route.number for route in instance.routes_added]
        provider, vpc_id = attach.vpc
        if instance.routes_removed and needs_guest_route(vpc_id, worlds.of(provider)):
            # so that the rule sees at the attach that the route is gone
            needs[attach.number] += [route.number for route in instance.routes_removed]


def handed_over(draft: Draft) -> Wishes:
    """What is made at one provider waits until it is removed at the one that it comes from.

    Where the removal fails, nothing is made: the object stays as it is, at the provider that it comes from.
    """
    if len({node.provider for node in draft.nodes}) < 2:
        return {}
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


def short_absences(draft: Draft, needs: Needs) -> Mapping[int, Sequence[int]]:
    """The detach of a move waits for all that its attach waits for, so that the attach can follow at once."""
    parked = set(draft.parked)
    return {detach: needs[attach] for detach, attach in draft.moves if detach not in parked and len(needs[attach]) > 1}


def short_absences_of_parked(draft: Draft, needs: Needs) -> Wishes:
    """The same for parked moves, which wait for all but the slot: those that can wait for theirs come first."""
    parked = set(draft.parked)
    return {
        detach: {*needs[attach]} - {detach, draft.giver[attach]} for detach, attach in draft.moves if detach in parked
    }


def _wait(wishes: Wishes, later: Sequence[int], earlier: Sequence[int]) -> None:
    """Let each wait for each; where these are too many pairs, one waits for all, and the others for that one."""
    if len(later) * len(earlier) > MOST_PAIRS:
        gate = min(later)
        wishes[gate].update(earlier)
        earlier = (gate,)
    for node in later:
        wishes[node].update(earlier)
