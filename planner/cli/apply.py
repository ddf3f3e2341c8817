"""`cl apply`, `cl destroy` and `cl refresh`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import click

from planner.app.applying import Applied, apply_saved, plan_and_apply
from planner.app.assignments import Assignments
from planner.app.plan_file import read_saved_plan
from planner.app.planning import exit_code
from planner.app.project import Project
from planner.apply.options import ApplyOptions
from planner.cli import apply_options, options, plan_options
from planner.cli.audience import following
from planner.cli.command import Command
from planner.cli.next_command import go_on
from planner.cli.session import Session
from planner.cli.surroundings import surroundings_of
from planner.diagnostics import ExitCode
from planner.documents.plan import Mode
from planner.plan.options import PlanOptions


@dataclass(frozen=True, slots=True)
class _Flags:
    """What the three commands ask of the terminal."""

    auto_approve: bool
    confirm_manual: bool
    detailed_exitcode: bool
    as_json: bool
    ask: bool


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of the three commands beside what is planned."""
    for option in (
        options.input_,
        options.as_json,
        click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where something was changed."),
        apply_options.applying,
        options.lock,
        click.option("--confirm-manual", is_flag=True, help="Confirm the steps by hand without being asked."),
        click.option("--auto-approve", is_flag=True, help="Do not ask for approval of the plan."),
    ):
        command = option(command)
    return command


@click.command(cls=Command)
@click.argument("plan", type=click.Path(path_type=Path), required=False)
@options.variables
@plan_options.planning
@_shared
@click.pass_obj
def apply(
    session: Session,
    /,
    plan: Path | None,
    assignments: Assignments,
    planning: PlanOptions,
    how: ApplyOptions,
    **flags: bool,
) -> ExitCode:
    """Apply a saved plan; without one, plan and ask."""
    if plan is None:
        return _plan_and_apply(session, assignments, planning, how, _Flags(**flags))
    if planning != PlanOptions():
        raise click.UsageError("A saved plan says itself what is done: no planning option goes with it.")
    return _apply_saved(session, plan, assignments, how, _Flags(**flags))


@click.command(cls=Command)
@options.variables
@plan_options.selecting(Mode.DESTROY)
@_shared
@click.pass_obj
def destroy(
    session: Session, /, assignments: Assignments, planning: PlanOptions, how: ApplyOptions, **flags: bool
) -> ExitCode:
    """Take away everything that is managed: cl apply --destroy."""
    return _plan_and_apply(session, assignments, planning, how, _Flags(**flags))


@click.command(cls=Command)
@options.variables
@plan_options.selecting(Mode.REFRESH_ONLY)
@_shared
@click.pass_obj
def refresh(
    session: Session, /, assignments: Assignments, planning: PlanOptions, how: ApplyOptions, **flags: bool
) -> ExitCode:
    """Bring the state up to what the cloud says: cl apply --refresh-only, without asking."""
    return _plan_and_apply(session, assignments, planning, how, replace(_Flags(**flags), auto_approve=True))


def _plan_and_apply(
    session: Session, assignments: Assignments, planning: PlanOptions, how: ApplyOptions, flags: _Flags
) -> ExitCode:
    with following(session, as_json=flags.as_json, ask=flags.ask) as audience:
        project = Project(surroundings_of(session, assignments, ask=flags.ask))
        applied = plan_and_apply(
            project, planning, how, audience, auto_approve=flags.auto_approve, confirmed=flags.confirm_manual
        )
        audience.end(applied, go_on(click.get_current_context(), applied.plan["mode"], applied.plan["variables"]))
    return _exit_code(applied, detailed=flags.detailed_exitcode)


def _apply_saved(session: Session, path: Path, assignments: Assignments, how: ApplyOptions, flags: _Flags) -> ExitCode:
    with following(session, as_json=flags.as_json, ask=flags.ask) as audience:
        plan = read_saved_plan(path, session.environment)
        project = Project(surroundings_of(session, assignments, ask=flags.ask), planned=plan["variables"])
        applied = apply_saved(project, plan, path, how, audience, confirmed=flags.confirm_manual)
        audience.end(applied, go_on(click.get_current_context(), applied.plan["mode"], applied.plan["variables"]))
    return _exit_code(applied, detailed=flags.detailed_exitcode)


def _exit_code(applied: Applied, *, detailed: bool) -> ExitCode:
    if applied.outcome is None:
        return ExitCode.ERROR if applied.declined else exit_code(applied.plan, detailed=False)
    done = applied.outcome.exit_code is ExitCode.DONE
    return ExitCode.CHANGES if done and detailed and applied.plan["applicable"] else applied.outcome.exit_code
