"""The pg backend on a real PostgreSQL: what breaks, what is refused, and what becomes of it."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Mapping

import psycopg
import pytest

from planner.apply.stop import StopSignal
from planner.diagnostics import Diagnostic, StateError
from planner.state.backends import lease
from planner.state.backends.patience import Away
from planner.state.backends.pg import lock as taking
from planner.state.backends.pg import session as sessions
from planner.state.backends.pg import statements
from planner.state.backends.pg.backend import PgBackend
from planner.state.backends.pg.options import Options
from support.backends import ignore, refusal, version
from support.pg_places import Open, data, holding, quoted, sessions_of
from support.postgres import Postgres, missing, pgbouncer, pgbouncer_missing, postgres
from support.proxy import Proxy, proxy
from support.watching import PATIENCE, until

# Fences


def test_no_takeover_misses_a_record(opened: Open, pg_server: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    """The holder and who takes over are users of their own, so that the session of the holder goes on."""
    opened().probe()
    for user in ("first", "second"):
        pg_server.admin(f"CREATE ROLE {user} LOGIN IN ROLE pg_write_all_data, pg_read_all_data")
    monkeypatch.setattr(lease.Watch, "is_abandoned", lambda *_: True)
    place = opened(user="second").place("default")
    for number in range(150):
        begun = threading.Event()

        def append(begun: threading.Event = begun) -> None:
            with (
                contextlib.suppress(StateError),
                contextlib.closing(opened(user="first")) as backend,
                holding(backend) as held,
            ):
                held.begin(b"plan\n")
                for one in range(10_000):
                    held.append(b"%d\n" % one)
                    begun.set()

        holder = threading.Thread(target=append)
        holder.start()
        assert begun.wait(PATIENCE)
        with place.lock("apply", 0, ignore) as held:
            seen = place.journal()
            holder.join()
            later = place.journal()
            assert seen is not None
            assert later is not None
            assert seen.data == later.data, f"round {number}"
            held.end_journal()


def test_schema_and_tables_are_created_by_six_at_once(pg_server: Postgres) -> None:
    problems: list[Diagnostic] = []
    for number in range(8):
        options = Options(pg_server.conninfo(), f"made at once {number}")
        start = threading.Barrier(6)

        def make(options: Options = options, start: threading.Barrier = start) -> None:
            backend = PgBackend(options)
            backend.ask(lambda _session: None, None)
            start.wait()
            try:
                backend.make("a")
            except StateError as error:
                problems.extend(error.diagnostics)
            backend.close()

        threads = [threading.Thread(target=make) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not problems


def test_what_a_role_has_as_its_defaults_changes_nothing(opened: Open, pg_server: Postgres) -> None:
    opened().probe()
    pg_server.admin("CREATE ROLE odd LOGIN IN ROLE pg_write_all_data, pg_read_all_data")
    pg_server.admin("CREATE SCHEMA odd")
    pg_server.admin(
        "CREATE FUNCTION odd.pg_try_advisory_xact_lock_shared(bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true'"
    )
    pg_server.admin("GRANT USAGE ON SCHEMA odd TO odd")
    for setting in (
        "default_transaction_isolation = serializable", "search_path = odd, pg_catalog", "statement_timeout = 1",
        "synchronous_commit = off", "idle_session_timeout = 300", "idle_in_transaction_session_timeout = 1",
        "lock_timeout = 1", "datestyle = 'German'", "timezone = 'Asia/Shanghai'", "bytea_output = 'escape'",
    ):  # fmt: skip
        pg_server.admin(f"ALTER ROLE odd SET {setting}")
    backend = opened(user="odd")
    with holding(backend) as held:
        assert held.info.heartbeat.endswith("Z")
        held.begin(b"\0\xff\n")
        names = ("transaction_isolation", "synchronous_commit", "search_path", "statement_timeout", "lock_timeout")
        found = [held._session.rows("SELECT current_setting(%s)", name)[0][0] for name in names]
        assert found == ["read committed", "on", "pg_catalog", "0", "20s"]
        holder = opened(user="odd").place("default").holder()
        assert holder is not None
        assert holder.id == held.info.id
        assert abs(_seconds(holder.heartbeat) - _seconds(held.info.heartbeat)) <= 2
        held.write("state", version(1), None)
        assert pg_server.admin(
            "SELECT count(*) FROM pg_stat_activity WHERE usename = 'odd' AND state LIKE 'idle%'"
        ) >= [(1,)]
    assert data(backend) == b"\0\xff\n"


def _seconds(stamp: str) -> float:
    from datetime import datetime

    return datetime.fromisoformat(stamp).timestamp()


@pytest.mark.parametrize("options", [{}, {"server_round_robin": "1"}, {"default_pool_size": "1"}])
def test_a_pooler_in_transaction_mode_is_refused(opened: Open, pg_server: Postgres, options: Mapping[str, str]) -> None:
    if pgbouncer_missing():
        pytest.skip(pgbouncer_missing())
    with pgbouncer(pg_server, **options) as port, contextlib.ExitStack() as stack:
        pooled = pg_server.conninfo(port=str(port))
        others = [
            stack.enter_context(psycopg.connect(pooled)) for _ in range(0 if "default_pool_size" in options else 3)
        ]
        for each in others:
            each.execute("SELECT 1")
        for each in others:  # each leaves a connection to the server behind
            each.commit()
        backend = opened(port=port)
        with refusal("STA209") as problems, holding(backend):
            pytest.fail("a pooler was accepted")
        assert str(port) in problems[0].detail
        with refusal("STA209"):
            backend.place("default").read()


def test_a_pooler_in_session_mode_is_as_good_as_the_server(opened: Open, pg_server: Postgres) -> None:
    if pgbouncer_missing():
        pytest.skip(pgbouncer_missing())
    with pgbouncer(pg_server, "session") as port:
        backend, another = opened(port=port), opened()
        backend.probe()
        with holding(backend) as held:
            held.begin(b"plan\n")
            held.append(b"intent 1\n")
            assert data(another) == b"plan\nintent 1\n"
            with refusal("STA201"), holding(another, timeout=0):
                pytest.fail("two hold the lock")
            sessions_of(pg_server, ended=True)
            held.append(b"intent 2\n")
            held.write("text", version(1), None)
            held.end_journal()
        with holding(another):
            assert another.place("default").read() is not None


# Connections that break


def test_a_holder_whose_session_is_ended_goes_on_where_no_other_took_the_lock(
    opened: Open, pg_server: Postgres
) -> None:
    backend = opened()
    with holding(backend) as held:
        held.begin(b"plan\n")
        for number in range(3):
            assert held.is_sure()
            sessions_of(pg_server, ended=True)
            held.append(b"%d\n" % number)
            until(held.is_sure)
            held.check()
        held.write("state", version(1), None)
        sessions_of(pg_server, ended=True)
    assert data(backend) == b"plan\n0\n1\n2\n"
    assert backend.place("default").holder() is None
    assert pg_server.admin(f'SELECT count(*) FROM "{quoted(backend)}".locks') == [(0,)]  # noqa: S608


def test_a_holder_sees_that_its_connection_broke_and_takes_its_lock_again_by_itself(
    opened: Open, pg_server: Postgres
) -> None:
    with holding(opened()) as held, proxy(pg_server.port):
        sessions_of(pg_server, ended=True)
        until(held.is_sure)
        held.check()


def test_a_holder_whose_session_is_ended_has_lost_the_lock_where_another_came(
    opened: Open, pg_server: Postgres
) -> None:
    with proxy(pg_server.port) as network, holding(opened(port=network.port)) as held:
        held.begin(b"plan\n")
        reported: list[Diagnostic] = []
        network.is_away = True
        network.cut()
        until(lambda: not _has_holder(pg_server, opened()))
        with holding(opened(), 0, reported.append) as other:
            assert not reported
            assert not held.is_sure(), "a connection that broke shows at once"
            network.is_away = False
            with refusal("STA207"):
                held.append(b"intent\n")
            with refusal("STA207"):
                held.append(b"intent\n")
            with refusal("STA207"):
                held.write("state", version(1), None)
            with refusal("STA207"):
                held.check()
            assert not held.is_sure()
            held.note(b"fact\n")
            assert data(opened()) == b"plan\n"
            other.write("mine", version(1), None, ends_journal=True)
    found = opened().place("default").read()
    assert found is not None
    assert found.text == "mine"


def _has_holder(_pg_server: Postgres, backend: PgBackend) -> bool:
    return backend.place("default").holder() is not None


def test_nothing_of_a_former_session_comes_after_the_holder_is_back(opened: Open, pg_server: Postgres) -> None:
    backend, other = opened(), opened()
    with holding(backend) as held:
        held.begin(b"plan\n")
        former = held._token
        sessions_of(pg_server, ended=True)
        held.append(b"intent 1\n")
        late = (3, b"late\n", "default", former)
        assert other.ask(lambda session: session.change(statements.APPEND, *late), -1) == 0
    assert data(backend) == b"plan\nintent 1\n"


def test_what_was_written_without_the_lock_is_not_replaced(opened: Open, pg_server: Postgres) -> None:
    backend = opened()
    with holding(backend) as held:
        held.write("state 1", version(1), None)
        pg_server.admin(f"UPDATE \"{quoted(backend)}\".states SET serial = 7, body = 'by hand'")  # noqa: S608
        with refusal("STA207"):
            held.write("state 2", version(2), 1)
    found = backend.place("default").read()
    assert found is not None
    assert found.text == "by hand"


def test_a_reply_that_is_lost_is_settled_by_reading_back(opened: Open, pg_server: Postgres) -> None:
    with proxy(pg_server.port) as network:
        backend = opened(port=network.port)
        backend.probe()
        lost = 0
        network.lose_reply_to(b"INSERT INTO")
        with holding(backend) as held:
            lost = _assert_lost(network, lost)
            network.lose_reply_to(b"the plan")
            held.begin(b"the plan\n")
            lost = _assert_lost(network, lost)
            network.lose_reply_to(b"intent 1")
            held.append(b"intent 1\n")
            lost = _assert_lost(network, lost)
            held.note(b"fact 1\n")
            network.lose_reply_to(b"intent 2")
            held.append(b"intent 2\n")
            lost = _assert_lost(network, lost)
            network.lose_reply_to(b"COMMIT")
            held.write("state 1", version(1), None)
            lost = _assert_lost(network, lost)
            assert data(backend) == b"the plan\nintent 1\nfact 1\nintent 2\n"
            network.lose_reply_to(b"the new state")
            held.write("the new state", version(2), 1)
            lost = _assert_lost(network, lost)
            network.lose_reply_to(b"COMMIT")
            held.end_journal()
            lost = _assert_lost(network, lost)
            network.lose_reply_to(b"COMMIT")
            held.rewrite(lambda text: f"sealed {text}" if "sealed" not in text else text)
            lost = _assert_lost(network, lost)
        place = opened().place("default")
        assert data(opened()) == b""
        assert place.history() == [version(2), version(1)]
        assert [place.version(1), place.version(2)] == ["sealed state 1", "sealed the new state"]
        network.lose_reply_to(b"DELETE FROM")
        with holding(backend):
            pass
        _assert_lost(network, lost)
        assert place.holder() is None
        with holding(opened(), 0):
            pass


def _assert_lost(network: Proxy, before: int) -> int:
    assert network.lost == before + 1
    return network.lost


def test_a_lock_is_taken_over_once_though_the_reply_is_lost(opened: Open, pg_server: Postgres) -> None:
    with proxy(pg_server.port) as network:
        first = opened()
        lock = first.place("default").lock("apply", 0, ignore)
        held = lock.__enter__()
        held._session.close()
        network.lose_reply_to(b"UPDATE")
        until(lambda: first.place("default").holder() is None)
        with holding(opened(port=network.port), 0) as other:
            assert network.lost == 1
            other.begin(b"plan\n")
            with refusal("STA207"):
                held.append(b"intent\n")
        lock.__exit__(None, None, None)
        assert data(first) == b"plan\n"


def test_a_restart_of_the_server_in_the_middle_is_survived(schema: str) -> None:
    if missing():
        pytest.skip(missing())
    with postgres() as server:
        options = Options(server.conninfo(), schema, lease=30, patience=PATIENCE)
        backend, other = PgBackend(options), PgBackend(options)
        reported: list[Diagnostic] = []
        with holding(backend) as held:
            held.begin(b"plan\n")
            waiter = threading.Thread(target=_wait_for_it, args=(other, reported.append))
            waiter.start()
            until(lambda: bool(reported))
            server.stop("immediate")
            until(lambda: not held.is_sure())
            held.check()
            server.start()
            held.append(b"intent\n")
            until(held.is_sure)
            held.write("state", version(1), None)
        waiter.join()
        assert [problem.code for problem in reported] == ["STA206"]
        assert data(backend) == b"plan\nintent\n"
        backend.close()
        other.close()


def test_the_lock_of_a_process_that_died_with_the_server_is_free_after_a_part_of_its_lease(
    schema: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if missing():
        pytest.skip(missing())
    monkeypatch.setattr(taking, "_GRACE", 1 / 200)
    with postgres() as server:
        options = Options(server.conninfo(), schema, lease=200, patience=PATIENCE)
        backend, other = PgBackend(options), PgBackend(options)
        lock = backend.place("default").lock("apply", 0, ignore)
        held = lock.__enter__()
        held._is_ending = True
        held._session.close()
        server.restart()
        reported: list[Diagnostic] = []
        with refusal("STA201"), holding(other, 0):
            pytest.fail("its holder may come back")
        began = time.monotonic()
        with holding(other, PATIENCE, reported.append):
            assert 1 <= time.monotonic() - began < 200
            assert [problem.code for problem in reported] == ["STA206"]
        lock.__exit__(None, None, None)
        backend.close()
        other.close()


def _wait_for_it(backend: PgBackend, report: Callable[[Diagnostic], None]) -> None:
    with holding(backend, PATIENCE, report):
        report_of = backend.place("default").read()
        assert report_of is not None


def test_a_server_that_forgot_what_it_had_confirmed_is_not_written_to(opened: Open, pg_server: Postgres) -> None:
    backend = opened()
    with holding(backend) as held:
        held.begin(b"plan\n")
        held.append(b"intent 1\n")
        held.append(b"intent 2\n")
        pg_server.admin(f'DELETE FROM "{quoted(backend)}".journal WHERE number > 1')  # noqa: S608
        sessions_of(pg_server, ended=True)
        with proxy(pg_server.port), refusal("STA446") as problems:
            held.append(b"intent 3\n")
        assert "journal" in problems[0].detail
        with refusal("STA446"):
            held.append(b"intent 4\n")
        with refusal("STA446"):
            held.check()
    assert data(backend) == b"plan\n"


def test_a_server_that_is_away_is_said_to_be(opened: Open, pg_server: Postgres) -> None:
    with proxy(pg_server.port) as network:
        backend = opened(port=network.port, patience=0.5)
        with holding(backend) as held:
            held.begin(b"plan\n")
            network.close()
            with refusal("STA446") as problems:
                held.append(b"intent\n")
            assert "nothing listens there" in problems[0].detail
            assert not held.is_sure()
            with refusal("STA446"):
                held.write("state", version(1), None)
        with refusal("STA446") as problems:
            backend.place("default").read()
    assert problems[0].detail.count("127.0.0.1") == 1
    assert data(opened()) == b"plan\n"


def test_an_interrupt_ends_the_wait_for_a_server_that_hangs_without_a_word_to_it(
    schema: str, caplog: pytest.LogCaptureFixture
) -> None:
    if missing():
        pytest.skip(missing())

    def interrupt() -> None:
        until(lambda: network.lost == 1)
        os.kill(os.getpid(), signal.SIGINT)

    with postgres() as server, proxy(server.port) as network:
        backend = PgBackend(Options(server.conninfo(port=str(network.port)), schema, patience=PATIENCE))
        session = backend.access.connect()
        network.lose_reply_to(b"SELECT 1234567")
        threading.Thread(target=interrupt).start()
        with server.paused(), pytest.raises(KeyboardInterrupt):
            session.rows("SELECT 1234567")
        assert caplog.records == [], "psycopg tried to cancel the statement"
        assert session.is_broken
        backend.close()


def test_a_wait_for_a_server_that_hangs_is_given_up_at_a_second_signal(schema: str) -> None:
    if missing():
        pytest.skip(missing())

    def interrupt() -> None:
        until(lambda: network.lost == 1)
        os.kill(os.getpid(), signal.SIGINT)
        until(lambda: stop.gently)
        os.kill(os.getpid(), signal.SIGINT)

    with postgres() as server, proxy(server.port) as network, StopSignal().on_signals() as stop:
        backend = PgBackend(Options(server.conninfo(port=str(network.port)), schema, patience=PATIENCE))
        with holding(backend) as held:
            held.begin(b"plan\n")
            network.lose_reply_to(b"journal")
            threading.Thread(target=interrupt).start()
            given_up = Away("the database", "it had not answered")
            with server.paused(), stop.ending(given_up), refusal("STA446") as problems:
                held.append(b"intent\n")
            assert "it had not answered" in problems[0].detail
            with pytest.raises(Away):  # so that nothing asks the database again
                held.check()
        backend.close()


def test_a_server_that_hangs_is_as_good_as_away(opened: Open, monkeypatch: pytest.MonkeyPatch, schema: str) -> None:
    if missing():
        pytest.skip(missing())
    with postgres() as server:
        backend = PgBackend(Options(server.conninfo(connect_timeout="2"), schema, patience=1))
        with holding(backend) as held:
            held.begin(b"plan\n")
            with server.paused(), monkeypatch.context() as hasty, refusal("STA446"):
                hasty.setattr(sessions, "_STATEMENT_SECONDS", 0.5)
                held.append(b"intent\n")
            with refusal("STA446"):
                held.append(b"intent\n")
        assert data(backend) in (b"plan\n", b"plan\nintent\n")
        backend.close()
