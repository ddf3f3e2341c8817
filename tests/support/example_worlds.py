"""Worlds and steps written the way the rules' pages write them."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from planner.address import Address
from planner.diagnostics import Position, Span
from planner.network.identity import (
    ATTACHMENT,
    GUEST_ROUTE,
    RULE_ACTIONS,
    SECURITY_RULE,
    VPC,
    Action,
    Authorization,
    Enablement,
    GuestRoute,
    Identity,
    Link,
    RuleSettings,
)
from planner.network.security_groups import SecurityGroup, SecurityRule
from planner.network.world import GuestRouteEntry, Instance, RouteEntry, Unread, Vpc, VSwitch, World
from planner.network.worlds import Worlds
from planner.rules.manual import EXAMPLE_WORLD
from planner.rules.run import Report, judge_steps
from planner.steps import Place, Step

_IDS = {
    "vpcs": "vpc_id",
    "vswitches": "vswitch_id",
    "instances": "instance_id",
    "links": "instance_id",
    "security_groups": "security_group_id",
}
_ENTRIES = (*_IDS, "route_entries")
_ACTIONS = {
    "enable": Action.ENABLE,
    "disable": Action.DISABLE,
    "attach": Action.ATTACH,
    "detach": Action.DETACH,
    "add_guest_route": Action.ADD_GUEST_ROUTE,
    "remove_guest_route": Action.REMOVE_GUEST_ROUTE,
    "authorize": Action.AUTHORIZE_SECURITY_RULE,
    "revoke": Action.REVOKE_SECURITY_RULE,
    "modify": Action.MODIFY_SECURITY_RULE,
}


def example_world(overlay: Mapping[str, Any] | None = None, unread: tuple[Unread, ...] = ()) -> World:
    """The example world with these entries laid over it: an entry with a known id changes it, another is added."""
    raw = copy.deepcopy(EXAMPLE_WORLD)
    for kind, entries in (overlay or {}).items():
        if kind not in _ENTRIES:
            continue
        raw.setdefault(kind, [])
        for entry in entries:
            known = [old for old in raw[kind] if kind in _IDS and old.get(_IDS[kind]) == entry[_IDS[kind]]]
            if known:
                known[0].update(entry)
            else:
                raw[kind].append(entry)
    links = {link["instance_id"]: link["vpc_id"] for link in raw.get("links", ())}
    for vpc_id, count in (overlay or {}).get("linked", {}).items():
        links |= {f"i-other-{vpc_id}-{number}": vpc_id for number in range(count)}
    return World(
        account_id=raw["account_id"],
        vpcs={vpc["vpc_id"]: Vpc(**_tuples(vpc)) for vpc in raw["vpcs"]},
        vswitches={vswitch["vswitch_id"]: VSwitch(**vswitch) for vswitch in raw["vswitches"]},
        route_entries=tuple(RouteEntry(**entry) for entry in raw.get("route_entries", ())),
        instances={instance["instance_id"]: _instance(instance) for instance in raw["instances"]},
        links=links,
        security_groups=_groups(raw, overlay or {}),
        unread=unread,
    )


def _groups(raw: Mapping[str, Any], overlay: Mapping[str, Any]) -> dict[str, SecurityGroup] | None:
    if overlay.get("security_groups_unknown"):
        return None
    rules: dict[str, list[SecurityRule]] = {}
    for entry in overlay.get("rules", ()):
        own = {"source_security_group_id": None, "source_cidr_block": None, **entry}
        rules.setdefault(own.pop("security_group_id"), []).append(SecurityRule(**own))
    for group_id, count in overlay.get("rules_of", {}).items():
        more = [SecurityRule(None, f"10.{n // 256}.{n % 256}.0/24", "all", "-1/-1") for n in range(count)]
        rules.setdefault(group_id, []).extend(more)
    groups = raw["security_groups"]
    return {
        each["security_group_id"]: SecurityGroup(**each, rules=tuple(rules.get(each["security_group_id"], ())))
        for each in groups
    }


def judge(steps: Sequence[Step], world: World, **more: Any) -> Report:
    """What the rules say of steps of one provider."""
    return judge_steps(steps, Worlds({"mock": world}), **more)


def example_steps(words: list[str]) -> tuple[Step, ...]:
    """Steps such as `attach i-1 vpc-a vsw-1`, each declared on a line of its own."""
    return tuple(example_step(number, text) for number, text in enumerate(words, 1))


def example_step(number: int, text: str) -> Step:
    word, *ids = text.split()
    action = _ACTIONS[word]
    target: Identity
    if action in (Action.ENABLE, Action.DISABLE):
        target, type_, key = Enablement(ids[0]), VPC, ids[0]
    elif action in (Action.ATTACH, Action.DETACH):
        target, type_, key = Link(ids[0], ids[1]), ATTACHMENT, ids[0]
    elif action in RULE_ACTIONS:
        target, type_, key = Authorization(ids[0], ids[1], "tcp", "80/80", "accept"), SECURITY_RULE, ids[0]
    else:
        target, type_, key = GuestRoute(ids[0], "192.168.0.0/16"), GUEST_ROUTE, ids[0]
    return Step(
        id=number,
        action=action,
        target=target,
        address=Address(type_, "example", key),
        provider="mock",
        vswitch_ids=tuple(ids[2:]),
        place=example_place(number),
        settings=RuleSettings() if action in RULE_ACTIONS else None,
        rule_vpc_id=next((_VPC_OF[group_id] for group_id in ids if group_id in _VPC_OF), None),
    )


_VPC_OF = {each["security_group_id"]: each["vpc_id"] for each in EXAMPLE_WORLD["security_groups"] if "vpc_id" in each}


def example_place(line: int) -> Place:
    """A block on this line, with one argument a column."""
    names = ("vpc_id", "instance_id", "vswitch_ids")
    arguments = {name: _span(line, 10 * (column + 1)) for column, name in enumerate(names)}
    return Place(_span(line, 1), arguments)


def _span(line: int, column: int) -> Span:
    return Span("main.hcl", Position(line, column), Position(line, column + 5))


def _tuples(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}


def _instance(raw: Mapping[str, Any]) -> Instance:
    routes = raw.get("guest_routes")
    known = None if routes is None else tuple(GuestRouteEntry(**route) for route in routes)
    return Instance(**{**_tuples(raw), "guest_routes": known})
