"""The security rule that `cl advise` offers, asked from the command line."""

from __future__ import annotations

from typing import Any

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, instance, vpc

HOME = {"account_id": "1001", "region_id": "cn-hangzhou"}
MYSQL = ("--protocol", "tcp", "--port", "3306")
RULE = """\
resource "classiclink_security_rule" "sg-web-to-sg-db" {
  security_group_id        = "sg-db"
  source_security_group_id = "sg-web"
  ip_protocol              = "tcp"
  port_range               = "3306/3306"
}
"""
FOR_TERRAFORM = """\
resource "alicloud_security_group_rule" "sg-cache" {
  type                       = "ingress"
  nic_type                   = "intranet"
  security_group_id          = "sg-cache"
  source_security_group_id   = "sg-web"
  ip_protocol                = "tcp"
  port_range                 = "3306/3306"
  source_group_owner_account = "1001"
}
"""


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A classic web server, a database in a VPC, and a classic cache that belongs to another account."""

    def group(name: str, **more: Any) -> dict[str, Any]:
        return {"security_group_id": name, **HOME, **more}

    desk.world(
        vpcs=[vpc("vpc-a", "172.16.0.0/12")],
        instances=[
            instance("i-web", "10.1.1.1", security_group_ids=["sg-web"]),
            instance("i-cache", "10.1.1.2", security_group_ids=["sg-cache"], account_id="1002"),
            instance("i-db", "172.16.1.9", network_type="vpc", vpc_id="vpc-a", security_group_ids=["sg-db"]),
        ],
        security_groups=[group("sg-web"), group("sg-db", vpc_id="vpc-a"), group("sg-cache", account_id="1002")],
    )
    desk.write(main__hcl=PROVIDER)
    return desk


def test_the_link_and_its_rule_are_offered_as_one_configuration(shop: Desk) -> None:
    offer = shop.cl("advise", "i-web", "i-db", *MYSQL, "--json", code=0).json["offer"]
    assert RULE in offer["hcl"]
    assert 'resource "classiclink_vpc"' in offer["hcl"]
    assert 'resource "classiclink_attachment"' in offer["hcl"]
    text = shop.cl("advise", "i-web", "i-db", *MYSQL, code=0).out
    assert "2. Let tcp 3306 from sg-web in: add a rule to sg-db." in text
    assert '\nresource "classiclink_security_rule" "sg-web-to-sg-db" {\n' in text
    shop.write(offer__hcl=offer["hcl"])
    shop.cl("fmt", "-check", "offer.hcl", code=0)


def test_a_rule_across_accounts_between_classic_groups_is_offered_for_terraform(shop: Desk) -> None:
    document = shop.cl("advise", "i-web", "i-cache", *MYSQL, "--json", code=0).json
    assert document["authorization"]["hcl"] == FOR_TERRAFORM
    assert document["offer"] is None
    text = " ".join(shop.cl("advise", "i-web", "i-cache", *MYSQL, code=0).out.split())
    assert "1. Add a cross-account authorization rule in the security group." in text
    assert 'In Terraform, with provider "alicloud" of the account 1002:' in text
    assert 'source_group_owner_account = "1001"' in text


def test_traffic_is_asked_about_for_two_ends_only(shop: Desk) -> None:
    asked = shop.cl("advise", "--from", "classic", "--to", "vpc", *MYSQL, code=64)
    assert "--protocol and --port need INSTANCE and TARGET." in asked.err


@pytest.mark.parametrize(("origin", "target"), [("i-web", "i-db"), ("i-db", "i-web")])
def test_what_is_offered_is_planned_and_applied_and_then_lets_that_in_and_no_more(
    shop: Desk, origin: str, target: str
) -> None:
    asked = ("reach", origin, target, *MYSQL, "--json")
    assert shop.cl(*asked, code=0).json["reachable"] is False
    shop.write(offer__hcl=shop.cl("advise", origin, target, *MYSQL, "--json", code=0).json["offer"]["hcl"])
    shop.cl("plan", "-out=plan.json", code=0)
    assert shop.cl(*asked, "--plan", "plan.json", code=0).json["reachable"] is True
    shop.cl("apply", "plan.json", code=0)
    assert shop.cl(*asked, code=0).json["reachable"] is True
    assert shop.cl("reach", origin, target, "--protocol", "tcp", "--port", "22", "--json").json["reachable"] is False
    assert "linked to vpc-a already" in shop.cl("advise", origin, target, *MYSQL, code=0).out


def test_a_rule_that_is_declared_is_not_offered_twice(shop: Desk) -> None:
    offer = shop.cl("advise", "i-web", "i-db", *MYSQL, "--json", code=0).json["offer"]
    shop.write(offer__hcl=offer["hcl"])
    document = shop.cl("advise", "i-web", "i-db", *MYSQL, "--json", code=0).json
    assert document["offer"] is None
    messages = [note["text"] for note in document["notes"]]
    assert any("classiclink_security_rule.sg-web-to-sg-db (offer.hcl line" in text for text in messages)


def test_only_the_rule_is_offered_for_a_link_that_stands(shop: Desk) -> None:
    offer = shop.cl("advise", "i-web", "i-db", *MYSQL, "--json", code=0).json["offer"]
    shop.write(offer__hcl=offer["hcl"].replace(RULE, ""))
    shop.cl("apply", "-auto-approve", code=0)
    rest = shop.cl("advise", "i-web", "i-db", *MYSQL, "--json", code=0).json
    assert [step["act"] for step in rest["solutions"][0]["steps"]] == ["authorize"]
    assert rest["offer"]["hcl"] == RULE
    shop.write(rule__hcl=rest["offer"]["hcl"])
    plan = " ".join(shop.cl("plan", "-out=plan.json", code=0).out.split())
    assert "Opens sg-web → sg-db (vpc-a): tcp 3306, 1 pair" in plan
    asked = ("reach", "i-web", "i-db", *MYSQL, "--json")
    assert shop.cl(*asked, code=0).json["reachable"] is False
    assert shop.cl(*asked, "--plan", "plan.json", code=0).json["reachable"] is True
