"""What `cl apply`, `cl destroy` and `cl refresh` do."""

from __future__ import annotations

from pathlib import Path

import click

from planner.app import applying
from planner.app.applying import Applied
from planner.app.assignments import Assignments
from planner.app.plan_file import read_saved_plan
from planner.app.planning import exit_code
from planner.apply.options import ApplyOptions
from planner.cli.apply_options import Flags
from planner.cli.audience import following
from planner.cli.next_command import go_on
from planner.cli.session import Session
from planner.cli.surroundings import project_of
from planner.exit_codes import ExitCode
from planner.plan.options import PlanOptions
from planner.remedy import Command


def plan_and_apply(
    session: Session, assignments: Assignments, planning: PlanOptions, how: ApplyOptions, flags: Flags
) -> ExitCode:
    """Plan, ask and apply."""
    with following(session, flags) as audience:
        project = project_of(session, assignments, ask=flags.ask)
        applied = applying.plan_and_apply(
            project, planning, how, audience, auto_approve=flags.auto_approve, confirmed=flags.confirm_manual
        )
        audience.end(applied, _following(applied))
    return _exit_code(applied, detailed=flags.detailed_exitcode)


def apply_saved(
    session: Session, path: Path, assignments: Assignments, planning: PlanOptions, how: ApplyOptions, flags: Flags
) -> ExitCode:
    """Apply the saved plan at `path`. Raises UsageError where `planning` asks for something beside it."""
    if planning != PlanOptions():
        raise click.UsageError("A saved plan already decides what is done, so it takes no planning options.")
    with following(session, flags) as audience:
        plan = read_saved_plan(path, session.environment, session.called_in)
        project = project_of(session, assignments, ask=flags.ask, planned=plan["variables"])
        applied = applying.apply_saved(project, plan, path, how, audience, confirmed=flags.confirm_manual)
        audience.end(applied, _following(applied))
    return _exit_code(applied, detailed=flags.detailed_exitcode)


def _following(applied: Applied) -> Command:
    """The command that goes on where something is left."""
    plan = applied.plan
    return go_on(click.get_current_context(), plan["mode"], plan["variables"], applied.to_accept)


def _exit_code(applied: Applied, *, detailed: bool) -> ExitCode:
    if applied.outcome is None:
        return ExitCode.ERROR if applied.declined else exit_code(applied.plan, detailed=False)
    done = applied.outcome.exit_code is ExitCode.DONE
    return ExitCode.CHANGES if done and detailed and applied.plan["applicable"] else applied.outcome.exit_code
