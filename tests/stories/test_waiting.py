"""What a person at a terminal sees while `cl` has nothing to say for a while."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from planner.state.backends.who import who
from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc
from support.terminal import Screen, at_terminal
from support.watching import PATIENCE, until

ENDLESS = "length([for a in range(1000) : [for b in range(1000) : [for c in range(1000) : a + b + c]]])"
"""What no machine evaluates in a second."""


def test_a_user_who_waits_for_a_plan_sees_that_and_how_long_and_nothing_is_left_after_an_interrupt(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")])
    desk.write(main__hcl=f'{PROVIDER}\noutput "much" {{\n  value = {ENDLESS}\n}}\n')
    with at_terminal(desk, 80, "plan") as terminal:
        terminal.until(r"Planning … \d+ s")
        terminal.interrupt()
        assert terminal.end() == 130
    assert not [line for line in terminal.screen.lines if "Planning" in line]
    assert "Interrupted." in terminal.screen.lines


def test_a_user_who_waits_for_a_lock_sees_whose_it_is_and_since_when(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    hanging = PROVIDER.replace("}", '  faults   = "faults.json"\n}')
    desk.write(
        main__hcl=hanging + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a"),
        faults__json=json.dumps([{"action": "AttachClassicLinkVpc", "kind": "hang", "seconds": 3600}]),
    )
    holder = desk.start("apply", "-auto-approve", "-json")
    assert holder.stdout is not None
    assert any('"apply_complete"' in line for line in holder.stdout)
    whose = rf"Waiting for the lock of {re.escape(who())} \(apply, since \d\d:\d\d\)"
    try:
        for command in (["apply", "-auto-approve"], ["state", "rm", "classiclink_vpc.shop"]):
            with at_terminal(desk, 150, *command, "-lock-timeout=10m") as terminal:
                terminal.until(rf"{whose} … \d+ s")
                terminal.interrupt()
                assert terminal.end() == 130
            left = [line for line in terminal.screen.lines if "Waiting for the lock" in line]
            assert left == ["Warning: Waiting for the lock  STA206"]
            assert "Interrupted." in terminal.screen.lines
    finally:
        holder.kill()
        holder.communicate(timeout=PATIENCE)


@pytest.fixture
def silent() -> Iterator[int]:
    """The port of a server that takes connections, and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


BACKENDS = {
    "http": 'address = "http://127.0.0.1:PORT/state"',
    "pg": 'conn_str = "postgres://cl:secret@127.0.0.1:PORT/states"',
    "s3": 'bucket = "states"\n    key = "shop"\n    region = "here"\n    endpoints = { s3 = "http://127.0.0.1:PORT" }',
}
NEEDS = {"http": "ssl", "pg": "psycopg", "s3": "obstore"}


@pytest.mark.parametrize("kind", BACKENDS)
def test_a_user_who_waits_for_a_backend_that_does_not_answer_sees_which(desk: Desk, silent: int, kind: str) -> None:
    if find_spec(NEEDS[kind]) is None:
        pytest.skip(f"{NEEDS[kind]} is not installed")
    settings = BACKENDS[kind].replace("PORT", str(silent))
    desk.world(vpcs=[vpc("vpc-a")])
    desk.write(main__hcl=f'cl {{\n  backend "{kind}" {{\n    {settings}\n  }}\n}}\n{PROVIDER}')
    desk.environment |= {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}
    with at_terminal(desk, 100, "plan") as terminal:
        terminal.until(rf"Waiting for [^\r\n]*127\.0\.0\.1:{silent}[^\r\n]* … \d+ s")
        terminal.interrupt()
        assert terminal.end() == 130
    assert not [line for line in terminal.screen.lines if line.startswith("Waiting for")]
    assert "secret" not in terminal.written


def test_a_window_that_becomes_narrower_keeps_no_rest_of_the_line(desk: Desk, silent: int) -> None:
    desk.world(vpcs=[vpc("vpc-a")])
    address = f"http://127.0.0.1:{silent}/{'states-of-the-shop/' * 3}state"
    desk.write(main__hcl=f'cl {{\n  backend "http" {{\n    address = "{address}"\n  }}\n}}\n{PROVIDER}')
    with at_terminal(desk, 150, "plan") as terminal:
        terminal.until(r"state … \d+ s")
        for columns in (40, 25, 90):
            terminal.resize(columns)
            drawn = terminal.until(r"\r\x1b\[K\x1b\[J(Waiting for [^\r\n]{0,120}? … \d+ s)\r")
            while len(drawn[1]) > columns:  # drawn just before the window changed
                drawn = terminal.until(r"\r\x1b\[K\x1b\[J(Waiting for [^\r\n]{0,120}? … \d+ s)\r")
            shown = [line for line in terminal.screen.lines if "Waiting for http" in line]
            assert all(len(line) < columns for line in shown), shown
            assert len(shown) <= 1
        terminal.interrupt()
        assert terminal.end() == 130
    assert not [line for line in terminal.screen.lines if "Waiting for http" in line]


@pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")
def test_tmux_keeps_no_live_line_in_its_history(tmp_path: Path) -> None:
    draw = tmp_path / "draw.py"
    draw.write_text(
        "import sys\n"
        "from planner.render.terminal import CLEAR, live_line\n"
        "for number in range(5):\n"
        "    sys.stdout.write(live_line('Planning', f' … {number} s', 80))\n"
        "print(CLEAR + 'The end.')\n"
        "sys.stdin.read()\n"
    )
    tmux = ["tmux", "-L", f"cl-{os.getpid()}", "-f", "/dev/null"]
    shown = ""

    def has_ended() -> bool:
        nonlocal shown
        shown = subprocess.run([*tmux, "capture-pane", "-p", "-S", "-"], capture_output=True, text=True).stdout
        return "The end." in shown

    subprocess.run([*tmux, "new-session", "-d", "-x", "80", "-y", "24", sys.executable, str(draw)], check=True)
    try:
        until(has_ended)
    finally:
        subprocess.run([*tmux, "kill-server"], check=True)
    assert "Planning" not in shown


def test_the_screen_of_the_tests_keeps_the_rest_of_a_line_that_is_not_cleared() -> None:
    """The other way to draw a live line, which leaves something behind."""
    screen = Screen(80)
    screen.take("\r\x1b[K" + "x" * 70)
    screen.columns = 40
    screen.take("\r\x1b[Ky")
    assert screen.lines == ["x" * 40 + "y"]
