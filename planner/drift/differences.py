"""Where cloud, state and configuration differ, and which one of them moved.

Each side says something of a subject, or nothing. The side that is alone with what it says is the one that moved:

===== ===== ============= =================================== =====================================
state cloud configuration bucket                              what moved
===== ===== ============= =================================== =====================================
A     A     A             none, unless an attribute differs   –
A     –     A             missing (changed: switched off)     cloud
A     –     –             missing (changed: switched off)     state: it lags behind
A     B     A             changed                             cloud
A     B     B             changed                             state: it lags behind
A     A     B             pending                             configuration
A     A     –             pending                             configuration
–     A     –             unmanaged                           cloud
–     A     A             unmanaged                           state: not adopted yet
–     –     A             pending (missing: cut short)        configuration: alone (cloud: cut short)
===== ===== ============= =================================== =====================================

Cut short: an apply detached the instance in the middle of a move, and did not attach it again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from planner.documents.drift import Bucket, Mover
from planner.drift import remedies
from planner.drift.dropping import drop
from planner.drift.items import Item, Sentence
from planner.drift.referrers import Drop, Referrers
from planner.drift.sides import Sides
from planner.drift.ways import Direction, Way
from planner.hcl.writing.literals import string_literal
from planner.network.identity import IDENTITY_ARGUMENTS, Authorization, Enablement, Identity, Link, RuleSettings
from planner.network.kinds import Kind
from planner.network.presence import computed_attributes, missing_subject, vpc_of_rule
from planner.network.world import Unread, World
from planner.rules.offered_blocks import Blocks
from planner.steps import Place
from planner.values import replace


def differing(sides: Sides, world: World, blocks: Blocks, referrers: Referrers, *, configured: bool) -> Iterator[Item]:
    """The items of one subject; none where the three agree. `blocks` are those that remedies offer.

    `referrers` know what else has to change where something is removed from the configuration.
    """
    if sides.unread is not None:
        yield _unknown(sides, sides.unread)
        return
    prior = sides.prior.identity if sides.prior else None
    desired = (sides.desired.identity if sides.desired else None) if configured else prior
    if prior == sides.cloud == desired:
        yield from _provider(sides) if _changes_provider(sides) else _attributes(sides, world)
        return
    mover = Mover.STATE if sides.cloud == desired else Mover.CONFIGURATION if prior == sides.cloud else Mover.CLOUD
    if sides.cloud is None:
        yield _absent(sides, mover, world, referrers)
    elif prior is None and desired in (None, sides.cloud):
        yield _not_managed(sides, mover, world, blocks)
    elif desired is None and prior == sides.cloud:
        yield _not_declared(sides, world, blocks, referrers)
    else:
        yield _elsewhere(sides, mover, desired, world, blocks, referrers)


def _item(
    sides: Sides,
    bucket: Bucket,
    mover: Mover,
    predicate: str,
    *ways_out: Way,
    of: Sentence | None = None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> Item:
    """An item about the object of these sides, or about what `of` names instead."""
    identity = sides.identity
    return Item(
        bucket=bucket,
        type=identity.type,
        id=identity.id,
        what_moved=mover,
        sentence=replace(of or named(identity), predicate=predicate),
        ways=ways_out,
        instance_id=identity.instance_id,
        vpc_id=identity.vpc_id,
        address=sides.address,
        before=before,
        after=after,
        span=sides.desired.place.block if sides.desired else None,
    )


def _pending(sides: Sides, predicate: str, *, before: Mapping[str, object], after: Mapping[str, object]) -> Item:
    """The configuration alone says something else, which an apply carries out."""
    carry_out = remedies.apply(Direction.CARRY_OUT, sides.address)
    return _item(sides, Bucket.PENDING, Mover.CONFIGURATION, predicate, carry_out, before=before, after=after)


def _unknown(sides: Sides, unread: Unread) -> Item:
    way = remedies.read_again(unread.remedy)
    return _item(sides, Bucket.UNKNOWN, Mover.CLOUD, f"could not be read: {unread.why}.", way)


def _absent(sides: Sides, mover: Mover, world: World, referrers: Referrers) -> Item:
    """It is not in the cloud."""
    identity = sides.identity
    off = isinstance(identity, Enablement) and identity.vpc_id in world.vpcs and sides.prior is not None
    bucket = Bucket.CHANGED if off else Bucket.MISSING
    before = _as_values(identity) if sides.prior else None
    if sides.is_cut_short and sides.prior is None:
        return _cut_short(sides, world, referrers)
    if mover is Mover.CONFIGURATION:
        predicate = "is declared, but not yet in the state or the cloud."
        ways_out = (
            remedies.apply(Direction.CARRY_OUT, sides.address),
            *_drop(Direction.TAKE_BACK, sides, referrers),
        )
        return _item(sides, Bucket.PENDING, mover, predicate, *ways_out, after=_as_values(identity))
    gone = f"is in the state, and {'switched off' if off else 'no longer'} in the cloud"
    after = {"classic_link_enabled": False} if off else None
    lost = _lost(identity, world)
    if lost:
        gone += f"; {lost}"
    if mover is Mover.STATE:
        predicate = f"{gone}. The configuration no longer declares it."
        return _item(sides, bucket, mover, predicate, remedies.refresh(sides.address), before=before, after=after)
    restore = () if lost else (remedies.apply(Direction.RESTORE, sides.address),)
    ways_out = (*restore, *_drop(Direction.ACCEPT, sides, referrers))
    item = _item(sides, bucket, mover, f"{gone}.", *ways_out, before=before, after=after)
    return replace(item, vpc_id=vpc_of_rule(identity, world)) if isinstance(identity, Authorization) else item


def _cut_short(sides: Sides, world: World, referrers: Referrers) -> Item:
    """The link of an instance that an apply detached, and did not attach again."""
    lost = _lost(sides.identity, world)
    predicate = "is declared, but down since an apply was interrupted: the instance was detached and not attached again"
    restore = () if lost else (remedies.apply(Direction.RESTORE, sides.address),)
    ways_out = (*restore, *_drop(Direction.ACCEPT, sides, referrers))
    predicate += f"; {lost}." if lost else "."
    return _item(sides, Bucket.MISSING, Mover.CLOUD, predicate, *ways_out, after=_as_values(sides.identity))


def _lost(identity: Identity, world: World) -> str | None:
    """Why it cannot come back, in words; None where it can."""
    missing = missing_subject(identity, world)
    if missing is not None:
        kind, subject = missing
        group = f" {subject}" if kind is Kind.SECURITY_GROUPS else ""
        return f"the {_SUBJECTS[kind]}{group} no longer exists"
    instance = world.instances.get(identity.instance_id) if isinstance(identity, Link) else None
    if instance is not None and instance.network_type != "classic":
        return f"the instance is in {instance.vpc_id or 'a VPC'} now, not in the classic network"
    return None


_SUBJECTS = {Kind.VPCS: "VPC", Kind.INSTANCES: "instance", Kind.SECURITY_GROUPS: "security group"}


def _not_managed(sides: Sides, mover: Mover, world: World, blocks: Blocks) -> Item:
    """The cloud has it, the state does not."""
    identity = sides.identity
    after = _as_values(identity)
    if mover is Mover.STATE:
        predicate = "is declared and in the cloud, but not in the state yet. An apply adopts it."
        return _item(
            sides, Bucket.UNMANAGED, mover, predicate, remedies.apply(Direction.ACCEPT, sides.address), after=after
        )
    predicate = "is in the cloud, and no configuration declares it."
    ways_out = (
        remedies.undo(identity, world, blocks),
        remedies.declare_and_adopt(identity, blocks, _settings(identity, world)),
    )
    return _item(sides, Bucket.UNMANAGED, mover, predicate, *ways_out, after=after)


def _settings(identity: Identity, world: World) -> RuleSettings:
    """Those of a security rule, as the cloud has them."""
    rule = world.rules_by_source.get(identity) if isinstance(identity, Authorization) else None
    return RuleSettings(rule.priority, rule.description) if rule else RuleSettings()


def _not_declared(sides: Sides, world: World, blocks: Blocks, referrers: Referrers) -> Item:
    """State and cloud have it, the configuration no longer does."""
    identity = sides.identity
    predicate = "is in the cloud and in the state, but the configuration no longer declares it. An apply removes it."
    ways_out = (
        remedies.remove(identity, sides.address, world, blocks, referrers),
        remedies.declare(Direction.TAKE_BACK, identity, sides.address, blocks, _settings(identity, world)),
    )
    return _item(sides, Bucket.PENDING, Mover.CONFIGURATION, predicate, *ways_out, before=_as_values(identity))


def _elsewhere(
    sides: Sides, mover: Mover, desired: Identity | None, world: World, blocks: Blocks, referrers: Referrers
) -> Item:
    """The instance's link goes to one VPC, and should go to another, or to none."""
    cloud = sides.cloud.vpc_id if sides.cloud else None
    prior = sides.prior.identity.vpc_id if sides.prior else None
    declared = desired.vpc_id if desired else None
    before = {"vpc_id": prior} if prior else None
    instance = Sentence(str(sides.identity.instance_id), "", "instances")
    if mover is Mover.CONFIGURATION:
        predicate = f"is linked to {cloud}; the configuration has {declared}, which is not applied yet."
        carry_out = remedies.apply(Direction.CARRY_OUT, sides.address)
        after = {"vpc_id": declared}
        return _item(sides, Bucket.PENDING, mover, predicate, carry_out, of=instance, before=before, after=after)
    predicate = f"is linked to {cloud}"
    predicate += f"; the state says {prior}" if prior else "; the state does not have it"
    predicate += (
        f", the configuration {declared or 'nothing'}." if declared != prior else ", and so does the configuration."
    )
    managed = sides.prior is not None
    if mover is Mover.STATE:
        ways_out: tuple[Way, ...] = (remedies.refresh(sides.address),)
    elif managed or sides.cloud is None:
        restore = (
            remedies.undo_and_forget(sides.cloud, sides.address, world, blocks)
            if sides.cloud and not declared
            else remedies.apply(Direction.RESTORE, sides.address)
        )
        ways_out = (restore, *_follow(sides, blocks, referrers, managed=managed))
    else:
        ways_out = (remedies.take_over(sides.cloud, sides.address), *_follow(sides, blocks, referrers, managed=managed))
    return _item(
        sides, Bucket.CHANGED, mover, predicate, *ways_out, of=instance, before=before, after={"vpc_id": cloud}
    )


