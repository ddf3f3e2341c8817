"""The description of a security rule, which a cloud changes and does not remove."""

from __future__ import annotations

import pytest

from support.clouds import BOTH_CLOUDS
from support.desk import Desk
from support.grouped_estates import rule, rules_of, shop, world_rule
from support.story_estates import PROVIDER, enable

pytestmark = BOTH_CLOUDS

BEFORE = PROVIDER + enable("a", "vpc-a")


def block(more: str = "") -> str:
    return rule("db", "sg-db", "sg-web", "22/22", more)


def described(text: str) -> str:
    return block(f'  description = "{text}"\n')


def description(desk: Desk) -> str:
    (found,) = rules_of(desk, "sg-db")
    return str(found.get("description", ""))


@pytest.mark.parametrize("without", [block(), described("")], ids=["left out", "empty"])
def test_a_description_that_is_no_longer_declared_stays_and_the_plan_says_so(desk: Desk, without: str) -> None:
    shop(desk, enabled=True)
    desk.write(main__hcl=BEFORE + described("the shop"))
    desk.cl("apply", "--auto-approve", code=0)
    desk.write(main__hcl=BEFORE + without)
    planned = desk.cl("plan", "--detailed-exitcode", code=0)
    said = " ".join((planned.out + planned.err).split())
    assert 'classiclink_security_rule.db has the description "the shop", and none is declared.' in said
    assert "CL916" in said
    remedy = desk.cl("plan", "--json").json["diagnostics"][0]["remedy"]
    assert 'description = "the shop"' in remedy
    assert "cl apply --replace classiclink_security_rule.db" in remedy
    assert desk.cl("drift", "--json", code=0).json["in_sync"]
    desk.write(main__hcl=BEFORE + without.replace("}\n", "  priority = 3\n}\n"))
    desk.cl("apply", "--auto-approve", code=0)
    (found,) = rules_of(desk, "sg-db")
    assert (found["priority"], found["description"]) == (3, "the shop")
    replaced = desk.cl("apply", "--replace", "classiclink_security_rule.db", "--auto-approve", code=0)
    assert "CL916" not in replaced.out + replaced.err
    assert description(desk) == ""
    assert "CL916" not in desk.cl("plan", "--detailed-exitcode", code=0).out


def test_a_rule_is_adopted_with_the_description_that_it_has(desk: Desk) -> None:
    shop(desk, world_rule("sg-web", "22/22", description="by hand"), enabled=True)
    desk.write(main__hcl=BEFORE + block())
    document = desk.cl("plan", "--json", code=0).json
    assert (document["steps"], document["summary"]["import"]) == ([], 2)
    assert [problem["code"] for problem in document["diagnostics"]] == ["CL916"]
    desk.cl("apply", "--auto-approve", code=0)
    assert "by hand" in desk.cl("state", "show", "classiclink_security_rule.db", code=0).out
    assert desk.cl("plan", "--json", "--detailed-exitcode", code=0).json["resource_drift"] == []
    desk.write(main__hcl=BEFORE + block("  lifecycle {\n    ignore_changes = [description]\n  }\n"))
    assert desk.cl("plan", "--json", "--detailed-exitcode", code=0).json["diagnostics"] == []


def test_a_description_that_was_given_by_hand_is_accepted_and_not_restored(desk: Desk) -> None:
    shop(desk, enabled=True)
    desk.write(main__hcl=BEFORE + block())
    desk.cl("apply", "--auto-approve", code=0)
    world = desk.read_world()
    world["security_groups"][1]["rules"][0]["description"] = "theirs"
    desk.world(**{key: value for key, value in world.items() if key not in ("format_version", "account_id")})
    (item,) = desk.cl("drift", "--json", code=2).json["items"]
    assert (item["bucket"], item["after"]) == ("changed", {"description": "theirs"})
    assert [way.partition(":")[0] for way in item["remedy"]] == ["accept"]
    desk.cl("refresh", "--auto-approve", code=0)
    assert desk.cl("drift", "--json", code=0).json["in_sync"]
    assert description(desk) == "theirs"


def test_of_several_rules_the_first_is_named(desk: Desk) -> None:
    there = [world_rule("sg-web", f"{port}/{port}", description=f"port {port}") for port in (80, 443)]
    shop(desk, *there, enabled=True)
    blocks = [rule(f"r{port}", "sg-db", "sg-web", f"{port}/{port}") for port in (80, 443)]
    desk.write(main__hcl=BEFORE + "".join(blocks))
    said = " ".join(desk.cl("plan", code=0).out.split())
    assert "2 rules have a description, and none is declared. The first:" in said
