"""The steps of a plan before they are put in order: numbered nodes, and the slot that each attach takes.

The number of a node is its place where nothing else is needed: first what prepares (enable, guest routes), then what
only gives slots back, then the moves and returns in the order of their slots, each attach after its detach, then the
newcomers, then what tidies up (guest routes, disable).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from planner.address import Address
from planner.network.identity import ATTACHMENT, CREATES, DELETES, Action, Enablement, Identity, Link
from planner.network.world import World
from planner.plan.changes import Change
from planner.plan.dependencies import Dependencies, longest_chains
from planner.plan.slots import FREE, NONE, HandOut, Journey, hand_out

ADDING = frozenset(CREATES.values())
"""The actions that make something, as opposed to those that remove something."""


class Node(NamedTuple):
    """A step that has no place yet."""

    action: Action
    target: Identity
    change: Change


@dataclass(slots=True)
class InstanceNodes:
    """What is done to one instance, as numbers of nodes."""

    detach: int | None = None
    attach: int | None = None
    routes_added: list[int] = field(default_factory=list)
    routes_removed: list[int] = field(default_factory=list)


@dataclass(slots=True)
class VpcNodes:
    """What is done to one VPC, as numbers of nodes."""

    enable: int | None = None
    disable: int | None = None
    detaches: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Draft:
    """All steps as nodes, found by what they are about.

    `moves` are the detach and the attach of every instance that has both. `giver` has an entry for each attach that has
    a slot: the detach whose slot it takes, or FREE. `parked` are the detaches of the moves that must wait without a
    link.
    """

    nodes: Sequence[Node]
    instances: Mapping[str, InstanceNodes]
    vpcs: Mapping[str, VpcNodes]
    adds: Mapping[Address, int]
    removes: Mapping[Address, int]
    moves: Sequence[tuple[int, int]]
    giver: Mapping[int, int]
    parked: Sequence[int]

    def returns(self) -> Iterator[int]:
        """The attach of every instance that has no link at the start and should have one."""
        for nodes in self.instances.values():
            if nodes.attach is not None and nodes.detach is None and self.nodes[nodes.attach].change.brings_back:
                yield nodes.attach


def lay_out(changes: Sequence[Change], world: World, dependencies: Dependencies, quota: int) -> Draft:
    """The steps of these changes, which are in address order, with their slots."""
    found = _by_action(changes)
    detaches = {node.target.instance_id or "": node for node in found[Action.DETACH]}
    attaches = {node.target.instance_id or "": node for node in found[Action.ATTACH]}
    turn_of = _turns_asked_for(changes, dependencies)
    travelling = sorted(dict.fromkeys((*attaches, *detaches)), key=lambda instance_id: turn_of.get(instance_id, 0))
    journeys = [
        _journey(detaches.get(instance_id), attaches.get(instance_id), turn_of.get(instance_id, 0))
        for instance_id in travelling
    ]
    slots = hand_out(journeys, _free_slots(journeys, world, quota))
    turns = [travelling[number] for number in slots.turns]
    parked = {travelling[number] for number in slots.parked}
    moved = {*turns, *detaches}
    nodes = [
        *found[Action.ENABLE],
        *found[Action.ADD_GUEST_ROUTE],
        *(node for instance_id, node in detaches.items() if instance_id not in attaches),
        *_in_turn(turns, parked, detaches, attaches),
        *(node for instance_id, node in attaches.items() if instance_id not in moved),
        *found[Action.REMOVE_GUEST_ROUTE],
        *found[Action.DISABLE],
    ]
    return _indexed(nodes, travelling, slots)


def _by_action(changes: Sequence[Change]) -> dict[Action, list[Node]]:
    found: dict[Action, list[Node]] = {action: [] for action in Action}
    for change in changes:
        if (new := change.adds) is not None:
            action = CREATES[new.type]
            found[action].append(Node(action, new, change))
        if (old := change.removes) is not None:
            action = DELETES[old.type]
            found[action].append(Node(action, old, change))
    return found


def _turns_asked_for(changes: Sequence[Change], dependencies: Dependencies) -> dict[str, int]:
    """How far back in the line each instance's link is, where users say which links come first."""
    if not dependencies.on_type(ATTACHMENT):
        return {}
    attached = {change.address: change.adds for change in changes if isinstance(change.adds, Link)}
    chains = longest_chains(list(dependencies.among(attached)))
    return {attached[address].instance_id: turn for address, turn in chains.items()}


def _journey(detach: Node | None, attach: Node | None, turn: int) -> Journey:
    return Journey(
        origin=detach.target.vpc_id if detach else None,
        target=attach.target.vpc_id if attach else None,
        returning=attach is not None and attach.change.brings_back,
        turn=turn,
    )


def _free_slots(journeys: Sequence[Journey], world: World, quota: int) -> dict[str, int]:
    vpc_ids = {vpc_id for journey in journeys for vpc_id in (journey.origin, journey.target) if vpc_id}
    return {vpc_id: quota - len(world.linked_by_vpc.get(vpc_id, ())) for vpc_id in vpc_ids}


def _in_turn(
    turns: Sequence[str], parked: set[str], detaches: Mapping[str, Node], attaches: Mapping[str, Node]
) -> Iterator[Node]:
    """The nodes of moves and returns; the attach of a parked instance comes after the moves of its group."""
    waiting: str | None = None
    for instance_id in turns:
        if instance_id in parked:
            if waiting is not None:
                yield attaches[waiting]
            waiting = instance_id
            yield detaches[instance_id]
        else:
            if instance_id in detaches:
                yield detaches[instance_id]
            yield attaches[instance_id]
    if waiting is not None:
        yield attaches[waiting]


def _indexed(nodes: Sequence[Node], travelling: Sequence[str], slots: HandOut) -> Draft:
    instances: dict[str, InstanceNodes] = defaultdict(InstanceNodes)
    vpcs: dict[str, VpcNodes] = defaultdict(VpcNodes)
    adds: dict[Address, int] = {}
    removes: dict[Address, int] = {}
    for number, (action, target, change) in enumerate(nodes):
        (adds if action in ADDING else removes)[change.address] = number
        if isinstance(target, Link):
            if action is Action.ATTACH:
                instances[target.instance_id].attach = number
            else:
                instances[target.instance_id].detach = number
                vpcs[target.vpc_id].detaches.append(number)
        elif isinstance(target, Enablement):
            if action is Action.ENABLE:
                vpcs[target.vpc_id].enable = number
            else:
                vpcs[target.vpc_id].disable = number
        elif action is Action.ADD_GUEST_ROUTE:
            instances[target.instance_id].routes_added.append(number)
        else:
            instances[target.instance_id].routes_removed.append(number)
    moves = [
        (found.detach, found.attach)
        for found in instances.values()
        if found.detach is not None and found.attach is not None
    ]
    giver = _givers([instances[instance_id] for instance_id in travelling], slots)
    parked = [instances[travelling[number]].detach or 0 for number in slots.parked]
    return Draft(nodes, instances, vpcs, adds, removes, moves, giver, parked)


def _givers(travelling: Sequence[InstanceNodes], slots: HandOut) -> dict[int, int]:
    """By attach, the detach whose slot it takes, or FREE."""
    giver: dict[int, int] = {}
    for nodes, source in zip(travelling, slots.source, strict=True):
        if nodes.attach is None or source == NONE:
            continue
        detach = None if source == FREE else travelling[source].detach
        giver[nodes.attach] = FREE if detach is None else detach
    return giver
