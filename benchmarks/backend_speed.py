"""How fast an apply is with its journal on each backend, as a share of what it is with the journal on a local disk.

    PYTHONPATH=tests python benchmarks/backend_speed.py [local] [pg] [s3]

Attaches against the mock provider, first one that takes 50 ms a call and allows 100 calls a second, then one without
latency and limit. Servers are real ones on this machine, with their data on its disk, behind a proxy that delays: pg by
0.5 and 5 ms a round trip, s3 by 30 ms. The rate is from the first step that ends to the last one.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from apply_speed import now, plan_of, say, world_of

from planner.apply.engine import apply_plan
from planner.apply.events import ApplyComplete, Event
from planner.apply.options import ApplyOptions
from planner.state.backends.protocol import Backend
from planner.state.model import State
from planner.state.store import Store
from providers.mock.provider import open_mock
from support import postgres
from support.backends import KINDS, open_backend

ROUNDS = 3
CLOUDS: Mapping[str, tuple[int, Mapping[str, int]]] = {
    "100 calls/s, 50 ms": (1_000, {"latency_ms": 50, "rate_limit": 100}),
    "no limit, no latency": (20_000, {}),
}
"""Each cloud: how many attaches, and the settings of its provider."""


@dataclass(frozen=True)
class Spot:
    """A backend to be measured: `open` opens a place that is new."""

    name: str
    open: Callable[[str], Backend]


def main() -> None:
    if sys.argv[1:2] == ["--proxy"]:
        serve_proxy(int(sys.argv[2]), float(sys.argv[3]))
        return
    chosen = ["local", *(name for name in sys.argv[1:] or ("pg", "s3") if name != "local")]
    with contextlib.ExitStack() as running:
        spots = [spot for name in chosen for spot in SPOTS[name](running)]
        for cloud, (size, settings) in CLOUDS.items():
            rates: dict[str, list[float]] = {spot.name: [] for spot in spots}
            for number in range(ROUNDS):
                for spot in spots:
                    rates[spot.name].append(measure(spot.open(f"round-{number}-{size}"), size, settings))
            local = statistics.median(rates["local"])
            for name, found in rates.items():
                rate = statistics.median(found)
                spread = ", ".join(f"{one:,.0f}" for one in found)
                say(f"{cloud}: {name:<14} {rate:>7,.0f} steps/s = {rate / local:4.0%} of local   ({spread})")


def measure(backend: Backend, size: int, settings: Mapping[str, int]) -> float:
    """Steps a second of an apply, from the first step that ends to the last one."""
    with tempfile.TemporaryDirectory() as folder, contextlib.closing(backend):
        directory = Path(folder)
        (directory / "world.json").write_text(json.dumps(world_of(size)), encoding="utf-8")
        provider = open_mock({"world": "world.json", "call_log": "calls.jsonl", **settings}, directory)
        provider.read()
        done = 0
        ends: list[float] = []

        def note(event: Event) -> None:
            nonlocal done
            if isinstance(event, ApplyComplete):
                done += 1
                if done in (1, size):
                    ends.append(now()[0])

        store = Store(backend.place("default"))
        with store.locked("benchmark"):
            document = plan_of(size, State())
            outcome = apply_plan(document, {"mock": provider}, store, ApplyOptions(parallelism=10), events=note)
        assert len(outcome.done) == size, outcome.failed  # noqa: S101
        return size / (ends[1] - ends[0])


def local(running: contextlib.ExitStack) -> list[Spot]:
    server = running.enter_context(KINDS["local"].serve())
    return [Spot("local", lambda name: open_backend("local", server.settings(name), {}))]


def pg(running: contextlib.ExitStack) -> list[Spot]:
    durable = {name: value for name, value in postgres.SETTINGS.items() if name not in ("fsync", "full_page_writes")}
    server = running.enter_context(postgres.postgres(durable))
    return [pg_at(server, milliseconds, running) for milliseconds in (0.5, 5)]


def pg_at(server: postgres.Postgres, milliseconds: float, running: contextlib.ExitStack) -> Spot:
    port = running.enter_context(proxy(server.port, milliseconds))

    def opened(name: str) -> Backend:
        return open_backend("pg", {"conn_str": server.conninfo(port=str(port)), "schema_name": f"{name} {port}"}, {})

    return Spot(f"pg at {milliseconds:g} ms", opened)


def s3(running: contextlib.ExitStack) -> list[Spot]:
    server = running.enter_context(KINDS["s3"].serve())
    given = server.settings("any")
    address = next(iter(given["endpoints"].values()))  # type: ignore[union-attr]
    port = running.enter_context(proxy(int(str(address).rpartition(":")[2]), 30))

    def opened(name: str) -> Backend:
        settings = {**server.settings(f"{name}-{port}"), "endpoints": {"s3": f"http://127.0.0.1:{port}"}}
        return open_backend("s3", settings, server.environment)

    return [Spot("s3 at 30 ms", opened)]


SPOTS: Mapping[str, Callable[[contextlib.ExitStack], list[Spot]]] = {"local": local, "pg": pg, "s3": s3}


@contextlib.contextmanager
def proxy(port: int, milliseconds: float) -> Iterator[int]:
    """A proxy in a process of its own, so that it takes no time from the apply: the port where it listens."""
    command = [sys.executable, __file__, "--proxy", str(port), str(milliseconds)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603
    try:
        assert running.stdout is not None  # noqa: S101
        yield int(running.stdout.readline())
    finally:
        running.kill()
        running.wait()


def serve_proxy(port: int, milliseconds: float) -> None:
    from support.proxy import proxy as run

    with run(port, milliseconds / 2_000) as running:
        say(str(running.port))
        while True:
            time.sleep(60)


if __name__ == "__main__":
    main()
