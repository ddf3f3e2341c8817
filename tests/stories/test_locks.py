"""The lock, between real processes: who holds it is told, and only what is really stale is taken away."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from support.desk import Desk
from support.holding import hold
from support.somebody_else import cl_as_nobody, load_everything
from support.story_estates import PROVIDER, attach, enable, instances, vpc
from support.watching import PATIENCE, until


@pytest.fixture
def ready(desk: Desk) -> Desk:
    """A link is to be made, and the cloud will not answer."""
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    hanging = PROVIDER.replace("}", '  faults   = "faults.json"\n}')
    desk.write(
        main__hcl=hanging + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a"),
        faults__json=json.dumps([{"action": "AttachClassicLinkVpc", "kind": "hang", "seconds": 3600}]),
    )
    return desk


def at_work(desk: Desk) -> subprocess.Popen[str]:
    """An apply that holds the lock, and goes on to."""
    process = desk.start("apply", "-auto-approve", "-json")
    assert process.stdout is not None
    assert any('"apply_complete"' in line for line in process.stdout)
    return process


def lock_of(desk: Desk) -> Path:
    return desk.directory / "cl.state.json.lock"


def info_of(desk: Desk) -> dict[str, Any]:
    info: dict[str, Any] = json.loads(lock_of(desk).read_text())
    return info


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate(timeout=PATIENCE)


def test_the_lock_of_a_living_apply_is_waited_for_no_longer_than_asked_and_not_removed(ready: Desk) -> None:
    process = at_work(ready)
    info = info_of(ready)
    for command in (["state", "rm", "classiclink_vpc.shop"], ["apply", "-auto-approve"], ["refresh"]):
        messages = " ".join(ready.cl(*command, "-lock-timeout=1s", code=1).err.split())
        assert f"(process {process.pid} on {info['host']}) with cl apply since" in messages
        assert f"cl force-unlock {info['id']}" in messages
        assert process.poll() is None
    assert "Lock is not stale" in ready.cl("force-unlock", "-force", info["id"], code=1).err
    assert info["id"] in ready.cl("force-unlock", "-force", "another-id", code=1).err
    assert info_of(ready)["id"] == info["id"]
    end(process)


def test_the_lock_of_an_apply_that_was_killed_can_be_removed_or_taken_over(ready: Desk) -> None:
    end(at_work(ready))
    left = lock_of(ready).read_text()
    assert "Nothing was done" in ready.cl("force-unlock", info_of(ready)["id"], stdin="no\n", code=1).err
    forbidden = ready.cl("force-unlock", info_of(ready)["id"], stdin="yes\n", code=1, CL_INPUT="0").err
    assert "To go on without a question: --force." in forbidden
    assert "Removed the lock" in ready.cl("force-unlock", info_of(ready)["id"], stdin="yes\n", code=0).err
    assert not lock_of(ready).exists()
    lock_of(ready).write_text(left)
    ready.write(faults__json="[]")
    ready.cl("apply", "-auto-approve", code=0)
    assert not lock_of(ready).exists()


def test_a_lock_of_another_host_is_respected_until_its_holder_is_silent(ready: Desk) -> None:
    process = at_work(ready)
    process.send_signal(signal.SIGSTOP)  # so that it gives no sign of life
    info = info_of(ready)
    lock_of(ready).write_text(json.dumps({**info, "host": "elsewhere"}))
    assert "end it on elsewhere" in " ".join(ready.cl("force-unlock", "-force", info["id"], code=1).err.split())
    lock_of(ready).write_text(json.dumps({**info, "host": "elsewhere", "heartbeat": "2001-01-01T00:00:00Z"}))
    ready.cl("force-unlock", "-force", info["id"], code=0)
    end(process)


def test_an_empty_lock_file_blocks_no_command(ready: Desk) -> None:
    ready.write(faults__json="[]")
    lock_of(ready).touch()
    assert "No such lock" in ready.cl("force-unlock", "-force", "x", code=1).err
    ready.cl("apply", "-auto-approve", code=0)
    assert not lock_of(ready).exists()


def test_what_stands_in_the_place_of_the_lock_is_kept(ready: Desk) -> None:
    ready.write(faults__json="[]")
    before = (ready.directory / "main.hcl").read_text()
    for put in (lock_of(ready).symlink_to, lock_of(ready).hardlink_to):
        put(ready.directory / "main.hcl")
        assert "No such lock" in ready.cl("force-unlock", "-force", "x", code=1).err
        messages = ready.cl("apply", "-auto-approve", code=1).err
        assert "Not a lock" in messages
        assert (ready.directory / "main.hcl").read_text() == before
        lock_of(ready).unlink()
    lock_of(ready).write_text("garbage")
    messages = ready.cl("apply", "-auto-approve", code=1).err
    (aside,) = [line.split("mv ")[1].split() for line in messages.splitlines() if "mv " in line]
    (ready.directory / aside[0]).rename(ready.directory / aside[1])
    ready.cl("apply", "-auto-approve", code=0)
    assert (ready.directory / "cl.state.json.lock.aside").read_text() == "garbage"


def test_a_directory_in_the_place_of_the_lock_is_reported(ready: Desk) -> None:
    lock_of(ready).mkdir()
    assert "Lock cannot be written" in ready.cl("apply", "-auto-approve", "-lock-timeout=5m", code=1).err
    assert "No such lock" in ready.cl("force-unlock", "-force", "x", code=1).err


@pytest.fixture
def shared() -> Iterator[Path]:
    """A directory that everybody may read."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_a_directory_or_a_lock_that_may_not_be_written_is_reported_at_once(shared: Path) -> None:
    desk = Desk(shared)
    desk.write(main__hcl="")
    load_everything()

    def tried() -> str:
        code, said = cl_as_nobody(["state", "rm", "-lock-timeout=5m", "classiclink_vpc.shop"], shared)
        assert (code, "Traceback" in said) == (1, False), said
        return " ".join(said.split())

    assert "Lock cannot be written STA203 cl.state.json.lock: Permission denied." in tried()
    lock_of(desk).touch(mode=0o600)
    assert "chmod u+rw cl.state.json.lock" in tried()


