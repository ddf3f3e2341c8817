"""Serving a world file as the HTTP API of Alibaba Cloud."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FrameType

from msgspec import Struct

from providers.emulator.cloud.accounts import DEFAULT_KEY, AccessKey
from providers.emulator.emulator import Emulator, Settings
from providers.emulator.rate import Rate

_TICK = 0.1
"""Seconds after which the server looks for a signal."""

Started = Callable[[str, list[str]], None]
"""Is given the address that is served, and the accounts that have a key, once the first request can come."""


class EmulatorOptions(Struct, frozen=True):
    """What a user asks for. Times are in seconds; `keys` are (id, secret, account); `rate` is (calls, seconds)."""

    world: Path
    host: str
    port: int
    keys: tuple[tuple[str, str, str], ...]
    latency: float
    lag: float
    pending: float
    rate: tuple[int, float] | None
    token_ttl: float | None
    faults: Path | None


def emulate(options: EmulatorOptions, started: Started) -> None:
    """Serve the world until SIGINT or SIGTERM, then fold what happened into the file. Raises ProviderError."""
    emulator = Emulator(
        Settings(
            world=options.world,
            host=options.host,
            port=options.port,
            keys=tuple(AccessKey(*key) for key in options.keys),
            latency=options.latency,
            lag=options.lag,
            pending=options.pending,
            rate=Rate(*options.rate) if options.rate else None,
            token_ttl=options.token_ttl,
            faults=options.faults,
        )
    )

    async def serve() -> None:
        stop = asyncio.Event()
        _stop_on_signals(stop)
        looking = asyncio.create_task(_look_for_signals())
        await emulator.serve(lambda host, port: started(_address(host, port), emulator.account_ids), stop)
        looking.cancel()

    asyncio.run(serve())


def default_key_id() -> str:
    """The id of the key that is accepted where none is given."""
    return DEFAULT_KEY[0]


def _address(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _stop_on_signals(stop: asyncio.Event) -> None:
    """Let the signals that end a command end the server in order. One that is ignored stays so, as under nohup.

    They are not the loop's own: at its end it would let the next one interrupt what is left to do.
    """
    loop = asyncio.get_running_loop()

    def handler(_number: int, _frame: FrameType | None) -> None:
        with suppress(RuntimeError):  # the loop has ended, and the command ends
            loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, handler)


async def _look_for_signals() -> None:
    """Keep the loop from waiting for long: a signal that arrives just before it waits would not wake it."""
    while True:
        await asyncio.sleep(_TICK)
