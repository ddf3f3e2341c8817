"""The steps of a plan before they are put in order: numbered nodes, and the slot that each attach takes.

The number of a node is its place where nothing else is needed: first what prepares (enable, security rules, guest
routes), then what only gives slots back, then the moves and returns in the order of their slots, each attach after its
detach, then the newcomers, then what tidies up (guest routes, security rules, disable).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence

from msgspec import Struct, field

from planner.address import Address
from planner.network.identity import (
    ATTACHMENT,
    CREATES,
    DELETES,
    RULE_ACTIONS,
    UPDATES,
    Action,
    Identity,
    Link,
    Subject,
)
from planner.network.worlds import Worlds
from planner.plan.changes import Change
from planner.plan.dependencies import Dependencies, longest_chains
from planner.plan.slots import FREE, NONE, NOWHERE, HandOut, Journeys, hand_out

ADDING = frozenset((*CREATES.values(), *UPDATES.values()))
"""The actions that make or change something, as opposed to those that remove something."""


class Node(Struct, eq=False, gc=False):
    """A step that has no place yet, and the provider that takes it. It has its number as soon as all nodes are known.

    It is not frozen because a plan of 100,000 makes as many: that would take three times as long.
    """

    action: Action
    target: Identity
    change: Change
    provider: str
    number: int = -1

    @property
    def vpc(self) -> Subject:
        return self.provider, self.target.vpc_id or ""

    @property
    def instance(self) -> Subject:
        return self.provider, self.target.instance_id or ""


class InstanceNodes(Struct, eq=False, gc=False):
    """What is done to one instance."""

    attach: Node | None = None
    detach: Node | None = None
    routes_added: Sequence[Node] = ()
    routes_removed: Sequence[Node] = ()

    @property
    def comes_back(self) -> bool:
        """Whether the instance has no link at the start and should have one."""
        return self.detach is None and self.attach is not None and self.attach.change.brings_back


class VpcNodes(Struct):
    """What is done to a VPC that is enabled or disabled, as numbers of nodes."""

    enable: int | None = None
    disable: int | None = None
    detaches: list[int] = field(default_factory=list)


class Draft(Struct, frozen=True):
    """All steps as nodes, found by what they are about. The number of a node is its place in `nodes`.

    `moves` are the detach and the attach of every instance that has both. `giver` has, for each node, the detach whose
    slot it takes, or FREE; NONE where it takes none. `parked` are the detaches of the moves that must wait without a
    link. `rules` are the steps of security rules.
    """

    nodes: Sequence[Node]
    instances: Sequence[InstanceNodes]
    vpcs: Mapping[Subject, VpcNodes]
    adds: Mapping[Address, int]
    removes: Mapping[Address, int]
    moves: Sequence[tuple[int, int]]
    giver: Sequence[int]
    parked: Sequence[int]
    rules: Sequence[int]

    def returns(self) -> Iterator[int]:
        """The attach of every instance that has no link at the start and should have one."""
        return (found.attach.number for found in self.instances if found.attach and found.comes_back)


_Found = Mapping[Action, Sequence[Node]]
"""The nodes of each action, in address order."""


def lay_out(changes: Sequence[Change], worlds: Worlds, dependencies: Dependencies, quota: int) -> Draft:
    """The steps of these changes, which are in address order, with their slots."""
    found = _by_action(changes)
    by_instance = _by_instance(found)
    instances = list(by_instance.values())
    travelling = [each for each in instances if each.attach or each.detach]
    turns: list[int] = []
    if turn_of := _turns_asked_for(changes, dependencies):
        turn = {id_: turn_of.get(id_, 0) for id_, each in by_instance.items() if each.attach or each.detach}
        travelling = [by_instance[id_] for id_ in sorted(turn, key=turn.__getitem__)]
        turns = sorted(turn.values())
    slots = hand_out(_journeys(travelling, turns, worlds, quota))
    nodes = [
        *found[Action.ENABLE],
        *found[Action.AUTHORIZE_SECURITY_RULE],
        *found[Action.MODIFY_SECURITY_RULE],
        *found[Action.ADD_GUEST_ROUTE],
        *[each.detach for each in instances if each.detach and not each.attach],
        *_in_turn(travelling, slots),
        *[each.attach for each in instances if each.attach and not each.detach and not each.comes_back],
        *found[Action.REMOVE_GUEST_ROUTE],
        *found[Action.REVOKE_SECURITY_RULE],
        *found[Action.DISABLE],
    ]
    for number, node in enumerate(nodes):
        node.number = number
    return Draft(
        nodes=nodes,
        instances=instances,
        vpcs=_by_vpc(found, instances),
        adds=_by_address(found, ADDING),
        removes=_by_address(found, found.keys() - ADDING),
        moves=[(each.detach.number, each.attach.number) for each in travelling if each.detach and each.attach],
        giver=_givers(len(nodes), travelling, slots),
        parked=[detach.number for move in slots.parked if (detach := travelling[move].detach)],
        rules=[node.number for node in nodes if node.action in RULE_ACTIONS],
    )


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


def _by_instance(found: _Found) -> dict[Subject, InstanceNodes]:
    """What is done to each instance: those that are attached first, then those that are only detached."""
    instances: dict[Subject, InstanceNodes] = defaultdict(InstanceNodes)
    for node in found[Action.ATTACH]:
        instances[node.instance].attach = node
    for node in found[Action.DETACH]:
        instances[node.instance].detach = node
    for node in found[Action.ADD_GUEST_ROUTE]:
        instances[node.instance].routes_added = (*instances[node.instance].routes_added, node)
    for node in found[Action.REMOVE_GUEST_ROUTE]:
        instances[node.instance].routes_removed = (*instances[node.instance].routes_removed, node)
    return instances


def _by_vpc(found: _Found, instances: Sequence[InstanceNodes]) -> dict[Subject, VpcNodes]:
    vpcs: dict[Subject, VpcNodes] = defaultdict(VpcNodes)
    for node in found[Action.ENABLE]:
        vpcs[node.vpc].enable = node.number
    for node in found[Action.DISABLE]:
        vpcs[node.vpc].disable = node.number
    if found[Action.DISABLE]:
        for each in instances:
            if each.detach is not None and (vpc := vpcs.get(each.detach.vpc)) is not None:
                vpc.detaches.append(each.detach.number)
    return vpcs


def _by_address(found: _Found, actions: Collection[Action]) -> dict[Address, int]:
    return {node.change.address: node.number for action in Action if action in actions for node in found[action]}


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


def _journeys(travelling: Sequence[InstanceNodes], turns: Sequence[int], worlds: Worlds, quota: int) -> Journeys:
    """Where the instances come from and go to; VPCs are numbered in the order of their ids."""
    starts = [each.detach.vpc if each.detach else None for each in travelling]
    ends = [each.attach.vpc if each.attach else None for each in travelling]
    vpcs = sorted({vpc for vpc in (*starts, *ends) if vpc is not None})
    number: dict[Subject | None, int] = {None: NOWHERE}
    number.update((vpc, place) for place, vpc in enumerate(vpcs))
    return Journeys(
        origins=[number[vpc] for vpc in starts],
        targets=[number[vpc] for vpc in ends],
        free=[quota - len(worlds.of(provider).linked_by_vpc.get(vpc_id, ())) for provider, vpc_id in vpcs],
        returning=frozenset(place for place, each in enumerate(travelling) if each.comes_back),
        turns=turns,
    )


def _in_turn(travelling: Sequence[InstanceNodes], slots: HandOut) -> Iterator[Node]:
    """The nodes of moves and returns; the attach of a parked instance comes after the moves of its group."""
    waiting: Node | None = None
    for number in slots.turns:
        each = travelling[number]
        if number in slots.parked and waiting is not None:
            yield waiting
        if each.detach is not None:
            yield each.detach
        if number in slots.parked:
            waiting = each.attach
        elif each.attach is not None:
            yield each.attach
    if waiting is not None:
        yield waiting


def _givers(count: int, travelling: Sequence[InstanceNodes], slots: HandOut) -> list[int]:
    """For each of so many nodes, the detach whose slot it takes, FREE or NONE."""
    giver = [NONE] * count
    for each, source in zip(travelling, slots.source, strict=True):
        if each.attach is not None and source != NONE:
            detach = None if source == FREE else travelling[source].detach
            giver[each.attach.number] = FREE if detach is None else detach.number
    return giver
