"""Providers whose readings are followed."""

from __future__ import annotations

from collections.abc import Callable

from planner.diagnostics import counted
from planner.network.world import World
from planner.waits import Watch
from providers.base import Progress, Provider
from providers.hooked import HookedProvider


def watched(provider: Provider, watch: Watch) -> Provider:
    """The same provider, whose readings are watched."""

    def around(reading: Callable[[], World]) -> World:
        before = provider.progress

        def words() -> str:
            return _words(before, provider.progress)

        with watch(words):
            return reading()

    return HookedProvider(provider, around)


def _words(before: Progress, now: Progress) -> str:
    """`Reading the cloud: VPC 3 of 12, instance 100 of 4,300, throttled 5 times, 57 calls`."""
    calls = counted(now.calls - before.calls, "call") if now.calls > before.calls else ""
    throttles = now.throttles - before.throttles
    said = [f"waiting for {ascii(now.awaited)[1:-1]}" if now.awaited else ""]
    said += [f"{what} {done:,} of {total:,}" for what, done, total in now.parts]
    said += [f"throttled {counted(throttles, 'time')}" if throttles else "", calls]
    shown = ", ".join(filter(None, said))
    return f"Reading the cloud: {shown}" if shown else "Reading the cloud"
