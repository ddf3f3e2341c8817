"""What opens and closes by security group is what single packets get through, before and afterwards."""

from __future__ import annotations

import json
from itertools import product
from random import Random
from typing import Any

import pytest

from planner.network.flows import FlowEntry
from planner.network.openings import openings
from providers.mock.world_file import parse_world
from support.random_networks import random_network
from support.reach_model import arrives, classic

PACKETS = [("tcp", 80), ("tcp", 85), ("tcp", 443), ("udp", 85), ("icmp", -1), ("gre", -1), ("other", -1)]


@pytest.mark.parametrize("part", range(2))
def test_flows_count_the_pairs_that_a_packet_can_and_could_pass_between(part: int) -> None:
    random = Random(1000 + part)  # noqa: S311 - no secret
    compared = 0
    for _ in range(150):
        before = random_network(random)
        before["route_entries"] = []  # what is not known opens and closes nothing
        for vpc in before["vpcs"]:
            vpc["classic_link_enabled"] = True
        for one in before["instances"]:
            one["guest_routes"] = [{"destination_cidr_block": "192.168.0.0/16", "next_hop": "private_nic"}]
        after = {**before, "links": random_network_links(before, random)}
        if "security_groups" not in before:
            continue
        world = parse_world(json.dumps(before), "world.json")
        links = {one["instance_id"]: one["vpc_id"] for one in after["links"]}
        found = openings(world, world.links, links).to_json()["by_security_group"]
        for protocol, port in PACKETS:
            could, can = passing(before, protocol, port), passing(after, protocol, port)
            assert pairs(found["opened"], protocol, port) == len(can - could), (before, after["links"], protocol, port)
            assert pairs(found["closed"], protocol, port) == len(could - can), (before, after["links"], protocol, port)
            compared += len(can ^ could)
    assert compared > 500


def random_network_links(world: dict[str, Any], random: Random) -> list[dict[str, str]]:
    outside = [one["instance_id"] for one in world["instances"] if classic(one) and random.random() < 0.7]
    return [{"instance_id": one, "vpc_id": random.choice(world["vpcs"])["vpc_id"]} for one in outside]


def passing(world: dict[str, Any], protocol: str, port: int) -> set[tuple[str, str]]:
    """The pairs across a link that the packet passes between, of those whose groups are known."""
    known = {
        one.get("instance_id") or one["resource_id"]: one
        for one in (*world["instances"], *world["cloud_resources"])
        if "security_group_ids" in one
    }
    return {
        (source, target)
        for source, target in product(known, known)
        if classic(known[source]) != classic(known[target]) and arrives(world, source, target, protocol, port) is True
    }


def pairs(flows: list[FlowEntry], protocol: str, port: int) -> int:
    return sum(flow["pairs"] for flow in flows if any(covers(dict(each), protocol, port) for each in flow["traffic"]))


def covers(traffic: dict[str, Any], protocol: str, port: int) -> bool:
    first, last = map(int, traffic["port_range"].split("/"))
    return bool(traffic["ip_protocol"] == protocol and first <= port <= last)
