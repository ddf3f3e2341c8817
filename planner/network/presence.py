"""What a world knows of one object: whether it is there, and its computed attributes."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from planner.network.identity import (
    GUEST_ROUTE_NEXT_HOP,
    SECURITY_RULE,
    Authorization,
    Enablement,
    Identity,
    Link,
    identity_from,
)
from planner.network.kinds import Kind

if TYPE_CHECKING:
    from planner.network.world import World

INGRESS = "ingress"
"""The direction of every rule that is managed: what a group's members are sent."""


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
    if isinstance(identity, Authorization):
        return _presence_of_rule(identity, world)
    instance = world.instances.get(identity.instance_id)
    if instance is None:
        return _absent_unless_unread(world, Kind.INSTANCES, identity.instance_id)
    if instance.guest_routes is None:
        return Presence.UNKNOWN
    entry = (identity.destination_cidr_block, GUEST_ROUTE_NEXT_HOP)
    entries = ((route.destination_cidr_block, route.next_hop) for route in instance.guest_routes)
    return Presence.THERE if entry in entries else Presence.ABSENT


def _presence_of_rule(identity: Authorization, world: World) -> Presence:
    """A rule of a group that could not be read is unknown, and so is every rule where no group is known."""
    if identity in world.rules_by_source:
        return Presence.THERE
    if world.security_groups is None:
        return Presence.UNKNOWN
    return _absent_unless_unread(world, Kind.SECURITY_GROUPS, identity.security_group_id)


def _absent_unless_unread(world: World, kind: Kind, *subjects: str) -> Presence:
    if world.unread and any(world.why_unread(kind, subject) for subject in subjects):
        return Presence.UNKNOWN
    return Presence.ABSENT


def missing_subject(identity: Identity, world: World) -> tuple[Kind, str] | None:
    """What an object stands on that no longer exists, by its kind and id; None if that is not known, or not so.

    Without its VPC or its instance a link is gone for good, and so is a rule without one of its groups.
    """
    needed: list[tuple[Kind, str]] = []
    if isinstance(identity, Authorization):
        if world.security_groups is None:
            return None
        groups = (identity.security_group_id, identity.source_security_group_id)
        needed = [(Kind.SECURITY_GROUPS, each) for each in groups if world.security_group(each) is None]
    else:
        if identity.vpc_id is not None and identity.vpc_id not in world.vpcs:
            needed.append((Kind.VPCS, identity.vpc_id))
        if identity.instance_id is not None and identity.instance_id not in world.instances:
            needed.append((Kind.INSTANCES, identity.instance_id))
    return next((each for each in needed if not world.why_unread(*each)), None)


def computed_attributes(identity: Identity, world: World) -> dict[str, object]:
    """The attributes of an object that the cloud sets or keeps; empty where its subject is not in the world."""
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
    if isinstance(identity, Authorization):
        return _attributes_of_rule(identity, world)
    return {"next_hop": GUEST_ROUTE_NEXT_HOP}


def _attributes_of_rule(identity: Authorization, world: World) -> dict[str, object]:
    group = world.security_group(identity.security_group_id)
    if group is None:
        return {}
    found: dict[str, object] = {"direction": INGRESS, "region_id": group.region_id, "account_id": group.account_id}
    if (vpc_id := vpc_of_rule(identity, world)) is not None:
        found["vpc_id"] = vpc_id
    rule = world.rules_by_source.get(identity)
    if rule is not None:
        found |= {"priority": rule.priority, "description": rule.description}
        if rule.rule_id is not None:
            found["security_group_rule_id"] = rule.rule_id
    return found


def vpc_of_rule(identity: Authorization, world: World) -> str | None:
    """The VPC whose ClassicLink a rule needs: that of one of its groups, where the other one is of the classic network.

    None if this is not known, or not so.
    """
    group = world.security_group(identity.security_group_id)
    source = world.security_group(identity.source_security_group_id)
    if group is None or source is None or (group.vpc_id is None) == (source.vpc_id is None):
        return None
    return group.vpc_id or source.vpc_id


def classic_group_of(identity: Authorization, world: World) -> str | None:
    """The one of a rule's groups that is of the classic network; None if that is not known, or not so."""
    if vpc_of_rule(identity, world) is None:
        return None
    group = world.security_group(identity.security_group_id)
    is_source = group is not None and group.vpc_id is not None
    return identity.source_security_group_id if is_source else identity.security_group_id


def imported(resource_type: str, object_id: str, world: World) -> Identity | None:
    """The identity that an import id stands for, be it `GROUP/RULE_ID` of a security rule that this world has.

    None if the type is unknown, or the id has another shape or names no such rule.
    """
    if resource_type != SECURITY_RULE or ":" in object_id:
        return identity_from(resource_type, object_id)
    group_id, _, rule_id = object_id.partition("/")
    return next(
        (
            rule
            for rule, found in world.rules_by_source.items()
            if rule_id and (rule.security_group_id, found.rule_id) == (group_id, rule_id)
        ),
        None,
    )
