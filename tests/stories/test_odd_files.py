"""Files that are not what they should be: bytes that are no text, links that lead nowhere, directories.

Each ends with a diagnostic that names the file, and nothing is lost.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, enable, vpc


@pytest.fixture
def project(desk: Desk) -> Desk:
    """A project whose ClassicLink is on, with a saved plan that does nothing more."""
    desk.world(vpcs=[vpc("vpc-shop")])
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-shop"))
    desk.cl("apply", "-auto-approve", code=0)
    desk.cl("plan", "--out", "saved", code=0)
    return desk


def ends_with_zeros(path: Path) -> None:
    path.write_bytes((path.read_bytes() if path.exists() else b"") + b"a\0b\n")


def leads_nowhere(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to("not/there")


def is_a_directory(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.mkdir()


ODD = [
    (ends_with_zeros, "main.hcl", "plan", "CFG101"),
    (ends_with_zeros, "cl.clvars", "plan", "CFG101"),
    (ends_with_zeros, "cl.state.json", "plan", "STA102"),
    (ends_with_zeros, "saved", "apply saved", "STA401"),
    (ends_with_zeros, "saved", "show saved", "STA401"),
    (ends_with_zeros, "world.json", "plan", "PRV202"),
    (leads_nowhere, "main.hcl", "validate", "CFG105"),
    (leads_nowhere, "cl.clvars", "plan", "CFG410"),
    (leads_nowhere, "cl.state.json", "apply -auto-approve", "STA101"),
    (leads_nowhere, "cl.state.json.journal", "plan", "STA301"),
    (leads_nowhere, "cl.state.json.journal", "apply -auto-approve", "STA301"),
    (leads_nowhere, "saved", "show saved", "STA420"),
    (leads_nowhere, "saved", "apply saved", "STA420"),
    (leads_nowhere, "world.json", "plan", "PRV201"),
    (leads_nowhere, ".clignore", "drift", "CFG594"),
    (leads_nowhere, ".cl", "plan", "STA438"),
    (is_a_directory, "cl.state.json", "plan", "STA101"),
    (is_a_directory, "cl.state.json.journal", "plan", "STA301"),
    (is_a_directory, "cl.state.json.lock", "apply -auto-approve", "STA203"),
    (is_a_directory, "saved", "apply saved", "STA420"),
    (is_a_directory, "world.json", "drift", "PRV201"),
    (is_a_directory, ".clignore", "drift", "CFG594"),
]


@pytest.mark.parametrize(("become", "name", "command", "code"), ODD)
def test_an_odd_file_is_named_and_nothing_is_lost(
    project: Desk, become: Callable[[Path], None], name: str, command: str, code: str
) -> None:
    if name == "cl.state.json":  # beside a target that could be made, a link is where a first state is written
        (project.directory / "not").write_text("")
    become(project.directory / name)
    before = project.contents()
    ended = project.cl(*command.split(), code=1)
    assert code in ended.out + ended.err
    assert name in ended.out + ended.err
    assert {key: value for key, value in project.contents().items() if "lock" not in key} == before


@pytest.mark.parametrize(
    ("become", "name"),
    [
        (leads_nowhere, "cl.state.json.backup"),
        (is_a_directory, "cl.state.json.backup"),
        (leads_nowhere, "cl.state.json.history"),
    ],
)
def test_a_state_that_cannot_be_written_names_the_file_in_the_way_and_is_kept(
    project: Desk, become: Callable[[Path], None], name: str
) -> None:
    place = project.directory / name
    if place.is_dir():
        for version in place.iterdir():
            version.unlink()
        place.rmdir()
    become(place)
    ended = project.cl("state", "rm", "classiclink_vpc.shop", code=1)
    assert f"{name}: " in ended.err
    assert f"mv {name} {name}.other" in ended.err
    rescued = project.directory / "errored.cl.state.json"
    project.cl("show", code=0)
    assert rescued.exists()


def test_a_damaged_version_is_named_where_the_others_are_listed(project: Desk) -> None:
    project.cl("state", "rm", "classiclink_vpc.shop", code=0)
    first, second = sorted((project.directory / "cl.state.json.history").iterdir())
    first.write_text("{")
    ended = project.cl("state", "history", code=0)
    assert len(ended.out.splitlines()) == 2
    assert "STA465" in ended.err
    assert f"cl.state.json.history/{first.name}" in ended.err
    assert second.name not in ended.err


@pytest.mark.parametrize("name", ["new\nline.hcl", "esc\x1b[31m.hcl"])
def test_a_name_with_marks_in_it_does_not_reach_the_terminal_as_such(desk: Desk, name: str) -> None:
    (desk.directory / name).write_text("a = = 1\n")
    (desk.directory / "world\x1b.json").write_text("{")
    for arguments in (
        ["validate"],
        ["plan"],
        ["fmt"],
        ["show", "pl\x1ban"],
        ["apply", "pl\x1ban"],
        ["plan", "--out", "x\n\x1b/y"],
    ):
        ended = desk.cl(*arguments, code=1)
        assert "\x1b" not in ended.out + ended.err
        assert name not in ended.out + ended.err


def test_a_file_in_the_way_of_a_report_is_named(project: Desk) -> None:
    leads_nowhere(project.directory / "report")
    ended = project.cl("plan", "-o", "html=report", code=1)
    assert "report" in ended.err
    assert os.path.lexists(project.directory / "report")
