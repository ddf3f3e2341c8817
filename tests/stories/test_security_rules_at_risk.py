"""Security rules where the cloud says nothing of groups, and where an apply ends too early."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from planner.documents.plan_head import plan_checksum
from support.desk import Desk
from support.grouped_estates import DB_RULE, SHOP, group, rule, rules_of, shop, world_rule
from support.story_estates import PROVIDER, enable


def change_world(desk: Desk, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the cloud from outside."""
    world = {name: part for name, part in desk.read_world().items() if name not in ("format_version", "account_id")}
    change(world)
    desk.world(**world)


def add_rule(desk: Desk, found: dict[str, Any]) -> None:
    """Add a rule to the group of the database, from outside."""
    change_world(desk, lambda world: world["security_groups"][1]["rules"].append(found))


def test_rules_of_groups_that_the_cloud_says_nothing_of_are_unknown_and_not_missing(desk: Desk) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP)
    desk.cl("apply", "--auto-approve", code=0)
    change_world(desk, lambda world: world.pop("security_groups"))
    report = desk.cl("drift", "--json", code=3).json
    assert {(item["bucket"], item["type"]) for item in report["items"]} == {("unknown", "classiclink_security_rule")}
    planned = desk.cl("plan", code=3).out
    assert "the state has rules of security groups, which the provider does not support" in " ".join(planned.split())
    calls = desk.calls()
    refused = desk.cl("destroy", "--auto-approve", code=3)
    assert "PRV311" in refused.err
    assert desk.calls() == calls


@pytest.mark.parametrize("kind", ["crash_before", "crash_after"])
def test_after_a_crash_the_state_has_the_names_of_all_rules_that_were_added(desk: Desk, kind: str) -> None:
    fault = {"action": "AuthorizeSecurityGroup", "nth": 2, "kind": kind}
    shop(desk)
    desk.write(
        faults__json=json.dumps([fault]),
        main__hcl=SHOP.replace('"calls.jsonl"\n', '"calls.jsonl"\n  faults   = "faults.json"\n'),
    )
    desk.cl("apply", "--auto-approve", code=-9)
    desk.write(faults__json="[]")
    desk.cl("apply", "--auto-approve", code=0)
    named = {one["rule_id"] for group_id in ("sg-db", "sg-web") for one in rules_of(desk, group_id)}
    shown = desk.cl("show", code=0).out
    assert all(f'"{name}"' in shown for name in named)
    desk.cl("plan", "--detailed-exitcode", code=0)


@pytest.mark.both_clouds
def test_a_plan_after_a_crash_looks_up_the_rules_that_were_under_way(desk: Desk) -> None:
    fault = {"action": "AuthorizeSecurityGroup", "kind": "crash_after"}
    shop(desk, enabled=True)
    with_faults = PROVIDER.replace("}\n", '  faults = "faults.json"\n}\n') + enable("a", "vpc-a")
    desk.write(faults__json=json.dumps([fault]), main__hcl=with_faults + DB_RULE)
    desk.cl("apply", "--auto-approve", code=-9)
    desk.write(faults__json="[]")
    planned = desk.cl("plan", code=0)
    assert "authorize tcp 3306/3306 from sg-web to sg-db: done" in " ".join((planned.out + planned.err).split())
    assert desk.cl("plan", "--json", code=0).json["steps"] == []


def test_a_plan_of_a_new_rule_that_was_made_without_a_look_at_its_groups_is_not_applied(desk: Desk) -> None:
    shop(desk, enabled=True)
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a"))
    desk.cl("apply", "--auto-approve", code=0)
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + DB_RULE)
    desk.cl("plan", "--refresh=false", "--out", "p", code=0)
    refused = " ".join(desk.cl("apply", "p", code=1).err.split())
    assert "does not say which VPC it is for; its groups belong to vpc-a." in refused
    assert "CL503" not in refused
    assert "cl plan --out p" in refused
    assert rules_of(desk, "sg-db") == []


@pytest.mark.both_clouds
def test_what_is_taken_back_is_the_rule_as_it_is(desk: Desk) -> None:
    shop(desk, enabled=True)
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + DB_RULE)
    desk.cl("apply", "--auto-approve", code=0)
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a"))
    (item,) = desk.cl("drift", "--json", code=0).json["items"]
    (offered,) = [way for way in item["remedy"] if way.startswith("take back")]
    pasted = item["snippets"][item["remedy"].index(offered)][0]
    desk.write(more__hcl=offered[pasted["start"] : pasted["end"]] + "\n")
    document = desk.cl("plan", "--json", code=0).json
    assert (document["steps"], document["summary"]["readdress"]) == ([], 0), "where the state has it"
    desk.cl("apply", "--auto-approve", code=0)
    assert desk.cl("drift", "--strict", "--json", code=0).json["items"] == []


