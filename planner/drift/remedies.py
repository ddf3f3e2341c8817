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
    return f"restore: cl apply --target '{address}'" if address else "restore: cl apply"


def refresh() -> str:
    """The command that makes the state what the cloud says."""
    return "accept: cl refresh"


def drop(address: Address | None) -> str:
    """What to take out of the configuration, so that it no longer asks for what is not there."""
    return f"accept: remove {address} from the configuration, then cl refresh"


def declare(identity: Identity) -> str:
    """The block that declares what the cloud has; an apply then adopts it."""
    arguments = IDENTITY_ARGUMENTS[identity.type]
    width = max(map(len, arguments))
    lines = [f"  {name:<{width}} = {string_literal(getattr(identity, name))}" for name in arguments]
    return "\n".join([f'accept: resource "{identity.type}" "{_label(identity)}" {{', *lines, "}"])


def adopt(identity: Identity, address: Address | None = None) -> str:
    """The command that takes it into the state."""
    place = str(address or f"{identity.type}.{_label(identity)}")
    return f"accept: cl import {quote(place)} {quote(identity.id)}"


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


def _label(identity: Identity) -> str:
    return block_label(identity.instance_id or identity.vpc_id or "")
