"""One connection to PostgreSQL: checked when it is made, and broken for good by the first sign that it is.

Every statement ends within a time: a server that hangs, or a network that swallows what is sent, looks like a
connection that broke.
"""

from __future__ import annotations

import contextlib
import os
import select
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

import psycopg
from psycopg import waiting
from psycopg.sql import SQL, Composed, Identifier

from planner.diagnostics import StateError
from planner.state.backends.patience import Away, Unreachable
from planner.state.backends.pg import words
from planner.state.backends.pg.options import Options, Target
from planner.state.backends.pg.problems import what_became, why_not_connected
from planner.state.backends.pg.statements import PROCESS, SETTINGS, TABLES
from planner.threads import TICK, start

if TYPE_CHECKING:
    from psycopg.abc import PQGen

OLDEST = 140000
_LOOKS_FOR_SHARING = 8
_STATEMENT_SECONDS = 30.0
"""How long a statement may take, and one second more for each so many bytes that it sends."""
_BYTES_A_SECOND = 100_000
_LOOK = 0.5
"""Seconds between two looks at the clock."""

Value = str | int | float | bytes | None | Sequence[int] | Sequence[str]
Row = tuple[object, ...]
T = TypeVar("T")


class _Connection(psycopg.Connection[Row]):
    """A connection in which an interrupt is one at once.

    psycopg would first ask the server to cancel the statement, wait for that, and log what came of it.
    """

    def wait(self, gen: PQGen[T], interval: float = TICK, timeout: float | None = None) -> T:
        return waiting.wait(gen, self.pgconn.socket, interval, *(() if timeout is None else (timeout,)))


class Session:
    """A connection of its own. For one thread at a time.

    Raises Unreachable where the server cannot be reached or the connection breaks, NoTables where there are none, and
    StateError where the server refuses.
    """

    def __init__(self, target: Target, options: Options, *, may_be_shared: bool = False) -> None:
        """With `may_be_shared` it is not refused behind a pooler that lends its session of the server to others."""
        self._target, self._options = target, options
        self._composed: dict[str, Composed] = {}
        self._ends = float("inf")
        self._closed, self._cutting = threading.Event(), threading.Lock()
        try:
            self._connection = _Connection.connect(target.conninfo, autocommit=True)
        except (psycopg.Error, UnicodeError) as error:  # a host may be no name
            raise why_not_connected(error, target) from None
        try:
            self._number = self._connection.fileno()
            start(threading.Thread(target=self._watch, name="pg watch", daemon=True))
            self._set_up(may_be_shared=may_be_shared)
        except BaseException:
            self.close()
            raise

    def _set_up(self, *, may_be_shared: bool) -> None:
        info, server = self._connection.info, self._target.server
        if info.server_version < OLDEST:
            major = info.server_version // 10_000
            raise StateError(words.unsuitable(server, f"is version {major}", "Use PostgreSQL 14 or newer."))
        encoding = info.parameter_status("server_encoding")
        if encoding != "UTF8":
            why = f'has the database "{self._target.database}" in the encoding {encoding}'
            raise StateError(words.unsuitable(server, why, "Use a database with the encoding UTF8."))
        lease = f"{int(self._options.lease * 1000)}ms"
        process = self.rows(SETTINGS, lease)[0][0]
        if process != info.backend_pid and not may_be_shared and self._is_shared(process):
            raise StateError(words.pooler(server))

    def _is_shared(self, process: object) -> bool:
        """Whether a pooler lends others this `process` of the server between two statements, as in transaction mode.

        Where it lends the one that was used last, another connection gets it now; where it lends them in turn, the next
        statement here gets another one. Other clients may hide that for a moment.
        """
        with contextlib.closing(Session(self._target, self._options, may_be_shared=True)) as other:
            for _ in range(_LOOKS_FOR_SHARING):
                if self.rows(PROCESS) != [(process,)] or self.rows(PROCESS) != [(process,)]:
                    return True
                with other.transaction():
                    if other.rows(PROCESS) == [(process,)] or self.rows(PROCESS) != [(process,)]:
                        return True
        return False

    def rows(self, statement: str, *values: Value) -> list[Row]:
        """The rows that a statement returns."""
        with self._within(values):
            return list(self._connection.execute(self._compose(statement), values).fetchall())

    def change(self, statement: str, *values: Value) -> int:
        """How many rows a statement changed."""
        with self._within(values):
            return self._connection.execute(self._compose(statement), values).rowcount

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Let all statements in it be one transaction. Where it raises Unreachable it may be committed or not."""
        transaction = self._connection.transaction()
        with self._within(()):
            transaction.__enter__()
        try:
            yield
        except BaseException as error:
            with contextlib.suppress(psycopg.Error, Unreachable, StateError), self._within(()):
                transaction.__exit__(type(error), error, None)
            raise
        with self._within(()):
            transaction.__exit__(None, None, None)

    @property
    def is_broken(self) -> bool:
        """Whether the connection is gone."""
        return self._closed.is_set()

    def is_alive(self) -> bool:
        """Whether nothing was heard of the end of the connection. To be asked while no statement is under way."""
        if self.is_broken:
            return False
        look = select.poll()
        look.register(self._number, select.POLLIN)
        return not look.poll(0)  # a server sends nothing unasked, except that it shuts down

    def close(self) -> None:
        with self._cutting:
            self._closed.set()
        with contextlib.suppress(psycopg.Error):
            self._connection.close()

    @contextlib.contextmanager
    def _within(self, values: Sequence[Value]) -> Iterator[None]:
        size = sum(len(value) for value in values if isinstance(value, str | bytes))
        self._ends = time.monotonic() + _STATEMENT_SECONDS + size / _BYTES_A_SECOND
        try:
            yield
        except psycopg.Error as error:
            problem = what_became(error, self._target, self._options, is_lost=self._connection.closed)
            if isinstance(problem, Unreachable):
                self.close()
            raise problem from None
        except (KeyboardInterrupt, Away):
            self.close()  # the outcome of the statement is not known
            raise
        finally:
            self._ends = float("inf")

    def _watch(self) -> None:
        """Cut the connection where a statement takes too long. It is closed by who waits for the statement."""
        while not self._closed.wait(_LOOK):
            with self._cutting, contextlib.suppress(OSError):
                if time.monotonic() > self._ends and not self._closed.is_set():
                    with socket.socket(fileno=os.dup(self._number)) as its:
                        its.shutdown(socket.SHUT_RDWR)

    def _compose(self, statement: str) -> Composed:
        if statement not in self._composed:
            schema = self._options.schema
            names = {table: Identifier(schema, table) for table in TABLES}
            self._composed[statement] = SQL(statement).format(schema=Identifier(schema), **names)
        return self._composed[statement]
