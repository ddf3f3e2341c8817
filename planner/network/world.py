"""What a provider saw of the cloud, at one moment. Immutable; it knows what it does not know."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import astuple

from planner.network.identity import GUEST_ROUTE_NEXT_HOP, Authorization
from planner.network.kinds import Kind
from planner.network.security_groups import SecurityGroup, SecurityRule
from planner.remedy import NO_REMEDY, Remedy

LINKS_PER_VPC = 1_000
"""How many classic instances can be linked to one VPC (overview, Limits)."""


class Vpc(Struct, frozen=True):
    """A VPC."""

    vpc_id: str
    account_id: str
    region_id: str
    cidr_block: str
    name: str = ""
    secondary_cidr_blocks: tuple[str, ...] = ()
    status: str = "Available"
    classic_link_enabled: bool = False


class VSwitch(Struct, frozen=True):
    """A vSwitch of a VPC."""

    vswitch_id: str
    vpc_id: str
    cidr_block: str
    zone_id: str = ""


class RouteEntry(Struct, frozen=True):
    """An entry of a VPC's route table, whose id is empty if it is not known."""

    vpc_id: str
    destination_cidr_block: str
    type: str = "Custom"
    next_hop_type: str = ""
    next_hop_id: str = ""
    route_table_id: str = ""


class GuestRouteEntry(Struct, frozen=True):
    """A route inside a guest, such as `192.168.0.0/16 via private_nic`."""

    destination_cidr_block: str
    next_hop: str = GUEST_ROUTE_NEXT_HOP


class Instance(Struct, frozen=True, gc=False):
    """An ECS instance. `guest_routes` is None if they are unknown: a real cloud cannot read them.

    `security_group_ids` is None if they are unknown, too.
    """

    instance_id: str
    account_id: str
    region_id: str
    network_type: str
    private_ip: str
    name: str = ""
    status: str = "Running"
    operation_locks: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    guest_routes: tuple[GuestRouteEntry, ...] | None = None
    vpc_id: str | None = None
    vswitch_id: str | None = None
    security_group_ids: tuple[str, ...] | None = None


class CloudResource(Struct, frozen=True):
    """Something in a VPC that is no ECS instance: an RDS, an SLB, … Its groups are None if they are unknown."""

    resource_id: str
    kind: str
    vpc_id: str
    private_ip: str
    vswitch_id: str | None = None
    security_group_ids: tuple[str, ...] | None = None


class Unread(Struct, frozen=True):
    """Something that could not be read: one subject (the id of a VPC, an instance or a security group), or with None
    all of its kind.

    `remedy` says how it can be, where that is known.
    """

    kind: Kind
    subject: str | None
    reason: str
    remedy: Remedy = NO_REMEDY

    @property
    def why(self) -> str:
        """The reason, to go on after."""
        return self.reason.rstrip(".")


class World(Struct, frozen=True, dict=True):
    """The cloud at one moment. Mappings are by id; `links` leads from an instance to the one VPC it is linked to.

    `security_groups` holds the groups whose rules were seen; it is None if nothing is known of any. `file` is what
    messages call the file that is this cloud, where it is a simulated one; it is empty if the cloud is real.
    `region_id` is the region that was read; it is empty where it is not one alone.
    """

    account_id: str = ""
    vpcs: Mapping[str, Vpc] = field(default_factory=dict)
    vswitches: Mapping[str, VSwitch] = field(default_factory=dict)
    route_entries: tuple[RouteEntry, ...] = ()
    instances: Mapping[str, Instance] = field(default_factory=dict)
    cloud_resources: Mapping[str, CloudResource] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    security_groups: Mapping[str, SecurityGroup] | None = None
    unread: tuple[Unread, ...] = ()
    file: str = ""
    region_id: str = ""

    def __eq__(self, other: object) -> bool:
        """Whether the clouds are the same; `file` and `region_id` say where they are."""
        return isinstance(other, World) and astuple(self)[:-2] == astuple(other)[:-2]

    def __ne__(self, other: object) -> bool:
        return not self == other  # a Struct has one of its own, which compares all fields

    def security_group(self, security_group_id: str) -> SecurityGroup | None:
        """This group, or None if it is not there or not known."""
        return self.security_groups.get(security_group_id) if self.security_groups else None

    @cached_property
    def rules_by_source(self) -> Mapping[Authorization, SecurityRule]:
        """The rules whose source is another group, by what they stand for."""
        return {
            Authorization(
                group.security_group_id,
                rule.source_security_group_id,
                rule.ip_protocol,
                rule.port_range,
                rule.policy,
            ): rule
            for group in (self.security_groups or {}).values()
            for rule in group.rules
            if rule.source_security_group_id is not None
        }

    @cached_property
    def vswitches_by_vpc(self) -> Mapping[str, tuple[VSwitch, ...]]:
        found: dict[str, list[VSwitch]] = {}
        for vswitch in self.vswitches.values():
            found.setdefault(vswitch.vpc_id, []).append(vswitch)
        return {vpc_id: tuple(vswitches) for vpc_id, vswitches in found.items()}

    @cached_property
    def custom_routes_by_vpc(self) -> Mapping[str, tuple[RouteEntry, ...]]:
        found: dict[str, list[RouteEntry]] = {}
        for entry in self.route_entries:
            if entry.type == "Custom":
                found.setdefault(entry.vpc_id, []).append(entry)
        return {vpc_id: tuple(entries) for vpc_id, entries in found.items()}

    @cached_property
    def linked_by_vpc(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of the instances linked to each VPC, in id order."""
        found: dict[str, list[str]] = {}
        for instance_id, vpc_id in self.links.items():
            found.setdefault(vpc_id, []).append(instance_id)
        return {vpc_id: tuple(sorted(instances)) for vpc_id, instances in found.items()}

    @cached_property
    def _unread(self) -> Mapping[tuple[Kind, str | None], Unread]:
        return {(unread.kind, unread.subject): unread for unread in self.unread}

    def unread_of(self, kind: Kind, subject: str) -> Unread | None:
        """What says that this subject could not be read, or None if it was."""
        return self._unread.get((kind, subject)) or self._unread.get((kind, None))

    def why_unread(self, kind: Kind, subject: str) -> str | None:
        """Why this subject could not be read, or None if it was."""
        unread = self.unread_of(kind, subject)
        return unread.why if unread else None
