"""How fast an apply is: steps a second without latency, and how near it stays to a cloud's limit.

    python benchmarks/apply_speed.py

First: attaches against the mock provider, from the plan to the written state. Then: what a step costs between the first
and the last call, with states of different sizes; it should not grow. Last: 1,000 attaches against a mock with 50 ms
latency and a limit of 100 calls a second, as a multiple of the ten seconds that the limit asks for, and how many calls
were refused on the way. Beside the time by the clock stands that of the processor, which is what can be compared where
others are at work on the same machine.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from planner.address import Address
from planner.apply.engine import apply_plan
from planner.apply.events import ApplyComplete, Event
from planner.apply.options import ApplyOptions
from planner.network.identity import ATTACHMENT, Link
from planner.state.backends.local.place import LocalPlace
from planner.state.model import State, StateObject
from planner.state.store import Store
from providers.mock.provider import open_mock

STEPS = 5_000
LINKS_PER_VPC = 1_000


@dataclass(frozen=True)
class Measured:
    """Seconds by the clock and of the processor: of the whole apply, and from its first step to its last."""

    seconds: float
    cpu: float
    steps_seconds: float
    steps_cpu: float
    refused: int


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or [1_000, 10_000, 100_000]
    for size in sizes:
        found = measure(size, State())
        rates = f"{size / found.seconds:,.0f} a second, {size / found.cpu:,.0f} a second of processor time"
        say(f"{size:>9,} steps: {found.seconds:.2f} s, {rates}")
    for size in sizes:
        found = measure(STEPS, state_of(size))
        costs = (
            f"{found.steps_seconds / STEPS * 1e6:.0f} µs a step, {found.steps_cpu / STEPS * 1e6:.0f} µs of processor"
        )
        say(f"{size:>9,} objects in the state: {costs}")
    for parallelism in (10, 64):
        found = measure(1_000, State(), parallelism, latency_ms=50, rate_limit=100)
        ratio = f"{found.seconds / 10:.2f} times what the limit allows, {found.refused} refused"
        say(f"1,000 attaches at 50 ms and 100 calls/s, {parallelism} at once: {found.seconds:.2f} s, {ratio}")


def measure(size: int, prior: State, parallelism: int = 10, **settings: Any) -> Measured:
    """What the apply of a plan of this many attaches takes."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        (directory / "world.json").write_text(json.dumps(world_of(size)), encoding="utf-8")
        store = Store(LocalPlace(directory / "cl.state.json"))
        provider = open_mock({"world": "world.json", "call_log": "calls.jsonl", **settings}, directory)
        provider.read()
        done = 0
        ends: list[tuple[float, float]] = []

        def note(event: Event) -> None:
            nonlocal done
            if isinstance(event, ApplyComplete):
                done += 1
                if done in (1, size):
                    ends.append(now())

        options = ApplyOptions(parallelism=parallelism)
        with store.locked("benchmark"):
            state = store.write(prior, operation="benchmark") if prior.objects else prior
            document = plan_of(size, state)
            began = now()
            outcome = apply_plan(document, {"mock": provider}, store, options, events=note)
            ended = now()
        assert len(outcome.done) == size, outcome.failed  # noqa: S101
        (first, first_cpu), (last, last_cpu) = ends
        return Measured(ended[0] - began[0], ended[1] - began[1], last - first, last_cpu - first_cpu, outcome.throttles)


def now() -> tuple[float, float]:
    """The clock, and the time that the processor has spent on this process so far."""
    return time.perf_counter(), time.process_time()


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def world_of(size: int) -> dict[str, Any]:
    vpc = {"account_id": "1", "region_id": "r", "cidr_block": "172.16.0.0/12", "classic_link_enabled": True}
    instance = {"account_id": "1", "region_id": "r", "network_type": "classic", "private_ip": "10.1.1.1"}
    return {
        "format_version": "1.0",
        "account_id": "1",
        "vpcs": [{"vpc_id": f"vpc-{number}", **vpc} for number in range(size // LINKS_PER_VPC + 1)],
        "instances": [{"instance_id": f"i-{number}", **instance} for number in range(size)],
    }


def plan_of(size: int, state: State) -> dict[str, Any]:
    """A plan of attaches, as the planner makes it."""
    links = [(f"i-{number}", f"vpc-{number // LINKS_PER_VPC}") for number in range(size)]
    changes = [
        {
            "address": f'{ATTACHMENT}.web["{instance_id}"]',
            "mode": "managed",
            "provider": "mock",
            "range": None,
            "change": {"actions": ["create"], "before": None, "after": {"instance_id": instance_id, "vpc_id": vpc_id}},
            "dependencies": [],
            "prevent_destroy": False,
        }
        for instance_id, vpc_id in links
    ]
    steps = [
        {
            "id": number,
            "action": "attach",
            "address": f'{ATTACHMENT}.web["{instance_id}"]',
            "provider": "mock",
            "instance_id": instance_id,
            "vpc_id": vpc_id,
            "needs": [],
            "slot": {"from": "free"},
            "reason": "declared",
        }
        for number, (instance_id, vpc_id) in enumerate(links, 1)
    ]
    origin = {"plan_id": "benchmark", "mode": "normal", "lineage": state.lineage, "serial": state.serial}
    folded = {"resource_drift": [], "output_changes": {}, "checks_blocks": []}
    return {**origin, **folded, "resource_changes": changes, "steps": steps, "summary": {}}


def state_of(size: int) -> State:
    found: dict[Address, StateObject] = {}
    for number in range(size):
        address = Address(ATTACHMENT, "other", f"i-other-{number}")
        link = Link(f"i-other-{number}", "vpc-other")
        attributes = {"instance_id": link.instance_id, "vpc_id": link.vpc_id}
        found[address] = StateObject(address, link, attributes, "mock")
    return State(objects=found)


if __name__ == "__main__":
    main()
