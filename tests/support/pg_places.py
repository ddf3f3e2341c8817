"""Places of the pg backend on one server, for its own tests."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from planner.diagnostics import Diagnostic
from planner.state.backends.pg.backend import PgBackend
from planner.state.backends.pg.held import PgHeld
from support.backends import ignore
from support.postgres import Postgres

Open = Callable[..., PgBackend]
"""Opens backends on the same schema, with these options."""


@contextlib.contextmanager
def holding(backend: PgBackend, timeout: float = 5, report: Callable[[Diagnostic], None] = ignore) -> Iterator[PgHeld]:
    with backend.place("default").lock("apply", timeout, report) as held:
        yield held


def data(backend: PgBackend) -> bytes:
    found = backend.place("default").journal()
    return found.data if found else b""


def sessions_of(server: Postgres, *, ended: bool = False) -> list[tuple[object, ...]]:
    """The sessions of cl, which are ended if that is asked for."""
    act = "pg_terminate_backend(pid)" if ended else "pid"
    return server.admin(f"SELECT {act} FROM pg_stat_activity WHERE application_name = 'cl'")  # noqa: S608


def quoted(backend: PgBackend) -> str:
    """Its schema, as it stands between quotes."""
    return backend.access.options.schema.replace('"', '""')
