"""A second opinion on who reaches whom, made of world files alone: slow, obvious, and without a line of `planner`.

One packet at a time: a protocol, and a port for tcp and udp. Where something is unknown, every way in which it may be
is tried, and the answer is None where they differ.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from itertools import chain, combinations
from typing import Any

Thing = dict[str, Any]
Answer = bool | None


def arrives(world: Thing, source_id: str, target_id: str, protocol: str, port: int) -> Answer:
    """Whether this packet gets from one thing to the other; None where it cannot be known."""
    source, target = thing(world, source_id), thing(world, target_id)
    way = network_way(world, source, target)
    if way is False or (way is None and not classic(source) and not classic(target)):
        return way
    return both(way, let_in(world, source, target, protocol, port, between_classic=classic(source) and classic(target)))


def both(one: Answer, other: Answer) -> Answer:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def thing(world: Thing, name: str) -> Thing:
    everything: list[Thing] = [*world["instances"], *world["cloud_resources"]]
    return next(each for each in everything if name in (each.get("instance_id"), each.get("resource_id")))


def classic(one: Thing) -> bool:
    return bool(one.get("network_type") == "classic")


def network_way(world: Thing, source: Thing, target: Thing) -> Answer:
    """Whether the network leads there, whatever security groups say."""
    if classic(source) and classic(target):
        return bool(source["region_id"] == target["region_id"])
    if not classic(source) and not classic(target):
        return True if source["vpc_id"] == target["vpc_id"] else elsewhere(world, source, target)
    outside, inside = (source, target) if classic(source) else (target, source)
    vpc = next(each for each in world["vpcs"] if each["vpc_id"] == inside["vpc_id"])
    links = {each["instance_id"]: each["vpc_id"] for each in world["links"]}
    if links.get(outside["instance_id"]) != vpc["vpc_id"] or not vpc["classic_link_enabled"]:
        return False
    if ip_address(inside["private_ip"]) not in ip_network(vpc["cidr_block"]):
        return False
    if vpc["cidr_block"].startswith("10."):
        subnet = next(each for each in world["vswitches"] if each["vswitch_id"] == inside["vswitch_id"])
        if not subnet["cidr_block"].startswith("10.111."):
            return False
    routes = [each["destination_cidr_block"] for each in world["route_entries"] if each["vpc_id"] == vpc["vpc_id"]]
    if "10.0.0.0/8" in routes:
        return False
    answer: Answer = True
    if vpc["cidr_block"].startswith("192.168."):
        known = outside.get("guest_routes")
        if known == []:
            return False
        answer = None if known is None else True
    covering = [route for route in routes if ip_address(outside["private_ip"]) in ip_network(route)]
    return both(answer, None if any(route != "0.0.0.0/0" for route in covering) else True)


def elsewhere(world: Thing, source: Thing, target: Thing) -> Answer:
    """ClassicLink joins no two VPCs; where a route of the first leads cannot be seen."""
    routes = [each["destination_cidr_block"] for each in world["route_entries"] if each["vpc_id"] == source["vpc_id"]]
    return None if any(ip_address(target["private_ip"]) in ip_network(route) for route in routes) else False


def let_in(
    world: Thing, source: Thing, target: Thing, protocol: str, port: int, *, between_classic: bool = False
) -> Answer:
    """Whether the target's security groups let the packet in. Where they are unknown, a link or a VPC is taken at its
    word, and the classic network is not."""
    groups = world.get("security_groups")
    own = target.get("security_group_ids")
    if groups is None or own is None:
        return None if between_classic else True
    answers = {
        accepted(groups, source["private_ip"], theirs, own, protocol, port)
        for theirs in possible_groups(groups, source)
    }
    return answers.pop() if len(answers) == 1 else None


def possible_groups(groups: list[Thing], source: Thing) -> Iterator[set[str]]:
    """The groups of the source; every set of groups that it may be in, where they are unknown."""
    if source.get("security_group_ids") is not None:
        yield set(source["security_group_ids"])
        return
    home = None if classic(source) else source["vpc_id"]
    near = [each["security_group_id"] for each in groups if each.get("vpc_id") == home]
    for some in chain.from_iterable(combinations(near, size) for size in range(len(near) + 1)):
        yield set(some)


def accepted(groups: list[Thing], ip: str, theirs: set[str], own: list[str], protocol: str, port: int) -> bool:
    mine = [each for each in groups if each["security_group_id"] in own]
    for group in mine:
        basic = group.get("type", "normal") != "enterprise"
        if group["security_group_id"] in theirs and basic and group.get("inner_access_policy", "accept") == "accept":
            return True
    matching = [rule for group in mine for rule in group["rules"] if matches(rule, ip, theirs, protocol, port)]
    if not matching:
        return False
    best = min(rule["priority"] for rule in matching)
    return all(rule["policy"] == "accept" for rule in matching if rule["priority"] == best)


def matches(rule: Thing, ip: str, theirs: set[str], protocol: str, port: int) -> bool:
    if "source_security_group_id" in rule:
        if rule["source_security_group_id"] not in theirs:
            return False
    elif ip_address(ip) not in ip_network(rule["source_cidr_block"]):
        return False
    if rule["ip_protocol"] == "all":
        return True
    if rule["ip_protocol"] != protocol:
        return False
    if protocol not in ("tcp", "udp"):
        return True
    first, last = rule["port_range"].split("/")
    return int(first) <= port <= int(last)
