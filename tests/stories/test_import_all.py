"""An estate that exists is taken over in one pass, and never lost by it."""

from __future__ import annotations

import json
import re
import shlex

import pytest

from support.clouds import BOTH_CLOUDS
from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, link, vpc

pytestmark = BOTH_CLOUDS

DENIED = {"kind": "error", "code": "Forbidden.RAM", "message": "no right"}

NO_ADOPTION = "cl {\n  limits {\n    adopt = false\n  }\n}\n"


@pytest.fixture
def estate(desk: Desk) -> Desk:
    desk.world(
        vpcs=[vpc("vpc-a", classic_link_enabled=True), vpc("vpc-b", "172.31.0.0/16", classic_link_enabled=True)],
        instances=instances(6),
        links=[link(f"i-000{n}", "vpc-a") for n in (1, 2, 3)] + [link(f"i-000{n}", "vpc-b") for n in (4, 5)],
    )
    desk.write(main__hcl=PROVIDER)
    return desk


@pytest.mark.parametrize("name", ["sub/links.hcl", "links.txt", ".l.hcl", "links.hcl.json", "links.hcl~", "#l.hcl#"])
def test_a_file_that_the_configuration_does_not_read_is_refused_before_anything_is_written(
    estate: Desk, name: str
) -> None:
    (estate.directory / "sub").mkdir()
    refused = estate.cl("import", "--all", "--write", name, code=1)
    assert "File is not part of the configuration" in refused.err
    assert not (estate.directory / name).exists()
    assert estate.state_addresses() == []


def test_a_file_of_the_directory_is_taken_however_it_is_called(estate: Desk) -> None:
    estate.cl("import", "--all", "--write", str(estate.directory / "links.hcl"), code=0)
    estate.cl("plan", "-detailed-exitcode", code=0)


def test_what_the_state_has_but_is_not_declared_is_reported_with_a_way_out_that_works(estate: Desk) -> None:
    estate.cl("import", "--all", "--write", "links.hcl", code=0)
    (estate.directory / "links.hcl").unlink()
    refused = estate.cl("import", "--all", "--write", "rest.hcl", code=1)
    assert refused.err.count("Error") == 1
    assert "Objects are managed, but not declared" in refused.err
    assert not (estate.directory / "rest.hcl").exists()
    commands = [line.split() for line in refused.err.splitlines() if line.strip().startswith("cl ")]
    assert [words[1] for words in commands] == ["state", "import"]
    for words in commands:
        estate.cl(*words[1:], code=0)
    estate.cl("plan", "-detailed-exitcode", code=0)
    assert len(estate.links()) == 5
    assert estate.calls() == []


def test_where_adoption_is_off_one_command_imports_all_that_is_declared(estate: Desk) -> None:
    fleet = '  for_each = toset(["i-0001", "i-0002", "i-0006"])\n'
    blocks = enable("shop", "vpc-a") + attach("fleet", "i-0001", "vpc-a", fleet).replace('"i-0001"\n', "each.key\n")
    estate.write(main__hcl=PROVIDER + NO_ADOPTION + blocks)
    refused = estate.cl("plan", code=1)
    assert "cl import --all" in refused.err
    imported = estate.cl("import", "--all", code=0)
    assert "Imported 3 objects." in imported.err
    assert "4 more exist and are not declared" in imported.err
    assert len(estate.state_addresses()) == 3
    again = estate.cl("import", "--all", code=0)
    assert "Nothing was imported" in again.err
    plan = estate.cl("plan", "--json", code=0).json
    assert [step["instance_id"] for step in plan["steps"]] == ["i-0006"]
    assert estate.calls() == []


def test_only_what_one_vpc_has_is_imported_where_it_is_named(estate: Desk) -> None:
    estate.write(main__hcl=PROVIDER + enable("a", "vpc-a") + enable("b", "vpc-b") + attach("one", "i-0004", "vpc-b"))
    assert "Imported 2 objects." in estate.cl("import", "--all", "--vpc", "vpc-b", code=0).err
    assert estate.state_addresses() == ["classiclink_attachment.one", "classiclink_vpc.b"]


def test_what_is_declared_is_imported_along_with_what_is_written(estate: Desk) -> None:
    estate.write(main__hcl=PROVIDER + enable("shop", "vpc-a"))
    messages = estate.cl("import", "--all", "--write", "links.hcl", code=0).err
    assert "Imported 7 objects. links.hcl declares 6 of them." in messages
    assert "classiclink_vpc.shop" in estate.state_addresses()
    estate.cl("plan", "-detailed-exitcode", code=0)


def test_a_state_that_cannot_be_written_leaves_links_declared_and_what_is_reported_ends_well(estate: Desk) -> None:
    estate.write(main__hcl=PROVIDER + enable("shop", "vpc-a"))
    estate.cl("import", "--all", code=0)
    (estate.directory / "cl.state.json.backup").mkdir()
    ended = estate.cl("import", "--all", "--write", "links.hcl", code=1)
    messages = " ".join(ended.err.split())
    assert "links.hcl was written and declares what was imported, so no apply deletes it." in messages
    (estate.directory / "cl.state.json.backup").rmdir()
    assert "6 adopted" in estate.cl("plan", code=0).out
    (rescued,) = re.findall(r"cl state push (\S+)", ended.err)
    for words in (("state", "push", rescued), ("import", "--all")):
        estate.cl(*words, code=0)
        estate.cl("plan", "-detailed-exitcode", code=0)
    assert len(estate.links()) == 5
    assert estate.calls() == []


