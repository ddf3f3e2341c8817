"""What a read of the simulated cloud misses when faults strike it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from planner.network.kinds import Kind
from planner.network.security_groups import SecurityGroup
from planner.network.world import Unread, World
from planner.values import replace
from providers.base import Throttled
from providers.mock.calls import failure
from providers.mock.faults import Fault, FaultKind

KINDS = {
    "DescribeVpcs": Kind.VPCS,
    "DescribeVpcAttribute": Kind.VPCS,
    "DescribeVSwitches": Kind.VSWITCHES,
    "DescribeRouteEntryList": Kind.ROUTE_ENTRIES,
    "DescribeInstances": Kind.INSTANCES,
    "DescribeClassicLinkInstances": Kind.LINKS,
    "DescribeSecurityGroups": Kind.SECURITY_GROUPS,
    "DescribeSecurityGroupAttribute": Kind.SECURITY_GROUPS,
}
"""What each read gives, in the order in which they are called."""
KINDS_WITHOUT_GROUPS = [action for action, kind in KINDS.items() if kind is not Kind.SECURITY_GROUPS]
"""The reads of a world whose file says nothing of security groups."""


class Missed(Struct, frozen=True):
    """What one fault hides: everything of a kind, or what belongs to the ids it names.

    `may_pass` is true where another try may succeed.
    """

    kind: Kind
    match: dict[str, str]
    reason: str
    may_pass: bool = True

    def hides(self, **ids: str | None) -> bool:
        return all(ids.get(key) == value for key, value in self.match.items())

    @property
    def unread(self) -> Unread:
        return Unread(self.kind, next(iter(self.match.values()), None), self.reason)


def missed_by(fault: Fault) -> Missed | None:
    """What this fault hides of a read, or None where it only delays it."""
    if fault.kind is FaultKind.HANG:
        return None
    may_pass = True
    if fault.kind is FaultKind.THROTTLE:
        reason = "Throttling.User: Request was denied due to user flow control."
    elif fault.kind is FaultKind.ERROR:
        reason = f"{fault.code}: {fault.message}"
        may_pass = isinstance(failure(fault.code, fault.message), Throttled)
    else:
        reason = "the connection broke before the answer came"
    return Missed(KINDS[fault.action], dict(fault.match), f"{fault.action}: {reason}", may_pass)


def without(world: World, missed: list[Missed]) -> World:
    """`world` as it is seen by who missed that."""
    for miss in missed:
        match miss.kind:
            case Kind.VPCS:
                seen = {key: vpc for key, vpc in world.vpcs.items() if not miss.hides(vpc_id=key)}
                world = replace(world, vpcs=seen)
            case Kind.VSWITCHES:
                kept = {key: vsw for key, vsw in world.vswitches.items() if not miss.hides(vpc_id=vsw.vpc_id)}
                world = replace(world, vswitches=kept)
            case Kind.ROUTE_ENTRIES:
                routes = tuple(entry for entry in world.route_entries if not miss.hides(vpc_id=entry.vpc_id))
                world = replace(world, route_entries=routes)
            case Kind.INSTANCES:
                found = {key: one for key, one in world.instances.items() if not miss.hides(instance_id=key)}
                world = replace(world, instances=found)
            case Kind.LINKS:
                links = {key: vpc for key, vpc in world.links.items() if not miss.hides(instance_id=key, vpc_id=vpc)}
                world = replace(world, links=links)
            case Kind.SECURITY_GROUPS:
                world = replace(world, security_groups=_groups_without(world, miss))
    return replace(world, unread=world.unread + tuple(miss.unread for miss in missed))


def _groups_without(world: World, miss: Missed) -> Mapping[str, SecurityGroup] | None:
    """Nothing is known of any group where all are missed."""
    if not miss.match or world.security_groups is None:
        return None
    return {key: group for key, group in world.security_groups.items() if not miss.hides(security_group_id=key)}
