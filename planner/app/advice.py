"""How two things of the cloud can be connected, and the link that may be offered for it."""

from __future__ import annotations

from planner.app.offer import beside
from planner.app.project import Project, read_worlds
from planner.network.advice import advise_between
from planner.network.merge import merge
from planner.network.scenarios import Advice
from planner.rules.offers import with_findings


def advice_between(project: Project, instance: str, target: str) -> Advice:
    """The advice for two ends in the cloud, its offer beside what is declared and managed already. Raises ClError."""
    with project.providers() as providers:
        worlds = read_worlds(providers)
    world = merge(worlds.by_provider.values())
    advice = with_findings(advise_between(world, instance, target), world, project.now.date())
    if advice.offer is None or advice.obstacles:
        return advice
    return beside(advice, advice.offer, project.desired(worlds), project.prior(worlds), world)
