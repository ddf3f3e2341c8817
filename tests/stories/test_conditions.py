"""Conditions that do not hold, and the commands that must go on all the same."""

from __future__ import annotations

import pytest

from support.desk import Desk

MAIN = """
provider "mock" {
  world = "world.json"
}

variable "ok" {
  default = true
}

resource "classiclink_vpc" "c" {
  vpc_id = "vpc-c"
  lifecycle {
    postcondition {
      condition     = self.cidr_block == "172.18.0.0/16"
      error_message = "The range has changed."
    }
  }
}

output "o" {
  value     = sha256("x")
  sensitive = true
  precondition {
    condition     = var.ok
    error_message = "Not now."
  }
}
"""


@pytest.fixture
def applied(desk: Desk) -> Desk:
    vpc = {"vpc_id": "vpc-c", "account_id": "1001", "region_id": "cn-hangzhou", "cidr_block": "172.18.0.0/16"}
    desk.world(vpcs=[vpc], vswitches=[], route_entries=[], instances=[], cloud_resources=[], links=[])
    desk.write(main__hcl=MAIN)
    desk.cl("apply", "-auto-approve", code=0)
    return desk


def change_range(desk: Desk) -> None:
    world = desk.read_world()
    world["vpcs"][0]["cidr_block"] = "172.19.0.0/16"
    desk.world(**world)


def test_a_condition_stops_a_plan_that_changes_the_cloud(applied: Desk) -> None:
    assert "Not now." in applied.cl("plan", "-var", "ok=false", code=1).err
    change_range(applied)
    assert "The range has changed." in applied.cl("apply", "-auto-approve", code=1).err


@pytest.mark.parametrize(
    "command",
    [("plan", "-destroy"), ("plan", "-refresh-only"), ("plan", "-drain", "vpc-c"), ("destroy", "-auto-approve"),
     ("refresh", "-auto-approve")],
)  # fmt: skip
def test_a_condition_warns_where_the_plan_removes_or_looks(applied: Desk, command: tuple[str, ...]) -> None:
    change_range(applied)
    ended = applied.cl(*command, "-var", "ok=false", code=0)
    assert "Not now." in ended.out + ended.err
    assert "The range has changed." in ended.out + ended.err


def test_a_condition_warns_in_drift(applied: Desk) -> None:
    change_range(applied)
    ended = applied.cl("drift", "-var", "ok=false", code=2)
    assert "Not now." in ended.err
    assert "The range has changed." in ended.err
    assert "172.19.0.0/16" in ended.out
