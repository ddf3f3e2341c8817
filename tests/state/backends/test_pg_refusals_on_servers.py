"""The pg backend on a real PostgreSQL: what it refuses, and how that is said."""

from __future__ import annotations

import pytest

from planner.state.backends.pg import session as sessions
from planner.state.backends.pg import statements
from planner.state.backends.pg.backend import PgBackend
from planner.state.backends.pg.options import Options
from planner.state.backends.protocol import Version
from support.backends import ignore, refusal, version
from support.pg_places import Open, holding, quoted
from support.postgres import Postgres


def test_a_user_who_may_only_read_can_plan(opened: Open, pg_server: Postgres) -> None:
    pg_server.admin("CREATE ROLE reader LOGIN")
    reader = opened(user="reader", patience=0).place("default")
    assert reader.read() is None
    with holding(opened()) as held:
        held.write("state", version(1), None)
    with refusal("STA447") as problems:
        reader.read()
    assert "GRANT USAGE ON SCHEMA" in problems[0].remedy.text
    assert '"reader"' in problems[0].detail
    schema = quoted(opened())
    pg_server.admin(f'GRANT USAGE ON SCHEMA "{schema}" TO reader')
    pg_server.admin(f'GRANT SELECT ON ALL TABLES IN SCHEMA "{schema}" TO reader')
    assert reader.read() is not None
    assert len(reader.history()) == 1
    assert reader.holder() is None
    with refusal("STA447"), reader.lock("apply", 0, ignore):
        pytest.fail("a reader wrote")
    with refusal("STA447"):
        opened(user="reader", patience=0).probe()


def test_what_is_missing_and_may_not_be_created_is_named(opened: Open, pg_server: Postgres, schema: str) -> None:
    pg_server.admin("CREATE ROLE nobody LOGIN")
    with refusal("STA447") as problems:
        opened(user="nobody", patience=0).make("a")
    assert schema in problems[0].detail
    with refusal("STA462") as problems:
        opened(creates_schema=False).make("a")
    assert "skip_schema_creation" in problems[0].detail
    schema = quoted(opened())
    pg_server.admin(f'CREATE SCHEMA "{schema}"')
    with refusal("STA462") as problems:
        opened(creates_tables=False).make("a")
    assert "skip_table_creation" in problems[0].detail
    opened(creates_schema=False).make("a")
    opened(creates_schema=False, creates_tables=False).make("b")
    assert opened().workspaces() == ["a", "b"]


def test_sessions_that_are_read_only_are_refused(opened: Open, pg_server: Postgres) -> None:
    opened().probe()
    pg_server.admin("CREATE ROLE replica LOGIN IN ROLE pg_write_all_data, pg_read_all_data")
    pg_server.admin("ALTER ROLE replica SET default_transaction_read_only = on")
    with refusal("STA447") as problems:
        opened(user="replica", patience=0).make("a")
    assert "replica" in problems[0].detail


def test_tables_of_another_program_are_left_alone(opened: Open, pg_server: Postgres) -> None:
    schema = quoted(opened())
    pg_server.admin(f'CREATE SCHEMA "{schema}"')
    pg_server.admin(f'CREATE TABLE "{schema}".states (id bigserial PRIMARY KEY, name text, data text)')
    with refusal("STA462") as problems:
        opened().place("default").read()
    assert "another program" in problems[0].detail
    assert "schema_name" in problems[0].remedy.text


def test_tables_that_are_dropped_under_a_lock_are_reported(opened: Open, pg_server: Postgres) -> None:
    backend = opened()
    with holding(backend) as held:
        held.begin(b"plan\n")
        pg_server.admin(f'DROP SCHEMA "{quoted(backend)}" CASCADE')
        with refusal("STA462"):
            held.append(b"intent\n")


def test_a_database_in_another_encoding_is_refused(opened: Open, pg_server: Postgres, schema: str) -> None:
    pg_server.admin("CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0")
    with refusal("STA462") as problems:
        PgBackend(Options(pg_server.conninfo(dbname="latin"), schema)).place("default").read()
    assert "LATIN1" in problems[0].detail


def test_an_old_server_is_refused(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "OLDEST", 990000)
    with refusal("STA462") as problems:
        opened().place("default").read()
    assert "PostgreSQL 14 or newer" in problems[0].remedy.text


def test_a_server_without_advisory_locks_is_refused(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """As servers are that only speak the protocol: the functions are there, and lock nothing."""
    opened().probe()
    monkeypatch.setattr(statements, "ANNOUNCE", "SELECT %s::bigint")
    with refusal("STA462"):
        opened().probe()


def test_versions_say_who_wrote_what(opened: Open) -> None:
    said = Version(3, "l", "2026-01-02T03:04:05Z", "o'brien@host", 'state push "x"', "plan", 2**40)
    with holding(opened()) as held:
        held.write("state", said, None)
    assert opened().place("default").history() == [said]
