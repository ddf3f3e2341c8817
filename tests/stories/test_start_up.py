"""What a command does not need is not loaded: it would come later to its user for nothing."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from planner import __version__
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
        ("version", {"click", "re", "signal", "planner.cli"}),
        ("-version", {"click", "re", "signal", "planner.cli"}),
        ("version -json", LANGUAGE | LIBRARIES | {"logging", "tempfile", "planner.address"}),
        ("--help", LANGUAGE | LIBRARIES | {"logging", "tempfile", "planner.address"}),
        ("show", LANGUAGE | LIBRARIES - {"jsonschema_rs"} | {"planner.network.world", "planner.rules", "subprocess"}),
        ("show plan.json", LANGUAGE | LIBRARIES - {"jsonschema_rs"} | {"planner.rules.run", "planner.proof"}),
        ("validate", LIBRARIES | {"planner.network.world", "planner.config.data_sources", "planner.render.excerpt"}),
        ("plan", LIBRARIES - {"jsonschema_rs"}),
    ],
)
def test_a_command_loads_nothing_that_it_does_not_need(shop: Path, command: str, needless: set[str]) -> None:
    assert needless.isdisjoint(loaded := _loaded(shop, *command.split())), needless.intersection(loaded)


@pytest.mark.parametrize("command", ["version", "--version", "-version"])
def test_the_version_is_the_same_whichever_way_it_is_asked_for(tmp_path: Path, command: str) -> None:
    assert _run(tmp_path, command).stdout == _run(tmp_path, "version", "-no-color").stdout == f"cl v{__version__}\n"


def test_the_version_minds_the_environment(tmp_path: Path) -> None:
    assert _run(tmp_path, "version", CL_CLI_ARGS="-json").stdout == f'{{"cl_version": "{__version__}"}}\n'
    assert _run(tmp_path, "version", CL_CLI_ARGS_version="-x").returncode == 64


def test_a_version_that_cannot_be_printed_is_reported(tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = _run(tmp_path, "version", stdout=full)
    assert (done.returncode, "No space left on device" in done.stderr) == (1, True)


@pytest.mark.parametrize("command", [*COMMANDS, "state list", "state push", "workspace select"])
def test_help_on_a_command_does_not_load_what_the_command_does(tmp_path: Path, command: str) -> None:
    needless = APPLICATION | ROOMS
    assert needless.isdisjoint(loaded := _loaded(tmp_path, *command.split(), "--help")), needless.intersection(loaded)


@pytest.mark.parametrize("words", ["cl pl", "cl plan --de", "cl apply --target class", "cl drift -o js"])
def test_completing_a_word_does_not_load_what_the_command_does(shop: Path, words: str) -> None:
    asked = {"_CL_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    needless = APPLICATION - {"jsonschema_rs"}  # the state is checked before its addresses are suggested
    assert needless.isdisjoint(loaded := _loaded(shop, **asked)), needless.intersection(loaded)


def _run(
    directory: Path, *words: str, stdout: int | IO[str] = subprocess.PIPE, **variables: str
) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "planner", *words]
    environment = {**os.environ, **variables}
    return subprocess.run(command, cwd=directory, env=environment, stdout=stdout, stderr=subprocess.PIPE, text=True)


def _loaded(directory: Path, *words: str, **variables: str) -> list[str]:
    """The modules that `cl` with these words loads."""
    command = [sys.executable, "-X", "importtime", "-m", "planner", *words]
    environment = {**os.environ, **variables}
    done = subprocess.run(command, cwd=directory, env=environment, check=True, capture_output=True, text=True)
    in_order = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
    return in_order[in_order.index("planner") :]  # what Python or the tests load before is not meant
