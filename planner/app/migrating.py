"""Taking the states of a configuration along to another backend.

Both sides are locked, every workspace is copied with its lineage and serial, each copy is read back and compared. Only
then the new backend is recorded, and the files of a local backend get other names. Nothing is deleted. Cut short at any
point, it is run again: what was copied is found to be the same.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct

from planner.diagnostics import Diagnostic, Report, StateError
from planner.remedy import Remedy, cl
from planner.state.backends.declared import DEFAULT
from planner.state.backends.protocol import Place
from planner.state.digest import digest
from planner.state.model import State
from planner.state.store import Store
from planner.state.workspace import Workspaces
from planner.values import replace

OPERATION = "init --migrate-state"


class Moved(Struct, frozen=True):
    """A workspace that is at the new backend now, with its state; it may have none.

    `place` and `before` are what messages call its place now, and the one before, where a copy stays unless files of it
    were set `aside`.
    """

    workspace: str
    state: State
    place: str
    before: str
    aside: tuple[Path, ...] = ()


def migrate(
    source: Workspaces,
    target: Workspaces,
    record: Callable[[], None],
    *,
    force: bool,
    lock_timeout: float,
    report: Report,
) -> list[Moved]:
    """Copy every workspace from one backend to the other, then `record` the new one.

    With `force` a state of another lineage, or a newer one, is replaced; its backend keeps it in its history. Raises
    StateError, before anything is written: STA428 where the new backend cannot keep a workspace, STA312 where an apply
    was cut short on either side, STA452 where the new backend has such a state. After it, STA459 where a copy is not
    what was copied.
    """
    with of_the_old_one(source.backend.fingerprint["type"]):
        names = source.list()
    if len(names) > 1 and not target.backend.has_workspaces:
        raise StateError(_not_kept(target.backend.fingerprint["type"], names[1:]))
    target.backend.probe()
    pairs = list(_pairs(names, source, target))
    with contextlib.ExitStack() as locks:
        for _, old, new in pairs:
            locks.enter_context(old.locked(OPERATION, lock_timeout, report))
            locks.enter_context(new.locked(OPERATION, lock_timeout, report))
        copies = [(name, old, new, old.read()) for name, old, new in pairs]
        for _, old, new, state in copies:
            _refuse_unfinished(old, state)
            if not new.is_damaged:
                _refuse_unfinished(new, new.read())
        problems = [
            one
            for _, old, new, state in copies
            if not force and state != State()
            for one in _in_the_way(old, new, state)
        ]
        if problems:
            raise StateError(problems)
        written = [(name, old, new, _copied(target, name, new, state)) for name, old, new, state in copies]
        for _, old, new, _ in written:
            old.check_lock()
            new.check_lock()
        record()
        stamp = _stamp()
        return [
            Moved(name, state, new.name, old.name, tuple(source.backend.set_aside(name, stamp, report)))
            for name, old, new, state in written
        ]


def left_over(source: Workspaces, target: Workspaces, lock_timeout: float, report: Report) -> list[Moved]:
    """What a migration that was cut short after it had recorded the new backend had to do still: files set aside.

    Those of another lineage, or newer than what the new backend has, are no copies of it: they stay.
    """
    stamp = _stamp()
    found = []
    names = source.list() if target.backend.has_workspaces else [DEFAULT]
    for name, old, new in _pairs(names, source, target):
        with old.locked(OPERATION, lock_timeout, report):
            ours, theirs = old.read(), new.read()
            is_copied = ours == State() or (ours.lineage == theirs.lineage and ours.serial <= theirs.serial)
            if is_copied and not old.has_journal():
                aside = tuple(source.backend.set_aside(name, stamp, report))
                found.append(Moved(name, theirs, new.name, old.name, aside))
    return found


@contextlib.contextmanager
def of_the_old_one(kind: str) -> Iterator[None]:
    """Say of what fails here that it is about the backend that is left, which is of this kind: two are in use."""
    try:
        yield
    except StateError as error:
        raise StateError(
            replace(problem, detail=f"The old backend ({kind}), from which the states are copied: {problem.detail}")
            for problem in error.diagnostics
        ) from None


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


def _pairs(names: Sequence[str], source: Workspaces, target: Workspaces) -> Iterator[tuple[str, Store, Store]]:
    """Each of these workspaces, with its place at the old and the new backend; `default` only if it has a state."""
    for name in names:
        old = source.store(name)
        with of_the_old_one(source.backend.fingerprint["type"]):
            is_empty = name == DEFAULT and old.place.read() is None and not old.has_journal()
        if is_empty:
            continue
        new = target.store(name)
        if _where(old.place) != _where(new.place):
            yield name, old, new


def _where(place: Place) -> str:
    return os.path.realpath(place.files[0]) if place.files else place.name


def _not_kept(kind: str, names: Sequence[str]) -> Diagnostic:
    """The new backend, of this kind, has no place for the workspaces with these names."""
    deletes = [part for name in names for part in ("\n", cl("workspace", "delete", name))]
    return Diagnostic(
        "STA428",
        "Backend has no workspaces",
        f'The {kind} backend keeps one state, in the workspace "{DEFAULT}". There is no place for the other workspaces '
        f"that are here: {', '.join(names)}. Nothing was copied.",
        Remedy.of(
            "To keep them, choose the backend pg, s3 or oss.\n"
            "To delete them, restore the old backend block, then run: ",
            cl("workspace", "select", DEFAULT),
            *deletes,
            "\nThen set the new backend again, and run: ",
            cl("init", "--migrate-state"),
        ),
    )


def _refuse_unfinished(store: Store, state: State) -> None:
    try:
        store.refuse_unfinished(state)
    except StateError as error:
        remedy = Remedy.of(
            "Set the old backend again in the configuration, then complete the apply there: ",
            cl("apply"),
            "\nThen set the new backend again, and run: ",
            cl("init", "--migrate-state"),
        )
        raise StateError(replace(problem, remedy=remedy) for problem in error.diagnostics) from None


def _in_the_way(old: Store, new: Store, state: State) -> Iterator[Diagnostic]:
    """STA452 where there is a state at the new place that this one does not follow."""
    present = new.read()
    if present == State() or (present.lineage == state.lineage and present.serial < state.serial):
        return
    if present.lineage == state.lineage and present.serial == state.serial and digest(present) == digest(state):
        return
    yield Diagnostic(
        "STA452",
        "New backend has another state",
        f"{new.name} has lineage {present.lineage or '(none)'} and serial {present.serial}; {old.name}, which would "
        f"be copied there, has lineage {state.lineage or '(none)'} and serial {state.serial}. Nothing was copied.",
        Remedy.of(
            "To use the state of the new backend, and copy nothing: ",
            cl("init", "--reconfigure"),
            "\nTo replace it anyway: ",
            cl("init", "--migrate-state", "--force-copy"),
        ),
    )


def _copied(target: Workspaces, name: str, new: Store, state: State) -> State:
    """The state as it is at the new place after it was copied there."""
    if name != DEFAULT:
        target.backend.make(name)
    if state == State():
        return new.read()
    written = new.copy(state, operation=OPERATION)
    found = new.read()
    if (found.lineage, found.serial, digest(found)) != (written.lineage, written.serial, digest(written)):
        detail = (
            f"{new.name} does not hold what cl wrote there: it has serial {found.serial}. The new backend was not "
            "recorded."
        )
        remedy = Remedy.of("Make sure that nothing else writes there, then run again: ", cl("init", "--migrate-state"))
        raise StateError(Diagnostic("STA459", "Copy differs from the original", detail, remedy))
    return found