def _changes_provider(sides: Sides) -> bool:
    return bool(sides.prior and sides.desired and sides.prior.provider != sides.desired.provider)


def _provider(sides: Sides) -> Iterator[Item]:
    """All three have it, and the configuration names another provider than the state."""
    assert sides.prior is not None  # noqa: S101  # the caller looked
    assert sides.desired is not None  # noqa: S101
    old, new = sides.prior.provider, sides.desired.provider
    predicate = f"belongs to {old} in the state and to {new} in the configuration; {new} sees it."
    yield _pending(sides, predicate, before={"provider": old}, after={"provider": new})


def _attributes(sides: Sides, world: World) -> Iterator[Item]:
    """All three have it: the facts of the cloud, and the arguments that identify nothing."""
    if sides.prior is None or sides.cloud is None:
        return
    remembered = sides.prior.attributes
    now = computed_attributes(sides.cloud, world)
    moved = {name: value for name, value in now.items() if remembered.get(name) not in (None, value)}
    if moved:
        before = {name: remembered[name] for name in moved}
        differences = ", ".join(f"{name} was {_shown(before[name])} and is {_shown(moved[name])}" for name in moved)
        predicate = f"has changed: {differences}."
        ways_out = [remedies.refresh(sides.address)]
        if not moved.keys().isdisjoint(_declared_settings(sides)):
            ways_out = [remedies.apply(Direction.RESTORE, sides.address), _settle(sides, moved)]
        item = _item(sides, Bucket.CHANGED, Mover.CLOUD, predicate, *ways_out, before=before, after=moved)
        yield replace(item, cause=", ".join(moved))
    elif isinstance(sides.cloud, Authorization) and sides.desired and (declared := _other_settings(sides)):
        predicate = f"has another {' and '.join(declared)} in the configuration than in the state."
        known = {name: remembered.get(name) for name in declared}
        yield _pending(sides, predicate, before=known, after=declared)
    if isinstance(sides.cloud, Link) and sides.desired and "vswitch_ids" not in sides.desired.ignore_changes:
        vswitch_ids = remembered.get("vswitch_ids")
        old = sorted(map(str, vswitch_ids)) if isinstance(vswitch_ids, Collection) else []
        new = sorted(sides.desired.vswitch_ids)
        if old != new and "all" not in sides.desired.ignore_changes:
            predicate = "has other vSwitches in the configuration than in the state."
            yield _pending(sides, predicate, before={"vswitch_ids": old}, after={"vswitch_ids": new})


