"""What a command does not need is not loaded: it would come later to its user for nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from planner.cli.main import COMMANDS

QUICKSTART = Path(__file__).parents[2] / "fixtures" / "quickstart"
LANGUAGE = {"lark", "planner.config.evaluation"}
LIBRARIES = {"jsonschema_rs", "jinja2", "deepdiff", "orjson", "cryptography", "yaml"}
ROOMS = {"planner.app.own_files", "planner.documents", "planner.hcl", "planner.network", "planner.state"}
"""What no help tells of: what is managed, the cloud, the language, the files that a report may not replace."""
APPLICATION = (
    LANGUAGE | LIBRARIES | {"planner.app.project", "planner.plan.make", "planner.rules.base", "planner.documents.plan"}
)


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
        ("validate", LIBRARIES | {"planner.network.world", "planner.config.data_sources", "planner.render.excerpt"}),
        ("plan", LIBRARIES - {"jsonschema_rs"}),
    ],
)
def test_a_command_loads_nothing_that_it_does_not_need(shop: Path, command: str, needless: set[str]) -> None:
    assert needless.isdisjoint(loaded := _loaded(shop, *command.split())), needless.intersection(loaded)


@pytest.mark.parametrize("command", [*COMMANDS, "state list", "state push", "workspace select"])
def test_help_on_a_command_does_not_load_what_the_command_does(tmp_path: Path, command: str) -> None:
    needless = APPLICATION | ROOMS
    assert needless.isdisjoint(loaded := _loaded(tmp_path, *command.split(), "--help")), needless.intersection(loaded)


@pytest.mark.parametrize("words", ["cl pl", "cl plan --de", "cl apply --target class", "cl drift -o js"])
def test_completing_a_word_does_not_load_what_the_command_does(shop: Path, words: str) -> None:
    asked = {"_CL_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    needless = APPLICATION - {"jsonschema_rs"}  # the state is checked before its addresses are suggested
    assert needless.isdisjoint(loaded := _loaded(shop, **asked)), needless.intersection(loaded)


def _loaded(directory: Path, *words: str, **variables: str) -> list[str]:
    """The modules that `cl` with these words loads."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "planner", *words],
        cwd=directory,
        env={**os.environ, **variables},
        check=True,
        capture_output=True,
        text=True,
    )
    in_order = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
    loaded = in_order[in_order.index("planner") :]  # what Python or the tests load before is not meant
    assert "planner.cli.main" in loaded
    return loaded
