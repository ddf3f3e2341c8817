"""The steps of a plan before they are put in order: numbered nodes, and the slot that each attach takes.

The number of a node is its place where nothing else is needed: first what prepares (enable, security rules, guest
routes), then what only gives slots back, then the moves and returns in the order of their slots, each attach after its
detach, then the newcomers, then what tidies up (guest routes, security rules, disable).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from planner.address import Address
from planner.network.identity import (
    ATTACHMENT,
    CREATES,
    DELETES,
    UPDATES,
    Action,
    Authorization,
    Enablement,
    Identity,
    Link,
    Subject,
)
from planner.network.worlds import Worlds
from planner.plan.changes import Change
from planner.plan.dependencies import Dependencies, longest_chains
from planner.plan.slots import FREE, NONE, HandOut, Journey, hand_out

ADDING = frozenset((*CREATES.values(), *UPDATES.values()))
"""The actions that make or change something, as opposed to those that remove something."""


class Node(NamedTuple):
    """A step that has no place yet, and the provider that takes it."""

    action: Action
    target: Identity
    change: Change
    provider: str

    @property
    def instance(self) -> Subject:
        return self.provider, self.target.instance_id or ""

    @property
    def vpc(self) -> Subject:
        return self.provider, self.target.vpc_id or ""


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
    link. `rules` are the steps of security rules.
    """

    nodes: Sequence[Node]
    instances: Mapping[Subject, InstanceNodes]
    vpcs: Mapping[Subject, VpcNodes]
    adds: Mapping[Address, int]
    removes: Mapping[Address, int]
    moves: Sequence[tuple[int, int]]
    giver: Mapping[int, int]
    parked: Sequence[int]
    rules: Sequence[int]

    def returns(self) -> Iterator[int]:
        """The attach of every instance that has no link at the start and should have one."""
        for nodes in self.instances.values():
            if nodes.attach is not None and nodes.detach is None and self.nodes[nodes.attach].change.brings_back:
                yield nodes.attach


def lay_out(changes: Sequence[Change], worlds: Worlds, dependencies: Dependencies, quota: int) -> Draft:
    """The steps of these changes, which are in address order, with their slots."""
    found = _by_action(changes)
    detaches = {node.instance: node for node in found[Action.DETACH]}
    attaches = {node.instance: node for node in found[Action.ATTACH]}
    turn_of = _turns_asked_for(changes, dependencies)
    travelling = list(dict.fromkeys((*attaches, *detaches)))
    if turn_of:
        travelling.sort(key=lambda instance: turn_of.get(instance, 0))
    journeys = [
        _journey(detaches.get(instance), attaches.get(instance), turn_of.get(instance, 0)) for instance in travelling
    ]
    slots = hand_out(journeys, _free_slots(journeys, worlds, quota))
    turns = [travelling[number] for number in slots.turns]
    parked = {travelling[number] for number in slots.parked}
    moved = {*turns, *detaches}
    nodes = [
        *found[Action.ENABLE],
        *found[Action.AUTHORIZE_SECURITY_RULE],
        *found[Action.MODIFY_SECURITY_RULE],
        *found[Action.ADD_GUEST_ROUTE],
        *(node for instance, node in detaches.items() if instance not in attaches),
        *_in_turn(turns, parked, detaches, attaches),
        *(node for instance, node in attaches.items() if instance not in moved),
        *found[Action.REMOVE_GUEST_ROUTE],
        *found[Action.REVOKE_SECURITY_RULE],
        *found[Action.DISABLE],
    ]
    return _indexed(nodes, travelling, slots)


def _by_action(changes: Sequence[Change]) -> dict[Action, list[Node]]:
    found: dict[Action, list[Node]] = {action: [] for action in Action}
    for change in changes:
        before, after = change.before, change.after
        if after is not None and (target := change.adds) is not None:
            action = CREATES[target.type]
            found[action].append(Node(action, target, change, after.provider))
        if before is not None and (target := change.removes) is not None:
            action = DELETES[target.type]
            found[action].append(Node(action, target, change, before.provider))
        if after is not None and (target := change.modifies) is not None:
            action = UPDATES[target.type]
            found[action].append(Node(action, target, change, after.provider))
    return found


