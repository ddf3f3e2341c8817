"""A provider whose readings go through a hook: to be followed, or to have a timeout."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from functools import partial

from planner.network.identity import Action, Identity, Target
from planner.network.world import World
from providers.base import EVERYTHING, Progress, Provider, Scope

Hook = Callable[[Callable[[], World]], World]
"""Does one reading, and returns what it saw."""


def plainly(reading: Callable[[], World]) -> World:
    """The hook that adds nothing."""
    return reading()


class HookedProvider:
    """A provider with a hook around `read` and `find`, and one around `look`. What it does else is its own."""

    def __init__(self, provider: Provider, around_read: Hook, around_look: Hook = plainly) -> None:
        self.read_only, self.settle_seconds = provider.read_only, provider.settle_seconds
        self.warnings, self.credentials = provider.warnings, provider.credentials
        self._provider, self._around_read, self._around_look = provider, around_read, around_look

    @property
    def cloud(self) -> Mapping[str, str]:
        return self._provider.cloud

    @property
    def progress(self) -> Progress:
        return self._provider.progress

    def read(self, scope: Scope = EVERYTHING) -> World:
        return self._around_read(partial(self._provider.read, scope))

    def find(
        self, instance_ids: Collection[str], routes_of: Collection[str] = (), rules_of: Collection[str] | None = ()
    ) -> World:
        return self._around_read(partial(self._provider.find, instance_ids, routes_of, rules_of))

    def look(self, targets: Collection[Identity]) -> World:
        return self._around_look(partial(self._provider.look, targets))

    def perform(self, action: Action, target: Target) -> None:
        self._provider.perform(action, target)

    def close(self) -> None:
        self._provider.close()
