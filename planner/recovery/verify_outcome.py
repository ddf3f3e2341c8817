"""Whether a step took effect, read from the cloud. Used where a reply was lost, and after a crash."""

from __future__ import annotations

from planner.network.identity import Action, Enablement, GuestRoute, Identity, Link
from planner.network.world import Kind, World


def took_effect(action: Action, target: Identity, world: World) -> bool | None:
    """Whether the world is as it is after this step; None if what it changes could not be read."""
    match target:
        case Enablement():
            present = _enabled(target, world)
        case Link():
            unread = world.why_unread(Kind.LINKS, target.instance_id)
            present = None if unread else world.links.get(target.instance_id) == target.vpc_id
        case GuestRoute():
            present = _routed(target, world)
    expected = action in (Action.ENABLE, Action.ATTACH, Action.ADD_GUEST_ROUTE)
    return None if present is None else present == expected


def _enabled(target: Enablement, world: World) -> bool | None:
    vpc = world.vpcs.get(target.vpc_id)
    if vpc is not None:
        return None if world.why_unread(Kind.VPCS, target.vpc_id) else vpc.classic_link_enabled
    return None if world.why_unread(Kind.VPCS, target.vpc_id) else False


def _routed(target: GuestRoute, world: World) -> bool | None:
    instance = world.instances.get(target.instance_id)
    if instance is None:
        return None if world.why_unread(Kind.INSTANCES, target.instance_id) else False
    if instance.guest_routes is None:
        return None
    return any(route.destination_cidr_block == target.destination_cidr_block for route in instance.guest_routes)
