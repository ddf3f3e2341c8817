"""The lock: one holder, named; gone with its process."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
import threading
from itertools import count
from pathlib import Path

import pytest
from msgspec.structs import asdict

from planner.diagnostics import Diagnostic, StateError
from planner.state.backends.local import lock as lock_module
from planner.state.backends.local.lock import force_unlock, holder, lock
from planner.state.backends.protocol import LockInfo
from planner.values import replace
from support.watching import PATIENCE, until


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cl.state.json.lock"


def locked_by_child(path: Path) -> int:
    """A process that holds the lock until it is killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        with lock(path, "apply"):
            os.write(writing, b"x")
            signal.pause()
        os._exit(0)
    os.close(writing)
    assert os.read(reading, 1) == b"x"
    os.close(reading)
    return child


def kill(child: int) -> None:
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def test_the_lock_says_who_holds_it_and_leaves_nothing_behind(path: Path) -> None:
    with lock(path, "apply") as info:
        assert holder(path) == info
        assert (info.pid, info.operation) == (os.getpid(), "apply")
    assert not path.exists()
    assert holder(path) is None


def test_a_second_one_is_refused_with_the_name_of_the_first(path: Path) -> None:
    child = locked_by_child(path)
    with pytest.raises(StateError) as caught, lock(path, "apply"):
        pass
    kill(child)
    [problem] = caught.value.diagnostics
    assert problem.code == "STA201"
    assert f"process {child}" in problem.detail
    assert "since 20" in problem.detail


def test_the_lock_of_a_killed_process_is_free(path: Path) -> None:
    kill(locked_by_child(path))
    assert path.exists()
    assert holder(path) is None
    with lock(path, "apply") as info:
        assert info.pid == os.getpid()


def test_a_waiter_gets_the_lock_when_it_is_let_go(path: Path) -> None:
    got = threading.Event()
    messages: list[Diagnostic] = []

    def wait_for_it() -> None:
        with lock(path, "apply", timeout=PATIENCE, report=messages.append):
            got.set()

    with lock(path, "state mv") as info:
        waiter = threading.Thread(target=wait_for_it)
        waiter.start()
        until(lambda: bool(messages))
        assert not got.is_set()
    waiter.join(PATIENCE)
    assert got.is_set()
    assert [problem.code for problem in messages] == ["STA206"]
    assert str(info) in messages[0].detail


def test_only_one_of_many_holds_it_at_a_time(path: Path) -> None:
    inside: list[int] = []
    most = 0

    def work(number: int) -> None:
        nonlocal most
        with lock(path, "apply", timeout=PATIENCE):
            inside.append(number)
            most = max(most, len(inside))
            inside.remove(number)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert most == 1
    assert not path.exists()


def test_the_lock_of_a_living_process_is_not_removed(path: Path) -> None:
    child = locked_by_child(path)
    info = holder(path)
    assert info is not None
    with pytest.raises(StateError) as caught:
        force_unlock(path, info.id)
    assert caught.value.diagnostics[0].code == "STA204"
    with pytest.raises(StateError) as caught:
        force_unlock(path, "another id")
    assert caught.value.diagnostics[0].code == "STA202"
    kill(child)
    assert force_unlock(path, info.id) == info
    assert not path.exists()


def test_a_holder_on_another_host_is_stale_only_without_a_sign_of_life(path: Path) -> None:
    with lock(path, "apply") as info:
        away = replace(info, host="elsewhere", heartbeat="2001-01-01T00:00:00Z")
        path.write_text(json.dumps(asdict(replace(away, heartbeat=info.heartbeat))))
        with pytest.raises(StateError):
            force_unlock(path, info.id)
        path.write_text(json.dumps(asdict(away)))
        assert force_unlock(path, info.id) == away


def test_where_there_is_no_lock_there_is_nothing_to_unlock(path: Path) -> None:
    with pytest.raises(StateError) as caught:
        force_unlock(path, "x")
    assert caught.value.diagnostics[0].code == "STA202"


NAMES_NO_HOLDER = {
    "empty": "",
    "zeros": "\0" * 300,
    "one character": "{",
    "cut short": '{\n  "id": "0f0e", "who": "ro',
    "numbers": json.dumps(dict.fromkeys(LockInfo.__annotations__, 7)),
    "no time": json.dumps({**dict.fromkeys(LockInfo.__annotations__, "x"), "pid": 1}),
    "no time zone": json.dumps({**dict.fromkeys(LockInfo.__annotations__, "2001-01-01T00:00:00"), "pid": 1}),
}


