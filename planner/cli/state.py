"""`cl state` and `cl force-unlock`."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from planner.cli import completion, options
from planner.cli.command import Command, Group
from planner.cli.session import Session
from planner.diagnostics import ExitCode, counted

if TYPE_CHECKING:
    from planner.diagnostics import Diagnostic
    from planner.state.model import State
    from planner.state.store import Store

_dry_run = click.option("--dry-run", is_flag=True, help="Only say what would be done.")


@contextlib.contextmanager
def editing(
    session: Session,
    store: Store,
    operation: str,
    lock_timeout: float,
    *,
    new: State | None = None,
    dry_run: bool = False,
) -> Iterator[None]:
    """Hold the state's lock to change it by hand; `new` is what will take its place, where that is known already.

    A journal that the state has no need of goes then, but not by a dry run: the state may still lack what only the
    journal knows. Raises StateError where an apply that was cut short comes first: one whose steps neither state has.
    """
    from planner.state.lock import lock

    with lock(store.lock_path, operation, lock_timeout, lambda waiting: session.tell([waiting])):
        store.refuse_unfinished(new or store.read())
        yield
        if store.journal_path.exists() and not dry_run:
            store.remove_journal()


@click.group(cls=Group)
def state() -> None:
    """Look into the state and mend it. Every change is backed up."""


@state.command("list")
@click.argument("addresses", nargs=-1, metavar="[ADDR]...", shell_complete=completion.addresses)
@click.option("--id", "object_id", metavar="ID", help="List only the object with this id.")
@click.pass_obj
def list_(session: Session, addresses: tuple[str, ...], object_id: str | None) -> None:
    """List the addresses of what is managed, or of what is at or below these."""
    from planner.render.state import state_list
    from planner.state.edit import select

    found = select(session.state(), addresses)
    session.write(state_list(one.address for one in found if object_id in (None, one.identity.id)))


@state.command()
@click.argument("address", metavar="ADDR", shell_complete=completion.addresses)
@options.as_json
@click.pass_obj
def show(session: Session, address: str, as_json: bool) -> None:
    """Show one object of the state."""
    from planner.render.json import json_text
    from planner.render.state import show_resource_text
    from planner.state.edit import select

    found = select(session.state(), [address])
    if as_json:
        whole = [{"address": str(one.address), "id": one.identity.id, **_plain(one)} for one in found]
        session.write(json_text(whole[0] if len(whole) == 1 else whole))
        return
    session.write("\n".join(show_resource_text(one, session.style()) for one in found))


def _plain(found: object) -> dict[str, object]:
    from planner.state.model import StateObject

    assert isinstance(found, StateObject)  # noqa: S101
    return {
        "type": found.address.type,
        "provider": found.provider,
        "attributes": dict(found.attributes),
        "dependencies": [str(address) for address in found.dependencies],
    }


@state.command()
@click.argument("source", metavar="FROM", shell_complete=completion.addresses)
@click.argument("target", metavar="TO")
@_dry_run
@options.lock_timeout
@click.pass_obj
def mv(session: Session, source: str, target: str, dry_run: bool, lock_timeout: float) -> None:
    """Give an object, a resource or a module another address. The cloud is not touched."""
    from planner.render.terminal import escape
    from planner.state.edit import move

    store = session.store()
    with editing(session, store, "state mv", lock_timeout, dry_run=dry_run):
        after, moved = move(store.read(), source, target)
        if not dry_run:
            store.write(after, operation="state mv")
    for origin, destination in moved:
        session.write(escape(f"{'Would move' if dry_run else 'Moved'} {origin} to {destination}"))


@state.command()
@click.argument("addresses", nargs=-1, required=True, metavar="ADDR...", shell_complete=completion.addresses)
@_dry_run
@options.lock_timeout
@click.pass_obj
def rm(session: Session, addresses: tuple[str, ...], dry_run: bool, lock_timeout: float) -> None:
    """Forget objects: they stay in the cloud, and are no longer managed."""
    from planner.render.terminal import escape
    from planner.state.edit import remove

    store = session.store()
    with editing(session, store, "state rm", lock_timeout, dry_run=dry_run):
        after, gone = remove(store.read(), addresses)
        if not dry_run:
            store.write(after, operation="state rm")
    for address in gone:
        session.write(escape(f"{'Would forget' if dry_run else 'Forgot'} {address}"))


@state.command()
@click.pass_obj
def pull(session: Session) -> None:
    """Put the state on stdout, as cl state push takes it."""
    from planner.state.format import dumps

    session.write(dumps(session.state()))


@state.command()
@click.argument("path", type=click.Path(path_type=Path, allow_dash=True))
@click.option("--force", is_flag=True, help="Replace it even by one of another lineage, or an older one.")
@_dry_run
@options.lock_timeout
@click.pass_obj
def push(session: Session, path: Path, force: bool, dry_run: bool, lock_timeout: float) -> None:
    """Replace the state by the one in a file, or with - on stdin."""
    from planner.diagnostics import StateError
    from planner.reading import read_named
    from planner.state.encryption import cipher_from
    from planner.state.store import state_in

    store = session.store()
    cipher = cipher_from(session.environment)
    try:
        if str(path) == "-":
            new: State | None = state_in(sys.stdin.buffer.read(), "<stdin>", cipher)[0]
        else:
            new = state_in(read_named(path), str(path), cipher)[0] if path.exists() else None
    except OSError as problem:
        raise click.FileError(str(path), problem.strerror or str(problem)) from None
    except StateError as error:
        raise StateError(_not_pushed(problem) for problem in error.diagnostics) from None
    if new is None:
        raise click.BadParameter(f"There is no file {path}.")
    with editing(session, store, "state push", lock_timeout, new=new, dry_run=dry_run):
        is_damaged = store.is_damaged
        push = store.as_pushed if dry_run else store.push
        written = push(new, source=str(path), force=force)
    sealed = f", and {'would be' if dry_run else 'is'} encrypted with the present key" if store.encrypts else ""
    if dry_run:
        session.say(f"Would push: the state would have serial {written.serial}{sealed}. {_replaced(store, written)}")
    else:
        kept = f" The file before it held no state; it is kept as {store.damaged_path}." if is_damaged else ""
        session.say(f"Pushed: the state has serial {written.serial} now{sealed}.{kept}")


def _replaced(store: Store, new: State) -> str:
    """What a push would do to the state that is there."""
    from planner.diagnostics import StateError
    from planner.state.edit import by_identity

    try:
        present = store.read()
    except StateError:
        return (
            f"It would hold {counted(len(new.objects), 'object')}, in place of a file that holds no state, which would "
            f"be kept as {store.damaged_path}."
        )
    before, after = by_identity(present).keys(), by_identity(new).keys()
    return (
        f"It would hold {counted(len(after), 'object')} in place of {len(before):,}: "
        f"{len(after - before):,} more would be known, {len(before - after):,} would be forgotten."
    )


def _not_pushed(problem: Diagnostic) -> Diagnostic:
    """The fault is in the file that was given, not in the state, which has no need of its backup."""
    from planner.state.format import FROM_TERRAFORM, IMPORT_ALL
    from planner.state.store import BROKEN_STATE

    if problem.code == "STA112":
        remedy = f"The state is as it was. {FROM_TERRAFORM}\n  {IMPORT_ALL}"
    elif problem.code == "STA104":
        remedy = (
            'The state is as it was. If you edited the file on purpose, set its "checksum" to null and push it '
            "again. Without editing: cl state mv, cl state rm and cl import."
        )
    elif problem.code in BROKEN_STATE:
        remedy = "The state is as it was. Push a file that is whole, such as one from: cl state pull"
    else:
        return problem
    return replace(problem, remedy=remedy)


@click.command(cls=Command)
@click.argument("lock_id", metavar="ID")
@click.option("--force", is_flag=True, help="Do not ask.")
@click.pass_obj
def force_unlock(session: Session, lock_id: str, force: bool) -> ExitCode:
    """Remove a lock whose holder is gone. A lock that is alive is not removed."""
    from planner.render.terminal import escape
    from planner.state.lock import force_unlock as unlock
    from planner.state.lock import named

    path = session.store().lock_path
    holder = escape(named(path, lock_id))
    if not force and not session.confirm(f"Do you really want to remove the lock of {holder}?"):
        return ExitCode.ERROR
    session.say(f"Removed the lock of {escape(unlock(path, lock_id))}.")
    return ExitCode.DONE
