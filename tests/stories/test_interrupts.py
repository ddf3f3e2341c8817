"""An interrupt ends a reading at once, and `cl` even where its output is not read."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping

import pytest

from support import oss_server, seaweed
from support.backends import Settings, backend_block
from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc
from support.watching import PATIENCE, sleeps, until

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]
FAULTY = PROVIDER.replace("}", '  faults     = "faults.json"\n  latency_ms = 1\n}')
HANG = {"action": "DescribeVpcs", "kind": "hang", "seconds": 3600}


@pytest.fixture
def ready(desk: Desk) -> Desk:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(9))
    desk.write(
        main__hcl=FAULTY + enable("shop", "vpc-a") + attach("n1", "i-0001", "vpc-a"), faults__json=json.dumps([])
    )
    return desk


def hang_from(desk: Desk, nth: int) -> None:
    desk.write(faults__json=json.dumps([{**HANG, "nth": nth}]))


SILENT: Mapping[str, Callable[[int], Settings]] = {
    "http": lambda port: {"address": f"http://127.0.0.1:{port}/state", "lock_address": f"http://127.0.0.1:{port}/lock"},
    "oss": lambda port: {"bucket": "states", "region": "cn-hangzhou", "endpoint": f"http://127.0.0.1:{port}"},
    "pg": lambda port: {"conn_str": f"host=127.0.0.1 port={port} user=cl dbname=cl"},
    "s3": lambda port: {
        "bucket": "states",
        "key": "cl.state.json",
        "region": "us-east-1",
        "endpoints": {"s3": f"http://127.0.0.1:{port}"},
        "use_path_style": True,
    },
}
"""Settings of each backend with a server on this port."""


@pytest.mark.parametrize("command", [["plan"], ["apply", "-auto-approve"]])
@pytest.mark.parametrize("kind", list(SILENT))
def test_a_signal_ends_the_wait_for_a_backend_that_answers_nothing(desk: Desk, kind: str, command: list[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        desk.world()
        desk.write(main__hcl=backend_block(kind, SILENT[kind](silent.getsockname()[1])) + PROVIDER)
        desk.environment |= {**seaweed.KEYS, **oss_server.KEYS}
        process = desk.start(*command)
        connection, _ = silent.accept()
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=PATIENCE)
        connection.close()
    assert process.returncode == 130, out + err
    assert err.endswith("\nInterrupted.\n")


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="knows the number of a system call")
@pytest.mark.parametrize(
    ("nth", "command", "number"),
    [
        (1, ["plan"], signal.SIGTERM),
        (1, ["drift"], signal.SIGHUP),
        (1, ["apply"], signal.SIGINT),
        (1, ["apply", "-auto-approve"], signal.SIGTERM),
        *[(2, ["apply", "-auto-approve"], number) for number in SIGNALS],
        (1, ["apply", "-json", "p"], signal.SIGHUP),
    ],
)
def test_the_first_signal_ends_a_reading(ready: Desk, nth: int, command: list[str], number: signal.Signals) -> None:
    ready.cl("plan", "-out=p", code=0)
    hang_from(ready, nth)
    process = ready.start(*command)
    until(lambda: process.poll() is not None or sleeps(process.pid))
    process.send_signal(number)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, out + err
    assert "Interrupted." in err
    assert ready.calls() == []
    hang_from(ready, 99)
    ready.cl("apply", "-auto-approve", "-lock-timeout=0s", code=0)


@pytest.mark.parametrize("number", SIGNALS[:2])
@pytest.mark.parametrize(("deaf", "filled"), [("stdout", 2**16 - 2**14), ("stderr", 2**16)])
def test_an_apply_whose_reader_stops_reading_ends_at_a_signal(
    ready: Desk, number: signal.Signals, deaf: str, filled: int
) -> None:
    ready.world(vpcs=[vpc("vpc-a")], instances=instances(40))
    links = "".join(attach(f"n{n}", f"i-{n:04}", "vpc-a") for n in range(1, 40))
    ready.write(main__hcl=FAULTY.replace("= 1", "= 50") + enable("shop", "vpc-a") + links)
    ready.cl("plan", "-out=p", code=0)
    reader, writer = os.pipe()
    os.write(writer, b" " * filled)
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL} | {deaf: writer}
    process = subprocess.Popen(
        [
            sys.executable,
            "-m",
            "planner.cli.main",
            "apply",
            "-parallelism=1",
            *(["-json"] if deaf == "stdout" else []),
            "p",
        ],
        cwd=ready.directory,
        env=ready.environment,
        **streams,  # type: ignore[call-overload]
    )
    os.close(writer)
    try:
        until(lambda: len(ready.calls()) > 0)
        before = -1
        while before != len(ready.calls()):  # until the pipe is full
            before = len(ready.calls())
            time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(number)
        assert process.wait(PATIENCE) == 130
    finally:
        process.kill()
        os.close(reader)
    assert len(ready.state_addresses()) == sum(call[3] == "ok" for call in ready.calls())
    assert not (ready.directory / "cl.state.json.journal").exists()
    ready.cl("apply", "-auto-approve", code=0)