_SETTINGS = ("priority", "description")
"""What of a security rule can be changed while it stays the same rule."""


def _shown(value: object) -> object:
    """A value in a sentence: text in quotes, for it may be anything."""
    return string_literal(value) if isinstance(value, str) else value


def _declared_settings(sides: Sides) -> tuple[str, ...]:
    """The settings of a rule that an apply changes: a description where none is declared stays as it is."""
    described = sides.desired is None or sides.desired.attributes.get("description")
    return _SETTINGS if described else ("priority",)


def _settle(sides: Sides, moved: Mapping[str, object]) -> Way:
    """How the settings that a rule has in the cloud are accepted: the configuration asks for its own again."""
    desired = sides.desired
    if desired is None or "all" in desired.ignore_changes:
        return remedies.refresh(sides.address)
    asked = [name for name in _declared_settings(sides) if name in moved and name not in desired.ignore_changes]
    lasting = {name: moved[name] for name in asked if _written(desired.attributes.get(name)) != moved[name]}
    return remedies.settle(sides.address, lasting) if lasting else remedies.refresh(sides.address)


def _other_settings(sides: Sides) -> dict[str, object]:
    """The settings of a rule that the configuration wants to be others than the state has."""
    assert sides.prior is not None  # noqa: S101  # the caller looked
    assert sides.desired is not None  # noqa: S101
    if "all" in sides.desired.ignore_changes:
        return {}
    return {
        name: _written(sides.desired.attributes.get(name))
        for name in _declared_settings(sides)
        if name not in sides.desired.ignore_changes
        and sides.desired.attributes.get(name) != sides.prior.attributes.get(name)
    }


