"""Taking the states of a configuration along to another backend.

Both sides are locked, every workspace is copied with its lineage and serial, each copy is read back and compared. Only
then the new backend is recorded, and the files of a local backend get other names. Nothing is deleted. Cut short at any
point, it is run again: what was copied is found to be the same.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from planner.diagnostics import Diagnostic, Severity, StateError
from planner.remedy import Remedy, cl
from planner.state.backends.protocol import DEFAULT, Place, Report
from planner.state.digest import digest
from planner.state.model import State
from planner.state.store import Store
from planner.state.workspace import Workspaces

OPERATION = "init --migrate-state"


@dataclass(frozen=True, slots=True)
class Moved:
    """A workspace that is at the new backend now: its state, what messages call its place, and files set aside."""

    workspace: str
    state: State
    place: str
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
    """Copy every workspace that has a state from one backend to the other, then `record` the new one.

    With `force` a state of another lineage, or a newer one, is replaced; its backend keeps it in its history. Raises
    StateError, before anything is written: STA312 where an apply was cut short on either side, STA452 where the new
    backend has such a state. After it, STA459 where a copy is not what was copied.
    """
    pairs = list(_pairs(source, target))
    with contextlib.ExitStack() as locks:
        for _, old, new in pairs:
            locks.enter_context(old.locked(OPERATION, lock_timeout, report))
            locks.enter_context(new.locked(OPERATION, lock_timeout, report))
        copies = [(name, old, new, old.read()) for name, old, new in pairs]
        for _, old, new, state in copies:
            _refuse_unfinished(old, state)
            if not new.is_damaged:
                _refuse_unfinished(new, new.read())
        problems = [] if force else [one for _, old, new, state in copies for one in _in_the_way(old, new, state)]
        if problems:
            raise StateError(problems)
        written = [(name, old, new, _copied(target, name, new, state)) for name, old, new, state in copies]
        for _, old, new, _ in written:
            old.check_lock()
            new.check_lock()
        record()
        stamp = _stamp()
        return [
            Moved(name, state, new.name, tuple(_set_aside(old.place, stamp, report)))
            for name, old, new, state in written
        ]


def left_over(source: Workspaces, target: Workspaces, lock_timeout: float, report: Report) -> list[Moved]:
    """What a migration that was cut short after it had recorded the new backend had to do still: files set aside.

    Those of another lineage, or newer than what the new backend has, are no copies of it: they stay.
    """
    stamp = _stamp()
    found = []
    for name, old, new in _pairs(source, target):
        with old.locked(OPERATION, lock_timeout, report):
            ours, theirs = old.read(), new.read()
            if ours.lineage == theirs.lineage and ours.serial <= theirs.serial and not old.has_journal():
                found.append(Moved(name, theirs, new.name, tuple(_set_aside(old.place, stamp, report))))
    return found


def _stamp() -> str:
    return datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")


def _pairs(source: Workspaces, target: Workspaces) -> Iterator[tuple[str, Store, Store]]:
    """Each workspace that has a state at the old backend, with its place there and at the new one."""
    for name in source.list():
        old = source.store(name)
        if old.place.read() is None and not old.has_journal():
            continue
        new = target.store(name)
        if _where(old.place) != _where(new.place):
            yield name, old, new


def _where(place: Place) -> str:
    return os.path.realpath(place.files[0]) if place.files else place.name


def _refuse_unfinished(store: Store, state: State) -> None:
    try:
        store.refuse_unfinished(state)
    except StateError as error:
        remedy = Remedy.of(
            "Let the configuration name the backend where it is, and complete it there: ",
            cl("apply"),
            "\nThen name the new one again, and: ",
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
        f"{new.name} has lineage {present.lineage or '(none)'} and serial {present.serial}; {old.name}, which is to be "
        f"copied there, has lineage {state.lineage or '(none)'} and serial {state.serial}. Nothing was copied.",
        Remedy.of(
            "To use what the new backend has, and copy nothing: ",
            cl("init", "--reconfigure"),
            "\nTo replace it all the same: ",
            cl("init", "--migrate-state", "--force-copy"),
        ),
    )


def _copied(target: Workspaces, name: str, new: Store, state: State) -> State:
    """The state as it is at the new place after it was copied there."""
    if name != DEFAULT:
        target.backend.make(name)
    written = new.copy(state, operation=OPERATION)
    found = new.read()
    if (found.lineage, found.serial, digest(found)) != (written.lineage, written.serial, digest(written)):
        detail = f"{new.name} does not hold what was written there: it has serial {found.serial}. Nothing was recorded."
        remedy = Remedy.of("See that nothing else writes there, then run it again: ", cl("init", "--migrate-state"))
        raise StateError(Diagnostic("STA459", "Copy is not what was copied", detail, remedy))
    return found


def _set_aside(place: Place, stamp: str, report: Report) -> Iterator[Path]:
    """The new names of the files in which the old place kept a state, for it is elsewhere now."""
    for path in place.files:
        aside = path.with_name(f"{path.name}.migrated-{stamp}")
        if path.suffix != ".lock" and os.path.lexists(path):
            try:
                path.rename(aside)
            except OSError as problem:
                report(_stays(path, problem))
            else:
                yield aside


def _stays(path: Path, problem: OSError) -> Diagnostic:
    """A file of the old place kept its name. The state is at the new backend all the same."""
    return Diagnostic(
        "STA463",
        "Old state keeps its name",
        f"{path} could not be renamed: {problem.strerror or problem}. Its state is at the new backend by now.",
        Remedy.of("Move it to another directory, so that nobody takes it for the state."),
        Severity.WARNING,
    )
