"""What the world file holds: its lists, the keys of their records, and what each key holds."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, NotRequired, TypedDict

from msgspec import Struct, field

from planner.network.addressing import network
from planner.network.security_groups import FIRST_PRIORITY, GROUP_TYPES, LAST_PRIORITY, POLICIES, PROTOCOLS
from planner.schema.generate import schema_of
from planner.schema.keywords import Schema, at_least, at_most, example, not_empty, one_of, pattern, text_format, title
from planner.schema.texts import FormatVersion
from planner.schema.validator import Checker

FORMAT_VERSION = "1.0"

Id = Annotated[str, not_empty()]
_NUMBER = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])"
_ADDRESS = rf"{_NUMBER}(\.{_NUMBER}){{3}}"
Cidr = Annotated[
    str,
    text_format("ipv4-cidr"),
    pattern(f"^{_ADDRESS}/(3[0-2]|[12]?[0-9])$"),
    title("IPv4 CIDR block"),
    example("172.16.0.0/12"),
]
Priority = Annotated[int, at_least(FIRST_PRIORITY), at_most(LAST_PRIORITY)]
Address = Annotated[str, pattern(f"^{_ADDRESS}$"), title("IPv4 address"), example("10.1.2.3")]


class VpcRecord(TypedDict):
    """A VPC."""

    vpc_id: Annotated[Id, "Its id."]
    account_id: Annotated[Id, "The account that owns it."]
    region_id: Annotated[Id, "The region that it is in."]
    cidr_block: Annotated[Cidr, "Its primary address range."]
    name: NotRequired[Annotated[str, "Its name."]]
    secondary_cidr_blocks: NotRequired[Annotated[list[Cidr], "Its secondary CIDR blocks; default: none."]]
    status: NotRequired[Annotated[Id, "Its status; default: Available."]]
    classic_link_enabled: NotRequired[Annotated[bool, "Whether ClassicLink is enabled; default: false."]]


class VSwitchRecord(TypedDict):
    """A vSwitch of a VPC."""

    vswitch_id: Annotated[Id, "Its id."]
    vpc_id: Annotated[Id, "The VPC that it belongs to."]
    cidr_block: Annotated[Cidr, "Its address range."]
    zone_id: NotRequired[Annotated[str, "The zone that it is in."]]


class RouteEntryRecord(TypedDict):
    """An entry of a VPC's route table."""

    vpc_id: Annotated[Id, "The VPC whose table it is in."]
    destination_cidr_block: Annotated[Cidr, "Its destination."]
    type: NotRequired[Annotated[Id, "Custom or System; default: Custom."]]
    next_hop_type: NotRequired[Annotated[str, "The type of the next hop."]]
    next_hop_id: NotRequired[Annotated[str, "The id of the next hop."]]


class GuestRouteRecord(TypedDict):
    """A route inside an instance."""

    destination_cidr_block: Annotated[Cidr, "Its destination."]
    next_hop: NotRequired[Annotated[str, "The next hop; default: private_nic."]]


class InstanceRecord(TypedDict):
    """An ECS instance, in the classic network or in a VPC."""

    instance_id: Annotated[Id, "Its id."]
    account_id: Annotated[Id, "The account that owns it."]
    region_id: Annotated[Id, "The region that it is in."]
    network_type: Annotated[str, one_of(("classic", "vpc")), "The network that it is in."]
    private_ip: Annotated[Address, "Its address in that network."]
    name: NotRequired[Annotated[str, "Its name."]]
    status: NotRequired[Annotated[Id, "Its status; default: Running."]]
    operation_locks: NotRequired[Annotated[list[str], "Why it is locked; default: none."]]
    tags: NotRequired[Annotated[dict[str, str], "Its tags; default: none."]]
    guest_routes: NotRequired[Annotated[list[GuestRouteRecord], "Its routes; unknown if it is missing."]]
    vpc_id: NotRequired[Annotated[Id, "The VPC that it is in."]]
    vswitch_id: NotRequired[Annotated[Id, "The vSwitch that it is in."]]
    security_group_ids: NotRequired[Annotated[list[Id], "Its security groups; unknown if it is missing."]]


class CloudResourceRecord(TypedDict):
    """A resource in a VPC that is not an ECS instance."""

    resource_id: Annotated[Id, "Its id."]
    kind: Annotated[Id, "What it is, such as rds or slb."]
    vpc_id: Annotated[Id, "The VPC that it is in."]
    private_ip: Annotated[Address, "Its address in the VPC."]
    vswitch_id: NotRequired[Annotated[Id, "The vSwitch that it is in."]]
    security_group_ids: NotRequired[Annotated[list[Id], "Its security groups; unknown if it is missing."]]


