"""A state on GitLab: runners that die, a server that goes away, and replies that get lost, by real processes.

`CL_ROUNDS=20` kills so many runners, at moments that are evenly apart.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from support.desk import Desk
from support.gitlab_state import Fault, GitLab, Running
from support.holding import hold
from support.story_estates import attach, enable, instances, vpc
from support.watching import PATIENCE

ROUNDS = int(os.environ.get("CL_ROUNDS", "2"))
LINKS = 30
APPLY = ("apply", "-auto-approve", "-parallelism=4")
BACKEND = 'cl {\n  backend "http" {}\n}\n'


@dataclass
class Team:
    """A cloud and a GitLab that stay, and runners that come and go."""

    cloud: Desk
    server: Running
    place: Path
    runners: int = 0
    environment: dict[str, str] = field(default_factory=dict)

    @property
    def gitlab(self) -> GitLab:
        return self.server.gitlab

    def runner(self) -> Desk:
        """A machine with nothing but the configuration and the variables of the pipeline."""
        self.runners += 1
        runner = Desk(self.place / f"runner-{self.runners}")
        runner.directory.mkdir()
        where = self.cloud.directory
        provider = f'provider "mock" {{\n  world = "{where}/world.json"\n  call_log = "{where}/calls.jsonl"\n'
        provider += f'  faults = "{where}/faults.json"\n'
        links = "".join(attach(f"n{n}", f"i-{n:04}", "vpc-a") for n in range(1, LINKS + 1))
        runner.write(
            main__hcl=provider + "  latency_ms = 20\n}\n" + enable("shop", "vpc-a") + links, backend__hcl=BACKEND
        )
        settings = self.gitlab.settings()
        runner.environment |= {f"CL_HTTP_{name.upper()}": str(value) for name, value in settings.items()}
        runner.environment |= self.environment
        return runner

    def assert_all_is_done_once(self) -> None:
        calls = Counter((action, instance) for action, instance, _, _ in self.cloud.calls())
        assert len(calls) == LINKS + 1
        assert set(calls.values()) == {1}, "a call was made twice"
        assert len(self.cloud.links()) == LINKS

    def finish(self) -> None:
        """The next runner: it is told of the lock that stayed, removes it, and ends the job."""
        runner = self.runner()
        if self.gitlab.state().lock is not None:
            err = runner.cl("state", "rm", "classiclink_vpc.shop", code=1).err
            assert "STA201" in err
            found = re.search(r"force-unlock (\S+)", err)
            assert found is not None
            runner.cl("force-unlock", "-force", found[1], code=0)
        runner.cl(*APPLY, code=0)
        self.assert_all_is_done_once()
        assert len(runner.state_addresses()) == LINKS + 1
        assert "No changes" in self.runner().cl("plan", code=0).out
        assert self.gitlab.state().lock is None


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    cloud = Desk(tmp_path / "cloud")
    cloud.directory.mkdir()
    cloud.world(vpcs=[vpc("vpc-a")], instances=instances(LINKS))
    cloud.write(faults__json="[]")
    server = Running(GitLab())
    try:
        yield Team(cloud, server, tmp_path)
    finally:
        server.stop()


def killed(runner: Desk, process: subprocess.Popen[str]) -> None:
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=PATIENCE)
    shutil.rmtree(runner.directory)


@pytest.mark.parametrize("begun", [1 + number * LINKS // ROUNDS for number in range(ROUNDS)])
def test_the_next_runner_ends_what_a_killed_one_began(team: Team, begun: int) -> None:
    runner = team.runner()
    release = hold(team.cloud, nth=LINKS)
    process = runner.start(*APPLY, "-json")
    assert process.stdout is not None
    for line in process.stdout:
        begun -= '"apply_complete"' in line
        if begun <= 0:
            break
    killed(runner, process)
    release()
    team.gitlab.settle()
    assert team.gitlab.state().lock is not None
    team.finish()


def test_what_a_killed_runner_leaves_is_sealed_where_a_key_is_set(team: Team) -> None:
    team.environment = {"CL_ENCRYPTION_PASSPHRASE": "a long passphrase of a team"}
    runner = team.runner()
    process = runner.start(*APPLY, "-json")
    assert process.stdout is not None
    assert any('"apply_complete"' in line for line in process.stdout)
    killed(runner, process)
    team.gitlab.settle()
    team.finish()
    kept = b"".join(team.gitlab.state().versions.values())
    assert b"i-0001" not in kept
    assert b"vpc-a" not in kept


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("request_number", range(1, 8))
def test_a_runner_killed_at_any_request_leaves_a_whole_document(team: Team, request_number: int, moment: str) -> None:
    """The requests: state and journal are read, then lock, read, plan, state, end of the journal, unlock."""
    runner, writing = team.runner(), ("POST", "DELETE")
    seen, started = 0, threading.Event()

    def kill(method: str, _path: str) -> None:
        nonlocal seen
        started.wait(PATIENCE)
        seen += method in writing
        if seen == request_number and process.poll() is None:
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE)

    if moment == "before":
        team.gitlab.before_work = kill
    else:
        team.gitlab.before_reply = kill
    process = runner.start(*APPLY)
    started.set()
    process.communicate(timeout=PATIENCE)
    team.gitlab.settle()
    team.gitlab.before_work = team.gitlab.before_reply = lambda _method, _path: None
    shutil.rmtree(runner.directory)
    team.finish()


def test_replies_that_get_lost_change_nothing(team: Team) -> None:
    for method in ("GET", "POST", "POST lock", "DELETE lock"):
        team.gitlab.fail(method, Fault(drop="reply"), None, Fault(drop="reply"))
    team.runner().cl(*APPLY, code=0)
    team.assert_all_is_done_once()
    team.finish()


def test_a_server_that_restarts_in_the_middle_of_an_apply_is_survived(team: Team) -> None:
    restarted = threading.Event()

    def restart(method: str, _path: str) -> None:
        if method == "POST" and len(team.gitlab.state().versions) == 1 and not restarted.is_set():
            restarted.set()
            threading.Thread(target=again).start()

    def again() -> None:
        team.server.stop()
        team.server.start()

    team.gitlab.before_reply = restart
    team.runner().cl(*APPLY, code=0)
    assert restarted.is_set()
    team.finish()


def test_a_server_that_is_gone_ends_the_command_and_loses_nothing(team: Team) -> None:
    runner = team.runner()
    team.server.stop()
    err = runner.cl(*APPLY, code=1, CL_HTTP_RETRY_MAX="2", CL_HTTP_RETRY_WAIT_MIN="3").err
    assert "STA446" in err
    assert "Connection refused" in err
    assert "/state/web has not answered for 2 s." in " ".join(err[: err.index("STA446")].split())
    team.server.start()
    team.finish()


def test_a_process_that_lost_the_lock_writes_no_state(team: Team) -> None:
    def steal(method: str, _path: str) -> None:
        if method == "POST" and len(team.gitlab.state().versions) == 1:
            team.gitlab.state().lock = {"ID": "of-another", "Who": "bob", "Created": "now"}

    team.gitlab.before_reply = steal
    runner = team.runner()
    err = runner.cl(*APPLY, code=1).err
    assert "STA207" in err
    assert sorted(team.gitlab.state().versions) == [1]
    team.gitlab.before_reply = lambda _method, _path: None
    team.finish()
