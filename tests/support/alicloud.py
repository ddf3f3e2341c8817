"""`provider "alicloud"` on an emulator, estates for it, and what it called."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping
from pathlib import Path

from providers.alicloud.opening import open_alicloud
from providers.base import Provider
from support.emulating import KEY, REGION, SECRET, Emulated
from support.mock_worlds import Record


def opened(cloud: Emulated, **more: object) -> Provider:
    endpoints = dict.fromkeys(("ecs", "vpc", "sts"), cloud.authority)
    keys = {"access_key": KEY, "secret_key": SECRET}
    settings = {"region": REGION, "protocol": "HTTP", "endpoints": endpoints, **keys, **more}
    return open_alicloud({name: value for name, value in settings.items() if value is not None}, Path(), {})


def calls(cloud: Emulated) -> Mapping[str, int]:
    with urllib.request.urlopen(f"http://{cloud.authority}/stats") as answer:
        found: Mapping[str, int] = json.load(answer)["calls"]
    return found


def estate(vpcs: int, instances: int, linked: int) -> Record:
    """A world of so many VPCs, all enabled, and instances, of which the first are linked in turn."""
    ids = [f"vpc-{number:03}" for number in range(vpcs)]
    return {
        "format_version": "1.0",
        "account_id": "1001",
        "vpcs": [
            {"vpc_id": vpc_id, "account_id": "1001", "region_id": REGION, "cidr_block": "172.16.0.0/12",
             "classic_link_enabled": True}
            for vpc_id in ids
        ],
        "vswitches": [
            {"vswitch_id": f"vsw-{number:03}", "vpc_id": vpc_id, "cidr_block": "172.16.1.0/24"}
            for number, vpc_id in enumerate(ids)
        ],
        "instances": [
            {"instance_id": f"i-{number:05}", "account_id": "1001", "region_id": REGION, "network_type": "classic",
             "private_ip": f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"}
            for number in range(instances)
        ],
        "links": [{"instance_id": f"i-{number:05}", "vpc_id": ids[number % vpcs]} for number in range(linked)],
    }  # fmt: skip
