"""Changes that a person makes: with the cloud's own command line, or in the file of a simulated cloud."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from msgspec import Struct

from planner.network.identity import Authorization
from planner.network.security_groups import ACCEPT, SecurityRule
from planner.network.world import RouteEntry, World
from planner.remedy import Command, File, Remedy, shell
from planner.rules.base import listing

_IDS_A_CALL = 10
"""So many instances a call describes on one page."""


class ByHand(Struct, frozen=True):
    """A change that a person makes: the `call`, or the `edit` of a simulated cloud's file, as the end of a sentence."""

    call: Command
    edit: str

    def after(self, lead: str, world: World) -> Remedy:
        """The `lead`, without punctuation at its end, and how to make the change in the cloud of this world."""
        return Remedy.of(f"{lead}: ", self.alone(world), ".") if world.file else Remedy.of(f"{lead}:\n  ", self.call)

    def alone(self, world: World) -> Remedy:
        """How to make the change, as a part of a sentence."""
        return Remedy.of("in ", File(world.file), f", {self.edit}") if world.file else Remedy.of(self.call)


def aliyun(product: str, action: str, **parameters: str) -> Command:
    """A call of the cloud's API with its own command line."""
    return shell(
        "aliyun", product, action, *(word for name, value in parameters.items() for word in (f"--{name}", value))
    )


def enable(region_id: str, vpc_id: str) -> ByHand:
    """Enable ClassicLink on a VPC."""
    call = aliyun("vpc", "EnableVpcClassicLink", RegionId=region_id, VpcId=vpc_id)
    return ByHand(call, f'set "classic_link_enabled" of {vpc_id} to true')


def disable(region_id: str, vpc_id: str) -> ByHand:
    """Disable ClassicLink on a VPC."""
    call = aliyun("vpc", "DisableVpcClassicLink", RegionId=region_id, VpcId=vpc_id)
    return ByHand(call, f'set "classic_link_enabled" of {vpc_id} to false')


def detach(region_id: str, instance_id: str, vpc_id: str) -> ByHand:
    """Detach an instance from a VPC."""
    call = aliyun("ecs", "DetachClassicLinkVpc", RegionId=region_id, InstanceId=instance_id, VpcId=vpc_id)
    return ByHand(call, _removed("links", {"instance_id": instance_id, "vpc_id": vpc_id}))


def revoke(region_id: str, rule: Authorization) -> ByHand:
    """Remove a rule about another group from a security group."""
    source = "SourceGroupId", "source_security_group_id", rule.source_security_group_id
    return _revoke(region_id, rule.security_group_id, rule, source)


def revoke_found(region_id: str, security_group_id: str, rule: SecurityRule) -> ByHand:
    """Remove a rule that the cloud has from a security group."""
    source = "SourceCidrIp", "source_cidr_block", rule.source_cidr_block or ""
    if rule.source_security_group_id is not None:
        source = "SourceGroupId", "source_security_group_id", rule.source_security_group_id
    return _revoke(region_id, security_group_id, rule, source)


def _revoke(
    region_id: str, security_group_id: str, rule: Authorization | SecurityRule, source: tuple[str, str, str]
) -> ByHand:
    """`source` is what the rule is about: the name of a parameter, its key in a world file, and its value."""
    parameter, key, value = source
    call = aliyun(
        "ecs",
        "RevokeSecurityGroup",
        **{
            "RegionId": region_id,
            "SecurityGroupId": security_group_id,
            f"Permissions.1.{parameter}": value,
            "Permissions.1.IpProtocol": rule.ip_protocol,
            "Permissions.1.PortRange": rule.port_range,
            "Permissions.1.Policy": rule.policy,
            "Permissions.1.NicType": "intranet",
        },
    )
    facts = {
        key: value,
        "ip_protocol": rule.ip_protocol,
        "port_range": rule.port_range,
        **({} if rule.policy == ACCEPT else {"policy": rule.policy}),
    }
    return ByHand(call, f"{_removed('rules', facts)} of {security_group_id}")


