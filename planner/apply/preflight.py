"""The last look before the first step: is this still the plan for this state and this world?"""

from __future__ import annotations

from datetime import date

from planner.apply.fold import Document
from planner.diagnostics import Diagnostic, Severity
from planner.network.world import World
from planner.plan.document import steps_of
from planner.proof import verify
from planner.rules.base import Finding
from planner.rules.run import judge
from planner.state.model import State
from planner.state.store import moved_by

_PLAN_AGAIN = "Plan again: cl plan --out plan.json"


def freshness(document: Document, state: State) -> tuple[Diagnostic, ...]:
    """Why the plan may not be applied to this state; nothing where it may."""
    plan_id = document["plan_id"]
    if document["errored"]:
        detail = f"Plan {plan_id} has errors: nothing of it may be applied."
        return (Diagnostic("STA401", "Plan has errors", detail, f"Mend what it tells, then plan again. {_PLAN_AGAIN}"),)
    if plan_id in state.applied_plans:
        detail = f"Plan {plan_id} was applied already; a plan applies once.{moved_by(state)}"
        return (Diagnostic("STA402", "Plan was applied before", detail, _PLAN_AGAIN),)
    if document["lineage"] != state.lineage:
        detail = (
            f"Plan {plan_id} was made from {_named(document['lineage'])}; the state is now {_named(state.lineage)}."
            f"{moved_by(state)}"
        )
        return (Diagnostic("STA403", "Plan is for another state", detail, _PLAN_AGAIN),)
    if document["serial"] != state.serial:
        detail = (
            f"Plan {plan_id} was made from serial {document['serial']}; the state has serial {state.serial} now."
            f"{moved_by(state)}"
        )
        return (Diagnostic("STA404", "State has moved since the plan", detail, _PLAN_AGAIN),)
    return ()


def preflight(document: Document, state: State, world: World, today: date) -> tuple[Diagnostic, ...]:
    """Everything that forbids the first step: the state has moved, the proof does not hold, a rule fails now.

    `world` was read just now. What the plan waived stays waived.
    """
    problems = list(freshness(document, state))
    problems += [
        Diagnostic("STA411", "Proof of the plan does not hold", sentence, _PLAN_AGAIN)
        for sentence in verify(document, world)
    ]
    waived = {rule["rule"] for rule in document["rules"] if rule["status"] == "waived"}
    report = judge(steps_of(document), world, today=today)
    problems += [_told(finding) for finding in report.findings if finding.blocks and finding.rule not in waived]
    return tuple(problems)


def _told(finding: Finding) -> Diagnostic:
    return Diagnostic(
        code=finding.rule,
        summary=f"Rule {finding.name} no longer holds",
        detail=f"{finding.message} The cloud changed since the plan was made ({finding.source}).",
        remedy=f"{finding.remedy} Then plan again: cl plan",
        severity=Severity.ERROR,
        address=str(finding.address) if finding.address else None,
        span=finding.span,
        related=finding.related,
    )


def _named(lineage: str) -> str:
    return f"the state of lineage {lineage}" if lineage else "an empty state"
