"""`cl apply`, `cl destroy` and `cl refresh`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from planner.app.applying import Applied, apply_saved, plan_and_apply
from planner.app.options import Applying, Assignments
from planner.app.plan_file import read_plan
from planner.app.planning import exit_code
from planner.app.project import Project
from planner.cli import options
from planner.cli.audience import following
from planner.cli.command import Command
from planner.cli.next_command import go_on
from planner.cli.session import Session
from planner.cli.surroundings import surroundings_of
from planner.diagnostics import ExitCode
from planner.plan.options import Mode, PlanOptions


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What the three commands share."""
    for option in (
        options.input_,
        options.as_json,
        click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where something was changed."),
        options.lock,
        options.applying,
    ):
        command = option(command)
    return command


@click.command(cls=Command)
@click.argument("plan", type=click.Path(path_type=Path), required=False)
@options.variables
@options.planning
@_options
@click.pass_obj
def apply(
    session: Session,
    /,
    plan: Path | None,
    assignments: Assignments,
    planning: PlanOptions,
    how: Applying,
    **shown: bool,
) -> ExitCode:
    """Apply a saved plan; without one, plan and ask."""
    if plan is None:
        return _plan_and_apply(session, assignments, planning, how, **shown)
    if planning != PlanOptions() or assignments != Assignments():
        raise click.UsageError("A saved plan says itself what is done: no planning option goes with it.")
    return _apply_saved(session, plan, how, **shown)


@click.command(cls=Command)
@options.variables
@options.selecting(Mode.DESTROY)
@_options
@click.pass_obj
def destroy(
    session: Session, /, assignments: Assignments, planning: PlanOptions, how: Applying, **shown: bool
) -> ExitCode:
    """Take away everything that is managed: cl apply --destroy."""
    return _plan_and_apply(session, assignments, planning, how, **shown)


@click.command(cls=Command)
@options.variables
@options.selecting(Mode.REFRESH_ONLY)
@_options
@click.pass_obj
def refresh(
    session: Session, /, assignments: Assignments, planning: PlanOptions, how: Applying, **shown: bool
) -> ExitCode:
    """Bring the state up to what the cloud says: cl apply --refresh-only, without asking."""
    return _plan_and_apply(session, assignments, planning, replace(how, auto_approve=True), **shown)


def _plan_and_apply(
    session: Session,
    assignments: Assignments,
    planning: PlanOptions,
    how: Applying,
    *,
    detailed_exitcode: bool,
    as_json: bool,
    ask: bool,
) -> ExitCode:
    with following(session, as_json=as_json, ask=ask) as audience:
        project = Project(surroundings_of(session, ask=ask), assignments)
        applied = plan_and_apply(project, planning, how, audience)
        audience.end(applied, go_on(click.get_current_context(), applied.plan))
    return _exit_code(applied, detailed=detailed_exitcode)


def _apply_saved(
    session: Session, path: Path, how: Applying, *, detailed_exitcode: bool, as_json: bool, ask: bool
) -> ExitCode:
    with following(session, as_json=as_json, ask=ask) as audience:
        plan = read_plan(path, session.environment)
        project = Project(surroundings_of(session, ask=ask), planned=plan["variables"])
        applied = apply_saved(project, plan, path, how, audience)
        audience.end(applied, go_on(click.get_current_context(), applied.plan))
    return _exit_code(applied, detailed=detailed_exitcode)


def _exit_code(applied: Applied, *, detailed: bool) -> ExitCode:
    if applied.outcome is None:
        return ExitCode.ERROR if applied.declined else exit_code(applied.plan, detailed=False)
    done = applied.outcome.exit_code is ExitCode.DONE
    return ExitCode.CHANGES if done and detailed and applied.plan["applicable"] else applied.outcome.exit_code
