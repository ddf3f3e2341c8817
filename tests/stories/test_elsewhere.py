"""Who works on a project from elsewhere, with -chdir, pastes what is told where they are."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, link, vpc
from support.watching import PATIENCE

CHDIR = "-chdir=my project"
MAIN = enable("a", "vpc-a") + attach("one", "i-0001", "vpc-a")


@pytest.fixture
def project(tmp_path: Path) -> Desk:
    """A project with one link; its user is in the directory above."""
    (tmp_path / "my project").mkdir()
    desk = Desk(tmp_path / "my project")
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(3))
    desk.write(main__hcl=PROVIDER + MAIN)
    return desk


@pytest.fixture
def user(project: Desk) -> Desk:
    return Desk(project.directory.parent)


def commands_in(messages: str) -> list[list[str]]:
    """The words of every command of `cl` that is told from elsewhere, each to the end of its line or sentence."""
    found = re.findall(r"\bcl '-chdir.*", messages)
    return [shlex.split(one.split(": ")[0].split(" (")[0].rstrip(".)")) for one in found]


def test_a_plan_that_was_applied_names_the_directory_in_what_makes_another(project: Desk, user: Desk) -> None:
    user.cl(CHDIR, "plan", "-out=p", code=0)
    user.cl(CHDIR, "apply", "p", code=0)
    for words in (["apply", "p"], ["apply", "-json", "p"]):
        refused = user.cl(CHDIR, *words, code=1)
        assert commands_in(refused.err)[0][:3] == ["cl", CHDIR, "plan"]
    event = json.loads(refused.out.splitlines()[-1])
    assert event["diagnostic"]["remedy"] == "Plan again: cl plan --out p"
    assert event["diagnostic"]["commands"] == [{"start": 12, "end": 27, "argv": ["cl", "plan", "--out", "p"]}]


@pytest.mark.parametrize(
    ("words", "messages"),
    [
        (["state", "show", "classiclink_vpc.b"], "cl '-chdir=my project' state list"),
        (["workspace", "select", "blue"], "cl '-chdir=my project' workspace new blue"),
        (["force-unlock", "x"], "Take the ID from the message about the lock"),
        (["output", "x"], "cl '-chdir=my project' output lists them."),
        (["init"], "Next: cl '-chdir=my project' plan"),
        (["apply", "-lock=false"], "cl '-chdir=my project' force-unlock removes a lock"),
        (["advise", "i-0001", "vpc-a"], "already: cl '-chdir=my project' apply builds it."),
    ],
)
def test_small_refusals_name_the_directory(user: Desk, words: list[str], messages: str) -> None:
    seen = user.cl(CHDIR, *words)
    assert messages in " ".join(f"{seen.out} {seen.err}".split())


def test_findings_and_drift_name_the_directory_in_every_report(project: Desk, user: Desk) -> None:
    world = project.read_world()
    project.world(**{**world, "vpcs": [vpc("vpc-a"), vpc("vpc-b", "172.30.0.0/16", classic_link_enabled=True)]})
    world = project.read_world()
    project.world(**{**world, "links": [link("i-0001", "vpc-b")]})
    seen = user.cl(CHDIR, "plan", "--json", "-o", "markdown=plan.md", code=1)
    [finding] = [rule for rule in seen.json["rules"] if rule["rule"] == "CL202"]
    adopt = "import classiclink_attachment.one i-0001/vpc-b"
    command = f"cl '-chdir=my project' {adopt}"
    assert f"cl {adopt}" in finding["remedy"]
    assert command in seen.err
    assert command in (project.directory / "plan.md").read_text(encoding="utf-8")
    items = user.cl(CHDIR, "drift", "--json", code=2).json["items"]
    assert any(f"cl {adopt}" in way for item in items for way in item["remedy"])
    assert command in user.cl(CHDIR, "drift", code=2).out


def without_time(document: dict[str, Any]) -> dict[str, Any]:
    """A plan without what differs from one run to the next."""
    return {key: value for key, value in document.items() if key not in ("plan_id", "created_at", "checksum")}


def test_a_plan_is_the_same_wherever_its_user_is(project: Desk, user: Desk) -> None:
    two_ways = [(user, [CHDIR]), (project, [])]
    whole = [
        desk.cl(*chdir, "plan", "--json", "--target", "classiclink_vpc.a", code=0).json for desk, chdir in two_ways
    ]
    assert whole[0]["diagnostics"][0]["remedy"].endswith(": cl plan")
    assert without_time(whole[0]) == without_time(whole[1])
    for desk, chdir in two_ways:
        desk.cl(*chdir, "plan", f"--out={desk.directory}/p", code=0)
    saved = [json.loads((desk.directory / "p").read_text(encoding="utf-8")) for desk, _ in two_ways]
    assert without_time(saved[0]) == without_time(saved[1])
    world = project.read_world()
    project.world(**{**world, "vpcs": [vpc("vpc-a"), vpc("vpc-b", "172.30.0.0/16", classic_link_enabled=True)]})
    project.world(**{**project.read_world(), "links": [link("i-0001", "vpc-b")]})
    refused = [desk.cl(*chdir, "plan", "--json", "--drain=vpc-b", code=1).json for desk, chdir in two_ways]
    assert refused[0]["diagnostics"][0]["remedy"].endswith(": cl plan --drain=vpc-b --include-unmanaged")
    assert without_time(refused[0]) == without_time(refused[1])
    failed = [desk.cl(*chdir, "plan", "--json", code=1).json for desk, chdir in two_ways]
    assert any(rule["rule"] == "CL202" and rule["commands"] for rule in failed[0]["rules"])
    assert without_time(failed[0]) == without_time(failed[1])


@pytest.mark.parametrize(
    ("state", "code"),
    [("{", "STA103"), ('{"terraform_version": "1.9.0", "version": 4}', "STA112"), (None, "STA101")],
    ids=["broken", "Terraform's", "a directory"],
)
def test_a_state_that_cannot_be_used_is_named_alike_wherever_its_user_is(
    project: Desk, user: Desk, state: str | None, code: str
) -> None:
    path = project.directory / "cl.state.json"
    if state is None:
        path.mkdir()
    else:
        path.write_text(state, encoding="utf-8")
    plans = [desk.cl(*chdir, "plan", "--json", code=1).json for desk, chdir in ((user, [CHDIR]), (project, []))]
    (problem,) = plans[0]["diagnostics"]
    assert problem["code"] == code
    assert str(project.directory) not in json.dumps(plans[0])
    assert without_time(plans[0]) == without_time(plans[1])


def test_drift_is_the_same_wherever_its_user_is(project: Desk, user: Desk) -> None:
    world = project.read_world()
    project.world(**{**world, "vpcs": [vpc("vpc-a", classic_link_enabled=True)], "links": [link("i-0001", "vpc-a")]})
    found = [desk.cl(*chdir, "drift", "--json", code=2).out for desk, chdir in ((user, [CHDIR]), (project, []))]
    assert found[0] == found[1]
    assert json.loads(found[0])["note_commands"]
    assert "cl '-chdir=my project' apply adopts them all at once" in user.cl(CHDIR, "drift", code=2).out


def test_the_events_of_an_apply_are_the_same_wherever_its_user_is(project: Desk, user: Desk) -> None:
    project.write(faults__json='[{"action": "AttachClassicLinkVpc", "kind": "error", "code": "QuotaExceeded"}]')
    project.write(main__hcl=PROVIDER.replace("}", '  faults = "faults.json"\n}') + MAIN)
    clean = project.read_world()
    messages = []
    for desk, chdir in ((user, [CHDIR]), (project, [])):
        project.world(**clean)
        (project.directory / "cl.state.json").unlink(missing_ok=True)
        lines = desk.cl(*chdir, "apply", "-auto-approve", "-parallelism=1", "-json", code=1).out.splitlines()
        events = [json.loads(line) for line in lines]
        messages.append(
            [{key: value for key, value in event.items() if key not in ("time", "seconds")} for event in events]
        )
    assert messages[0] == messages[1]
    (refused,) = [event["diagnostic"] for event in messages[0] if event.get("diagnostic", {}).get("code") == "PRV301"]
    assert refused["remedy"].endswith("go on with: cl apply --parallelism=1")
    assert [one["argv"] for one in refused["commands"]] == [["cl", "apply", "--parallelism=1"]]


def test_a_saved_plan_with_a_command_in_a_warning_can_be_applied(project: Desk, user: Desk) -> None:
    target = ["--target", "classiclink_vpc.a"]
    document = user.cl(CHDIR, "plan", "--out", "p", "--json", *target, code=0).json
    assert [one["remedy"].rpartition(": ")[2] for one in document["diagnostics"]] == ["cl plan"]
    user.cl(CHDIR, "apply", "p", code=0)


def test_a_broken_state_is_brought_back_from_where_its_user_is(project: Desk, user: Desk) -> None:
    user.cl(CHDIR, "apply", "-auto-approve", code=0)
    user.cl(CHDIR, "state", "mv", "classiclink_attachment.one", "classiclink_attachment.two", code=0)
    (project.directory / "cl.state.json").write_text("{")
    [words, *_] = [one for one in commands_in(user.cl(CHDIR, "plan", code=1).err) if "push" in one]
    assert words[:4] == ["cl", CHDIR, "state", "push"]
    user.cl(*words[1:], code=0)
    assert "classiclink_attachment.one" in project.state_addresses()


def test_other_commands_name_files_from_where_their_user_is(project: Desk, user: Desk) -> None:
    (project.directory / "cl.state.json.journal").write_text("hello\nworld\n")
    messages = user.cl(CHDIR, "plan", code=1).err
    *_, moved, again, _ = [shlex.split(line) for line in messages.splitlines() if line]
    assert moved == ["mv", "my project/cl.state.json.journal", "my project/cl.state.json.journal.damaged"]
    assert again == ["cl", CHDIR, "plan"]
    subprocess.run(moved, cwd=user.directory, check=True, timeout=PATIENCE)
    user.cl(*again[1:], code=0)


def test_a_world_that_is_not_there_is_made_where_it_belongs(project: Desk, user: Desk) -> None:
    (project.directory / "world.json").unlink()
    messages = user.cl(CHDIR, "plan", code=1).err
    assert f"> {project.directory}/world.json" in messages


def test_path_cwd_is_the_directory_in_which_cl_was_called(project: Desk, user: Desk) -> None:
    project.write(paths__hcl='output "paths" {\n  value = [path.cwd, path.root]\n}\n')
    for desk, words in ((user, [CHDIR]), (project, [])):
        plan = desk.cl(*words, "plan", "-json").json
        assert plan["output_changes"]["paths"]["after"] == [desk.directory.as_posix(), "."]


@pytest.mark.parametrize(
    ("file", "content", "words", "messages"),
    [
        ("m.hcl", 'module "m" {\n  source = "./no"\n}\n', ["validate"], "There is no directory my project/no."),
        ("world.json", "{", ["plan"], "my project/world.json, line 1, column 2: "),
        ("cl.state.json", "{", ["plan"], "my project/cl.state.json ends at line 1, column 2"),
        ("cl.state.json.lock", "{}", ["apply", "-auto-approve"], "my project/cl.state.json.lock does not say"),
    ],
)
def test_a_sentence_names_files_from_where_it_is_read(
    project: Desk, user: Desk, file: str, content: str, words: list[str], messages: str
) -> None:
    (project.directory / file).write_text(content, encoding="utf-8")
    ended = user.cl(CHDIR, *words, code=1)
    assert messages in " ".join((ended.out + ended.err).split())


def test_a_document_names_files_from_the_project_and_says_where_they_are_named(project: Desk, user: Desk) -> None:
    project.write(m__hcl='module "m" {\n  source = "./no"\n}\n')
    (found,) = user.cl(CHDIR, "validate", "--json", code=1).json["diagnostics"]
    assert found["detail"] == "There is no directory no."
    assert found["detail_files"] == [{"start": 22, "end": 24}]
