"""The ways out of drift, as commands and HCL that can be pasted: restore what was, or accept what is."""

from __future__ import annotations

from planner.address import Address, format_key, import_command
from planner.hcl.writing.literals import string_literal
from planner.network.identity import Authorization, Enablement, GuestRoute, Identity, Link
from planner.network.names import natural_key
from planner.network.world import World
from planner.remedy import AND, Command, Remedy, cl
from planner.rules.base import aliyun, detach_by_hand, revoke_by_hand
from planner.rules.offered_blocks import Blocks
from planner.steps import Place

READ_AGAIN = Remedy.of("See that the provider may read it, then run ", cl("drift"), " again.")
_THEN_READ = Remedy.of("\nThen run ", cl("drift"), " again.")
_MOST = 10
"""So many instances are named."""


def read_again(known: Remedy) -> Remedy:
    """How something can be read after all; `known` is what the provider says about it, if anything."""
    return Remedy.of(known, _THEN_READ) if known else READ_AGAIN


def apply(address: Address | None) -> Remedy:
    """The command that makes the cloud what the configuration says."""
    return Remedy.of("restore: ", _command("apply", address))


def give_in(address: Address | None) -> Remedy:
    """The same command, where it is the configuration that moved."""
    return Remedy.of("accept: ", _command("apply", address))


def take_over(found: Identity, address: Address | None) -> Remedy:
    """The commands that move a link nobody manages to where the configuration wants it."""
    return Remedy.of("restore: ", import_command(address, found.id), AND, _command("apply", address))


def refresh(address: Address | None) -> Remedy:
    """The command that makes the state what the cloud says of this object, and of no other."""
    return Remedy.of("accept: ", _command("refresh", address))


def drop(address: Address | None, place: Place | None, *, managed: bool) -> Remedy:
    """What to take out of the configuration, so that it no longer asks for what is not there."""
    forget = Remedy.of(", then ", _command("refresh", address)) if managed else ""
    return Remedy.of(f"accept: {taken_out(address, place)}", forget)


def follow(
    link: Link, address: Address | None, place: Place | None, blocks: Blocks, *, managed: bool
) -> tuple[Remedy, ...]:
    """What to write into the configuration, so that it asks for the link that is there.

    One instance of a block cannot be edited by itself: the place that its value comes from is named, and for a value
    that all instances have, the block that declares this one alone.
    """
    vpc_id = string_literal(link.vpc_id)
    then = _command("refresh" if managed else "apply", address)
    if address is None or not _is_one_of_many(address):
        return (Remedy.of(f"accept: set vpc_id = {vpc_id} at {address}, then ", then),)
    edit = f"set {vpc_id} where its vpc_id comes from{_at(place, 'vpc_id')}, unless others have theirs from there"
    by_itself = Remedy.of(
        f"accept: {taken_out(address, place)}, declare it by itself, then ",
        _command("apply", blocks.address(link)),
        ":\n",
        blocks.snippet(link),
    )
    return (Remedy.of(f"accept: {edit}; then ", then), *([by_itself] if address.key is not None else []))


def taken_out(address: Address | None, place: Place | None) -> str:
    """How it goes from the configuration: with its block, or out of what repeats the block."""
    if address is None or address.key is None:
        return f"remove {address} from the configuration"
    argument = "count" if isinstance(address.key, int) else "for_each"
    return f"take {format_key(address.key)[1:-1]} out of the {argument} of {address.resource}{_at(place, argument)}"


def declare(identity: Identity, blocks: Blocks, *, way: str = "accept") -> Remedy:
    """The block that declares what the cloud has; an apply then adopts it."""
    return Remedy.of(f"{way}: ", blocks.snippet(identity))


def declare_and_adopt(identity: Identity, blocks: Blocks) -> Remedy:
    """The block that declares what the cloud has, and the command that then takes it into the state."""
    command = import_command(blocks.address(identity), identity.id)
    return Remedy.of("accept: declare it, then ", command, ":\n", blocks.snippet(identity))


def adopt(identity: Identity, address: Address) -> Remedy:
    """The command that takes it into the state, at an address that is declared."""
    return Remedy.of("accept: ", import_command(address, identity.id))


def undo(identity: Identity, world: World) -> Remedy:
    """The call, by hand, that takes away what nobody declares; what has to be taken away before it is named."""
    vpc = world.vpcs.get(identity.vpc_id or "")
    region = vpc.region_id if vpc else "REGION"
    match identity:
        case Link(instance_id, vpc_id):
            return Remedy.of("restore: ", detach_by_hand(region, instance_id, vpc_id))
        case Enablement(vpc_id):
            links = sorted(world.linked_by_vpc.get(vpc_id, ()), key=natural_key)
            more = f" and {len(links) - _MOST:,} more" if len(links) > _MOST else ""
            first = f"detach {', '.join(links[:_MOST])}{more} first, then " if links else ""
            disable = aliyun("vpc", "DisableVpcClassicLink", RegionId=region, VpcId=vpc_id)
            return Remedy.of(f"restore: {first}", disable)
        case GuestRoute(instance_id, destination):
            return Remedy.of(f"restore: remove the route to {destination} inside {instance_id}")
        case Authorization():
            group = world.security_group(identity.security_group_id)
            return Remedy.of("restore: ", revoke_by_hand(group.region_id if group else "REGION", identity))


def once_read(way: Remedy) -> Remedy:
    """The same way out, where something could not be read: no plan is applied before everything is."""
    if not any(command.words[:2] in _PLANNING for command in way.commands):
        return way
    what, _, rest = str(way.parts[0]).partition(": ")
    return Remedy.of(f"{what}: once everything can be read, {rest}", *way.parts[1:])


_PLANNING = (("cl", "apply"), ("cl", "refresh"))
"""The commands that make a plan, and stop where it is incomplete."""


def _command(name: str, address: Address | None) -> Command:
    return cl(name, "--target", str(address)) if address else cl(name)


def _is_one_of_many(address: Address) -> bool:
    return address.key is not None or any(key is not None for _, key in address.module)


def _at(place: Place | None, argument: str) -> str:
    """` (main.hcl line 3)`, where that argument is written."""
    span = place.arguments.get(argument) if place else None
    return f" ({span.filename} line {span.start.line})" if span else ""
