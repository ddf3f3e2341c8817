"""Which provider each object belongs to: it is compared with what that one sees, and with no other world."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from planner.config.desired import DesiredObject
from planner.network.presence import Presence, presence
from planner.network.worlds import Worlds
from planner.state.model import State, StateObject


@dataclass(frozen=True, slots=True)
class Owned:
    """The objects of one provider: those that the state has, and those that are declared."""

    prior: list[StateObject] = field(default_factory=list)
    desired: list[DesiredObject] = field(default_factory=list)


def owners(prior: State, declared: Iterable[DesiredObject], worlds: Worlds) -> Mapping[str, Owned]:
    """By provider, what belongs to it. Each provider is there, if only for what nobody declares."""
    found = {provider: Owned() for provider in worlds.by_provider}
    by_address = {}
    for wanted in declared:
        by_address[wanted.address] = wanted
        found.setdefault(wanted.provider, Owned()).desired.append(wanted)
    for held in prior.objects.values():
        provider = _owner(held, by_address.get(held.address), worlds)
        found.setdefault(provider, Owned()).prior.append(held)
    return found


def _owner(held: StateObject, wanted: DesiredObject | None, worlds: Worlds) -> str:
    """The provider of an object of the state: the one that the configuration names by now, where that sees it too."""
    if wanted is None or wanted.provider == held.provider or wanted.identity != held.identity:
        return held.provider
    is_there = presence(held.identity, worlds.of(wanted.provider)) is Presence.THERE
    return wanted.provider if is_there else held.provider
