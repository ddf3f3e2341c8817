"""`cl plan`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.app.assignments import Assignments
from planner.cli import options, plan_options
from planner.cli.command import Command
from planner.cli.file_path import FilePath
from planner.cli.next_command import apply_file, apply_the_same, plan_again, secrets_again
from planner.cli.session import Session
from planner.cli.surroundings import project_of
from planner.collector import without_collector
from planner.diagnostics import ClError
from planner.exit_codes import ExitCode

if TYPE_CHECKING:
    from planner.plan.options import PlanOptions


@click.command(cls=Command)
@options.variables
@plan_options.planning
@click.option("--out", type=FilePath(), metavar="FILE", help="Save the plan, for cl apply FILE.")
@click.option("--detailed-exitcode", is_flag=True, help="Exit 2 if there are changes.")
@options.summary
@options.every_step
@options.as_json
@options.outputs
@options.input_
@options.lock
@options.lock_timeout
@options.parallelism
@click.pass_context
@without_collector()
def plan(
    ctx: click.Context,
    /,
    assignments: Assignments,
    planning: PlanOptions,
    out: Path | None,
    detailed_exitcode: bool,
    summary: bool,
    every_step: bool,
    as_json: bool,
    outputs: tuple[str, ...],
    ask: bool,
    lock_timeout: float,
    parallelism: int,
) -> ExitCode:
    """Show what would change, in order. Changes nothing, and takes no lock."""
    from planner.app.plan_file import save_plan
    from planner.app.planning import exit_code, failed_plan, look_only
    from planner.cli.findings import show_findings
    from planner.cli.own_files import refuse_files_in_use, refuse_own_files
    from planner.cli.reports import plan_reports
    from planner.render.json import json_pieces

    session: Session = ctx.obj
    reports = plan_reports(session, outputs, as_json=as_json, summary=summary, every_step=every_step)
    refuse_own_files([("--out", out)], session.directory)
    project = project_of(session, assignments, ask=ask)
    try:
        refuse_files_in_use([("--out", out), *reports.files], project)
        document = look_only(project, planning)
    except ClError as error:
        reports.without_text().write(failed_plan(project, planning, error.diagnostics))
        _say_what_stays(session, out)
        raise
    if out is not None:  # one with errors too: an earlier plan is not to be taken for it
        project.surroundings.report(save_plan(json_pieces(document), out, session.environment))
    try:
        secret = document.get("secret_variables")
        again = secrets_again(ctx, secret["names"] if secret else ())
        following = apply_file(out, again) if out else apply_the_same(ctx, document["variables"])
        replanning = plan_again(ctx, document["variables"])
        reports.write(document, next_command=following, plan_again=replanning)
    finally:
        show_findings(session, document, summary=summary, every=every_step)
    reports.write_next(document, next_command=following, plan_again=replanning)
    return exit_code(document, detailed=detailed_exitcode)


def _say_what_stays(session: Session, out: Path | None) -> None:
    """That the file of --out has an earlier plan, so that it is not taken for the one that could not be made."""
    from planner.render.terminal import escape

    if out is not None and out.is_file():
        file = escape(session.caller.name(str(out)))
        session.say(f"\n{file} was not written; it still contains an earlier plan.")
