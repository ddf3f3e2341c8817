"""Changes → steps: which calls, in which order, each with what it waits for and the slot it takes.

Needs come from what things are, whoever declares them:

* an attach needs the enablement of its VPC and the guest routes of its instance, where steps make them; the detach of
  the same instance; and, where its slot comes from a step, that detach;
* a disable needs every detach from its VPC; a guest route is removed after its instance's detach;
* an object is made after what its user says it depends on, and removed before it;
* the detach of a move waits for all that its attach waits for, so that the attach can follow at once;
* what an instance that moves depends on is removed after the instance was detached.

The last three give way, each to those above it, where they would close a circle: that links are made in the order
asked for comes before a short absence, and a short absence before the order in which moving links are taken away.

Where slots come from, and why no instance waits without a link that need not, is told in slots.py.

The listed order is one in which the steps can run one by one: first what prepares (enable, guest routes), then what
only gives slots, then what brings links back, then the moves, each attach after its detach, then the newcomers, then
what tidies up.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from planner.address import Address
from planner.network.identity import ATTACHMENT, CREATES, DELETES, Action, Enablement, Identity, Link
from planner.network.ranges import needs_guest_route
from planner.network.world import World
from planner.plan.changes import Change, Side
from planner.plan.needs import Absence, Needs, add_where_possible, in_order, lanes, most_at_once
from planner.plan.slots import FREE, NONE, HandOut, Journey, hand_out
from planner.plan.ties import Known, Ties, turns
from planner.steps import Slot, Step, StepReason

MOST_NEEDS_OF_A_TIE = 10_000
"""So many needs between two resources are written out; a tie of more is drawn through one step."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """The steps in order, and what is to be told about them.

    `lanes` are step ids, in each lane one after the other: the attaches of instances that are down at the start, then
    the detaches of moves; empty without `max_unavailable`.
    `contradicted` are dependencies of users that could not be honoured, as (address, address it depends on).
    `down_at_once` is how many links these steps would have down at the same moment, where `max_unavailable` is less.
    """

    steps: tuple[Step, ...]
    lanes: tuple[tuple[int, ...], ...] = ()
    contradicted: tuple[tuple[Address, Address], ...] = ()
    down_at_once: int | None = None


def order(
    changes: Sequence[Change],
    world: World,
    known: Mapping[Address, Known],
    *,
    quota: int,
    max_unavailable: int | None = None,
) -> Ordered:
    """The steps of the changes, which are in address order.

    `known` says for every object, changed or not, what its user wants to have before it.
    """
    ties = Ties(known)
    draft = _Draft(changes, world, quota, _turns_asked_for(changes, known, ties))
    needs = draft.needs()
    asked_for, of_movers = draft.asked_for(ties)
    contradicted = add_where_possible(needs, asked_for)
    add_where_possible(needs, draft.wishes(needs))
    add_where_possible(needs, draft.wishes_of_parked(needs))
    add_where_possible(needs, of_movers)
    listed = in_order(needs)
    place_of = [0] * len(listed)
    for place, node in enumerate(listed):
        place_of[node] = place
    for down, up in draft.moves:
        needs[down].update([earlier for earlier in needs[up] if place_of[earlier] < place_of[down]])
    shared: list[list[Absence]] | None = []
    down_at_once = None
    if max_unavailable is not None:
        absences = [Absence(place_of[down], (place_of[up],)) for down, up in draft.moves]
        absences += [Absence(None, (place_of[up],)) for up in draft.returns()]
        shared = lanes(absences, max_unavailable)
        if shared is None:
            down_at_once = most_at_once(absences)
        for lane in shared or ():
            for before, after in pairwise(lane):
                if after.detach is not None:
                    needs[listed[after.detach]].update(listed[up] for up in before.attaches)
    return Ordered(
        steps=tuple(draft.steps(listed, place_of, needs)),
        lanes=tuple(_lane_ids(lane) for lane in shared or ()),
        contradicted=tuple(sorted({draft.addresses(node, earlier) for node, earlier in contradicted})),
        down_at_once=down_at_once,
    )


def _turns_asked_for(changes: Sequence[Change], known: Mapping[Address, Known], ties: Ties) -> dict[str, int]:
    """How far back in the line each instance's link is, where users say which links come first."""
    if not any(earlier.type == ATTACHMENT for found in known.values() for earlier in found.depends_on):
        return {}
    attached = {change.address: change.adds for change in changes if isinstance(change.adds, Link)}
    return {attached[address].instance_id: turn for address, turn in turns(list(ties.among(attached))).items()}


