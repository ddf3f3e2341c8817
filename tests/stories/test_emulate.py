"""A user serves a world as the API of Alibaba Cloud, and stops it."""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import urllib.parse
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from planner.app.emulate import EmulatorOptions, emulate
from providers.emulator.actions.catalogue import NAMES
from providers.emulator.emulator import Emulator, Settings
from providers.mock.faults import FaultKind
from providers.mock.provider import open_mock
from support.desk import Desk
from support.mock_worlds import small_world
from support.ports import Port
from support.rpc_client import RpcClient

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")


@contextmanager
def serving(desk: Desk, *options: str, **more: Any) -> Iterator[tuple[subprocess.Popen[str], RpcClient]]:
    """The emulator as a process, and a client of it."""
    with desk.start("emulate", "world.json", *options, **more) as server:
        try:
            assert server.stdout is not None
            address = server.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+", address), address
            yield server, RpcClient(address.removeprefix("http://"))
        finally:
            server.kill()


@pytest.fixture
def served(desk: Desk) -> Desk:
    desk.world(**{key: value for key, value in small_world().items() if key != "format_version"})
    return desk


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_it_with_the_world_written(served: Desk, number: signal.Signals) -> None:
    with serving(served) as (server, client):
        assert client.call("AttachClassicLinkVpc", InstanceId="i-3", VpcId="vpc-b").status == 200
        server.send_signal(number)
        out, err = server.communicate()
    assert (server.returncode, out) == (0, "")
    assert err == (
        "Serving world.json for account 1001. Access key: emulator (its secret is in docs/emulator.md). "
        "Press Ctrl-C to end.\n"
    )
    assert served.links()["i-3"] == "vpc-b"
    assert sorted(path.name for path in served.directory.iterdir()) == ["world.json"]


def test_under_nohup_it_outlives_its_terminal(served: Desk) -> None:
    with serving(served, ignoring=signal.SIGHUP) as (server, client):
        server.send_signal(signal.SIGHUP)
        assert client.call("DescribeVpcs").status == 200
        server.send_signal(signal.SIGTERM)
        assert server.wait() == 0


def test_more_signals_until_it_has_ended_are_no_harm(served: Desk) -> None:
    with serving(served) as (server, _):
        while server.poll() is None:
            server.send_signal(signal.SIGINT)
        out, err = server.communicate()
    assert (server.returncode, out) == (0, "")
    assert err.endswith("Press Ctrl-C to end.\n")


def test_a_signal_after_the_server_has_ended_interrupts_nothing(served: Desk) -> None:
    options = EmulatorOptions(served.directory / "world.json", "127.0.0.1", 0, (), 0.0, 0.0, 0.0, None, None, None)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        emulate(options, lambda _address, _accounts: os.kill(os.getpid(), signal.SIGINT))
        for number in before:
            os.kill(os.getpid(), number)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@pytest.mark.parametrize(("kind", "is_done"), [("crash_before", False), ("crash_after", True)])
def test_a_crash_loses_nothing_that_was_done(served: Desk, kind: str, is_done: bool) -> None:
    served.write(faults__json=json.dumps([{"action": "AttachClassicLinkVpc", "kind": kind}]))
    with serving(served, "--faults", "faults.json") as (server, client):
        with pytest.raises(ConnectionError):
            client.call("AttachClassicLinkVpc", InstanceId="i-3", VpcId="vpc-b")
        assert server.wait() == -signal.SIGKILL
    assert ("i-3" in open_mock({"world": "world.json"}, served.directory).read().links) == is_done


def test_two_emulators_and_a_mock_share_a_world(served: Desk) -> None:
    with serving(served) as (_, one), serving(served) as (_, other):
        one.call("AttachClassicLinkVpc", InstanceId="i-3", VpcId="vpc-b")
        assert other.call("AttachClassicLinkVpc", InstanceId="i-3", VpcId="vpc-b").code == "OperationDenied"
        assert "i-3" in open_mock({"world": "world.json"}, served.directory).read().links


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--listen", "here"], "is not an address such as 127.0.0.1:8080"),
        (["--listen", "127.0.0.1:70000"], "is not an address"),
        (["--access-key", "id:s3cret"], "is not of the form ID:SECRET:ACCOUNT"),
        (["--access-key", "id:s3cret:1", "--access-key", "id:s3cret:2"], "is repeated"),
        (["--rate-limit", "fast"], "is not a rate such as 100/minute"),
        (["--lag", "soon"], "is not a duration"),
    ],
)
def test_an_option_that_makes_no_sense_is_refused(served: Desk, options: list[str], words: str) -> None:
    ended = served.cl("emulate", "world.json", *options, code=64)
    assert words in ended.err
    assert "s3cret" not in ended.err + ended.out


def test_a_world_or_a_faults_file_that_cannot_be_read_is_reported(served: Desk) -> None:
    assert "PRV201" in served.cl("emulate", "nothing.json", code=1).err
    assert "PRV104" in served.cl("emulate", "world.json", "--faults", "nothing.json", code=1).err
    served.write(world__json="{")
    assert "PRV202" in served.cl("emulate", "world.json", code=1).err


def test_an_address_that_is_taken_is_reported(served: Desk) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        err = served.cl("emulate", "world.json", "--listen", f"127.0.0.1:{port}", code=1).err
    assert "PRV120" in err
    assert "cl emulate world.json --listen 127.0.0.1:0" in err


