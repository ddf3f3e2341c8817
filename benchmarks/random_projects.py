"""Random projects: a configuration, a state, worlds, and what is asked of `cl plan`.

What is declared and what the state remembers are both drawn from one list of objects, so that most are the same and the
rest was moved, renamed, dropped or added; the worlds have drifted from the state. Objects are written as blocks, as
`count`, and as `for_each` over maps, sets and CSV files, in the root module and in modules, of up to three providers.
Some projects break rules of the cloud, and some are no valid configuration at all.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from random import Random
from typing import Any

from random_configurations import write_configuration
from random_draft import GUEST, LINK, ROUTE, RULE, VPC, Draft, Thing, world_file
from random_worlds import state, world

PORTS = (("tcp", "80/80"), ("tcp", "3306/3306"), ("udp", "1/65535"), ("icmp", "-1/-1"), ("all", "-1/-1"))


@dataclass(frozen=True)
class Project:
    """The files of a project by name, what follows `cl plan`, and how many slots a VPC has."""

    files: Mapping[str, str]
    arguments: tuple[str, ...]
    slots: int


def random_project(random: Random) -> Project:
    """A project drawn by `random`: the same one for the same seed."""
    draft = Draft(random)
    _size(draft)
    declared = _declared(draft)
    remembered = _remembered(draft, declared)
    for provider in draft.providers:
        draft.files[world_file(provider)] = json.dumps(world(draft, provider, declared, remembered))
    draft.files["cl.state.json"] = json.dumps(state(draft, remembered))
    write_configuration(draft, declared, remembered)
    if draft.odd(0.1):
        name = draft.one_of(*(name for name in draft.files if name.endswith((".hcl", ".csv"))))
        draft.files[name] = _damaged(random, draft.files[name])
    return Project(draft.files, tuple(_arguments(draft, declared, remembered)), draft.slots)


def _size(draft: Draft) -> None:
    random = draft.random
    draft.calm = draft.chance(0.4)
    draft.providers = ["mock", "mock.lab", "mock.old"][: draft.one_of(1, 1, 1, 2, 3)]
    draft.vpcs = [f"vpc-{letter}" for letter in "abcdef"[: random.randint(1, 6)]]
    count = draft.one_of(0, 3, 8, 8, 20, 20, 60, 300)
    draft.instances = [f"i-{number}" for number in range(random.randint(count // 2, count))]
    draft.slots = draft.one_of(1_000, max(1, len(draft.instances) // len(draft.vpcs)), 1 + count // 3)
    if draft.chance(0.3):
        draft.groups = ["sg-web", "sg-app", *(f"sg-{vpc_id}" for vpc_id in draft.vpcs)]
    if draft.chance(0.4):
        draft.modules = {name: random.choice(draft.providers) for name in ("shop", "lab")[: random.randint(1, 2)]}


def _declared(draft: Draft) -> list[Thing]:
    """What shall be. Each VPC, instance and rule belongs to one provider, and mostly fits its slots."""
    random = draft.random
    found: list[Thing] = []
    homes = {vpc_id: _home(draft) for vpc_id in draft.vpcs}
    for vpc_id, (module, provider) in homes.items():
        if not draft.odd(0.15):
            one = Thing(VPC, *_named(draft, vpc_id, "v", ("all",)), {"vpc_id": vpc_id}, module, provider)
            found.append(one)
    taken = dict.fromkeys(draft.vpcs, 0)
    for instance_id in draft.instances:
        free = [vpc_id for vpc_id in draft.vpcs if taken[vpc_id] < draft.slots] if not draft.odd(0.02) else draft.vpcs
        if not free or draft.odd(0.1):
            continue
        vpc_id = random.choice(free)
        taken[vpc_id] += 1
        module, provider = homes[vpc_id] if not draft.odd(0.03) else _home(draft)
        arguments = {"instance_id": instance_id, "vpc_id": vpc_id}
        if draft.odd(0.03):
            arguments["vswitch_ids"] = random.sample([f"vsw-{vpc_id}-1", f"vsw-{vpc_id}-2", "vsw-none"], 2)
        names = ("fleet", "fleet", "web", "csv") if "vswitch_ids" not in arguments else ("fine",)
        found.append(Thing(LINK, *_named(draft, instance_id, "l", names), arguments, module, provider))
        if draft.chance(1 if draft.calm else 0.3):
            route = {"instance_id": instance_id}
            if draft.chance(0.1):
                route["destination_cidr_block"] = draft.one_of("192.168.1.0/24", GUEST)
            found.append(Thing(ROUTE, *_named(draft, instance_id, "r", ("to",)), route, module, provider))
    for number in range(random.randint(1, 6) if draft.groups else 0):
        module, provider = _home(draft)
        found.append(Thing(RULE, f"rule_{number}", None, _rule(draft), module, provider))
    if found and draft.odd(0.03):
        one = random.choice(found)
        found.append(replace(one, name=f"{one.name}_again"))
    return _distinct(draft, found)


def _home(draft: Draft) -> tuple[str, str]:
    """A module and the provider that it has, or the root module and any provider."""
    if draft.modules and draft.chance(0.4):
        name = draft.random.choice(list(draft.modules))
        return name, draft.modules[name]
    return "", draft.random.choice(draft.providers) if draft.chance(0.4) else "mock"


def _named(draft: Draft, thing_id: str, prefix: str, names: tuple[str, ...]) -> tuple[str, str | int | None]:
    """A name and a key: one block for many, or a block of its own."""
    if draft.chance(0.75):
        return draft.random.choice(names), thing_id
    return f"{prefix}_{thing_id.replace('-', '_')}", draft.one_of(None, None, 0)


def _rule(draft: Draft) -> dict[str, Any]:
    classic, inside = draft.one_of("sg-web", "sg-app"), draft.random.choice(draft.groups)
    group_id, source = draft.one_of((classic, inside), (inside, classic))
    protocol, ports = draft.one_of(*PORTS)
    arguments = {"security_group_id": group_id, "source_security_group_id": source, "ip_protocol": protocol}
    arguments["port_range"] = ports
    arguments |= {"policy": draft.one_of("accept", "drop")} if draft.chance(0.2) else {}
    arguments |= {"priority": draft.random.randint(1, 100)} if draft.chance(0.3) else {}
    return arguments | ({"description": draft.one_of("the shop", "größe", "")} if draft.chance(0.3) else {})


def _distinct(draft: Draft, things: Iterable[Thing]) -> list[Thing]:
    """Without a second one at an address, and every block of one provider and one kind of keys."""
    first: dict[tuple[str, str, str], Thing] = {}
    found: dict[str, Thing] = {}
    for thing in things:
        begun = first.setdefault((thing.module, thing.type, thing.name), thing)
        if (begun.provider, type(begun.key)) == (thing.provider, type(thing.key)):
            found.setdefault(thing.address, thing)
    return list(found.values())


def _remembered(draft: Draft, declared: list[Thing]) -> list[Thing]:
    """What an earlier configuration left in the state."""
    random = draft.random
    share = draft.one_of(0, 0.5, 0.9, 0.9, 1, 1)
    moved = draft.one_of(0, 0, 0.05, 0.5)
    renamed = draft.one_of(0, 0, 0, 0.2)
    found = []
    for thing in _swapped(draft, declared) if draft.calm else declared:
        if not draft.chance(share):
            continue
        if thing.type == LINK and draft.odd(moved):
            thing = replace(thing, arguments={**thing.arguments, "vpc_id": random.choice(draft.vpcs)})
        if thing.type == RULE and draft.chance(moved):
            thing = replace(thing, arguments={**thing.arguments, "priority": 50, "description": "before"})
        if draft.chance(renamed):
            other = {"name": f"{thing.name}_before"} if draft.chance(0.7) else {"module": "gone"}
            thing = replace(thing, **other)
        if draft.odd(0.02):
            thing = replace(thing, provider=random.choice(draft.providers))
        found.append(thing)
    if draft.calm:
        return _distinct(draft, found)
    known = {thing.arguments.get("instance_id") for thing in found if thing.type == LINK}
    leaving = draft.one_of(0, 0, 0.1, 1)
    for instance_id in draft.instances:
        if instance_id not in known and draft.chance(leaving):
            arguments = {"instance_id": instance_id, "vpc_id": random.choice(draft.vpcs)}
            found.append(Thing(LINK, "left", instance_id, arguments))
    for vpc_id in draft.vpcs:
        if draft.chance(leaving / 2) and not any(one.arguments.get("vpc_id") == vpc_id for one in found):
            found.append(Thing(VPC, "left", vpc_id, {"vpc_id": vpc_id}))
    return _distinct(draft, found)


def _swapped(draft: Draft, declared: list[Thing]) -> list[Thing]:
    """What is declared, with links of one provider that were in one another's VPC, so that full VPCs stay full."""
    share = draft.one_of(0, 0.1, 0.5, 1)
    found = []
    for _, things in groupby(sorted(declared, key=lambda one: one.provider), lambda one: one.provider):
        mine = list(things)
        movers = [one for one in mine if one.type == LINK and draft.chance(share)]
        origins = draft.random.sample([one.arguments["vpc_id"] for one in movers], len(movers))
        before = {one.address: origin for one, origin in zip(movers, origins, strict=True)}
        found += [
            replace(one, arguments={**one.arguments, "vpc_id": before[one.address]}) if one.address in before else one
            for one in mine
        ]
    return found


