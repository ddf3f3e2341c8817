"""What the answer is about, by VPC: how many links stand, and which of them nothing is to be said of.

    [{"vpc_id": "vpc-a", "cidr_block": "172.16.0.0/12", "classic_link_enabled": true, "links": 412,
      "in_order": {"count": 409, "ids": ["i-1", …]}}]

`ids` are the first few in order. A VPC that is not seen has a null `cidr_block`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from planner.documents.drift import DriftVpc
from planner.drift.items import Item
from planner.drift.sides import Sides
from planner.network.identity import Enablement, Link
from planner.network.world import World

IDS_SHOWN = 10


def estate(sides: Sequence[Sides], items: Iterable[Item], world: World) -> list[DriftVpc]:
    """The VPCs that have a link or ClassicLink, or should have, in id order. Linear in the subjects."""
    amiss = {item.instance_id for item in items}
    standing: dict[str, list[str]] = {}
    for found in sides:
        known = (found.cloud, found.prior and found.prior.identity, found.desired and found.desired.identity)
        for identity in known:
            if isinstance(identity, Link | Enablement):
                standing.setdefault(identity.vpc_id, [])
        if isinstance(found.cloud, Link) and found.cloud.instance_id not in amiss:
            standing[found.cloud.vpc_id].append(found.cloud.instance_id)
    return [_entry(vpc_id, sorted(ids), world) for vpc_id, ids in sorted(standing.items())]


def _entry(vpc_id: str, in_order: Sequence[str], world: World) -> DriftVpc:
    vpc = world.vpcs.get(vpc_id)
    return {
        "vpc_id": vpc_id,
        "cidr_block": vpc.cidr_block if vpc else None,
        "classic_link_enabled": bool(vpc and vpc.classic_link_enabled),
        "links": len(world.linked_by_vpc.get(vpc_id, ())),
        "in_order": {"count": len(in_order), "ids": list(in_order[:IDS_SHOWN])},
    }
