"""Readings of the cloud that fail: tried again where that may help, and said to be incomplete where it does not."""

from __future__ import annotations

import json

import pytest

from support.clouds import BOTH_CLOUDS
from support.desk import Desk

pytestmark = BOTH_CLOUDS

MAIN = """
provider "mock" {
  world  = "world.json"
  faults = "faults.json"
}

resource "classiclink_vpc" "c" {
  vpc_id = "vpc-c"
}
"""
READS = [
    "DescribeVpcs",
    "DescribeInstances",
    "DescribeVSwitches",
    "DescribeRouteEntryList",
    "DescribeClassicLinkInstances",
]


@pytest.mark.parametrize("command", [("plan",), ("drift",), ("import", "--all")])
def test_every_read_may_be_throttled_once(desk: Desk, command: tuple[str, ...]) -> None:
    vpc = {"vpc_id": "vpc-c", "account_id": "1001", "region_id": "cn-hangzhou", "cidr_block": "172.18.0.0/16"}
    desk.world(vpcs=[vpc], vswitches=[], route_entries=[], instances=[], cloud_resources=[], links=[])
    faults = [{"action": action, "kind": "throttle", "nth": 1} for action in READS]
    desk.write(main__hcl=MAIN, faults__json=json.dumps(faults))
    assert "hrottl" not in desk.cl(*command).err
    assert desk.cl(*command).code != 3
