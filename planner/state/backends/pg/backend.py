"""The pg backend: the states of a configuration in one schema of a PostgreSQL database."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from planner.diagnostics import Report, StateError, ignore
from planner.state.backends.pg import statements as sql
from planner.state.backends.pg import words
from planner.state.backends.pg.access import Access
from planner.state.backends.pg.held import PgHeld
from planner.state.backends.pg.lock import announced
from planner.state.backends.pg.options import Options
from planner.state.backends.pg.place import PgPlace
from planner.state.backends.pg.problems import NoTables
from planner.state.backends.pg.session import Row, Session
from planner.state.backends.pg.tables import create_missing
from planner.state.backends.resolve import Settings
from planner.waits import Watch, unwatched

T = TypeVar("T")

_PROBE = ""
"""No workspace has this name."""


def open_pg(settings: Settings, report: Report = ignore, watch: Watch = unwatched) -> PgBackend:
    """The backend; `report` learns while it does not answer, and `watch` shows it.

    Raises StateError where the settings make no sense.
    """
    return PgBackend(
        Options(
            settings.text("conn_str"),
            settings.text("schema_name"),
            not settings.flag("skip_schema_creation"),
            not settings.flag("skip_table_creation"),
            settings.number("history"),
            settings.seconds("lease"),
        ),
        report,
        watch,
    )


class PgBackend:
    """See `planner.state.backends.protocol.Backend`. One connection asks; each lock has a connection of its own."""

    has_workspaces = True

    def __init__(self, options: Options, report: Report = ignore, watch: Watch = unwatched) -> None:
        """Connects to nothing yet. Raises StateError where the settings make no sense."""
        self.access = Access.by(options, report, watch)
        self._session: Session | None = None
        self._asking = threading.Lock()
        self._has_tables = False
        self._held: dict[str, PgHeld] = {}

    @property
    def fingerprint(self) -> Mapping[str, str]:
        target = self.access.target
        where = {"service": target.service} if target.service else {"host": target.host, "port": target.port}
        return {"type": "pg", **where, "database": target.database, "schema_name": self.access.options.schema}

    def workspaces(self) -> list[str]:
        nothing: list[Row] = []
        rows = self.ask(lambda session: session.rows(sql.WORKSPACES), nothing)
        return sorted(name for (name,) in rows if isinstance(name, str) and name != "default")

    def place(self, workspace: str) -> PgPlace:
        return PgPlace(self, workspace)

    def make(self, workspace: str) -> None:
        self.create_missing()
        self.ask(lambda session: session.change(sql.MAKE, workspace), 0)

    def delete(self, workspace: str) -> None:
        held = self._held.get(workspace)
        assert held is not None, "the caller holds the lock"  # noqa: S101
        held.forget()

    def set_aside(self, _workspace: str, _stamp: str, _report: Report) -> tuple[Path, ...]:
        return ()

    def probe(self) -> None:
        self.create_missing()
        self.ask(self._try_all, None)

    def close(self) -> None:
        if self._session is not None:
            self._session.close()

    def name_of(self, workspace: str) -> str:
        target = self.access.target
        return f'schema "{self.access.options.schema}" of {target.server}/{target.database}, workspace "{workspace}"'

    def ask(self, question: Callable[[Session], T], otherwise: T) -> T:
        def attempt() -> T:
            if self._session is None or self._session.is_broken:
                self._session = self.access.connect()
            try:
                return question(self._session)
            except NoTables:
                return otherwise

        with self._asking:
            return self.access.patience.trying(attempt)

    def create_missing(self) -> None:
        if not self._has_tables:
            self.ask(lambda session: create_missing(session, self.access.target, self.access.options), None)
            self._has_tables = True

    def holds(self, workspace: str, held: PgHeld | None) -> None:
        if held is None:
            self._held.pop(workspace, None)
        else:
            self._held[workspace] = held

    def _try_all(self, session: Session) -> None:
        """Write and read in each table, and leave nothing; see that what a session announces another one sees."""
        with contextlib.closing(self.access.connect()) as other:
            token = announced(other)
            if session.rows(sql.IS_ANNOUNCED, token) != [(True,)]:
                raise StateError(words.no_advisory_locks(self.access.target.server))
        with contextlib.suppress(_Undo), session.transaction():
            session.change(sql.TAKE, _PROBE, token, "", "", 0, "", "", "init", self.access.options.lease)
            fence = (_PROBE, token)
            session.rows(sql.FENCE, *fence)
            session.change(sql.BEGIN, b"", *fence, _PROBE)
            session.change(sql.APPEND, 2, b"", *fence)
            session.change(sql.PUT, _PROBE, 1, "", "", None, None)
            session.change(sql.KEEP, "", "", "init", "", 0, _PROBE)
            session.change(sql.BEAT, *fence)
            for statement in sql.FORGET:
                session.change(statement, _PROBE)
            session.change(sql.RELEASE, _PROBE, [token])
            raise _Undo


class _Undo(Exception):
    """Nothing of the transaction shall stay."""
