"""A small world on disk, and the simulated cloud on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from providers.mock.provider import MockProvider, open_mock


def small_world() -> dict[str, Any]:
    """Two VPCs with ClassicLink on, one with it off, and four classic instances, the first of them linked."""

    def vpc(vpc_id: str, cidr_block: str, **more: Any) -> dict[str, Any]:
        return {"vpc_id": vpc_id, "account_id": "1001", "region_id": "cn-hangzhou", "cidr_block": cidr_block, **more}

    def instance(instance_id: str, number: int, **more: Any) -> dict[str, Any]:
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


@pytest.fixture
def world() -> dict[str, Any]:
    return small_world()


Opener = Callable[..., MockProvider]


@pytest.fixture
def open_cloud(tmp_path: Path) -> Opener:
    """Writes a world and opens the simulated cloud on it, with settings at will."""

    def open_cloud(world: dict[str, Any] | None = None, faults: Any = None, **settings: Any) -> MockProvider:
        if world is not None:
            (tmp_path / "world.json").write_text(json.dumps(world))
        if faults is not None:
            (tmp_path / "faults.json").write_text(json.dumps(faults))
            settings["faults"] = "faults.json"
        return open_mock({"world": "world.json", "call_log": "calls.jsonl", **settings}, tmp_path)

    return open_cloud


@pytest.fixture
def calls(tmp_path: Path) -> Callable[[], list[dict[str, Any]]]:
    """Reads the whole lines of the call log."""

    def calls() -> list[dict[str, Any]]:
        path = tmp_path / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []

    return calls
