"""Planning addresses, as the overview asks (Background): what can talk to the classic network, conflicts, is free."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv4Network, collapse_addresses
from typing import NotRequired, TypedDict

from msgspec import Struct

from planner.network.addressing import (
    CLASSIC_EXCEPTION,
    CLASSIC_SUPERNET,
    VpcClass,
    network,
    overlaps_classic_range,
    vpc_class,
    within,
)
from planner.network.ranges import PRIMARY_ONLY
from planner.network.world import RouteEntry, Vpc, VSwitch, World

BACKGROUND = "overview, Background"
LIMITS = "overview, Limits"

_NOT_SERVED = "is not in 172.16.0.0/12, 10.0.0.0/8 or 192.168.0.0/16."

LONGEST_VSWITCH = 29
"""The longest prefix that a vSwitch can have; the shortest is that of 10.111.0.0/16 itself."""


class ConflictEntry(TypedDict):
    """A conflict, in a document."""

    kind: str
    what: str
    conflicts_with: str
    blocks: bool
    reason: str
    source: str


class VSwitchVerdictEntry(TypedDict):
    """The verdict of a vSwitch, in a document."""

    vswitch_id: str
    cidr_block: str
    can_talk: bool
    reason: str
    source: str


class VpcVerdictEntry(TypedDict):
    """The verdict of a VPC, in a document."""

    vpc_id: str
    provider: NotRequired[str]
    cidr_block: str
    served_by: str | None
    can_talk: bool
    reason: str
    source: str
    vswitches: list[VSwitchVerdictEntry]
    conflicts: list[ConflictEntry]


class FreeBlocksEntry(TypedDict):
    """Free blocks, in a document."""

    prefix_length: int
    count: int
    blocks: list[str]
    within: str | None
    reason: str | None


class SurveyDocument(TypedDict):
    """What `cl addresses` says; `free` is null if no free blocks were asked for."""

    vpcs: list[VpcVerdictEntry]
    free: FreeBlocksEntry | None


class Conflict(Struct, frozen=True):
    """Something of a VPC that is in the way: of what kind, which, and with what.

    `blocks` where ClassicLink cannot be enabled while it is there.
    """

    kind: str
    what: str
    conflicts_with: str
    blocks: bool
    reason: str
    source: str

    def to_json(self) -> ConflictEntry:
        return {
            "kind": self.kind,
            "what": self.what,
            "conflicts_with": self.conflicts_with,
            "blocks": self.blocks,
            "reason": self.reason,
            "source": self.source,
        }


class VSwitchVerdict(Struct, frozen=True):
    vswitch_id: str
    cidr_block: str
    can_talk: bool
    reason: str
    source: str

    def to_json(self) -> VSwitchVerdictEntry:
        return {
            "vswitch_id": self.vswitch_id,
            "cidr_block": self.cidr_block,
            "can_talk": self.can_talk,
            "reason": self.reason,
            "source": self.source,
        }


class VpcVerdict(Struct, frozen=True):
    """Whether a VPC's addresses can talk to the classic network, on what condition, and what is in the way."""

    vpc_id: str
    cidr_block: str
    served_by: str | None
    can_talk: bool
    reason: str
    source: str
    vswitches: tuple[VSwitchVerdict, ...]
    conflicts: tuple[Conflict, ...]

    def to_json(self) -> VpcVerdictEntry:
        return {
            "vpc_id": self.vpc_id,
            "cidr_block": self.cidr_block,
            "served_by": self.served_by,
            "can_talk": self.can_talk,
            "reason": self.reason,
            "source": self.source,
            "vswitches": [vswitch.to_json() for vswitch in self.vswitches],
            "conflicts": [conflict.to_json() for conflict in self.conflicts],
        }


class FreeBlocks(Struct, frozen=True):
    """Blocks of one size that no vSwitch uses: how many there are `within` what range, and the first of them.

    Where there are none, `reason` says why.
    """

    prefix_length: int
    count: int
    blocks: tuple[str, ...]
    within: str | None
    reason: str | None = None

    def to_json(self) -> FreeBlocksEntry:
        return {
            "prefix_length": self.prefix_length,
            "count": self.count,
            "blocks": list(self.blocks),
            "within": self.within,
            "reason": self.reason,
        }


