"""A security rule that is replaced: there is no moment with neither the old one nor the new one."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.clouds import BOTH_CLOUDS
from support.desk import Desk
from support.grouped_estates import rule, rules_of, shop
from support.story_estates import PROVIDER, enable

pytestmark = BOTH_CLOUDS

BEFORE = PROVIDER + enable("a", "vpc-a")
REVOKE, AUTHORIZE = "revoke_security_rule", "authorize_security_rule"


def ports(desk: Desk) -> list[tuple[str, str]]:
    return [
        (one["port_range"], one.get("policy", "accept"))
        for one in rules_of(desk, "sg-db")
        if "source_security_group_id" in one
    ]


def planned(desk: Desk, *arguments: str) -> list[tuple[str, list[int]]]:
    document = desk.cl("plan", "--json", *arguments).json
    return [(step["action"], step["needs"]) for step in document["steps"]]


def failing(action: str) -> dict[str, str]:
    """A configuration part and a file that let each such call fail."""
    fault = {"action": action, "kind": "error", "code": "Forbidden.RAM", "message": "User not authorized."}
    return {"faults__json": json.dumps([fault])}


def old(**more: Any) -> str:
    return rule("db", "sg-db", "sg-web", more.get("ports", "22/22"), more.get("more", ""))


def manage(desk: Desk, block: str, *rules: dict[str, Any]) -> None:
    shop(desk, *rules, enabled=True)
    desk.write(main__hcl=BEFORE + block)
    desk.cl("apply", "--auto-approve", code=0)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (old(), old(ports="80/80")),
        (old(), old(more='  policy = "drop"\n')),
        (old(more='  policy = "drop"\n'), old()),
        (old(), rule("db", "sg-web", "sg-db", "22/22")),
    ],
    ids=["port", "drop", "accept", "group"],
)
def test_the_new_rule_is_authorized_before_the_old_one_is_revoked(desk: Desk, before: str, after: str) -> None:
    manage(desk, before)
    desk.write(main__hcl=BEFORE + after)
    assert planned(desk) == [(AUTHORIZE, []), (REVOKE, [1])]
    calls = len(desk.calls())
    desk.cl("apply", "--auto-approve", code=0)
    assert [call[0] for call in desk.calls()[calls:]] == ["AuthorizeSecurityGroup", "RevokeSecurityGroup"]
    desk.cl("plan", "--detailed-exitcode", code=0)


def test_what_terraform_calls_create_before_destroy_is_how_rules_are_replaced(desk: Desk) -> None:
    first = "  lifecycle {\n    create_before_destroy = true\n  }\n"
    manage(desk, old(more=first))
    desk.write(main__hcl=BEFORE + old(ports="80/80", more=first))
    assert planned(desk) == [(AUTHORIZE, []), (REVOKE, [1])]


def test_rules_are_joined_without_a_moment_with_neither(desk: Desk) -> None:
    ports_of_each = (80, 81, 443)
    each = "".join(rule(f"p{port}", "sg-db", "sg-web", f"{port}/{port}") for port in ports_of_each)
    manage(desk, each)
    joined = rule("web", "sg-db", "sg-web", "80/81") + rule("alt", "sg-db", "sg-web", "443/444")
    desk.write(main__hcl=BEFORE + joined + rule("other", "sg-db", "sg-web", "9000/9000"))
    document = desk.cl("plan", "--json", code=0).json
    ids = {(step["action"], step["port_range"]): step["id"] for step in document["steps"]}
    needs = {step["port_range"]: step["needs"] for step in document["steps"] if step["action"] == REVOKE}
    assert needs == {
        "80/80": [ids[AUTHORIZE, "80/81"]],
        "81/81": [ids[AUTHORIZE, "80/81"]],
        "443/443": [ids[AUTHORIZE, "443/444"]],
    }
    calls = len(desk.calls())
    desk.cl("apply", "--auto-approve", code=0)
    assert [call[0] for call in desk.calls()[calls:]] == ["AuthorizeSecurityGroup", "RevokeSecurityGroup"]
    desk.cl("plan", "--detailed-exitcode", code=0)


def test_the_same_rule_is_revoked_first(desk: Desk) -> None:
    manage(desk, old())
    assert planned(desk, "--replace", "classiclink_security_rule.db") == [(REVOKE, []), (AUTHORIZE, [1])]


def test_in_a_full_group_no_more_is_revoked_first_than_there_must(desk: Desk) -> None:
    others = [{"source_cidr_block": f"10.0.{n}.0/24", "ip_protocol": "all", "port_range": "-1/-1"} for n in range(196)]
    blocks = [rule(f"r{n}", "sg-db", "sg-web", f"{n}/{n}") for n in (1, 2, 3, 4)]
    manage(desk, "".join(blocks), *others)
    blocks = [rule(f"r{n}", "sg-db", "sg-web", f"{n}0/{n}0") for n in (1, 2, 3)]
    desk.write(main__hcl=BEFORE + "".join(blocks))
    document = desk.cl("plan", "--json", code=0).json
    steps = {(step["action"], step["address"][-2:]): step for step in document["steps"]}
    gone, first = steps[REVOKE, "r4"], [step for step in document["steps"][:3] if step["action"] == REVOKE]
    assert gone in first, "what goes for good makes room first"
    assert len(first) == 3, "three come, so three go before that"
    after = [step for step in document["steps"] if step["action"] == REVOKE and step not in first]
    assert [step["needs"] for step in after] == [[steps[AUTHORIZE, after[0]["address"][-2:]]["id"]]]
    desk.cl("apply", "--auto-approve", code=0)
    assert sorted(ports(desk)) == [("10/10", "accept"), ("20/20", "accept"), ("30/30", "accept")]


def test_where_the_old_rule_cannot_be_revoked_both_are_known(desk: Desk) -> None:
    manage(desk, old())
    with_faults = PROVIDER.replace("}\n", '  faults = "faults.json"\n}\n') + enable("a", "vpc-a")
    desk.write(**failing("RevokeSecurityGroup"), main__hcl=with_faults + old(ports="80/80"))
    refused = desk.cl("apply", "--auto-approve", code=1)
    assert "classiclink_security_rule.db_replaced" in " ".join(refused.err.split())
    assert sorted(ports(desk)) == [("22/22", "accept"), ("80/80", "accept")]
    assert desk.state_addresses() == [
        "classiclink_security_rule.db",
        "classiclink_security_rule.db_replaced",
        "classiclink_vpc.a",
    ]
    refused = desk.cl("apply", "--auto-approve", code=1)
    assert len(desk.state_addresses()) == 3
    desk.write(main__hcl=BEFORE + old(ports="80/80"))
    assert planned(desk) == [(REVOKE, [])]
    desk.cl("apply", "--auto-approve", code=0)
    assert ports(desk) == [("80/80", "accept")]
    assert desk.state_addresses() == ["classiclink_security_rule.db", "classiclink_vpc.a"]


def test_where_the_old_rule_could_not_be_revoked_and_is_declared_again_the_new_one_goes(desk: Desk) -> None:
    manage(desk, old())
    with_faults = PROVIDER.replace("}\n", '  faults = "faults.json"\n}\n') + enable("a", "vpc-a")
    desk.write(**failing("RevokeSecurityGroup"), main__hcl=with_faults + old(ports="80/80"))
    desk.cl("apply", "--auto-approve", code=1)
    desk.write(main__hcl=BEFORE + old())
    assert planned(desk) == [(REVOKE, [])]
    desk.cl("apply", "--auto-approve", code=0)
    assert ports(desk) == [("22/22", "accept")]
    assert desk.state_addresses() == ["classiclink_security_rule.db", "classiclink_vpc.a"]
    desk.cl("plan", "--detailed-exitcode", code=0)


def test_after_a_crash_between_the_two_calls_nothing_is_left(desk: Desk) -> None:
    manage(desk, old())
    with_faults = PROVIDER.replace("}\n", '  faults = "faults.json"\n}\n') + enable("a", "vpc-a")
    fault = {"action": "RevokeSecurityGroup", "kind": "crash_before"}
    desk.write(faults__json=json.dumps([fault]), main__hcl=with_faults + old(ports="80/80"))
    desk.cl("apply", "--auto-approve", code=-9)
    desk.write(main__hcl=BEFORE)
    desk.cl("apply", "--auto-approve", code=0)
    assert ports(desk) == []
    assert desk.state_addresses() == ["classiclink_vpc.a"]
