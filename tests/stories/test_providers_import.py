"""Import where there are several providers: each object is looked for in the world of its own one."""

from __future__ import annotations

import json

import pytest

from support.desk import Desk
from support.two_accounts import LINK, OF_LAB, PROVIDERS, account, block, two_accounts

BOTH = {"i-1": "vpc-a"}


def held_by(desk: Desk) -> dict[str, str]:
    state = json.loads((desk.directory / "cl.state.json").read_text(encoding="utf-8"))
    return {f"{one['type'][12:]}.{one['name']}": one["provider"] for one in state["resources"]}


def test_an_id_that_only_the_other_provider_sees_is_refused_with_the_line_to_write(desk: Desk) -> None:
    two_accounts(desk, one={}, lab=BOTH, main=block("attachment", "web", LINK))
    messages = " ".join(desk.cl("import", "classiclink_attachment.web", "i-1/vpc-a", code=1).err.split())
    assert "classiclink_attachment.web belongs to mock" in messages
    assert "mock.lab sees it" in messages
    assert "provider = mock.lab" in messages


def test_a_forgotten_provider_is_named_where_the_id_is_not_there_at_all(desk: Desk) -> None:
    two_accounts(desk, one={}, lab={}, main=block("attachment", "web", LINK.replace("vpc-a", "vpc-b")))
    desk.write(two__json=account("1002", {"i-1": "vpc-b"}, vpcs=("vpc-b",)))
    messages = desk.cl("import", "classiclink_attachment.web", "i-1/vpc-b", code=1).err
    messages = " ".join(messages.split())
    assert "vpc-b was not found in the cloud" in messages
    assert "provider = mock.lab" in messages


def test_the_same_link_of_two_accounts_is_imported_twice(desk: Desk) -> None:
    main = block("attachment", "web", LINK) + block("attachment", "lab", OF_LAB + LINK)
    two_accounts(desk, one=BOTH, lab=BOTH, main=main)
    desk.cl("import", "classiclink_attachment.web", "i-1/vpc-a", code=0)
    desk.cl("import", "classiclink_attachment.lab", "i-1/vpc-a", code=0)
    assert held_by(desk) == {"attachment.web": "mock", "attachment.lab": "mock.lab"}


def test_what_is_declared_is_imported_from_the_account_that_its_provider_reads(desk: Desk) -> None:
    main = block("attachment", "web", LINK) + block("attachment", "lab", OF_LAB + LINK)
    two_accounts(desk, one={}, lab=BOTH, main=main)
    desk.cl("import", "--all", code=0)
    assert held_by(desk) == {"attachment.lab": "mock.lab"}


def test_what_is_written_names_the_provider_that_is_not_the_default_one(desk: Desk) -> None:
    two_accounts(desk, one=BOTH, lab=BOTH)
    desk.cl("import", "--all", "--write", "found.hcl", code=0)
    found = (desk.directory / "found.hcl").read_text(encoding="utf-8")
    assert found.count("provider = mock.lab") == 2
    assert "provider = mock\n" not in found
    desk.cl("fmt", "-check", code=0)
    assert sorted(held_by(desk).values()) == ["mock", "mock", "mock.lab", "mock.lab"]
    desk.cl("drift", code=0)


def test_what_was_written_plans_nothing(desk: Desk) -> None:
    two_accounts(desk, one={"i-2": "vpc-a"}, lab={})
    desk.write(two__json=account("1002", {"i-9": "vpc-b"}, vpcs=("vpc-b",), instances=("i-9",)))
    desk.cl("import", "--all", "--write", "found.hcl", code=0)
    assert desk.cl("plan", "--json", "--detailed-exitcode", code=0).json["steps"] == []


def test_a_pending_move_is_one_of_its_own_account(desk: Desk) -> None:
    main = block("attachment", "web", LINK.replace("vpc-a", "vpc-b"))
    two_accounts(desk, one={}, lab=BOTH, main=main)
    desk.write(one__json=account("1001", {}, vpcs=("vpc-a", "vpc-b")))
    ended = desk.cl("import", "--all", "--write", "found.hcl", code=0)
    assert "pending move" not in ended.err
    assert held_by(desk) == {"attachment.vpc-a": "mock.lab", "vpc.vpc-a": "mock.lab"}


def test_a_vpc_that_one_of_them_sees_can_be_asked_for(desk: Desk) -> None:
    two_accounts(desk, one=BOTH, lab={})
    desk.write(two__json=account("1002", {"i-3": "vpc-b"}, vpcs=("vpc-b",)))
    desk.cl("import", "--all", "--vpc", "vpc-b", "--write", "found.hcl", code=0)
    assert set(held_by(desk).values()) == {"mock.lab"}
    assert "There is no VPC vpc-c." in desk.cl("import", "--all", "--vpc", "vpc-c", code=1).err


def test_what_one_of_them_could_not_read_is_said_of_that_one(desk: Desk) -> None:
    two_accounts(desk, one=BOTH, lab=BOTH)
    fault = {"action": "DescribeClassicLinkInstances", "kind": "error", "code": "Forbidden", "message": "no"}
    desk.write(faults__json=json.dumps([fault]))
    desk.write(main__hcl=PROVIDERS.replace('"two.json"\n', '"two.json"\n  faults = "faults.json"\n'))
    ended = desk.cl("import", "--all", "--write", "found.hcl", code=3)
    assert "The links of the whole account of mock.lab could not be read" in " ".join(ended.err.split())
    assert held_by(desk)["attachment.vpc-a"] == "mock"


@pytest.mark.parametrize("argument", ["mock.lab", "mock"])
def test_a_module_is_imported_from_the_account_that_it_is_given(desk: Desk, argument: str) -> None:
    (desk.directory / "net").mkdir()
    (desk.directory / "net" / "main.hcl").write_text(block("attachment", "web", LINK), encoding="utf-8")
    call = f'module "net" {{\n  source    = "./net"\n  providers = {{ mock = {argument} }}\n}}\n'
    two_accounts(desk, one={}, lab=BOTH, main=call)
    code = 0 if argument == "mock.lab" else 1
    desk.cl("import", "module.net.classiclink_attachment.web", "i-1/vpc-a", code=code)


IMPORT = 'import {\n  to = classiclink_attachment.web\n  id = "i-1/vpc-a"\n%s}\n'


def test_an_import_block_of_what_only_the_other_provider_sees_names_the_line_to_write(desk: Desk) -> None:
    two_accounts(desk, one={}, lab=BOTH, main=block("attachment", "web", LINK) + IMPORT % "")
    (refused,) = (each for each in desk.cl("plan", "-json", code=1).json["diagnostics"] if each["code"] == "CL905")
    assert refused["detail"].endswith("mock.lab sees it.")
    assert "provider = mock.lab" in refused["remedy"]


def test_an_import_block_that_names_another_provider_than_its_resource_is_refused(desk: Desk) -> None:
    main = block("attachment", "web", LINK) + IMPORT % OF_LAB
    two_accounts(desk, one={}, lab=BOTH, main=main)
    assert "CFG340" in desk.cl("plan", code=1).err
    assert "CFG340" in desk.cl("validate", code=1).out
    two_accounts(desk, one={}, lab=BOTH, main=main.replace(LINK, OF_LAB + LINK))
    desk.cl("validate", code=0)
    desk.cl("apply", "-auto-approve", code=0)
    assert held_by(desk) == {"attachment.web": "mock.lab"}
