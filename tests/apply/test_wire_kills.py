"""An apply over HTTP that is killed: with lag, lost replies and throttling, the next one ends right.

The real `cl apply` in a child process, the emulator in a thread of the test. The suite kills at some points, spread
over the run. `CL_KILLS=all` kills at every third one, in parts that can run side by side::

    CL_KILLS=all pytest -n 2 tests/apply/test_wire_kills.py
"""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from providers.emulator.emulator import Settings
from support.emulating import emulated, provider_of
from support.killing import APPLY, Desk, count_points, killed_at
from support.story_estates import attach, enable, instance, vpc

EVERY = os.environ.get("CL_KILLS") == "all"
PARTS = 8
LAG = 0.3
AFTER = {f"i-{number}": "vpc-new" for number in range(6)} | {"i-stays": "vpc-old"}
BEFORE = {"i-0": "vpc-old", "i-1": "vpc-old", "i-stays": "vpc-old", "i-leaves": "vpc-old"}
FAULTS: list[dict[str, Any]] = [
    {"action": "AttachClassicLinkVpc", "nth": 2, "kind": "reset", "when": "after"},
    {"action": "AttachClassicLinkVpc", "nth": 4, "kind": "throttle"},
    {"action": "DetachClassicLinkVpc", "nth": 1, "kind": "html_502", "when": "after"},
    {"action": "EnableVpcClassicLink", "nth": 1, "kind": "close", "when": "after"},
    {"action": "DescribeClassicLinkInstances", "nth": 3, "kind": "truncate"},
]


def configuration(links: dict[str, str], authority: str) -> str:
    vpcs = "".join(enable(vpc_id, vpc_id) for vpc_id in sorted(set(links.values())))
    fleet = "".join(attach(instance_id, instance_id, vpc_id) for instance_id, vpc_id in sorted(links.items()))
    return provider_of(authority, settle="2s") + vpcs + fleet


class Clouded:
    """A desk and its cloud: each apply is killed at a point, and the next one is not."""

    def __init__(self, directory: Path) -> None:
        self.desk = Desk(directory)
        self.world, self.calls = directory / "world.json", directory / "calls.jsonl"

    def prepare(self) -> None:
        """The estate of before the change, applied."""
        vpcs = [vpc(vpc_id) for vpc_id in ("vpc-old", "vpc-new")]
        ids = sorted({*BEFORE, *AFTER})
        found = [instance(one, f"10.1.1.{number + 1}") for number, one in enumerate(ids)]
        world = {"format_version": "1.0", "account_id": "1001", "vpcs": vpcs, "instances": found}
        self.world.write_text(json.dumps(world))
        with emulated(Settings(self.world)) as cloud:
            self.write(BEFORE, cloud.authority)
            assert self.desk.cl(*APPLY) == 0, self.desk.said

    def write(self, links: dict[str, str], authority: str) -> None:
        (self.desk.directory / "main.hcl").write_text(configuration(links, authority))

    def settings(self) -> Settings:
        faults = self.desk.directory / "faults.json"
        faults.write_text(json.dumps(FAULTS))
        return Settings(self.world, lag=LAG, pending=LAG, faults=faults, call_log=self.calls)

    def effects(self) -> Counter[tuple[str, str | None, str | None]]:
        calls = [json.loads(line) for line in self.calls.read_text().splitlines()] if self.calls.exists() else []
        return Counter(
            (call["action"], call["instance_id"], call["vpc_id"]) for call in calls if call["outcome"] == "ok"
        )

    def assert_all_is_as_declared(self, after: str) -> None:
        """Cloud, state and call log agree, each effect happened once, and there is nothing left to do."""
        assert self.desk.cl("plan", "--detailed-exitcode") == 0, f"{after}\n{self.desk.said}"
        state = {one.identity.id for one in self.desk.store.read().objects.values()}
        assert state == {*AFTER.values(), *(f"{one}/{vpc_id}" for one, vpc_id in AFTER.items())}, after
        assert not self.desk.store.journal_path.exists()
        assert self.effects() == Counter(EFFECTS), after


EFFECTS = [
    ("EnableVpcClassicLink", None, "vpc-new"),
    *(("DetachClassicLinkVpc", one, vpc_id) for one, vpc_id in BEFORE.items() if AFTER.get(one) != vpc_id),
    *(("AttachClassicLinkVpc", one, vpc_id) for one, vpc_id in AFTER.items() if BEFORE.get(one) != vpc_id),
]


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
        counted.write(AFTER, cloud.authority)
        found = count_points(counted.desk)
        counted.assert_all_is_as_declared("left alone")
    return found


@pytest.mark.parametrize("part", range(PARTS) if EVERY else [0])
def test_an_apply_over_the_wire_that_is_killed_is_completed_by_the_next(
    part: int, template: Clouded, points: int, tmp_path: Path
) -> None:
    assert points > 60
    killed = 0
    chosen = range(1 + 3 * part, points, 3 * PARTS) if EVERY else range(points // 10, points, points // 6)
    for point in chosen:
        after = f"killed at point {point} of {points}"
        clouded = copied(template, tmp_path / after)
        with emulated(clouded.settings()) as cloud:
            clouded.write(AFTER, cloud.authority)
            ended = clouded.desk.cl(*APPLY, first=killed_at(point))
            killed += ended == -signal.SIGKILL
            assert ended in (0, -signal.SIGKILL), f"{after}\n{clouded.desk.said}"
            assert clouded.desk.cl(*APPLY) == 0, f"{after}\n{clouded.desk.said}"
            clouded.assert_all_is_as_declared(after)
        links = {one["instance_id"]: one["vpc_id"] for one in json.loads(clouded.world.read_text())["links"]}
        assert links == AFTER, after
    # How many records share one fsync differs from run to run; each call to the cloud has two points of its own.
    assert killed >= sum(point <= 2 * len(EFFECTS) for point in chosen)
