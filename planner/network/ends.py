"""What can stand at either end of a connection: found by id or by address."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from ipaddress import ip_interface

from msgspec import Struct

from planner.diagnostics import ConfigError, Diagnostic, did_you_mean
from planner.network.addressing import address, in_classic_range, network, within
from planner.network.kinds import Kind
from planner.network.ranges import reachable_ranges
from planner.network.world import CloudResource, Instance, Vpc, World
from planner.remedy import Remedy, cl


class Plane(Enum):
    """The two network planes (overview, Background)."""

    CLASSIC = "classic"
    VPC = "vpc"


class End(Struct, frozen=True):
    """One end. `id` is None for an address that no known instance has, `private_ip` is empty for a VPC as a whole.

    `provider` is the key of the one that sees it, where there are several. `security_group_ids` is None where its
    security groups are unknown.
    """

    plane: Plane
    private_ip: str
    kind: str
    id: str | None = None
    vpc_id: str | None = None
    vswitch_id: str | None = None
    region_id: str | None = None
    account_id: str | None = None
    provider: str = ""
    security_group_ids: tuple[str, ...] | None = None

    @property
    def is_vpc(self) -> bool:
        """Whether it is a VPC, not something in one."""
        return self.kind == "vpc"

    def __str__(self) -> str:
        return f"{self.id} ({self.private_ip})" if self.id and self.private_ip else self.id or self.private_ip


def find_place(world: World, text: str, near_vpc: str | None = None) -> End:
    """What `find_end` finds, or the VPC with this id. Raises ConfigError as it does."""
    vpc = world.vpcs.get(text)
    if vpc is None or by_id(world, text) is not None:
        return find_end(world, text, near_vpc)
    return End(Plane.VPC, "", "vpc", vpc.vpc_id, vpc.vpc_id, None, vpc.region_id, vpc.account_id)


def find_end(world: World, text: str, near_vpc: str | None = None) -> End:
    """The instance, resource or address called `text`.

    Two VPCs may use one address: then what is in `near_vpc` is meant. Raises ConfigError if there is nothing by
    that name, or more than one thing by that address.
    """
    if found := by_id(world, text):
        return found
    try:
        ip = str(address(text))
    except ValueError:
        raise ConfigError(_unknown(world, text)) from None
    found_ends = list(_by_address(world, ip)) or list(_unused(world, ip))
    near = [end for end in found_ends if near_vpc and end.vpc_id == near_vpc]
    matches = near if near_vpc and near else found_ends
    if len(matches) == 1:
        return matches[0]
    raise ConfigError(_ambiguous(text, matches) if matches else _unknown(world, text))


def has(world: World, text: str) -> bool:
    """Whether this is the id of an instance, a resource or a VPC, or the address of one of the former."""
    if text in world.vpcs or by_id(world, text) is not None:
        return True
    ip = _ip(text)
    return ip is not None and any(_by_address(world, ip))


def may_have(world: World, text: str) -> bool:
    """Whether this is an address that is free, and could be given."""
    ip = _ip(text)
    return ip is not None and any(_unused(world, ip))


def _ip(text: str) -> str | None:
    try:
        return str(address(text))
    except ValueError:
        return None


def by_id(world: World, text: str) -> End | None:
    """The instance or resource with this id."""
    if text in world.instances:
        return of_instance(world.instances[text])
    if text in world.cloud_resources:
        return of_resource(world, world.cloud_resources[text])
    return None


def of_instance(instance: Instance) -> End:
    return End(
        Plane.CLASSIC if instance.network_type == "classic" else Plane.VPC,
        instance.private_ip,
        "ecs",
        instance.instance_id,
        instance.vpc_id,
        instance.vswitch_id,
        instance.region_id,
        instance.account_id,
        security_group_ids=instance.security_group_ids,
    )


def of_resource(world: World, resource: CloudResource) -> End:
    vpc = world.vpcs.get(resource.vpc_id)
    return End(
        Plane.VPC,
        resource.private_ip,
        resource.kind,
        resource.resource_id,
        resource.vpc_id,
        resource.vswitch_id,
        vpc.region_id if vpc else None,
        vpc.account_id if vpc else None,
        security_group_ids=resource.security_group_ids,
    )


def all_ends(world: World) -> Iterator[End]:
    """Everything with an address, instances first, each kind in id order."""
    for instance_id in sorted(world.instances):
        yield of_instance(world.instances[instance_id])
    for resource_id in sorted(world.cloud_resources):
        yield of_resource(world, world.cloud_resources[resource_id])


def _by_address(world: World, ip: str) -> Iterator[End]:
    return (end for end in all_ends(world) if end.private_ip == ip)


def _unused(world: World, ip: str) -> Iterator[End]:
    """The places where an address that no known instance has would be."""
    found = address(ip)
    for vpc in world.vpcs.values():
        blocks = (vpc.cidr_block, *vpc.secondary_cidr_blocks)
        if any(found in network(block) for block in blocks) and not in_classic_range(ip):
            yield End(Plane.VPC, ip, "address", None, vpc.vpc_id, None, vpc.region_id, vpc.account_id)
    if in_classic_range(ip):
        yield End(Plane.CLASSIC, ip, "address")


def _unknown(world: World, text: str) -> Diagnostic:
    known = [*world.instances, *world.cloud_resources]
    reason = world.why_unread(Kind.INSTANCES, text)
    detail, remedy = _amiss(world, text)
    return Diagnostic(
        "CFG601",
        "Nothing by that name",
        f"{detail} The read was not complete: {reason}" if reason else detail + did_you_mean(text, known[:10_000]),
        remedy,
    )


def _amiss(world: World, text: str) -> tuple[str, Remedy]:
    """Why nothing is called so, and what to give instead."""
    if vpc := world.vpcs.get(text):
        return f"{text} is a VPC, but an end must be one address.", _end_in(world, vpc)
    remedy = Remedy.of("Give the id of an instance, the id of a cloud resource, or an IPv4 address.")
    try:
        found = ip_interface(text)
    except ValueError:
        return f'The provider sees no instance, cloud resource or address "{text}".', remedy
    if found.version == 6:
        return f"{text} is an IPv6 address; ClassicLink carries IPv4 only.", remedy
    if "/" in text:
        return f"{text} is a range, but an end must be one address.", Remedy.of(
            f"Give an address of it, such as {found.ip}."
        )
    ranges = "no CIDR block of a VPC that the provider can see, and in no range of the classic network"
    return f"{text} is in {ranges}: no link leads there.", Remedy.of(
        "List what can be reached: ", cl("reach", "--all-from", "INSTANCE_ID")
    )


def _end_in(world: World, vpc: Vpc) -> Remedy:
    """How to name an end in this VPC that a link may lead to, in one of its vSwitches if any of them can be reached."""
    ranges = reachable_ranges(world, vpc)
    vswitches = (vswitch.cidr_block for vswitch in world.vswitches_by_vpc.get(vpc.vpc_id, ()))
    blocks = [*(block for block in vswitches if any(within(block, network(outer)) for outer in ranges)), *ranges]
    if not blocks:
        return Remedy.of(
            "Give the id of an instance or a cloud resource in it. No range of it is known to be reachable."
        )
    hosts = network(blocks[0])
    address_in_it = hosts[min(1, hosts.num_addresses - 1)]
    return Remedy.of(
        f"Give the id of an instance or a cloud resource in it, or an address of {blocks[0]}, such as {address_in_it}."
    )


def _ambiguous(text: str, ends: list[End]) -> Diagnostic:
    names = ", ".join(f"{end.id or 'a free address'} in {end.vpc_id or 'the classic network'}" for end in ends[:10])
    return Diagnostic(
        "CFG602",
        "Address has several owners",
        f"{text} is the address of {names}.",
        Remedy.of("Give one of the ids instead."),
    )