def delete_route(world: World, region_id: str, entry: RouteEntry) -> Remedy:
    """Delete a custom route entry."""
    hop = {"NextHopId": entry.next_hop_id} if entry.next_hop_id else {}
    call = aliyun(
        "vpc",
        "DeleteRouteEntry",
        RegionId=region_id,
        RouteTableId=entry.route_table_id or "ROUTE_TABLE_ID",
        DestinationCidrBlock=entry.destination_cidr_block,
        **hop,
    )
    facts = {"vpc_id": entry.vpc_id, "destination_cidr_block": entry.destination_cidr_block}
    if entry.next_hop_id:
        facts["next_hop_id"] = entry.next_hop_id
    if world.file or entry.route_table_id:
        return ByHand(call, _removed("route_entries", facts)).after("Delete that entry", world)
    tables = aliyun("vpc", "DescribeRouteTableList", RegionId=region_id, VpcId=entry.vpc_id)
    return Remedy.of(
        "Delete that entry from the route table whose id the first command shows:\n  ", tables, "\n  ", call
    )


def create_vswitch(vpc_id: str, cidr_block: str) -> ByHand:
    """Create a vSwitch."""
    call = aliyun("vpc", "CreateVSwitch", ZoneId="ZONE_ID", VpcId=vpc_id, CidrBlock=cidr_block)
    facts = {"vswitch_id": "VSWITCH_ID", "vpc_id": vpc_id, "cidr_block": cidr_block}
    return ByHand(call, f'add {json.dumps(facts, ensure_ascii=False)} to "vswitches"')


def check_vpc_id(world: World, vpc_id: str) -> Remedy:
    """What to do if a VPC is not found."""
    return _check(world, "vpcs", "VPCs", aliyun("vpc", "DescribeVpcAttribute", RegionId="REGION", VpcId=vpc_id))


def check_instance_ids(world: World, instance_ids: Sequence[str]) -> Remedy:
    """What to do if instances are not found."""
    call = _describe_instances("REGION", instance_ids)
    return _check(world, "instances", "instances", call, several=len(instance_ids) > 1)


def check_group_id(world: World, group_id: str) -> Remedy:
    """What to do if a security group is not found."""
    call = aliyun("ecs", "DescribeSecurityGroups", RegionId="REGION", SecurityGroupId=group_id)
    return _check(world, "security_groups", "security groups", call)


def wait_for_vpc(world: World, region_id: str, vpc_id: str) -> Remedy:
    """What to do about a VPC that is not Available."""
    call = aliyun("vpc", "DescribeVpcAttribute", RegionId=region_id, VpcId=vpc_id)
    return ByHand(call, f'set "status" of {vpc_id} to "Available"').after(
        "Wait until the VPC is Available, then plan again", world
    )


def wait_for_instances(world: World, region_id: str, instance_ids: Sequence[str]) -> Remedy:
    """What to do about instances that are neither Running nor Stopped."""
    edit = f'set "status" of {listing(instance_ids)} to "Running"'
    they_are = "it is" if len(instance_ids) == 1 else "they are"
    return ByHand(_describe_instances(region_id, instance_ids), edit).after(
        f"Wait until {they_are} Running or Stopped, then plan again", world
    )


def unlock_instances(world: World, region_id: str, instance_ids: Sequence[str]) -> Remedy:
    """What to do about instances that the cloud has locked."""
    edit = f'set "operation_locks" of {listing(instance_ids)} to []'
    return ByHand(_describe_instances(region_id, instance_ids), edit).after(
        "Remove the cause of the lock (financial: pay; security: clear the risk; recycling: wait), then plan again",
        world,
    )


def correct_address(world: World, region_id: str, instance_id: str) -> Remedy:
    """What to do about an instance whose private address is not in the classic network's range."""
    edit = f'correct "private_ip" of {instance_id}'
    return ByHand(_describe_instances(region_id, [instance_id]), edit).after(
        "Check the address, which should be in the classic range", world
    )


def list_links(region_id: str, vpc_id: str) -> Command:
    """The call that lists the links of a VPC."""
    return aliyun("ecs", "DescribeClassicLinkInstances", RegionId=region_id, VpcId=vpc_id)


def _check(world: World, key: str, what: str, call: Command, *, several: bool = False) -> Remedy:
    ids = "ids" if several else "id"
    if world.file:
        return Remedy.of(
            f"Check the {ids}: ", File(world.file), f' has the {what} that the provider sees, under "{key}".'
        )
    return Remedy.of(f"Check the {ids}, the account and the region of the provider: ", call)


def _describe_instances(region_id: str, instance_ids: Sequence[str]) -> Command:
    ids = list(instance_ids[:_IDS_A_CALL])
    return aliyun("ecs", "DescribeInstances", RegionId=region_id, InstanceIds=json.dumps(ids))


def _removed(key: str, facts: Mapping[str, str]) -> str:
    """How to remove the entry with these facts from a list of the file."""
    return f'remove {json.dumps(facts, ensure_ascii=False)} from "{key}"'
