"""Facts derived from a VPC's addresses, computed once per run because thousands of attaches need the same ones."""

from __future__ import annotations

from functools import cached_property
from ipaddress import IPv4Network

from planner.network.addressing import (
    CLASSIC_EXCEPTION,
    CLASSIC_SUPERNET,
    VpcClass,
    network,
    number_of,
    overlaps_classic_range,
    vpc_class,
    within,
)
from planner.network.world import RouteEntry, Vpc, VSwitch, World


class AddressPlan:
    """The address plan of one VPC. Text that is not an IPv4 block, such as an IPv6 route, is ignored."""

    def __init__(self, vpc: Vpc, vswitches: tuple[VSwitch, ...], custom_routes: tuple[RouteEntry, ...]) -> None:
        self._vpc = vpc
        self._vswitches = vswitches
        self._custom_routes = custom_routes

    @cached_property
    def vpc_class(self) -> VpcClass | None:
        """The row of the overview's table, or None if ClassicLink does not support the VPC."""
        return vpc_class(self._vpc.cidr_block) if _block(self._vpc.cidr_block) else None

    @cached_property
    def routes_to_classic(self) -> tuple[RouteEntry, ...]:
        """Custom route entries destined for exactly 10.0.0.0/8."""
        return tuple(entry for entry in self._custom_routes if _block(entry.destination_cidr_block) == CLASSIC_SUPERNET)

    @cached_property
    def routes_shadowing_classic(self) -> tuple[RouteEntry, ...]:
        """Custom route entries that cover a part of the classic range, narrower than 10.0.0.0/8."""
        return tuple(
            entry
            for entry in self._custom_routes
            if (block := _block(entry.destination_cidr_block)) is not None
            and block != CLASSIC_SUPERNET
            and block.subnet_of(CLASSIC_SUPERNET)
            and overlaps_classic_range(entry.destination_cidr_block)
        )

    @cached_property
    def vswitches(self) -> dict[str, VSwitch]:
        return {vswitch.vswitch_id: vswitch for vswitch in self._vswitches}

    @cached_property
    def vswitches_outside(self) -> tuple[VSwitch, ...]:
        """The vSwitches that are not within 10.111.0.0/16."""
        return tuple(vswitch for vswitch in self._vswitches if not within(vswitch.cidr_block, CLASSIC_EXCEPTION))

    def vswitch_with(self, ip: str) -> VSwitch | None:
        """A vSwitch whose block contains this address. Costs a lookup for each prefix length in use."""
        if not self._vswitches:
            return None
        try:
            found = number_of(ip)
        except ValueError:
            return None
        for length, blocks in self._vswitches_by_prefix.items():
            if (vswitch := blocks.get(found >> (32 - length))) is not None:
                return vswitch
        return None

    @cached_property
    def _vswitches_by_prefix(self) -> dict[int, dict[int, VSwitch]]:
        index: dict[int, dict[int, VSwitch]] = {}
        for vswitch in self._vswitches:
            block = network(vswitch.cidr_block)
            prefix = int(block.network_address) >> (32 - block.prefixlen)
            index.setdefault(block.prefixlen, {})[prefix] = vswitch
        return index


class AddressPlans:
    """The address plan of every VPC of a world, each computed when it is first needed."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known: dict[str, AddressPlan] = {}

    def of(self, vpc_id: str) -> AddressPlan:
        """The address plan of a VPC. Raises KeyError if the VPC does not exist."""
        plan = self._known.get(vpc_id)
        if plan is None:
            world = self._world
            plan = AddressPlan(
                world.vpcs[vpc_id],
                world.vswitches_by_vpc.get(vpc_id, ()),
                world.custom_routes_by_vpc.get(vpc_id, ()),
            )
            self._known[vpc_id] = plan
        return plan


def _block(text: str) -> IPv4Network | None:
    try:
        return network(text)
    except ValueError:
        return None
