"""Changing the state by hand: `cl state mv`, `rm` and `push`. The cloud is not touched."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from msgspec import Struct

from planner.address import Address
from planner.app.states import workspaces_in
from planner.app.stores import editing, store_in_use
from planner.app.surroundings import Surroundings
from planner.diagnostics import Diagnostic, StateError
from planner.remedy import Remedy, cl
from planner.state import edit
from planner.state.encryption import cipher_from
from planner.state.format import FROM_TERRAFORM, IMPORT_ALL
from planner.state.load import state_in
from planner.state.model import State
from planner.state.refusals import BROKEN_STATE
from planner.state.store import Store
from planner.values import replace


def move(
    surroundings: Surroundings, source: str, target: str, *, dry_run: bool, lock_timeout: float
) -> list[tuple[Address, Address]]:
    """Give what is at `source` the address `target`; what moved, from where to where. Raises StateError."""
    store = _store(surroundings)
    with editing(store, "state mv", lock_timeout, surroundings.report, dry_run=dry_run):
        after, moved = edit.move(store.read(), source, target)
        if not dry_run:
            store.write(after, operation="state mv")
    return moved


def forget(
    surroundings: Surroundings, addresses: Iterable[str], *, dry_run: bool, lock_timeout: float
) -> list[Address]:
    """Remove what is at these addresses from the state; what went. Raises StateError."""
    store = _store(surroundings)
    with editing(store, "state rm", lock_timeout, surroundings.report, dry_run=dry_run):
        after, gone = edit.remove(store.read(), addresses)
        if not dry_run:
            store.write(after, operation="state rm")
    return gone


class Pushed(Struct, frozen=True):
    """A state that was put, or would be put, in the place of another.

    `replaced` is the state before it; None where the file held no state, which is kept `aside` then.
    """

    state: State
    replaced: State | None
    aside: str
    encrypted: bool


def push(
    surroundings: Surroundings,
    read: Callable[[], bytes],
    source: str,
    *,
    force: bool,
    dry_run: bool,
    lock_timeout: float,
) -> Pushed:
    """Replace the state with the one that `read` gives from `source`, a file or `-`. Raises StateError."""
    store = _store(surroundings)
    try:
        data = read()
    except OSError as problem:
        detail = f"{source}: {problem.strerror or problem}. The state was not changed."
        remedy = Remedy.of("Name a file that holds a state, as ", cl("state", "pull"), " prints it.")
        raise StateError(Diagnostic("STA101", "State cannot be read", detail, remedy)) from None
    try:
        new, _ = state_in(data, "<stdin>" if source == "-" else source, cipher_from(surroundings.environment))
    except StateError as error:
        raise StateError(_not_pushed(problem) for problem in error.diagnostics) from None
    with editing(store, "state push", lock_timeout, surroundings.report, new=new, dry_run=dry_run):
        replaced = None if store.is_damaged else store.read()
        refuse_newly_managed(surroundings, replaced or State(), new)
        put = store.as_pushed if dry_run else store.push
        written = put(new, source=source, force=force)
    return Pushed(written, replaced, store.place.aside, store.encrypts)


def refuse_newly_managed(surroundings: Surroundings, before: State, after: State) -> None:
    """Report what this state takes over from other workspaces. Raises StateError where that is forbidden."""
    if after.keys <= before.keys:
        return
    from planner.app.other_workspaces import newly_managed, refuse_taken_over  # the whole language, which loads slowly
    from planner.app.project import Project

    refuse_taken_over(Project(surroundings), newly_managed(before, after.objects.values()))


def _store(surroundings: Surroundings) -> Store:
    return store_in_use(workspaces_in(surroundings), surroundings.report)


def _not_pushed(problem: Diagnostic) -> Diagnostic:
    """The fault is in the file that was given, not in the state, which has no need of its backup."""
    if problem.code == "STA112":
        remedy = Remedy.of(f"The state was not changed. {FROM_TERRAFORM}\n  ", IMPORT_ALL)
    elif problem.code == "STA104":
        remedy = Remedy.of(
            'The state was not changed. If you edited the file on purpose, set its "checksum" to null and push it '
            "again. To change it without editing: ",
            cl("state", "mv"),
            ", ",
            cl("state", "rm"),
            " and ",
            cl("import"),
            ".",
        )
    elif problem.code in BROKEN_STATE:
        remedy = Remedy.of("The state was not changed. Push a complete file, such as one from: ", cl("state", "pull"))
    else:
        return problem
    return replace(problem, remedy=remedy)
