"""Cloud, state and configuration side by side: what each says of every subject.

A subject is what the three can disagree about: an instance's one link, a VPC's enablement, one guest route.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence

from msgspec import Struct

from planner.address import Address
from planner.config.desired import Desired, DesiredObject
from planner.network.identity import IDENTITY_ARGUMENTS, Authorization, Enablement, GuestRoute, Identity, Link
from planner.network.kinds import Kind
from planner.network.presence import Presence, presence, vpc_of_rule
from planner.network.world import Unread, World
from planner.state.model import StateObject
from planner.values import replace

Subject = str | Enablement | GuestRoute | Authorization


class Sides(Struct, frozen=True):
    """What the three say of one subject. `unread` is why the cloud's side is not known.

    `is_cut_short` says that an apply detached the instance in the middle of a move, and did not attach it again.
    """

    prior: StateObject | None
    cloud: Identity | None
    desired: DesiredObject | None
    unread: Unread | None = None
    is_cut_short: bool = False

    @property
    def address(self) -> Address | None:
        """Where it is declared, or was."""
        known = self.desired or self.prior
        return known.address if known else None

    @property
    def identity(self) -> Identity:
        """What it is about: as the state has it, else the cloud, else the configuration."""
        if self.prior is not None:
            return self.prior.identity
        identity = self.cloud or (self.desired.identity if self.desired else None)
        assert identity is not None  # noqa: S101  # one of the three says something
        return identity

    @property
    def stands(self) -> bool:
        """Whether this is in the cloud, and managed or declared."""
        return self.cloud is not None and (self.prior is not None or self.desired is not None)


def all_sides(
    prior: Sequence[StateObject],
    desired: Sequence[DesiredObject] | None,
    world: World,
    cut_short: Collection[str] = (),
) -> list[Sides]:
    """The three sides of every subject of one world. Without a configuration, the state says what is desired.

    `cut_short` are the instances that an apply left in the middle of a move.

    Of security rules the cloud's side is those of the groups that have rules here: what is in others is not managed
    here, and in a real cloud not read.
    """
    states: dict[Subject, list[StateObject]] = {}
    for managed in prior:
        states.setdefault(_subject(managed.identity), []).append(managed)
    wishes: dict[Subject, list[DesiredObject]] = {}
    for declared in _settled(desired or (), prior):
        wishes.setdefault(_subject(declared.identity), []).append(declared)
    present: dict[Subject, Identity] = {}
    for instance_id, vpc_id in world.links.items():
        present[instance_id] = Link(instance_id, vpc_id)
    for vpc in world.vpcs.values():
        if vpc.classic_link_enabled:
            present[Enablement(vpc.vpc_id)] = Enablement(vpc.vpc_id)
    groups = {rule.security_group_id for rule in (*states, *wishes) if isinstance(rule, Authorization)}
    ours = [rule for rule in world.rules_by_source if rule.security_group_id in groups]
    present |= {rule: rule for rule in ours if vpc_of_rule(rule, world) is not None}
    subjects = dict.fromkeys((*states, *wishes, *present))
    return [
        replace(sides, is_cut_short=True) if subject in cut_short else sides
        for subject in subjects
        for sides in _sides(states.get(subject, ()), present.get(subject), wishes.get(subject, ()), world)
    ]


def is_settled(sides: Sides, desired: Desired | None) -> bool:
    """Whether the configuration says something of this subject, be it that it is not declared."""
    if desired is None:
        return False
    if not desired.left_out or sides.prior is None or sides.desired is not None:
        return True
    return {each.address for each in desired.left_out}.isdisjoint(sides.prior.address.prefixes())


def _subject(identity: Identity) -> Subject:
    return identity.instance_id if isinstance(identity, Link) else identity


def _settled(desired: Iterable[DesiredObject], prior: Iterable[StateObject]) -> Iterator[DesiredObject]:
    """The declared objects; what `ignore_changes` excepts is as the state has it."""
    by_address = {managed.address: managed for managed in prior}
    for declared in desired:
        managed = by_address.get(declared.address)
        ignored = declared.ignore_changes
        if managed and ("all" in ignored or not ignored.isdisjoint(IDENTITY_ARGUMENTS[declared.identity.type])):
            yield replace(declared, identity=managed.identity)
        else:
            yield declared


def _sides(
    prior: Iterable[StateObject], cloud: Identity | None, desired: Iterable[DesiredObject], world: World
) -> Iterator[Sides]:
    """The sides of one subject: one, but for a state that holds an instance's link twice."""
    remembered = sorted(prior, key=lambda managed: managed.identity != cloud)
    first = remembered[0] if remembered else None
    likely = (cloud, first.identity if first else None)
    declared = sorted(desired, key=lambda each: likely.index(each.identity) if each.identity in likely else len(likely))
    yield _read(Sides(first, cloud, declared[0] if declared else None), world)
    for further in remembered[1:]:
        yield Sides(further, None, None)


def _read(sides: Sides, world: World) -> Sides:
    """With what the cloud says where that is no plain yes or no."""
    if sides.cloud is not None:
        return sides
    identity = sides.identity
    if presence(identity, world) is Presence.THERE:
        return replace(sides, cloud=identity)
    return replace(sides, unread=_unread(identity, world))


def _unread(identity: Identity, world: World) -> Unread | None:
    if not world.unread:
        return None
    match identity:
        case Link(instance_id, vpc_id):
            return world.unread_of(Kind.LINKS, instance_id) or world.unread_of(Kind.LINKS, vpc_id)
        case Enablement(vpc_id):
            return world.unread_of(Kind.VPCS, vpc_id)
        case GuestRoute(instance_id):
            return world.unread_of(Kind.INSTANCES, instance_id)
        case Authorization(group_id):
            return world.unread_of(Kind.SECURITY_GROUPS, group_id)
