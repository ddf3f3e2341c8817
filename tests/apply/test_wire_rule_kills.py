"""An apply of security rules over HTTP that is killed: with lag, lost replies and throttling, the next one ends right.

As test_wire_kills.py, which is about links. `CL_KILLS=all` kills at every third point::

    CL_KILLS=all pytest -n 2 tests/apply/test_wire_rule_kills.py
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from providers.emulator.emulator import Settings
from support.emulating import emulated, provider_of
from support.grouped_estates import group, rule
from support.killing import APPLY, Desk, count_points, killed_at
from support.story_estates import attach, enable, instance, vpc

EVERY = os.environ.get("CL_KILLS") == "all"
PARTS = 6
LAG = 0.3
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
    """A rule of sg-new or sg-old, for the classic group."""

    group_id: str
    port: int
    priority: int = 1

    @property
    def block(self) -> str:
        more = f'  priority = {self.priority}\n  description = "port {self.port}"\n'
        return rule(f"r{self.port}", self.group_id, "sg-web", f"{self.port}/{self.port}", more)

    @property
    def id(self) -> str:
        return f"{self.group_id}:sg-web:tcp:{self.port}/{self.port}:accept"


BEFORE = [Rule("sg-old", port) for port in (1, 2, 3, 4)]
AFTER = [Rule("sg-old", 1), Rule("sg-old", 2, 7), Rule("sg-old", 5), *(Rule("sg-new", port) for port in (11, 12, 13))]
CALLS = 8
"""The change takes no fewer: one for the VPC, three for the links, four for the rules."""
LINKS = {"before": {"i-1": "vpc-old"}, "after": {"i-1": "vpc-new", "i-2": "vpc-new"}}


def configuration(moment: str, authority: str) -> str:
    links, rules = LINKS[moment], {"before": BEFORE, "after": AFTER}[moment]
    vpcs = "".join(enable(vpc_id, vpc_id) for vpc_id in sorted({"vpc-old", *links.values()}))
    fleet = "".join(attach(instance_id, instance_id, vpc_id) for instance_id, vpc_id in links.items())
    return provider_of(authority, settle="2s") + vpcs + fleet + "".join(one.block for one in rules)


class Clouded:
    """A desk and its cloud."""

    def __init__(self, directory: Path) -> None:
        self.desk, self.world = Desk(directory), directory / "world.json"

    def prepare(self) -> None:
        """The estate of before the change, applied."""
        world = {
            "format_version": "1.0",
            "account_id": "1001",
            "vpcs": [vpc("vpc-old"), vpc("vpc-new")],
            "instances": [instance(one, "10.1.1.1", security_group_ids=["sg-web"]) for one in ("i-1", "i-2")],
            "security_groups": [group("sg-web"), group("sg-old", "vpc-old"), group("sg-new", "vpc-new")],
        }
        self.world.write_text(json.dumps(world))
        with emulated(Settings(self.world)) as cloud:
            self.write("before", cloud.authority)
            assert self.desk.cl(*APPLY) == 0, self.desk.said

    def write(self, moment: str, authority: str) -> None:
        (self.desk.directory / "main.hcl").write_text(configuration(moment, authority))

    def settings(self) -> Settings:
        faults = self.desk.directory / "faults.json"
        faults.write_text(json.dumps(FAULTS))
        return Settings(self.world, lag=LAG, pending=LAG, faults=faults)

    def assert_all_is_as_declared(self, after: str) -> None:
        """Cloud and state agree, and there is nothing left to do."""
        assert self.desk.cl("plan", "--detailed-exitcode") == 0, f"{after}\n{self.desk.said}"
        state = {one.identity.id for one in self.desk.store.read().objects.values()}
        links = {f"{one}/{vpc_id}" for one, vpc_id in LINKS["after"].items()}
        assert state == {"vpc-old", "vpc-new", *links, *(one.id for one in AFTER)}, after
        assert not self.desk.store.journal_path.exists()


def in_cloud(world: Path) -> set[tuple[str, str, int, str]]:
    """The rules of the world file: group, ports, priority and description."""
    return {
        (found["security_group_id"], one["port_range"], one["priority"], one["description"])
        for found in json.loads(world.read_text())["security_groups"]
        for one in found["rules"]
    }


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Clouded:
    found = Clouded(tmp_path_factory.mktemp("template"))
    found.prepare()
    return found


def copied(template: Clouded, directory: Path) -> Clouded:
    return Clouded(Path(shutil.copytree(template.desk.directory, directory)))


@pytest.fixture(scope="module")
def points(template: Clouded, tmp_path_factory: pytest.TempPathFactory) -> int:
    counted = copied(template, tmp_path_factory.mktemp("counted") / "desk")
    with emulated(counted.settings()) as cloud:
        counted.write("after", cloud.authority)
        found = count_points(counted.desk)
        counted.assert_all_is_as_declared("left alone")
    return found


@pytest.mark.parametrize("part", range(PARTS) if EVERY else [0])
def test_an_apply_of_rules_that_is_killed_is_completed_by_the_next(
    part: int, template: Clouded, points: int, tmp_path: Path
) -> None:
    assert points > 40
    killed = 0
    chosen = range(1 + 3 * part, points, 3 * PARTS) if EVERY else range(points // 10, points, points // 6)
    expected = {(one.group_id, f"{one.port}/{one.port}", one.priority, f"port {one.port}") for one in AFTER}
    for point in chosen:
        after = f"killed at point {point} of {points}"
        clouded = copied(template, tmp_path / after)
        with emulated(clouded.settings()) as cloud:
            clouded.write("after", cloud.authority)
            ended = clouded.desk.cl(*APPLY, first=killed_at(point))
            killed += ended == -signal.SIGKILL
            assert ended in (0, -signal.SIGKILL), f"{after}\n{clouded.desk.said}"
            assert clouded.desk.cl(*APPLY) == 0, f"{after}\n{clouded.desk.said}"
            clouded.assert_all_is_as_declared(after)
        assert in_cloud(clouded.world) == expected, after
    # How many records share one fsync differs from run to run; each call to the cloud has two points of its own.
    assert killed >= sum(point <= 2 * CALLS for point in chosen)
