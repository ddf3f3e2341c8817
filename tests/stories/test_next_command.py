"""What a plan shows on which stream, and that the command it ends with does just what was shown."""

from __future__ import annotations

import shlex

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, link, vpc


def linked(desk: Desk) -> None:
    """Two instances, one of them linked by hand to an enabled VPC; nothing is managed."""
    desk.world(vpcs=[vpc("vpc-a", classic_link_enabled=True)], instances=instances(2), links=[link("i-0001", "vpc-a")])
    desk.write(main__hcl=PROVIDER + attach("one", "i-0001", "vpc-a") + attach("two", "i-0002", "vpc-a"))


def next_of(text: str) -> list[str]:
    """The words of the command that a plan ends with."""
    words = shlex.split(text.rstrip("\n").rpartition("\nNext:  ")[2])
    assert words[0] == "cl"
    return words[1:]


@pytest.mark.parametrize(
    ("given", "pasted"),
    [
        ("", "apply"),
        ("--json -o text=report.txt", None),
        ("--summary --detailed-exitcode --every-step -o json=p.json -ojunit=j.xml --no-input", "apply"),
        ("-target=classiclink_attachment.one", "apply --target=classiclink_attachment.one"),
        ("--exclude 'classiclink_attachment.t*'", "apply --exclude 'classiclink_attachment.t*'"),
        ("-refresh=false", "apply --no-refresh"),
        ("--drain vpc-a --include-unmanaged", "apply --drain vpc-a --include-unmanaged"),
        ("--accept-detach 3 -parallelism 2", "apply --accept-detach 3 --parallelism 2"),
        ("--out 'my plan.json'", "apply 'my plan.json'"),
    ],
)
def test_a_plan_ends_with_the_command_that_does_what_was_shown(desk: Desk, given: str, pasted: str | None) -> None:
    linked(desk)
    shown = desk.cl("plan", *shlex.split(given)).out
    if pasted is None:
        shown = (desk.directory / "report.txt").read_text(encoding="utf-8")
        pasted = "apply"
    assert next_of(shown) == shlex.split(pasted)


def test_the_command_at_the_end_works_when_it_is_pasted(desk: Desk) -> None:
    linked(desk)
    words = next_of(desk.cl("plan", "-target", "classiclink_attachment.two", code=0).out)
    desk.cl(*words, "--auto-approve", code=0)
    assert desk.state_addresses() == ["classiclink_attachment.two"]
    words = next_of(desk.cl("plan", "-drain=vpc-a", "--include-unmanaged", code=0).out)
    desk.cl(*words, "--auto-approve", code=0)
    assert desk.links() == {}


def test_the_directory_and_the_saved_plan_are_named_as_they_were_given(desk: Desk) -> None:
    linked(desk)
    elsewhere = Desk(desk.directory.parent)
    chdir = f"-chdir={desk.directory.name}"
    words = next_of(elsewhere.cl(chdir, "plan", "--out", "p.json", code=0).out)
    assert words == [chdir, "apply", "p.json"]
    assert next_of(elsewhere.cl(chdir, "show", "p.json", code=0).out) == words
    elsewhere.cl(*words, code=0)
    assert desk.links() == {"i-0001": "vpc-a", "i-0002": "vpc-a"}


def test_the_workspace_of_the_environment_is_named(desk: Desk) -> None:
    linked(desk)
    blue = {"CL_WORKSPACE": "blue"}
    elsewhere = Desk(desk.directory.parent)
    chdir = f"-chdir={desk.directory.name}"
    shown = elsewhere.cl(chdir, "plan", "--out", "p.json", code=0, **blue).out
    assert shown.rstrip().endswith(f"\nNext:  CL_WORKSPACE=blue cl {chdir} apply p.json")
    assert "CL_WORKSPACE" not in desk.cl("plan", "--json", code=0, **blue).out
    desk.write(main__hcl=PROVIDER + attach("one", "i-0001", "vpc-none"))
    refused = desk.cl("plan", "--target=classiclink_attachment.one", "--out", "p.json", code=1, **blue).out
    again = "CL_WORKSPACE=blue cl plan --target=classiclink_attachment.one --out p.json"
    assert refused.rstrip().endswith(f"\nNext:  fix the errors, then run {again} again.")


@pytest.mark.parametrize("command", ["plan", "apply"])
def test_findings_have_a_line_on_stdout_and_are_reported_in_full_on_stderr(desk: Desk, command: str) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + attach("one", "i-0001", "vpc-a"))
    ended = desk.cl(command, code=1)
    assert ended.out.count("Error CL101") == 1
    assert "✗ CL101" in ended.out
    assert "To fix:" not in ended.out
    assert "Error: VPC not enabled  CL101\n" in ended.err
    assert "To fix:" in ended.err
    assert "To fix:" in desk.cl("plan", "--json", code=1).err


def test_a_plan_without_findings_shows_nothing_on_stderr(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + attach("one", "i-0001", "vpc-a"))
    assert desk.cl("plan", code=0).err == ""


def test_an_import_names_the_command_that_imports_what_is_not_declared(desk: Desk) -> None:
    linked(desk)
    desk.write(main__hcl=PROVIDER)
    chdir = f"-chdir={desk.directory.name}"
    caller = Desk(desk.directory.parent)
    said = caller.cl(chdir, "import", "--all", "--vpc=vpc-a", code=0).err
    command = said.rstrip("\n").rpartition("too: cl ")[2]
    assert command == f"{chdir} import --all --vpc=vpc-a --write FILE.hcl"
    caller.cl(*shlex.split(command.replace("FILE", "found")), code=0)
    assert (desk.directory / "found.hcl").exists()
