"""A small world on disk, and the simulated cloud on it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from providers.mock.provider import MockProvider, open_mock
from providers.read_retry import ReadRetry
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
