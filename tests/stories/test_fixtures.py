"""Each fixture shows what its page says."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from support.desk import Desk

Fixture = Callable[[str], Desk]


@pytest.mark.parametrize(
    "name", ["quickstart", "class-172", "class-10", "class-192", "web-tier", "drain", "fleet", "swap"]
)
def test_a_fixture_is_planned_and_applied_and_its_second_plan_is_empty(fixture_desk: Fixture, name: str) -> None:
    desk = fixture_desk(name)
    plan = desk.cl("plan", "-out=plan.json", "-json", code=0).json
    assert plan["applicable"]
    desk.cl("show", "--verify", "plan.json", code=0)
    desk.cl("apply", "plan.json", code=0)
    desk.cl("plan", "-detailed-exitcode", code=0)
    drift = desk.cl("drift", "--json").json
    assert not {item["bucket"] for item in drift["items"]} - {"unmanaged"}
    assert all(step["action"] for step in plan["steps"])


def test_the_swap_between_two_full_vpcs_parks_one_instance_and_keeps_the_quota(fixture_desk: Fixture) -> None:
    desk = fixture_desk("swap")
    plan = desk.cl("plan", "-json", code=0).json
    assert sum(step.get("parked", False) for step in plan["steps"]) == 1
    attaches = [step for step in plan["steps"] if step["action"] == "attach"]
    assert all(step["slot"]["from"] == "step" for step in attaches)


@pytest.mark.parametrize("name", ["web-tier", "drain"])
def test_a_fixture_with_security_rules_is_in_sync_and_destroyed_again(fixture_desk: Fixture, name: str) -> None:
    desk = fixture_desk(name)
    desk.cl("apply", "-auto-approve", code=0)
    assert desk.cl("drift", "--json", code=0).json["items"] == []
    reach = desk.cl("reach", "i-web-1", "i-db", "--protocol", "tcp", "--port", "3306", "--json", code=0).json
    assert reach["reachable"]
    desk.cl("destroy", "-auto-approve", code=0)
    world = desk.read_world()
    assert [group["rules"] for group in world["security_groups"] if group["rules"]] == []
    assert not any(vpc["classic_link_enabled"] for vpc in world["vpcs"])


def test_the_drained_fixture_revokes_between_its_moves_and_the_disable(fixture_desk: Fixture) -> None:
    steps = fixture_desk("drain").cl("plan", "-json", code=0).json["steps"]
    actions = [step["action"] for step in steps]
    assert actions[:2] == ["enable_classic_link", "authorize_security_rule"]
    assert actions[-3:] == ["revoke_security_rule", "revoke_security_rule", "disable_classic_link"]
    detaches = [step["id"] for step in steps if step["action"] == "detach"]
    assert all(set(detaches) <= set(step["needs"]) for step in steps[-3:])


def test_the_broken_fixture_breaks_every_rule_at_once(fixture_desk: Fixture) -> None:
    desk = fixture_desk("broken")
    plan = desk.cl("plan", "-json", code=1).json
    every = {page["id"] for page in desk.cl("rules", "--json", code=0).json}
    assert {finding["rule"] for finding in plan["rules"]} == every
    assert len(every) == 30
    desk.write(plan__json=json.dumps(plan))
    assert "CL203" in desk.cl("show", "plan.json").out, "a document of cl's own is read again"


def test_the_drifted_fixture_has_every_bucket(fixture_desk: Fixture) -> None:
    desk = fixture_desk("drifted")
    drift = desk.cl("drift", "--json", code=3).json
    assert {item["bucket"] for item in drift["items"]} == {"missing", "changed", "unmanaged", "violated", "unknown"}
