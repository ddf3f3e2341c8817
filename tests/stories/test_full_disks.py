"""A disk that is full: the remedy is to free some space, whichever file could not be written."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from support.desk import Desk as Typed
from support.killing import Desk, full_after
from support.story_estates import PROVIDER
from support.watching import PATIENCE

SPACE = "To fix: Free some space on that disk."


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("estate"))
    desk.prepare()
    return desk


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("plan", "--out", "new.json"), "STA422"),
        (("plan", "-o", "html=report.html"), "CFG590"),
        (("drift", "--baseline", "known"), "CFG592"),
        (("fmt", "crooked.hcl"), "CFG592"),
        (("workspace", "select", "default"), "STA436"),
        (("state", "mv", "classiclink_vpc.shop", "classiclink_vpc.moved"), "STA203"),
        (("apply", "--auto-approve"), "STA203"),
    ],
)
def test_what_has_no_space_for_its_file_says_to_free_some(
    prepared: Desk, tmp_path: Path, arguments: tuple[str, ...], code: str
) -> None:
    desk = prepared.copy(tmp_path / "copy")
    (desk.directory / "crooked.hcl").write_text("locals {\na=1\n}\n")
    assert desk.cl(*arguments, first=full_after(0)) == 1, desk.said
    said = " ".join(desk.said.split())
    assert f"{code} " in said
    assert "No space left on device" in said
    assert SPACE in said
    assert "ermission" not in said


def test_a_workspace_that_cannot_be_selected_for_lack_of_space_is_not_made(prepared: Desk, tmp_path: Path) -> None:
    desk = prepared.copy(tmp_path / "copy")
    assert desk.cl("workspace", "new", "blue", first=full_after(0)) == 1, desk.said
    assert "STA436 " in " ".join(desk.said.split())
    assert not (desk.directory / "cl.state.d").exists()
    assert desk.cl("workspace", "new", "blue") == 0, desk.said


def test_a_state_without_space_is_pushed_when_there_is_some(prepared: Desk, tmp_path: Path) -> None:
    desk = prepared.copy(tmp_path / "copy")
    arguments = ("state", "mv", "classiclink_vpc.shop", "classiclink_vpc.moved")
    assert desk.cl(*arguments, first=full_after(1_000)) == 1, desk.said
    said = " ".join(desk.said.split())
    assert f"{SPACE} Then run the command again." in said


@pytest.mark.parametrize(
    "arguments", ["--help", "--version", "version", "plan --help", "state --help", "rules", "plan", "completion bash"]
)
def test_a_full_standard_output_is_no_bug(desk: Typed, arguments: str) -> None:
    desk.world()
    desk.write(main__hcl=PROVIDER)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "planner.cli.main", *arguments.split()],
            cwd=desk.directory,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    assert done.returncode == 1
    assert done.stderr == f"Error: standard output cannot be written: No space left on device.\n  {SPACE}\n"


def test_a_wrong_command_line_is_exit_64_also_where_nothing_can_be_said(desk: Typed) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "planner.cli.main", "plann"]
        assert subprocess.run(command, cwd=desk.directory, stderr=full, check=False, timeout=PATIENCE).returncode == 64
