"""The place of a provider's problems in the configuration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from planner.app.providers import open_provider
from planner.config.desired import ProviderConfig
from planner.diagnostics import Position, ProviderError, Span
from planner.steps import Place

BLOCK = Span("main.hcl", Position(1, 1), Position(1, 16))


def test_the_problems_of_one_world_file_show_their_place_once(tmp_path: Path) -> None:
    (tmp_path / "world.json").write_text(json.dumps({"vpc": [], "vpcs": [{"cidr": "x"}]}))
    config = ProviderConfig("mock", None, {"world": "world.json"}, Place(BLOCK))
    with pytest.raises(ProviderError) as error:
        open_provider(config, tmp_path, {})
    first, *others = error.value.diagnostics
    assert first.span == BLOCK
    assert len(others) > 3
    assert {problem.span for problem in others} == {None}
    assert all("world.json: vpcs[0]" in problem.detail for problem in others)
