"""What the world file looks like: its lists, the keys of their records, and what each key holds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from planner.network.addressing import network
from providers.mock.problems import Check, expected, is_flag, is_id, is_text, is_text_list, is_text_map


def is_cidr(value: Any) -> str | None:
    if isinstance(value, str) and "/" in value:
        try:
            network(value)
        except ValueError as problem:
            return str(problem)
        return None
    return expected('an IPv4 CIDR block such as "172.16.0.0/12"', value)


def is_cidr_list(value: Any) -> str | None:
    if not isinstance(value, list):
        return expected("a list of IPv4 CIDR blocks", value)
    return next((wrong for item in value if (wrong := is_cidr(item))), None)


def is_address(value: Any) -> str | None:
    if isinstance(value, str) and _ADDRESS.fullmatch(value):
        return None
    return expected('an IPv4 address such as "10.1.2.3"', value)


_OCTET = r"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_ADDRESS = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}", re.ASCII)
"""Asked of every instance of a world; `IPv4Address` would take ten times as long."""


def is_network_type(value: Any) -> str | None:
    return None if value in ("classic", "vpc") else expected('"classic" or "vpc"', value)


def is_list(value: Any) -> str | None:
    return None if isinstance(value, list) else expected("a list", value)


@dataclass(frozen=True, slots=True)
class Shape:
    """What a record of one list looks like: its keys with their checks.

    `key` identifies a record, `refers` are the keys that hold ids of other lists, `nested` those that hold records.
    """

    list_name: str
    required: tuple[str, ...]
    checks: Mapping[str, Check]
    key: str | None = None
    refers: Mapping[str, str] = field(default_factory=dict)
    nested: Mapping[str, Shape] = field(default_factory=dict)


_VPC = {"vpc_id": "vpcs"}
_PLACE = {"vpc_id": "vpcs", "vswitch_id": "vswitches"}

_GUEST_ROUTES = Shape(
    "guest_routes",
    ("destination_cidr_block",),
    {"destination_cidr_block": is_cidr, "next_hop": is_text},
)

SHAPES = {
    shape.list_name: shape
    for shape in (
        Shape(
            "vpcs",
            ("vpc_id", "account_id", "region_id", "cidr_block"),
            {
                "vpc_id": is_id,
                "account_id": is_id,
                "region_id": is_id,
                "name": is_text,
                "cidr_block": is_cidr,
                "secondary_cidr_blocks": is_cidr_list,
                "status": is_id,
                "classic_link_enabled": is_flag,
            },
            key="vpc_id",
        ),
        Shape(
            "vswitches",
            ("vswitch_id", "vpc_id", "cidr_block"),
            {"vswitch_id": is_id, "vpc_id": is_id, "zone_id": is_text, "cidr_block": is_cidr},
            key="vswitch_id",
            refers=_VPC,
        ),
        Shape(
            "route_entries",
            ("vpc_id", "destination_cidr_block"),
            {
                "vpc_id": is_id,
                "destination_cidr_block": is_cidr,
                "type": is_id,
                "next_hop_type": is_text,
                "next_hop_id": is_text,
            },
            refers=_VPC,
        ),
        Shape(
            "instances",
            ("instance_id", "account_id", "region_id", "network_type", "private_ip"),
            {
                "instance_id": is_id,
                "account_id": is_id,
                "region_id": is_id,
                "name": is_text,
                "network_type": is_network_type,
                "status": is_id,
                "private_ip": is_address,
                "operation_locks": is_text_list,
                "tags": is_text_map,
                "guest_routes": is_list,
                "vpc_id": is_id,
                "vswitch_id": is_id,
            },
            key="instance_id",
            refers=_PLACE,
            nested={"guest_routes": _GUEST_ROUTES},
        ),
        Shape(
            "cloud_resources",
            ("resource_id", "kind", "vpc_id", "private_ip"),
            {"resource_id": is_id, "kind": is_id, "vpc_id": is_id, "vswitch_id": is_id, "private_ip": is_address},
            key="resource_id",
            refers=_PLACE,
        ),
        Shape(
            "links",
            ("instance_id", "vpc_id"),
            {"instance_id": is_id, "vpc_id": is_id},
            key="instance_id",
            refers={"instance_id": "instances", "vpc_id": "vpcs"},
        ),
    )
}
