"""`cl state`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.app.assignments import Assignments
from planner.cli import options
from planner.cli.command import Group
from planner.cli.file_path import FilePath
from planner.cli.lazy import suggesting
from planner.cli.session import Session
from planner.cli.state_history import history, rollback, would_hold
from planner.cli.style import style_of
from planner.cli.surroundings import surroundings_of
from planner.diagnostics import counted
from planner.reading import read_named
from planner.render.terminal import escape

if TYPE_CHECKING:
    from planner.app.hand_edits import Pushed
    from planner.state.model import State, StateObject

_dry_run = click.option("--dry-run", is_flag=True, help="Only show what would be done.")


@click.group(cls=Group)
def state() -> None:
    """Inspect and repair the state. Every change is backed up."""


@state.command("list", short_help="List the addresses of managed objects.")
@click.argument("addresses", nargs=-1, metavar="[ADDR]...", callback=options.plain_addresses)
@click.option("--id", "object_id", metavar="ID", help="List only the object with this id.")
@options.variables
@click.pass_obj
def list_(session: Session, addresses: tuple[str, ...], object_id: str | None, assignments: Assignments) -> None:
    """List the addresses of all managed objects, or of those at or below ADDR."""
    from planner.render.state import state_list

    found = _selected(session, assignments, addresses)
    session.write(
        state_list(
            one.address for one in found if object_id in (None, one.identity.id, one.identity.instance_id or None)
        )
    )


@state.command()
@options.address("address", metavar="ADDR")
@options.as_json
@options.variables
@click.pass_obj
def show(session: Session, address: str, as_json: bool, assignments: Assignments) -> None:
    """Show one object of the state."""
    from planner.render.json import json_text
    from planner.render.state import show_resource_text

    found = _selected(session, assignments, [address])
    if as_json:
        whole = [_plain(one) for one in found]
        session.write(json_text(whole[0] if len(whole) == 1 else whole))
        return
    session.write("\n".join(show_resource_text(one, style_of(session)) for one in found))


def _selected(session: Session, assignments: Assignments, addresses: Iterable[str]) -> list[StateObject]:
    from planner.state.edit import select

    return select(_state(session, assignments), addresses)


def _state(session: Session, assignments: Assignments) -> State:
    from planner.app.states import state_in_use

    return state_in_use(surroundings_of(session, assignments))


def _plain(found: StateObject) -> dict[str, object]:
    return {
        "address": str(found.address),
        "id": found.identity.id,
        "type": found.address.type,
        "provider": found.provider,
        "attributes": dict(found.attributes),
        "dependencies": [str(address) for address in found.dependencies],
    }


@state.command()
@options.address("source", metavar="FROM")
@click.argument("target", metavar="TO", callback=options.plain_addresses)
@_dry_run
@options.lock_timeout
@options.variables
@click.pass_obj
def mv(
    session: Session, source: str, target: str, dry_run: bool, lock_timeout: float, assignments: Assignments
) -> None:
    """Give an object, a resource or a module another address. The cloud is not touched."""
    from planner.app import hand_edits

    moved = hand_edits.move(
        surroundings_of(session, assignments), source, target, dry_run=dry_run, lock_timeout=lock_timeout
    )
    for origin, destination in moved:
        session.write(escape(f"{'Would move' if dry_run else 'Moved'} {origin} to {destination}"))


@state.command()
@click.argument(
    "addresses",
    nargs=-1,
    required=True,
    metavar="ADDR...",
    shell_complete=suggesting("addresses"),
    callback=options.plain_addresses,
)
@_dry_run
@options.lock_timeout
@options.variables
@click.pass_obj
def rm(
    session: Session, addresses: tuple[str, ...], dry_run: bool, lock_timeout: float, assignments: Assignments
) -> None:
    """Stop managing objects. They stay in the cloud."""
    from planner.app import hand_edits

    for address in hand_edits.forget(
        surroundings_of(session, assignments), addresses, dry_run=dry_run, lock_timeout=lock_timeout
    ):
        session.write(escape(f"{'Would forget' if dry_run else 'Forgot'} {address}"))


@state.command()
@options.variables
@click.pass_obj
def pull(session: Session, assignments: Assignments) -> None:
    """Print the state in the form that cl state push reads."""
    from planner.state.format import dumps

    session.write(dumps(_state(session, assignments)))


@state.command()
@click.argument("path", type=FilePath(allow_dash=True))
@click.option("--force", is_flag=True, help="Replace the state even with an older one, or one of another lineage.")
@_dry_run
@options.lock_timeout
@options.variables
@click.pass_obj
def push(
    session: Session, path: Path, force: bool, dry_run: bool, lock_timeout: float, assignments: Assignments
) -> None:
    """Replace the state with the one in a file; - reads stdin."""
    from planner.app import hand_edits

    pushed = hand_edits.push(
        surroundings_of(session, assignments),
        lambda: _content(path),
        str(path),
        force=force,
        dry_run=dry_run,
        lock_timeout=lock_timeout,
    )
    session.say(escape(_would_push(pushed) if dry_run else _pushed(pushed)))


def _content(path: Path) -> bytes:
    if str(path) == "-":
        return sys.stdin.buffer.read()
    return read_named(path)


def _pushed(pushed: Pushed) -> str:
    sealed = ", and is encrypted with the present key" if pushed.encrypted else ""
    was_damaged = pushed.replaced is None
    kept = f" The previous file was not a state; it is kept as {pushed.aside}." if was_damaged and pushed.aside else ""
    return f"Pushed: the state now has serial {pushed.state.serial}{sealed}.{kept}"


def _would_push(pushed: Pushed) -> str:
    sealed = ", and would be encrypted with the present key" if pushed.encrypted else ""
    return f"Would push: the state would have serial {pushed.state.serial}{sealed}. {_would_replace(pushed)}"


def _would_replace(pushed: Pushed) -> str:
    """What a push would do to the state that is there."""
    if pushed.replaced is None:
        return (
            f"It would hold {counted(len(pushed.state.objects), 'object')}, in place of a file that holds no state"
            + (f", which would be kept as {pushed.aside}." if pushed.aside else ".")
        )
    return would_hold(pushed.replaced, pushed.state)


state.add_command(history)
state.add_command(rollback)
