"""What happens to each object: a desired one with the prior one it is paired with, or one that is desired no more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from msgspec import Struct

from planner.address import Address, in_address_order
from planner.config.desired import Desired, DesiredObject, Removed
from planner.documents.reasons import Reason
from planner.hcl.cty.unknowns import UNKNOWN
from planner.network.identity import Authorization, Link, ObjectKey, Subject
from planner.network.presence import Presence, computed_attributes, presence
from planner.network.worlds import Worlds
from planner.plan.changes import Change, ChangeKind, Side, Snapshot, key_of
from planner.plan.compare import Difference, Differences, differences
from planner.plan.descriptions import as_it_can_be
from planner.plan.match import Matching, Pair
from planner.plan.moved import removed_by
from planner.plan.refresh import PriorObject, gone_outside
from planner.plan.selector import Selector
from planner.values import replace


class Decided(Struct, frozen=True):
    """The changes in address order, and how many objects stay as they are."""

    changes: tuple[Change, ...]
    unchanged: int = 0


def decide(
    matching: Matching,
    desired: Desired,
    worlds: Worlds,
    replace_asked: Selector,
    cut_short: Collection[Subject] = (),
) -> Decided:
    """What happens to each object. `cut_short` are the instances that an apply left in the middle of a move."""
    changes: dict[Address, Change] = {}
    imports = {block.to for block in desired.imports}
    triggered: list[Pair] = []
    for pair in matching.pairs:
        change = _of_desired(pair, worlds, imports, cut_short)
        if pair.prior is not None:
            if replace_asked.patterns and replace_asked(pair.desired.address):
                change = _replaced_instead(pair, change, Reason.REPLACE_ASKED)
            if pair.desired.replace_triggered_by:
                triggered.append(pair)
        if change is not None:
            changes[change.address] = change
    if matching.undeclared:
        blocks = {block.origin: block for block in desired.removed}
        desired_anyway = {key_of(pair.desired) for pair in matching.pairs}
        for address, prior in matching.undeclared:
            change = only_once(_of_undeclared(prior, address, blocks), desired_anyway)
            changes[change.address] = change
    _trigger(triggered, changes)
    in_order = in_address_order(changes.values())
    return Decided(tuple(in_order), len(matching.pairs) + len(matching.undeclared) - len(changes))


def delete(prior: PriorObject, at: Address, reason: Reason) -> Change:
    """The change that removes an object from the cloud, or only from the state where the cloud no longer has it."""
    gone = not prior.there or prior.moved_from is not None
    return Change(
        address=at,
        previous_address=prior.origin if prior.origin != at else None,
        kind=ChangeKind.FORGET if gone else ChangeKind.DELETE,
        reason=Reason.GONE_OUTSIDE if gone else reason,
        before=prior.now,
        dependencies=prior.dependencies,
        prevent_destroy=prior.prevent_destroy,
    )


def only_once(change: Change, removed: set[ObjectKey]) -> Change:
    """The change, or one that only forgets where its object is among those `removed` or kept at another address."""
    key = change.removed_key
    if key is None:
        return change
    if key in removed:
        return replace(change, kind=ChangeKind.FORGET, reason=Reason.HELD_TWICE)
    removed.add(key)
    return change


def _of_undeclared(prior: PriorObject, at: Address, blocks: Mapping[str, Removed]) -> Change:
    """`blocks` are the `removed` blocks by the address that they name."""
    block = removed_by(at, blocks)
    if block is None:
        return delete(prior, at, Reason.NOT_DECLARED)
    change = delete(prior, at, Reason.REMOVED_BLOCK)
    return change if block.destroy else replace(change, kind=ChangeKind.FORGET, reason=Reason.REMOVED_BLOCK)


def _of_desired(pair: Pair, worlds: Worlds, imports: set[Address], cut_short: Collection[Subject]) -> Change | None:
    desired, prior = as_it_can_be(pair, worlds), pair.prior
    if desired is not pair.desired:
        pair = replace(pair, desired=desired)
    stays = prior is not None and prior.there and prior.now.identity == desired.identity
    if prior is not None and stays and prior.now.provider == desired.provider:
        return _kept(pair, prior)
    exists = presence(desired.identity, worlds.of(desired.provider)) is Presence.THERE
    if prior is not None and stays and exists:
        return _of_another_provider(pair, prior)
    if prior is not None and prior.there:
        return _replaced(pair, prior, _why_replaced(desired, prior, cut_short), importing=exists)
    if exists:
        reason = Reason.IMPORT_BLOCK if desired.address in imports else Reason.ADOPTED
        if isinstance(desired.identity, Authorization) and (differ := _as_found(desired, worlds)):
            before, diff = differ
            return _change(pair, ChangeKind.UPDATE, reason, before, desired, importing=desired.identity.id, diff=diff)
        return _change(pair, ChangeKind.NO_OP, reason, desired, desired, importing=desired.identity.id)
    return _change(pair, ChangeKind.CREATE, _why_created(desired, prior, worlds, cut_short), None, desired)


def _as_found(desired: DesiredObject, worlds: Worlds) -> tuple[Side, Differences] | None:
    """A security rule as the cloud has it, and what is to be changed of it; None if nothing is."""
    seen = computed_attributes(desired.identity, worlds.of(desired.provider))
    found = Snapshot(desired.identity, {**desired.attributes, **seen}, desired.provider, desired.sensitive)
    diff = differences(found.attributes, desired.attributes)
    return (found, diff) if diff else None


def _kept(pair: Pair, prior: PriorObject) -> Change | None:
    """An object that stays: updated where its attributes differ, or found at another address, or not changed at all."""
    desired = pair.desired
    after, differ = _compared(desired, prior)
    if desired.prevent_destroy != prior.prevent_destroy:
        differ += (Difference("lifecycle.prevent_destroy", prior.prevent_destroy, desired.prevent_destroy),)
    if differ:
        return _change(pair, ChangeKind.UPDATE, Reason.ATTRIBUTES_DIFFER, prior.now, after, diff=differ)
    if prior.origin != desired.address:
        reason = Reason.MOVED_BLOCK if pair.by_moved_block else Reason.READDRESSED
        return _change(pair, ChangeKind.NO_OP, reason, prior.now, after)
    return None


def _of_another_provider(pair: Pair, prior: PriorObject) -> Change:
    """An object that the new provider sees as well: no call, the state says that it belongs to that one."""
    desired = pair.desired
    diff = _with_provider(prior, desired, differences(prior.now.attributes, desired.attributes))
    return _change(pair, ChangeKind.NO_OP, Reason.PROVIDER_CHANGED, prior.now, desired, diff=diff)


def _with_provider(prior: PriorObject, desired: DesiredObject, differ: Differences) -> Differences:
    """The differences, and that of the provider first."""
    before, after = prior.now.provider, desired.provider
    return differ if before == after else (Difference("provider", before, after), *differ)


def _replaced(pair: Pair, prior: PriorObject, reason: Reason, *, importing: bool = False) -> Change:
    desired = pair.desired
    same = prior.now.identity == desired.identity and prior.now.provider == desired.provider
    after = _with_known_attributes(desired, prior) if same else desired
    return _change(
        pair,
        ChangeKind.REPLACE,
        reason,
        prior.now,
        after,
        importing=desired.identity.id if importing else None,
        diff=_with_provider(prior, desired, differences(prior.now.attributes, after.attributes)),
    )


def _replaced_instead(pair: Pair, change: Change | None, reason: Reason) -> Change | None:
    """A replacement instead of this change, unless it is one already or there is nothing to replace.

    An object that another provider sees as well moves to that one, and is created there.
    """
    prior = pair.prior
    if prior is None or not prior.there or (change is not None and change.kind is ChangeKind.REPLACE):
        return change
    if prior.now.provider != pair.desired.provider:
        now = Snapshot(prior.now.identity, prior.now.attributes, pair.desired.provider, prior.now.sensitive)
        prior = replace(prior, now=now)
    return _replaced(pair, prior, reason)


def _why_created(
    desired: DesiredObject, prior: PriorObject | None, worlds: Worlds, cut_short: Collection[Subject]
) -> Reason:
    if _is_cut_short(desired, cut_short):
        return Reason.MOVE_CUT_SHORT
    if prior is None or prior.now.provider != desired.provider:
        return Reason.DECLARED
    if prior.now.identity == desired.identity:
        return gone_outside(desired.identity, worlds.of(desired.provider))
    return Reason.DETACHED_OUTSIDE if _same_instance(prior, desired) else Reason.DECLARED


def _why_replaced(desired: DesiredObject, prior: PriorObject, cut_short: Collection[Subject]) -> Reason:
    if prior.now.provider != desired.provider:
        return Reason.PROVIDER_CHANGED
    if prior.moved_from == desired.identity:
        return Reason.MOVED_OUTSIDE
    if _same_instance(prior, desired):
        return Reason.VPC_CHANGED
    return Reason.MOVE_CUT_SHORT if _is_cut_short(desired, cut_short) else Reason.IDENTITY_CHANGED


def _is_cut_short(desired: DesiredObject, cut_short: Collection[Subject]) -> bool:
    return isinstance(desired.identity, Link) and (desired.provider, desired.identity.instance_id) in cut_short


def _same_instance(prior: PriorObject, desired: DesiredObject) -> bool:
    old, new = prior.now.identity, desired.identity
    return isinstance(old, Link) and isinstance(new, Link) and old.instance_id == new.instance_id


def _compared(desired: DesiredObject, prior: PriorObject) -> tuple[Side, Differences]:
    """The desired side of an object that stays, and what differs from the prior one."""
    if prior.now.attributes == desired.attributes:
        return desired, ()
    after = _with_known_attributes(desired, prior)
    return after, differences(prior.now.attributes, after.attributes)


def _with_known_attributes(desired: DesiredObject, prior: PriorObject) -> Side:
    """The desired side of an object that stays: attributes that only the cloud knows have their prior values."""
    unknown = [name for name, value in desired.attributes.items() if value is UNKNOWN]
    if not unknown:
        return desired
    seen = {name: prior.now.attributes.get(name, UNKNOWN) for name in unknown}
    return Snapshot(desired.identity, {**desired.attributes, **seen}, desired.provider, desired.sensitive)


def _change(
    pair: Pair,
    kind: ChangeKind,
    reason: Reason,
    before: Side | None,
    after: Side,
    *,
    importing: str | None = None,
    diff: Differences = (),
) -> Change:
    desired, prior = pair.desired, pair.prior
    return Change(
        desired.address,
        kind,
        reason,
        before,
        after,
        prior.origin if prior is not None and prior.origin != desired.address else None,
        importing,
        diff,
        desired.depends_on,
        desired.prevent_destroy,
        place=desired.place,
    )


def _trigger(pairs: Sequence[Pair], changes: dict[Address, Change]) -> None:
    """Replace what `replace_triggered_by` ties to something that changes, and what is tied to that in turn."""
    waiting: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        for trigger in pair.desired.replace_triggered_by:
            waiting[str(trigger)].append(pair)
    changed = [
        change.address for change in changes.values() if change.kind not in (ChangeKind.NO_OP, ChangeKind.FORGET)
    ]
    while waiting and changed:
        for text in changed.pop().prefixes():
            for pair in waiting.pop(text, ()):
                known = changes.get(pair.desired.address)
                change = _replaced_instead(pair, known, Reason.REPLACE_TRIGGERED)
                if change is not None and change is not known:
                    changes[change.address] = change
                    changed.append(change.address)
