"""Steps by hand: what a provider's cloud has no call for, so that a person does it and says so."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from planner.network.identity import Action

if TYPE_CHECKING:
    from planner.documents.plan import PlanDocument, StepEntry

BY_HAND: Mapping[str, frozenset[Action]] = {
    "alicloud": frozenset({Action.ADD_GUEST_ROUTE, Action.REMOVE_GUEST_ROUTE}),
}
"""What is done by hand where a provider of this name serves it. Nothing is, of a provider that is not here."""


def by_hand(providers: Collection[str]) -> Mapping[str, frozenset[Action]]:
    """What is done by hand, by the keys of these providers, such as `alicloud.lab`."""
    return {key: BY_HAND.get(key.partition(".")[0], frozenset()) for key in providers}


def steps_by_hand(document: PlanDocument) -> list[StepEntry]:
    """The steps that a person does, whatever the document says of them: it may be forged."""
    actions = by_hand({step["provider"] for step in document["steps"]})
    return [step for step in document["steps"] if step["action"] in actions[step["provider"]]]
