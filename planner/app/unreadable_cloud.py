"""A provider in place of one whose cloud could not be opened: the others go on without it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from planner.diagnostics import Diagnostic, ProviderError
from planner.network.identity import Action, Identity, Target
from planner.network.world import World
from providers.base import EVERYTHING, NO_PROGRESS, Provider, Refused, Scope


class UnreadableCloud:
    """Sees nothing and does nothing: each reading raises what opening raised."""

    read_only = True
    settle_seconds = 0.0
    progress = NO_PROGRESS
    credentials = ""
    warnings: tuple[Diagnostic, ...] = ()
    cloud: Mapping[str, str] = MappingProxyType({})

    def __init__(self, error: ProviderError) -> None:
        self._error = error

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """Why it could not be opened."""
        return self._error.diagnostics

    def read(self, scope: Scope = EVERYTHING) -> World:
        raise self._error

    def find(
        self, instance_ids: Collection[str], routes_of: Collection[str] = (), rules_of: Collection[str] | None = ()
    ) -> World:
        raise self._error

    def look(self, targets: Collection[Identity]) -> World:
        raise self._error

    def perform(self, action: Action, target: Target) -> None:
        raise Refused("CloudUnreadable", str(self._error))

    def close(self) -> None:
        """There is nothing to close."""


def not_opened(providers: Mapping[str, Provider]) -> list[Diagnostic]:
    """Why each of these clouds that could not be opened was not."""
    found = [provider for provider in providers.values() if isinstance(provider, UnreadableCloud)]
    return [problem for provider in found for problem in provider.problems]
