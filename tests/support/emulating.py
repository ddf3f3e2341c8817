"""An emulator in a thread of the test, and clients to talk to it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from providers.emulator.emulator import Emulator, Settings

KEY, SECRET = "emulator", "emulator-secret"
REGION = "cn-hangzhou"


def provider_of(authority: str, settings: str = "", settle: str = "1s") -> str:
    """The block of a `provider "alicloud"` whose cloud is the emulator at this address, past every proxy."""
    endpoints = "".join(f'    {product} = "{authority}"\n' for product in ("ecs", "vpc", "sts"))
    return (
        f'provider "alicloud" {{\n  region     = "{REGION}"\n  access_key = "{KEY}"\n  secret_key = "{SECRET}"\n'
        f'  protocol   = "HTTP"\n  no_proxy   = "*"\n  settle     = "{settle}"\n{settings}\n'
        f"  endpoints {{\n{endpoints}  }}\n}}\n"
    )


@dataclass(frozen=True)
class Emulated:
    """A running emulator: `authority` is its host and port, `world` its file, `stop` ends it and waits until it has."""

    authority: str
    world: Path
    stop: Callable[[], None]


Emulate = Callable[..., Emulated]
"""Writes a world, and faults where they are given, and starts an emulator on them, with settings at will."""


@contextmanager
def emulated(settings: Settings) -> Iterator[Emulated]:
    """Serve in a thread until the block ends; then everything is folded into the world file."""
    ready: threading.Event = threading.Event()
    running: dict[str, Any] = {}

    def run() -> None:
        async def main() -> None:
            stop = asyncio.Event()
            running.update(loop=asyncio.get_running_loop(), stop=stop)
            await emulator.serve(lambda host, port: started(f"{host}:{port}"), stop)

        def started(authority: str) -> None:
            running["authority"] = authority
            ready.set()

        try:
            asyncio.run(main())
        except BaseException as problem:  # noqa: BLE001 (it is raised where the test is)
            running["problem"] = problem
        finally:
            ready.set()

    emulator = Emulator(settings)
    thread = threading.Thread(target=run)
    thread.start()
    ready.wait()
    if "problem" in running:
        raise running["problem"]

    def stop() -> None:
        if thread.is_alive():
            running["loop"].call_soon_threadsafe(running["stop"].set)
            thread.join()

    try:
        yield Emulated(running["authority"], settings.world, stop)
    finally:
        stop()
    if "problem" in running:
        raise running["problem"]
