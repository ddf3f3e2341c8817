"""The things of an answer, as the planner knows them. All functions raise Malformed."""

from __future__ import annotations

from planner.network.world import Instance, RouteEntry, Vpc, VSwitch
from providers.alicloud.fields import Fields, flag, items, text, texts


def vpc(fields: Fields, account_id: str) -> Vpc:
    """A VPC as DescribeVpcAttribute gives it, which alone says whether ClassicLink is enabled."""
    return Vpc(
        vpc_id=text(fields, "VpcId"),
        account_id=text(fields, "OwnerId", account_id),
        region_id=text(fields, "RegionId"),
        cidr_block=text(fields, "CidrBlock"),
        name=text(fields, "VpcName", ""),
        secondary_cidr_blocks=texts(fields, "SecondaryCidrBlocks", "SecondaryCidrBlock"),
        status=text(fields, "Status", "Available"),
        classic_link_enabled=flag(fields, "ClassicLinkEnabled"),
    )


def vswitch(fields: Fields) -> VSwitch:
    """A vSwitch of DescribeVSwitches."""
    return VSwitch(
        vswitch_id=text(fields, "VSwitchId"),
        vpc_id=text(fields, "VpcId"),
        cidr_block=text(fields, "CidrBlock"),
        zone_id=text(fields, "ZoneId", ""),
    )


def route_entry(fields: Fields, vpc_id: str, table: str) -> RouteEntry:
    """A route entry of DescribeRouteEntryList; of several next hops the first."""
    hops = items(fields, "NextHops", "NextHop") if fields.get("NextHops") is not None else []
    hop: Fields = hops[0] if hops else {}
    return RouteEntry(
        vpc_id=vpc_id,
        destination_cidr_block=text(fields, "DestinationCidrBlock"),
        type=text(fields, "Type", "Custom"),
        next_hop_type=text(hop, "NextHopType", ""),
        next_hop_id=text(hop, "NextHopId", ""),
        route_table_id=table,
    )


def instance(fields: Fields, account_id: str) -> Instance:
    """An instance of DescribeInstances, which does not name its account. The routes inside it cannot be read.

    Each instance is in a group: where none is named, they are not known.
    """
    attributes = fields.get("VpcAttributes")
    place: Fields = attributes if isinstance(attributes, dict) else {}
    addresses = texts(fields, "InnerIpAddress", "IpAddress") or texts(place, "PrivateIpAddress", "IpAddress")
    return Instance(
        instance_id=text(fields, "InstanceId"),
        account_id=account_id,
        region_id=text(fields, "RegionId"),
        network_type=text(fields, "InstanceNetworkType"),
        private_ip=addresses[0] if addresses else "",
        name=text(fields, "InstanceName", ""),
        status=text(fields, "Status"),
        operation_locks=_locks(fields),
        tags=_tags(fields),
        vpc_id=text(place, "VpcId", "") or None,
        vswitch_id=text(place, "VSwitchId", "") or None,
        security_group_ids=texts(fields, "SecurityGroupIds", "SecurityGroupId") or None,
    )


def _locks(fields: Fields) -> tuple[str, ...]:
    if fields.get("OperationLocks") is None:
        return ()
    return tuple(text(lock, "LockReason", "") for lock in items(fields, "OperationLocks", "LockReason"))


def _tags(fields: Fields) -> dict[str, str]:
    if fields.get("Tags") is None:
        return {}
    return {text(tag, "TagKey"): text(tag, "TagValue", "") for tag in items(fields, "Tags", "Tag")}
