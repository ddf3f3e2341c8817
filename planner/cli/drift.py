"""`cl drift`."""

from __future__ import annotations

from pathlib import Path

import click

from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.diagnostics import ExitCode

BASELINE_DAYS = 30
"""How long the ignores of a new baseline last."""


@click.command(cls=Command)
@options.variables
@click.option("--exit-zero", is_flag=True, help="Exit 0 whatever is found: for reports only.")
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help=f"Write what is found as ignores that expire after {BASELINE_DAYS} days.",
)
@options.as_json
@options.outputs
@options.input_
@click.pass_obj
def drift(
    session: Session,
    assignments: options.Assignments,
    exit_zero: bool,
    baseline: Path | None,
    as_json: bool,
    outputs: tuple[str, ...],
    ask: bool,
) -> ExitCode:
    """Compare the cloud with the state and the configuration. Changes nothing, and takes no lock."""
    from planner.cli.project import Project, read_world
    from planner.cli.reports import drift_reports
    from planner.drift.document import find_drift

    reports = drift_reports(session, outputs, as_json=as_json)
    project = Project(session, assignments, ask=ask)
    with project.providers() as providers:
        world = read_world(providers)
    desired = project.desired(world)
    session.tell(desired.warnings)
    document = find_drift(desired, project.prior, world)
    reports.write(document)
    if exit_zero:
        return ExitCode.DONE
    if not document["complete"]:
        return ExitCode.INCOMPLETE
    return ExitCode.DONE if document["in_sync"] else ExitCode.CHANGES
