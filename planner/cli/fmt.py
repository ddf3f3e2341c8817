"""`cl fmt`."""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING

import click

from planner.cli.command import Command
from planner.cli.session import Session
from planner.diagnostics import ConfigError, Diagnostic
from planner.exit_codes import ExitCode
from planner.render.terminal import escape

if TYPE_CHECKING:
    from planner.app.formatting import Formatted


@click.command(cls=Command)
@click.argument("targets", nargs=-1, metavar="[FILE|DIR|-]...")
@click.option("--check", is_flag=True, help="Write nothing; exit 3 if a file is not in the canonical style.")
@click.option("--diff", is_flag=True, help="Show what differs.")
@click.option("--recursive", is_flag=True, help="Include the directories below.")
@click.option("--write/--no-write", default=True, help="Rewrite the files (the default), or leave them as they are.")
@click.option("--list/--no-list", "list_", default=True, help="List the files that differ (the default), or do not.")
@click.pass_obj
def fmt(
    session: Session, targets: tuple[str, ...], check: bool, diff: bool, recursive: bool, write: bool, list_: bool
) -> ExitCode:
    """Rewrite configuration files in the canonical style; with - stdin to stdout."""
    from planner.app.formatting import format_files, rewrite

    if targets == ("-",):
        return _stdin(session, check=check, diff=diff)
    problems: list[Diagnostic] = []
    differs = False
    for found in format_files(targets or (".",), recursive=recursive, problems=problems):
        if not found.differs:
            continue
        differs = True
        if list_:
            session.write(escape(found.name))
        if diff:
            session.write(_diff(found))
        if write and not check:
            rewrite(found)
    if problems:
        raise ConfigError(problems)
    return ExitCode.INCOMPLETE if check and differs else ExitCode.DONE


def _stdin(session: Session, *, check: bool, diff: bool) -> ExitCode:
    from planner.app.formatting import format_text

    found = format_text(sys.stdin.buffer.read, "<stdin>")
    if diff:
        session.raw(_diff(found))
    elif not check:
        session.raw(found.after)
    return ExitCode.INCOMPLETE if check and found.differs else ExitCode.DONE


def _diff(found: Formatted) -> str:
    lines = difflib.unified_diff(
        found.before.splitlines(keepends=True),
        found.after.splitlines(keepends=True),
        f"old/{found.name}",
        f"new/{found.name}",
    )
    return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
