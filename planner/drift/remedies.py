"""The ways out of drift, as commands and HCL that can be pasted: restore what was, or accept what is."""

from __future__ import annotations

from shlex import quote

from planner.address import Address
from planner.hcl.writing import block_label, string_literal
from planner.network.identity import IDENTITY_ARGUMENTS, Enablement, GuestRoute, Identity, Link
from planner.network.world import World

READ_AGAIN = "See that the provider may read it, then run cl drift again."


def apply(address: Address | None) -> str:
    """The command that makes the cloud what the configuration says."""
    return f"restore: {_command('apply', address)}"


def give_in(address: Address | None) -> str:
    """The same command, where it is the configuration that moved."""
    return f"accept: {_command('apply', address)}"


def take_over(found: Identity, address: Address | None) -> str:
    """The commands that move a link nobody manages to where the configuration wants it."""
    return f"restore: {_import(found, address)} && {_command('apply', address)}"


def refresh(address: Address | None) -> str:
    """The command that makes the state what the cloud says of this object, and of no other."""
    return f"accept: {_command('refresh', address)}"


def drop(address: Address | None, *, managed: bool) -> str:
    """What to take out of the configuration, so that it no longer asks for what is not there."""
    forget = f", then {_command('refresh', address)}" if managed else ""
    return f"accept: remove {address} from the configuration{forget}"


def follow(vpc_id: str, address: Address | None, *, managed: bool) -> str:
    """What to write into the configuration, so that it asks for the link that is there."""
    return f'accept: set vpc_id = "{vpc_id}" at {address}, then {_command("refresh" if managed else "apply", address)}'


def declare(identity: Identity, *, way: str = "accept") -> str:
    """The block that declares what the cloud has; an apply then adopts it."""
    arguments = IDENTITY_ARGUMENTS[identity.type]
    width = max(map(len, arguments))
    lines = [f"  {name:<{width}} = {string_literal(getattr(identity, name))}" for name in arguments]
    return "\n".join([f'{way}: resource "{identity.type}" "{_label(identity)}" {{', *lines, "}"])


def adopt(identity: Identity, address: Address | None = None) -> str:
    """The command that takes it into the state."""
    return f"accept: {_import(identity, address)}"


def undo(identity: Identity, world: World) -> str:
    """The call, by hand, that takes away what nobody declares."""
    vpc = world.vpcs.get(identity.vpc_id or "")
    region = vpc.region_id if vpc else "REGION"
    match identity:
        case Link(instance_id, vpc_id):
            call = f"ecs DetachClassicLinkVpc --RegionId {region} --InstanceId {instance_id} --VpcId {vpc_id}"
        case Enablement(vpc_id):
            call = f"vpc DisableVpcClassicLink --RegionId {region} --VpcId {vpc_id}"
        case GuestRoute(instance_id, destination):
            return f"restore: remove the route to {destination} inside {instance_id}"
    return f"restore: aliyun {call}"


def _command(name: str, address: Address | None) -> str:
    return f"cl {name} --target {quote(str(address))}" if address else f"cl {name}"


def _import(identity: Identity, address: Address | None) -> str:
    place = str(address or f"{identity.type}.{_label(identity)}")
    return f"cl import {quote(place)} {quote(identity.id)}"


def _label(identity: Identity) -> str:
    return block_label(identity.instance_id or identity.vpc_id or "")
