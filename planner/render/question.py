"""The question before an apply: how much it does, and to what."""

from __future__ import annotations

from planner.diagnostics import counted
from planner.documents.plan import PlanDocument
from planner.render.terminal import name


def question_of(plan: PlanDocument) -> str:
    """`Apply 4 steps to account 1001 in cn-hangzhou (1 to add, 1 to move)?`"""
    match plan["mode"]:
        case "refresh-only":
            return f"Update the state to match the cloud ({counted(len(plan['resource_drift']), 'object')})?"
        case "destroy":
            return f"Destroy {counted(plan['summary']['destroy'], 'object')}{_where(plan, 'of')}? There is no undo."
    summary = plan["summary"]
    counts = [
        (summary["add"], "add"),
        (summary["change"], "change"),
        (summary["move"], "move"),
        (summary["destroy"], "destroy"),
    ]
    parts = ", ".join(f"{number:,} to {part}" for number, part in counts if number)
    steps = counted(len(plan["steps"]), "step") if plan["steps"] else "this"
    return f"Apply {steps}{_where(plan, 'to')}{f' ({parts})' if parts else ''}?"


def _where(plan: PlanDocument, word: str) -> str:
    """` to account 1001 in cn-hangzhou and account 1002 in cn-beijing`; nothing where no step says whose it is."""
    places = dict.fromkeys((step.get("account_id"), step.get("region_id")) for step in plan["steps"])
    named = [
        " in ".join(filter(None, (f"account {name(account)}" if account else "", name(region) if region else "")))
        for account, region in places
        if account or region
    ]
    return f" {word} {' and '.join(named)}" if named else ""
