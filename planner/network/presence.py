"""What a world knows of one object: whether it is there, and its computed attributes."""

from __future__ import annotations

from enum import Enum

from planner.network.forecast import GUEST_ROUTE_NEXT_HOP
from planner.network.identity import Enablement, Identity, Link
from planner.network.world import Kind, World


class Presence(Enum):
    """Whether an object is there; UNKNOWN where it could not be read."""

    THERE = "there"
    ABSENT = "absent"
    UNKNOWN = "unknown"


def presence(identity: Identity, world: World) -> Presence:
    """Whether the cloud has what this identity stands for."""
    if isinstance(identity, Link):
        linked = world.links.get(identity.instance_id)
        if linked is None:
            return _absent_unless_unread(world, Kind.LINKS, identity.instance_id, identity.vpc_id)
        return Presence.THERE if linked == identity.vpc_id else Presence.ABSENT
    if isinstance(identity, Enablement):
        vpc = world.vpcs.get(identity.vpc_id)
        if vpc is None:
            return _absent_unless_unread(world, Kind.VPCS, identity.vpc_id)
        return Presence.THERE if vpc.classic_link_enabled else Presence.ABSENT
    instance = world.instances.get(identity.instance_id)
    if instance is None:
        return _absent_unless_unread(world, Kind.INSTANCES, identity.instance_id)
    if instance.guest_routes is None:
        return Presence.UNKNOWN
    entry = (identity.destination_cidr_block, GUEST_ROUTE_NEXT_HOP)
    entries = ((route.destination_cidr_block, route.next_hop) for route in instance.guest_routes)
    return Presence.THERE if entry in entries else Presence.ABSENT


def _absent_unless_unread(world: World, kind: Kind, *subjects: str) -> Presence:
    if world.unread and any(world.why_unread(kind, subject) for subject in subjects):
        return Presence.UNKNOWN
    return Presence.ABSENT


def computed_attributes(identity: Identity, world: World) -> dict[str, str]:
    """The attributes of an object that the cloud sets; empty where its VPC or instance is not in the world."""
    if isinstance(identity, Enablement):
        vpc = world.vpcs.get(identity.vpc_id)
        if vpc is None:
            return {}
        return {"region_id": vpc.region_id, "account_id": vpc.account_id, "cidr_block": vpc.cidr_block}
    if isinstance(identity, Link):
        instance = world.instances.get(identity.instance_id)
        if instance is None:
            return {}
        return {
            "region_id": instance.region_id,
            "account_id": instance.account_id,
            "private_ip": instance.private_ip,
        }
    return {"next_hop": GUEST_ROUTE_NEXT_HOP}
