"""The last look before the first step: is this still the plan for this state and this world?"""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from planner.apply.fold import Document
from planner.diagnostics import Diagnostic, PlanError, Severity
from planner.network.world import World
from planner.plan.document import refuse_unfit, steps_of
from planner.proof import verify
from planner.rules.base import Finding
from planner.rules.run import judge
from planner.state.model import State
from planner.state.store import moved_by

_PLAN_AGAIN = "Plan again: cl plan --out plan.json"


def refuse_stale(document: Document, state: State) -> None:
    """Raises PlanError where the plan may not be applied to this state, and says who moved it."""
    try:
        refuse_unfit(document, state)
    except PlanError as error:
        who = moved_by(state) if document["serial"] != state.serial else ""
        raise PlanError(replace(problem, detail=problem.detail + who) for problem in error.diagnostics) from None


def preflight(document: Document, world: World, today: date) -> tuple[Diagnostic, ...]:
    """Everything that forbids the first step in the world as it was read just now. What the plan waived stays so.

    Where a rule fails that tells all there is to say; the proof's facts are the same world in fewer words.
    """
    waived = {rule["rule"] for rule in document["rules"] if rule["status"] == "waived"}
    report = judge(steps_of(document), world, today=today)
    failing = tuple(_told(found) for found in report.findings if found.blocks and found.rule not in waived)
    return failing or tuple(
        Diagnostic("STA430", "Proof of the plan does not hold", sentence, _PLAN_AGAIN)
        for sentence in verify(document, world)
    )


def _told(finding: Finding) -> Diagnostic:
    return Diagnostic(
        code=finding.rule,
        summary=f"Rule {finding.name} no longer holds",
        detail=f"{finding.message} The cloud changed since the plan was made ({finding.source}).",
        remedy=f"{finding.remedy}\nThen plan again: cl plan",
        severity=Severity.ERROR,
        address=str(finding.address) if finding.address else None,
        span=finding.span,
        related=finding.related,
    )
