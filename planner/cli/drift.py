"""`cl drift`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.command import Command
from planner.cli.file_path import FilePath
from planner.cli.session import Session
from planner.cli.surroundings import project_of
from planner.diagnostics import ClError
from planner.exit_codes import ExitCode
from planner.render.terminal import escape

if TYPE_CHECKING:
    from planner.app.drift import Baseline
    from planner.documents.drift import DriftDocument


_BASELINE_DAYS = 30


@click.command(cls=Command)
@options.variables
@click.option("--exit-zero", is_flag=True, help="Exit 0 even if there is drift: only report it.")
@click.option("--strict", is_flag=True, help="Count changes that are declared but not applied yet as drift.")
@click.option("--all", "one_by_one", is_flag=True, help="Show every object, even where many have one cause.")
@click.option(
    "--baseline",
    type=FilePath(),
    metavar="FILE",
    help=f"Add today's drift to FILE, so that it is ignored for {_BASELINE_DAYS} days.",
)
@options.as_json
@options.outputs
@options.input_
@click.pass_obj
def drift(
    session: Session,
    assignments: Assignments,
    exit_zero: bool,
    strict: bool,
    one_by_one: bool,
    baseline: Path | None,
    as_json: bool,
    outputs: tuple[str, ...],
    ask: bool,
) -> ExitCode:
    """Compare the cloud with the state and the configuration. Changes nothing, and takes no lock."""
    from planner.app.drift import add_to_baseline, drift_of
    from planner.cli.own_files import refuse_files_in_use, refuse_own_files
    from planner.cli.reports import drift_reports
    from planner.drift.document import nothing_compared

    reports = drift_reports(session, outputs, as_json=as_json)
    refuse_own_files([("--baseline", baseline)], session.directory)
    project = project_of(session, assignments, ask=ask)
    try:
        refuse_files_in_use([("--baseline", baseline), *reports.files], project)
        document = drift_of(project, strict=strict, one_by_one=one_by_one)
    except ClError as error:
        reports.without_text().write(nothing_compared(error.diagnostics))
        raise
    if baseline is not None:
        written = add_to_baseline(document, baseline, project.now.date(), _BASELINE_DAYS)
        session.say(_written(baseline, written))
        project.surroundings.report(written.warnings)
    reports.write(document)
    return ExitCode.DONE if exit_zero else _exit_code(document)


def _written(path: Path, found: Baseline) -> str:
    kept = "" if found.kept is None else f", {found.kept:,} kept"
    lines = f"{found.added:,} {'line' if found.added == 1 else 'lines'} added{kept}"
    return f"Baseline {escape(path)}: {lines}. This drift is reported again after {found.until.isoformat()}."


def _exit_code(document: DriftDocument) -> ExitCode:
    if not document["complete"]:
        return ExitCode.INCOMPLETE
    return ExitCode.DONE if document["in_sync"] else ExitCode.CHANGES
