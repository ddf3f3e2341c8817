"""What every story needs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from support.clouds import EmulatedDesk
from support.desk import Desk

FIXTURES = Path(__file__).parents[2] / "fixtures"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the stories of the modules that say so on both clouds."""
    marks = {mark.name for mark in metafunc.definition.iter_markers()}
    if "both_clouds" in marks and "mock_alone" not in marks and "desk" in metafunc.fixturenames:
        metafunc.parametrize("desk", ["mock", "alicloud"], indirect=True)


@pytest.fixture
def desk(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Desk]:
    """A user's desk with the mock; modules marked `both_clouds` run once more with the emulator behind it."""
    if getattr(request, "param", "mock") == "mock":
        yield Desk(tmp_path)
        return
    desk = EmulatedDesk(tmp_path)
    yield desk
    desk.close()


@pytest.fixture
def fixture_desk(tmp_path: Path) -> Callable[[str], Desk]:
    """A copy of one of the fixtures: call it with the fixture's name."""

    def copy(name: str) -> Desk:
        target = tmp_path / name
        shutil.copytree(FIXTURES / name, target)
        return Desk(target)

    return copy
