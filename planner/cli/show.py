"""`cl show`."""

from __future__ import annotations

from pathlib import Path
from shlex import quote
from typing import Any

import click

from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.diagnostics import ExitCode, PlanError, counted

Document = dict[str, Any]


@click.command(cls=Command)
@click.argument("plan", type=click.Path(path_type=Path), required=False)
@click.option("--verify", is_flag=True, help="Check the plan's proof, and say what does not hold.")
@options.summary
@options.every_step
@options.as_json
@options.outputs
@click.pass_obj
def show(
    session: Session,
    plan: Path | None,
    verify: bool,
    summary: bool,
    every_step: bool,
    as_json: bool,
    outputs: tuple[str, ...],
) -> ExitCode:
    """Show the state, or a saved plan."""
    if plan is None:
        if verify or summary or every_step or outputs:
            raise click.UsageError("--verify, --summary, --every-step and -o go with a plan file.")
        _show_state(session, as_json=as_json)
        return ExitCode.DONE
    from planner.cli.next_command import apply_file
    from planner.cli.plan_file import read_plan
    from planner.cli.reports import plan_reports

    reports = plan_reports(session, outputs, as_json=as_json, summary=summary, every_step=every_step)
    document = read_plan(session, plan)
    if verify:
        _verify(session, document, plan)
        return ExitCode.DONE
    reports.write(document, next_command=apply_file(click.get_current_context(), plan))
    session.tell_errors_of(document, summary=summary)
    return ExitCode.DONE


def _show_state(session: Session, *, as_json: bool) -> None:
    from planner.render.json import json_text
    from planner.render.state import show_state_text
    from planner.state.format import document_of

    state = session.state()
    session.write(json_text(document_of(state)) if as_json else show_state_text(state, session.style()))


def _verify(session: Session, document: Document, plan: Path) -> None:
    """Say that the proof holds. Raises PlanError where it does not, or where there is none."""
    from planner.apply.preflight import refuse_errored
    from planner.proof import verify
    from planner.proof.told import unproven

    again = f"cl plan --out {quote(str(plan))}"
    refuse_errored(document, again)
    if problems := verify(document):
        raise PlanError(unproven(problems, again))
    steps = len(document["steps"])
    said = f"its {counted(steps, 'step is legal', 'steps are legal in every order and')} at every point"
    session.write(f"The proof of {plan} holds: {said if steps else 'it has no steps'}.")
