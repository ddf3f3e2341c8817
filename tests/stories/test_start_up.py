"""What a command does not need is not loaded: it would come later to its user for nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

QUICKSTART = Path(__file__).parents[2] / "fixtures" / "quickstart"
LANGUAGE = {"lark", "planner.config.evaluation"}
LIBRARIES = {"jsonschema_rs", "jinja2", "deepdiff", "orjson", "cryptography", "yaml"}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The quickstart, with a saved plan."""
    directory = tmp_path_factory.mktemp("start-up") / "shop"
    shutil.copytree(QUICKSTART, directory)
    subprocess.run(
        [sys.executable, "-m", "planner", "plan", "--out", "plan.json"], cwd=directory, check=True, capture_output=True
    )
    return directory


@pytest.mark.parametrize(
    ("command", "needless"),
    [
        ("version", LANGUAGE | LIBRARIES | {"logging", "tempfile", "planner.address"}),
        ("--help", LANGUAGE | LIBRARIES | {"logging", "tempfile", "planner.address"}),
        ("show", LANGUAGE | LIBRARIES - {"jsonschema_rs"} | {"planner.network.world", "planner.rules", "subprocess"}),
        ("show plan.json", LANGUAGE | LIBRARIES - {"jsonschema_rs"} | {"planner.rules.run", "planner.proof"}),
        ("plan", LIBRARIES - {"jsonschema_rs"}),
    ],
)
def test_a_command_loads_nothing_that_it_does_not_need(shop: Path, command: str, needless: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "planner", *command.split()],
        cwd=shop,
        check=True,
        capture_output=True,
        text=True,
    )
    in_order = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
    loaded = in_order[in_order.index("planner") :]  # what Python or the tests load before is not meant
    assert "planner.cli.main" in loaded
    assert needless.isdisjoint(loaded), needless.intersection(loaded)
