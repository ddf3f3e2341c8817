"""An apply of links over HTTP that is killed is completed by the next one. All of its points are killed by::

CL_KILLS=all pytest -n 2 tests/apply/test_wire_kills.py
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from support.story_estates import attach, enable, instance, vpc
from support.wire_kills import Change, Clouded, Kills, parts

PARTS = 8
AFTER = {f"i-{number}": "vpc-new" for number in range(6)} | {"i-stays": "vpc-old"}
BEFORE = {"i-0": "vpc-old", "i-1": "vpc-old", "i-stays": "vpc-old", "i-leaves": "vpc-old"}
FAULTS: list[dict[str, Any]] = [
    {"action": "AttachClassicLinkVpc", "nth": 2, "kind": "reset", "when": "after"},
    {"action": "AttachClassicLinkVpc", "nth": 4, "kind": "throttle"},
    {"action": "DetachClassicLinkVpc", "nth": 1, "kind": "html_502", "when": "after"},
    {"action": "EnableVpcClassicLink", "nth": 1, "kind": "close", "when": "after"},
    {"action": "DescribeClassicLinkInstances", "nth": 3, "kind": "truncate"},
]
EFFECTS = [
    ("EnableVpcClassicLink", None, "vpc-new"),
    *(("DetachClassicLinkVpc", one, vpc_id) for one, vpc_id in BEFORE.items() if AFTER.get(one) != vpc_id),
    *(("AttachClassicLinkVpc", one, vpc_id) for one, vpc_id in AFTER.items() if BEFORE.get(one) != vpc_id),
]


def blocks(links: dict[str, str]) -> str:
    vpcs = "".join(enable(vpc_id, vpc_id) for vpc_id in sorted(set(links.values())))
    return vpcs + "".join(attach(instance_id, instance_id, vpc_id) for instance_id, vpc_id in sorted(links.items()))


def each_happened_once(clouded: Clouded) -> None:
    """The links are as declared, and each effect happened once."""
    assert {one["instance_id"]: one["vpc_id"] for one in clouded.world["links"]} == AFTER
    done = [call for call in clouded.calls if call["outcome"] == "ok"]
    assert Counter((call["action"], call["instance_id"], call["vpc_id"]) for call in done) == Counter(EFFECTS)


CHANGE = Change(
    world={
        "vpcs": [vpc(vpc_id) for vpc_id in ("vpc-old", "vpc-new")],
        "instances": [instance(one, f"10.1.1.{at}") for at, one in enumerate(sorted({*BEFORE, *AFTER}), 1)],
    },
    before=blocks(BEFORE),
    after=blocks(AFTER),
    ids=frozenset({*AFTER.values(), *(f"{one}/{vpc_id}" for one, vpc_id in AFTER.items())}),
    faults=FAULTS,
    calls=len(EFFECTS),
    check=each_happened_once,
)


@pytest.fixture(scope="module")
def kills(tmp_path_factory: pytest.TempPathFactory) -> Kills:
    return Kills(CHANGE, tmp_path_factory.mktemp("kills"))


@pytest.mark.parametrize("part", parts(PARTS))
def test_an_apply_over_the_wire_that_is_killed_is_completed_by_the_next(part: int, kills: Kills) -> None:
    assert kills.points > 60
    kills.run(part, PARTS)
