"""Random small networks with security groups, as world files."""

from __future__ import annotations

from random import Random
from typing import Any

Thing = dict[str, Any]

ACCOUNT = {"account_id": "1001", "region_id": "hz"}
VPCS = [
    ("vpc-a", "172.16.0.0/16", "172.16.1.0/24"),
    ("vpc-b", "10.0.0.0/8", "10.111.1.0/24"),
    ("vpc-c", "192.168.0.0/16", "192.168.1.0/24"),
    ("vpc-d", "172.17.0.0/16", "172.17.1.0/24"),
    ("vpc-e", "10.0.0.0/8", "10.200.1.0/24"),
]
BLOCKS = ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.0.1/32", "10.1.0.2/31", "172.16.0.0/12", "172.16.1.8/29"]
PORTS = ["80/80", "80/90", "1/65535", "443/443", "85/443", "1/79", "444/65535"]


def random_network(random: Random) -> Thing:
    """One or two VPCs, up to four things in each, up to four classic instances, and groups with rules for them all."""
    chosen = random.sample(VPCS, random.choice([1, 1, 2]))
    groups = [_group(f"sg-classic-{number}", None, random) for number in range(random.randint(1, 3))]
    groups += [
        _group(f"sg-{vpc_id}-{number}", vpc_id, random)
        for vpc_id, *_ in chosen
        for number in range(random.randint(1, 3))
    ]
    for group in groups:
        drawn = [_rule(group, groups, number, random) for number in range(random.randint(0, 6))]
        group["rules"] = list({_stands_for(rule): rule for rule in drawn}.values())
    instances = [_classic(number, groups, random) for number in range(random.randint(1, 4))]
    resources: list[Thing] = []
    for vpc_id, _, subnet in chosen:
        for number in range(random.randint(1, 4)):
            home = _inside(vpc_id, subnet, number, groups, random)
            if random.random() < 0.8:
                instances.append({**home, **ACCOUNT, "instance_id": f"i-{vpc_id}-{number}", "network_type": "vpc"})
            else:
                resources.append({**home, "resource_id": f"r-{vpc_id}-{number}", "kind": "rds"})
    world: Thing = {
        "vpcs": [
            {"vpc_id": name, **ACCOUNT, "cidr_block": block, "classic_link_enabled": random.random() < 0.9}
            for name, block, _ in chosen
        ],
        "vswitches": [
            {"vswitch_id": f"vsw-{name}", "vpc_id": name, "cidr_block": subnet} for name, _, subnet in chosen
        ],
        "route_entries": [
            {
                "vpc_id": chosen[0][0],
                "destination_cidr_block": random.choice(["10.0.0.0/8", "10.1.0.0/31", "0.0.0.0/0"]),
            }
        ]
        if random.random() < 0.1
        else [],
        "instances": instances,
        "cloud_resources": resources,
        "links": [
            {"instance_id": one["instance_id"], "vpc_id": random.choice(chosen)[0]}
            for one in instances
            if one["network_type"] == "classic" and random.random() < 0.85
        ],
    }
    return world if random.random() < 0.03 else {**world, "security_groups": groups}


def _group(name: str, vpc_id: str | None, random: Random) -> Thing:
    group: Thing = {"security_group_id": name, **ACCOUNT, "inner_access_policy": random.choice(["accept", "drop"])}
    if vpc_id is None:
        return group
    return {**group, "vpc_id": vpc_id, "type": "enterprise" if random.random() < 0.1 else "normal"}


def _rule(group: Thing, groups: list[Thing], number: int, random: Random) -> Thing:
    """Its source is most often a group of the other side; all is drawn from few values, so that rules collide."""
    protocol = random.choice(["tcp", "tcp", "tcp", "udp", "icmp", "gre", "all"])
    across = [each for each in groups if ("vpc_id" in each) != ("vpc_id" in group)]
    source: Thing = {"source_cidr_block": random.choice(BLOCKS)}
    if random.random() < 0.6 and group.get("type") != "enterprise":
        source = {"source_security_group_id": random.choice([*across, *across, *groups])["security_group_id"]}
    return {
        "rule_id": f"sgr-{group['security_group_id']}-{number}",
        **source,
        "ip_protocol": protocol,
        "port_range": random.choice(PORTS) if protocol in ("tcp", "udp") else "-1/-1",
        "policy": "drop" if random.random() < 0.35 else "accept",
        "priority": random.randint(1, 3),
    }


def _stands_for(rule: Thing) -> tuple[str, ...]:
    """What makes a rule of a group the same as another: all but its id and its priority."""
    return tuple(str(value) for key, value in rule.items() if key not in ("rule_id", "priority"))


def _classic(number: int, groups: list[Thing], random: Random) -> Thing:
    routes = random.choice([None, [], [{"destination_cidr_block": "192.168.0.0/16", "next_hop": "private_nic"}]])
    one: Thing = {"instance_id": f"i-{number}", **ACCOUNT, "network_type": "classic", "private_ip": f"10.1.0.{number}"}
    known = {} if routes is None else {"guest_routes": routes}
    return {**one, **known, **_members([each for each in groups if "vpc_id" not in each], random)}


def _inside(vpc_id: str, subnet: str, number: int, groups: list[Thing], random: Random) -> Thing:
    return {
        "vpc_id": vpc_id,
        "vswitch_id": f"vsw-{vpc_id}",
        "private_ip": subnet.replace("0/24", str(8 + number)),
        **_members([each for each in groups if each.get("vpc_id") == vpc_id], random),
    }


def _members(groups: list[Thing], random: Random) -> Thing:
    """Some groups of one type, as the cloud wants it; sometimes they are unknown."""
    if random.random() < 0.1:
        return {}
    type_ = random.choice(groups).get("type")
    near = [each["security_group_id"] for each in groups if each.get("type") == type_]
    return {"security_group_ids": sorted(random.sample(near, random.randint(1, len(near))))}