def _turns_asked_for(changes: Sequence[Change], dependencies: Dependencies) -> dict[Subject, int]:
    """How far back in the line each instance's link is, where users say which links come first."""
    if not dependencies.on_type(ATTACHMENT):
        return {}
    attached = {
        change.address: (key[0], key[1].instance_id)
        for change in changes
        if (key := change.added_key) is not None and isinstance(key[1], Link)
    }
    chains = longest_chains(list(dependencies.among(attached)))
    return {attached[address]: turn for address, turn in chains.items()}


def _journey(detach: Node | None, attach: Node | None, turn: int) -> Journey:
    return Journey(
        origin=detach.vpc if detach else None,
        target=attach.vpc if attach else None,
        returning=attach is not None and attach.change.brings_back,
        turn=turn,
    )


def _free_slots(journeys: Sequence[Journey], worlds: Worlds, quota: int) -> dict[Subject, int]:
    vpcs = {vpc for journey in journeys for vpc in (journey.origin, journey.target) if vpc}
    return {
        (provider, vpc_id): quota - len(worlds.of(provider).linked_by_vpc.get(vpc_id, ())) for provider, vpc_id in vpcs
    }


def _in_turn(
    turns: Sequence[Subject], parked: set[Subject], detaches: Mapping[Subject, Node], attaches: Mapping[Subject, Node]
) -> Iterator[Node]:
    """The nodes of moves and returns; the attach of a parked instance comes after the moves of its group."""
    waiting: Subject | None = None
    for instance in turns:
        if instance in parked:
            if waiting is not None:
                yield attaches[waiting]
            waiting = instance
            yield detaches[instance]
        else:
            if instance in detaches:
                yield detaches[instance]
            yield attaches[instance]
    if waiting is not None:
        yield attaches[waiting]


def _indexed(nodes: Sequence[Node], travelling: Sequence[Subject], slots: HandOut) -> Draft:
    instances: dict[Subject, InstanceNodes] = defaultdict(InstanceNodes)
    vpcs: dict[Subject, VpcNodes] = defaultdict(VpcNodes)
    adds: dict[Address, int] = {}
    removes: dict[Address, int] = {}
    rules: list[int] = []
    for number, (action, target, change, provider) in enumerate(nodes):
        (adds if action in ADDING else removes)[change.address] = number
        if isinstance(target, Link):
            if action is Action.ATTACH:
                instances[provider, target.instance_id].attach = number
            else:
                instances[provider, target.instance_id].detach = number
                vpcs[provider, target.vpc_id].detaches.append(number)
        elif isinstance(target, Enablement):
            if action is Action.ENABLE:
                vpcs[provider, target.vpc_id].enable = number
            else:
                vpcs[provider, target.vpc_id].disable = number
        elif isinstance(target, Authorization):
            rules.append(number)
        elif action is Action.ADD_GUEST_ROUTE:
            instances[provider, target.instance_id].routes_added.append(number)
        else:
            instances[provider, target.instance_id].routes_removed.append(number)
    moves = [
        (found.detach, found.attach)
        for found in instances.values()
        if found.detach is not None and found.attach is not None
    ]
    giver = _givers([instances[instance] for instance in travelling], slots)
    parked = [instances[travelling[number]].detach or 0 for number in slots.parked]
    return Draft(nodes, instances, vpcs, adds, removes, moves, giver, parked, rules)


def _givers(travelling: Sequence[InstanceNodes], slots: HandOut) -> dict[int, int]:
    """By attach, the detach whose slot it takes, or FREE."""
    giver: dict[int, int] = {}
    for nodes, source in zip(travelling, slots.source, strict=True):
        if nodes.attach is None or source == NONE:
            continue
        detach = None if source == FREE else travelling[source].detach
        giver[nodes.attach] = FREE if detach is None else detach
    return giver
