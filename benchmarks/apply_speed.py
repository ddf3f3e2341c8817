"""How fast an apply is: steps a second without latency, and how near it stays to a cloud's limit.

    python benchmarks/apply_speed.py

First: attaches against the mock provider, from the plan to the written state. Then: what a step costs between the first
and the last call, with states of different sizes; it should not grow. Last: 1,000 attaches against a mock with 50 ms
latency and a limit of 100 calls a second, as a multiple of the ten seconds that the limit asks for.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from planner.address import Address
from planner.apply.engine import apply_plan
from planner.apply.events import ApplyComplete, Event
from planner.network.identity import ATTACHMENT, Link
from planner.state.model import State, StateObject
from planner.state.store import Store
from providers.mock.provider import open_mock

STEPS = 5_000
LINKS_PER_VPC = 1_000


def main() -> None:
    sizes = [int(size) for size in sys.argv[1:]] or [1_000, 10_000, 100_000]
    for size in sizes:
        seconds, _ = measure(size, State())
        say(f"{size:>9,} steps: {seconds:.2f} s, {size / seconds:,.0f} a second")
    for size in sizes:
        _, seconds = measure(STEPS, state_of(size))
        say(f"{size:>9,} objects in the state: {seconds / STEPS * 1e6:.0f} µs a step")
    seconds, _ = measure(1_000, State(), latency_ms=50, rate_limit=100)
    say(f"1,000 attaches at 50 ms and 100 calls/s: {seconds:.2f} s, {seconds / 10:.2f} times what the limit allows")


def measure(size: int, prior: State, **settings: Any) -> tuple[float, float]:
    """Seconds that the apply of a plan of this many attaches takes: in all, and from the first to the last step."""
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        (directory / "world.json").write_text(json.dumps(world_of(size)), encoding="utf-8")
        store = Store(directory / "cl.state.json")
        state = store.write(prior, operation="benchmark") if prior.objects else prior
        provider = open_mock({"world": "world.json", "call_log": "calls.jsonl", **settings}, directory)
        provider.read()
        document = plan_of(size, state)
        done: list[float] = []

        def note(event: Event) -> None:
            if isinstance(event, ApplyComplete):
                done.append(time.perf_counter())

        began = time.perf_counter()
        outcome = apply_plan(document, {"mock": provider}, store, events=note)
        seconds = time.perf_counter() - began
        assert len(outcome.done) == size, outcome.failed  # noqa: S101
        return seconds, done[-1] - done[0]


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
        }
        for number, (instance_id, vpc_id) in enumerate(links, 1)
    ]
    origin = {"plan_id": "benchmark", "mode": "normal", "lineage": state.lineage, "serial": state.serial}
    return {**origin, "resource_changes": changes, "steps": steps}


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