def test_a_rule_that_another_process_added_first_is_remembered_as_the_cloud_has_it(desk: Desk) -> None:
    shop(desk, enabled=True)
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + DB_RULE)
    desk.cl("plan", "--out", "p", code=0)
    add_rule(desk, world_rule("sg-web", "3306/3306", priority=9, description="theirs"))
    desk.cl("apply", "p", code=0)
    assert "theirs" in desk.cl("state", "show", "classiclink_security_rule.db", code=0).out
    planned = desk.cl("plan", code=0).out
    assert "priority: 9 → 5" in planned
    assert "Changed outside" not in planned


def test_a_rule_whose_group_is_gone_cannot_be_restored_by_an_apply(desk: Desk) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP)
    desk.cl("apply", "--auto-approve", code=0)

    def remove(world: dict[str, Any]) -> None:
        world["security_groups"] = [group("sg-web")]
        world["instances"][1]["security_group_ids"] = []

    change_world(desk, remove)
    items = desk.cl("drift", "--json", code=2).json["items"]
    rules = [item for item in items if item["type"] == "classiclink_security_rule"]
    assert all("the security group sg-db no longer exists" in str(item) for item in rules)
    assert not any("restore" in way for item in rules for way in item["remedy"])


@pytest.mark.both_clouds
@pytest.mark.parametrize("action", ["modify_security_rule", "revoke_security_rule"])
def test_a_plan_that_names_the_rule_of_others_is_refused(desk: Desk, action: str) -> None:
    shop(desk, world_rule("sg-web", "22/22", rule_id="sgr-theirs", priority=1), enabled=True)
    before = PROVIDER + enable("a", "vpc-a")
    desk.write(main__hcl=before + DB_RULE)
    desk.cl("apply", "--auto-approve", code=0)
    changed = DB_RULE.replace("priority = 5", "priority = 6") if action.startswith("modify") else ""
    desk.write(main__hcl=before + changed)
    desk.cl("plan", "--out", "p", code=0)
    document = json.loads((desk.directory / "p").read_text())
    (step,) = document["steps"]
    assert step["action"] == action
    step["security_group_rule_id"] = "sgr-theirs"
    desk.write(p=json.dumps({**document, "checksum": plan_checksum(document)}))
    refused = desk.cl("apply", "p", code=1).err
    assert "names sgr-theirs, which is sg-db:sg-web:tcp:22/22:accept" in " ".join(refused.split())
    theirs, ours = rules_of(desk, "sg-db")
    assert (theirs["rule_id"], theirs["priority"], ours["priority"]) == ("sgr-theirs", 1, 5)


@pytest.mark.both_clouds
@pytest.mark.parametrize(
    ("fact", "code", "says"),
    [
        ({"service_managed": True}, "InvalidOperation.ResourceManagedByCloudProduct", "let the service make it"),
        ({"type": "enterprise"}, "InvalidGroupAuthParameter.OperationDenied", "Correct the cause"),
    ],
)
def test_a_rule_in_a_group_that_cannot_be_edited_keeps_its_settings(
    desk: Desk, fact: dict[str, Any], code: str, says: str
) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP)
    desk.cl("apply", "--auto-approve", code=0)
    change_world(desk, lambda world: world["security_groups"][1].update(fact))
    desk.write(main__hcl=SHOP.replace("priority = 5", "priority = 6"))
    refused = " ".join(desk.cl("apply", "--auto-approve", code=1).err.split())
    assert "modify tcp 3306/3306 from sg-web to sg-db, was refused by the cloud" in refused
    assert code in refused
    assert says in refused
    assert rules_of(desk, "sg-db")[0]["priority"] == 5
    desk.write(main__hcl=PROVIDER)
    assert "CL505" in desk.cl("plan", code=1).out, "it can be removed as little"


@pytest.mark.parametrize(
    ("block", "says"),
    [
        (rule("x", "sg-db", "sg-web", more="  priority = 1e5000\n"), f"1{'0' * 39}… is not a priority"),
        (rule("x", "sg-db", "sg-web", more="  priority = 1e-9\n"), "is not a priority"),
        (rule("x", "sg-db", "sg-web", more="  policy = 1e5000\n"), f'"1{"0" * 39}…" in policy is not one of'),
        (rule("x", "sg-db", "sg-web", "9" * 5_000), f'"{"9" * 40}…" is not a port range'),
    ],
)
def test_a_value_of_very_many_digits_is_refused_and_shown_short(desk: Desk, block: str, says: str) -> None:
    desk.write(main__hcl=PROVIDER + block)
    assert says in " ".join(desk.cl("validate", code=1).out.split())
