"""What the rules say of a link that nobody has declared yet: `cl advise` offers none that a plan would refuse."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from planner.network.advice import before_the_link, calls_of
from planner.network.scenarios import Advice, Note, Obstacle
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.rules.base import ERROR
from planner.rules.run import judge_steps
from planner.steps import Step


def with_findings(advice: Advice, world: World, today: date) -> Advice:
    """The advice, with every rule that forbids the link it offers; what rules only warn of is noted."""
    offer = advice.offer
    if offer is None:
        return advice
    steps = [
        Step(number, action, target, None, "", vswitch_ids=offer.vswitch_ids)
        for number, (action, target) in enumerate(calls_of(offer), 1)
    ]
    findings = judge_steps(steps, Worlds({"": before_the_link(world, offer)}), today=today).findings
    errors = {
        finding.rule: Obstacle(finding.message, finding.source, finding.rule, finding.remedy)
        for finding in findings
        if finding.severity is ERROR
    }
    if errors:
        return replace(advice, obstacles=tuple(errors.values()))
    return advice.noting(Note(finding.message, finding.source) for finding in findings)
