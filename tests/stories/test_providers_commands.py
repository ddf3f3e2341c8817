"""`cl providers`, `init`, `fmt` and `workspace`, where there are several accounts."""

from __future__ import annotations

import json
from pathlib import Path

from support.desk import Desk, Ended
from support.story_estates import attach
from support.three_accounts import CALLS, KEYS, three_accounts
from support.two_accounts import account, two_accounts

LAB = "  provider = mock.lab\n"
LINKED = {"i-1": "vpc-a"}
BY_WORKSPACE = """\
provider "mock" {
  world = "one.json"
}

provider "mock" {
  alias = "lab"
  world = "lab-${terraform.workspace}.json"
}

"""


def words(ended: Ended) -> str:
    return " ".join((ended.out + ended.err).split())


def links(file: Path) -> dict[str, str]:
    found = json.loads(file.read_text(encoding="utf-8")).get("links", [])
    return {link["instance_id"]: link["vpc_id"] for link in found}


def test_providers_lists_every_account_and_what_is_wrong_with_one_of_them(desk: Desk) -> None:
    three_accounts(desk, CALLS)
    assert [line.split()[0] for line in desk.cl("providers", code=0).out.splitlines()] == list(KEYS)
    desk.write(two__json="{")
    ended = desk.cl("providers", code=1)
    assert [line.split()[0] for line in ended.out.splitlines()] == list(KEYS)
    assert "two.json" in ended.err
    assert "one.json" not in ended.err
    assert [one["provider"] for one in desk.cl("providers", "-json", code=1).json] == list(KEYS)


def test_init_is_not_ready_while_one_account_cannot_be_read(desk: Desk) -> None:
    three_accounts(desk, CALLS)
    assert "Ready. Providers: mock, mock.lab, mock.old." in desk.cl("init", code=0).out
    (desk.directory / "two.json").unlink()
    ended = desk.cl("init", code=1)
    assert "Ready" not in ended.out
    assert "two.json" in words(ended)
    assert "main.hcl line 6" in words(ended)  # where the block of mock.lab begins


def test_an_account_with_many_problems_is_reported_by_its_first_one(desk: Desk) -> None:
    """There is a line for each kind of thing that could not be read: none has room for thousands of problems."""
    wrong = json.loads(account("1002", {}))
    for one in wrong["instances"]:
        one["private_ip"] = "no"
    two_accounts(desk, one={}, lab={}, main=attach("web", "i-1", "vpc-a", LAB))
    desk.write(two__json=json.dumps(wrong))
    unread = {gap["reason"] for gap in desk.cl("plan", "--json", code=3).json["unread"]}
    assert unread == {
        'two.json: instances[0].private_ip: expected an IPv4 address such as "10.1.2.3", found "no". 2 more problems.'
    }


def test_fmt_aligns_providers_of_resources_and_of_modules(desk: Desk) -> None:
    three_accounts(desk, CALLS + attach("web", "i-2", "vpc-a", LAB))
    assert desk.cl("fmt", code=0).out == "main.hcl\n"
    text = (desk.directory / "main.hcl").read_text(encoding="utf-8")
    assert '  vpc_id      = "vpc-a"\n  provider    = mock.lab\n' in text
    assert text.count("  providers   = { mock = ") == 3
    desk.cl("fmt", "-check", "-recursive", code=0)
    desk.cl("plan", code=0)


def test_a_workspace_has_an_account_of_its_own_beside_one_that_all_share(desk: Desk) -> None:
    main = attach("web", "i-1", "vpc-a") + attach("lab", "i-1", "vpc-a", LAB)
    desk.write(
        main__hcl=BY_WORKSPACE + main,
        one__json=account("1001", {"i-2": "vpc-a"}),
        **{"lab-default__json": account("1002", {"i-2": "vpc-a"}), "lab-next__json": account("1003", {"i-2": "vpc-a"})},
    )
    desk.cl("apply", "--auto-approve", code=0)
    desk.cl("plan", "--out", "p", code=0)
    desk.cl("workspace", "new", "next", code=0)
    refused = words(desk.cl("apply", "p", code=1))
    assert "STA410" in refused
    plan = desk.cl("plan", "--json", code=0).json
    assert [(step["provider"], step["account_id"]) for step in plan["steps"]] == [("mock.lab", "1003")]
    (taken,) = [each["detail"] for each in plan["diagnostics"] if each["code"] == "STA460"]
    assert "classiclink_attachment.web" in taken
    assert "classiclink_attachment.lab" not in taken  # the same ids, in an account that default does not manage
    desk.write(main__hcl=BY_WORKSPACE + attach("lab", "i-1", "vpc-a", LAB))
    desk.cl("apply", "--auto-approve", code=0)
    assert links(desk.directory / "lab-next.json") == {"i-1": "vpc-a", "i-2": "vpc-a"}
    desk.cl("workspace", "select", "default", code=0)
    kept = words(desk.cl("workspace", "delete", "next", code=1))
    assert "1 object" in kept
    desk.cl("workspace", "select", "next", code=0)
    desk.cl("destroy", "--auto-approve", code=0)
    desk.cl("workspace", "select", "default", code=0)
    desk.cl("workspace", "delete", "next", code=0)
    assert links(desk.directory / "lab-next.json") == {"i-2": "vpc-a"}
    assert links(desk.directory / "lab-default.json") == links(desk.directory / "one.json")
    assert [line.split()[-1] for line in desk.cl("workspace", "list", code=0).out.splitlines()] == ["default"]
