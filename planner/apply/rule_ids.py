"""The names that the cloud has given to security rules which an apply has added."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from planner.diagnostics import ProviderError
from planner.network.identity import Action, Authorization
from planner.network.presence import computed_attributes
from planner.network.world import World
from planner.state.model import State
from planner.steps import Step
from providers.base import Provider


def with_rule_ids(state: State, steps: Collection[Step], providers: Mapping[str, Provider]) -> State:
    """The state with what the cloud says of the rules that these steps have added.

    One look a provider. Where it cannot be read, the state stays as it is, and the next plan knows.
    """
    added: dict[str, set[Authorization]] = {}
    for step in steps:
        if step.action is Action.AUTHORIZE_SECURITY_RULE and isinstance(step.target, Authorization):
            added.setdefault(step.provider, set()).add(step.target)
    if not added:
        return state
    worlds = {provider: _look(providers[provider], targets) for provider, targets in added.items()}
    objects = dict(state.objects)
    for address, found in state.objects.items():
        if found.identity in added.get(found.provider, ()):
            seen = computed_attributes(found.identity, worlds[found.provider])
            named = {name: value for name, value in seen.items() if found.attributes.get(name) is None}
            objects[address] = replace(found, attributes={**found.attributes, **named}) if named else found
    return replace(state, objects=objects)


def _look(provider: Provider, targets: Collection[Authorization]) -> World:
    try:
        return provider.look(targets)
    except ProviderError:
        return World()