@pytest.mark.parametrize("write", [(), ("--write", "links.hcl")])
def test_what_could_not_be_read_is_reported_and_imported_by_the_same_command_later(
    estate: Desk, write: tuple[str, ...]
) -> None:
    declared = enable("a", "vpc-a") + enable("b", "vpc-b") + attach("one", "i-0001", "vpc-a")
    estate.write(
        main__hcl=PROVIDER.replace("}", '  faults = "faults.json"\n}') + declared,
        faults__json=json.dumps([{"action": "DescribeClassicLinkInstances", **DENIED}]),
    )
    messages = " ".join(estate.cl("import", "--all", *write, code=3).err.split())
    assert "Imported 2 objects." in messages
    assert "Warning: Cloud was not read completely" in messages
    assert "The links of" in messages
    assert "could not be read: DescribeClassicLinkInstances: Forbidden.RAM" in messages
    assert not (estate.directory / "links.hcl").exists()
    refused = " ".join(estate.cl("import", "classiclink_attachment.one", "i-0001/vpc-a", code=1).err.split())
    assert "could not be read in the cloud: DescribeClassicLinkInstances: Forbidden.RAM" in refused
    estate.write(faults__json="[]")
    again = estate.cl("import", "--all", *write, code=0).err
    assert ("Imported 5 objects. links.hcl declares 4 of them." if write else "Imported 1 object.") in again


def test_where_no_vpc_can_be_read_nothing_is_said_to_be_managed(estate: Desk) -> None:
    estate.write(
        main__hcl=PROVIDER.replace("}", '  faults = "faults.json"\n}'),
        faults__json=json.dumps([{"action": "DescribeVpcs", **DENIED}]),
    )
    messages = estate.cl("import", "--all", "--write", "links.hcl", code=3).err
    assert "Nothing was imported.\n" in messages
    assert "The VPCs of the whole account could not be read" in messages
    refused = estate.cl("import", "--all", "--vpc", "vpc-a", code=1).err
    assert "vpc-a could not be read: " in refused
    assert "There is no VPC" not in refused


def test_a_link_with_a_pending_move_is_left_out_and_reported_with_what_carries_it_out(estate: Desk) -> None:
    managed = attach("managed", "i-0001", "vpc-a") + enable("a", "vpc-a") + enable("b", "vpc-b")
    estate.write(main__hcl=PROVIDER + managed)
    estate.cl("import", "--all", code=0)
    moved = managed.replace('"vpc-a"', '"vpc-b"', 1) + attach("elsewhere", "i-0002", "vpc-b")
    estate.write(main__hcl=PROVIDER + moved)
    messages = estate.cl("import", "--all", "--write", "rest.hcl", code=0)
    assert "Objects have a pending move  STA128" in messages.err
    assert "classiclink_attachment.managed will change from i-0001/vpc-a to i-0001/vpc-b" in " ".join(
        messages.err.split()
    )
    assert "i-0001" not in (estate.directory / "rest.hcl").read_text()
    assert "i-0002" not in (estate.directory / "rest.hcl").read_text()
    adopt, apply = [line.split()[1:] for line in messages.err.splitlines() if line.strip().startswith("cl ")]
    assert adopt == ["import", "classiclink_attachment.elsewhere", "i-0002/vpc-a"]
    estate.cl(*adopt, code=0)
    estate.cl(*apply, "--auto-approve", code=0)
    assert estate.links() == {
        "i-0001": "vpc-b",
        "i-0002": "vpc-b",
        "i-0003": "vpc-a",
        "i-0004": "vpc-b",
        "i-0005": "vpc-b",
    }
    estate.cl("plan", "-detailed-exitcode", code=0)


def test_of_another_vpc_no_pending_move_is_reported(estate: Desk) -> None:
    estate.write(main__hcl=PROVIDER + attach("moves", "i-0001", "vpc-b"))
    assert "STA128" not in estate.cl("import", "--all", "--vpc", "vpc-b", code=0).err


def test_only_what_is_lost_is_forgotten_and_imported_as_it_was_asked(estate: Desk) -> None:
    fleet = '  for_each = toset(["i-0001", "i-0002"])\n'
    blocks = attach("fleet", "X", "vpc-a", fleet).replace('"X"', "each.key") + enable("b", "vpc-b")
    estate.write(main__hcl=PROVIDER + 'variable "x" {}\n' + enable("a", "vpc-a") + blocks)
    estate.cl("import", "--all", "--var=x=1", code=0)
    less = blocks.replace(', "i-0002"', "").replace(enable("b", "vpc-b"), "")
    estate.write(main__hcl=PROVIDER + 'variable "x" {}\n' + enable("a", "vpc-a") + less)
    asked = ["import", "--all", "--vpc", "vpc-a", "--write", "rest.hcl", "--var=x=1"]
    messages = estate.cl(*asked, code=1).err
    forget, again = [shlex.split(line)[1:] for line in messages.splitlines() if line.strip().startswith("cl ")]
    assert forget == ["state", "rm", 'classiclink_attachment.fleet["i-0002"]']
    assert again == asked
    estate.cl(*forget, code=0)
    estate.cl(*again, code=0)
    assert 'classiclink_attachment.fleet["i-0001"]' in estate.state_addresses()
