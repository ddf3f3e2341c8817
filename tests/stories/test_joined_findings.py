"""Many findings of one rule with one cause: people read one, with one remedy for all; programs read each."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from planner.documents.plan_head import plan_checksum
from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instance, instances, vpc

COUNT = 60
FLEET = """
resource "classiclink_attachment" "fleet" {
  for_each    = toset([for n in range(1, 61) : format("i-%04d", n)])
  instance_id = each.key
  vpc_id      = "vpc-a"
}
"""
ONE_BY_ONE = "".join(
    f'resource "classiclink_attachment" "i-{n:04d}" {{\n  instance_id = "i-{n:04d}"\n  vpc_id      = "vpc-a"\n}}\n'
    for n in range(1, COUNT + 1)
)
LACKING = "60 instances (i-0001, i-0002, i-0003 and 57 more): each has no route entry to 192.168.0.0/16"
IN_VSWITCH = (
    "60 instances (i-0001, i-0002, i-0003 and 57 more): each has a private address in the vSwitch vsw-1 "
    "(10.0.0.0/9) of vpc-a."
)


@pytest.fixture(params=[FLEET, ONE_BY_ONE], ids=["one-block", "many-blocks"])
def fleet(desk: Desk, request: pytest.FixtureRequest) -> Desk:
    """Sixty instances that lack the guest route to the VPC that they are to be linked to."""
    without = [{**one, "guest_routes": []} for one in instances(COUNT)]
    desk.world(vpcs=[vpc("vpc-a", "192.168.0.0/16")], instances=without)
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + str(request.param))
    return desk


@pytest.fixture
def shadowed(desk: Desk) -> Desk:
    """Sixty instances whose addresses lie in a vSwitch of the VPC."""
    vswitches = [
        {"vswitch_id": "vsw-1", "vpc_id": "vpc-a", "cidr_block": "10.0.0.0/9"},
        {"vswitch_id": "vsw-2", "vpc_id": "vpc-a", "cidr_block": "10.111.0.0/24"},
    ]
    desk.world(vpcs=[vpc("vpc-a", "10.0.0.0/8")], instances=instances(COUNT), vswitches=vswitches)
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + FLEET)
    return desk


def said(text: str) -> str:
    return " ".join(text.split())


def test_sixty_missing_guest_routes_are_one_finding_and_json_has_each(fleet: Desk) -> None:
    ended = fleet.cl("plan", code=1)
    assert said(ended.err).count(LACKING) == 1
    assert ended.err.count("CL107") == 2, "the finding, and the line that names its page"
    document = fleet.cl("plan", "--json", code=1).json
    assert [rule["rule"] for rule in document["rules"]] == ["CL107"] * COUNT
    assert [len(group["rules"]) for group in document["rule_groups"]] == [COUNT]
    every = fleet.cl("plan", "--every-step", code=1).err
    assert all(f"i-{n:04d} has no route entry" in said(every) for n in range(1, COUNT + 1))


def test_one_block_declares_all_missing_guest_routes_and_then_the_plan_is_legal(fleet: Desk) -> None:
    [group] = fleet.cl("plan", "--json", code=1).json["rule_groups"]
    [snippet] = group["snippets"]
    block = group["remedy"][snippet["start"] : snippet["end"]]
    assert 'resource "classiclink_guest_route"' in block
    assert "for_each" in block
    fleet.write(routes__hcl=block + "\n")
    fleet.cl("fmt", "-check", code=0)
    fleet.cl("apply", "-auto-approve", code=0)
    fleet.cl("drift", code=0)


def test_every_report_for_people_joins_what_has_one_cause(fleet: Desk) -> None:
    formats = ("markdown", "html", "github")
    fleet.cl("plan", *(word for one in formats for word in ("-o", f"{one}=plan.{one}")), code=1)
    pages = {one: (fleet.directory / f"plan.{one}").read_text(encoding="utf-8") for one in formats}
    for one, page in pages.items():
        assert said(page).count(LACKING) == 1, one
        assert page.count("for_each = toset([") == (1 if one != "github" else pages[one].count("::error")), one
    assert len(re.findall("^::error ", pages["github"], re.MULTILINE)) == 1


def test_reports_for_programs_have_each_finding(fleet: Desk) -> None:
    fleet.cl("plan", "-o", "sarif=plan.sarif", "-o", "junit=plan.xml", code=1)
    [run] = json.loads((fleet.directory / "plan.sarif").read_text(encoding="utf-8"))["runs"]
    assert len(run["results"]) == COUNT
    assert (fleet.directory / "plan.xml").read_text(encoding="utf-8").count("<testcase ") >= COUNT


def test_sixty_addresses_in_one_vswitch_are_one_warning(shadowed: Desk) -> None:
    ended = shadowed.cl("plan", code=0)
    assert said(ended.err).count(IN_VSWITCH) == 1
    shadowed.cl("plan", "-o", "github=plan.github", code=0)
    annotations = (shadowed.directory / "plan.github").read_text(encoding="utf-8").splitlines()
    assert sum("CL402" in line for line in annotations) == 1


def test_what_is_waived_is_joined_without_a_remedy(shadowed: Desk) -> None:
    waiver = (
        'cl {\n  limits {\n    waive "CL402" {\n      reason = "agreed"\n      until  = "2999-01-01"\n    }\n  }\n}\n'
    )
    shadowed.write(limits__hcl=waiver)
    ended = shadowed.cl("plan", code=0)
    assert said(ended.out + ended.err).count(IN_VSWITCH) == 1
    assert "To fix: Link the instance" not in ended.out + ended.err


def test_a_group_of_findings_that_there_are_not_makes_a_plan_no_plan(fleet: Desk) -> None:
    document = fleet.cl("plan", "--json", code=1).json
    document["rule_groups"][0]["rules"].append(COUNT)
    document["checksum"] = plan_checksum(document)
    fleet.write(plan__json=json.dumps(document))
    ended = fleet.cl("show", "plan.json", code=1)
    assert "rule_groups" in ended.err
    assert "the place of an entry of rules" in said(ended.err)


MIXED = """
resource "classiclink_attachment" "fleet" {
  for_each    = toset([for n in range(100, 160) : "i-${n}"])
  instance_id = each.key
  vpc_id      = "vpc-a"
}
"""


def test_instances_of_one_block_that_break_a_rule_in_one_way_are_one_finding(desk: Desk) -> None:
    """Of another account, region or network, with another status, locked, or not there at all."""
    kinds: list[dict[str, Any]] = [
        {"account_id": "1002"},
        {"region_id": "cn-beijing"},
        {"network_type": "vpc", "vpc_id": "vpc-a"},
        {"status": "Starting"},
        {"operation_locks": ["financial"]},
    ]
    found = [instance(f"i-{n}", f"10.1.1.{n}", **kinds[n // 10 - 10]) for n in range(100, 150)]
    desk.world(vpcs=[vpc("vpc-a", classic_link_enabled=True)], instances=found)
    desk.write(main__hcl=PROVIDER + MIXED)
    document = desk.cl("plan", "--json", code=1).json
    rules = document["rules"]
    joined = [(rules[group["rules"][0]]["rule"], len(group["rules"])) for group in document["rule_groups"]]
    assert sorted(joined) == [("CL201", 10), ("CL203", 10), ("CL204", 10), ("CL205", 10), ("CL205", 10), ("CL206", 10)]
    ended = desk.cl("plan", code=1)
    assert "10 instances (i-100, i-101, i-102 and 7 more): each belongs to account 1002" in said(ended.err)
    assert 'set "status" of i-130, i-131, i-132, i-133, i-134 and 5 more to "Running"' in said(ended.err)
    assert "Or leave all of classiclink_attachment.fleet out for now: cl plan --exclude" in said(ended.err)
    every = said(desk.cl("plan", "--every-step", code=1).err)
    assert all(f"i-{n} was not found." in every for n in range(150, 160))


def test_instances_of_two_blocks_that_are_not_there_have_no_common_cause(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a", classic_link_enabled=True)], instances=[])
    desk.write(main__hcl=PROVIDER + attach("one", "i-first", "vpc-a") + attach("two", "i-second", "vpc-a"))
    assert "rule_groups" not in desk.cl("plan", "--json", code=1).json
    assert desk.cl("plan", code=1).err.count("Instance not found") == 2


def test_few_instances_that_wait_are_left_out_each_by_its_address(desk: Desk) -> None:
    starting = [instance(f"i-{n}", f"10.1.1.{n}", status="Starting") for n in (1, 2)]
    desk.world(vpcs=[vpc("vpc-a", classic_link_enabled=True)], instances=[*starting, instance("i-3", "10.1.1.3")])
    three = MIXED.replace('[for n in range(100, 160) : "i-${n}"]', '["i-1", "i-2", "i-3"]')
    desk.write(main__hcl=PROVIDER + three)
    document = desk.cl("plan", "--json", code=1).json
    [group] = document["rule_groups"]
    command = group["commands"][-1]["argv"]
    assert desk.cl(*command[1:], "--json", code=0).json["summary"]["add"] == 1