def survey(world: World, vpc_id: str | None = None) -> tuple[VpcVerdict, ...]:
    """A verdict for each VPC, in id order, or for the one asked for. Raises KeyError if that one is not seen."""
    return tuple(_verdict(world, world.vpcs[one]) for one in (sorted(world.vpcs) if vpc_id is None else (vpc_id,)))


def free_blocks(world: World, prefix_length: int, vpc_id: str | None = None, most: int = 10) -> FreeBlocks:
    """Blocks for a new vSwitch that can talk to the classic network.

    Within one VPC its own vSwitches are in the way, and all of its range counts that a link leads to; without
    `vpc_id`, those of every VPC are in the way of 10.111.0.0/16, so that the block stays free when VPCs are connected
    one day. Raises ValueError if no vSwitch can be of that size, and
    KeyError where the VPC is not seen.
    """
    if not CLASSIC_EXCEPTION.prefixlen <= prefix_length <= LONGEST_VSWITCH:
        raise ValueError(
            f"A vSwitch has a prefix length from {CLASSIC_EXCEPTION.prefixlen} to {LONGEST_VSWITCH}, "
            f"not {prefix_length}."
        )
    room = CLASSIC_EXCEPTION if vpc_id is None else _room(world.vpcs[vpc_id])
    vswitches = world.vswitches.values() if vpc_id is None else world.vswitches_by_vpc.get(vpc_id, ())
    used = collapse_addresses(network(vswitch.cidr_block) for vswitch in vswitches)
    size = 1 << (32 - prefix_length)
    count = 0
    found: list[int] = []
    for first, end in _gaps(used, room) if room else ():
        start = -(-first // size) * size
        fitting = max(0, (end - start) // size)
        found += [start + number * size for number in range(min(fitting, most - len(found)))]
        count += fitting
    blocks = tuple(f"{IPv4Address(start)}/{prefix_length}" for start in found)
    why = None if count else _why_none(room, prefix_length, world.vpcs[vpc_id] if vpc_id else None)
    return FreeBlocks(prefix_length, count, blocks, str(room) if room else None, why)


def _room(vpc: Vpc) -> IPv4Network | None:
    """What this VPC has that a link leads to: its primary CIDR block, in 10.0.0.0/8 what it has of 10.111.0.0/16."""
    block = network(vpc.cidr_block)
    match vpc_class(vpc.cidr_block):
        case None:
            return None
        case VpcClass.CLASS_10 if not block.overlaps(CLASSIC_EXCEPTION):
            return None
        case VpcClass.CLASS_10 if not block.subnet_of(CLASSIC_EXCEPTION):
            return CLASSIC_EXCEPTION
        case _:
            return block


def _why_none(room: IPv4Network | None, prefix_length: int, vpc: Vpc | None) -> str:
    if room is None and vpc is not None:
        if vpc_class(vpc.cidr_block) is None:
            return f"{vpc.vpc_id}, {vpc.cidr_block}, {_NOT_SERVED}"
        return f"{vpc.vpc_id}, {vpc.cidr_block}, has no address in 10.111.0.0/16, the only usable part of 10.0.0.0/8."
    if room is not None and prefix_length < room.prefixlen:
        return f"{room} is smaller than that."
    return f"The vSwitches leave no gap of that size in {room}."


def _gaps(used: Iterable[IPv4Network], room: IPv4Network) -> Iterator[tuple[int, int]]:
    """First address, and the one after the last, of each stretch of `room` outside `used`, which is sorted."""
    position = int(room.network_address)
    for block in used:
        if block.overlaps(room):
            if int(block.network_address) > position:
                yield position, int(block.network_address)
            position = int(block.broadcast_address) + 1
    if position <= int(room.broadcast_address):
        yield position, int(room.broadcast_address) + 1


def _verdict(world: World, vpc: Vpc) -> VpcVerdict:
    found = vpc_class(vpc.cidr_block)
    conflicts = tuple(_conflicts(world, vpc))
    vswitches = tuple(_judge_vswitch(vpc, one) for one in world.vswitches_by_vpc.get(vpc.vpc_id, ()))
    some = found is not VpcClass.CLASS_10 or any(one.can_talk for one in vswitches)
    blocked = any(conflict.blocks for conflict in conflicts)
    reason, source = _why(vpc, found, some=some)
    if blocked and found is not None and some:
        reason, source = "A custom route entry sends the traffic for the classic network elsewhere.", LIMITS
    can_talk = found is not None and some and not blocked
    served_by = str(found.value) if found else None
    return VpcVerdict(vpc.vpc_id, vpc.cidr_block, served_by, can_talk, reason, source, vswitches, conflicts)


def _why(vpc: Vpc, found: VpcClass | None, *, some: bool) -> tuple[str, str]:
    match found:
        case None:
            return f"{vpc.cidr_block} {_NOT_SERVED}", LIMITS
        case VpcClass.CLASS_10 if some:
            return "Its vSwitches within 10.111.0.0/16 can talk to the classic network, and no others.", LIMITS
        case VpcClass.CLASS_10:
            return "No vSwitch of it lies within 10.111.0.0/16.", LIMITS
        case VpcClass.CLASS_192:
            return "Reachable if the instance routes 192.168.0.0/16 through its private NIC.", LIMITS
        case _:
            return "Its range does not overlap the classic network's.", BACKGROUND


def _judge_vswitch(vpc: Vpc, vswitch: VSwitch) -> VSwitchVerdict:
    def say(can_talk: bool, reason: str, source: str) -> VSwitchVerdict:
        return VSwitchVerdict(vswitch.vswitch_id, vswitch.cidr_block, can_talk, reason, source)

    found = vpc_class(vpc.cidr_block)
    if found is None:
        return say(False, "The VPC's own range is not eligible.", LIMITS)
    if not within(vswitch.cidr_block, network(vpc.cidr_block)):
        return say(False, f"It lies outside the primary CIDR block {vpc.cidr_block}.", PRIMARY_ONLY)
    if found is VpcClass.CLASS_10 and not within(vswitch.cidr_block, CLASSIC_EXCEPTION):
        return say(False, "It is outside 10.111.0.0/16, in the range of the classic network.", LIMITS)
    if found is VpcClass.CLASS_10:
        return say(True, "It lies within 10.111.0.0/16.", LIMITS)
    return say(True, f"It lies within {found.value}.", LIMITS)


def _conflicts(world: World, vpc: Vpc) -> Iterator[Conflict]:
    for entry in world.custom_routes_by_vpc.get(vpc.vpc_id, ()):
        if overlaps_classic_range(entry.destination_cidr_block):
            yield _route_conflict(entry)
    for vswitch in world.vswitches_by_vpc.get(vpc.vpc_id, ()):
        if overlaps_classic_range(vswitch.cidr_block):
            reason = "The classic network has the same addresses."
            yield Conflict("vswitch", vswitch.vswitch_id, str(CLASSIC_SUPERNET), False, reason, BACKGROUND)
    for block in vpc.secondary_cidr_blocks:
        if overlaps_classic_range(block):
            reason = "This secondary CIDR block overlaps the classic network's range, and no link serves it."
            yield Conflict("secondary_cidr_block", block, str(CLASSIC_SUPERNET), False, reason, PRIMARY_ONLY)


def _route_conflict(entry: RouteEntry) -> Conflict:
    exact = network(entry.destination_cidr_block) == CLASSIC_SUPERNET
    reason = (
        "ClassicLink cannot be enabled while this custom route entry exists."
        if exact
        else "It may send a part of the classic network's traffic elsewhere: which route wins is not documented."
    )
    source = LIMITS if exact else BACKGROUND
    return Conflict("route_entry", entry.destination_cidr_block, str(CLASSIC_SUPERNET), exact, reason, source)
