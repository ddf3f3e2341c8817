"""Prior × world: what each managed object is now, and what changed outside since the state was written."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from planner.address import Address, in_address_order
from planner.documents.reasons import Reason
from planner.network.identity import Authorization, Enablement, Identity, Link
from planner.network.kinds import Kind
from planner.network.presence import Presence, computed_attributes, missing_subject, presence
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.plan.changes import Change, ChangeKind, Side, Snapshot
from planner.plan.compare import differences
from planner.state.model import State, StateObject


class PriorObject(Struct, frozen=True, gc=False):
    """An object of the state, as the cloud has it now.

    `origin` is its address in the state. `there` is false where it is gone. `moved_from` is its identity in the state
    where the instance has been linked to another VPC since.
    """

    origin: Address
    now: Side
    there: bool = True
    moved_from: Identity | None = None
    prevent_destroy: bool = False
    dependencies: tuple[Address, ...] = ()


def refresh(prior: State, worlds: Worlds) -> tuple[dict[Address, PriorObject], tuple[Change, ...]]:
    """Every object of the state as it is now, and the drift, in address order."""
    objects: dict[Address, PriorObject] = {}
    drift: list[Change] = []
    for before in in_address_order(prior.objects.values()):
        world = worlds.of(before.provider)
        objects[before.address] = now = _look(before, prior, world)
        if now.now is not before or not now.there:
            change = _drift(before, now, world)
            if change is not None:
                drift.append(change)
    return objects, tuple(drift)


_MISSING = {
    Kind.VPCS: Reason.VPC_GONE,
    Kind.INSTANCES: Reason.INSTANCE_GONE,
    Kind.SECURITY_GROUPS: Reason.SECURITY_GROUP_GONE,
}


def gone_outside(identity: Identity, world: World) -> Reason:
    """Why the cloud no longer has an object of the state."""
    missing = missing_subject(identity, world)
    if missing is not None:
        return _MISSING[missing[0]]
    if isinstance(identity, Enablement):
        return Reason.DISABLED_OUTSIDE
    if isinstance(identity, Authorization):
        return Reason.RULE_REVOKED_OUTSIDE
    return Reason.DETACHED_OUTSIDE if isinstance(identity, Link) else Reason.ROUTE_REMOVED_OUTSIDE


def _look(before: StateObject, prior: State, world: World) -> PriorObject:
    identity, moved_from = before.identity, None
    there = presence(identity, world) is not Presence.ABSENT
    if not there and isinstance(identity, Link):
        elsewhere = Link(identity.instance_id, world.links.get(identity.instance_id, ""))
        if elsewhere.vpc_id and (before.provider, elsewhere) not in prior.keys:
            identity, moved_from, there = elsewhere, identity, True
    attributes: Mapping[str, object] = before.attributes
    if there:
        seen = computed_attributes(identity, world)
        if moved_from is not None:
            seen["vpc_id"] = identity.vpc_id
        if not seen.items() <= attributes.items():
            attributes = {**attributes, **seen}
    same = identity is before.identity and attributes is before.attributes
    now = before if same else Snapshot(identity, attributes, before.provider, before.sensitive)
    return PriorObject(before.address, now, there, moved_from, before.prevent_destroy, before.dependencies)


def _drift(before: StateObject, now: PriorObject, world: World) -> Change | None:
    if not now.there:
        reason = gone_outside(before.identity, world)
        return Change(before.address, ChangeKind.DELETE, reason, before, dependencies=before.dependencies)
    found = differences(before.attributes, now.now.attributes)
    if isinstance(before.identity, Authorization):
        found = tuple([each for each in found if each.before is not None])  # the rest was not known before
    if not found:
        return None
    reason = Reason.MOVED_OUTSIDE if now.moved_from else Reason.CHANGED_OUTSIDE
    return Change(
        address=before.address,
        kind=ChangeKind.UPDATE,
        reason=reason,
        before=before,
        after=now.now,
        diff=found,
        dependencies=before.dependencies,
        prevent_destroy=before.prevent_destroy,
    )
