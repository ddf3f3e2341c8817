"""Who gets into PostgreSQL, over which connection, and that no message has a password."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.diagnostics import Diagnostic, StateError
from planner.state.backends.pg.backend import PgBackend
from planner.state.backends.pg.options import Options
from support.certificates import Authority
from support.postgres import SETTINGS, Postgres, missing, postgres

SECRET = "k@i'/ :%20 ä$w0rd"  # noqa: S105
ENCODED = "k%40i%27%2F%20%3A%2520%20%C3%A4%24w0rd"
ACCESS = """\
host all open 127.0.0.1/32 trust
hostssl all tls 127.0.0.1/32 trust
host all tls 127.0.0.1/32 reject
host all all 127.0.0.1/32 scram-sha-256
"""


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, Path]:
    """Who signs the server's certificate, which is for 127.0.0.1, and the file that says so."""
    found, path = Authority(), tmp_path_factory.mktemp("authority") / "authority.crt"
    path.write_text(found.certificate)
    return found, path


@pytest.fixture(scope="module")
def server(authority: tuple[Authority, Path]) -> Iterator[Postgres]:
    if missing():
        pytest.skip(missing())
    with postgres(SETTINGS, ACCESS) as running:
        pair = authority[0].issue("another.example")
        owner = running.directory.stat()
        for name, text in (("server.crt", pair.certificate), ("server.key", pair.key)):
            target = running.directory / name
            target.write_text(text)
            target.chmod(0o600)
            os.chown(target, owner.st_uid, owner.st_gid)
        running.admin("ALTER SYSTEM SET ssl = on")
        running.restart()
        quoted = SECRET.replace("'", "''")
        running.admin(f"CREATE ROLE keeper LOGIN PASSWORD '{quoted}' IN ROLE pg_write_all_data, pg_read_all_data")
        running.admin("GRANT CREATE ON DATABASE cl TO keeper")
        for user in ("open", "tls"):
            running.admin(f"CREATE ROLE {user} LOGIN")
        yield running


def problem_of(conn_str: str) -> Diagnostic:
    """The message where the user is not let in. It has no part of the password."""
    try:
        PgBackend(Options(conn_str, patience=0)).place("default").read()
    except StateError as error:
        text = "".join(traceback.format_exception(error))
        text += repr(error.diagnostics) + str(error)
        for part in (SECRET, ENCODED, "w0rd", "k%40i", "k@i"):
            assert part not in text
        (problem,) = error.diagnostics
        return problem
    pytest.fail("it was let in")


def uri(server: Postgres, user: str = "keeper", password: str = "", rest: str = "") -> str:
    return f"postgres://{user}{password and ':'}{password}@127.0.0.1:{server.port}/cl{rest}"


def test_the_password_gets_in(server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(2):
        options = Options(uri(server, password=ENCODED), f"s{number}")
        PgBackend(options).probe()
        assert "w0rd" not in repr(options) + repr(PgBackend(options).fingerprint)
    monkeypatch.setenv("PGPASSWORD", SECRET)
    PgBackend(Options(uri(server))).probe()
    monkeypatch.setenv("PGHOST", "127.0.0.1")
    monkeypatch.setenv("PGPORT", str(server.port))
    monkeypatch.setenv("PGUSER", "keeper")
    monkeypatch.setenv("PGDATABASE", "cl")
    backend = PgBackend(Options())
    backend.probe()
    assert backend.fingerprint == PgBackend(Options(uri(server))).fingerprint
    assert backend.fingerprint == {
        "type": "pg", "host": "127.0.0.1", "port": str(server.port), "database": "cl",
        "schema_name": "cl_remote_state",
    }  # fmt: skip


def test_a_password_that_is_wrong_or_missing_is_said_to_be(server: Postgres) -> None:
    wrong = problem_of(uri(server, password=ENCODED + "x"))
    assert wrong.code == "STA447"
    assert '"keeper"' in wrong.detail
    assert "PGPASSWORD" in wrong.remedy.text
    missing_one = problem_of(uri(server))
    assert missing_one.code == "STA447"
    assert "none is given" in missing_one.detail
    stranger = problem_of(uri(server, "stranger", ENCODED))
    assert stranger.code == "STA447"


def test_a_database_that_is_not_there_is_said_not_to_be(server: Postgres) -> None:
    found = problem_of(f"postgres://open@127.0.0.1:{server.port}/nothing")
    assert found.code == "STA466"
    assert 'no database "nothing"' in found.detail
    assert problem_of(f"postgres://nobody@127.0.0.1:{server.port}/cl").code == "STA447"


def test_tls_that_fails_is_said_in_words(server: Postgres, authority: tuple[Authority, Path], tmp_path: Path) -> None:
    other, trusted = tmp_path / "other.crt", authority[1]
    other.write_text(Authority("another authority").certificate)
    by_name = f"postgres://tls@localhost:{server.port}/cl?hostaddr=127.0.0.1"
    said = {
        "refuses connections without TLS": uri(server, "tls", rest="?sslmode=disable"),
        "sslrootcert": uri(server, "tls", rest=f"?sslmode=verify-ca&sslrootcert={tmp_path}/none.crt"),
        "for another host": f"{by_name}&sslmode=verify-full&sslrootcert={trusted}",
        "not trusted here": uri(server, "tls", rest=f"?sslmode=verify-full&sslrootcert={other}"),
    }
    for words, conn_str in said.items():
        problem = problem_of(conn_str)
        assert problem.code == "STA467"
        assert words in problem.detail
        assert "sslmode" in problem.remedy.text
    let_in = Options(uri(server, "tls", rest=f"?sslmode=verify-full&sslrootcert={trusted}"), "nothing here")
    assert PgBackend(let_in).place("a").read() is None


def test_a_server_without_tls_is_said_to_have_none() -> None:
    if missing():
        pytest.skip(missing())
    with postgres() as plain:
        found = problem_of(uri(plain, "postgres", rest="?sslmode=require"))
        assert found.code == "STA467"
        assert "has no TLS" in found.detail
