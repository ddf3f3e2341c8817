"""What a pipeline's surroundings do to `cl`: closed and full outputs, waiting, two at once."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import pytest

from planner.state.model import State
from planner.values import replace
from support.desk import Desk
from support.holding import hold
from support.stores import FileStore
from support.story_estates import PROVIDER, attach, enable, instances, vpc
from support.watching import PATIENCE


@pytest.fixture
def ready(desk: Desk) -> Desk:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(20))
    links = "".join(attach(f"n{n}", f"i-{n:04}", "vpc-a") for n in range(1, 21))
    settings = '  latency_ms = 20\n  faults     = "faults.json"\n}'
    desk.write(main__hcl=PROVIDER.replace("}", settings) + enable("shop", "vpc-a") + links, faults__json="[]")
    return desk


@pytest.mark.parametrize("redirection", [">&-", ">/dev/full", "| head -c 5 >/dev/null"])
def test_an_output_that_takes_nothing_is_no_bug(ready: Desk, redirection: str) -> None:
    for command in ("version", "plan", "plan --json", "rules"):
        done = subprocess.run(
            ["bash", "-c", f"{sys.executable} -m planner.cli.main {command} {redirection}"],
            cwd=ready.directory,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr
        assert "bug in cl" not in done.stderr
        if "full" in redirection:
            assert "standard output cannot be written" in done.stderr
            assert done.returncode == 1


def test_a_second_apply_waits_for_the_first_and_then_has_nothing_to_do(ready: Desk) -> None:
    command = [sys.executable, "-m", "planner.cli.main", "apply", "-auto-approve", "-lock-timeout=300s"]
    both = [
        subprocess.Popen(command, cwd=ready.directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    ended = [process.communicate(timeout=PATIENCE) for process in both]
    assert [process.returncode for process in both] == [0, 0], ended
    assert len(ready.calls()) == 21
    assert sum("No changes" in out for out, _ in ended) == 1


def test_without_waiting_the_second_apply_is_shown_who_is_at_work(ready: Desk) -> None:
    release = hold(ready)
    first = ready.start("apply", "-auto-approve", "-json")
    assert first.stdout is not None
    assert any('"apply_start"' in line for line in first.stdout)
    try:
        err = ready.cl("apply", "-auto-approve", code=1).err
    finally:
        release()
        first.communicate(timeout=PATIENCE)
    assert "cl apply" in err
    assert f"process {first.pid}" in err
    assert first.returncode == 0
    assert len(ready.calls()) == 21


def test_errors_of_an_apply_are_events_too(ready: Desk) -> None:
    ready.cl("plan", "-out=p.json", code=0)
    ready.cl("apply", "p.json", code=0)
    again = ready.cl("apply", "-json", "p.json", code=1)
    events = [json.loads(line) for line in again.out.splitlines()]
    assert [event["type"] for event in events] == ["version", "diagnostic"]
    assert "applied" in again.err


def test_a_journal_that_cannot_be_read_is_kept_and_reported(ready: Desk) -> None:
    ready.cl("apply", "-auto-approve", code=0)
    journal = ready.directory / "cl.state.json.journal"
    journal.write_text("hello\nworld\n")
    assert "journal" in ready.cl("apply", "-auto-approve", code=1).err
    assert journal.read_text() == "hello\nworld\n"


@pytest.mark.parametrize("path", [".", "./", "/", "..", "a\\u0000b", ""])
def test_a_state_is_kept_in_nothing_but_a_file(ready: Desk, path: str) -> None:
    ready.write(backend__hcl=f'cl {{\n  backend "local" {{\n    path = "{path}"\n  }}\n}}\n')
    assert "STA442" in ready.cl("plan", code=1).err


def test_the_local_backend_keeps_the_state_where_its_setting_says(ready: Desk) -> None:
    text = (ready.directory / "main.hcl").read_text()
    ready.write(main__hcl='cl {\n  backend "local" {\n    path = "states/prod.json"\n  }\n}\n' + text)
    ready.cl("apply", "-auto-approve", code=0)
    assert (ready.directory / "states" / "prod.json").exists()
    assert not (ready.directory / "cl.state.json").exists()
    assert len(ready.state_addresses()) == 21
    ready.write(main__hcl='cl {\n  backend "s3" {\n  }\n}\n' + text)
    assert "main.hcl line 2" in ready.cl("plan", code=1).err


def as_nobody() -> None:
    """Root may read files that the umask forbids: become another user, where that is possible."""
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)


@pytest.mark.parametrize("umask", [0o777, 0o377, 0])
def test_what_is_kept_is_its_owners_alone_whatever_the_umask(umask: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o777)
        child = os.fork()
        if child == 0:
            as_nobody()
            os.umask(umask)
            os._exit(0 if set(modes_of_all_that_is_kept(Path(folder) / "states" / "s.json")) == {0o600} else 1)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def modes_of_all_that_is_kept(path: Path) -> list[int]:
    """The modes of the state, its backup, its journal and its lock, all written now."""
    store = FileStore(path)
    with store.locked("apply"):
        first = store.write(State(applied_plans=("p",)), operation="apply")
        store.write(replace(first, applied_plans=("p", "q")), operation="apply")
        store.begin_journal({"plan_id": "r", "steps": []}).close()
        kept = (store.path, store.backup_path, store.journal_path, store.lock_path)
        return [stat.S_IMODE(one.stat().st_mode) for one in kept]


def test_an_apply_under_a_umask_that_takes_everything_can_be_gone_on_with(ready: Desk) -> None:
    before = os.umask(0o777)
    try:
        ready.cl("workspace", "new", "blue", code=0)
        ready.cl("plan", "-out=p.json", code=0)
        ready.cl("apply", "p.json", code=0)
        ready.cl("state", "rm", "classiclink_attachment.n1", code=0)
    finally:
        os.umask(before)
    states = ready.directory / "cl.state.d" / "blue"
    assert stat.S_IMODE(states.stat().st_mode) & 0o700 == 0o700
    for path in (ready.directory / "p.json", *(found for found in states.rglob("*") if found.is_file())):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_force_unlock_asks_only_where_there_is_such_a_lock(ready: Desk) -> None:
    ended = ready.cl("force-unlock", "abc", stdin="yes\n", code=1)
    assert "Remove the lock of" not in ended.err
    assert "lock" in ended.err


def test_a_user_whose_name_is_no_text_can_apply(ready: Desk) -> None:
    ready.cl("apply", "-auto-approve", "-json", code=0, LOGNAME="\udcff\udcfe")
    assert len(ready.state_addresses()) == 21
    assert json.loads((ready.directory / "cl.state.json").read_text())["written"]["by"].startswith(r"\udcff\udcfe@")


def test_the_value_of_a_variable_that_is_no_text_is_kept_as_far_as_it_is(ready: Desk) -> None:
    text = (ready.directory / "main.hcl").read_text()
    outputs = "".join(f'variable "{name}" {{}}\noutput "{name}" {{\n  value = var.{name}\n}}\n' for name in "abc")
    ready.write(main__hcl=text + outputs, cl__clvars__json='{"b": "x\\ud800"}')
    ready.cl("apply", "-auto-approve", "--var=c=\udcff\udcfe", code=0, CL_VAR_a="\udcff")
    found = ready.cl("output", "-json", code=0).json
    assert [found[name]["value"] for name in "abc"] == ["\ufffd", "x\ufffd", "\ufffd\ufffd"]


def test_a_log_that_cannot_be_written_is_reported(ready: Desk) -> None:
    ended = ready.cl("version", code=64, CL_LOG="debug", CL_LOG_PATH="nowhere/cl.log")
    assert "CL_LOG_PATH in the environment cannot be written to" in ended.err


def in_bash(desk: Desk, line: str) -> subprocess.CompletedProcess[str]:
    """Run a line of `bash`, in which `cl` is the command."""
    command = f'cl() {{ "{sys.executable}" -m planner.cli.main "$@"; }}; {line}'
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=desk.directory,
        env=desk.environment,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert "Traceback" not in done.stderr
    assert "bug in cl" not in done.stderr
    return done


@pytest.mark.parametrize("closed", ["<&-", "0>/dev/null", "</dev/null"])
def test_without_an_input_there_is_no_consent_and_nothing_is_pushed(ready: Desk, closed: str) -> None:
    asked = in_bash(ready, f"cl apply {closed}")
    assert asked.returncode == 1
    assert "Nothing was done." in asked.stderr
    for command, code in (("state push -", 1), ("fmt -", 0), ("console", 0)):
        if closed != "0>/dev/null":
            assert in_bash(ready, f"cl {command} {closed}").returncode == code
    assert ready.calls() == []


@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_without_its_outputs_an_apply_is_still_done(ready: Desk, closed: str) -> None:
    assert in_bash(ready, f"cl apply --auto-approve {closed}").returncode == 0
    assert len(ready.state_addresses()) == 21
    for path in (found for found in ready.directory.rglob("*") if found.is_file()):
        assert "done (" not in path.read_text(), "what was meant for a stream is in a file"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8:strict"])
def test_what_is_printed_is_utf_8_wherever_it_is_printed(ready: Desk, encoding: str) -> None:
    assert "→ vpc-a" in ready.cl("plan", code=0, PYTHONIOENCODING=encoding).out
    assert "No such output" in ready.cl("output", "\udcff", code=1, PYTHONIOENCODING=encoding).err


def test_an_interrupt_while_cl_is_being_loaded_ends_it_without_a_word(ready: Desk) -> None:
    ready.write(click__py="import os, signal, time\nos.kill(os.getpid(), signal.SIGINT)\ntime.sleep(60)\n")
    command = [sys.executable, "-m", "planner", "apply", "-auto-approve"]
    done = subprocess.run(command, cwd=ready.directory, capture_output=True, text=True, check=False, timeout=PATIENCE)
    assert (done.returncode, done.stdout, done.stderr) == (130, "", "")


def test_the_command_that_is_installed_is_the_one_that_can_be_interrupted() -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"] == {"cl": "planner.__main__:start"}


def test_an_apply_makes_do_with_the_threads_that_there_is_memory_for(ready: Desk) -> None:
    done = in_bash(ready, "ulimit -v 150000; cl apply --auto-approve --parallelism=300")
    assert done.returncode == 0
    assert len(ready.state_addresses()) == 21


def test_a_lack_of_memory_is_reported_as_that(ready: Desk) -> None:
    done = in_bash(ready, "truncate -s 900M cl.state.json; ulimit -v 1000000; cl plan")
    assert done.returncode == 1
    assert "run out of memory" in done.stderr
