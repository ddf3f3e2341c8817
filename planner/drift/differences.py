"""Where cloud, state and configuration differ, and which one of them moved.

Each side says something of a subject, or nothing. The side that is alone with what it says is the one that moved:

===== ===== ============= =================================== ========================
state cloud configuration bucket                              what moved
===== ===== ============= =================================== ========================
A     A     A             none, unless an attribute differs   –
A     –     A             missing (changed: switched off)     cloud
A     –     –             missing (changed: switched off)     state: it lags behind
A     B     A             changed                             cloud
A     B     B             changed                             state: it lags behind
A     A     B             changed                             configuration
A     A     –             unmanaged                           configuration
–     A     –             unmanaged                           cloud
–     A     A             unmanaged                           state: not adopted yet
–     –     A             missing                             configuration: alone
===== ===== ============= =================================== ========================
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from planner.documents.drift import Bucket, Mover
from planner.drift import remedies
from planner.drift.items import Item
from planner.drift.sides import Sides
from planner.network.identity import IDENTITY_ARGUMENTS, Authorization, Enablement, Identity, Link
from planner.network.presence import computed_attributes
from planner.network.world import Kind, World
from planner.remedy import Remedy
from planner.rules.offered_blocks import Blocks
from planner.steps import Place


def differing(sides: Sides, world: World, blocks: Blocks, *, configured: bool) -> Iterator[Item]:
    """The items of one subject; none where the three agree. `blocks` are those that remedies offer."""
    if sides.unread is not None:
        yield _unknown(sides)
        return
    prior = sides.prior.identity if sides.prior else None
    desired = (sides.desired.identity if sides.desired else None) if configured else prior
    if prior == sides.cloud == desired:
        yield from _provider(sides) if _changes_provider(sides) else _attributes(sides, world)
        return
    mover = Mover.STATE if sides.cloud == desired else Mover.CONFIGURATION if prior == sides.cloud else Mover.CLOUD
    if sides.cloud is None:
        yield _absent(sides, mover, world)
    elif prior is None and desired in (None, sides.cloud):
        yield _not_managed(sides, mover, world, blocks)
    elif desired is None and prior == sides.cloud:
        yield _not_declared(sides, blocks)
    else:
        yield _elsewhere(sides, mover, desired, blocks)


def _item(
    sides: Sides,
    bucket: Bucket,
    mover: Mover,
    detail: str,
    *ways_out: Remedy,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> Item:
    identity = sides.identity
    return Item(
        bucket=bucket,
        type=identity.type,
        id=identity.id,
        what_moved=mover,
        detail=detail,
        remedy=ways_out,
        instance_id=identity.instance_id,
        vpc_id=identity.vpc_id,
        address=sides.address,
        before=before,
        after=after,
        span=sides.desired.place.block if sides.desired else None,
    )


def _restorable(item: Item) -> Item:
    """The item where its first way out is an apply."""
    return replace(item, by_apply=True)


def _unknown(sides: Sides) -> Item:
    detail = f"{_named(sides.identity)} could not be read: {sides.unread}."
    return _item(sides, Bucket.UNKNOWN, Mover.CLOUD, detail, remedies.READ_AGAIN)


def _absent(sides: Sides, mover: Mover, world: World) -> Item:
    """It is not in the cloud."""
    identity = sides.identity
    off = isinstance(identity, Enablement) and identity.vpc_id in world.vpcs and sides.prior is not None
    bucket = Bucket.CHANGED if off else Bucket.MISSING
    before = _as_values(identity) if sides.prior else None
    if mover is Mover.CONFIGURATION:
        detail = f"{_named(identity)} is declared, and is neither in the state nor in the cloud."
        ways_out = (_apply(sides), _drop(sides, managed=False))
        return _restorable(_item(sides, bucket, mover, detail, *ways_out, after=_as_values(identity)))
    gone = f"{_named(identity)} is in the state, and {'switched off' if off else 'no longer'} in the cloud"
    after = {"classic_link_enabled": False} if off else None
    lost = _lost(identity, world)
    if lost:
        gone += f"; {lost}"
    if mover is Mover.STATE:
        detail = f"{gone}. No configuration declares it any more, so only the state is behind."
        return _item(sides, bucket, mover, detail, _refresh(sides), before=before, after=after)
    restore = () if lost else (_apply(sides),)
    ways_out = (*restore, _drop(sides, managed=True))
    item = _item(sides, bucket, mover, f"{gone}.", *ways_out, before=before, after=after)
    return item if lost else _restorable(item)


def _lost(identity: Identity, world: World) -> str | None:
    """Why it cannot come back, in words; None where it can."""
    vpc_id, instance_id = identity.vpc_id, identity.instance_id
    if vpc_id is not None and vpc_id not in world.vpcs and not world.why_unread(Kind.VPCS, vpc_id):
        return f"{vpc_id} does not exist any more"
    if instance_id is None or world.why_unread(Kind.INSTANCES, instance_id):
        return None
    instance = world.instances.get(instance_id)
    if instance is None:
        return f"{instance_id} does not exist any more"
    if isinstance(identity, Link) and instance.network_type != "classic":
        return f"{instance_id} is in {instance.vpc_id or 'a VPC'} now, not in the classic network"
    return None


def _not_managed(sides: Sides, mover: Mover, world: World, blocks: Blocks) -> Item:
    """The cloud has it, the state does not."""
    identity = sides.identity
    after = _as_values(identity)
    if mover is Mover.STATE and sides.address is not None:
        detail = f"{_named(identity)} is declared and in the cloud, but not in the state yet. An apply adopts it."
        adopt = remedies.adopt(identity, sides.address)
        return _item(sides, Bucket.UNMANAGED, mover, detail, remedies.give_in(sides.address), adopt, after=after)
    detail = f"{_named(identity)} is in the cloud, and no configuration declares it."
    ways_out = (remedies.undo(identity, world), remedies.declare_and_adopt(identity, blocks))
    return _item(sides, Bucket.UNMANAGED, mover, detail, *ways_out, after=after)


def _not_declared(sides: Sides, blocks: Blocks) -> Item:
    """State and cloud have it, the configuration no longer does."""
    identity = sides.identity
    detail = f"{_named(identity)} is in the cloud and in the state, and no configuration declares it any more."
    detail += " An apply takes it away."
    ways_out = (remedies.give_in(sides.address), remedies.declare(identity, blocks, way="restore"))
    return _item(sides, Bucket.UNMANAGED, Mover.CONFIGURATION, detail, *ways_out, before=_as_values(identity))


def _elsewhere(sides: Sides, mover: Mover, desired: Identity | None, blocks: Blocks) -> Item:
    """The instance's link goes to one VPC, and ought to go to another."""
    instance_id = sides.identity.instance_id
    cloud = sides.cloud.vpc_id if sides.cloud else None
    prior = sides.prior.identity.vpc_id if sides.prior else None
    declared = desired.vpc_id if desired else None
    before = {"vpc_id": prior} if prior else None
    if mover is Mover.CONFIGURATION:
        detail = f"{instance_id} is linked to {cloud}; the configuration wants {declared}, which is not applied yet."
        after = {"vpc_id": declared}
        return _restorable(_item(sides, Bucket.CHANGED, mover, detail, _apply(sides), before=before, after=after))
    detail = f"{instance_id} is linked to {cloud}"
    detail += f"; the state says {prior}" if prior else "; the state knows nothing of it"
    detail += (
        f", the configuration {declared or 'nothing'}." if declared != prior else ", and so does the configuration."
    )
    after = {"vpc_id": cloud}
    if mover is Mover.STATE:
        return _item(sides, Bucket.CHANGED, mover, detail, _refresh(sides), before=before, after=after)
    managed = sides.prior is not None
    accept = _follow(sides, blocks, managed=managed)
    if managed or sides.cloud is None:
        ways_out = (_apply(sides), *accept)
        return _restorable(_item(sides, Bucket.CHANGED, mover, detail, *ways_out, before=before, after=after))
    ways_out = (remedies.take_over(sides.cloud, sides.address), *accept)
    return _item(sides, Bucket.CHANGED, mover, detail, *ways_out, before=before, after=after)


