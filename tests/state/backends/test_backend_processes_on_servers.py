"""Several processes and one lock, on each backend with its real server.

The suite takes 80 locks of each backend; `CL_LOCKS=1000` takes that many::

    CL_LOCKS=1000 pytest tests/state/backends/test_backend_processes_on_servers.py -k counter
"""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from planner.diagnostics import Diagnostic
from support import lock_worker
from support.backends import Spot, ignore, refusal, version
from support.watching import PATIENCE

LOCKS = int(os.environ.get("CL_LOCKS", "80"))


@pytest.fixture
def processes() -> Iterator[list[subprocess.Popen[str]]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


def said(process: subprocess.Popen[str], line: str = "") -> str:
    """The next line that a process says, or that one after all before it."""
    assert process.stdout is not None
    found = process.stdout.readline().strip()
    while line and found and found != line:
        found = process.stdout.readline().strip()
    assert found, "it said nothing more"
    return found


def data(spot: Spot) -> bytes:
    found = spot.open().place("default").journal()
    return found.data if found else b""


def test_a_counter_under_the_lock_loses_no_count_and_no_two_holders_overlap(
    spot: Spot, processes: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    inside = str(tmp_path / "inside")
    processes += [lock_worker.start(spot, count=LOCKS // 2, inside=inside) for _ in range(2)]
    for process in processes:
        assert said(process) == "counted"
        assert process.wait() == 0
    place = spot.open().place("default")
    found = place.read()
    assert found is not None
    assert int(found.text) == LOCKS // 2 * 2
    assert place.holder() is None
    if spot.has("history"):
        assert [kept.serial for kept in place.history()] == list(range(LOCKS, LOCKS - 20, -1))


def test_the_lock_of_a_process_that_was_killed_is_free(
    spot: Spot, processes: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    spot.needs("records")
    short = spot.but(lease="3s") if spot.has("lease") else spot
    processes.append(lock_worker.start(short, calls=str(tmp_path / "calls")))
    said(processes[0], "20")
    processes[0].kill()
    processes[0].wait()
    reported: list[Diagnostic] = []
    place = short.open().place("default")
    with place.lock("apply", PATIENCE, reported.append) as held:
        assert held.is_sure()
        intents, calls = data(spot).splitlines()[1:], (tmp_path / "calls").read_bytes().splitlines()
        assert len(calls) >= 20
        assert intents[: len(calls)] == [b"intent %d" % number for number in range(1, len(calls) + 1)]
        held.end_journal()
    if spot.server.is_free_at_once:
        assert [problem.code for problem in reported if problem.code != "STA206"] == []
    else:
        assert [problem.code for problem in reported] == ["STA206", "STA208"]


@pytest.mark.parametrize("point", ["before", "after"])
def test_a_holder_that_was_stopped_begins_nothing_after_a_takeover(
    point: str, spot: Spot, processes: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    spot.needs("lease")
    short, calls = spot.but(lease="3s"), tmp_path / "calls"
    processes.append(lock_worker.start(short, calls=str(calls), stop=point, at=10))
    said(processes[0], "9")
    os.waitid(os.P_PID, processes[0].pid, os.WSTOPPED)
    reported: list[Diagnostic] = []
    with refusal("STA201"), short.open().place("default").lock("apply", 0, ignore):
        pytest.fail("the lock of a holder that shows signs of life was taken")
    place = short.open().place("default")
    with place.lock("apply", PATIENCE, reported.append) as held:
        assert [problem.code for problem in reported] == ["STA206", "STA208"]
        journal = data(spot)
        assert journal.count(b"intent") == (9 if point == "before" else 10)
        processes[0].send_signal(signal.SIGCONT)
        assert said(processes[0]) == "STA207"
        assert processes[0].wait() == 1
        assert data(spot) == journal
        assert len(calls.read_bytes().splitlines()) == 9
        assert held.is_sure()
        held.write("state", version(1), None, ends_journal=True)
        held.end_journal()
    assert place.holder() is None


def test_a_holder_that_was_stopped_and_is_alone_goes_on(
    spot: Spot, processes: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    spot.needs("records")
    short = spot.but(lease="1s") if spot.has("lease") else spot
    processes.append(lock_worker.start(short, calls=str(tmp_path / "calls"), stop="after", at=10))
    said(processes[0], "9")
    os.waitid(os.P_PID, processes[0].pid, os.WSTOPPED)
    with pytest.raises(subprocess.TimeoutExpired):
        processes[0].wait(2)
    processes[0].send_signal(signal.SIGCONT)
    said(processes[0], "15")
    assert (tmp_path / "calls").read_bytes().splitlines()[:15] == [b"call %d" % number for number in range(1, 16)]


def test_a_server_that_restarts_in_the_middle_is_survived(
    spot: Spot, processes: list[subprocess.Popen[str]], tmp_path: Path
) -> None:
    spot.needs("records")
    if spot.server.stop is None or spot.server.start is None:
        pytest.skip(f"{spot.server.type} has no server")
    processes.append(lock_worker.start(spot, calls=str(tmp_path / "calls")))
    said(processes[0], "10")
    spot.server.stop()
    spot.server.start()
    before = len((tmp_path / "calls").read_bytes().splitlines())
    said(processes[0], str(before + 10))
    processes[0].kill()
    processes[0].wait()
    intents = data(spot).splitlines()[1:]
    calls = (tmp_path / "calls").read_bytes().splitlines()
    assert intents[: len(calls)] == [b"intent %d" % number for number in range(1, len(calls) + 1)]
    assert len(intents) <= len(calls) + 1
