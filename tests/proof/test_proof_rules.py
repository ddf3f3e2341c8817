"""What the checker says of altered plans with security rules."""

from __future__ import annotations

import copy
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from planner.address import Address
from planner.config.desired import Desired, DesiredObject
from planner.diagnostics import Position, Span
from planner.network.identity import Authorization, Enablement, Identity, Link, arguments
from planner.network.security_groups import SecurityGroup, SecurityRule
from planner.network.world import Instance, Vpc, World
from planner.network.worlds import Worlds
from planner.plan.make import make_plan
from planner.plan.options import PlanContext, PlanOptions
from planner.proof import verify
from planner.state.model import State, StateObject
from planner.steps import Place
from planner.values import replace

PLACE = Place(Span("main.hcl", Position(1, 1), Position(2, 1)))
OLD = Authorization("sg-db", "sg-web", "tcp", "22/22", "accept")
NEW = Authorization("sg-db", "sg-web", "tcp", "80/80", "accept")
Alter = Callable[[dict[str, Any]], object]


def world(rules: int = 0) -> World:
    """A linked instance and one that is not; the group of the VPC has the old rule and so many others."""
    there = SecurityRule("sg-web", None, "tcp", "22/22")
    others = tuple(SecurityRule(None, f"10.0.{n}.0/24", "all", "-1/-1") for n in range(rules))
    return World(
        account_id="1",
        vpcs={"vpc-a": Vpc("vpc-a", "1", "r", "172.16.0.0/16", classic_link_enabled=True)},
        instances={
            name: Instance(name, "1", "r", "classic", ip, security_group_ids=("sg-web",))
            for name, ip in (("i-1", "10.1.0.1"), ("i-2", "10.1.0.2"))
        },
        links={"i-1": "vpc-a"},
        security_groups={
            "sg-web": SecurityGroup("sg-web", "r", "1"),
            "sg-db": SecurityGroup("sg-db", "r", "1", "vpc-a", rules=(there, *others)),
        },
    )


def planned(seen: World) -> dict[str, Any]:
    """1 authorize, 2 detach i-1, 3 attach i-2, 4 revoke; with little room the revoke comes before the authorize."""
    wanted: list[Identity] = [Enablement("vpc-a"), Link("i-2", "vpc-a"), NEW]
    there: list[Identity] = [Enablement("vpc-a"), Link("i-1", "vpc-a"), OLD]
    desired = Desired(tuple(DesiredObject(_at(one), one, _attributes(one), "mock", PLACE) for one in wanted))
    prior = State("l", 1, {_at(one): StateObject(_at(one), one, _attributes(one), "mock") for one in there})
    context = PlanContext(now=datetime(2026, 11, 30, tzinfo=UTC), plan_id="p")
    document = dict(make_plan(desired, prior, Worlds({"mock": seen}), PlanOptions(), context))
    assert not document["errored"], document["diagnostics"]
    return document


def _attributes(identity: Identity) -> dict[str, object]:
    settings = {"priority": 1, "description": ""} if isinstance(identity, Authorization) else {}
    return {**arguments(identity), **settings}


def _at(identity: Identity) -> Address:
    return Address(identity.type, "it", identity.id)


def step(document: dict[str, Any], action: str) -> dict[str, Any]:
    return next(each for each in document["steps"] if each["action"] == action)


def needless(action: str) -> Alter:
    return lambda document: step(document, action).update(needs=[])


ALTERED: list[tuple[str, Alter, str]] = [
    ("attach", needless("attach"), "a rule that its link relies on"),
    ("revoke", needless("revoke_security_rule"), "a detach of an instance that it serves"),
    (
        "priority",
        lambda document: step(document, "authorize_security_rule").update(priority=9),
        "matches no change of the plan",
    ),
    ("vpc", lambda document: step(document, "revoke_security_rule").update(vpc_id="vpc-b"), "belong to vpc-a"),
    (
        "group",
        lambda document: document["proof"]["security_groups"]["sg-db"].update(vpc_id="vpc-b"),
        "belong to vpc-b",
    ),
    ("off", lambda document: document["proof"]["vpcs"]["vpc-a"].update(enabled=False), "finds ClassicLink disabled"),
    (
        "room",
        lambda document: document["proof"]["security_groups"]["sg-db"].update(rules=200),
        "which makes room in the same group",
    ),
    (
        "foreign",
        lambda document: step(document, "attach").update(security_group_id="sg-db"),
        "which its action does not have",
    ),
    (
        "reason",
        lambda document: step(document, "revoke_security_rule").update(reason="drain"),
        "is taken for the reason",
    ),
]


@pytest.mark.parametrize(("alter", "says"), [each[1:] for each in ALTERED], ids=[each[0] for each in ALTERED])
def test_an_altered_plan_of_rules_is_not_proven(alter: Alter, says: str) -> None:
    seen = world()
    document = planned(seen)
    assert verify(document, Worlds({"mock": seen})) == ()
    altered = copy.deepcopy(document)
    alter(altered)
    assert says in " ".join(verify(altered))


def test_in_a_group_with_little_room_what_goes_comes_first_and_that_is_proven() -> None:
    seen = world(rules=199)
    document = planned(seen)
    assert step(document, "revoke_security_rule")["id"] in step(document, "authorize_security_rule")["needs"]
    assert verify(document, Worlds({"mock": seen})) == ()
    needless("authorize_security_rule")(document)
    assert "which makes room" in " ".join(verify(document))


def test_the_old_rule_goes_before_its_new_one_only_where_it_is_listed_first() -> None:
    seen = world()
    at = Address(OLD.type, "it")
    desired = Desired(tuple(DesiredObject(at, one, _attributes(one), "mock", PLACE) for one in (NEW,)))
    prior = State("l", 1, {at: StateObject(at, OLD, _attributes(OLD), "mock")})
    context = PlanContext(now=datetime(2026, 11, 30, tzinfo=UTC), plan_id="p")
    document: dict[str, Any] = dict(make_plan(desired, prior, Worlds({"mock": seen}), PlanOptions(), context))
    assert [each["action"] for each in document["steps"]] == ["authorize_security_rule", "revoke_security_rule"]
    assert verify(document, Worlds({"mock": seen})) == ()
    needless("revoke_security_rule")(document)
    assert "step 1, which replaces its rule" in " ".join(verify(document))


def test_a_group_that_has_filled_up_or_is_gone_since_is_reported() -> None:
    document = planned(world())
    fuller = " ".join(verify(document, Worlds({"mock": world(rules=199)})))
    assert "which makes room in the same group" in fuller
    gone = replace(world(), security_groups={"sg-web": SecurityGroup("sg-web", "r", "1")})
    assert "sg-db does not exist any more." in " ".join(verify(document, Worlds({"mock": gone})))


def test_a_rule_is_not_removed_by_the_name_of_another() -> None:
    seen = world()
    named = (
        SecurityRule("sg-web", None, "tcp", "22/22", rule_id="sgr-1"),
        SecurityRule(None, "10.0.0.0/8", "all", "-1/-1", rule_id="sgr-2"),
    )
    seen = replace(
        seen,
        security_groups={
            **(seen.security_groups or {}),
            "sg-db": SecurityGroup("sg-db", "r", "1", "vpc-a", rules=named),
        },
    )
    document = planned(seen)
    for name, refused in (("sgr-1", False), ("sgr-gone", False), ("sgr-2", True)):
        step(document, "revoke_security_rule")["security_group_rule_id"] = name
        found = " ".join(verify(document, Worlds({"mock": seen})))
        assert ("names sgr-2, which is sg-db:10.0.0.0/8:all:-1/-1:accept." in found) is refused
