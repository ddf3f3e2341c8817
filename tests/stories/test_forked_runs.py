"""The runs of stories are forked from a process that has loaded everything: they are as those that are started."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable

import pytest

from support.desk import Desk
from support.watching import PATIENCE, sleeps, until


@pytest.mark.parametrize(
    ("words", "stdin"),
    [
        (["version"], ""),
        (["plan"], ""),
        (["plan", "--no-such-option"], ""),
        (["apply"], "no\n"),
        (["validate", "--json"], ""),
        (["console"], 'upper("é")\n1 / 0\n'),
        (["state", "list"], ""),
        (["show", "no-such-file"], ""),
        (["--chdir=nowhere", "plan"], ""),
    ],
)
def test_a_forked_run_ends_and_says_the_same_as_a_started_one(
    fixture_desk: Callable[[str], Desk], words: list[str], stdin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = fixture_desk("quickstart")
    forked = desk.cl(*words, stdin=stdin)
    monkeypatch.setenv("CL_STARTS", "real")
    assert forked == desk.cl(*words, stdin=stdin)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="knows the number of a system call")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_forked_run_is_a_child_of_the_test_and_heeds_signals(
    fixture_desk: Callable[[str], Desk], number: signal.Signals
) -> None:
    desk = fixture_desk("quickstart")
    desk.write(faults__json='[{"action": "DescribeVpcs", "nth": 1, "kind": "hang", "seconds": 3600}]')
    main = (
        (desk.directory / "main.hcl")
        .read_text()
        .replace('provider "mock" {', 'provider "mock" {\nfaults = "faults.json"')
    )
    desk.write(main__hcl=main)
    with desk.start("plan") as process:
        until(lambda: sleeps(process.pid))
        assert os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG) is None
        process.send_signal(number)
        assert process.wait(PATIENCE) == (-number if number == signal.SIGKILL else 130)
