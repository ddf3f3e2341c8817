"""`cl apply`, `cl destroy` and `cl refresh`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.app.assignments import Assignments
from planner.apply.options import ApplyOptions
from planner.cli import apply_options, options, plan_options
from planner.cli.apply_options import Flags
from planner.cli.command import Command
from planner.cli.file_path import FilePath
from planner.cli.session import Session
from planner.exit_codes import ExitCode
from planner.values import replace

if TYPE_CHECKING:
    from planner.plan.options import PlanOptions


def _shared(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options of the three commands beside what is planned."""
    for option in (
        options.input_,
        options.as_json,
        options.every_step,
        click.option("--detailed-exitcode", is_flag=True, help="Exit 2 if something was changed."),
        apply_options.applying,
        options.lock,
        click.option(
            "--confirm-manual", is_flag=True, help="Confirm that the manual steps are done, without being asked."
        ),
        click.option("--auto-approve", is_flag=True, help="Do not ask for approval of the plan."),
    ):
        command = option(command)
    return command


@click.command(cls=Command)
@click.argument("plan", type=FilePath(), required=False)
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
    """Apply a saved plan. Without one, make a plan and ask for approval."""
    from planner.cli.applying import apply_saved, plan_and_apply

    if plan is None:
        return plan_and_apply(session, assignments, planning, how, Flags(**flags))
    return apply_saved(session, plan, assignments, planning, how, Flags(**flags))


@click.command(cls=Command)
@options.variables
@plan_options.selecting("destroy")
@_shared
@click.pass_obj
def destroy(
    session: Session, /, assignments: Assignments, planning: PlanOptions, how: ApplyOptions, **flags: bool
) -> ExitCode:
    """Destroy everything that is managed: short for cl apply --destroy."""
    from planner.cli.applying import plan_and_apply

    return plan_and_apply(session, assignments, planning, how, Flags(**flags))


@click.command(cls=Command)
@options.hidden("refresh", "accept_detach", "auto_approve", "confirm_manual", "lock", "every_step")
@options.variables
@plan_options.selecting("refresh-only")
@_shared
@click.pass_obj
def refresh(
    session: Session, /, assignments: Assignments, planning: PlanOptions, how: ApplyOptions, **flags: bool
) -> ExitCode:
    """Update the state to match the cloud, without asking: short for cl apply --refresh-only --auto-approve."""
    from planner.cli.applying import plan_and_apply

    return plan_and_apply(session, assignments, planning, how, replace(Flags(**flags), auto_approve=True))
