"""Data that cannot be read: what hangs on it is left out and named, and nothing of it is destroyed."""

from __future__ import annotations

import json

import pytest

from support.desk import Desk

MAIN = """
provider "mock" {
  world  = "world.json"
  faults = "faults.json"
}

data "classiclink_instances" "shop" {
  tags = { app = "shop" }
}

resource "classiclink_vpc" "c" {
  vpc_id = "vpc-c"
}

%s

output "ids" {
  value = data.classiclink_instances.shop.ids
}
"""
LINKS = {
    "for_each": """
resource "classiclink_attachment" "web" {
  for_each    = toset(data.classiclink_instances.shop.ids)
  instance_id = each.key
  vpc_id      = classiclink_vpc.c.vpc_id
}
""",
    "count": """
resource "classiclink_attachment" "web" {
  count       = length(data.classiclink_instances.shop.ids)
  instance_id = data.classiclink_instances.shop.ids[count.index]
  vpc_id      = classiclink_vpc.c.vpc_id
}
""",
    "an argument": """
resource "classiclink_attachment" "web" {
  for_each    = toset(["0", "1"])
  instance_id = data.classiclink_instances.shop.ids[tonumber(each.key)]
  vpc_id      = classiclink_vpc.c.vpc_id
}
""",
    "a module": """
module "web" {
  for_each = toset(data.classiclink_instances.shop.ids)
  source   = "./web"
  id       = each.key
}
""",
}
MODULE = """
variable "id" {}

resource "classiclink_attachment" "it" {
  instance_id = var.id
  vpc_id      = "vpc-c"
}
"""
DENIED = {"action": "DescribeInstances", "kind": "error", "code": "Forbidden.RAM", "message": "User not authorized."}


@pytest.fixture(params=LINKS.values(), ids=list(LINKS))
def shop(desk: Desk, request: pytest.FixtureRequest) -> Desk:
    home = {"account_id": "1001", "region_id": "cn-hangzhou"}
    desk.world(
        vpcs=[{"vpc_id": "vpc-c", "cidr_block": "172.18.0.0/16", **home}],
        vswitches=[],
        route_entries=[],
        instances=[{"instance_id": f"i-{n}", "network_type": "classic", "private_ip": f"10.1.2.{n}",
                    "tags": {"app": "shop"}, **home} for n in (1, 2)],
        cloud_resources=[],
        links=[],
    )  # fmt: skip
    (desk.directory / "web").mkdir()
    (desk.directory / "web" / "main.hcl").write_text(MODULE)
    desk.write(main__hcl=MAIN % request.param, faults__json="[]")
    desk.cl("apply", "-auto-approve", code=0)
    return desk


def deny(desk: Desk, **match: str) -> None:
    desk.write(faults__json=json.dumps([{**DENIED, "match": match}]))


@pytest.mark.parametrize("match", [{}, {"instance_id": "i-2"}])
def test_a_plan_is_incomplete_and_destroys_nothing_that_hangs_on_unread_data(shop: Desk, match: dict[str, str]) -> None:
    deny(shop, **match)
    plan = shop.cl("plan", "-json", code=3).json
    assert not plan["complete"]
    assert [entry["kind"] for entry in plan["unread"]] == ["instances"]
    assert plan["steps"] == []
    assert plan["resource_changes"] == []
    assert plan["output_changes"] == {}
    left_out = [found["detail"] for found in plan["diagnostics"] if found["code"] == "CFG332"]
    assert "data.classiclink_instances.shop could not be read: DescribeInstances: Forbidden.RAM" in left_out[0]
    assert "stay" in left_out[0]
    shop.cl("apply", "-auto-approve", code=3)
    assert shop.links() == {"i-1": "vpc-c", "i-2": "vpc-c"}


def test_drift_is_incomplete_and_does_not_call_undeclared_what_hangs_on_unread_data(shop: Desk) -> None:
    deny(shop)
    drift = shop.cl("drift", "-json", code=3).json
    assert not drift["complete"]
    assert drift["summary"]["unmanaged"] == 0


def test_a_destroy_says_what_could_not_be_read(shop: Desk) -> None:
    deny(shop)
    assert "Forbidden.RAM" in shop.cl("plan", "-destroy").out


def test_without_a_refresh_the_state_is_enough(shop: Desk) -> None:
    deny(shop)
    plan = shop.cl("plan", "-refresh=false", "-json", code=0).json
    assert plan["steps"] == []
    assert plan["output_changes"] == {}
    steps = shop.cl("plan", "-destroy", "-refresh=false", "-json", code=0).json["steps"]
    assert [step["action"] for step in steps] == ["detach", "detach", "disable_classic_link"]
    shop.write(faults__json="[]")
    shop.cl("destroy", "-refresh=false", "-auto-approve", code=0)
    assert shop.links() == {}


def test_links_that_cannot_be_read_are_where_the_state_has_them(desk: Desk) -> None:
    home = {"account_id": "1001", "region_id": "cn-hangzhou"}
    desk.world(
        vpcs=[{"vpc_id": "vpc-c", "cidr_block": "172.18.0.0/16", "classic_link_enabled": True, **home}],
        instances=[{"instance_id": "i-1", "network_type": "classic", "private_ip": "10.1.2.1", **home}],
    )
    link = 'resource "classiclink_attachment" "web" {\n  instance_id = "i-1"\n  vpc_id = "vpc-c"\n}\n'
    desk.write(main__hcl=MAIN.split("data", 1)[0] + link, faults__json="[]")
    desk.cl("apply", "-auto-approve", code=0)
    denied = {"action": "DescribeClassicLinkInstances", "kind": "error", "code": "Forbidden.RAM", "message": "No."}
    desk.write(faults__json=json.dumps([denied]))
    plan = desk.cl("plan", "-destroy", "-json", code=3).json
    assert [step["action"] for step in plan["steps"]] == ["detach"]
    assert plan["reachability"]["counts"]["closed"]["instances"] == 1
    desk.cl("destroy", "-auto-approve", code=3)
    assert desk.links() == {"i-1": "vpc-c"}
