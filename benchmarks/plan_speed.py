"""How long a plan takes, and how much memory, for 1,000, 10,000 and 100,000 links over 1, 10 and 100 VPCs, half moving.

    python benchmarks/plan_speed.py [LINKS ...]

Two estates for each size. "roomy": each VPC has a tenth of its slots free. "full": every slot of every VPC is taken,
so that one instance is parked and all hand-offs form one chain. Each runs in a process of its own; the time is
processor time, from the evaluated configuration, the state and the world to the finished document with its proof and
checksum; the memory is the peak of the process, less what the input took.

Each size is planned as often as makes 200,000 links, so that other load on the machine affects all sizes alike.
"seconds" is the mean. "quickest" is the quickest run, and favours small sizes, which run more often. These figures are
from Python 3.11 on two shared cores; compare only runs on the same machine:

        links   VPCs   estate   seconds  quickest   memory
       10,000     10   roomy       0.23      0.22    26 MB
       10,000     10   full        0.24      0.22    26 MB
      100,000    100   roomy       3.12      3.02   273 MB   13.6 times 10,000; n log n would be 12.5
      100,000    100   full        3.20      3.17   273 MB   13.3 times 10,000
    1,000,000  1,000   roomy      37.79     37.79  1631 MB   12.1 times 100,000; n log n would be 12.0
    1,000,000  1,000   full       43.82     43.82  1644 MB   13.7 times 100,000

The rest of the growth is memory access: a plan of 1,000 links takes about a third of the time per link that 100,000
links take, because all of it stays in the processor's caches. The goal for a million links is 45 s and 4 GB,
input included.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from datetime import UTC, datetime
from random import Random
from statistics import mean
from typing import Any

from planner.address import Address
from planner.config.desired import Desired, DesiredObject
from planner.diagnostics import Position, Span
from planner.network.identity import ATTACHMENT, VPC, Enablement, Identity, Link
from planner.network.world import LINKS_PER_VPC, Instance, Vpc, World
from planner.network.worlds import Worlds
from planner.plan.make import make_plan
from planner.plan.options import PlanContext, PlanOptions
from planner.state.model import State, StateObject
from planner.steps import Place

LINKS_IN_ALL = 200_000
FACTS = {"region_id": "cn-hangzhou", "account_id": "1001"}
CONTEXT = PlanContext(now=datetime(2026, 11, 23, tzinfo=UTC), plan_id="benchmark")


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or [1_000, 10_000, 100_000]
    say(f"{'links':>9} {'VPCs':>6}   estate   seconds  quickest   memory")
    before: dict[str, float] = {}
    for size in sizes:
        for estate in ("roomy", "full"):
            with multiprocessing.get_context("spawn").Pool(1) as alone:
                seconds, quickest, megabytes, vpcs = alone.apply(measure, (size, estate))
            growth = f"   {seconds / before[estate]:.1f} times the size before" if estate in before else ""
            say(f"{size:>9,} {vpcs:>6}   {estate:<6} {seconds:>9.2f} {quickest:>9.2f} {megabytes:>6.0f} MB{growth}")
            before[estate] = seconds


def measure(size: int, estate: str) -> tuple[float, float, float, int]:
    """Seconds of processor time (mean and least), megabytes, and how many VPCs hold the links at the start."""
    vpcs = -(-size // LINKS_PER_VPC)
    desired, prior, world = build(size, vpcs, slots=LINKS_PER_VPC if estate == "full" else LINKS_PER_VPC * 9 // 10)
    at_rest = peak()
    seconds: list[float] = []
    for _ in range(max(1, LINKS_IN_ALL // size)):
        started = time.process_time()
        document = make_plan(desired, prior, Worlds({"mock": world}), PlanOptions(), CONTEXT)
        seconds.append(time.process_time() - started)
        if document["errored"]:
            raise SystemExit(f"The plan has errors: {document['rules'][:1]} {document['diagnostics'][:1]}")
    return mean(seconds), min(seconds), peak() - at_rest, vpcs


def build(size: int, vpcs: int, slots: int) -> tuple[Desired, State, World]:
    """Links spread evenly; half of them, by chance, go to where another one of them came from."""
    names = [
        f"vpc-{number:04}" for number in range(max(2, -(-size // slots)) if slots < LINKS_PER_VPC else max(2, vpcs))
    ]
    instances = [f"i-{number:07}" for number in range(size)]
    start = {name: names[number % len(names)] for number, name in enumerate(instances)}
    random = Random(1)  # noqa: S311  # a repeatable mix, no secret
    movers = sorted(random.sample(instances, size // 2))
    targets = [start[name] for name in movers]
    random.shuffle(targets)
    end = start | dict(zip(movers, targets, strict=True))
    enablements = [wanted(Address(VPC, "all", name), Enablement(name)) for name in names]
    held = [*enablements, *(wanted(Address(ATTACHMENT, "all", name), Link(name, at)) for name, at in start.items())]
    shall = [*enablements, *(wanted(Address(ATTACHMENT, "all", name), Link(name, at)) for name, at in end.items())]
    objects = {
        found.address: StateObject(found.address, found.identity, found.attributes, found.provider) for found in held
    }
    world = World(
        vpcs={name: Vpc(name, "1001", "cn-hangzhou", "172.16.0.0/12", classic_link_enabled=True) for name in names},
        instances={name: Instance(name, "1001", "cn-hangzhou", "classic", "10.1.2.3") for name in instances},
        links=start,
    )
    return Desired(tuple(shall)), State(lineage="benchmark", serial=1, objects=objects), world


def wanted(address: Address, identity: Identity) -> DesiredObject:
    attributes: dict[str, Any] = {"vpc_id": identity.vpc_id, **FACTS}
    depends_on: tuple[Address, ...] = ()
    if isinstance(identity, Link):
        attributes |= {"instance_id": identity.instance_id, "private_ip": "10.1.2.3", "vswitch_ids": None}
        depends_on = (Address(VPC, "all"),)
    else:
        attributes["cidr_block"] = "172.16.0.0/12"
    return DesiredObject(address, identity, attributes, "mock", PLACE, depends_on=depends_on)


PLACE = Place(Span("main.hcl", Position(1, 1), Position(8, 2)))


def peak() -> float:
    """The most memory this process ever had, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