def _damaged(random: Random, text: str) -> str:
    """The text with a stretch of it gone, twice there, or another character in it."""
    start = random.randint(0, len(text))
    end = min(len(text), start + random.randint(1, 20))
    marks = random.choice(['"', "{", "}", "$", "=", "\n", "each.", "é", "[", ","])
    return random.choice([text[:start] + text[end:], text[:end] + text[start:], text[:start] + marks + text[start:]])


def _arguments(draft: Draft, declared: list[Thing], remembered: list[Thing]) -> Iterator[str]:
    """What is asked beside the plan as such: mostly nothing."""
    addresses = [thing.address for thing in (*declared, *remembered)] or [f"{VPC}.none"]
    kind = draft.one_of(*[""] * 12, "destroy", "refresh-only", "offline", "target", "exclude", "replace", "drain")
    match kind:
        case "destroy" | "refresh-only":
            yield f"--{kind}"
        case "offline":
            yield "--refresh=false"
        case "target" | "exclude" | "replace":
            yield from (f"--{kind}={draft.random.choice(addresses)}" for _ in range(draft.random.randint(1, 2)))
        case "drain":
            yield f"--drain={draft.random.choice(draft.vpcs)}"
            yield from ["--include-unmanaged"] * draft.chance(0.5)
    if draft.chance(0.05):
        yield f"--accept-detach={draft.random.randint(0, 5)}"
    if draft.chance(0.05):
        yield "--summary"
