"""`cl graph`."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import click

from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.diagnostics import ConfigError, Diagnostic


@click.command(cls=Command)
@click.option("--plan", type=click.Path(path_type=Path), metavar="PLAN", help="Draw the steps of this saved plan.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["dot", "mermaid", "svg"]),
    default="dot",
    show_default=True,
    help="Draw in this format.",
)
@options.variables
@click.pass_obj
def graph(session: Session, plan: Path | None, form: str, assignments: options.Assignments) -> None:
    """Draw which resource needs which, or with --plan a plan's steps, their needs and slots. SVG needs Graphviz."""
    from planner.render.graph import resources_dot, resources_mermaid
    from planner.render.plan_graph import to_dot, to_mermaid

    if plan is not None:
        from planner.cli.plan_file import read_plan

        document = read_plan(session, plan)
        text = to_mermaid(document) if form == "mermaid" else to_dot(document)
    else:
        from planner.cli.project import Project

        needs = Project(session, assignments).evaluation.needs_of_resources()
        text = resources_mermaid(needs) if form == "mermaid" else resources_dot(needs)
    session.write(_svg(text) if form == "svg" else text)


def _svg(dot_text: str) -> str:
    """The drawing that Graphviz makes."""
    program = shutil.which("dot")
    if program is None:
        raise ConfigError(
            Diagnostic(
                "CFG595",
                "Graphviz is not installed",
                "SVG is drawn by Graphviz's program dot, which is not there.",
                "Install it (apt-get install graphviz), or take --format=mermaid.",
            )
        )
    done = subprocess.run([program, "-Tsvg"], input=dot_text, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode != 0:
        raise ConfigError(Diagnostic("CFG596", "Graphviz failed", done.stderr.strip(), "Take --format=mermaid."))
    return done.stdout
