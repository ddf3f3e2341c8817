"""The worlds of the fixtures are good ones, and what their generator writes."""

from __future__ import annotations

import runpy
import shutil
from pathlib import Path

import pytest

from providers.mock.provider import open_mock

FIXTURES = Path(__file__).parents[2] / "fixtures"
NAMES = sorted(path.parent.name for path in FIXTURES.glob("*/world.json"))


@pytest.mark.parametrize("name", NAMES)
def test_a_fixture_has_a_world_that_can_be_read_and_says_what_it_shows(name: str) -> None:
    world = open_mock({"world": "world.json"}, FIXTURES / name).read()
    assert world.vpcs
    assert world.instances
    readme = (FIXTURES / name / "README.md").read_text()
    assert f"cl -chdir=fixtures/{name} " in readme


def test_the_generator_writes_the_fixtures_as_they_stand(tmp_path: Path) -> None:
    """Save for quickstart, which is there to be applied."""
    for name in NAMES:
        (tmp_path / name).mkdir()
    shutil.copy(FIXTURES / "generate.py", tmp_path)
    runpy.run_path(str(tmp_path / "generate.py"))["main"]()
    written = [path.relative_to(tmp_path) for path in tmp_path.glob("*/*")]
    assert len(written) == 17
    for path in (path for path in written if path.parent.name != "quickstart"):
        assert (tmp_path / path).read_text() == (FIXTURES / path).read_text(), path