@pytest.mark.parametrize("text", NAMES_NO_HOLDER.values(), ids=NAMES_NO_HOLDER)
def test_a_file_that_names_no_holder_is_no_lock_and_is_taken_over(path: Path, text: str) -> None:
    path.write_text(text)
    assert holder(path) is None
    with pytest.raises(StateError) as caught:
        force_unlock(path, "2001-01-01T00:00:00")
    assert caught.value.diagnostics[0].code == "STA202"
    with lock(path, "apply") as info:
        assert holder(path) == info
    assert not path.exists()


SOMETHING_ELSE = {
    "words": "hello",
    "not text": "\udcff",
    "nested": "[" * 100_000,
    "a list": "[1]",
    "an object": "{}",
    "a state": '{"version": 1, "serial": 3, "lineage": "l"}',
    "an object with an id": '{\n  "id": "x"\n}\n',
    "much": '{\n  "id": "' + "x" * 1_000_000,
}


def refused(path: Path) -> Diagnostic:
    with pytest.raises(StateError) as caught, lock(path, "apply"):
        pass
    [problem] = caught.value.diagnostics
    return problem


@pytest.mark.parametrize("text", SOMETHING_ELSE.values(), ids=SOMETHING_ELSE)
def test_a_file_that_holds_something_else_is_not_written_to(path: Path, text: str) -> None:
    path.write_text(text, errors="surrogateescape")
    path.chmod(0o644)
    before = path.read_bytes()
    problem = refused(path)
    assert problem.code == "STA205"
    assert f"mv {path} {path}.aside\n" in str(problem.remedy)
    assert path.read_bytes() == before
    assert path.stat().st_mode & 0o777 == 0o644


def test_what_a_link_leads_to_and_what_has_another_name_is_not_written_to(path: Path) -> None:
    precious = path.with_name("precious.txt")
    for text in ("precious", ""):
        precious.write_text(text)
        precious.chmod(0o644)
        for put in (path.symlink_to, path.hardlink_to):
            put(precious)
            problem = refused(path)
            assert problem.code == "STA205"
            assert ("is a link" if path.is_symlink() else "has another name") in problem.detail
            path.unlink()
            assert precious.read_text() == text
            assert precious.stat().st_mode & 0o777 == 0o644
    path.symlink_to(path.with_name("nowhere"))
    assert refused(path).code == "STA205"
    assert not path.with_name("nowhere").exists()


def test_a_pipe_in_the_place_of_the_lock_is_reported(path: Path) -> None:
    os.mkfifo(path)
    assert "is not a regular file" in refused(path).detail


@pytest.mark.parametrize("text", ["", "hello", "[" * 100_000])
def test_a_holder_that_does_not_say_who_it_is_still_holds_the_lock(path: Path, text: str) -> None:
    child = locked_by_child(path)
    path.write_text(text)
    with pytest.raises(StateError) as caught, lock(path, "apply"):
        pass
    assert caught.value.diagnostics[0].code == "STA201"
    with pytest.raises(StateError) as caught:
        force_unlock(path, "x")
    assert caught.value.diagnostics[0].code == "STA202"
    assert path.exists()
    kill(child)


def test_where_the_file_system_has_no_locks_that_is_reported(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def without_locks(_fd: int, _how: int) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", without_locks)
    with pytest.raises(StateError) as caught, lock(path, "apply"):
        pass
    assert caught.value.diagnostics[0].code == "STA203"
    assert "file system that has locks" in str(caught.value.diagnostics[0].remedy)


def test_the_holder_shows_signs_of_life(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moments = count(1)
    monkeypatch.setattr(lock_module, "HEARTBEAT_SECONDS", 0.001)
    monkeypatch.setattr(lock_module, "now", lambda: f"2026-01-01T00:00:{next(moments) % 60:02}Z")
    with lock(path, "apply") as info:
        while (seen := holder(path)) is None or seen.heartbeat == info.heartbeat:
            pass
        assert seen == replace(info, heartbeat=seen.heartbeat)
