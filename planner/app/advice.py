"""How two things of the cloud can be connected, and the link that may be offered for it."""

from __future__ import annotations

from planner.app.offer import beside
from planner.app.project import Project
from planner.network.advice import advise_between
from planner.network.ends import find_place
from planner.network.scenarios import Advice, Note, advise
from planner.network.seers import Seen, find_pair
from planner.network.traffic import ALL_TRAFFIC, Traffic
from planner.network.worlds import Worlds, default_provider
from planner.remedy import Remedy
from planner.rules.offers import with_findings
from planner.values import replace


def advice_between(
    project: Project, instance: str, target: str, provider: str | None = None, traffic: Traffic = ALL_TRAFFIC
) -> Advice:
    """The advice for this traffic between two ends in the cloud, its offer beside what is declared and managed already.

    Raises ClError.
    """
    with project.providers() as providers:
        worlds = project.seen(providers, (instance, target))
    start, end = find_pair(worlds, instance, target, provider)
    if start.provider != end.provider:
        return _across(worlds, start, end)
    world = worlds.of(start.provider)
    advice = with_findings(advise_between(world, instance, target, traffic), worlds, start.provider, project.now.date())
    if worlds.are_several:
        advice = replace(advice, provider=start.provider)
    if advice.offer is None or advice.obstacles:
        return advice
    offer = advice.offer
    if start.provider != default_provider(worlds.by_provider):
        offer = replace(offer, provider=start.provider)
    return beside(advice, offer, start.provider, project.desired(worlds), project.prior(worlds), world)


def _across(worlds: Worlds, start: Seen, end: Seen) -> Advice:
    """What the table says of two ends that no one provider sees: no link can be declared for them."""
    one, other = (find_place(worlds.of(seen.provider), seen.text) for seen in (start, end))
    same_region, same_account = one.region_id == other.region_id, one.account_id == other.account_id
    text = (
        f"{one} is in {start.provider}, and {other} in {end.provider}: both ends of a link must be in the same "
        "provider."
    )
    advice = advise(one.plane, other.plane, same_region=same_region, same_account=same_account)
    return advice.noting([Note(Remedy.of(text), "the configuration")])
