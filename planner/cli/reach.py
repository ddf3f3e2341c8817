"""`cl reach`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli import options
from planner.cli.command import Command
from planner.cli.completion import ends
from planner.cli.session import Session
from planner.diagnostics import ExitCode

if TYPE_CHECKING:
    from planner.network.world import World


@click.command(cls=Command)
@click.argument("origin", metavar="[FROM]", required=False, shell_complete=ends)
@click.argument("target", metavar="[TO]", required=False, shell_complete=ends)
@click.option(
    "--plan", type=click.Path(path_type=Path), metavar="PLAN", help="Answer as it will be after this saved plan."
)
@click.option("--all-from", metavar="FROM", shell_complete=ends, help="List everything that FROM can or cannot reach.")
@click.option("--all-to", metavar="TO", shell_complete=ends, help="List everything that can or cannot reach TO.")
@options.variables
@options.as_json
@click.pass_obj
def reach(
    session: Session,
    origin: str | None,
    target: str | None,
    plan: Path | None,
    all_from: str | None,
    all_to: str | None,
    assignments: options.Assignments,
    as_json: bool,
) -> ExitCode:
    """Say whether FROM can reach TO, and why: instance ids, resource ids or addresses.

    Exit 0 where that can be told, whatever the answer; 3 where it cannot.
    """
    from planner.network.reach import reach as trace
    from planner.network.reach import reach_all
    from planner.render.json import json_text
    from planner.render.network import trace_text, traces_text

    chosen = [bool(origin and target), bool(all_from), bool(all_to)]
    if sum(chosen) != 1 or bool(origin) != bool(target):
        raise click.UsageError("Give FROM and TO, or --all-from FROM, or --all-to TO.")
    world = _world(session, assignments, plan)
    if origin and target:
        document = trace(world, origin, target).to_json()
        session.write(json_text(document) if as_json else trace_text(document, session.style()))
        return ExitCode.INCOMPLETE if document["reachable"] is None else ExitCode.DONE
    documents = [found.to_json() for found in reach_all(world, origin=all_from, target=all_to)]
    session.write(json_text(documents) if as_json else traces_text(documents, session.style()))
    return ExitCode.DONE


def _world(session: Session, assignments: options.Assignments, plan: Path | None) -> World:
    """The world now, or as it will be after the steps of a saved plan."""
    from planner.cli.plan_file import read_plan
    from planner.cli.project import Project, read_world
    from planner.network.forecast import Forecast
    from planner.steps import read_steps

    with Project(session, assignments).providers() as providers:
        forecast = Forecast(read_world(providers))
    for step in read_steps(read_plan(session, plan)) if plan else ():
        forecast.take(step.action, step.target)
    return forecast.outcome()
