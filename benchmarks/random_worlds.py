"""The worlds and the state of a random project."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from random_draft import CIDR_BLOCKS, GUEST, LINK, ROUTE, RULE, VPC, Draft, Thing, blocks

from support.grouped_estates import group, world_rule
from support.story_estates import instance, link, vpc

COMPUTED = {"region_id": "cn-hangzhou", "account_id": "1001"}


def world(draft: Draft, provider: str, declared: list[Thing], remembered: list[Thing]) -> dict[str, Any]:
    """What a provider sees: what the state remembers of it, and what has changed since."""
    random = draft.random
    drift = 0 if draft.calm else draft.one_of(0, 0, 0.02, 0.3)
    account = {"account_id": f"100{1 + draft.providers.index(provider)}"}
    mine = [thing for thing in remembered if thing.provider == provider and not draft.chance(drift)]
    seen = [vpc_id for vpc_id in draft.vpcs if not draft.odd(0.01)]
    enabled = {thing.arguments["vpc_id"] for thing in mine if thing.type in (VPC, LINK)}
    links = {thing.arguments["instance_id"]: thing.arguments["vpc_id"] for thing in mine if thing.type == LINK}
    for thing in declared:
        if thing.type == LINK and thing.provider == provider and draft.chance(drift / 2):
            links.setdefault(thing.arguments["instance_id"], draft.one_of(thing.arguments["vpc_id"], *draft.vpcs))
    routed = {thing.arguments["instance_id"] for thing in mine if thing.type == ROUTE}
    routed |= {thing.arguments["instance_id"] for thing in mine if draft.calm and thing.type == LINK}
    odd = 0 if draft.calm else draft.one_of(0, 0, 0.01, 0.1)
    found: dict[str, Any] = {"format_version": "1.0", **account}
    found["vpcs"] = [_vpc(draft, odd, one, enabled=one in enabled or draft.chance(0.1), **account) for one in seen]
    found["vswitches"] = [
        {"vswitch_id": f"vsw-{one}-{n}", "vpc_id": one, "cidr_block": draft.one_of("10.111.1.0/24", "172.16.1.0/24")}
        for one in seen
        for n in (1, 2)
    ]
    found["route_entries"] = [
        {"vpc_id": one, "destination_cidr_block": draft.one_of("10.0.0.0/8", "10.9.0.0/16", "0.0.0.0/0")}
        for one in seen
        if draft.chance(odd)
    ]
    listed = [one for one in draft.instances if not draft.chance(odd / 5)]
    found["instances"] = [_instance(draft, odd, one, routed, number, account) for number, one in enumerate(listed)]
    found["links"] = [link(one, vpc_id) for one, vpc_id in links.items() if one in set(listed) and vpc_id in seen]
    found["cloud_resources"] = [
        {"resource_id": f"rm-{one}", "kind": "rds", "vpc_id": one, "private_ip": f"172.16.1.{20 + number}"}
        for number, one in enumerate(seen)
        if draft.chance(0.5)
    ]
    if draft.groups or draft.chance(0.1):
        found["security_groups"] = [*_groups(draft, mine, seen, account)]
    random.shuffle(found["instances"])
    return found


def _vpc(draft: Draft, odd: float, vpc_id: str, *, enabled: bool, **more: Any) -> dict[str, Any]:
    block = draft.one_of(*CIDR_BLOCKS) if draft.chance(odd * 3) else CIDR_BLOCKS[0] if draft.chance(0.8) else GUEST
    status = {"status": "Pending"} if draft.chance(odd) else {}
    secondary = {"secondary_cidr_blocks": ["172.30.0.0/16"]} if draft.chance(odd) else {}
    region = {"region_id": "cn-beijing"} if draft.chance(odd / 3) else {}
    return vpc(vpc_id, block, classic_link_enabled=enabled, **more, **status, **secondary, **region)


def _instance(
    draft: Draft, odd: float, instance_id: str, routed: set[str], number: int, more: Mapping[str, Any]
) -> dict[str, Any]:
    entry = instance(instance_id, f"10.{1 + number // 250}.7.{1 + number % 250}", **more)
    entry |= {"tags": {"app": draft.one_of("shop", "lab")}, "name": f"web-{number}"} if draft.chance(0.5) else {}
    routes = [{"destination_cidr_block": GUEST, "next_hop": "private_nic"}] if instance_id in routed else []
    entry |= {} if draft.chance(0.3) else {"guest_routes": routes}
    entry |= {"security_group_ids": [draft.one_of("sg-web", "sg-app")]} if draft.groups else {}
    if draft.chance(odd):
        entry |= draft.one_of(
            {"status": "Starting"},
            {"status": "Stopped"},
            {"operation_locks": ["security"]},
            {"account_id": "1009"},
            {"region_id": "cn-beijing"},
            {"private_ip": "10.111.1.7"},
            {"private_ip": "172.16.1.7"},
        )
    return entry


def _groups(draft: Draft, mine: list[Thing], vpcs: list[str], more: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for group_id in draft.groups or ["sg-web"]:
        home = group_id.removeprefix("sg-") if group_id.startswith("sg-vpc") else None
        if home is not None and home not in vpcs:
            continue
        rules = [
            world_rule(
                thing.arguments["source_security_group_id"],
                thing.arguments["port_range"],
                ip_protocol=thing.arguments["ip_protocol"],
                policy=thing.arguments.get("policy", "accept"),
                priority=draft.one_of(1, thing.arguments.get("priority", 1)),
                rule_id=f"sgr-{group_id}-{number}",
            )
            for number, thing in enumerate(mine)
            if thing.type == RULE and thing.arguments["security_group_id"] == group_id
        ]
        distinct = {json.dumps({**rule, "rule_id": "", "priority": 0}): rule for rule in rules}
        drops = [world_rule("sg-web", "1/65535", policy="drop", rule_id=f"sgr-{group_id}-x")] * draft.chance(0.1)
        yield group(group_id, home, *distinct.values(), *drops, **more)


def state(draft: Draft, remembered: list[Thing]) -> dict[str, Any]:
    resources = []
    for (module, provider, type_, name), things in blocks(remembered):
        entries = [_remembered_instance(draft, thing) for thing in things]
        placed = {"module": f"module.{module}"} if module else {}
        resources.append({**placed, "type": type_, "name": name, "provider": provider, "instances": entries})
    outputs = {"kept": {"value": [1], "type": ["tuple", ["number"]]}, "gone": {"value": "x", "type": "string"}}
    cut = {"moves_cut_short": [draft.random.choice(draft.instances)]} if draft.instances and draft.chance(0.05) else {}
    drawn = {"outputs": outputs} if draft.chance(0.3) else {}
    return {"version": 1, "serial": 3, "lineage": "random", "resources": resources, **drawn, **cut}


def _remembered_instance(draft: Draft, thing: Thing) -> dict[str, Any]:
    computed: dict[str, Any] = dict(COMPUTED)
    if thing.type == VPC:
        computed["cidr_block"] = draft.one_of(CIDR_BLOCKS[0], CIDR_BLOCKS[0], CIDR_BLOCKS[1])
    elif thing.type == LINK:
        computed |= {"private_ip": "10.1.7.1", "vswitch_ids": None}
    elif thing.type == ROUTE:
        computed = {"next_hop": "private_nic", "destination_cidr_block": GUEST}
    else:
        computed |= {"policy": "accept", "priority": 1, "description": "", "direction": "ingress"}
    entry: dict[str, Any] = {"attributes": {**computed, **thing.arguments}, "dependencies": []}
    if thing.type == LINK and draft.chance(0.3):
        entry["dependencies"] = [f"{VPC}.all"]
    entry |= {} if thing.key is None else {"index_key": thing.key}
    return entry | ({"prevent_destroy": True} if draft.chance(0.01) else {})
