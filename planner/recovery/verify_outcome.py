"""Whether a step took effect, read from the cloud. Used where a reply was lost, and after a crash."""

from __future__ import annotations

from planner.network.identity import (
    CREATES,
    UPDATES,
    Action,
    Authorization,
    Enablement,
    GuestRoute,
    Identity,
    Link,
    RuleSettings,
)
from planner.network.kinds import Kind
from planner.network.presence import Presence, presence
from planner.network.world import World

_MAKING = frozenset((*CREATES.values(), *UPDATES.values()))


def took_effect(action: Action, target: Identity, world: World, settings: RuleSettings | None = None) -> bool | None:
    """Whether the world is as it is after this step; None if what it changes could not be read.

    `settings` are those that a security rule should have after it is modified.
    """
    match target:
        case Enablement():
            present = _enabled(target, world)
        case Link():
            unread = world.why_unread(Kind.LINKS, target.instance_id)
            present = None if unread else world.links.get(target.instance_id) == target.vpc_id
        case GuestRoute():
            present = _routed(target, world)
        case Authorization():
            present = _ruled(target, world)
            if present and settings is not None and action is Action.MODIFY_SECURITY_RULE:
                rule = world.rules_by_source[target]
                return RuleSettings(rule.priority, rule.description) == settings
    expected = action in _MAKING
    return None if present is None else present == expected


def _enabled(target: Enablement, world: World) -> bool | None:
    vpc = world.vpcs.get(target.vpc_id)
    if vpc is not None:
        return None if world.why_unread(Kind.VPCS, target.vpc_id) else vpc.classic_link_enabled
    return None if world.why_unread(Kind.VPCS, target.vpc_id) else False


def _ruled(target: Authorization, world: World) -> bool | None:
    found = presence(target, world)
    return None if found is Presence.UNKNOWN else found is Presence.THERE


def _routed(target: GuestRoute, world: World) -> bool | None:
    instance = world.instances.get(target.instance_id)
    if instance is None:
        return None if world.why_unread(Kind.INSTANCES, target.instance_id) else False
    if instance.guest_routes is None:
        return None
    return any(route.destination_cidr_block == target.destination_cidr_block for route in instance.guest_routes)
