"""`cl show`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.command import Command
from planner.cli.file_path import FilePath
from planner.cli.lazy import load
from planner.cli.session import Session
from planner.cli.style import style_of
from planner.cli.surroundings import surroundings_of
from planner.exit_codes import ExitCode


@click.command(cls=Command)
@click.argument("plan", type=FilePath(), required=False)
@click.option("--verify", is_flag=True, help="Check the plan's proof, and show what does not hold.")
@options.summary
@options.every_step
@options.as_json
@options.outputs
@options.variables
@click.pass_obj
def show(
    session: Session,
    plan: Path | None,
    verify: bool,
    summary: bool,
    every_step: bool,
    as_json: bool,
    outputs: tuple[str, ...],
    assignments: Assignments,
) -> ExitCode:
    """Show the state, or a saved plan."""
    if plan is None:
        if verify or summary or every_step or outputs:
            raise click.UsageError("--verify, --summary, --every-step and -o need a plan file.")
        _show_state(session, assignments, as_json=as_json)
        return ExitCode.DONE
    show_plan: Callable[..., ExitCode] = load("show_plan:show_plan")
    return show_plan(
        session, plan, verify=verify, summary=summary, every_step=every_step, as_json=as_json, outputs=outputs
    )


def _show_state(session: Session, assignments: Assignments, *, as_json: bool) -> None:
    from planner.app.states import state_in_use
    from planner.render.json import json_text
    from planner.render.state import show_state_text
    from planner.state.format import document_of

    state = state_in_use(surroundings_of(session, assignments))
    session.write(json_text(document_of(state)) if as_json else show_state_text(state, style_of(session)))
