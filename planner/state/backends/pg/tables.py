"""The schema and the tables, created where they are not there."""

from __future__ import annotations

from planner.diagnostics import StateError
from planner.state.backends.pg import statements as sql
from planner.state.backends.pg import words
from planner.state.backends.pg.options import Options, Target
from planner.state.backends.pg.problems import Forbidden
from planner.state.backends.pg.session import Session

_ALONE = int.from_bytes(b"cl_table")
"""The advisory lock of who creates tables: of several CREATE … IF NOT EXISTS at once all but one may fail."""


def create_missing(session: Session, target: Target, options: Options) -> None:
    """Create what is missing. Raises StateError where that is not wanted or not allowed."""
    has_schema, missing = _look(session, options)
    if has_schema and not missing:
        return
    schema = f'The schema "{options.schema}"'
    tables = f'In the schema "{options.schema}" the table "{missing[0] if missing else ""}"'
    if not has_schema and not options.creates_schema:
        raise StateError(words.not_created(target.server, schema, "skip_schema_creation"))
    if missing and not options.creates_tables:
        raise StateError(words.not_created(target.server, tables, "skip_table_creation"))
    try:
        with session.transaction():
            session.rows(sql.ALONE, _ALONE)
            if not has_schema:
                session.change(sql.CREATE_SCHEMA)
            for statement in sql.CREATE_TABLES:
                session.change(statement)
    except Forbidden as problem:
        what = tables if has_schema else schema
        raise StateError(words.may_not_create(target.server, target.user, what, problem.why)) from None


def _look(session: Session, options: Options) -> tuple[bool, list[str]]:
    """Whether the schema is there, and which tables are not."""
    rows = session.rows(sql.FOUND, list(sql.TABLES), options.schema)
    if not rows:
        return False, list(sql.TABLES)
    found = rows[0][1]
    return True, [name for name in sql.TABLES if not isinstance(found, list) or name not in found]
