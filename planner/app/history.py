"""The history of the state: which versions are kept, and going back to one of them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from planner.app.hand_edits import refuse_newly_managed
from planner.app.states import workspaces_in
from planner.app.stores import editing, store_in_use
from planner.app.surroundings import Surroundings
from planner.diagnostics import StateError
from planner.documents.history import FORMAT_VERSION, HistoryDocument, VersionEntry
from planner.state.backends.protocol import Version
from planner.state.backends.refusals import no_such_version
from planner.state.model import State
from planner.state.refusals import older
from planner.state.store import Store
from planner.values import replace


def history(surroundings: Surroundings) -> HistoryDocument:
    """The versions of the state of the current workspace. Raises StateError."""
    workspaces = workspaces_in(surroundings)
    found = store_in_use(workspaces, surroundings.report).place.history(surroundings.report_one)
    return {"format_version": FORMAT_VERSION, "workspace": workspaces.current, "versions": list(map(_entry, found))}


def _entry(version: Version) -> VersionEntry:
    return {
        "serial": version.serial,
        "lineage": version.lineage,
        "when": version.when,
        "who": version.who,
        "operation": version.operation,
        "plan_id": version.plan_id or None,
        "steps": version.steps,
    }


class Rollback(Struct, frozen=True):
    """Going back to a version: what the state is `after` it, and was `before`; None where that held no state."""

    version: Version
    before: State | None
    after: State

    @property
    def is_there(self) -> bool:
        """Whether the present state is that version already."""
        return self.after is self.before


def roll_back(
    surroundings: Surroundings,
    serial: int,
    agree: Callable[[Rollback], bool],
    *,
    dry_run: bool,
    lock_timeout: float,
) -> Rollback | None:
    """Write the version with this serial again, under a new serial; None where `agree` says no.

    The lock is not held while `agree` is asked. Raises StateError, also where the state has moved on by then.
    """
    store = store_in_use(workspaces_in(surroundings), surroundings.report)
    planned = _planned(store, serial)
    if planned.is_there:
        return planned
    if not dry_run and not agree(planned):
        return None
    with editing(store, "state rollback", lock_timeout, surroundings.report, new=planned.after, dry_run=dry_run):
        before = _present(store)
        if before != planned.before:
            raise StateError(older(store.name, planned.before or State(), before or State()))
        refuse_newly_managed(surroundings, before or State(), planned.after)
        if dry_run:
            return planned
        written = store.push(planned.after, operation=f"state rollback {serial}")
    return replace(planned, after=written)


def _planned(store: Store, serial: int) -> Rollback:
    versions = store.place.history()
    version = next((version for version in versions if version.serial == serial), None)
    if version is None:
        raise StateError(no_such_version(store.name, serial))
    before, after = _present(store), store.version(serial)
    newest = max(versions[0].serial, before.serial if before else 0)
    if before is not None and replace(after, serial=before.serial) == before:
        return Rollback(version, before, before)
    return Rollback(version, before, replace(after, serial=newest + 1))


def _present(store: Store) -> State | None:
    return None if store.is_damaged else store.read()
