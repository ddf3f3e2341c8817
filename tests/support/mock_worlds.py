"""A small world for the simulated cloud, and what tests call to open it and to read its call log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from providers.mock.provider import MockProvider

Record = dict[str, Any]
"""A JSON object: a world, one record of it, or a line of the call log."""

Opener = Callable[..., MockProvider]
"""Writes a world and faults where they are given, and opens the simulated cloud on them, with settings at will."""

Calls = Callable[[], list[Record]]
"""Reads the whole lines of the call log."""


def small_world() -> Record:
    """Two VPCs with ClassicLink on, one with it off, and four classic instances, the first of them linked."""

    def vpc(vpc_id: str, cidr_block: str, **more: Any) -> Record:
        return {"vpc_id": vpc_id, "account_id": "1001", "region_id": "cn-hangzhou", "cidr_block": cidr_block, **more}

    def instance(instance_id: str, number: int, **more: Any) -> Record:
        return {
            "instance_id": instance_id,
            "account_id": "1001",
            "region_id": "cn-hangzhou",
            "network_type": "classic",
            "private_ip": f"10.1.0.{number}",
            **more,
        }

    return {
        "format_version": "1.0",
        "vpcs": [
            vpc("vpc-a", "172.16.0.0/12", classic_link_enabled=True),
            vpc("vpc-b", "192.168.0.0/16", classic_link_enabled=True),
            vpc("vpc-off", "172.16.0.0/12"),
        ],
        "vswitches": [{"vswitch_id": "vsw-1", "vpc_id": "vpc-a", "cidr_block": "172.16.1.0/24"}],
        "route_entries": [{"vpc_id": "vpc-a", "destination_cidr_block": "10.9.0.0/16"}],
        "instances": [
            instance("i-1", 1, guest_routes=[]),
            instance("i-2", 2, status="Stopped"),
            instance("i-3", 3),
            instance("i-4", 4),
            instance("i-vpc", 9, network_type="vpc", private_ip="172.16.1.9", vpc_id="vpc-a", vswitch_id="vsw-1"),
        ],
        "links": [{"instance_id": "i-1", "vpc_id": "vpc-a"}],
    }
