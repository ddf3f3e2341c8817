"""The security rule that is offered where security groups let nothing in, and only where it would do."""

from __future__ import annotations

from typing import Any

import pytest

from planner.network.advice import advise_between
from planner.network.identity import Authorization
from planner.network.scenarios import Act, Advice
from planner.network.security_groups import SecurityGroup, SecurityRule
from planner.network.traffic import Traffic
from planner.network.world import Instance, World
from planner.values import replace
from support.network_worlds import classic, vpc, world_of

MYSQL = Traffic("tcp", 3306)
WEB_TO_DB = Authorization("sg-db", "sg-web", "tcp", "3306/3306", "accept")
ACCEPT = SecurityRule("sg-web", None, "tcp", "3306/3306", priority=9)


def shop(*rules: SecurityRule, linked: bool = False, account: str = "1001", **db: Any) -> World:
    groups = [
        SecurityGroup("sg-web", "hz", "1001"),
        SecurityGroup("sg-db", "hz", account, "vpc-a", rules=rules, **db),
    ]
    inside = Instance("i-db", account, "hz", "vpc", "172.16.0.9", vpc_id="vpc-a", security_group_ids=("sg-db",))
    return world_of(
        vpc("vpc-a", "172.16.0.0/12", account=account),
        classic("i-web", "10.1.1.1", security_group_ids=("sg-web",)),
        inside,
        links={"i-web": "vpc-a"} if linked else {},
        security_groups={group.security_group_id: group for group in groups},
    )


def acts(advice: Advice) -> list[list[Act]]:
    return [[step.act for step in solution.steps] for solution in advice.solutions]


def test_a_link_is_offered_with_the_rule_that_it_needs() -> None:
    advice = advise_between(shop(), "i-web", "i-db", MYSQL)
    assert acts(advice) == [[Act.LINK, Act.AUTHORIZE]]
    assert advice.solutions[0].steps[1].text == "Let tcp 3306 from sg-web in: add a rule to sg-db."
    assert advice.offer is not None
    assert (advice.offer.link, list(advice.offer.rules)) == (True, [WEB_TO_DB])


def test_the_other_way_round_the_rule_goes_to_the_classic_group() -> None:
    advice = advise_between(shop(ACCEPT), "i-db", "i-web", MYSQL)
    assert advice.offer is not None
    (rule,) = advice.offer.rules
    assert (rule.security_group_id, rule.source_security_group_id) == ("sg-web", "sg-db")


def test_a_link_that_stands_gets_its_rule_alone_and_one_that_works_gets_nothing() -> None:
    advice = advise_between(shop(linked=True), "i-web", "i-db", MYSQL)
    assert acts(advice) == [[Act.AUTHORIZE]]
    assert advice.offer is not None
    assert (advice.offer.link, advice.offer.enable, list(advice.offer.rules)) == (False, False, [WEB_TO_DB])
    works = advise_between(shop(ACCEPT, linked=True), "i-web", "i-db", MYSQL)
    assert (acts(works), works.offer) == ([[Act.READY]], None)
    assert any("accepts tcp 3306" in str(note.text) for note in works.notes)


@pytest.mark.parametrize(
    ("traffic", "rules"),
    [
        (Traffic(), [("all", "-1/-1")]),
        (Traffic("udp"), [("udp", "1/65535")]),
        (Traffic("icmp"), [("icmp", "-1/-1")]),
        (Traffic(None, 53), [("tcp", "53/53"), ("udp", "53/53")]),
    ],
)
def test_the_rule_is_no_wider_than_what_was_asked_for(traffic: Traffic, rules: list[tuple[str, str]]) -> None:
    offer = advise_between(shop(), "i-web", "i-db", traffic).offer
    assert offer is not None
    assert [(rule.ip_protocol, rule.port_range) for rule in offer.rules] == rules


@pytest.mark.parametrize("drop_priority", [1, 9])
def test_no_rule_is_offered_that_a_drop_would_shadow(drop_priority: int) -> None:
    drop = SecurityRule(None, "10.0.0.0/8", "all", "-1/-1", "drop", drop_priority)
    advice = advise_between(shop(drop), "i-web", "i-db", MYSQL)
    if drop_priority > 1:
        assert advice.offer is not None, "a new rule has priority 1"
        assert list(advice.offer.rules) == [WEB_TO_DB]
        return
    (obstacle,) = advice.obstacles
    assert obstacle.text.startswith("A rule of sg-db drops tcp 3306: all from 10.0.0.0/8, priority 1.")
    assert advice.to_json()["offer"] is None


def test_a_rule_that_is_there_and_shadowed_is_not_offered_again() -> None:
    drop = SecurityRule(None, "10.0.0.0/8", "tcp", "3306/3306", "drop", 5)
    (obstacle,) = advise_between(shop(ACCEPT, drop), "i-web", "i-db", MYSQL).obstacles
    assert "drops tcp 3306" in obstacle.text


@pytest.mark.parametrize(
    ("more", "why"), [({"type": "enterprise"}, "enterprise"), ({"service_managed": True}, "service")]
)
def test_a_group_that_takes_no_such_rule_is_in_the_way(more: dict[str, Any], why: str) -> None:
    advice = advise_between(shop(**more), "i-web", "i-db", MYSQL)
    (obstacle,) = advice.obstacles
    assert "can be added to sg-db" in obstacle.text
    assert why in obstacle.text


def test_across_accounts_no_rule_joins_the_two_networks() -> None:
    """Limits: a link, and with it the rule, is within one account."""
    advice = advise_between(shop(account="1002"), "i-web", "i-db", MYSQL)
    assert advice.offer is not None
    assert not advice.offer.rules
    assert any(
        "No rule joins a classic group and a group of a VPC across accounts" in str(n.text) for n in advice.notes
    )


