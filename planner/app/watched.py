"""Providers whose readings are followed."""

from __future__ import annotations

from collections.abc import Callable

from planner.diagnostics import counted
from planner.network.world import World
from planner.waits import Watch
from providers.base import Provider
from providers.hooked import HookedProvider


def watched(provider: Provider, watch: Watch) -> Provider:
    """The same provider, whose readings are watched."""

    def around(reading: Callable[[], World]) -> World:
        before = provider.reads

        def words() -> str:
            calls = provider.reads - before
            return f"Reading the cloud: {counted(calls, 'call')}" if calls else "Reading the cloud"

        with watch(words):
            return reading()

    return HookedProvider(provider, around)
