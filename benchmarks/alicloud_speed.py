"""How fast `provider "alicloud"` reads and attaches, over the emulator with 100 ms of latency.

    python benchmarks/alicloud_speed.py [--attaches N] [--minutes N]

First: what it takes to read estates of different sizes, all of whose instances are linked, as a plan reads them; routes
take one more call for each VPC that is to be changed. Then, as multiples of the ideal: N attaches (1,000), 32 at once,
without lag and with 3 s of it; and a hundred attaches for each of N minutes (3; `--minutes 10` for 1,000, `--minutes 0`
for none) where the cloud takes 100 calls a minute. All of it takes three minutes. Where others work on the machine,
`chrt -r 5` before the command keeps them out, and needs root.

The ideal is what no client can do better:

* Of n attaches at most 32 are under way, so the last reply comes after n / 32 rounds, rounded up, of the latency. What
  lags is seen by a read that reaches the cloud when it shows: not before the last attach took effect and the lag is
  over, which is half a latency before its reply; the answer takes the other half. That read takes no more time than the
  reply, if it is sent before that came: `cl` asks only for what it knows to be accepted, and so never gets there.
* With a limit, the last hundred calls can be made when the last minute begins, counted from the cloud's first.

The time is that of an apply, from the plan to the written state, with the connection open. The emulator is a process of
its own; beside the time by the clock stands the processor time of both, and how much of one core each used.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from apply_speed import plan_of, say

from planner.apply.engine import apply_plan
from planner.apply.options import ApplyOptions
from planner.state.backends.local.place import LocalPlace
from planner.state.store import Store
from providers.alicloud.opening import open_alicloud
from providers.base import NO_ROUTES, Provider

LATENCY = 0.1
AT_ONCE = 32
REGION = "cn-hangzhou"
A_MINUTE = 100
QUOTA = 1_000
MOST = 1.15
"""Times the ideal: the goal."""


@dataclass
class Cloud:
    """A running emulator; `cpu` is what it took of the processor, once it has ended."""

    authority: str
    cpu: float = 0.0
    began: float = field(default_factory=time.perf_counter)

    def provider(self) -> Provider:
        endpoints = dict.fromkeys(("ecs", "vpc", "sts"), self.authority)
        keys = {"access_key": "emulator", "secret_key": "emulator-secret"}
        settings = {"region": REGION, "protocol": "HTTP", "no_proxy": "*", "endpoints": endpoints, **keys}
        return open_alicloud(settings, Path(), {})

    def calls(self) -> dict[str, int]:
        with urllib.request.urlopen(f"http://{self.authority}/stats") as answer:
            found: dict[str, int] = json.load(answer)["calls"]
        return found


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--attaches", type=int, default=1_000)
    parser.add_argument("--minutes", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for vpcs, instances in ((1, 1_000), (50, 1_000), (50, 10_000)):
            read(Path(folder), vpcs, instances)
        for lag in (0.0, 3.0):
            attach(Path(folder), asked.attaches, "--lag", f"{lag:g}s", ideal=rounds(asked.attaches) + lag)
        if asked.minutes:
            limited = ("--rate-limit", f"{A_MINUTE}/minute")
            since_start = 60.0 * (asked.minutes - 1) + rounds(A_MINUTE)
            attach(Path(folder), A_MINUTE * asked.minutes, *limited, since_start=since_start)


def rounds(calls: int) -> float:
    """The least seconds in which so many calls can be answered."""
    return math.ceil(calls / AT_ONCE) * LATENCY


def read(directory: Path, vpcs: int, instances: int) -> None:
    links = [{"instance_id": f"i-{number}", "vpc_id": f"vpc-{number % vpcs}"} for number in range(instances)]
    with emulator(directory, {**world_of(vpcs, instances), "links": links}) as cloud:
        provider = cloud.provider()
        began, began_cpu = time.perf_counter(), time.process_time()
        world = provider.read(NO_ROUTES)
        seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
        assert len(world.links) == instances and not world.unread  # noqa: S101, PT018
        calls = sum(cloud.calls().values())
    used = f"processor: {cpu:.1f} s, emulator {cloud.cpu:.1f} s"
    say(f"read {vpcs} × {instances:,}: {calls} calls, {seconds:.1f} s; {used}")


def attach(directory: Path, count: int, *conditions: str, ideal: float | None = None, since_start: float = 0.0) -> None:
    """Attach so many, under these conditions of the emulator; the ideal is in seconds, or in those since its start."""
    vpcs = -(-count // QUOTA)
    with emulator(directory, world_of(vpcs, count), *conditions) as cloud:
        store = Store(LocalPlace(directory / f"{count}{''.join(conditions).replace('/', '-')}.json"))
        plan, provider = plan_of(count, store.read()), cloud.provider()
        assert provider.cloud  # noqa: S101 - this opens a connection
        with store.locked("benchmark"):
            began, began_cpu = time.perf_counter(), time.process_time()
            outcome = apply_plan(plan, {"mock": provider}, store, ApplyOptions(parallelism=AT_ONCE))
        seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
        least = since_start - (began - cloud.began) if ideal is None else ideal
        assert len(outcome.done) == count, list(outcome.failed.values())[:2]  # noqa: S101
        calls = cloud.calls()
    ratio = seconds / least
    say(
        f"{count:,} attaches, {' '.join(conditions)}: {seconds:.2f} s, {ratio:.2f} times the ideal of {least:.2f} s "
        f"({'good' if ratio <= MOST else f'goal {MOST}'}), {calls.pop('AttachClassicLinkVpc')} attach calls "
        f"({outcome.throttles} throttled), {sum(calls.values())} others; processor: {cpu:.1f} s "
        f"({cpu / seconds:.0%} of a core), emulator {cloud.cpu:.1f} s ({cloud.cpu / seconds:.0%})"
    )


@contextmanager
def emulator(directory: Path, world: Any, *conditions: str) -> Iterator[Cloud]:
    (directory / "world.json").write_text(json.dumps(world), encoding="utf-8")
    command = [sys.executable, "-m", "planner.cli.main", "emulate", str(directory / "world.json")]
    command += ["--latency", f"{LATENCY * 1000:.0f}ms", *conditions]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)  # noqa: S603
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    cloud = Cloud(process.stdout.readline().strip().removeprefix("http://"))
    try:
        yield cloud
    finally:
        process.terminate()
        _, _, usage = os.wait4(process.pid, 0)
        cloud.cpu = usage.ru_utime + usage.ru_stime


def world_of(vpcs: int, instances: int) -> dict[str, Any]:
    place = {"account_id": "1", "region_id": REGION}
    vpc = {**place, "cidr_block": "172.16.0.0/12", "classic_link_enabled": True}
    return {
        "format_version": "1.0",
        "account_id": "1",
        "vpcs": [{"vpc_id": f"vpc-{number}", **vpc} for number in range(vpcs)],
        "instances": [
            {"instance_id": f"i-{number}", **place, "network_type": "classic", "private_ip": "10.1.1.1"}
            for number in range(instances)
        ],
    }


if __name__ == "__main__":
    main()
