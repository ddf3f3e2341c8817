"""What the cloud adds to a resource: the computed attributes, known because VPC and instance exist already."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from planner.hcl.cty.types import STRING
from planner.hcl.cty.values import Value, null, string, unknown
from planner.network.identity import ATTACHMENT, GUEST_ROUTE, GUEST_ROUTE_NEXT_HOP, SECURITY_RULE, VPC, identity_of
from planner.network.kinds import Kind
from planner.network.presence import INGRESS, computed_attributes

if TYPE_CHECKING:
    from planner.network.world import World

_UNKNOWN = unknown(STRING)
_NULL = null(STRING)
_INGRESS = string(INGRESS)
_OF_RULE = ("region_id", "account_id", "vpc_id", "security_group_rule_id")
_NEXT_HOP = string(GUEST_ROUTE_NEXT_HOP)
_COMPUTED = {
    VPC: ("region_id", "account_id", "cidr_block"),
    ATTACHMENT: ("region_id", "account_id", "private_ip"),
}
_SUBJECTS = {VPC: ("vpc_id", Kind.VPCS), ATTACHMENT: ("instance_id", Kind.INSTANCES)}


def computed(type_name: str, arguments: Mapping[str, Value], world: World | None) -> dict[str, Value]:
    """The computed attributes of one object: unknown without a world, null if the cloud has no such thing."""
    if type_name == GUEST_ROUTE:
        return {"next_hop": _NEXT_HOP}
    if type_name == SECURITY_RULE:
        return _of_rule(arguments, world)
    argument, kind = _SUBJECTS[type_name]
    subject = arguments[argument].raw
    names = _COMPUTED[type_name]
    if world is None or not isinstance(subject, str):
        return dict.fromkeys(names, _UNKNOWN)
    found = world.vpcs.get(subject) if kind is Kind.VPCS else world.instances.get(subject)
    if found is None:
        absent = _UNKNOWN if world.why_unread(kind, subject) else _NULL
        return dict.fromkeys(names, absent)
    return {name: string(getattr(found, name)) for name in names}


def _of_rule(arguments: Mapping[str, Value], world: World | None) -> dict[str, Value]:
    """Those of a security rule; its id is known once the cloud has it."""
    found = {"direction": _INGRESS, **dict.fromkeys(_OF_RULE, _UNKNOWN)}
    plain = {name: value.raw for name, value in arguments.items() if isinstance(value.raw, str)}
    try:
        rule = identity_of(SECURITY_RULE, plain)
    except KeyError:
        return found  # something of it is not known yet
    if world is None:
        return found
    seen = {name: string(str(value)) for name, value in computed_attributes(rule, world).items() if name in _OF_RULE}
    if world.security_groups is not None and world.security_group(plain["security_group_id"]) is None:
        is_unread = world.why_unread(Kind.SECURITY_GROUPS, plain["security_group_id"])
        seen |= {} if is_unread else dict.fromkeys(("region_id", "account_id"), _NULL)
    return found | seen