def _written(value: object) -> object:
    """The value of a setting as JSON has it."""
    return int(value) if isinstance(value, Decimal) else value


def _follow(sides: Sides, blocks: Blocks, referrers: Referrers, *, managed: bool) -> tuple[Way, ...]:
    """How the configuration comes to have the link that is there."""
    assert isinstance(sides.cloud, Link)  # noqa: S101  # the caller found that it goes elsewhere
    if sides.desired is None or sides.address is None:
        return (remedies.declare(Direction.ACCEPT, sides.cloud, sides.address, blocks),)
    instances = referrers.instances_of(sides.address.resource)
    return remedies.follow(sides.cloud, sides.address, _place(sides), instances, blocks, managed=managed)


def _drop(direction: Direction, sides: Sides, referrers: Referrers) -> tuple[Way, ...]:
    """The way that removes it from the configuration, and from the state where that has it."""
    if sides.address is None:
        return ()
    referring, instances = referrers.of(sides.address), referrers.instances_of(sides.address.resource)
    dropped = Drop(sides.address, _place(sides), sides.prior is not None, instances, referring)
    return (drop(direction, [dropped]),)


def _place(sides: Sides) -> Place | None:
    return sides.desired.place if sides.desired else None


def named(identity: Identity) -> Sentence:
    """How an object is named, alone and with others; nothing is said of it yet."""
    match identity:
        case Link(instance_id, vpc_id):
            return Sentence(f"The link of {instance_id} to {vpc_id}", "", f"links to {vpc_id}")
        case Enablement(vpc_id):
            return Sentence(f"ClassicLink on {vpc_id}", "")
        case Authorization():
            return Sentence(f"The rule {identity.id}", "", f"rules of {identity.security_group_id}")
        case _:
            target = identity.destination_cidr_block
            return Sentence(f"The route of {identity.instance_id} to {target}", "", f"routes to {target}")


def _as_values(identity: Identity) -> Mapping[str, object]:
    if isinstance(identity, Enablement):
        return {"vpc_id": identity.vpc_id, "classic_link_enabled": True}
    return {name: getattr(identity, name) for name in IDENTITY_ARGUMENTS[identity.type]}
