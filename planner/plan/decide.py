"""What is done about each pair of a wanted and a held object, and why."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from planner.address import Address
from planner.config.desired import Desired, DesiredObject
from planner.hcl.values import UNKNOWN
from planner.network.identity import Link
from planner.network.world import World
from planner.plan.changes import Change, Kind, Reason, Snapshot
from planner.plan.cloud import Presence, presence
from planner.plan.compare import Differences, differences
from planner.plan.match import Pair
from planner.plan.moved import prefixes, removed_by
from planner.plan.refresh import Held, gone_outside


@dataclass(frozen=True, slots=True)
class Decided:
    """The changes in address order, and the objects that stay as they are."""

    changes: tuple[Change, ...]
    unchanged: int = 0


def decide(pairs: Sequence[Pair], desired: Desired, world: World, replace_asked: Callable[[Address], bool]) -> Decided:
    """What happens to each pair."""
    removed = {block.origin: block for block in desired.removed}
    found: dict[Address, Change] = {}
    unchanged = 0
    triggered: list[Pair] = []
    for pair in pairs:
        if pair.wanted is None:
            change: Change | None = _unwanted(pair, removed) if pair.held else None
        else:
            change = _wanted(pair.wanted, pair, world, replace_asked)
            if pair.wanted.replace_triggered_by and pair.held is not None and pair.held.there:
                triggered.append(pair)
        if change is None:
            unchanged += 1
        else:
            found[change.address] = change
    before = len(found)
    _trigger(triggered, found)
    unchanged -= len(found) - before
    changes = sorted(found.values(), key=lambda change: change.address.sort_key)
    return Decided(tuple(changes), unchanged)


def delete(held: Held, reason: Reason, address: Address | None = None) -> Change:
    """The change that removes a held object from the cloud, or only from the state where the cloud has it no more."""
    gone = not held.there or held.moved_from is not None
    return Change(
        address=address or held.origin,
        kind=Kind.FORGET if gone else Kind.DELETE,
        reason=Reason.GONE_OUTSIDE if gone else reason,
        before=held.now,
        dependencies=held.dependencies,
        prevent_destroy=held.prevent_destroy and not gone,
    )


def _unwanted(pair: Pair, removed: Mapping[str, Any]) -> Change:
    assert pair.held is not None  # noqa: S101  # a pair has one side at least
    block = removed_by(pair.held.origin, removed)
    if block is None:
        return delete(pair.held, Reason.NOT_DECLARED)
    if block.destroy:
        return delete(pair.held, Reason.REMOVED_BLOCK)
    return replace(delete(pair.held, Reason.REMOVED_BLOCK), kind=Kind.FORGET, reason=Reason.REMOVED_BLOCK)


def _wanted(wanted: DesiredObject, pair: Pair, world: World, replace_asked: Callable[[Address], bool]) -> Change | None:
    held = pair.held
    if held is not None and held.imported:
        held = replace(held, now=replace(held.now, provider=wanted.provider))
    if held is None:
        there = presence(wanted.identity, world) is Presence.THERE
        after = _after(wanted, None)
        if not there:
            return _change(wanted, Kind.CREATE, Reason.DECLARED, after=after)
        return _change(
            wanted, Kind.NO_OP, Reason.ADOPTED, before=after, after=after, importing=wanted.identity.id, adopted=True
        )
    after = _after(wanted, held)
    previous = held.origin if held.origin != wanted.address else None
    importing = held.now.identity.id if held.imported else None
    if not held.there:
        same = held.now.identity == wanted.identity
        reason = gone_outside(wanted.identity) if same else Reason.DECLARED
        return _change(wanted, Kind.CREATE, reason, after=after, previous=previous)
    found = differences(held.now.attributes, after.attributes)
    if held.now.identity != wanted.identity:
        there = presence(wanted.identity, world) is Presence.THERE
        return _change(
            wanted, Kind.REPLACE, _why_replaced(wanted, held), held.now, after, previous, importing, found, there
        )
    if replace_asked(wanted.address):
        return _change(wanted, Kind.REPLACE, Reason.REPLACE_ASKED, held.now, after, previous, importing, found)
    return _kept(wanted, pair, after, found, previous, importing)


def _kept(
    wanted: DesiredObject,
    pair: Pair,
    after: Snapshot,
    found: Differences,
    previous: Address | None,
    importing: str | None,
) -> Change | None:
    held = pair.held
    assert held is not None  # noqa: S101  # only what is held is kept
    if importing is not None:
        return _change(wanted, Kind.NO_OP, Reason.IMPORT_BLOCK, after, after, previous, importing)
    if wanted.prevent_destroy != held.prevent_destroy:
        lifecycle = {
            "path": "lifecycle.prevent_destroy",
            "before": held.prevent_destroy,
            "after": wanted.prevent_destroy,
        }
        found = (*found, lifecycle)
    if found or wanted.provider != held.now.provider:
        return _change(wanted, Kind.UPDATE, Reason.ATTRIBUTES_DIFFER, held.now, after, previous, diff=found)
    if previous is not None:
        reason = Reason.MOVED_BLOCK if pair.by_moved_block else Reason.READDRESSED
        return _change(wanted, Kind.NO_OP, reason, held.now, after, previous)
    return None


def _why_replaced(wanted: DesiredObject, held: Held) -> Reason:
    if held.moved_from == wanted.identity:
        return Reason.MOVED_OUTSIDE
    old, new = held.now.identity, wanted.identity
    if isinstance(old, Link) and isinstance(new, Link) and old.instance_id == new.instance_id:
        return Reason.VPC_CHANGED
    return Reason.IDENTITY_CHANGED


def _after(wanted: DesiredObject, held: Held | None) -> Snapshot:
    """The wanted side; what the cloud alone knows stays as it is where the object stays."""
    attributes = dict(wanted.attributes)
    if held is not None and held.now.identity == wanted.identity:
        known = held.now.attributes
        for name, value in attributes.items():
            if value is UNKNOWN and name in known:
                attributes[name] = known[name]
    return Snapshot(wanted.identity, attributes, wanted.provider, wanted.sensitive)


def _change(
    wanted: DesiredObject,
    kind: Kind,
    reason: Reason,
    before: Snapshot | None = None,
    after: Snapshot | None = None,
    previous: Address | None = None,
    importing: str | None = None,
    diff: Differences = (),
    adopted: bool = False,
) -> Change:
    return Change(
        address=wanted.address,
        kind=kind,
        reason=reason,
        before=before,
        after=after,
        previous_address=previous,
        importing=importing,
        diff=diff,
        dependencies=wanted.depends_on,
        prevent_destroy=wanted.prevent_destroy,
        adopted=adopted,
        place=wanted.place,
    )


def _trigger(pairs: Sequence[Pair], changes: dict[Address, Change]) -> None:
    """Replace what `replace_triggered_by` ties to something that changes, and what is tied to that in turn."""
    waiting: dict[str, list[DesiredObject]] = defaultdict(list)
    held_of = {pair.wanted.address: pair.held for pair in pairs if pair.wanted and pair.held}
    for pair in pairs:
        for trigger in pair.wanted.replace_triggered_by if pair.wanted else ():
            waiting[str(trigger)].append(pair.wanted)  # type: ignore[arg-type]  # the loop above sees that it is there
    changed = [change.address for change in changes.values() if change.kind not in (Kind.NO_OP, Kind.FORGET)]
    while waiting and changed:
        address = changed.pop()
        for text in prefixes(address):
            for wanted in waiting.pop(text, ()):
                held, known = held_of[wanted.address], changes.get(wanted.address)
                if known is not None and known.kind is Kind.REPLACE:
                    continue
                after = _after(wanted, held)
                previous = held.origin if held.origin != wanted.address else None
                found = differences(held.now.attributes, after.attributes)
                changes[wanted.address] = _change(
                    wanted, Kind.REPLACE, Reason.REPLACE_TRIGGERED, held.now, after, previous, diff=found
                )
                changed.append(wanted.address)