def test_other_machines_are_let_in_only_with_a_warning(served: Desk) -> None:
    with served.start("emulate", "world.json", "-listen=0.0.0.0:0", "-access-key=own:s3cret:1001") as server:
        assert server.stdout is not None
        port = server.stdout.readline().strip().rpartition(":")[2]
        client = RpcClient(f"127.0.0.1:{port}", key="own", secret="s3cret")
        assert client.call("DescribeVpcs").status == 200
        server.send_signal(signal.SIGTERM)
        _, err = server.communicate()
    assert err.startswith("Warning: 0.0.0.0 can be reached from other machines")
    assert "s3cret" not in err


def test_every_option_and_action_and_fault_is_on_the_page(desk: Desk) -> None:
    options = set(re.findall(r"^  (--[a-z-]+) ", desk.cl("emulate", "--help", code=0).out, re.MULTILINE))
    words = {word for span in re.findall(r"`([^`\n]+)`", PAGE) for word in re.findall(r"[\w.-]+", span)}
    assert options - {"--no-color", "--help"} <= words
    assert words >= NAMES
    assert set(FaultKind) <= words


def test_the_faults_on_the_page_are_taken(served: Desk) -> None:
    (example,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    served.write(faults__json=example)
    Emulator(Settings(served.directory / "world.json", faults=served.directory / "faults.json"))


class Fixture:
    """A copy of the fixture where its page says that it is, with the commands of the page on a port that is free."""

    def __init__(self, directory: Path) -> None:
        shutil.copytree(ROOT / "fixtures" / "emulator", directory / "fixtures" / "emulator")
        self.desk = Desk(directory)
        self.home = Desk(directory / "fixtures" / "emulator")
        page = (self.home.directory / "README.md").read_text(encoding="utf-8")
        self._own = Port()
        self.port = str(self._own.number)
        configuration = self.home.directory / "main.hcl"
        configuration.write_text(configuration.read_text().replace("8180", self.port))
        commands = re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
        self.serve, self.apply, self.drive, self.drift, self.count, self.serve_badly = commands
        (self.shown,) = re.findall(r"```text\n(.*?)```", page, re.DOTALL)
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            self.desk.environment.pop(name, None)

    def words(self, command: str) -> list[str]:
        return shlex.split(command.replace("8180", self.port))

    @contextmanager
    def serving(self, command: str) -> Iterator[None]:
        name, *arguments = self.words(command)
        assert name == "cl"
        with self.desk.start(*arguments) as server:
            try:
                assert server.stdout is not None
                assert server.stdout.readline() == f"http://127.0.0.1:{self.port}\n"
                yield
            finally:
                server.send_signal(signal.SIGTERM)

    def cl(self, command: str, code: int = 0) -> None:
        for line in command.splitlines():
            name, *arguments = self.words(line)
            assert name == "cl"
            self.desk.cl(*arguments, code=code)

    def python(self) -> subprocess.CompletedProcess[str]:
        """Run the program of the SDK."""
        name, *arguments = self.words(self.drive)
        assert name == "python"
        return subprocess.run(
            [sys.executable, *arguments],
            cwd=self.desk.directory,
            env=self.desk.environment,
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def fixture(tmp_path: Path) -> Fixture:
    for module in ("alibabacloud_ecs20140526", "alibabacloud_vpc20160428"):
        pytest.importorskip(module, reason="the official SDK is not installed: pip install -e '.[test]'")
    return Fixture(tmp_path)


def test_every_command_of_the_fixtures_page_does_what_the_page_says(fixture: Fixture) -> None:
    with fixture.serving(fixture.serve):
        fixture.cl(fixture.apply)
        assert [fixture.python().stdout for _ in range(2)] == [fixture.shown, fixture.shown]
        fixture.cl(fixture.drift, code=2)
        url = urllib.parse.urlsplit(fixture.words(fixture.count)[-1])
        assert RpcClient(url.netloc).stats()["calls"]["AttachClassicLinkVpc"] == 3
    assert fixture.home.links() == {"i-web-1": "vpc-shop", "i-web-2": "vpc-shop", "i-db": "vpc-shop"}


def test_a_lost_reply_fails_the_fixtures_program_and_not_cl(fixture: Fixture) -> None:
    before = (fixture.home.directory / "world.json").read_text()
    with fixture.serving(fixture.serve_badly):
        assert fixture.python().returncode == 1
        assert fixture.python().stdout == fixture.shown
    (fixture.home.directory / "world.json").write_text(before)
    with fixture.serving(fixture.serve_badly):
        fixture.cl(fixture.apply)
    assert fixture.home.links() == {"i-web-1": "vpc-shop", "i-web-2": "vpc-shop"}


def test_what_was_answered_outlives_a_kill(served: Desk) -> None:
    world = served.read_world()
    world["instances"] += [{**world["instances"][2], "instance_id": f"i-more-{number}"} for number in range(300)]
    served.world(**{key: value for key, value in world.items() if key not in ("format_version", "account_id")})
    answered: list[str] = []

    def attach(client: RpcClient, number: int, server: subprocess.Popen[str]) -> None:
        with suppress(OSError, http.client.HTTPException):
            if client.call("AttachClassicLinkVpc", InstanceId=f"i-more-{number}", VpcId="vpc-b").status == 200:
                answered.append(f"i-more-{number}")
        if len(answered) >= 100:
            server.kill()

    with serving(served) as (server, client), ThreadPoolExecutor(8) as pool:
        for number in range(300):
            pool.submit(attach, client, number, server)
    assert len(answered) >= 100
    links = open_mock({"world": "world.json"}, served.directory).read().links
    assert {instance_id: links.get(instance_id) for instance_id in answered} == dict.fromkeys(answered, "vpc-b")
    with serving(served) as (_, client):
        assert client.call("DescribeClassicLinkInstances", VpcId="vpc-b").json["TotalCount"] == len(links) - 1
