"""`cl show PLAN`: a saved plan, or whether its proof holds."""

from __future__ import annotations

from pathlib import Path

from planner.app.plan_file import is_authentic, read_saved_plan, refuse_unproven
from planner.cli.findings import show_findings
from planner.cli.next_command import apply_file, replan_command
from planner.cli.reports import plan_reports
from planner.cli.session import Session
from planner.cli.surroundings import surroundings_of
from planner.diagnostics import counted
from planner.documents.plan import PlanDocument
from planner.exit_codes import ExitCode
from planner.render.problems import plan_problems
from planner.render.terminal import escape
from planner.render.words import QUOTED
from planner.values import replace


def show_plan(
    session: Session,
    plan: Path,
    *,
    verify: bool,
    summary: bool,
    every_step: bool,
    as_json: bool,
    outputs: tuple[str, ...],
) -> ExitCode:
    """Show a saved plan; with `verify`, only check its proof. Raises PlanError where that does not hold."""
    reports = plan_reports(session, outputs, as_json=as_json, summary=summary, every_step=every_step)
    document = read_saved_plan(plan, session.environment, session.called_in)
    session.planned = document.get("sources_sha256", {})
    quoted = not is_authentic(session.environment)
    if verify:
        refuse_unproven(document, plan)
        session.write(_proven(len(document["steps"]), plan))
        if quoted and plan_problems(document):
            session.say(QUOTED)
        return ExitCode.DONE
    again = _secrets_again(document, session) if document.get("secret_variables") else []
    following, replanning = apply_file(plan, again), replan_command(plan, document["mode"])
    replace(reports, quoted=quoted).write(document, next_command=following, plan_again=replanning)
    if show_findings(session, document, summary=summary, every=every_step) and quoted:
        session.say(QUOTED)
    reports.write_next(document, next_command=following, plan_again=replanning)
    return ExitCode.DONE


def _secrets_again(document: PlanDocument, session: Session) -> list[str]:
    """The options for the sensitive variables that the user has to give to apply the plan."""
    from planner.app.secret_variables import secrets_to_give  # with the whole language, which reads variables

    return [word for name in secrets_to_give(document, surroundings_of(session)) for word in ("--var", f"{name}=…")]


def _proven(steps: int, plan: Path) -> str:
    said = f"its {counted(steps, 'step is legal', 'steps are legal in every order and')} at every point"
    return f"The proof of {escape(plan)} holds: {said if steps else 'it has no steps'}."
