"""`cl force-unlock`."""

from __future__ import annotations

import click

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.agreement import agreed
from planner.cli.command import Command
from planner.cli.session import Session
from planner.cli.surroundings import surroundings_of
from planner.exit_codes import ExitCode
from planner.render.terminal import escape


@click.command(cls=Command)
@click.argument("lock_id", metavar="ID")
@click.option("--force", is_flag=True, help="Do not ask.")
@options.variables
@click.pass_obj
def force_unlock(session: Session, lock_id: str, force: bool, assignments: Assignments) -> ExitCode:
    """Remove a lock whose holder is gone.

    The lock of a process that is known to run is kept. The http backend cannot know it:
    check first that no other cl is running.
    """
    from planner.app.states import workspaces_in
    from planner.app.stores import store_in_use

    surroundings = surroundings_of(session, assignments)
    place = store_in_use(workspaces_in(surroundings), surroundings.report).place
    holder = escape(place.named(lock_id))
    if not force and not agreed(session, f"Remove the lock of {holder}?", "--force"):
        return ExitCode.ERROR
    session.say(f"Removed the lock of {escape(place.unlock(lock_id))}.")
    return ExitCode.DONE
