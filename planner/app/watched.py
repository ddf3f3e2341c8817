"""Providers whose readings are followed."""

from __future__ import annotations

from collections.abc import Callable

from planner.app.surroundings import Watch
from planner.network.world import World
from providers.base import Provider
from providers.hooked import HookedProvider


def watched(provider: Provider, watch: Watch) -> Provider:
    """The same provider, whose readings are watched."""

    def around(reading: Callable[[], World]) -> World:
        with watch(lambda: provider.reads):
            return reading()

    return HookedProvider(provider, around)
