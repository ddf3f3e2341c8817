"""Checks a link that is not declared yet, so that `cl advise` offers no link that a plan would refuse."""

from __future__ import annotations

from datetime import date

from planner.network.advice import before_the_link, calls_of
from planner.network.scenarios import Advice, Note, Obstacle
from planner.network.worlds import Worlds
from planner.remedy import Remedy
from planner.rules.base import ERROR
from planner.rules.run import judge_steps
from planner.steps import Step
from planner.values import replace


def with_findings(advice: Advice, worlds: Worlds, provider: str, today: date) -> Advice:
    """The advice with every rule that forbids the offered link, and notes for rules that only warn.

    `provider` is the provider that sees both ends.
    """
    offer = advice.offer
    if offer is None:
        return advice
    steps = [
        Step(number, action, target, None, provider, vswitch_ids=offer.vswitch_ids, rule_vpc_id=offer.vpc_id)
        for number, (action, target) in enumerate(calls_of(offer), 1)
    ]
    before = before_the_link(worlds.of(provider), offer)
    findings = judge_steps(steps, Worlds({**worlds.by_provider, provider: before}), today=today).findings
    errors = {
        finding.rule: Obstacle(finding.message, finding.source, finding.rule, finding.remedy)
        for finding in findings
        if finding.severity is ERROR
    }
    if errors:
        return replace(advice, obstacles=tuple(errors.values()))
    return advice.noting(Note(Remedy.of(finding.message), finding.source) for finding in findings)
