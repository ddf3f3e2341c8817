"""Reach agrees with a model that is written from world files alone, on random small networks."""

from __future__ import annotations

import json
import os
from itertools import permutations
from random import Random
from typing import Any

import pytest

from planner.network.advice import advise_between
from planner.network.filtering import Ruling
from planner.network.reach import reach
from planner.network.scenarios import Act
from planner.network.traffic import Traffic
from planner.network.world import World
from providers.mock.world_file import parse_world
from support.random_networks import random_network
from support.reach_model import Answer, arrives, let_in, network_way, thing

NETWORKS = int(os.environ.get("CL_NETWORKS", "2000"))
PARTS = 4
PAIRS_A_NETWORK = 3
PROTOCOLS = ["tcp", "udp", "icmp", "gre", "other"]


@pytest.mark.parametrize("part", range(PARTS))
def test_reach_agrees_with_the_model_on_random_networks(part: int) -> None:
    random = Random(part)  # noqa: S311 - no secret
    answers: dict[Answer, int] = {True: 0, False: 0, None: 0}
    for _ in range(NETWORKS // PARTS):
        document = random_network(random)
        world = parse_world(json.dumps(document), "world.json")
        names = [one["instance_id"] for one in document["instances"]]
        names += [one["resource_id"] for one in document["cloud_resources"]]
        pairs = list(permutations(names, 2))
        for source, target in random.sample(pairs, min(PAIRS_A_NETWORK, len(pairs))):
            protocol, port = random.choice(PROTOCOLS[:4]), random.choice([79, 80, 85, 90, 91, 443, 444, 65_535])
            expected = arrives(document, source, target, protocol, port)
            asked = Traffic(protocol, port if protocol in ("tcp", "udp") else None)
            found = reach(world, source, target, asked)
            assert found.reachable is expected, (document, source, target, protocol, port)
            answers[expected] += 1
            agree_on_all_traffic(world, document, source, target)
    assert min(answers.values()) > NETWORKS // PARTS // 20, f"hardly any network of one kind: {answers}"


def agree_on_all_traffic(world: World, document: dict[str, Any], source: str, target: str) -> None:
    """What passes, asked without a protocol, is what passes packet by packet."""
    found = reach(world, source, target)
    way = network_way(document, thing(document, source), thing(document, target))
    rulings = [ruling for hop in found.hops for ruling in hop.rulings]
    answers = [arrives(document, source, target, protocol, port) for protocol, port in packets(rulings)]
    some = True if True in answers else None if None in answers else False
    assert found.reachable is some, (document, source, target)
    if not rulings:
        return
    assert way is not False
    ends = thing(document, source), thing(document, target)
    for protocol, port in packets(rulings):
        (ruling,) = [each for each in rulings if covers(each, protocol, port)]
        expected = let_in(document, *ends, protocol, port)
        assert ruling.verdict.accepted is expected, (document, source, target, protocol, port)
        if ruling.verdict.rule is not None:
            assert (ruling.verdict.rule.policy == "accept") is expected


def covers(ruling: Ruling, protocol: str, port: int) -> bool:
    span = ruling.span
    return span.protocol == protocol and (span.first <= port <= span.last or span.first == -1)


def packets(rulings: list[Ruling]) -> set[tuple[str, int]]:
    """A packet on each side of every border, and the first and last port."""
    borders = {1, 80, 65_535} | {port for ruling in rulings for port in (ruling.span.first, ruling.span.last)}
    ports = {port + more for port in borders for more in (-1, 0, 1) if 1 <= port + more <= 65_535}
    return {(protocol, port) for protocol in ("tcp", "udp") for port in ports} | {
        (protocol, 1) for protocol in ("icmp", "gre", "other")
    }


def test_advice_agrees_with_reach_on_random_networks() -> None:
    """Nothing is to be done exactly where the target is reached; where groups decide, what they hide is unknown."""
    random = Random(7)  # noqa: S311 - no secret
    ready = 0
    for _ in range(NETWORKS // PARTS):
        document = random_network(random)
        world = parse_world(json.dumps(document), "world.json")
        names = [one["instance_id"] for one in document["instances"]]
        pairs = list(permutations(names, 2))
        for source, target in random.sample(pairs, min(PAIRS_A_NETWORK, len(pairs))):
            asked = Traffic("tcp", random.choice([79, 80, 443]))
            advice = advise_between(world, source, target, asked)
            acts = [[step.act for step in solution.steps] for solution in advice.solutions]
            needs_nothing = acts == [[Act.READY]] and not advice.obstacles
            reachable = reach(world, source, target, asked).reachable
            assert reachable is not False or not needs_nothing, (document, source, target)
            assert reachable is not True or needs_nothing, (document, source, target)
            ready += needs_nothing
    assert ready > NETWORKS // PARTS // 20, "hardly any network where nothing is to be done"