def _changes_provider(sides: Sides) -> bool:
    return bool(sides.prior and sides.desired and sides.prior.provider != sides.desired.provider)


def _provider(sides: Sides) -> Iterator[Item]:
    """All three have it, and the configuration names another provider than the state."""
    assert sides.prior is not None  # noqa: S101  # the caller looked
    assert sides.desired is not None  # noqa: S101
    old, new = sides.prior.provider, sides.desired.provider
    detail = f"{_named(sides.identity)} belongs to {old} in the state and to {new} in the configuration; {new} sees it."
    names = {"before": {"provider": old}, "after": {"provider": new}}
    accept = remedies.give_in(sides.address)
    yield _item(sides, Bucket.CHANGED, Mover.CONFIGURATION, detail, accept, **names)


def _attributes(sides: Sides, world: World) -> Iterator[Item]:
    """All three have it: the facts of the cloud, and the arguments that identify nothing."""
    if sides.prior is None or sides.cloud is None:
        return
    remembered = sides.prior.attributes
    now = computed_attributes(sides.cloud, world)
    moved = {name: value for name, value in now.items() if remembered.get(name) not in (None, value)}
    if moved:
        before = {name: remembered[name] for name in moved}
        differences = ", ".join(f"{name} was {before[name]} and is {moved[name]}" for name in moved)
        detail = f"{_named(sides.cloud)} is not what it was: {differences}."
        yield _item(sides, Bucket.CHANGED, Mover.CLOUD, detail, _refresh(sides), before=before, after=moved)
    if isinstance(sides.cloud, Link) and sides.desired and "vswitch_ids" not in sides.desired.ignore_changes:
        vswitch_ids = remembered.get("vswitch_ids")
        old = sorted(map(str, vswitch_ids)) if isinstance(vswitch_ids, Collection) else []
        new = sorted(sides.desired.vswitch_ids)
        if old != new and "all" not in sides.desired.ignore_changes:
            detail = f"{_named(sides.cloud)}: the configuration names other vSwitches than the state."
            names = {"before": {"vswitch_ids": old}, "after": {"vswitch_ids": new}}
            yield _restorable(_item(sides, Bucket.CHANGED, Mover.CONFIGURATION, detail, _apply(sides), **names))


