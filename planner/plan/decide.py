"""What is done about each pair of a wanted and a held object, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from planner.address import Address, in_address_order
from planner.config.desired import Desired, DesiredObject, Removed
from planner.hcl.cty.values import UNKNOWN
from planner.network.identity import Identity, Link
from planner.network.presence import Presence, presence
from planner.network.world import World
from planner.plan.changes import Change, Kind, Reason, Side, Snapshot
from planner.plan.compare import Differences, differences
from planner.plan.match import Pair
from planner.plan.moved import removed_by
from planner.plan.refresh import Held, gone_outside


@dataclass(frozen=True, slots=True)
class Decided:
    """The changes in address order, and how many objects stay as they are."""

    changes: tuple[Change, ...]
    unchanged: int = 0


def decide(
    pairs: Sequence[Pair],
    desired: Desired,
    world: World,
    replace_asked: Callable[[Address], bool],
    cut_short: Collection[str] = (),
) -> Decided:
    """What happens to each pair. `cut_short` are the instances that an apply left in the middle of a move."""
    removed = {block.origin: block for block in desired.removed}
    imports = {block.to for block in desired.imports}
    unwanted = any(pair.wanted is None for pair in pairs)
    wanted_anyway = {pair.wanted.identity for pair in pairs if pair.wanted is not None} if unwanted else set()
    changes: dict[Address, Change] = {}
    tied: list[tuple[DesiredObject, Held]] = []
    for pair in pairs:
        if pair.wanted is not None:
            change = _wanted(pair.wanted, pair, world, imports, cut_short)
            if pair.held is not None and replace_asked(pair.wanted.address):
                change = _anew(pair.wanted, pair.held, change, Reason.REPLACE_ASKED)
            if pair.held is not None and pair.wanted.replace_triggered_by:
                tied.append((pair.wanted, pair.held))
        else:
            change = _unwanted(pair.held, pair.at, removed) if pair.held else None
            change = only_once(change, wanted_anyway) if change else None
        if change is not None:
            changes[change.address] = change
    if tied:
        _trigger(tied, changes)
    in_order = in_address_order(changes.values())
    return Decided(tuple(in_order), len(pairs) - len(changes))


def delete(held: Held, at: Address, reason: Reason) -> Change:
    """The change that removes a held object from the cloud, or only from the state where the cloud has it no more."""
    gone = not held.there or held.moved_from is not None
    return Change(
        address=at,
        previous_address=held.origin if held.origin != at else None,
        kind=Kind.FORGET if gone else Kind.DELETE,
        reason=Reason.GONE_OUTSIDE if gone else reason,
        before=held.now,
        dependencies=held.dependencies,
        prevent_destroy=held.prevent_destroy,
    )


def only_once(change: Change, taken: set[Identity]) -> Change:
    """The change, or only a forgetting where the state holds at another address too what it would remove."""
    if change.removes is None:
        return change
    if change.removes in taken:
        return replace(change, kind=Kind.FORGET, reason=Reason.HELD_TWICE)
    taken.add(change.removes)
    return change


def _unwanted(held: Held, at: Address, removed: Mapping[str, Removed]) -> Change:
    block = removed_by(held.origin, removed)
    if block is None:
        return delete(held, at, Reason.NOT_DECLARED)
    change = delete(held, at, Reason.REMOVED_BLOCK)
    return change if block.destroy else replace(change, kind=Kind.FORGET, reason=Reason.REMOVED_BLOCK)


def _wanted(
    wanted: DesiredObject, pair: Pair, world: World, imports: set[Address], cut_short: Collection[str]
) -> Change | None:
    held = pair.held
    if held is not None and held.there and held.now.identity == wanted.identity:
        return _kept(wanted, held, pair.by_moved_block)
    there = presence(wanted.identity, world) is Presence.THERE
    if held is not None and held.there:
        return _replaced(wanted, held, _why_replaced(wanted, held, cut_short), importing=there)
    after = _after(wanted, None)
    if there:
        reason = Reason.IMPORT_BLOCK if wanted.address in imports else Reason.ADOPTED
        return _change(wanted, Kind.NO_OP, reason, after, after, held, importing=wanted.identity.id)
    return _change(wanted, Kind.CREATE, _why_made(wanted, held, cut_short), None, after, held)


def _why_made(wanted: DesiredObject, held: Held | None, cut_short: Collection[str]) -> Reason:
    if _was_cut_short(wanted, cut_short):
        return Reason.MOVE_CUT_SHORT
    lost = held is not None and (held.now.identity == wanted.identity or _same_instance(held, wanted))
    return gone_outside(wanted.identity) if lost else Reason.DECLARED


def _kept(wanted: DesiredObject, held: Held, by_moved_block: bool) -> Change | None:
    after = _after(wanted, held)
    found = differences(held.now.attributes, after.attributes)
    if wanted.prevent_destroy != held.prevent_destroy:
        remembered: dict[str, Any] = {"path": "lifecycle.prevent_destroy", "before": held.prevent_destroy}
        found = (*found, remembered | {"after": wanted.prevent_destroy})
    if found or wanted.provider != held.now.provider:
        return _change(wanted, Kind.UPDATE, Reason.ATTRIBUTES_DIFFER, held.now, after, held, diff=found)
    if held.origin != wanted.address:
        reason = Reason.MOVED_BLOCK if by_moved_block else Reason.READDRESSED
        return _change(wanted, Kind.NO_OP, reason, held.now, after, held)
    return None


def _replaced(wanted: DesiredObject, held: Held, reason: Reason, *, importing: bool = False) -> Change:
    after = _after(wanted, held)
    return _change(
        wanted,
        Kind.REPLACE,
        reason,
        held.now,
        after,
        held,
        importing=wanted.identity.id if importing else None,
        diff=differences(held.now.attributes, after.attributes),
    )


def _anew(wanted: DesiredObject, held: Held, change: Change | None, reason: Reason) -> Change | None:
    """The change of what shall be made anew; what is not there, or is replaced in any case, needs no other one."""
    if not held.there or (change is not None and change.kind is Kind.REPLACE):
        return change
    return _replaced(wanted, held, reason)


def _why_replaced(wanted: DesiredObject, held: Held, cut_short: Collection[str]) -> Reason:
    if held.moved_from == wanted.identity:
        return Reason.MOVED_OUTSIDE
    if _same_instance(held, wanted):
        return Reason.VPC_CHANGED
    return Reason.MOVE_CUT_SHORT if _was_cut_short(wanted, cut_short) else Reason.IDENTITY_CHANGED


def _was_cut_short(wanted: DesiredObject, cut_short: Collection[str]) -> bool:
    return isinstance(wanted.identity, Link) and wanted.identity.instance_id in cut_short


def _same_instance(held: Held, wanted: DesiredObject) -> bool:
    old, new = held.now.identity, wanted.identity
    return isinstance(old, Link) and isinstance(new, Link) and old.instance_id == new.instance_id


def _after(wanted: DesiredObject, held: Held | None) -> Side:
    """The wanted side; what only the cloud can tell stays as it was seen last, where the object stays."""
    attributes = wanted.attributes
    if held is None or held.now.identity != wanted.identity:
        return wanted
    unknown = [name for name, value in attributes.items() if value is UNKNOWN]
    if not unknown:
        return wanted
    seen = {name: held.now.attributes.get(name, UNKNOWN) for name in unknown}
    return Snapshot(wanted.identity, {**attributes, **seen}, wanted.provider, wanted.sensitive)


def _change(
    wanted: DesiredObject,
    kind: Kind,
    reason: Reason,
    before: Side | None,
    after: Side,
    held: Held | None,
    *,
    importing: str | None = None,
    diff: Differences = (),
) -> Change:
    return Change(
        address=wanted.address,
        kind=kind,
        reason=reason,
        before=before,
        after=after,
        previous_address=held.origin if held is not None and held.origin != wanted.address else None,
        importing=importing,
        diff=diff,
        dependencies=wanted.depends_on,
        prevent_destroy=wanted.prevent_destroy,
        place=wanted.place,
    )


def _trigger(tied: Sequence[tuple[DesiredObject, Held]], changes: dict[Address, Change]) -> None:
    """Replace what `replace_triggered_by` ties to something that changes, and what is tied to that in turn."""
    waiting: dict[str, list[tuple[DesiredObject, Held]]] = defaultdict(list)
    for wanted, held in tied:
        for trigger in wanted.replace_triggered_by:
            waiting[str(trigger)].append((wanted, held))
    changed = [change.address for change in changes.values() if change.kind not in (Kind.NO_OP, Kind.FORGET)]
    while waiting and changed:
        for text in changed.pop().prefixes():
            for wanted, held in waiting.pop(text, ()):
                known = changes.get(wanted.address)
                change = _anew(wanted, held, known, Reason.REPLACE_TRIGGERED)
                if change is not None and change is not known:
                    changes[wanted.address] = change
                    changed.append(wanted.address)
