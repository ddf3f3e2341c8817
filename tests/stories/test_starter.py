"""`cl init --example` writes whole new files, and nothing over or through what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.app.starter import EXAMPLE, GIT_IGNORE
from support.killing import Desk, count_points, full_after, killed_at

INIT = ("init", "--example")


def test_wherever_it_is_killed_each_file_is_whole_or_not_there(tmp_path: Path) -> None:
    (tmp_path / "all").mkdir()
    for point in range(1, count_points(Desk(tmp_path / "all"), INIT) + 1):
        (tmp_path / str(point)).mkdir()
        desk = Desk(tmp_path / str(point))
        desk.cl(*INIT, first=killed_at(point))
        for name in {*EXAMPLE} & {path.name for path in desk.directory.iterdir()}:
            assert (desk.directory / name).read_text() == EXAMPLE[name]


@pytest.mark.parametrize("room", [0, 10, len(EXAMPLE["main.hcl"])])
def test_on_a_full_disk_no_half_of_a_file_is_left(tmp_path: Path, room: int) -> None:
    desk = Desk(tmp_path)
    assert desk.cl(*INIT, first=full_after(room)) == 1
    assert "CFG592" in desk.said
    assert "No space left on device" in desk.said
    left = {path.name: path.read_text() for path in tmp_path.iterdir() if path.name != "said.txt"}
    assert left.items() <= EXAMPLE.items()


@pytest.mark.parametrize("name", EXAMPLE)
def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path: Path, name: str) -> None:
    (tmp_path / name).symlink_to(tmp_path / "elsewhere")
    desk = Desk(tmp_path)
    assert desk.cl(*INIT) == 1
    assert "CFG591" in desk.said
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([name, "said.txt"])


@pytest.mark.parametrize("name", ["other.hcl", "main.hcl.json"])
def test_any_configuration_that_is_there_is_left_alone(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("{}")
    desk = Desk(tmp_path)
    assert desk.cl(*INIT) == 1
    assert "CFG591" in desk.said


def test_git_ignores_states_and_plans_as_the_page_says(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "terraform.md").read_text(encoding="utf-8")
    assert f"```text .gitignore\n{GIT_IGNORE}```" in page
    assert Desk(tmp_path).cl(*INIT) == 0
    assert (tmp_path / ".gitignore").read_text() == GIT_IGNORE


def test_a_file_that_git_reads_already_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.pyc\n")
    assert Desk(tmp_path).cl(*INIT) == 0
    assert (tmp_path / ".gitignore").read_text() == "*.pyc\n"
