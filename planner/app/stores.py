"""Where a state is kept: found, and locked while it is edited by hand."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from planner.app.surroundings import Report
    from planner.state.model import State
    from planner.state.store import Store
    from planner.state.workspace import Workspaces


def store_in_use(workspaces: Workspaces, report: Report) -> Store:
    """Where the state of the current workspace is kept. Reports a workspace that does not exist yet."""
    if missing := workspaces.missing():
        report([missing])
    return workspaces.store()


@contextlib.contextmanager
def editing(
    store: Store,
    operation: str,
    lock_timeout: float,
    report: Report,
    *,
    new: State | None = None,
    dry_run: bool = False,
) -> Iterator[None]:
    """Hold the state's lock to change it by hand; `new` is what will take its place, where that is known already.

    A journal that the state has no need of goes then, but not by a dry run: the state may still lack what only the
    journal knows. Raises StateError where an apply that was cut short comes first: one whose steps neither state has.
    """
    with store.locked(operation, lock_timeout, lambda waiting: report([waiting])):
        store.refuse_unfinished(new or store.read())
        yield
        if not dry_run and store.has_journal():
            store.remove_journal()