class LinkRecord(TypedDict):
    """A classic instance linked to a VPC."""

    instance_id: Annotated[Id, "The instance."]
    vpc_id: Annotated[Id, "The VPC."]


class SecurityRuleRecord(TypedDict):
    """An inbound rule of a security group: for another group, or for a CIDR block."""

    rule_id: NotRequired[Annotated[Id, "Its id; generated if it is missing."]]
    source_security_group_id: NotRequired[Annotated[Id, "The group that the traffic comes from."]]
    source_cidr_block: NotRequired[Annotated[Cidr, "The CIDR block that the traffic comes from, if it is not a group."]]
    ip_protocol: Annotated[str, one_of(PROTOCOLS), "The protocol."]
    port_range: Annotated[str, "The ports, such as 80/80; -1/-1 for protocols other than tcp and udp."]
    policy: NotRequired[Annotated[str, one_of(POLICIES), "What happens to the traffic; default: accept."]]
    priority: NotRequired[Annotated[Priority, "From 1, the highest priority, to 100; default: 1."]]
    description: NotRequired[Annotated[str, "Its description."]]


class SecurityGroupRecord(TypedDict):
    """A security group, of the classic network or of a VPC."""

    security_group_id: Annotated[Id, "Its id."]
    region_id: Annotated[Id, "The region that it is in."]
    account_id: Annotated[Id, "The account that owns it."]
    vpc_id: NotRequired[Annotated[Id, "The VPC that it belongs to; default: the classic network."]]
    type: NotRequired[Annotated[str, one_of(GROUP_TYPES), "Its type; default: normal."]]
    name: NotRequired[Annotated[str, "Its name."]]
    service_managed: NotRequired[Annotated[bool, "Whether a service of the cloud manages it; default: false."]]
    inner_access_policy: NotRequired[
        Annotated[str, one_of(POLICIES), "Whether its members reach each other; default: accept."]
    ]
    rules: NotRequired[Annotated[list[SecurityRuleRecord], "Its inbound rules; default: none."]]


class WorldDocument(TypedDict):
    """The simulated cloud of the provider "mock". A missing list is empty, except for security_groups."""

    format_version: NotRequired[Annotated[FormatVersion, "The version of this format: 1.0."]]
    account_id: NotRequired[Annotated[str, "The account that the provider acts for."]]
    vpcs: NotRequired[Annotated[list[VpcRecord], "All VPCs."]]
    vswitches: NotRequired[Annotated[list[VSwitchRecord], "All vSwitches."]]
    route_entries: NotRequired[Annotated[list[RouteEntryRecord], "The route entries of all VPCs."]]
    instances: NotRequired[Annotated[list[InstanceRecord], "All ECS instances."]]
    cloud_resources: NotRequired[Annotated[list[CloudResourceRecord], "The other resources in the VPCs."]]
    links: NotRequired[Annotated[list[LinkRecord], "All links; an instance has at most one."]]
    security_groups: NotRequired[
        Annotated[list[SecurityGroupRecord], "All security groups; unknown if the list is missing."]
    ]


class Keys(Struct, frozen=True):
    """Which key of a list's records is their id, and which ones hold ids of other lists."""

    own: str | None = None
    foreign: Mapping[str, str] = field(default_factory=dict)


_PLACE = {"vpc_id": "vpcs", "vswitch_id": "vswitches"}

KEYS = {
    "vpcs": Keys("vpc_id"),
    "vswitches": Keys("vswitch_id", {"vpc_id": "vpcs"}),
    "route_entries": Keys(None, {"vpc_id": "vpcs"}),
    "instances": Keys("instance_id", _PLACE),
    "cloud_resources": Keys("resource_id", _PLACE),
    "links": Keys("instance_id", {"instance_id": "instances", "vpc_id": "vpcs"}),
    "security_groups": Keys("security_group_id", {"vpc_id": "vpcs"}),
}
"""The lists of the world, in the order in which it is read."""


@cache
def world_schema() -> Schema:
    """The published JSON Schema of the world file."""
    return schema_of(WorldDocument, "World of the mock provider", closed=True)


@cache
def world_checker() -> Checker:
    """What checks a world file."""
    return Checker(world_schema(), {"ipv4-cidr": _check_cidr})


def _check_cidr(text: str) -> None:
    """Raises ValueError where this is no CIDR block; with the reason where it looks like one."""
    if "/" not in text:
        raise ValueError
    network(text)
