"""Small worlds for questions about the network."""

from __future__ import annotations

from typing import Any

from planner.network.world import CloudResource, GuestRouteEntry, Instance, RouteEntry, Vpc, VSwitch, World

ROUTE_192 = (GuestRouteEntry("192.168.0.0/16"),)


def vpc(vpc_id: str, cidr_block: str, *, account: str = "1001", region: str = "hz", **more: Any) -> Vpc:
    more.setdefault("classic_link_enabled", True)
    return Vpc(vpc_id, account, region, cidr_block, **more)


def classic(instance_id: str, ip: str, *, account: str = "1001", region: str = "hz", **more: Any) -> Instance:
    return Instance(instance_id, account, region, "classic", ip, **more)


def ecs(
    instance_id: str, ip: str, vpc_id: str, vswitch_id: str | None = None, *, account: str = "1001", region: str = "hz"
) -> Instance:
    return Instance(instance_id, account, region, "vpc", ip, vpc_id=vpc_id, vswitch_id=vswitch_id)


def world_of(*things: Any, links: dict[str, str] | None = None, **more: Any) -> World:
    """A world of these things, each put where its type belongs."""

    def all_of(kind: type, key: str) -> dict[str, Any]:
        return {getattr(thing, key): thing for thing in things if isinstance(thing, kind)}

    return World(
        vpcs=all_of(Vpc, "vpc_id"),
        vswitches=all_of(VSwitch, "vswitch_id"),
        route_entries=tuple(thing for thing in things if isinstance(thing, RouteEntry)),
        instances=all_of(Instance, "instance_id"),
        cloud_resources=all_of(CloudResource, "resource_id"),
        links=links or {},
        **more,
    )


def overview_example(**changes: Any) -> World:
    """The overview's example: a VPC in 10.0.0.0/8 whose vSwitch 10.111.1.0/24 holds an ECS, an RDS and an SLB."""
    return world_of(
        vpc("vpc-ten", "10.0.0.0/8"),
        VSwitch("vsw-in", "vpc-ten", "10.111.1.0/24"),
        VSwitch("vsw-out", "vpc-ten", "10.200.1.0/24"),
        ecs("i-cart", "10.111.1.9", "vpc-ten", "vsw-in"),
        ecs("i-far", "10.200.1.9", "vpc-ten", "vsw-out"),
        CloudResource("rm-1", "rds", "vpc-ten", "10.111.1.20", "vsw-in"),
        CloudResource("lb-1", "slb", "vpc-ten", "10.111.1.30", "vsw-in"),
        classic("i-linked", "10.24.7.1"),
        classic("i-unlinked", "10.24.7.2"),
        links={"i-linked": "vpc-ten"},
        **changes,
    )
