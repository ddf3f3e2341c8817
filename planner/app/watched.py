"""Providers whose readings are followed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from planner.app.surroundings import Watch
from planner.network.identity import Action, Identity, Target
from planner.network.world import World
from providers.base import EVERYTHING, Provider, Scope


class WatchedProvider:
    """A provider whose readings are watched. What it does else is its own."""

    def __init__(self, provider: Provider, watch: Watch) -> None:
        self.read_only, self.settle_seconds = provider.read_only, provider.settle_seconds
        self.warnings, self.credentials = provider.warnings, provider.credentials
        self._provider, self._watch = provider, watch

    @property
    def cloud(self) -> Mapping[str, str]:
        return self._provider.cloud

    @property
    def reads(self) -> int:
        return self._provider.reads

    def read(self, scope: Scope = EVERYTHING) -> World:
        with self._watch(self._count):
            return self._provider.read(scope)

    def find(
        self, instance_ids: Collection[str], routes_of: Collection[str] = (), rules_of: Collection[str] = ()
    ) -> World:
        with self._watch(self._count):
            return self._provider.find(instance_ids, routes_of, rules_of)

    def look(self, targets: Collection[Identity]) -> World:
        return self._provider.look(targets)

    def perform(self, action: Action, target: Target) -> None:
        self._provider.perform(action, target)

    def close(self) -> None:
        self._provider.close()

    def _count(self) -> int:
        return self._provider.reads
