"""An apply of security rules over HTTP that is killed is completed by the next one. All of its points are killed by::

CL_KILLS=all pytest -n 2 tests/apply/test_wire_rule_kills.py
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from support.grouped_estates import group, rule
from support.story_estates import attach, enable, instance, vpc
from support.wire_kills import Change, Clouded, Kills, parts

PARTS = 6
FAULTS: list[dict[str, Any]] = [
    {"action": "AuthorizeSecurityGroup", "nth": 1, "kind": "error", "match": {"security_group_id": "sg-new"},
     "code": "InvalidSecurityGroup.InvalidNetworkType", "message": "ClassicLink must be enabled."},
    {"action": "AuthorizeSecurityGroup", "nth": 2, "kind": "reset", "when": "after"},
    {"action": "AuthorizeSecurityGroup", "nth": 4, "kind": "throttle"},
    {"action": "RevokeSecurityGroup", "nth": 1, "kind": "html_502", "when": "after"},
    {"action": "ModifySecurityGroupRule", "nth": 1, "kind": "close", "when": "after"},
    {"action": "DescribeSecurityGroupAttribute", "nth": 4, "kind": "truncate"},
    {"action": "DescribeSecurityGroups", "nth": 1, "kind": "throttle"},
]  # fmt: skip


@dataclass(frozen=True)
class Rule:
    """A rule of sg-new or sg-old for the classic group, at an address that others may take after it."""

    group_id: str
    port: int
    priority: int = 1
    name: str = ""

    @property
    def block(self) -> str:
        more = f'  priority = {self.priority}\n  description = "port {self.port}"\n'
        name = self.name or f"r{self.port}"
        return rule(name, self.group_id, "sg-web", f"{self.port}/{self.port}", more)

    @property
    def id(self) -> str:
        return f"{self.group_id}:sg-web:tcp:{self.port}/{self.port}:accept"


RULES = {
    "before": [*(Rule("sg-old", port) for port in (1, 2, 3, 4)), Rule("sg-old", 6, name="replaced")],
    "after": [
        *(Rule("sg-old", 1), Rule("sg-old", 2, 7), Rule("sg-old", 5), Rule("sg-old", 7, name="replaced")),
        *(Rule("sg-new", port) for port in (11, 12, 13)),
    ],
}
LINKS = {"before": {"i-1": "vpc-old"}, "after": {"i-1": "vpc-new", "i-2": "vpc-new"}}
AFTER = frozenset((one.group_id, f"{one.port}/{one.port}", one.priority, f"port {one.port}") for one in RULES["after"])


def blocks(moment: str) -> str:
    links = LINKS[moment]
    vpcs = "".join(enable(vpc_id, vpc_id) for vpc_id in sorted({"vpc-old", *links.values()}))
    fleet = "".join(attach(instance_id, instance_id, vpc_id) for instance_id, vpc_id in links.items())
    return vpcs + fleet + "".join(one.block for one in RULES[moment])


def the_rules_are_as_declared(clouded: Clouded) -> None:
    """By group, ports, priority and description."""
    groups = clouded.world["security_groups"]
    assert {
        (found["security_group_id"], one["port_range"], one["priority"], one["description"])
        for found in groups
        for one in found["rules"]
    } == AFTER


CHANGE = Change(
    world={
        "vpcs": [vpc("vpc-old"), vpc("vpc-new")],
        "instances": [instance(one, "10.1.1.1", security_group_ids=["sg-web"]) for one in ("i-1", "i-2")],
        "security_groups": [group("sg-web"), group("sg-old", "vpc-old"), group("sg-new", "vpc-new")],
    },
    before=blocks("before"),
    after=blocks("after"),
    ids=frozenset(
        {"vpc-old", "vpc-new", *(f"{one}/{vpc_id}" for one, vpc_id in LINKS["after"].items())}
        | {one.id for one in RULES["after"]}
    ),
    faults=FAULTS,
    calls=8,  # one for the VPC, three for the links, four for the rules
    check=the_rules_are_as_declared,
)


@pytest.fixture(scope="module")
def kills(tmp_path_factory: pytest.TempPathFactory) -> Kills:
    return Kills(CHANGE, tmp_path_factory.mktemp("kills"))


@pytest.mark.parametrize("part", parts(PARTS))
def test_an_apply_of_rules_that_is_killed_is_completed_by_the_next(part: int, kills: Kills) -> None:
    assert kills.points > 40
    kills.run(part, PARTS)
