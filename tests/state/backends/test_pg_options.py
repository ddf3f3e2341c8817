"""The settings of the pg backend before anything is connected to: no part of a password is shown."""

from __future__ import annotations

import itertools
import sys
import traceback
from pathlib import Path

import pytest

from planner.diagnostics import StateError
from planner.state.backends.declared import BackendBlock
from planner.state.backends.pg.backend import PgBackend
from planner.state.backends.pg.options import Options
from planner.state.backends.resolve import resolve
from planner.state.opening import OPENERS
from planner.waits import unwatched
from support.backends import ignore, refusal

SECRET = "k@i'/ :%20 ä$w0rd"  # noqa: S105


@pytest.mark.parametrize(
    "conn_str",
    [
        f"postgres://keeper:{SECRET}@127.0.0.1/cl",
        "postgres://keeper:k@iw0rd@127.0.0.1/cl",
        "postgres://keeper:%zzw0rd@127.0.0.1/cl",
        "host=127.0.0.1 password=k@i w0rd",
        "host=127.0.0.1 password='w0rd",
        "password w0rd",
        "w0rd",
        "postgres://keeper@127.0.0.1/cl?passwrod=w0rd",
        "host='k@i/w0rd' user=keeper",
        "host=127.0.0.1 password=w0rd\0",
        "host=127.0.0.1 port=w0rd",
        "postgres://keeper:w0rd/x@127.0.0.1/cl",
        "postgres://keeper:12/w0rd@127.0.0.1/cl",
        "\ud800w0rd",
    ],
    ids=itertools.count(1),
)
def test_no_part_of_a_connection_string_without_meaning_is_shown(conn_str: str) -> None:
    with pytest.raises(StateError) as caught:
        PgBackend(Options(conn_str))
    assert [problem.code for problem in caught.value.diagnostics] == ["STA442"]
    assert "w0rd" not in "".join(traceback.format_exception(caught.value)) + repr(caught.value.diagnostics)


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("hostaddr", "1.2.3"),
        ("port", "99999"),
        ("port", "1,2,3"),
        ("sslmode", "w0rd"),
        ("connect_timeout", "w0rd"),
        ("keepalives_idle", "w0rd"),
        ("ssl_min_protocol_version", "w0rd"),
        ("service", "w0rd"),
        ("host", "a..w0rd"),
    ],
)
def test_a_value_that_libpq_does_not_take_is_a_wrong_setting_at_once(option: str, value: str) -> None:
    given = {"host": "127.0.0.1", "port": "1", "dbname": "x", option: value}
    conn_str = " ".join(f"{name}={text}" for name, text in given.items())
    with refusal("STA442") as problems:
        PgBackend(Options(conn_str)).workspaces()
    assert option in problems[0].detail
    assert "w0rd" not in f"{problems[0]!r}"


def test_the_name_of_the_schema_is_one_that_the_server_does_not_shorten() -> None:
    for name in ("", "x" * 64, "名" * 22, "a\0b"):
        with pytest.raises(StateError) as caught:
            PgBackend(Options("", name))
        assert caught.value.diagnostics[0].code == "STA442"
    PgBackend(Options("", "名" * 21))


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Without the variables of libpq."""
    for name in ("PGHOST", "PGHOSTADDR", "PGPORT", "PGUSER", "PGDATABASE", "PGPASSWORD", "PGSERVICE"):
        monkeypatch.delenv(name, raising=False)
    return monkeypatch


@pytest.mark.parametrize(
    ("conn_str", "name", "place"),
    [
        ("postgres://u:w0rd@db.example/infra", "db.example:5432/infra", {"host": "db.example", "port": "5432"}),
        ("host=a,b port=1,2 dbname=infra user=u", "a:1, b:2/infra", {"host": "a,b", "port": "1,2"}),
        ("postgres://u@[::1]:7/infra", "[::1]:7/infra", {"host": "::1", "port": "7"}),
        ("host=/run/pg user=u dbname=infra", "/run/pg (port 5432)/infra", {"host": "/run/pg", "port": "5432"}),
        ("service=prod dbname=infra", 'service "prod"/infra', {"service": "prod"}),
    ],
)
def test_a_place_is_named_without_secrets(
    conn_str: str, name: str, place: dict[str, str], environment: pytest.MonkeyPatch
) -> None:
    backend = PgBackend(Options(conn_str, "s"))
    assert backend.place("x").name == f'schema "s" of {name}, workspace "x"'
    assert backend.fingerprint == {"type": "pg", "database": "infra", "schema_name": "s", **place}
    assert "w0rd" not in repr(backend.access.options) + repr(backend.place("x"))


def test_what_the_connection_string_leaves_out_is_of_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("PGHOST", "db.example")
    environment.setenv("PGUSER", "somebody")
    assert PgBackend(Options()).fingerprint == {
        "type": "pg", "host": "db.example", "port": "5432", "database": "somebody", "schema_name": "cl_remote_state",
    }  # fmt: skip


def test_without_the_library_it_is_named(environment: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("planner.state.backends.pg")]:
        environment.delitem(sys.modules, name)
    environment.setitem(sys.modules, "psycopg", None)
    settings = resolve(BackendBlock("pg", {"conn_str": "host=a"}), {})
    with refusal("STA445") as problems:
        OPENERS["pg"](settings, Path(), {}, ignore, unwatched)
    assert "classiclink-planner[pg]" in problems[0].remedy.text
