"""What the cloud adds to a resource: the computed attributes, known because VPC and instance exist already."""

from __future__ import annotations

from collections.abc import Mapping

from planner.hcl.cty.types import STRING
from planner.hcl.cty.values import Value, null, string, unknown
from planner.network.forecast import GUEST_ROUTE_NEXT_HOP
from planner.network.identity import ATTACHMENT, GUEST_ROUTE, VPC
from planner.network.world import Kind, World

_UNKNOWN = unknown(STRING)
_NULL = null(STRING)
_NEXT_HOP = string(GUEST_ROUTE_NEXT_HOP)
_COMPUTED = {
    VPC: ("region_id", "account_id", "cidr_block"),
    ATTACHMENT: ("region_id", "account_id", "private_ip"),
}
_SUBJECTS = {VPC: ("vpc_id", Kind.VPCS), ATTACHMENT: ("instance_id", Kind.INSTANCES)}


def computed(type_name: str, arguments: Mapping[str, Value], world: World | None) -> dict[str, Value]:
    """The computed attributes of one object: unknown without a world, null where the cloud has no such thing."""
    if type_name == GUEST_ROUTE:
        return {"next_hop": _NEXT_HOP}
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
