"""What is wrong with a plan, on stderr."""

from __future__ import annotations

from typing import TYPE_CHECKING

from planner.cli.session import Session
from planner.cli.style import style_of
from planner.render.diagnostics import pages_hint
from planner.render.findings import error_codes, plan_problems_text
from planner.render.remedy import plan_called_from

if TYPE_CHECKING:
    from planner.documents.plan import PlanDocument


def show_findings(session: Session, plan: PlanDocument, *, summary: bool = False, every: bool = False) -> bool:
    """Show in full what the rules and diagnostics of a plan found, of which its text has a line each.

    With `every`, each of those that have one cause. Gives whether there was anything to show.
    """
    called = plan_called_from(plan, session.caller)
    style = style_of(session, stderr=True)
    if text := plan_problems_text(called, session.source, style, summary=summary, every=every):
        session.mention(f"\n{text}")
        if hint := pages_hint(error_codes(plan), style):
            session.mention(f"\n{hint}")
    elif plan["errored"]:
        session.say("Error: the plan has errors. Nothing will be applied.")
    return bool(text)
