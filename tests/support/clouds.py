"""The same desk on another cloud: the world of a story, served by the emulator to `provider "alicloud"`."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from providers.emulator.emulator import Settings
from providers.emulator.faults import WireFault
from providers.emulator.rate import Rate
from providers.mock.faults import FaultKind
from providers.mock.provider import open_mock
from support.desk import Desk
from support.emulating import emulated, provider_of
from support.ports import Port

BOTH_CLOUDS = pytest.mark.both_clouds
"""Runs the stories of a module twice: on the mock, and over HTTP on the emulator."""


def mock_alone(why: str) -> pytest.MarkDecorator:
    """A story of such a module that runs on the mock alone, and why it does."""
    assert why
    return pytest.mark.mock_alone(why)


_BLOCK = re.compile(r'provider "mock" \{(.*?)\n?\}\n', re.DOTALL)
_SETTING = re.compile(r"(\w+)\s*=\s*(\S+)")


class EmulatedDesk(Desk):
    """A desk whose cloud is the emulator, which serves the world of the story.

    A block of `provider "mock"` becomes one of `provider "alicloud"`, and its faults, latency and rate limit become
    those of the emulator. As on the mock, faults count the calls of one command, and a fault that crashes is the end
    of the command that made the call.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._port = Port()
        self._conditions: dict[str, Any] = {}
        self._served: dict[str, Any] | None = None
        self._running = contextlib.ExitStack()
        self._commands: list[subprocess.Popen[str]] = []
        self.environment = without_proxies(self.environment)

    def write(self, **files: str) -> None:
        super().write(**{name: _BLOCK.sub(self._block, text) for name, text in files.items()})

    def beside(self, directory: Path) -> Desk:
        return _Beside(directory, self)

    def _open(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        ignoring: signal.Signals | None = None,
        stdin: int | None = None,
    ) -> subprocess.Popen[str]:
        self.serve()
        process = super()._open(arguments, environment, ignoring, stdin)
        self.take(process)
        return process

    def take(self, process: subprocess.Popen[str]) -> None:
        """Let this command be one of those that a crash ends."""
        self._commands.append(process)

    def read_world(self) -> Any:
        self.close()
        return super().read_world()

    def links(self) -> dict[str, str]:
        return dict(open_mock({"world": "world.json"}, self.directory).read().links)

    def api_calls(self) -> dict[str, int]:
        """How often each action was called since the emulator started."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port.number}/stats") as answer:
            found: dict[str, int] = json.load(answer)["calls"]
        return found

    def close(self) -> None:
        """Stop the emulator, which leaves its world whole. The next command starts it again."""
        self._running.close()

    def serve(self) -> None:
        """Start the emulator, unless it runs or there is no world. Each command counts faults from the start."""
        self._commands = [command for command in self._commands if command.poll() is None]
        is_as_wanted = self._served == self._conditions and ("faults" not in self._conditions or self._commands)
        if is_as_wanted or not (self.directory / "world.json").exists():
            return
        self.close()
        log = self.directory / "calls.jsonl"
        settings = Settings(self.directory / "world.json", port=self._port.number, call_log=log, **self._conditions)
        self._running.enter_context(emulated(settings))
        self._running.enter_context(patch("providers.emulator.faults.crash", self._crash))
        self._served = dict(self._conditions)
        self._running.callback(self._forget)

    def _crash(self) -> None:
        """Kill the commands that run, which is what the mock does to the one that made the call."""
        for command in self._commands:
            command.kill()
            command.wait()
        raise WireFault(FaultKind.CLOSE)

    def _forget(self) -> None:
        self._served = None

    def _block(self, block: re.Match[str]) -> str:
        given = dict(_SETTING.findall(block[1]))
        self._conditions = {}
        if "faults" in given:
            self._conditions["faults"] = self.directory / given["faults"].strip('"')
        if "latency_ms" in given:
            self._conditions["latency"] = float(given["latency_ms"]) / 1000
        if "rate_limit" in given:
            self._conditions["rate"] = Rate(int(given["rate_limit"]), 1.0)
        read_only = f"  read_only  = {given['read_only']}\n" if "read_only" in given else ""
        return provider_of(f"127.0.0.1:{self._port.number}", read_only)


class _Beside(Desk):
    """Another directory of the same user, with the same cloud."""

    def __init__(self, directory: Path, cloud: EmulatedDesk) -> None:
        super().__init__(directory)
        self._cloud = cloud
        self.environment = cloud.environment

    def _open(
        self,
        arguments: Sequence[str],
        environment: Mapping[str, str],
        ignoring: signal.Signals | None = None,
        stdin: int | None = None,
    ) -> subprocess.Popen[str]:
        self._cloud.serve()
        process = super()._open(arguments, environment, ignoring, stdin)
        self._cloud.take(process)
        return process


def without_proxies(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables without those that lead to a proxy."""
    return {name: value for name, value in environment.items() if not name.lower().endswith("_proxy")}
