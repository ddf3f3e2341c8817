"""What the data sources of the cloud find in a world."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, TypeVar

from planner.config.schema import INSTANCES, SECURITY_GROUPS, VPCS, VSWITCHES

if TYPE_CHECKING:
    from planner.network.security_groups import SecurityGroup
    from planner.network.world import Instance, Vpc, VSwitch, World

T = TypeVar("T")
Filters = Mapping[str, object]
"""The arguments of a data source as plain Python; those that are null are left out."""
Fields = dict[str, object]
Found = Iterator[tuple[str, Fields]]


def find(data_source: str, world: World, filters: Filters, matches: Callable[[str], bool]) -> dict[str, Fields]:
    """The fields of all that passes the filters, and whose name `matches`, by id in order."""
    return dict(sorted(_FINDERS[data_source](world, filters, matches)))


def _instances(world: World, filters: Filters, matches: Callable[[str], bool]) -> Found:
    for instance in _among(world.instances, filters):
        linked_to = world.links.get(instance.instance_id)
        if (
            filters.get("region_id", instance.region_id) == instance.region_id
            and filters.get("network_type", instance.network_type) == instance.network_type
            and filters.get("linked", linked_to is not None) == (linked_to is not None)
            and filters.get("vpc_id", linked_to) in (linked_to, instance.vpc_id)
            and _has_tags(instance, filters.get("tags"))
            and matches(instance.name)
        ):
            yield instance.instance_id, _instance_fields(instance, linked_to)


def _instance_fields(instance: Instance, linked_to: str | None) -> Fields:
    return {
        "instance_id": instance.instance_id,
        "account_id": instance.account_id,
        "region_id": instance.region_id,
        "name": instance.name,
        "network_type": instance.network_type,
        "status": instance.status,
        "private_ip": instance.private_ip,
        "operation_locks": list(instance.operation_locks),
        "tags": dict(instance.tags),
        "vpc_id": instance.vpc_id,
        "vswitch_id": instance.vswitch_id,
        "linked_vpc_id": linked_to,
        "security_group_ids": None if instance.security_group_ids is None else list(instance.security_group_ids),
    }


def _vpcs(world: World, filters: Filters, matches: Callable[[str], bool]) -> Found:
    for vpc in _among(world.vpcs, filters):
        if filters.get("region_id", vpc.region_id) == vpc.region_id and matches(vpc.name):
            yield vpc.vpc_id, _vpc_fields(vpc)


def _vpc_fields(vpc: Vpc) -> Fields:
    return {
        "vpc_id": vpc.vpc_id,
        "account_id": vpc.account_id,
        "region_id": vpc.region_id,
        "name": vpc.name,
        "cidr_block": vpc.cidr_block,
        "secondary_cidr_blocks": list(vpc.secondary_cidr_blocks),
        "status": vpc.status,
        "classic_link_enabled": vpc.classic_link_enabled,
    }


def _vswitches(world: World, filters: Filters, matches: Callable[[str], bool]) -> Found:
    for vswitch in _among(world.vswitches, filters):
        if filters.get("vpc_id", vswitch.vpc_id) == vswitch.vpc_id:
            yield vswitch.vswitch_id, _vswitch_fields(vswitch)


def _vswitch_fields(vswitch: VSwitch) -> Fields:
    return {
        "vswitch_id": vswitch.vswitch_id,
        "vpc_id": vswitch.vpc_id,
        "zone_id": vswitch.zone_id,
        "cidr_block": vswitch.cidr_block,
    }


def _security_groups(world: World, filters: Filters, matches: Callable[[str], bool]) -> Found:
    for group in _among(world.security_groups or {}, filters):
        network_type = "classic" if group.vpc_id is None else "vpc"
        if (
            filters.get("region_id", group.region_id) == group.region_id
            and filters.get("network_type", network_type) == network_type
            and filters.get("vpc_id", group.vpc_id) == group.vpc_id
            and matches(group.name)
        ):
            yield group.security_group_id, _security_group_fields(group)


def _security_group_fields(group: SecurityGroup) -> Fields:
    return {
        "security_group_id": group.security_group_id,
        "account_id": group.account_id,
        "region_id": group.region_id,
        "name": group.name,
        "vpc_id": group.vpc_id,
        "type": group.type,
        "service_managed": group.service_managed,
        "rules": [
            {
                "security_group_rule_id": rule.rule_id,
                "source_security_group_id": rule.source_security_group_id,
                "source_cidr_block": rule.source_cidr_block,
                "ip_protocol": rule.ip_protocol,
                "port_range": rule.port_range,
                "policy": rule.policy,
                "priority": rule.priority,
                "description": rule.description,
            }
            for rule in group.rules
        ],
    }


def _among(found: Mapping[str, T], filters: Filters) -> Iterator[T]:
    """Those whose ids are asked for, or all."""
    ids = filters.get("ids")
    if not isinstance(ids, list):
        return iter(found.values())
    return (found[each] for each in dict.fromkeys(ids) if each in found)


def _has_tags(instance: Instance, tags: object) -> bool:
    return not isinstance(tags, dict) or all(instance.tags.get(key) == value for key, value in tags.items())


_FINDERS: Mapping[str, Callable[[World, Filters, Callable[[str], bool]], Found]] = {
    INSTANCES: _instances,
    VPCS: _vpcs,
    VSWITCHES: _vswitches,
    SECURITY_GROUPS: _security_groups,
}
