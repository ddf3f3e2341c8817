"""How fast `provider "alicloud"` reads and attaches, over the emulator with 100 ms of latency.

    python benchmarks/alicloud_speed.py [--attaches N] [--minutes N]

First: what it takes to read estates of different sizes. Then: N attaches (1,000), 32 at once, without lag and with 3 s
of it. Last, with `--minutes N`: attaches for so many minutes at 100 calls a minute, as a multiple of the ideal. The
emulator is a process of its own; beside the time by the clock stands the processor time of both.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from apply_speed import plan_of, say

from planner.apply.engine import apply_plan
from planner.apply.options import ApplyOptions
from planner.state.store import Store
from providers.alicloud.opening import open_alicloud
from providers.base import Provider

LATENCY = 0.1
AT_ONCE = 32
REGION = "cn-hangzhou"
A_MINUTE = 100
QUOTA = 1_000


@dataclass
class Cloud:
    """A running emulator; `cpu` is what it took of the processor, once it has ended."""

    authority: str
    cpu: float = 0.0

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
    parser.add_argument("--minutes", type=int, default=0)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for vpcs, instances in ((1, 1_000), (50, 1_000), (50, 10_000)):
            read(Path(folder), vpcs, instances)
        calling = asked.attaches / AT_ONCE * LATENCY + LATENCY  # and one look, at the end
        for lag in (0.0, 3.0):
            attach(Path(folder), asked.attaches, "--lag", f"{lag:g}s", ideal=calling + lag)
        if asked.minutes:
            limited = ("--rate-limit", f"{A_MINUTE}/minute")
            attach(Path(folder), A_MINUTE * asked.minutes, *limited, ideal=60.0 * (asked.minutes - 1))


def read(directory: Path, vpcs: int, instances: int) -> None:
    with emulator(directory, world_of(vpcs, instances)) as cloud:
        provider = cloud.provider()
        began, began_cpu = time.perf_counter(), time.process_time()
        world = provider.read()
        seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
        assert len(world.instances) == instances and not world.unread  # noqa: S101, PT018
        calls = sum(cloud.calls().values())
    used = f"processor: {cpu:.1f} s, emulator {cloud.cpu:.1f} s"
    say(f"read {vpcs} × {instances:,}: {calls} calls, {seconds:.1f} s; {used}")


def attach(directory: Path, count: int, *conditions: str, ideal: float) -> None:
    """Attach so many, under these conditions of the emulator; the ideal is in seconds."""
    vpcs = -(-count // QUOTA)
    with emulator(directory, world_of(vpcs, count), *conditions) as cloud:
        store = Store(directory / f"{count}{''.join(conditions).replace('/', '-')}.json")
        began, began_cpu = time.perf_counter(), time.process_time()
        outcome = apply_plan(
            plan_of(count, store.read()), {"mock": cloud.provider()}, store, ApplyOptions(parallelism=AT_ONCE)
        )
        seconds, cpu = time.perf_counter() - began, time.process_time() - began_cpu
        assert len(outcome.done) == count, list(outcome.failed.values())[:2]  # noqa: S101
        calls = cloud.calls()
    say(
        f"{count:,} attaches, {' '.join(conditions)}: {seconds:.1f} s, {seconds / ideal:.2f} times the ideal, "
        f"{calls.pop('AttachClassicLinkVpc')} attach calls ({outcome.throttles} throttled), {sum(calls.values())} "
        f"others; processor: {cpu:.1f} s, emulator {cloud.cpu:.1f} s"
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
        process.send_signal(signal.SIGINT)
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
