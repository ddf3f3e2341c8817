"""`cl apply`, `cl destroy` and `cl refresh`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.diagnostics import ExitCode


def _options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What the three commands share."""
    for option in (
        click.option("--auto-approve", is_flag=True, help="Do not ask."),
        click.option("--detailed-exitcode", is_flag=True, help="Exit 2 where something was changed."),
        options.as_json,
        options.input_,
        options.lock,
        options.lock_timeout,
        options.parallelism,
        options.timeout,
        options.step_timeout,
    ):
        command = option(command)
    return command


@click.command(cls=Command)
@click.argument("plan", type=click.Path(path_type=Path), required=False)
@options.planning
@_options
@click.pass_obj
def apply(session: Session, /, plan: Path | None, planning: options.Planning, **how: Any) -> ExitCode:
    """Apply a saved plan; without one, plan and ask."""
    from planner.cli.applying import How, apply_plan_file, plan_and_apply

    if plan is None:
        return plan_and_apply(session, planning, How(**how))
    if planning != options.NOTHING_PLANNED:
        raise click.UsageError("A saved plan says itself what is done: no planning option goes with it.")
    return apply_plan_file(session, plan, How(**how))


@click.command(cls=Command)
@options.selecting
@_options
@click.pass_obj
def destroy(session: Session, /, planning: options.Planning, **how: Any) -> ExitCode:
    """Take away everything that is managed: cl apply --destroy."""
    from planner.cli.applying import How, plan_and_apply

    return plan_and_apply(session, replace(planning, destroy=True), How(**how))


@click.command(cls=Command)
@options.selecting
@_options
@click.pass_obj
def refresh(session: Session, /, planning: options.Planning, **how: Any) -> ExitCode:
    """Bring the state up to what the cloud says: cl apply --refresh-only, without asking."""
    from planner.cli.applying import How, plan_and_apply

    return plan_and_apply(session, replace(planning, refresh_only=True), replace(How(**how), auto_approve=True))
