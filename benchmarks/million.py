"""What a plan of a million links takes: 1,000 VPCs of 1,000 links each, half of them moving, from a CSV file.

    python benchmarks/million.py [--vpcs 1000] [--keep DIR]

Makes a project in a directory (one block with `for_each` over `csvdecode(file(…))`, the state of all links, a simulated
cloud in which every slot of every VPC is taken) and runs `cl plan -out=plan.json` there, in a process of its own on one
core. It prints the processor time of each phase and of the whole command, and the peak memory. The goal for the whole
is 120 s and 8 GB. `--keep` leaves the project in DIR, which saves most of a minute in the next run.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

LINKS_IN_A_VPC = 1_000
PLACE = {"account_id": "1001", "region_id": "cn-hangzhou"}
CIDR = "172.16.0.0/12"
MAIN = """provider "mock" {
  world = "world.json"
}

locals {
  links = { for row in csvdecode(file("${path.module}/links.csv")) : row.instance_id => row.vpc_id }
}

resource "classiclink_vpc" "all" {
  for_each = toset(values(local.links))
  vpc_id   = each.key
}

resource "classiclink_attachment" "fleet" {
  for_each    = local.links
  instance_id = each.key
  vpc_id      = classiclink_vpc.all[each.value].vpc_id
}
"""
SECONDS, MEGABYTES = 120, 8_192
"""The goal."""

PHASES = {
    "planner.app.project:Project.configuration": "configuration read",
    "planner.app.providers:open_provider": "world read",
    "planner.app.project:Project.prior": "state read",
    "planner.app.project:Project.desired": "configuration evaluated",
    "planner.app.planning:make_plan": "plan made",
    "planner.documents.plan_loading:plan_checksum": "of it the checksum",
    "planner.render.json:json_text": "plan as JSON text",
    "planner.app.plan_file:save_plan": "plan written",
    "planner.cli.reports:Reports.write": "text",
}
"""What is timed, by module and name; each is part of the whole, or of what is above it."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--vpcs", type=int, default=1_000)
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        directory = asked.keep or Path(folder)
        if not (directory / "main.hcl").exists():
            directory.mkdir(exist_ok=True)
            write_estate(directory, asked.vpcs)
        with multiprocessing.get_context("spawn").Pool(1) as alone:
            phases, seconds, megabytes, code = alone.apply(plan, (str(directory),))
    for name, spent in phases.items():
        say(f"{name:24} {spent:7.1f} s")
    say(f"{'all':24} {seconds:7.1f} s, goal {SECONDS}; {megabytes:,.0f} MB, goal {MEGABYTES:,}; exit {code}")


def write_estate(directory: Path, count: int) -> None:
    """The project. Every move goes to the slot of another one, so that full VPCs stay full."""
    vpcs = [f"vpc-{number:04}" for number in range(count)]
    links = {f"i-{number:07}": vpcs[number % count] for number in range(count * LINKS_IN_A_VPC)}
    random = Random(1)  # noqa: S311 - a repeatable mix, no secret
    movers = sorted(random.sample(list(links), len(links) // 2))
    targets = [links[name] for name in movers]
    random.shuffle(targets)
    after = {**links, **dict(zip(movers, targets, strict=True))}
    (directory / "main.hcl").write_text(MAIN, encoding="utf-8")
    with (directory / "links.csv").open("w", encoding="utf-8") as file:
        file.write("instance_id,vpc_id\n")
        file.writelines(f"{instance_id},{vpc_id}\n" for instance_id, vpc_id in after.items())
    write_list(directory / "world.json", world(vpcs, links))
    write_list(directory / "cl.state.json", state(vpcs, links))


def write_list(path: Path, parts: Iterator[str]) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(parts)


def world(vpcs: list[str], links: dict[str, str]) -> Iterator[str]:
    """The simulated cloud as JSON, piece by piece."""
    yield f'{{"format_version": "1.0", "account_id": "1001", "vpcs": {json.dumps([vpc(name) for name in vpcs])}'
    yield ', "instances": ['
    for number, name in enumerate(links):
        entry = {"instance_id": name, **PLACE, "network_type": "classic", "private_ip": address(number)}
        yield (", " if number else "") + json.dumps(entry)
    yield '], "links": ['
    for number, (name, vpc_id) in enumerate(links.items()):
        yield (", " if number else "") + json.dumps({"instance_id": name, "vpc_id": vpc_id})
    yield "]}\n"


def vpc(name: str) -> dict[str, Any]:
    return {"vpc_id": name, **PLACE, "cidr_block": CIDR, "classic_link_enabled": True}


def state(vpcs: list[str], links: dict[str, str]) -> Iterator[str]:
    """The state that an apply of those links leaves, as JSON, piece by piece."""
    yield '{"version": 1, "serial": 1, "lineage": "million", "outputs": {}, "resources": ['
    yield '{"mode": "managed", "type": "classiclink_attachment", "name": "fleet", "provider": "mock", "instances": ['
    for number, (name, vpc_id) in enumerate(links.items()):
        attributes = {"instance_id": name, "vpc_id": vpc_id, "vswitch_ids": None, **PLACE}
        yield (", " if number else "") + json.dumps(
            {
                "index_key": name,
                "schema_version": 0,
                "attributes": {**attributes, "private_ip": address(number)},
                "sensitive_attributes": [],
                "dependencies": ["classiclink_vpc.all"],
            }
        )
    yield ']}, {"mode": "managed", "type": "classiclink_vpc", "name": "all", "provider": "mock", "instances": '
    yield json.dumps(
        [{"index_key": name, "attributes": {"vpc_id": name, **PLACE, "cidr_block": CIDR}} for name in vpcs]
    )
    yield "}]}\n"


def address(number: int) -> str:
    return f"10.{number // 65536}.{number // 256 % 256}.{number % 256}"


def plan(directory: str) -> tuple[dict[str, float], float, float, int]:
    """Seconds of processor time by phase, seconds and megabytes in all, and the exit code of `cl plan`."""
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    os.chdir(directory)
    spent: dict[str, float] = {}
    for where, name in PHASES.items():
        timed(where, name, spent)
    from planner.cli.main import run
    from planner.cli.session import Session

    kept = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    code = int(run(Session(os.environ), ["plan", "-out=plan.json"]))
    sys.stdout.flush()
    os.dup2(kept, 1)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    ordered = {name: spent[name] for name in PHASES.values() if name in spent}
    return ordered, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, code


def timed(where: str, name: str, spent: dict[str, float]) -> None:
    """Have the time of every call of a function, or of a property when it is first asked for, added up."""
    from functools import cached_property
    from importlib import import_module

    module_name, _, path = where.partition(":")
    module = import_module(module_name)
    owner, _, attribute = path.rpartition(".")
    holder = getattr(module, owner) if owner else module
    found = vars(holder)[attribute]
    if isinstance(found, cached_property):
        found.func = clocked(found.func, name, spent)
        return
    wrapper = clocked(found, name, spent)
    setattr(holder, attribute, wrapper)
    for other in list(sys.modules.values()):  # those that have imported it by its name
        if vars(other).get(attribute) is found and other.__name__.startswith("planner"):
            setattr(other, attribute, wrapper)


def clocked(function: Callable[..., Any], name: str, spent: dict[str, float]) -> Callable[..., Any]:
    def call(*arguments: Any, **named: Any) -> Any:
        began = time.process_time()
        try:
            return function(*arguments, **named)
        finally:
            spent[name] = spent.get(name, 0.0) + time.process_time() - began

    return call


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
