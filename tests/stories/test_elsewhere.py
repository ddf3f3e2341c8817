"""Who works on a project from elsewhere, with -chdir, pastes what is told where they are."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest

from planner.cli.main import COMMANDS
from planner.commands import NAMES, called
from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, link, vpc

CHDIR = "-chdir=my project"


@pytest.fixture
def project(tmp_path: Path) -> Desk:
    """A project with one link; its user is in the directory above."""
    (tmp_path / "my project").mkdir()
    desk = Desk(tmp_path / "my project")
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(3))
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + attach("one", "i-0001", "vpc-a"))
    return desk


@pytest.fixture
def user(project: Desk) -> Desk:
    return Desk(project.directory.parent)


def commands_in(told: str) -> list[list[str]]:
    """The words of every command of `cl` that is told from elsewhere, each to the end of its line or sentence."""
    found = re.findall(r"\bcl '-chdir.*", told)
    return [shlex.split(one.split(": ")[0].split(" (")[0].rstrip(".)")) for one in found]


def test_every_command_is_known_to_remedies() -> None:
    assert tuple(COMMANDS) == NAMES


@pytest.mark.parametrize(
    ("said", "pasted"),
    [
        ("Plan again: cl plan", "Plan again: cl -chdir=try plan"),
        ("Run it: mkdir try && cl -chdir=try init", "Run it: mkdir try && cl -chdir=try init"),
        ("cl state list shows (cl import A b).", "cl -chdir=try state list shows (cl -chdir=try import A b)."),
        ("Use the release of cl that wrote it.", "Use the release of cl that wrote it."),
        ("X=y cl apply && cl plan", "X=y cl -chdir=try apply && cl -chdir=try plan"),
    ],
)
def test_commands_alone_are_called_otherwise(said: str, pasted: str) -> None:
    assert called(said, "cl -chdir=try") == pasted
    assert called(pasted, "cl -chdir=try") == pasted


def test_a_plan_that_was_applied_names_the_directory_in_what_makes_another(project: Desk, user: Desk) -> None:
    user.cl(CHDIR, "plan", "-out=p", code=0)
    user.cl(CHDIR, "apply", "p", code=0)
    for words in (["apply", "p"], ["apply", "-json", "p"]):
        refused = user.cl(CHDIR, *words, code=1)
        assert commands_in(refused.err)[0][:3] == ["cl", CHDIR, "plan"]
    event = json.loads(refused.out.splitlines()[-1])
    assert "cl '-chdir=my project' plan" in event["diagnostic"]["remedy"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["state", "show", "classiclink_vpc.b"], "cl '-chdir=my project' state list"),
        (["workspace", "select", "blue"], "cl '-chdir=my project' workspace new blue"),
        (["force-unlock", "x"], "There is nothing to unlock."),
        (["output", "x"], "cl '-chdir=my project' output lists them."),
        (["init"], "Next:  cl '-chdir=my project' plan"),
    ],
)
def test_small_refusals_name_the_directory(user: Desk, words: list[str], told: str) -> None:
    seen = user.cl(CHDIR, *words)
    assert told in seen.out + seen.err


def test_findings_and_drift_name_the_directory_in_every_report(project: Desk, user: Desk) -> None:
    world = project.read_world()
    project.world(**{**world, "vpcs": [vpc("vpc-a"), vpc("vpc-b", "172.30.0.0/16", classic_link_enabled=True)]})
    world = project.read_world()
    project.world(**{**world, "links": [link("i-0001", "vpc-b")]})
    seen = user.cl(CHDIR, "plan", "--json", "-o", "markdown=plan.md", code=1)
    [finding] = [rule for rule in seen.json["rules"] if rule["rule"] == "CL202"]
    command = "cl '-chdir=my project' import classiclink_attachment.one i-0001/vpc-b"
    assert command in finding["remedy"]
    assert command in seen.err
    assert command in (project.directory / "plan.md").read_text(encoding="utf-8")
    items = user.cl(CHDIR, "drift", "--json", code=2).json["items"]
    assert any(command in way for item in items for way in item["remedy"])
    assert command in user.cl(CHDIR, "drift", code=2).out


def test_a_saved_plan_with_a_command_in_a_warning_can_be_applied(project: Desk, user: Desk) -> None:
    target = ["--target", "classiclink_vpc.a"]
    document = user.cl(CHDIR, "plan", "--out", "p", "--json", *target, code=0).json
    assert [one["remedy"].rpartition(": ")[2] for one in document["diagnostics"]] == ["cl '-chdir=my project' plan"]
    user.cl(CHDIR, "apply", "p", code=0)


def test_a_broken_state_is_brought_back_from_where_its_user_is(project: Desk, user: Desk) -> None:
    user.cl(CHDIR, "apply", "-auto-approve", code=0)
    user.cl(CHDIR, "state", "mv", "classiclink_attachment.one", "classiclink_attachment.two", code=0)
    (project.directory / "cl.state.json").write_text("{")
    [words, *_] = [one for one in commands_in(user.cl(CHDIR, "plan", code=1).err) if "push" in one]
    assert words[:4] == ["cl", CHDIR, "state", "push"]
    user.cl(*words[1:], code=0)
    assert "classiclink_attachment.one" in project.state_addresses()


def test_other_commands_name_files_in_full(project: Desk, user: Desk) -> None:
    journal = project.directory / "cl.state.json.journal"
    journal.write_text("hello\nworld\n")
    told = user.cl(CHDIR, "plan", code=1).err
    *_, moved, again = [shlex.split(line) for line in told.splitlines() if line]
    assert moved == ["mv", str(journal), f"{journal}.damaged"]
    assert again == ["cl", CHDIR, "plan"]


def test_a_world_that_is_not_there_is_made_where_it_belongs(project: Desk, user: Desk) -> None:
    (project.directory / "world.json").unlink()
    told = user.cl(CHDIR, "plan", code=1).err
    assert f"> {project.directory}/world.json" in told
