"""The question before an apply: how much it does, and to what."""

from __future__ import annotations

from planner.diagnostics import counted, listed
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
        (summary["add"], "to add"),
        (summary["change"], "to change"),
        (summary["move"], "to move"),
        (summary["import"], "to adopt"),
        (summary["readdress"], "to re-address"),
        (summary["forget"], "to forget"),
        (summary["destroy"], "to destroy"),
    ]
    parts = ", ".join(f"{number:,} {words}" for number, words in counts if number)
    what = f"Apply {counted(len(plan['steps']), 'step')}{_where(plan, 'to')}" if plan["steps"] else "Update the state"
    return f"{what}{f' ({parts})' if parts else ''}?"


def _where(plan: PlanDocument, word: str) -> str:
    """` to account 1001 in cn-hangzhou and account 1002 in cn-beijing`; nothing where no step says whose it is."""
    accounts: dict[str, dict[str, None]] = {}
    for step in plan["steps"]:
        account, region = step.get("account_id"), step.get("region_id")
        if account or region:
            regions = accounts.setdefault(f"account {name(account)}" if account else "", {})
            regions |= {name(region): None} if region else {}
    named = [" in ".join(filter(None, (account, listed(regions)))) for account, regions in accounts.items()]
    if any(len(regions) > 1 for regions in accounts.values()):
        # Regions and accounts are two lists: a comma says where the one ends.
        return f" {word} {', and '.join(named)}"
    return f" {word} {listed(named)}" if named else ""
