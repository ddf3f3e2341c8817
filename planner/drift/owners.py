"""Which provider each object belongs to: it is compared with what that one sees, and with no other world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct, field

from planner.config.desired import DesiredObject
from planner.network.presence import Presence, presence
from planner.network.worlds import Worlds
from planner.state.model import State, StateObject


class Owned(Struct, frozen=True):
    """The objects of one provider: those that the state has, and those that are declared."""

    prior: list[StateObject] = field(default_factory=list)
    desired: list[DesiredObject] = field(default_factory=list)


def owners(prior: State, desired: Iterable[DesiredObject], worlds: Worlds) -> Mapping[str, Owned]:
    """By provider, what belongs to it. Each provider is there, if only for what is not declared."""
    owned = {provider: Owned() for provider in worlds.by_provider}
    by_address = {}
    for declared in desired:
        by_address[declared.address] = declared
        owned.setdefault(declared.provider, Owned()).desired.append(declared)
    for managed in prior.objects.values():
        provider = _owner(managed, by_address.get(managed.address), worlds)
        owned.setdefault(provider, Owned()).prior.append(managed)
    return owned


def _owner(prior: StateObject, desired: DesiredObject | None, worlds: Worlds) -> str:
    """The provider of an object of the state: the one that the configuration names by now, where that sees it too."""
    if desired is None or desired.provider == prior.provider or desired.identity != prior.identity:
        return prior.provider
    is_there = presence(prior.identity, worlds.of(desired.provider)) is Presence.THERE
    return desired.provider if is_there else prior.provider
