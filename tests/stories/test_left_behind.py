"""An object whose provider changes, where both accounts have the same ids: what is left behind is said."""

from __future__ import annotations

from typing import Any

import pytest

from support.desk import Desk
from support.two_accounts import LINK, OF_LAB, PROVIDERS, account, block, two_accounts

WEB = block("attachment", "web", LINK)
AT_LAB = block("attachment", "web", LINK + OF_LAB)


def messages(desk: Desk, *flags: str, code: int = 0) -> list[Any]:
    plan = desk.cl("plan", "-json", *flags, code=code).json
    return [each for each in plan["diagnostics"] if each["code"] == "CL915"]


@pytest.fixture
def moved(desk: Desk) -> Desk:
    """A link of production that is managed, and is to be that of the laboratory from now on, which has it as well."""
    two_accounts(desk, one={"i-1": "vpc-a"}, lab={"i-1": "vpc-a"}, main=WEB)
    desk.cl("apply", "-auto-approve", code=0)
    desk.write(main__hcl=PROVIDERS + AT_LAB)
    return desk


def test_what_is_left_behind_in_the_other_account_is_said(moved: Desk) -> None:
    (warning,) = messages(moved)
    assert warning["severity"] == "warning"
    assert warning["detail"] == (
        "classiclink_attachment.web goes from mock (account 1001) to mock.lab (account 1002), which has i-1/vpc-a as "
        "well. Nothing is done to what mock has: it stays there, unmanaged."
    )
    assert 'resource "classiclink_attachment" "i-1" {' in warning["remedy"]
    moved.cl("apply", "-auto-approve", code=0)
    assert messages(moved) == []


def test_the_block_of_the_remedy_keeps_it_managed(moved: Desk) -> None:
    (warning,) = messages(moved)
    moved.write(more__hcl=warning["remedy"].partition(":\n")[2] + "\n")
    plan = moved.cl("plan", "-json", code=0).json
    assert (messages(moved), plan["steps"]) == ([], [])
    moved.cl("apply", "-auto-approve", code=0)
    assert moved.state_addresses() == ["classiclink_attachment.i-1", "classiclink_attachment.web"]


def test_a_link_that_the_other_account_does_not_have_is_removed_and_nothing_is_left(moved: Desk) -> None:
    moved.write(two__json=account("1002", {"i-2": "vpc-a"}))
    assert messages(moved) == []
    moved.cl("apply", "-auto-approve", code=0)
    assert '"links": []' in (moved.directory / "one.json").read_text()


def test_one_cloud_by_two_names_leaves_nothing_behind(moved: Desk) -> None:
    moved.write(main__hcl=(PROVIDERS + AT_LAB).replace("two.json", "one.json"))
    assert messages(moved) == []


def test_a_replacement_in_the_other_account_leaves_it_behind_as_well(moved: Desk) -> None:
    assert len(messages(moved, "-replace=classiclink_attachment.web")) == 1


def test_what_a_part_does_not_touch_is_not_said(moved: Desk) -> None:
    moved.write(more__hcl=block("vpc", "a", '  vpc_id = "vpc-a"\n'))
    assert messages(moved, "-target=classiclink_vpc.a") == []


def test_many_are_one_warning(desk: Desk) -> None:
    links = {"i-1": "vpc-a", "i-2": "vpc-a", "i-3": "vpc-a"}
    body = '  for_each    = toset(["i-1", "i-2", "i-3"])\n  instance_id = each.key\n  vpc_id      = "vpc-a"\n'
    two_accounts(desk, one=links, lab=links, main=block("attachment", "web", body))
    desk.cl("apply", "-auto-approve", code=0)
    desk.write(main__hcl=PROVIDERS + block("attachment", "web", body + OF_LAB))
    (warning,) = messages(desk)
    assert warning["detail"].startswith(
        '3 objects, the first of which is classiclink_attachment.web["i-1"], go from mock'
    )
    desk.cl("apply", "-auto-approve", code=0)
    desk.cl("import", "--all", "--write", "found.hcl", code=0)
    left = [name for name in desk.state_addresses() if name.startswith("classiclink_attachment.vpc-a[")]
    assert len(left) == 3
