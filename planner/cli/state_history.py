"""`cl state history` and `cl state rollback`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.agreement import agreed
from planner.cli.command import Command
from planner.cli.session import Session
from planner.cli.surroundings import surroundings_of
from planner.cli.whole_number import WholeNumber
from planner.diagnostics import counted
from planner.exit_codes import ExitCode
from planner.render.terminal import escape

if TYPE_CHECKING:
    from planner.app.history import Rollback
    from planner.state.model import State


@click.command(cls=Command)
@options.as_json
@options.variables
@click.pass_obj
def history(session: Session, as_json: bool, assignments: Assignments) -> None:
    """List the earlier states that are kept, the newest first."""
    from planner.app.history import history as of
    from planner.render.history import history_text
    from planner.render.json import json_text

    document = of(surroundings_of(session, assignments))
    session.write(json_text(document) if as_json else history_text(document))


@click.command(cls=Command)
@click.argument("serial", type=WholeNumber(min=1))
@click.option("--auto-approve", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only show what would be done.")
@options.lock_timeout
@options.variables
@click.pass_obj
def rollback(
    session: Session, serial: int, auto_approve: bool, dry_run: bool, lock_timeout: float, assignments: Assignments
) -> ExitCode:
    """Restore the state with this serial, under a new serial. The cloud is not touched."""
    from planner.app.history import roll_back

    def agree(planned: Rollback) -> bool:
        question = f"{escape(_what_would_be(planned))}\nRestore this version?"
        return auto_approve or agreed(session, question, "--auto-approve")

    surroundings = surroundings_of(session, assignments)
    done = roll_back(surroundings, serial, agree, dry_run=dry_run, lock_timeout=lock_timeout)
    if done is None:
        return ExitCode.ERROR
    session.say(escape(_would_roll_back(done) if dry_run else _rolled_back(done)))
    return ExitCode.DONE


def _rolled_back(done: Rollback) -> str:
    if done.is_there:
        return f"The state is already that of serial {done.version.serial}."
    return (
        f"Rolled back to serial {done.version.serial}; the state now has serial {done.after.serial}. The cloud was "
        "not changed; a plan shows what differs."
    )


def _would_roll_back(planned: Rollback) -> str:
    if planned.is_there:
        return _rolled_back(planned)
    return f"Would roll back: the state would have serial {planned.after.serial}. {_what_would_be(planned)}"


def _what_would_be(planned: Rollback) -> str:
    version = planned.version
    wrote = f"Serial {version.serial} was written by {version.who} with cl {version.operation} at {version.when}."
    return f"{wrote} {would_hold(planned.before, planned.after)}"


def would_hold(replaced: State | None, new: State) -> str:
    """What the state would hold in place of another one, or of none."""
    from planner.state.edit import by_key

    before, after = by_key(replaced).keys() if replaced else set(), by_key(new).keys()
    return (
        f"It would hold {counted(len(after), 'object')} instead of {len(before):,}: {len(after - before):,} added, "
        f"{len(before - after):,} forgotten."
    )
