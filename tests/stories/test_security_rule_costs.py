"""What security rules cost on a real cloud: few calls to write them, few to read them, none where there are none."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from support.clouds import EmulatedDesk
from support.grouped_estates import PING_RULE, SHOP, group, rules_of, shop, world_rule
from support.story_estates import PROVIDER, attach, enable, vpc

WRITES = ("AuthorizeSecurityGroup", "RevokeSecurityGroup", "ModifySecurityGroupRule")
LISTING, RULES = "DescribeSecurityGroups", "DescribeSecurityGroupAttribute"
NOTHING: Mapping[str, int] = {}
THOUSAND = """
resource "classiclink_security_rule" "all" {
  for_each = merge([
    for g in range(10) : { for n in range(100) : format("%d-%03d", g, n) => { group = g, port = 1000 + n } }
  ]...)

  security_group_id        = format("sg-%d", each.value.group)
  source_security_group_id = "sg-web"
  ip_protocol              = "tcp"
  port_range               = format("%d/%d", each.value.port, each.value.port)
}
"""


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[EmulatedDesk]:
    desk = EmulatedDesk(tmp_path)
    yield desk
    desk.close()


def since(desk: EmulatedDesk, before: Mapping[str, int] = NOTHING) -> Counter[str]:
    """The calls about security groups since then."""
    found = Counter(desk.api_calls())
    found.subtract(before)
    return Counter({name: count for name, count in found.items() if count and "SecurityGroup" in name})


def test_a_thousand_rules_in_ten_groups_are_written_in_ten_calls_and_read_in_one_a_group(desk: EmulatedDesk) -> None:
    groups = [group(f"sg-{number}", "vpc-a") for number in range(10)]
    desk.world(vpcs=[vpc("vpc-a", classic_link_enabled=True)], security_groups=[group("sg-web"), *groups])
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + THOUSAND)
    desk.cl("plan", "--out", "plan.json", "--summary", code=0)
    assert since(desk) == {LISTING: 1, RULES: 11}
    before = desk.api_calls()
    desk.cl("apply", "plan.json", code=0)
    applied = since(desk, before)
    # The groups are read before the first step, each after its call, and at the end for the names of the rules.
    assert applied == {LISTING: 1, RULES: 11 + 10 + 10, "AuthorizeSecurityGroup": 10}
    before = desk.api_calls()
    desk.cl("plan", "--detailed-exitcode", "--summary", code=0)
    assert since(desk, before) == {LISTING: 1, RULES: 11}
    before = desk.api_calls()
    desk.cl("destroy", "--auto-approve", code=0)
    assert since(desk, before)["RevokeSecurityGroup"] <= 20
    assert all(not one["rules"] for one in desk.read_world()["security_groups"])


def test_an_estate_of_links_asks_for_no_group(desk: EmulatedDesk) -> None:
    shop(desk)
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + attach("web", "i-web", "vpc-a"))
    desk.cl("apply", "--auto-approve", code=0)
    desk.cl("plan", "--detailed-exitcode", code=0)
    desk.cl("drift", code=0)
    desk.cl("refresh", "--auto-approve", code=0)
    desk.cl("destroy", "--auto-approve", code=0)
    assert not since(desk)


def amid_others(desk: EmulatedDesk) -> None:
    """The shop, in a region with more groups than the API lists a call."""
    shop(desk)
    world = desk.read_world()
    world["security_groups"] += [group(f"sg-{number}") for number in range(120)]
    desk.world(**{key: value for key, value in world.items() if key not in ("format_version", "account_id")})


def test_the_groups_of_rules_are_read_and_no_others(desk: EmulatedDesk) -> None:
    amid_others(desk)
    desk.write(main__hcl=SHOP)
    desk.cl("plan", "--out", "plan.json", code=0)
    assert since(desk) == {LISTING: 1, RULES: 2}
    before = desk.api_calls()
    desk.cl("apply", "plan.json", code=0)
    applied = since(desk, before)
    assert applied[LISTING] == 1
    assert applied[RULES] == 2 + 2 + 2, "before the first step, after each of two calls, and at the end"
    for command in (("plan", "--detailed-exitcode"), ("drift",), ("plan", "--destroy")):
        before = desk.api_calls()
        desk.cl(*command, code=0)
        assert since(desk, before) == {LISTING: 1, RULES: 2}
    desk.cl("state", "rm", "classiclink_security_rule.db", code=0)
    before = desk.api_calls()
    desk.cl("import", "classiclink_security_rule.db", "sg-db:sg-web:tcp:3306/3306:accept", code=0)
    assert since(desk, before) == {LISTING: 1, RULES: 2}


def test_all_groups_are_read_where_they_are_listed_or_may_have_unmanaged_rules(desk: EmulatedDesk) -> None:
    amid_others(desk)
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + 'data "classiclink_security_groups" "all" {}\n' + PING_RULE)
    desk.cl("plan", code=0)
    assert since(desk) == {LISTING: 2, RULES: 122}
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a"))
    desk.cl("apply", "--auto-approve", code=0)
    world = desk.read_world()
    world["security_groups"][1]["rules"] = [world_rule("sg-web", "22/22")]
    desk.world(**{key: value for key, value in world.items() if key not in ("format_version", "account_id")})
    desk.cl("apply", "--drain", "vpc-a", "--include-unmanaged", "--auto-approve", code=0)
    assert rules_of(desk, "sg-db") == []


def test_what_is_known_of_a_group_only_counts_in_the_configuration(desk: EmulatedDesk) -> None:
    amid_others(desk)
    uses = (
        PING_RULE.replace('ip_protocol = "icmp"', 'ip_protocol = "icmp"\n  lifecycle {\n    postcondition {\n'
                          '      condition = self.region_id == "cn-hangzhou"\n'
                          '      error_message = "Elsewhere."\n    }\n  }')
        + 'resource "classiclink_vpc" "of_rules" {\n'
        + "  for_each = toset([classiclink_security_rule.ping.vpc_id])\n  vpc_id = each.key\n}\n"
    )  # fmt: skip
    desk.write(main__hcl=PROVIDER + uses)
    desk.cl("apply", "--auto-approve", code=0)
    desk.cl("plan", "--detailed-exitcode", code=0)
    assert desk.state_addresses() == ["classiclink_security_rule.ping", 'classiclink_vpc.of_rules["vpc-a"]']


def test_rules_that_no_block_declares_any_more_are_read_by_their_groups(desk: EmulatedDesk) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP)
    desk.cl("apply", "--auto-approve", code=0)
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + attach("web", "i-web", "vpc-a"))
    before = desk.api_calls()
    planned = desk.cl("plan", "--json", code=0).json
    assert [step["action"] for step in planned["steps"]] == ["revoke_security_rule"] * 2
    assert since(desk, before) == {LISTING: 1, RULES: 2}
    assert {item["bucket"] for item in desk.cl("drift", "--json").json["items"]} == {"pending"}
    desk.cl("apply", "--auto-approve", code=0)
    before = desk.api_calls()
    desk.cl("plan", "--detailed-exitcode", code=0)
    assert not since(desk, before)
    assert rules_of(desk, "sg-db") == rules_of(desk, "sg-web") == []


def test_rules_that_may_not_be_read_are_unread_but_links_are_still_planned(desk: EmulatedDesk) -> None:
    shop(desk)
    denied = {"kind": "error", "code": "Forbidden.RAM", "message": "User not authorized."}
    desk.write(faults__json=json.dumps([{"action": LISTING, **denied}]))
    block = PROVIDER.replace("}", '  faults = "faults.json"\n}')
    desk.write(main__hcl=block + enable("a", "vpc-a") + PING_RULE)
    planned = desk.cl("plan", code=3)
    said = " ".join((planned.out + planned.err).split())
    assert f"ecs:{LISTING}" in said
    assert "enable ClassicLink on vpc-a" in said
