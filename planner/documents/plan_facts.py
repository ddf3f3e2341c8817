"""Facts of a plan that several of its readers need: whose its proof is, and what is left of an apply before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.documents.plan import PlanDocument
    from planner.documents.plan_proof import ProofEntry, WorldFacts


def facts_by_provider(proof: ProofEntry) -> Mapping[str, WorldFacts]:
    """The facts of each provider; the key is empty for an older plan of one, which does not name it."""
    nowhere: WorldFacts = {"account_id": None}
    worlds = proof.get("worlds") or {"": nowhere}
    if len(worlds) > 1:
        return worlds
    return {
        provider: {
            **facts,
            "vpcs": proof.get("vpcs", {}),
            "instances": proof.get("instances", {}),
            "security_groups": proof.get("security_groups", {}),
        }
        for provider, facts in worlds.items()
    }


def has_several_providers(proof: ProofEntry) -> bool:
    """Whether the plan is one of several providers, so that what people read has to name the one that is meant."""
    return len(proof.get("worlds") or ()) > 1


def follows_unfinished(document: PlanDocument) -> bool:
    """Whether an apply was not finished when the plan was made: the state does not hold yet what that has done."""
    return "state_sha256" in document
