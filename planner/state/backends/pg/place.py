"""One workspace in the tables of the pg backend."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol, TypeVar

from planner.diagnostics import Report, StateError, ignore
from planner.remedy import NO_REMEDY, Remedy, Snippet
from planner.state.backends.pg import statements as sql
from planner.state.backends.pg.access import Access
from planner.state.backends.pg.held import PgHeld
from planner.state.backends.pg.lock import Holder, Taking, holder_of
from planner.state.backends.pg.session import Row, Session
from planner.state.backends.protocol import LockInfo, Records, Stored, Version
from planner.state.backends.refusals import another_lock, holder_lives, no_lock, no_such_version

T = TypeVar("T")


class Database(Protocol):
    """What a place needs of its backend."""

    @property
    def access(self) -> Access: ...

    def name_of(self, workspace: str) -> str:
        """What messages call the state of a workspace."""
        ...

    def ask(self, question: Callable[[Session], T], otherwise: T) -> T:
        """The answer of the database; `otherwise` where there are no tables. The question may be asked again."""
        ...

    def create_missing(self) -> None:
        """Create schema and tables where they are not there."""
        ...

    def holds(self, workspace: str, held: PgHeld | None) -> None:
        """Note who of this process holds the lock of a workspace."""
        ...


class PgPlace:
    """See `planner.state.backends.protocol.Place`."""

    files: tuple[Path, ...] = ()
    backup: Path | None = None

    def __init__(self, database: Database, workspace: str) -> None:
        self._database, self._workspace = database, workspace
        self.name = database.name_of(workspace)
        self.journal_name = f"The journal of {self.name}"
        self.aside = f"the history of {self.name}" if database.access.options.history else ""

    @property
    def journal_away(self) -> Remedy:
        schema, name = self._database.access.options.schema.replace('"', '""'), self._workspace.replace("'", "''")
        move = f"UPDATE \"{schema}\".journal SET workspace = '{name}.damaged' WHERE workspace = '{name}';"  # noqa: S608
        return Remedy.of(Snippet(move))

    @property
    def spare(self) -> Remedy:
        return NO_REMEDY

    def mark(self) -> object | None:
        return None

    def read(self) -> Stored | None:
        rows = self._rows(sql.READ, self._workspace)
        return Stored(str(rows[0][0]), _number(rows[0][1]), str(rows[0][2])) if rows else None

    def journal(self) -> Records | None:
        rows = self._rows(sql.JOURNAL, self._workspace)
        if not rows:
            return None
        age = rows[-1][1]
        data = b"".join(bytes(row[0]) for row in rows if isinstance(row[0], bytes | memoryview))
        return Records(data, time.time() - (age if isinstance(age, float) else 0.0))

    @contextlib.contextmanager
    def lock(self, operation: str, timeout: float, report: Report) -> Iterator[PgHeld]:
        database = self._database
        database.create_missing()
        taken = Taking(self._workspace, self.name, operation, database.access).take(timeout, report)
        names = (self.name, self.journal_name)
        held = PgHeld(self._workspace, names, database.access, taken)
        with held.kept():
            database.holds(self._workspace, held)
            try:
                yield held
            finally:
                database.holds(self._workspace, None)

    def holder(self) -> LockInfo | None:
        found = self._holder()
        return None if found is None or found.is_dead else found.info

    def named(self, lock_id: str) -> LockInfo:
        return self._named(lock_id).info

    def unlock(self, lock_id: str) -> LockInfo:
        found = self._named(lock_id)
        if not found.is_gone and found.age < found.lease.seconds:
            raise StateError(holder_lives(self.name, found.info))
        self._database.ask(lambda session: session.change(sql.RELEASE, self._workspace, [found.token]), 0)
        return found.info

    def history(self, _report: Report = ignore) -> list[Version]:
        return [_version(row) for row in self._rows(sql.VERSIONS, self._workspace)]

    def version(self, serial: int) -> str:
        rows = self._rows(sql.VERSION, self._workspace, serial)
        if not rows:
            raise StateError(no_such_version(self.name, serial))
        return str(rows[0][0])

    def _rows(self, statement: str, *values: str | int) -> list[Row]:
        empty: list[Row] = []
        return self._database.ask(lambda session: session.rows(statement, *values), empty)

    def _holder(self) -> Holder | None:
        none: Holder | None = None
        return self._database.ask(lambda session: holder_of(session, self._workspace), none)

    def _named(self, lock_id: str) -> Holder:
        found = self._holder()
        if found is None:
            raise StateError(no_lock(f"lock of {self.name}"))
        if found.info.id != lock_id:
            raise StateError(another_lock(f"The lock of {self.name}", found.info, lock_id))
        return found


def _version(row: Row) -> Version:
    serial, lineage, when, who, operation, plan_id, steps = row
    return Version(_number(serial), str(lineage), str(when), str(who), str(operation), str(plan_id), _number(steps))


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0
