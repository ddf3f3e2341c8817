"""Changes → steps: which calls, in which order, each with what it waits for and the slot it takes.

Needs come from what the objects are, wherever they are declared:

* an attach needs the enablement of its VPC and the guest routes of its instance, where steps make them; the detach of
  the same instance; and, where its slot comes from a step, that detach;
* a disable needs every detach from its VPC; a guest route is removed after its instance's detach;
* security rules come between: rule_needs.py says what they wait for, what waits for them, and why;
* an object that goes to another provider is made there after it was removed here: between the two, the state knows
  where it is;
* a security rule that is replaced, or others for some of its traffic, go when the new one stands;
* an object is made after what its user says it depends on, and removed before it;
* the detach of a move waits for all that its attach waits for, so that the attach can follow at once;
* what an instance that moves depends on is removed after the instance was detached.

The last five give way, each to those above it, where they would close a circle: that links are made in the order
asked for comes before a short absence, and a short absence before the order in which moving links are removed.

slots.py explains where slots come from, and why no instance waits without a link unless it must; draft.py in which
order the steps are listed where nothing else is needed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from msgspec import Struct

from planner.address import Address
from planner.network.identity import RULE_ACTIONS, Action, Authorization
from planner.network.worlds import Worlds
from planner.plan.changes import Change, Side, settings_of
from planner.plan.dependencies import Dependencies
from planner.plan.draft import ADDING, Draft, lay_out
from planner.plan.lanes import Absence, marks, most_at_once, share_out
from planner.plan.needs import Needs, add_where_possible, in_order
from planner.plan.rule_needs import Replacements, add_rule_needs, find_replacements, replaced_afterwards, rule_vpc_id
from planner.plan.slots import FREE, NONE
from planner.plan.waiting import asked_for, demanded, handed_over, short_absences, short_absences_of_parked
from planner.steps import Slot, Step, StepReason
from planner.values import replace

_FREE_SLOT = Slot()


class Ordered(Struct, frozen=True):
    """The steps in order, and what to report about them.

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
    worlds: Worlds,
    dependencies: Dependencies,
    *,
    quota: int,
    max_unavailable: int | None = None,
) -> Ordered:
    """The steps of the changes, which are in address order."""
    draft = lay_out(changes, worlds, dependencies, quota)
    needs = demanded(draft, worlds)
    replacements = list(find_replacements(draft))
    add_rule_needs(needs, draft, worlds, replacements)
    add_where_possible(needs, handed_over(draft))
    add_where_possible(needs, replaced_afterwards(replacements, needs))
    wishes, removals_behind_moves = asked_for(draft, dependencies)
    dropped = add_where_possible(needs, wishes)
    add_where_possible(needs, short_absences(draft, needs))
    add_where_possible(needs, short_absences_of_parked(draft, needs))
    add_where_possible(needs, removals_behind_moves)
    listing = _Listing(in_order(needs))
    _wait_for_what_is_listed_before(draft, replacements, needs, listing)
    lanes, down_at_once = _lanes(draft, needs, listing, max_unavailable)
    return Ordered(
        steps=tuple(_steps(draft, needs, listing, worlds)),
        lanes=lanes,
        contradicted=tuple(sorted({_addresses(draft, node, earlier) for node, earlier in dropped})),
        down_at_once=down_at_once,
    )


class _Listing:
    """The nodes in the order of the plan, and for each node the id of the step that it becomes."""

    def __init__(self, nodes: list[int]) -> None:
        self.nodes = nodes
        self.ids = [0] * len(nodes)
        for id_, node in enumerate(nodes, 1):
            self.ids[node] = id_


def _wait_for_what_is_listed_before(draft: Draft, replacements: Replacements, needs: Needs, listing: _Listing) -> None:
    """Let the detach of each move wait for what its attach waits for, as far as that is listed before it anyway.

    So does the revoke of a rule that is replaced, for the new rule.
    """
    ids = listing.ids
    for detach, attach in draft.moves:
        needs[detach] += [earlier for earlier in needs[attach] if ids[earlier] < ids[detach]]
    for revoke, authorize in replacements:
        if ids[authorize] < ids[revoke]:
            needs[revoke].append(authorize)


