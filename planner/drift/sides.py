"""Cloud, state and configuration side by side: what each says of every subject.

A subject is what the three can disagree about: an instance's one link, a VPC's enablement, one guest route.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from planner.address import Address
from planner.config.desired import Desired, DesiredObject
from planner.network.identity import IDENTITY_ARGUMENTS, Enablement, GuestRoute, Identity, Link
from planner.network.presence import Presence, presence
from planner.network.world import Kind, World
from planner.state.model import StateObject

Subject = str | Enablement | GuestRoute


@dataclass(frozen=True, slots=True)
class Sides:
    """What the three say of one subject. `unread` is why the cloud's side is not known."""

    state: StateObject | None
    cloud: Identity | None
    wanted: DesiredObject | None
    unread: str | None = None

    @property
    def address(self) -> Address | None:
        """Where it is declared, or was."""
        known = self.wanted or self.state
        return known.address if known else None

    @property
    def identity(self) -> Identity:
        """What it is about: as the state has it, else the cloud, else the configuration."""
        if self.state is not None:
            return self.state.identity
        found = self.cloud or (self.wanted.identity if self.wanted else None)
        assert found is not None  # noqa: S101  # one of the three says something
        return found

    @property
    def stands(self) -> bool:
        """Whether this is in the cloud, and somebody answers for it."""
        return self.cloud is not None and (self.state is not None or self.wanted is not None)


def all_sides(prior: Sequence[StateObject], desired: Sequence[DesiredObject] | None, world: World) -> list[Sides]:
    """The three sides of every subject of one world. Without a configuration, the state says what is wanted."""
    states: dict[Subject, list[StateObject]] = {}
    for held in prior:
        states.setdefault(_subject(held.identity), []).append(held)
    wishes: dict[Subject, list[DesiredObject]] = {}
    for wanted in _settled(desired or (), prior):
        wishes.setdefault(_subject(wanted.identity), []).append(wanted)
    present: dict[Subject, Identity] = {}
    for instance_id, vpc_id in world.links.items():
        present[instance_id] = Link(instance_id, vpc_id)
    for vpc in world.vpcs.values():
        if vpc.classic_link_enabled:
            present[Enablement(vpc.vpc_id)] = Enablement(vpc.vpc_id)
    subjects = dict.fromkeys((*states, *wishes, *present))
    return [
        sides
        for subject in subjects
        for sides in _sides(states.get(subject, ()), present.get(subject), wishes.get(subject, ()), world)
    ]


def is_settled(sides: Sides, desired: Desired | None) -> bool:
    """Whether the configuration says something of this subject, be it that it is not declared."""
    if desired is None:
        return False
    if not desired.left_out or sides.state is None or sides.wanted is not None:
        return True
    return {each.address for each in desired.left_out}.isdisjoint(sides.state.address.prefixes())


def _subject(identity: Identity) -> Subject:
    return identity.instance_id if isinstance(identity, Link) else identity


def _settled(desired: Iterable[DesiredObject], prior: Iterable[StateObject]) -> Iterator[DesiredObject]:
    """The declared objects; what `ignore_changes` excepts is as the state has it."""
    by_address = {held.address: held for held in prior}
    for wanted in desired:
        held = by_address.get(wanted.address)
        ignored = wanted.ignore_changes
        if held and ("all" in ignored or not ignored.isdisjoint(IDENTITY_ARGUMENTS[wanted.identity.type])):
            yield replace(wanted, identity=held.identity)
        else:
            yield wanted


def _sides(
    held: Iterable[StateObject], cloud: Identity | None, wishes: Iterable[DesiredObject], world: World
) -> Iterator[Sides]:
    """The sides of one subject: one, but for a state that holds an instance's link twice."""
    states = sorted(held, key=lambda found: found.identity != cloud)
    wanted = list(wishes)
    first = states[0] if states else None
    likely = (cloud, first.identity if first else None)
    wanted.sort(key=lambda wish: likely.index(wish.identity) if wish.identity in likely else len(likely))
    yield _read(Sides(first, cloud, wanted[0] if wanted else None), world)
    for further in states[1:]:
        yield Sides(further, None, None)


def _read(sides: Sides, world: World) -> Sides:
    """With what the cloud says where that is no plain yes or no."""
    if sides.cloud is not None:
        return sides
    identity = sides.identity
    if presence(identity, world) is Presence.THERE:
        return replace(sides, cloud=identity)
    reason = _why_unread(identity, world)
    if reason is not None:
        return replace(sides, unread=reason)
    if isinstance(identity, GuestRoute) and sides.state and presence(identity, world) is Presence.UNKNOWN:
        # Nobody can look inside the instance: the operator's word stands.
        return replace(sides, cloud=identity)
    return sides


def _why_unread(identity: Identity, world: World) -> str | None:
    if not world.unread:
        return None
    match identity:
        case Link(instance_id, vpc_id):
            return world.why_unread(Kind.LINKS, instance_id) or world.why_unread(Kind.LINKS, vpc_id)
        case Enablement(vpc_id):
            return world.why_unread(Kind.VPCS, vpc_id)
        case GuestRoute(instance_id):
            return world.why_unread(Kind.INSTANCES, instance_id)