def _lane_ids(lane: Sequence[Absence]) -> tuple[int, ...]:
    ids = (absence.attaches if absence.detach is None else (absence.detach,) for absence in lane)
    return tuple(place + 1 for places in ids for place in places)


class _Node(NamedTuple):
    action: Action
    target: Identity
    change: Change


@dataclass(slots=True)
class _Traveller:
    """One instance's steps, as numbers of nodes."""

    detach: int | None = None
    attach: int | None = None
    routes_added: tuple[int, ...] = ()
    routes_removed: tuple[int, ...] = ()


class _Draft:
    """The steps as numbered nodes; the number is the place a node has where nothing else is needed.

    `moves` are the detach and the attach of every instance that has both.
    """

    def __init__(self, changes: Sequence[Change], world: World, quota: int, turn_of: Mapping[str, int]) -> None:
        self._world = world
        self._nodes: list[_Node] = []
        self._enables: dict[str, int] = {}
        self._disables: dict[str, int] = {}
        self._travellers: dict[str, _Traveller] = defaultdict(_Traveller)
        self._detaches_from: dict[str, list[int]] = defaultdict(list)
        self._made_by: dict[Address, int] = {}
        self._removed_by: dict[Address, int] = {}
        self._lay_out(changes, quota, turn_of)
        self._index()
        self._by_number = [self._travellers[instance_id] for instance_id in self._travelling]
        self.moves = [
            (traveller.detach, traveller.attach)
            for traveller in self._travellers.values()
            if traveller.detach is not None and traveller.attach is not None
        ]

    def _lay_out(self, changes: Sequence[Change], quota: int, turn_of: Mapping[str, int]) -> None:
        found: dict[Action, list[_Node]] = {action: [] for action in Action}
        for change in changes:
            if (new := change.adds) is not None:
                action = CREATES[new.type]
                found[action].append(_Node(action, new, change))
            if (old := change.removes) is not None:
                action = DELETES[old.type]
                found[action].append(_Node(action, old, change))
        detaches = {node.target.instance_id or "": node for node in found[Action.DETACH]}
        attaches = {node.target.instance_id or "": node for node in found[Action.ATTACH]}
        self._travelling = list(dict.fromkeys((*attaches, *detaches)))
        if turn_of:
            self._travelling.sort(key=lambda instance_id: turn_of.get(instance_id, 0))
        self._slots = self._ask_for_slots(detaches, attaches, quota, turn_of)
        turns = [self._travelling[number] for number in self._slots.turns]
        parked = {self._travelling[number] for number in self._slots.parked}
        self._nodes += found[Action.ENABLE]
        self._nodes += found[Action.ADD_GUEST_ROUTE]
        self._nodes += [node for instance_id, node in detaches.items() if instance_id not in attaches]
        self._nodes += _moves_in_turn(turns, parked, detaches, attaches)
        in_turn = {*turns, *detaches}
        self._nodes += [node for instance_id, node in attaches.items() if instance_id not in in_turn]
        self._nodes += found[Action.REMOVE_GUEST_ROUTE]
        self._nodes += found[Action.DISABLE]

    def _ask_for_slots(
        self, detaches: Mapping[str, _Node], attaches: Mapping[str, _Node], quota: int, turn_of: Mapping[str, int]
    ) -> HandOut:
        journeys = [
            Journey(
                detaches[instance_id].target.vpc_id if instance_id in detaches else None,
                attaches[instance_id].target.vpc_id if instance_id in attaches else None,
                instance_id in attaches and attaches[instance_id].change.brings_back,
                turn_of.get(instance_id, 0),
            )
            for instance_id in self._travelling
        ]
        vpc_ids = {vpc_id for journey in journeys for vpc_id in (journey.origin, journey.target) if vpc_id}
        linked = self._world.linked_by_vpc
        return hand_out(journeys, {vpc_id: quota - len(linked.get(vpc_id, ())) for vpc_id in vpc_ids})

    def _index(self) -> None:
        for number, (action, target, change) in enumerate(self._nodes):
            if action in _MAKING:
                self._made_by[change.address] = number
            else:
                self._removed_by[change.address] = number
            if isinstance(target, Link):
                traveller = self._travellers[target.instance_id]
                if action is Action.ATTACH:
                    traveller.attach = number
                else:
                    traveller.detach = number
                    self._detaches_from[target.vpc_id].append(number)
            elif isinstance(target, Enablement):
                (self._enables if action is Action.ENABLE else self._disables)[target.vpc_id] = number
            elif action is Action.ADD_GUEST_ROUTE:
                self._travellers[target.instance_id].routes_added += (number,)
            else:
                self._travellers[target.instance_id].routes_removed += (number,)

    def needs(self) -> Needs:
        """What no wish can lift."""
        needs: list[set[int]] = [set() for _ in self._nodes]
        for vpc_id, disable in self._disables.items():
            needs[disable].update(self._detaches_from[vpc_id])
            if vpc_id in self._enables:
                needs[self._enables[vpc_id]].add(disable)
        for traveller in self._travellers.values():
            for route in traveller.routes_removed:
                needs[route].update(_present(traveller.detach))
            for route in traveller.routes_added:
                needs[route].update(number for number in traveller.routes_removed if self._same(number, route))
            if traveller.attach is not None:
                needs[traveller.attach].update(self._before_attach(traveller, traveller.attach))
        for traveller, slot in zip(self._by_number, self._slots.source, strict=True):
            if slot >= 0 and traveller.attach is not None:
                needs[traveller.attach].update(_present(self._by_number[slot].detach))
        return needs

    def _before_attach(self, traveller: _Traveller, attach: int) -> Iterator[int]:
        vpc_id = self._nodes[attach].target.vpc_id or ""
        yield from _present(traveller.detach)
        yield from _present(self._enables.get(vpc_id))
        yield from traveller.routes_added
        if traveller.routes_removed and needs_guest_route(vpc_id, self._world):
            yield from traveller.routes_removed  # so that the rule tells that the route is gone

    def _same(self, number: int, other: int) -> bool:
        return self._nodes[number].target == self._nodes[other].target

    def asked_for(self, ties: Ties) -> tuple[dict[int, set[int]], dict[int, set[int]]]:
        """What users want: an object is made after what it depends on, and removed before it.

        Given back apart are removals that wait for the detach of a move: the instance does not go, it only moves.
        """
        loose: dict[int, set[int]] = defaultdict(set)
        for tie in ties.among(self._made_by):
            _wait(
                loose,
                [self._made_by[address] for address in tie.later],
                [self._made_by[address] for address in tie.earlier],
            )
        moving = {down for down, _ in self.moves}
        of_movers: dict[int, set[int]] = defaultdict(set)
        for tie in ties.among(self._removed_by):
            waiting = [self._removed_by[address] for address in tie.earlier]
            first = [self._removed_by[address] for address in tie.later]
            _wait(loose, waiting, [number for number in first if number not in moving])
            _wait(of_movers, waiting, [number for number in first if number in moving])
        return loose, of_movers

    def wishes(self, needs: Needs) -> dict[int, set[int]]:
        """A move's detach waits for all that its attach waits for."""
        parked = {self._by_number[number].detach for number in self._slots.parked}
        return {down: needs[up] for down, up in self.moves if down not in parked and len(needs[up]) > 1}

    def wishes_of_parked(self, needs: Needs) -> dict[int, set[int]]:
        """The same, where the detach cannot wait for the slot; so that others, who can wait for theirs, come first."""
        wishes: dict[int, set[int]] = {}
        for number in self._slots.parked:
            mover, giver = self._by_number[number], self._by_number[self._slots.source[number]]
            wishes[mover.detach or 0] = needs[mover.attach or 0] - {mover.detach, giver.detach}
        return wishes

    def returns(self) -> Iterator[int]:
        """The attach of every instance that is down at the start, and ought not to be."""
        for traveller in self._travellers.values():
            attach = traveller.attach
            if traveller.detach is None and attach is not None and self._nodes[attach].change.brings_back:
                yield attach

    def addresses(self, node: int, earlier: int) -> tuple[Address, Address]:
        return self._nodes[node].change.address, self._nodes[earlier].change.address

    def steps(self, listed: Sequence[int], place_of: Sequence[int], needs: Needs) -> Iterator[Step]:
        """The nodes as listed, numbered anew."""
        givers = self._givers()
        attach_of = dict(self.moves)
        moving = {*attach_of, *attach_of.values()}
        for place, node in enumerate(listed, 1):
            action, target, change = self._nodes[node]
            side = change.after if action in _MAKING else change.before
            giver = givers[node]
            waits_for = givers[attach_of[node]] if node in attach_of else NONE
            yield Step(
                id=place,
                action=action,
                target=target,
                address=change.address,
                provider=side.provider if side else "",
                needs=tuple(sorted([place_of[earlier] + 1 for earlier in needs[node]])),
                slot=None if giver == NONE else _FREE_SLOT if giver == FREE else Slot(place_of[giver] + 1),
                vswitch_ids=_vswitch_ids(side) if action is Action.ATTACH else (),
                place=change.place,
                reason=_reason(change, action, moving=node in moving),
                parked=waits_for >= 0 and waits_for != node and waits_for not in needs[node],
            )

    def _givers(self) -> list[int]:
        """For each node that is an attach, the detach whose slot it takes, or FREE; else NONE."""
        givers = [NONE] * len(self._nodes)
        for traveller, slot in zip(self._by_number, self._slots.source, strict=True):
            if traveller.attach is not None and slot != NONE:
                giver = FREE if slot == FREE else self._by_number[slot].detach
                givers[traveller.attach] = FREE if giver is None else giver
        return givers


