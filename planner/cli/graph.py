"""`cl graph`."""

from __future__ import annotations

from pathlib import Path

import click

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.command import Command
from planner.cli.file_path import FilePath
from planner.cli.session import Session
from planner.cli.surroundings import project_of
from planner.render.graph import resources_dot, resources_mermaid


@click.command(cls=Command)
@click.option("--plan", type=FilePath(), metavar="PLAN", help="Draw the steps of this saved plan.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["dot", "mermaid"]),
    default="dot",
    show_default=True,
    help="Draw in this format.",
)
@options.variables
@click.pass_obj
def graph(session: Session, plan: Path | None, form: str, assignments: Assignments) -> None:
    """Draw which resource needs which; with --plan, the steps of a plan with their needs and slots."""
    if plan is not None:
        from planner.app.plan_file import read_saved_plan
        from planner.render.plan_graph import to_dot, to_mermaid

        document = read_saved_plan(plan, session.environment, session.called_in)
        session.write(to_mermaid(document) if form == "mermaid" else to_dot(document))
        return
    needs = project_of(session, assignments).evaluation.needs_of_resources()
    session.write(resources_mermaid(needs) if form == "mermaid" else resources_dot(needs))
