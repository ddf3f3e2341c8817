"""`cl drift`."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.diagnostics import ClError, ConfigError, Diagnostic, ExitCode
from planner.reading import read_text

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
    help=f"Add what is found to FILE, as ignores that expire after {BASELINE_DAYS} days.",
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
    from planner.cli.own_files import refuse_files_in_use, refuse_own_files
    from planner.cli.project import Project, read_world
    from planner.cli.reports import drift_reports
    from planner.drift.document import failed, find_drift

    reports = drift_reports(session, outputs, as_json=as_json)
    refuse_own_files([("--baseline", baseline)], session.directory)
    project = Project(session, assignments, ask=ask)
    today = project.now.date()
    try:
        ignores = _ignores(session, today)
        with project.providers() as providers:
            refuse_files_in_use([("--baseline", baseline), *reports.files], project)
            world = read_world(providers)
        desired = project.desired(world)
        session.tell(desired.warnings)
        document = find_drift(desired, project.prior(world), world, ignores=ignores, today=today)
    except ClError as error:
        reports.without_text().write(failed(map(session.to_paste, error.diagnostics)))
        raise
    if baseline is not None:
        _write_baseline(session, document, baseline, today)
    reports.write(session.document_to_paste(document))
    if exit_zero:
        return ExitCode.DONE
    if not document["complete"]:
        return ExitCode.INCOMPLETE
    return ExitCode.DONE if document["in_sync"] else ExitCode.CHANGES


def _ignores(session: Session, today: date) -> Ignores:
    """What `.clignore` says, if there is one."""
    from planner.drift.ignore import Ignores, read_ignores

    text = _text(session.directory / IGNORE_FILE)
    return Ignores() if text is None else read_ignores(text, IGNORE_FILE, today)


def _text(path: Path) -> str | None:
    """What is in a file of ignores; None where there is no such file."""
    try:
        return read_text(path, "utf-8-sig")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as problem:
        reason = problem.strerror if isinstance(problem, OSError) else "not UTF-8"
        raise ConfigError(
            Diagnostic("CFG594", "File cannot be read", f"{path}: {reason}.", "Name a text file that you may read.")
        ) from None


def _write_baseline(session: Session, document: dict[str, Any], path: Path, today: date) -> None:
    """Add what the file does not ignore yet. It is only ever appended to, so that no line of anybody is lost."""
    from planner.drift.ignore import baseline, count_patterns, read_ignores

    until = today + timedelta(days=BASELINE_DAYS)
    old = _text(path)
    added = baseline(document, until, read_ignores(old, path.name, today) if old else None)
    kept = f", {count_patterns(old):,} kept" if old else ""
    if added or old is None:
        head = f"# What cl drift found on {today.isoformat()}, to be told again after {until.isoformat()}."
        start = "\n" if old and not old.endswith("\n") else ""
        try:
            with path.open("a", encoding="utf-8") as file:
                file.write(start + "".join(f"{line}\n" for line in (head, *added)))
        except OSError as problem:
            raise ConfigError(
                Diagnostic("CFG592", "File cannot be written", f"{path}: {problem.strerror}.", "Give permission.")
            ) from None
    lines = f"{len(added):,} {'line' if len(added) == 1 else 'lines'} added{kept}"
    session.say(f"Baseline {path}: {lines}. What is added is told again after {until.isoformat()}.")
