"""What the cloud says of security rules which an apply has added: their names, and the settings of one that another
process added first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping

from planner.diagnostics import ProviderError
from planner.network.identity import Action, Authorization
from planner.network.presence import computed_attributes
from planner.network.world import World
from planner.state.model import State
from planner.steps import Step
from planner.values import replace
from providers.base import Provider

Look = Callable[[str, Collection[Authorization]], World]
"""What one provider sees of these rules."""


def with_rule_ids(state: State, steps: Iterable[Step], look: Look) -> State:
    """The state with what the cloud says of the rules that these steps have added.

    One look a provider. Where it cannot be read, the state stays as it is, and the next plan knows.
    """
    added: dict[str, set[Authorization]] = {}
    for step in steps:
        if step.action is Action.AUTHORIZE_SECURITY_RULE and isinstance(step.target, Authorization):
            added.setdefault(step.provider, set()).add(step.target)
    if not added:
        return state
    worlds = {provider: look(provider, targets) for provider, targets in added.items()}
    objects = dict(state.objects)
    for address, found in state.objects.items():
        if found.identity in added.get(found.provider, ()):
            seen = computed_attributes(found.identity, worlds[found.provider])
            objects[address] = replace(found, attributes={**found.attributes, **seen}) if seen else found
    return replace(state, objects=objects)


def looking_at(providers: Mapping[str, Provider]) -> Look:
    """Reads the rules in the cloud. One that cannot be read shows nothing."""

    def look(provider: str, rules: Collection[Authorization]) -> World:
        try:
            return providers[provider].look(rules) if provider in providers else World()
        except ProviderError:
            return World()

    return look
