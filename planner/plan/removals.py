"""Plans that only remove: `--destroy`, and `--drain` of one VPC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from planner.address import Address
from planner.config.desired import Desired, DesiredObject
from planner.documents.reasons import Reason
from planner.network.identity import Authorization, Enablement, Identity, Link, ObjectKey, Subject, arguments
from planner.network.presence import computed_attributes, vpc_of_rule
from planner.network.world import World
from planner.plan.changes import Change, ChangeKind, Side, Snapshot, key_of
from planner.plan.decide import delete, only_once
from planner.plan.refresh import PriorObject
from planner.values import replace


def destroy(prior: Mapping[Address, PriorObject], desired: Desired) -> Iterator[Change]:
    """The end of everything that is managed."""
    return _removals(prior.values(), Reason.DESTROY, desired)


def drain(
    vpc: Subject, prior: Mapping[Address, PriorObject], desired: Desired, world: World, *, unmanaged: bool
) -> Iterator[Change]:
    """The end of the VPC's links, of its security rules for classic groups and of its enablement.

    With `unmanaged`, also of those that only the cloud has.

    `world` is what the provider of the VPC sees.
    """
    provider, vpc_id = vpc
    managed = [found for found in prior.values() if found.there and is_of_vpc(vpc, found.now, world)]
    yield from _removals(managed, Reason.DRAIN, desired)
    if unmanaged:
        known = {found.now.identity for found in managed}
        for identity in _on_the_vpc(vpc_id, world):
            if identity not in known:
                yield _unmanaged(identity, world, provider)


def is_of_vpc(vpc: Subject, side: Side, world: World) -> bool:
    """Whether a drain of this VPC removes the object, if it exists. `world` is what the provider of the VPC sees."""
    if isinstance(side.identity, Authorization):
        of_rule = vpc_of_rule(side.identity, world) or side.attributes.get("vpc_id")
        return (side.provider, of_rule) == vpc
    return isinstance(side.identity, (Enablement, Link)) and (side.provider, side.identity.vpc_id) == vpc


def _removals(prior: Iterable[PriorObject], reason: Reason, desired: Desired) -> Iterator[Change]:
    declared = {each.address: each for each in desired.objects}
    removed: set[ObjectKey] = set()
    for found in prior:
        yield only_once(_removal(found, reason, declared.get(found.origin)), removed)


def _removal(prior: PriorObject, reason: Reason, declared: DesiredObject | None) -> Change:
    """The end of one object. Where it is declared, `prevent_destroy` of the declaration counts."""
    change = delete(prior, prior.origin, reason)
    if declared is None or key_of(declared) != key_of(prior.now):
        return change
    prevent_destroy = declared.prevent_destroy and change.removes is not None
    return replace(change, prevent_destroy=prevent_destroy, place=declared.place)


def _on_the_vpc(vpc_id: str, world: World) -> Iterator[Identity]:
    """What the cloud has of ClassicLink on this VPC, its enablement last."""
    for instance_id in world.linked_by_vpc.get(vpc_id, ()):
        yield Link(instance_id, vpc_id)
    for rule in world.rules_by_source:
        if vpc_of_rule(rule, world) == vpc_id:
            yield rule
    vpc = world.vpcs.get(vpc_id)
    if vpc is not None and vpc.classic_link_enabled:
        yield Enablement(vpc_id)


def _unmanaged(identity: Identity, world: World, provider: str) -> Change:
    """The end of what only the cloud knows. It has an address like any other, but is in no state."""
    key = identity.id if isinstance(identity, Authorization) else identity.instance_id or identity.vpc_id
    address = Address(identity.type, "unmanaged", key)
    before = Snapshot(identity, {**arguments(identity), **computed_attributes(identity, world)}, provider)
    return Change(address, ChangeKind.DELETE, Reason.DRAIN, before=before, managed=False)
