"""What every story needs."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from support.desk import Desk

FIXTURES = Path(__file__).parents[2] / "fixtures"


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.fixture
def fixture_desk(tmp_path: Path) -> Callable[[str], Desk]:
    """A copy of one of the fixtures: call it with the fixture's name."""

    def copy(name: str) -> Desk:
        target = tmp_path / name
        shutil.copytree(FIXTURES / name, target)
        return Desk(target)

    return copy
