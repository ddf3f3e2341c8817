"""What a linked instance can address in a VPC, before routes and guests have their say.

Only the primary CIDR block (documentation of ClassicLink, "Use ClassicLink", page 65412), and of a VPC in 10.0.0.0/8
only its vSwitches within 10.111.0.0/16 (overview, Limits).
"""

from __future__ import annotations

from ipaddress import collapse_addresses

from planner.network.addressing import CLASSIC_EXCEPTION, VpcClass, address, network, vpc_class, within
from planner.network.world import Vpc, World

PRIMARY_ONLY = "Alibaba Cloud documentation, Use ClassicLink (65412)"
"""Where it is written that a link serves the primary CIDR block alone."""


def reachable_ranges(world: World, vpc: Vpc) -> tuple[str, ...]:
    """The ranges of this VPC that can talk to the classic network, as few blocks as they can be written in."""
    try:
        found = vpc_class(vpc.cidr_block)
    except ValueError:  # what a provider could not say, and a state does not know
        return ()
    if found is None:
        return ()
    if found is not VpcClass.CLASS_10 or within(vpc.cidr_block, CLASSIC_EXCEPTION):
        return (vpc.cidr_block,)
    served = [
        network(vswitch.cidr_block)
        for vswitch in world.vswitches_by_vpc.get(vpc.vpc_id, ())
        if within(vswitch.cidr_block, CLASSIC_EXCEPTION) and within(vswitch.cidr_block, network(vpc.cidr_block))
    ]
    return tuple(str(block) for block in collapse_addresses(served))


def needs_guest_route(vpc_id: str, world: World) -> bool:
    """Whether links to this VPC need a route inside the instance (overview, Limits). True if that is unknown."""
    vpc = world.vpcs.get(vpc_id)
    try:
        return vpc is None or vpc_class(vpc.cidr_block) is VpcClass.CLASS_192
    except ValueError:
        return True


def in_any(ip: str, ranges: tuple[str, ...]) -> bool:
    found = address(ip)
    return any(found in network(block) for block in ranges)