def _reason(change: Change, action: Action, *, moving: bool) -> StepReason:
    """Two changes of one instance, a delete here and a create there, are a move as well.

    A move that was cut short may end at the address of another link, which is replaced.
    """
    if change.step_reason is StepReason.RESUMED and action is Action.DETACH:
        return StepReason.REPLACED
    plain = change.step_reason in (StepReason.DECLARED, StepReason.UNDECLARED)
    return StepReason.MOVED if moving and plain else change.step_reason


def _vswitch_ids(side: Side | None) -> tuple[str, ...]:
    found = side.attributes.get("vswitch_ids") if side else None
    return tuple(sorted(found)) if isinstance(found, (list, tuple, set, frozenset)) else ()


_MAKING = frozenset(CREATES.values())
_FREE_SLOT = Slot()


def _wait(loose: dict[int, set[int]], later: Sequence[int], earlier: Sequence[int]) -> None:
    """Let each wait for each; where that would be too many needs, let one wait for all, and the others for that one."""
    if len(later) * len(earlier) > MOST_NEEDS_OF_A_TIE:
        gate = min(later)
        loose[gate].update(earlier)
        earlier = (gate,)
    for number in later:
        loose[number].update(earlier)


def _moves_in_turn(
    turns: Sequence[str], parked: set[str], detaches: Mapping[str, _Node], attaches: Mapping[str, _Node]
) -> Iterator[_Node]:
    """Each move's detach and attach, and returns; a parked one's attach comes after the moves of its group."""
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


def _present(number: int | None) -> tuple[int, ...]:
    return () if number is None else (number,)