def test_what_a_lock_file_says_cannot_steer_the_terminal(ready: Desk) -> None:
    said = {"who": "\x1b[31mroot\x07", "host": "h\x1b[2J", "operation": "apply\u202e"}
    moment = "2026-01-01T00:00:00+00:00"
    info = {"id": "abc", "pid": 1, "since": moment, "heartbeat": moment, **said}
    lock_of(ready).write_text(json.dumps(info))
    for arguments in ([], ["--force"]):
        messages = ready.cl("force-unlock", *arguments, "abc", stdin="no\n").err
        assert r"\u001b[31mroot\u0007" in messages
        assert not {"\x1b", "\x07", "\u202e"} & set(messages)


def test_an_apply_that_wakes_after_its_lock_was_taken_over_changes_nothing_more(desk: Desk) -> None:
    faulty = PROVIDER.replace("}", '  faults     = "faults.json"\n  latency_ms = 100\n}')
    links = "".join(attach(f"n{number}", f"i-000{number}", "vpc-a") for number in range(1, 9))
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(9))
    desk.write(main__hcl=faulty + enable("shop", "vpc-a") + links)
    release = hold(desk)
    process = desk.start("apply", "-auto-approve", "-json", "-parallelism=1")
    assert process.stdout is not None
    completed = (line for line in process.stdout if '"apply_complete"' in line)
    next(completed), next(completed)
    until(lambda: len(desk.calls()) == 3)  # it waits for the answer to the third, and blocks no other caller
    process.send_signal(signal.SIGSTOP)
    release()
    lock_of(desk).unlink()
    desk.cl("apply", "-auto-approve", code=0)
    after = (desk.directory / "cl.state.json").read_bytes()
    process.send_signal(signal.SIGCONT)
    rest, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1
    assert '"STA207"' in rest
    assert (desk.directory / "cl.state.json").read_bytes() == after
    assert not (desk.directory / "cl.state.json.journal").exists()
    assert "No changes" in desk.cl("plan", code=0).out
