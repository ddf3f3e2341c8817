"""A small world on disk, and the simulated cloud on it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from providers.emulator.emulator import Settings
from providers.mock.provider import MockProvider, open_mock
from providers.read_retry import ReadRetry
from support.emulating import Emulate, Emulated, emulated
from support.mock_worlds import Calls, Opener, Record, small_world


@pytest.fixture
def world() -> Record:
    return small_world()


@pytest.fixture
def open_cloud(tmp_path: Path) -> Opener:
    """Writes a world and opens the simulated cloud on it, with settings at will."""

    def open_cloud(world: Record | None = None, faults: Any = None, **settings: Any) -> MockProvider:
        if world is not None:
            (tmp_path / "world.json").write_text(json.dumps(world))
        if faults is not None:
            (tmp_path / "faults.json").write_text(json.dumps(faults))
            settings["faults"] = "faults.json"
        settings = {"world": "world.json", "call_log": "calls.jsonl", **settings}
        return open_mock(settings, tmp_path, ReadRetry(sleep=lambda seconds: None))

    return open_cloud


@pytest.fixture
def calls(tmp_path: Path) -> Calls:
    """Reads the whole lines of the call log."""

    def calls() -> list[Record]:
        path = tmp_path / "calls.jsonl"
        return [json.loads(line) for line in path.read_text().split("\n")[:-1]] if path.exists() else []

    return calls


@pytest.fixture
def emulate(tmp_path: Path, world: Record, monkeypatch: pytest.MonkeyPatch) -> Iterator[Emulate]:
    """Writes a world, the small one unless another is given, and faults, and starts an emulator on them.

    It ends with the test at the latest. There is no proxy between it and its clients.
    """
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with ExitStack() as running:

        def emulate(document: Record | None = None, faults: Any = None, **settings: Any) -> Emulated:
            path = tmp_path / "world.json"
            path.write_text(json.dumps(world if document is None else document))
            if faults is not None:
                settings["faults"] = tmp_path / "faults.json"
                settings["faults"].write_text(json.dumps(faults))
            return running.enter_context(emulated(Settings(path, **settings)))

        yield emulate
