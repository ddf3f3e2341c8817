"""What plans open and close by security group, protocol and port."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from planner.network.identity import Action, Authorization, Link, RuleSettings
from planner.network.openings import Call, openings_of, together
from planner.network.security_groups import SecurityGroup, SecurityRule
from planner.network.world import CloudResource, Instance, World
from planner.render.reachability import flow_words, reach_lines
from planner.render.terminal import PLAIN
from planner.values import replace
from support.network_worlds import classic, vpc, world_of

WEB_TO_DB = Authorization("sg-db", "sg-web", "tcp", "3306/3306", "accept")
ATTACH: Call = (Action.ATTACH, Link("i-1", "vpc-a"), None)
DETACH: Call = (Action.DETACH, Link("i-1", "vpc-a"), None)
AUTHORIZE: Call = (Action.AUTHORIZE_SECURITY_RULE, WEB_TO_DB, None)
REVOKE: Call = (Action.REVOKE_SECURITY_RULE, WEB_TO_DB, None)
ACCEPT = SecurityRule("sg-web", None, "tcp", "3306/3306")
DROP = SecurityRule(None, "10.0.0.0/8", "tcp", "3306/3306", "drop", 5)
MYSQL = {
    "vpc_id": "vpc-a",
    "source_security_group_ids": ["sg-web"],
    "target_security_group_ids": ["sg-db"],
    "traffic": [{"ip_protocol": "tcp", "port_range": "3306/3306"}],
    "pairs": 2,
}


def shop(*rules: SecurityRule, linked: bool = False, **more: Any) -> World:
    """An instance in sg-web, and two databases in sg-db of vpc-a, which has these rules."""
    groups = [
        SecurityGroup("sg-web", "hz", "1001"),
        SecurityGroup("sg-db", "hz", "1001", "vpc-a", rules=rules),
    ]
    return world_of(
        vpc("vpc-a", "172.16.0.0/12"),
        classic("i-1", "10.1.1.1", security_group_ids=("sg-web",)),
        database("i-8", ("sg-db",)),
        database("i-9", ("sg-db",)),
        links={"i-1": "vpc-a"} if linked else {},
        security_groups={group.security_group_id: group for group in groups},
        **more,
    )


def database(instance_id: str, groups: tuple[str, ...] | None) -> Instance:
    ip = f"172.16.0.{instance_id[2:]}"
    return Instance(instance_id, "1001", "hz", "vpc", ip, vpc_id="vpc-a", security_group_ids=groups)


def changes(world: World, *steps: Call) -> tuple[Sequence[Any], Sequence[Any]]:
    found = openings_of(world, steps).to_json()["by_security_group"]
    assert found["complete"] is True
    return found["opened"], found["closed"]


def test_a_link_opens_what_the_groups_let_in_and_its_end_closes_it() -> None:
    assert changes(shop(ACCEPT), ATTACH) == ([MYSQL], [])
    assert changes(shop(ACCEPT, linked=True), DETACH) == ([], [MYSQL])
    assert changes(shop(ACCEPT, linked=True)) == ([], [])


def test_a_rule_of_a_standing_link_opens_and_closes_without_it() -> None:
    assert changes(shop(linked=True), AUTHORIZE) == ([MYSQL], [])
    assert changes(shop(ACCEPT, linked=True), REVOKE) == ([], [MYSQL])
    entries = openings_of(shop(linked=True), [AUTHORIZE]).to_json()
    assert (entries["opened"], entries["closed"]) == ([], []), "no link comes or goes"


def test_a_rule_without_a_link_opens_nothing() -> None:
    assert changes(shop(), AUTHORIZE) == ([], [])
    assert changes(shop(), AUTHORIZE, ATTACH) == ([MYSQL], [])
    assert changes(shop(ACCEPT, linked=True), DETACH, REVOKE) == ([], [MYSQL])


def test_the_priority_of_a_rule_decides_whether_it_opens_anything() -> None:
    late = RuleSettings(priority=6)
    assert changes(shop(DROP, linked=True), (*AUTHORIZE[:2], late)) == ([], [])
    assert changes(shop(DROP, linked=True), (*AUTHORIZE[:2], RuleSettings(priority=4))) == ([MYSQL], [])
    modified: Call = (Action.MODIFY_SECURITY_RULE, WEB_TO_DB, late)
    assert changes(shop(ACCEPT, DROP, linked=True), modified) == ([], [MYSQL])


def test_a_new_drop_closes() -> None:
    drop: Call = (Action.AUTHORIZE_SECURITY_RULE, Authorization("sg-db", "sg-web", "all", "-1/-1", "drop"), None)
    assert changes(shop(ACCEPT, linked=True), drop) == ([], [MYSQL])


def test_where_no_group_is_known_nothing_is_said_of_them() -> None:
    world = world_of(vpc("vpc-a", "172.16.0.0/12"), classic("i-1", "10.1.1.1"))
    assert "by_security_group" not in openings_of(world, [ATTACH]).to_json()


def test_a_link_that_groups_let_nothing_over_is_marked() -> None:
    def marked(world: World, *steps: Call) -> bool:
        (entry,) = openings_of(world, steps).to_json()["opened"]
        return entry.get("carries_nothing", False)

    assert marked(shop(), ATTACH) is True
    assert marked(shop(), AUTHORIZE, ATTACH) is False
    resource = CloudResource("rm-1", "rds", "vpc-a", "172.16.0.20")
    world = shop()
    unknown = replace(world, cloud_resources={"rm-1": resource})
    assert marked(unknown, ATTACH) is False, "who may talk to it is not known"


def test_hosts_whose_groups_are_unknown_are_left_out() -> None:
    world = shop(ACCEPT)
    world = replace(world, instances={**world.instances, "i-9": database("i-9", None)})
    assert changes(world, ATTACH) == ([{**MYSQL, "pairs": 1}], [])


def test_sources_are_distinguished_by_the_blocks_that_rules_name() -> None:
    rule = SecurityRule(None, "10.1.1.0/24", "icmp", "-1/-1")
    world = shop(rule)
    second = classic("i-2", "10.2.1.1", security_group_ids=("sg-web",))
    world = replace(world, instances={**world.instances, "i-2": second})
    opened, _ = changes(world, ATTACH, (Action.ATTACH, Link("i-2", "vpc-a"), None))
    assert opened == [{**MYSQL, "traffic": [{"ip_protocol": "icmp", "port_range": "-1/-1"}]}]


def test_what_opens_in_several_worlds_names_the_provider_of_each() -> None:
    opened, nothing = openings_of(shop(ACCEPT), [ATTACH]).to_json(), openings_of(shop(), []).to_json()
    found = together({"mock.a": opened, "mock.b": nothing})
    assert found["by_security_group"] == {"opened": [{**MYSQL, "provider": "mock.a"}], "closed": [], "complete": True}
    assert flow_words(found["by_security_group"]["opened"][0]) == "sg-web → sg-db (vpc-a, of mock.a): tcp 3306, 2 pairs"


def test_too_many_kinds_of_hosts_are_not_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("planner.network.flows.MOST_KINDS", 1)
    found = openings_of(shop(ACCEPT), [ATTACH]).to_json()
    assert found["by_security_group"]["complete"] is False
    assert any("too many combinations of groups" in line for line in reach_lines(found, PLAIN, 10))
