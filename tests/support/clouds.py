"""The same desk on another cloud: the world of a story, served by the emulator to `provider "alicloud"`."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from providers.emulator.emulator import Settings
from providers.emulator.rate import Rate
from providers.mock.provider import open_mock
from support.desk import Desk, Ended
from support.emulating import KEY, REGION, SECRET, emulated

BOTH_CLOUDS = pytest.mark.both_clouds
"""Runs the stories of a module twice: on the mock, and over HTTP on the emulator."""
MOCK_ALONE = pytest.mark.mock_alone
"""A story of such a module that is about the mock itself."""

_BLOCK = re.compile(r'provider "mock" \{(.*?)\n?\}\n', re.DOTALL)
_SETTING = re.compile(r"(\w+)\s*=\s*(\S+)")


class EmulatedDesk(Desk):
    """A desk whose cloud is the emulator, which serves the world of the story.

    A block of `provider "mock"` becomes one of `provider "alicloud"`, and its faults, latency and rate limit become
    those of the emulator.
    """

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._port = _free_port()
        self._conditions: dict[str, Any] = {}
        self._served: dict[str, Any] | None = None
        self._running = contextlib.ExitStack()
        self.environment = {
            name: value for name, value in self.environment.items() if not name.lower().endswith("_proxy")
        }

    def write(self, **files: str) -> None:
        super().write(**{name: _BLOCK.sub(self._block, text) for name, text in files.items()})

    def cl(self, *arguments: str, stdin: str = "", code: int | None = None, **environment: str) -> Ended:
        self._serve()
        return super().cl(*arguments, stdin=stdin, code=code, **environment)

    def start(
        self, *arguments: str, ignoring: signal.Signals | None = None, **environment: str
    ) -> subprocess.Popen[str]:
        self._serve()
        return super().start(*arguments, ignoring=ignoring, **environment)

    def read_world(self) -> Any:
        self.close()
        return super().read_world()

    def links(self) -> dict[str, str]:
        return dict(open_mock({"world": "world.json"}, self.directory).read().links)

    def api_calls(self) -> dict[str, int]:
        """How often each action was called since the emulator started."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self._port}/stats") as answer:
            found: dict[str, int] = json.load(answer)["calls"]
        return found

    def close(self) -> None:
        """Stop the emulator, which leaves its world whole. The next command starts it again."""
        self._running.close()

    def _serve(self) -> None:
        """Start the emulator, unless it is running or there is no world."""
        if self._served == self._conditions or not (self.directory / "world.json").exists():
            return
        self.close()
        log = self.directory / "calls.jsonl"
        settings = Settings(self.directory / "world.json", port=self._port, call_log=log, **self._conditions)
        self._running.enter_context(emulated(settings))
        self._served = dict(self._conditions)
        self._running.callback(self._forget)

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
        endpoints = "\n".join(f'    {product} = "127.0.0.1:{self._port}"' for product in ("ecs", "vpc", "sts"))
        read_only = f"  read_only  = {given['read_only']}\n" if "read_only" in given else ""
        return (
            f'provider "alicloud" {{\n  region     = "{REGION}"\n  access_key = "{KEY}"\n  secret_key = "{SECRET}"\n'
            f'  protocol   = "HTTP"\n{read_only}  settle     = "5s"\n\n  endpoints {{\n{endpoints}\n  }}\n}}\n'
        )


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port: int = listening.getsockname()[1]
        return port
