"""`cl validate`."""

from __future__ import annotations

import click

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.command import Command
from planner.cli.session import Session
from planner.cli.surroundings import project_of
from planner.diagnostics import ClError, Diagnostic
from planner.exit_codes import ExitCode


@click.command(cls=Command)
@options.variables
@options.as_json
@options.outputs
@click.pass_obj
def validate(session: Session, assignments: Assignments, as_json: bool, outputs: tuple[str, ...]) -> ExitCode:
    """Check the configuration. Reads no provider and no state."""
    from planner.app.validating import validated
    from planner.cli.reports import validate_reports
    from planner.render.validation import validate_document

    reports = validate_reports(session, outputs, as_json=as_json)
    found: tuple[Diagnostic, ...]
    try:
        found = validated(project_of(session, assignments))
    except ClError as error:
        found = error.diagnostics
    document = validate_document(found)
    reports.write(document)
    return ExitCode.DONE if document["valid"] else ExitCode.ERROR
