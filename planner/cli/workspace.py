"""`cl workspace`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.command import Group
from planner.cli.lazy import suggesting
from planner.cli.session import Session
from planner.cli.surroundings import surroundings_of

if TYPE_CHECKING:
    from planner.state.workspace import Workspaces


@click.group(cls=Group)
def workspace() -> None:
    """Keep several states for one configuration."""


@workspace.command("list")
@options.variables
@click.pass_obj
def list_(session: Session, assignments: Assignments) -> None:
    """List the workspaces, with a star at the one in use."""
    found = _workspaces(session, assignments)
    session.write("\n".join(f"{'*' if name == found.current else ' '} {name}" for name in found.list()))


@workspace.command()
@options.variables
@click.pass_obj
def show(session: Session, assignments: Assignments) -> None:
    """Show the workspace in use."""
    session.write(_workspaces(session, assignments).current)


@workspace.command()
@click.argument("name", shell_complete=suggesting("workspaces"))
@click.option("--or-create", is_flag=True, help="Create it if it does not exist.")
@options.variables
@click.pass_obj
def select(session: Session, name: str, or_create: bool, assignments: Assignments) -> None:
    """Switch to another workspace."""
    found = _workspaces(session, assignments)
    if or_create and name not in found.list():
        found.new(name)
    else:
        found.select(name)
    session.say(f'Switched to the workspace "{name}".')


@workspace.command()
@click.argument("name")
@options.variables
@click.pass_obj
def new(session: Session, name: str, assignments: Assignments) -> None:
    """Create a workspace and use it."""
    _workspaces(session, assignments).new(name)
    session.say(f'Created the workspace "{name}" and switched to it.')


@workspace.command()
@click.argument("name", shell_complete=suggesting("workspaces"))
@click.option(
    "--force", is_flag=True, help="Delete it even if it still manages objects. They are forgotten, not destroyed."
)
@options.lock_timeout
@options.variables
@click.pass_obj
def delete(session: Session, name: str, force: bool, lock_timeout: float, assignments: Assignments) -> None:
    """Delete a workspace."""
    _workspaces(session, assignments).delete(name, force=force, lock_timeout=lock_timeout)
    session.say(f'Deleted the workspace "{name}".')


def _workspaces(session: Session, assignments: Assignments) -> Workspaces:
    from planner.app.states import workspaces_in

    return workspaces_in(surroundings_of(session, assignments))