def _apply(sides: Sides) -> Remedy:
    return remedies.apply(sides.address)


def _follow(sides: Sides, blocks: Blocks, *, managed: bool) -> tuple[Remedy, ...]:
    """How the configuration comes to want the link that is there."""
    assert isinstance(sides.cloud, Link)  # noqa: S101  # the caller found that it goes elsewhere
    if sides.desired is None:
        return (remedies.declare(sides.cloud, blocks),)
    return remedies.follow(sides.cloud, sides.address, _place(sides), blocks, managed=managed)


def _drop(sides: Sides, *, managed: bool) -> Remedy:
    return remedies.drop(sides.address, _place(sides), managed=managed)


def _place(sides: Sides) -> Place | None:
    return sides.desired.place if sides.desired else None


def _refresh(sides: Sides) -> Remedy:
    return remedies.refresh(sides.address)


def _named(identity: Identity) -> str:
    match identity:
        case Link(instance_id, vpc_id):
            return f"The link of {instance_id} to {vpc_id}"
        case Enablement(vpc_id):
            return f"ClassicLink on {vpc_id}"
        case Authorization():
            return f"The rule {identity.id}"
        case _:
            return f"The route of {identity.instance_id} to {identity.destination_cidr_block}"


def _as_values(identity: Identity) -> Mapping[str, object]:
    if isinstance(identity, Enablement):
        return {"vpc_id": identity.vpc_id, "classic_link_enabled": True}
    return {name: getattr(identity, name) for name in IDENTITY_ARGUMENTS[identity.type]}
