"""A runner that is killed in the middle of an apply, and whose directory is gone: the next one elsewhere ends the job.

The real `cl` against each backend on its real server; the simulated cloud is kept outside of the runners. The suite
kills three runners a backend. `CL_KILLS=all` kills twenty, and lets servers stay away for good::

    CL_KILLS=all pytest tests/state/backends/test_runner_kills_on_servers.py
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.backends import KINDS, Servers, Spot
from support.runners import APPLY, Estate, Runner, ended
from support.watching import until

EVERY = os.environ.get("CL_KILLS") == "all"
ROUNDS = 20 if EVERY else 3
POINTS = 115
"""How many points `support.killed_cl` has in such an apply, more or less: how many records share a write differs."""
FEWEST = 30
"""How many it has whatever shares a write: two for each call to the cloud."""


@pytest.fixture(scope="module")
def estate(tmp_path_factory: pytest.TempPathFactory) -> Estate:
    return Estate.make(tmp_path_factory.mktemp("estate") / "desk")


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def first_runner(spot: Spot, estate: Estate, directory: Path, settings: str = "") -> Runner:
    """A runner on a backend that has the state of before the change."""
    directory.mkdir(exist_ok=True)
    cloud = estate.copy_cloud(directory / "cloud")
    runner = Runner(directory / "first", cloud, spot).set_up(settings)
    code, said = runner.cl("state", "push", estate.state)
    assert code == 0, said
    return runner


def next_runner(runner: Runner) -> Runner:
    """Another one, after all that this one had is gone."""
    shutil.rmtree(runner.directory)
    return Runner(runner.directory.with_name("next"), runner.cloud, runner.spot).set_up()


def place_of(servers: Servers, kind: str) -> Spot:
    spot = servers.spot(kind)
    return spot.but(lease="3s") if spot.has("lease") else spot


def unlock(spot: Spot) -> None:
    """As a person does where a lock stays until then."""
    if not spot.has("lease") and not spot.server.is_free_at_once:
        spot.steal("default")


def test_a_runner_that_is_killed_anywhere_is_followed_by_one_elsewhere(
    kind: str, servers: Servers, estate: Estate, tmp_path: Path
) -> None:
    chosen = [POINTS * (2 * number + 1) // (2 * ROUNDS) for number in range(ROUNDS)]
    killed = 0
    for point in chosen:
        runner = first_runner(place_of(servers, kind), estate, tmp_path / f"killed at {point}")
        code, said = runner.cl(*APPLY, point=point)
        assert code in (-signal.SIGKILL, 0), said
        killed += code != 0
        other = next_runner(runner)
        unlock(other.spot)
        code, said = other.cl(*APPLY)
        assert code == 0, f"point {point} of {chosen}: {said}"
        estate.assert_all_is_as_declared(other)
        shutil.rmtree(runner.directory.parent)
    assert killed >= sum(point <= FEWEST for point in chosen)


def calls(runner: Runner) -> int:
    log = runner.cloud / "calls.jsonl"
    return len(log.read_text().splitlines()) if log.exists() else 0


def wait_for_calls(runner: Runner, least: int) -> None:
    until(lambda: calls(runner) >= least)


@dataclass(frozen=True)
class Cut:
    """An apply whose server was stopped in the middle of it."""

    spot: Spot
    runner: Runner
    process: subprocess.Popen[str]
    start: Callable[[], object]


@pytest.fixture
def cut(kind: str, servers: Servers, estate: Estate, tmp_path: Path) -> Cut:
    spot = servers.spot(kind)
    if spot.server.stop is None or spot.server.start is None:
        pytest.skip(f"{kind} has no server")
    runner = first_runner(spot, estate, tmp_path / "runner", "latency_ms = 150")
    process = runner.start(*APPLY)
    wait_for_calls(runner, 5)
    spot.server.stop()
    return Cut(spot, runner, process, spot.server.start)


def test_a_server_that_restarts_in_the_middle_of_an_apply_is_survived(cut: Cut, estate: Estate) -> None:
    time.sleep(1)
    cut.start()
    code, said = ended(cut.process)
    assert code == 0, said
    estate.assert_all_is_as_declared(cut.runner)


@pytest.mark.skipif(not EVERY, reason="takes minutes; CL_KILLS=all")
def test_a_server_that_stays_away_ends_the_apply_within_two_minutes_and_nothing_is_lost(
    cut: Cut, estate: Estate
) -> None:
    began = time.monotonic()
    try:
        code, said = ended(cut.process)
        assert code == 1, said
        assert "STA446" in said
        assert time.monotonic() - began < 120
        code, said = cut.runner.cl("plan")
        assert code == 1, said
        assert "STA446" in said
        assert time.monotonic() - began < 240
    finally:
        cut.start()
    other = next_runner(cut.runner)
    unlock(cut.spot)
    code, said = other.cl(*APPLY)
    assert code == 0, said
    estate.assert_all_is_as_declared(other)


def test_no_secret_is_shown(kind: str, servers: Servers, estate: Estate, tmp_path: Path) -> None:
    """What `cl` leaves in the directory of a runner, and what it says, has no secret of the environment."""
    spot = servers.spot(kind)
    secrets = [value for name, value in spot.server.environment.items() if "SECRET" in name or "PASSWORD" in name]
    runner = first_runner(spot, estate, tmp_path / "runner")
    code, said = runner.cl("plan", "--out", "plan.json", "--json")
    assert code == 0, said
    left = {path: path.read_bytes() for path in runner.directory.rglob("*") if path.is_file()}
    assert left
    for secret in secrets:
        assert secret not in said
        assert not [path for path, text in left.items() if secret.encode() in text]
    assert json.loads(left[runner.directory / "plan.json"])