def _lanes(
    draft: Draft, needs: Needs, listing: _Listing, max_unavailable: int | None
) -> tuple[tuple[tuple[int, ...], ...], int | None]:
    """The lanes as step ids, with the needs that hold moves to them; or how many are down at once, if too many."""
    if max_unavailable is None:
        return (), None
    ids = listing.ids
    absences = [Absence(ids[detach], (ids[attach],)) for detach, attach in draft.moves]
    absences += [Absence(None, (ids[attach],)) for attach in draft.returns()]
    lanes = share_out(absences, max_unavailable)
    if lanes is None:
        return (), most_at_once(absences)
    for lane in lanes:
        for before, after in pairwise(lane):
            if after.detach is not None:
                needs[listing.nodes[after.detach - 1]] += [listing.nodes[attach - 1] for attach in before.attaches]
    return tuple(tuple(marks(lane)) for lane in lanes), None


def _addresses(draft: Draft, node: int, earlier: int) -> tuple[Address, Address]:
    return draft.nodes[node].change.address, draft.nodes[earlier].change.address


def _steps(draft: Draft, needs: Needs, listing: _Listing, worlds: Worlds) -> Iterator[Step]:
    """The nodes as listed, numbered in that order."""
    partner = [NONE] * len(draft.nodes)
    for detach, attach in draft.moves:
        partner[detach], partner[attach] = attach, detach
    ids = listing.ids
    for number in listing.nodes:
        node, giver = draft.nodes[number], draft.giver[number]
        action, change, other = node.action, node.change, partner[number]
        side = change.after if action in ADDING else change.before
        step = Step(
            ids[number],
            action,
            node.target,
            change.address,
            node.provider,
            _ids(needs[number], ids),
            None if giver == NONE else _slot(giver, ids),
            _vswitch_ids(side) if action is Action.ATTACH else (),
            change.place,
            _reason(change, action, moving=other != NONE),
            parked=action is Action.DETACH and other != NONE and _is_parked(number, draft.giver[other], needs),
        )
        yield _of_rule(step, change, side, worlds) if action in RULE_ACTIONS else step


def _ids(nodes: Sequence[int], ids: Sequence[int]) -> tuple[int, ...]:
    """The ids of the steps that these nodes become, each once, in order."""
    if len(nodes) < 2:
        return (ids[nodes[0]],) if nodes else ()
    return tuple(sorted({ids[node] for node in nodes}))


def _of_rule(step: Step, change: Change, side: Side | None, worlds: Worlds) -> Step:
    """The step of a security rule, with what its call needs besides what the rule stands for."""
    assert isinstance(step.target, Authorization)  # noqa: S101 - its action says so
    known = change.before.attributes.get("security_group_rule_id") if change.before else None
    return replace(
        step,
        settings=settings_of(side) if side else None,
        rule_id=known if isinstance(known, str) and step.action is not Action.AUTHORIZE_SECURITY_RULE else None,
        rule_vpc_id=rule_vpc_id(step.target, change, worlds.of(step.provider)),
    )


def _slot(giver: int, ids: Sequence[int]) -> Slot:
    return _FREE_SLOT if giver == FREE else Slot(ids[giver])


def _is_parked(detach: int, giver: int, needs: Needs) -> bool:
    """Whether the instance is detached without waiting for its new slot."""
    return giver >= 0 and giver != detach and giver not in needs[detach]


def _reason(change: Change, action: Action, *, moving: bool) -> StepReason:
    """Two changes of one instance, a delete here and a create there, are a move as well.

    A move that was cut short may end at the address of another link, which is replaced.
    """
    reason = change.step_reason
    if moving and (reason is StepReason.DECLARED or reason is StepReason.UNDECLARED):
        return StepReason.MOVED
    return StepReason.REPLACED if reason is StepReason.RESUMED and action is Action.DETACH else reason


def _vswitch_ids(side: Side | None) -> tuple[str, ...]:
    found = side.attributes.get("vswitch_ids") if side else None
    return tuple(sorted(found)) if found and isinstance(found, (list, tuple, set, frozenset)) else ()
