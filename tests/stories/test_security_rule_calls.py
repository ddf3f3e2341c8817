"""How few calls security rules take, and what becomes of them where calls fail, get lost or end with the process."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.desk import Desk
from support.grouped_estates import SHOP, group, rules_of, shop
from support.story_estates import PROVIDER, attach, enable, instance, vpc

WITH_FAULTS = PROVIDER.replace('"world.json"', '"world.json"\n  faults   = "faults.json"')


def log(desk: Desk) -> list[dict[str, Any]]:
    path = desk.directory / "calls.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def faults(desk: Desk, action: str, kind: str, **more: Any) -> None:
    (desk.directory / "faults.json").write_text(json.dumps([{"action": action, "kind": kind, **more}]))


def test_a_thousand_rules_in_ten_groups_are_ten_calls_and_none_comes_before_its_time(desk: Desk) -> None:
    names = [f"sg-{number}" for number in range(10)]
    desk.world(
        vpcs=[vpc("vpc-a")],
        instances=[instance(f"i-{n}", f"10.1.0.{n + 1}", security_group_ids=["sg-web"]) for n in range(20)],
        security_groups=[group("sg-web"), *(group(name, "vpc-a") for name in names)],
    )
    many = (
        "locals {\n  rules = merge([for g in range(10) : { for p in range(100) :"
        ' "${g}-${p}" => { group = "sg-${g}", port = 1000 + p } }]...)\n}\n'
        'resource "classiclink_security_rule" "many" {\n  for_each = local.rules\n'
        '  security_group_id = each.value.group\n  source_security_group_id = "sg-web"\n  ip_protocol = "tcp"\n'
        '  port_range = "${each.value.port}/${each.value.port}"\n}\n'
        'resource "classiclink_attachment" "web" {\n  for_each = toset([for n in range(20) : "i-${n}"])\n'
        '  instance_id = each.key\n  vpc_id = "vpc-a"\n}\n'
    )
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + many)
    desk.cl("apply", "--auto-approve", code=0)
    calls = log(desk)
    assert [call["action"] for call in calls][:11] == ["EnableVpcClassicLink"] + ["AuthorizeSecurityGroup"] * 10
    rules = [call["rules"] for call in calls if "rules" in call]
    assert (len(rules) <= 20, sum(rules)) == (True, 1000)
    desk.cl("plan", "--detailed-exitcode", code=0)
    desk.cl("destroy", "--auto-approve", "--accept-detach", "20", code=0)
    calls = log(desk)[len(calls) :]
    assert {call["action"] for call in calls[:20]} == {"DetachClassicLinkVpc"}
    rules = [call["rules"] for call in calls if "rules" in call]
    assert (len(rules) <= 20, sum(rules), calls[-1]["action"]) == (True, 1000, "DisableVpcClassicLink")


@pytest.mark.parametrize("kind", ["lost_reply", "not_done"])
def test_a_lost_reply_is_looked_up_and_only_what_is_not_there_is_asked_for_again(desk: Desk, kind: str) -> None:
    shop(desk)
    faults(desk, "AuthorizeSecurityGroup", kind, match={"security_group_id": "sg-db"}, nth=1)
    desk.write(main__hcl=SHOP.replace(PROVIDER, WITH_FAULTS))
    desk.cl("apply", "--auto-approve", code=0)
    outcomes = [call["outcome"] for call in log(desk) if call.get("security_group_id") == "sg-db"]
    assert outcomes == (["lost_reply"] if kind == "lost_reply" else ["not_done", "ok"])
    desk.cl("plan", "--detailed-exitcode", code=0)


@pytest.mark.parametrize("kind", ["crash_before", "crash_after"])
@pytest.mark.parametrize("action", ["AuthorizeSecurityGroup", "RevokeSecurityGroup", "ModifySecurityGroupRule"])
def test_a_process_that_dies_in_a_call_leaves_nothing_to_be_done_twice(desk: Desk, action: str, kind: str) -> None:
    shop(desk)
    declared = SHOP.replace(PROVIDER, WITH_FAULTS)
    desk.write(main__hcl=declared)
    after, again = declared, ["apply"]
    (desk.directory / "faults.json").write_text("[]")
    if action != "AuthorizeSecurityGroup":
        desk.cl("apply", "--auto-approve", code=0)
    if action == "ModifySecurityGroupRule":
        after = declared.replace("priority = 5", "priority = 8")
        desk.write(main__hcl=after)
    if action == "RevokeSecurityGroup":
        again = ["destroy"]
    faults(desk, action, kind, nth=1)
    assert desk.cl(*again, "--auto-approve").code not in (0, 1)
    (desk.directory / "faults.json").write_text("[]")
    desk.cl(*again, "--auto-approve", code=0)
    if action == "RevokeSecurityGroup":
        assert rules_of(desk, "sg-db") == rules_of(desk, "sg-web") == []
    else:
        desk.cl("plan", "--detailed-exitcode", code=0)
        assert desk.cl("drift", "--json", code=0).json["in_sync"]
    done = [(call["security_group_id"], call["outcome"]) for call in log(desk) if call["action"] == action]
    assert len(done) == len(set(done)), "nothing that was done is done again"


def test_a_refused_call_stops_what_needs_it_and_the_next_apply_goes_on(desk: Desk) -> None:
    shop(desk)
    faults(
        desk,
        "AuthorizeSecurityGroup",
        "error",
        match={"security_group_id": "sg-db"},
        code="Forbidden.RAM",
        message="no",
    )
    desk.write(main__hcl=SHOP.replace(PROVIDER, WITH_FAULTS))
    refused = desk.cl("apply", "--auto-approve", code=1)
    assert "Forbidden.RAM" in refused.out + refused.err
    assert desk.links() == {}
    assert desk.state_addresses() == ["classiclink_security_rule.ping", "classiclink_vpc.a"]
    (desk.directory / "faults.json").write_text("[]")
    desk.cl("apply", "--auto-approve", code=0)
    assert desk.links() == {"i-web": "vpc-a"}


def test_an_attach_waits_for_the_rules_of_its_own_groups_and_for_no_others(desk: Desk) -> None:
    shop(desk)
    world = {key: value for key, value in desk.read_world().items() if key not in ("format_version", "account_id")}
    world["security_groups"].append(group("sg-other"))
    world["instances"] += [
        instance("i-other", "10.1.0.2", security_group_ids=["sg-other"]),
        instance("i-unknown", "10.1.0.3"),
    ]
    desk.world(**world)
    more = attach("other", "i-other", "vpc-a") + attach("unknown", "i-unknown", "vpc-a")
    desk.write(main__hcl=SHOP + more)
    steps = desk.cl("plan", "--json", code=0).json["steps"]
    needs = {step.get("instance_id"): step["needs"] for step in steps if step["action"] == "attach"}
    assert needs == {"i-web": [1, 2, 3], "i-other": [1], "i-unknown": [1, 2, 3]}
