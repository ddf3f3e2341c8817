"""Can one end reach another, and why: a trace of hops, each with what decided it and where that is written.

Four ways::

    classic -> VPC       through the instance's own link, to what that link can address (overview, Example scenario)
    VPC     -> classic   only to instances that are linked to that very VPC (overview, Example scenario)
    classic -> classic   the classic network itself; a rule of a security group decides (overview, Connection scenarios)
    VPC     -> VPC       inside one VPC; ClassicLink never joins two (overview, Connection scenarios)

Where the network leads there, the security groups of the target decide what is let in; where they are unknown, a trace
says what the network allows, as far as security groups let it. A trace is about who begins: answers come back.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network
from itertools import chain, pairwise
from typing import NotRequired, TypedDict

from msgspec import Struct

from planner.network.addressing import (
    CLASSIC_EXCEPTION,
    CLASSIC_SUPERNET,
    GUEST_ROUTE_DESTINATION,
    VpcClass,
    address,
    in_classic_range,
    network,
    vpc_class,
    within,
)
from planner.network.ends import End, Plane, all_ends, by_id, find_end
from planner.network.forecast import Forecast
from planner.network.hops import Decision, Hop, HopEntry, blocked, passed, unknown
from planner.network.kinds import Kind
from planner.network.ranges import PRIMARY_ONLY
from planner.network.security_hops import arrival_words, at_security_groups
from planner.network.traffic import ALL_TRAFFIC, Traffic
from planner.network.world import RouteEntry, Vpc, VSwitch, World

BACKGROUND = "overview, Background"
LIMITS = "overview, Limits"
SCENARIOS = "overview, Connection scenarios"
EXAMPLE = "overview, Example scenario"


TraceEntry = TypedDict(
    "TraceEntry",
    {
        "from": str,
        "to": str,
        "from_provider": NotRequired[str],
        "to_provider": NotRequired[str],
        "reachable": bool | None,
        "hops": list[HopEntry],
    },
)
TraceEntry.__doc__ = "A trace, in a document. The providers are named where there are several."


class Trace(Struct, frozen=True):
    """The way from one end to another, as far as it goes. The last hop says how it ends, and why."""

    origin: End
    target: End
    hops: tuple[Hop, ...]

    @property
    def reachable(self) -> bool | None:
        """None if what decides is not known."""
        decisions = {hop.decision for hop in self.hops}
        if Decision.BLOCK in decisions:
            return False
        return None if Decision.UNKNOWN in decisions else True

    def to_json(self) -> TraceEntry:
        entry: TraceEntry = {
            "from": self.origin.id or self.origin.private_ip,
            "to": self.target.id or self.target.private_ip,
            "reachable": self.reachable,
            "hops": [hop.to_json() for hop in self.hops],
        }
        if self.origin.provider and self.target.provider:
            entry["from_provider"], entry["to_provider"] = self.origin.provider, self.target.provider
        return entry


def reach(world: World, origin: str, target: str, traffic: Traffic = ALL_TRAFFIC) -> Trace:
    """Whether any of this traffic from `origin` can reach `target`: each an id of an instance or a resource, or an
    address.

    Raises ConfigError if one of them is nothing that can be seen.
    """
    start = find_end(world, origin, _vpc_of(world, by_id(world, target)))
    return trace(world, start, find_end(world, target, _vpc_of(world, start)), traffic)


def reach_all(
    world: World, *, origin: str | None = None, target: str | None = None, traffic: Traffic = ALL_TRAFFIC
) -> Iterator[Trace]:
    """A trace from `origin` to everything else, or from everything else to `target`. Raises ConfigError."""
    fixed = find_end(world, origin if origin is not None else target or "")
    for end in all_ends(world):
        if end != fixed:
            ends = (fixed, end) if origin is not None else (end, fixed)
            yield trace(world, *ends, traffic)


def trace(world: World, origin: End, target: End, traffic: Traffic = ALL_TRAFFIC) -> Trace:
    """The way of this traffic from one end to another."""
    if origin == target:
        hops = iter((passed(str(origin), "Both ends are the same.", BACKGROUND),))
    elif origin.plane is Plane.CLASSIC and target.plane is Plane.CLASSIC:
        hops = _within_classic(world, origin, target, traffic)
    elif origin.plane is Plane.VPC and target.plane is Plane.VPC:
        hops = _between_vpcs(world, origin, target, traffic)
    else:
        hops = _over_link(world, origin, target, traffic)
    return Trace(origin, target, tuple(_as_far_as_it_goes(hops)))


def _vpc_of(world: World, end: End | None) -> str | None:
    """The VPC that this end is in, or is linked to."""
    if end is None:
        return None
    return end.vpc_id if end.plane is Plane.VPC else world.links.get(end.id or "")


def _as_far_as_it_goes(hops: Iterator[Hop]) -> Iterator[Hop]:
    """The hops up to the first that blocks; a way that arrives past something unknown ends in that unknown."""
    doubt: Hop | None = None
    for hop, following in pairwise(chain(hops, (None,))):
        if hop is None:
            return
        doubt = doubt or (hop if hop.decision is Decision.UNKNOWN else None)
        if following is None and hop.decision is Decision.PASS and doubt:
            yield unknown(hop.at, f"Unknown, because one thing is not known: {doubt.reason}", doubt.source)
            return
        yield hop
        if hop.decision is Decision.BLOCK:
            return


def _over_link(world: World, origin: End, target: End, traffic: Traffic) -> Iterator[Hop]:
    """The hops between a classic instance and something in a VPC; a link carries both ways."""
    classic, inside = (origin, target) if origin.plane is Plane.CLASSIC else (target, origin)
    yield _classic_address(classic)
    yield _link(world, classic, inside)
    vpc = world.vpcs.get(inside.vpc_id or "")
    if vpc is None:
        reason = world.why_unread(Kind.VPCS, inside.vpc_id or "") or "it is not there"
        yield unknown(inside.vpc_id or "", f"The VPC cannot be seen: {reason}.")
        return
    yield _enabled(vpc)
    yield _eligible(vpc)
    yield from _inside(world, vpc, inside)
    yield from _guest_route(world, vpc, classic)
    yield from _routes(world, vpc, classic)
    hop = at_security_groups(world, origin, target, traffic)
    if hop is not None:
        yield hop
    arrival = f"{origin} reaches {target} over the link to {vpc.vpc_id}{arrival_words(world, origin, hop)}."
    yield passed(str(target), arrival, EXAMPLE)


def _classic_address(classic: End) -> Hop:
    if in_classic_range(classic.private_ip):
        return passed(str(classic), f"{classic.private_ip} is an address of the classic network.", BACKGROUND)
    return blocked(
        str(classic),
        f"{classic.private_ip} is not in the classic network's range, 10.0.0.0/8 without 10.111.0.0/16.",
        BACKGROUND,
    )


def _link(world: World, classic: End, inside: End) -> Hop:
    at = str(classic)
    if classic.id is None:
        return blocked(at, f"No known instance has {classic.private_ip}, and only instances can be linked.", EXAMPLE)
    linked = world.links.get(classic.id)
    if linked == inside.vpc_id:
        return passed(at, f"{classic.id} is linked to {linked}, which {inside} is in.", EXAMPLE)
    unread = world.why_unread(Kind.LINKS, classic.id) or world.why_unread(Kind.LINKS, inside.vpc_id or "")
    if linked is None and unread:
        return unknown(at, f"Its link could not be read: {unread}.")
    if linked is None:
        return blocked(at, f"{classic.id} is linked to no VPC, and {inside} is in {inside.vpc_id}.", EXAMPLE)
    reason = f"{classic.id} is linked to {linked}, not to {inside.vpc_id}, and it can be linked to one VPC only."
    return blocked(at, reason, LIMITS)


def _enabled(vpc: Vpc) -> Hop:
    if vpc.classic_link_enabled:
        return passed(vpc.vpc_id, "ClassicLink is enabled on the VPC.", LIMITS)
    return blocked(vpc.vpc_id, "ClassicLink is not enabled on the VPC.", LIMITS)


def _eligible(vpc: Vpc) -> Hop:
    found = vpc_class(vpc.cidr_block)
    if found is None:
        reason = f"{vpc.cidr_block} is not in 172.16.0.0/12, 10.0.0.0/8 or 192.168.0.0/16."
        return blocked(vpc.vpc_id, reason, LIMITS)
    how = "is a range that ClassicLink serves" if vpc.cidr_block == str(found.value) else f"lies within {found.value}"
    return passed(vpc.vpc_id, f"{vpc.cidr_block} {how}.", LIMITS)


def _inside(world: World, vpc: Vpc, inside: End) -> Iterator[Hop]:
    """Whether the address within the VPC is one that the link serves."""
    at = inside.vswitch_id or str(inside)
    if address(inside.private_ip) not in network(vpc.cidr_block):
        secondary = any(address(inside.private_ip) in network(block) for block in vpc.secondary_cidr_blocks)
        where = "in a secondary CIDR block" if secondary else "outside the VPC's CIDR blocks"
        reason = f"{inside.private_ip} is {where}; a link serves the primary one, {vpc.cidr_block}, only."
        yield blocked(at, reason, PRIMARY_ONLY)
        return
    yield passed(at, f"{inside.private_ip} is in the primary CIDR block {vpc.cidr_block}.", PRIMARY_ONLY)
    if vpc_class(vpc.cidr_block) is VpcClass.CLASS_10:
        yield _within_exception(world, vpc, inside, at)


def _within_exception(world: World, vpc: Vpc, inside: End, at: str) -> Hop:
    """In 10.0.0.0/8 the vSwitch decides: the given one, or else the one whose addresses hold this one."""
    vswitch = world.vswitches.get(inside.vswitch_id or "") or _vswitch_of(world, vpc, inside.private_ip)
    unread = world.why_unread(Kind.VSWITCHES, vpc.vpc_id)
    if vswitch is None and within(vpc.cidr_block, CLASSIC_EXCEPTION):
        return passed(at, f"The whole VPC, {vpc.cidr_block}, lies within 10.111.0.0/16.", LIMITS)
    if vswitch is None and unread:
        return unknown(at, f"The vSwitches of {vpc.vpc_id} could not be read: {unread}.")
    if vswitch is None:
        return blocked(at, f"No vSwitch of {vpc.vpc_id} holds {inside.private_ip}.", LIMITS)
    what = f"The vSwitch {vswitch.vswitch_id}, {vswitch.cidr_block},"
    if within(vswitch.cidr_block, CLASSIC_EXCEPTION):
        return passed(at, f"{what} lies within 10.111.0.0/16, which is not the classic network's.", LIMITS)
    reason = f"{what} lies outside 10.111.0.0/16: of 10.0.0.0/8, only that range can talk to the classic network."
    return blocked(at, reason, LIMITS)


def _vswitch_of(world: World, vpc: Vpc, ip: str) -> VSwitch | None:
    vswitches = world.vswitches_by_vpc.get(vpc.vpc_id, ())
    return next((vswitch for vswitch in vswitches if address(ip) in network(vswitch.cidr_block)), None)


def _guest_route(world: World, vpc: Vpc, classic: End) -> Iterator[Hop]:
    """A VPC in 192.168.0.0/16 needs a route inside the instance: to send there, and to answer."""
    if vpc_class(vpc.cidr_block) is not VpcClass.CLASS_192 or classic.id is None:
        return
    at = str(classic)
    has = Forecast(world).has_guest_route(classic.id, GUEST_ROUTE_DESTINATION)
    if has:
        yield passed(at, "The instance routes 192.168.0.0/16 through its private NIC.", LIMITS)
    elif has is None:
        yield unknown(
            at,
            "Whether the instance routes 192.168.0.0/16 through its private NIC cannot be seen from outside.",
            LIMITS,
        )
    else:
        yield blocked(at, "The instance has no route entry to 192.168.0.0/16 through its private NIC.", LIMITS)


def _routes(world: World, vpc: Vpc, classic: End) -> Iterator[Hop]:
    """Custom routes of the VPC, and its own vSwitches, that would take the traffic to the classic end elsewhere."""
    if unread := world.why_unread(Kind.ROUTE_ENTRIES, vpc.vpc_id):
        yield unknown(vpc.vpc_id, f"Its route entries could not be read: {unread}.")
    ip = address(classic.private_ip)
    taking = [entry for entry in world.custom_routes_by_vpc.get(vpc.vpc_id, ()) if ip in _destination(entry)]
    for entry in taking:
        words = f"The custom route entry {entry.destination_cidr_block}"
        if _destination(entry) == CLASSIC_SUPERNET:
            yield blocked(vpc.vpc_id, f"{words} sends the traffic for the classic network elsewhere.", LIMITS)
        elif _destination(entry).subnet_of(CLASSIC_SUPERNET):
            reason = f"{words} covers {ip}; whether it or ClassicLink wins is not documented."
            yield unknown(vpc.vpc_id, reason, BACKGROUND)
    for vswitch in world.vswitches_by_vpc.get(vpc.vpc_id, ()):
        if ip in network(vswitch.cidr_block):
            reason = f"{ip} is an address of the vSwitch {vswitch.vswitch_id} ({vswitch.cidr_block}) too."
            yield unknown(vpc.vpc_id, reason, BACKGROUND)
    if not taking:
        yield passed(vpc.vpc_id, f"No custom route entry of the VPC covers {ip}.", LIMITS)


def _destination(entry: RouteEntry) -> IPv4Network:
    return network(entry.destination_cidr_block)


def _within_classic(world: World, origin: End, target: End, traffic: Traffic) -> Iterator[Hop]:
    if origin.id is None or target.id is None:
        unknown_end = origin if origin.id is None else target
        yield unknown(str(unknown_end), f"No known instance has {unknown_end.private_ip}.")
        return
    if origin.region_id != target.region_id:
        reason = f"{origin.id} is in {origin.region_id} and {target.id} in {target.region_id}: classic networks of two "
        yield blocked(str(target), f"{reason}regions are not connected.", SCENARIOS)
        return
    hop = at_security_groups(world, origin, target, traffic)
    if hop is not None:
        yield hop
        within = f"within the classic network of {origin.region_id}"
        reason = f"{origin} reaches {target} {within}{arrival_words(world, origin, hop)}."
        yield passed(str(target), reason, SCENARIOS)
        return
    kind = "same-account" if origin.account_id == target.account_id else "cross-account"
    reason = f"Both are in the classic network of {origin.region_id}; {target.id} is reached if its security group "
    yield unknown(str(target), f"{reason}has a {kind} authorization rule, which cl cannot see.", SCENARIOS)


def _between_vpcs(world: World, origin: End, target: End, traffic: Traffic) -> Iterator[Hop]:
    if origin.vpc_id == target.vpc_id:
        hop = at_security_groups(world, origin, target, traffic)
        if hop is not None:
            yield hop
        yield passed(str(target), f"Both are in {origin.vpc_id}{arrival_words(world, origin, hop)}.", BACKGROUND)
        return
    for entry in world.custom_routes_by_vpc.get(origin.vpc_id or "", ()):
        if address(target.private_ip) in _destination(entry):
            reason = f"A custom route entry of {origin.vpc_id}, {entry.destination_cidr_block}, covers "
            reason += f"{target.private_ip}, and it is not known where it leads."
            yield unknown(origin.vpc_id or "", reason)
            return
    reason = (
        f"{origin.vpc_id} and {target.vpc_id} are two VPCs, which a VPC connection can connect, but not ClassicLink."
    )
    yield blocked(origin.vpc_id or "", reason, SCENARIOS)