@pytest.mark.parametrize("account", ["1001", "1002"])
def test_two_classic_instances_get_an_authorization_rule_for_terraform(account: str) -> None:
    """Connection scenarios: "Add a same-account authorization rule", "Add a cross-account authorization rule"."""
    groups = [SecurityGroup("sg-web", "hz", "1001"), SecurityGroup("sg-cache", "hz", account)]
    world = world_of(
        classic("i-web", "10.1.1.1", security_group_ids=("sg-web",)),
        classic("i-cache", "10.1.1.2", account=account, security_group_ids=("sg-cache",)),
        security_groups={group.security_group_id: group for group in groups},
    )
    document = advise_between(world, "i-web", "i-cache", Traffic("tcp", 6379)).to_json()
    assert [step["act"] for step in document["solutions"][0]["steps"]] == ["authorize"]
    authorization = document["authorization"]
    assert authorization["rules"] == [
        {
            "security_group_id": "sg-cache",
            "source_security_group_id": "sg-web",
            "ip_protocol": "tcp",
            "port_range": "6379/6379",
        }
    ]
    assert authorization["account_id"] == account
    assert authorization.get("source_account_id") == (None if account == "1001" else "1001")
    assert document["offer"] is None


def test_two_classic_instances_of_one_group_need_nothing() -> None:
    world = world_of(
        classic("i-1", "10.1.1.1", security_group_ids=("sg-web",)),
        classic("i-2", "10.1.1.2", security_group_ids=("sg-web",)),
        security_groups={"sg-web": SecurityGroup("sg-web", "hz", "1001")},
    )
    advice = advise_between(world, "i-1", "i-2", MYSQL)
    assert acts(advice) == [[Act.READY]]
    assert "members reach each other" in advice.solutions[0].steps[0].text


def unknown_source(*rules: SecurityRule, linked: bool = True, groups: tuple[str, ...] | None = None) -> World:
    """The shop, where the groups of the web server are not known."""
    world = shop(*rules, linked=linked)
    web = classic("i-web", "10.1.1.1", security_group_ids=groups)
    return replace(world, instances={**world.instances, "i-web": web})


@pytest.mark.parametrize("linked", [True, False])
def test_a_closed_group_is_opened_for_an_instance_whose_groups_are_unknown(linked: bool) -> None:
    """As `cl reach` says, nothing is let in: which group a rule has to name is not known."""
    advice = advise_between(unknown_source(linked=linked), "i-web", "i-db", MYSQL)
    assert acts(advice) == [[Act.AUTHORIZE] if linked else [Act.LINK, Act.AUTHORIZE]]
    text = advice.solutions[0].steps[-1].text
    assert text.startswith("Let tcp 3306 in: add a rule to sg-db that names a security group of i-web (10.1.1.1).")
    assert advice.offer is None or not advice.offer.rules
    assert any("No rule of sg-db accepts tcp 3306" in str(note.text) for note in advice.notes)


def test_where_a_drop_stands_in_the_way_no_rule_for_an_unknown_group_is_asked_for() -> None:
    drop = SecurityRule(None, "10.0.0.0/8", "all", "-1/-1", "drop", 1)
    advice = advise_between(unknown_source(drop), "i-web", "i-db", MYSQL)
    assert "drops tcp 3306" in advice.obstacles[0].text
    assert advice.solutions[0].steps[0].text == "The network is connected; security groups stop the traffic."


def test_what_depends_on_groups_that_are_unknown_is_said_to_be_unknown() -> None:
    advice = advise_between(unknown_source(ACCEPT), "i-web", "i-db", MYSQL)
    assert acts(advice) == [[Act.READY]]
    assert "whether security groups let the traffic in is not known" in advice.solutions[0].steps[0].text
    assert any("depends on the groups of i-web" in str(note.text) for note in advice.notes)


@pytest.mark.parametrize(("origin", "target"), [("i-web", "i-db"), ("i-db", "i-web")])
def test_an_instance_in_no_group_is_put_into_one_first(origin: str, target: str) -> None:
    (obstacle,) = advise_between(unknown_source(groups=()), origin, target, MYSQL).obstacles
    assert "Put i-web (10.1.1.1) into a security group" in str(obstacle.remedy)


def test_groups_of_the_target_that_are_unknown_are_noted() -> None:
    advice = advise_between(unknown_source(), "i-db", "i-web", MYSQL)
    assert acts(advice) == [[Act.READY]]
    assert any("security groups of i-web (10.1.1.1) are not known" in str(note.text) for note in advice.notes)


def test_two_ends_in_one_vpc_get_a_rule_where_groups_let_nothing_in() -> None:
    world = shop()
    cache = Instance("i-cache", "1001", "hz", "vpc", "172.16.0.8", vpc_id="vpc-a", security_group_ids=("sg-cache",))
    groups = {**(world.security_groups or {}), "sg-cache": SecurityGroup("sg-cache", "hz", "1001", "vpc-a")}
    world = replace(world, instances={**world.instances, "i-cache": cache}, security_groups=groups)
    document = advise_between(world, "i-db", "i-cache", MYSQL).to_json()
    assert [step["act"] for step in document["solutions"][0]["steps"]] == ["authorize"]
    assert document["authorization"]["rules"][0]["security_group_id"] == "sg-cache"
    assert document["authorization"]["rules"][0]["source_security_group_id"] == "sg-db"


def test_where_groups_are_unknown_the_advice_is_that_of_the_table() -> None:
    world = world_of(classic("i-1", "10.1.1.1"), classic("i-2", "10.1.1.2"))
    advice = advise_between(world, "i-1", "i-2", MYSQL)
    assert acts(advice) == [[Act.AUTHORIZE]]
    assert advice.authorization is None
