"""`cl drift`."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.diagnostics import ConfigError, Diagnostic, ExitCode

if TYPE_CHECKING:
    from planner.drift.ignore import Ignores

IGNORE_FILE = ".clignore"
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
    today = project.now.date()
    ignores = _ignores(session, today)
    with project.providers() as providers:
        world = read_world(providers)
    desired = project.desired(world)
    session.tell(desired.warnings)
    document = find_drift(desired, project.prior, world, ignores=ignores, today=today)
    if baseline is not None:
        _write_baseline(session, document, baseline, today + timedelta(days=BASELINE_DAYS))
    reports.write(document)
    if exit_zero:
        return ExitCode.DONE
    if not document["complete"]:
        return ExitCode.INCOMPLETE
    return ExitCode.DONE if document["in_sync"] else ExitCode.CHANGES


def _ignores(session: Session, today: date) -> Ignores:
    """What `.clignore` says, if there is one."""
    from planner.drift.ignore import Ignores, read_ignores

    try:
        text = (session.directory / IGNORE_FILE).read_text(encoding="utf-8")
    except FileNotFoundError:
        return Ignores()
    except (OSError, UnicodeDecodeError) as problem:
        raise ConfigError(
            Diagnostic("CFG594", "File cannot be read", f"{IGNORE_FILE}: {problem}.", "Give permission; it is UTF-8.")
        ) from None
    return read_ignores(text, IGNORE_FILE, today)


def _write_baseline(session: Session, document: dict[str, Any], path: Path, until: date) -> None:
    from planner.drift.ignore import baseline_text

    try:
        path.write_text(baseline_text(document, until), encoding="utf-8")
    except OSError as problem:
        raise ConfigError(
            Diagnostic("CFG592", "File cannot be written", f"{path}: {problem.strerror}.", "Give permission.")
        ) from None
    session.say(f"Wrote {path}: what it ignores is told again after {until.isoformat()}.")
