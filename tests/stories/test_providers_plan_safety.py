"""What a plan as a whole may not do, with several accounts: judged in the account that is meant, and told with it."""

from __future__ import annotations

import json

from support.desk import Desk, Ended
from support.story_estates import attach, enable
from support.three_accounts import CALLS, three_accounts
from support.two_accounts import account, two_accounts

LAB = "  provider = mock.lab\n"
LINKED = {"i-1": "vpc-a"}


def words(ended: Ended) -> str:
    return " ".join((ended.out + ended.err).split())


def messages(desk: Desk, *options: str, code: int) -> dict[str, list[str]]:
    """The details of the diagnostics of a plan, by their codes."""
    found: dict[str, list[str]] = {}
    for problem in desk.cl("plan", "--json", *options, code=code).json["diagnostics"]:
        found.setdefault(problem["code"], []).append(problem["detail"])
    return found


def moved(origin: str, target: str) -> str:
    return f"moved {{\n  from = classiclink_attachment.{origin}\n  to   = classiclink_attachment.{target}\n}}\n"


def imported(name: str, import_id: str) -> str:
    return f'import {{\n  to = classiclink_attachment.{name}\n  id = "{import_id}"\n}}\n'


def test_an_import_that_cannot_be_followed_is_reported_with_its_account(desk: Desk) -> None:
    """CL905. What production has linked is no link of the lab."""
    lost = attach("lost", "i-2", "vpc-a", LAB) + imported("lost", "i-2/vpc-a")
    two_accounts(
        desk, one=LINKED, lab={}, main=lost + attach("web", "i-1", "vpc-a", LAB) + imported("web", "i-1/vpc-a")
    )
    nowhere, elsewhere = messages(desk, code=1)["CL905"]
    assert nowhere == 'mock.lab: "i-2/vpc-a" is not in the cloud.'
    assert elsewhere.startswith('mock.lab: "i-1/vpc-a" is not in the cloud')
    assert elsewhere.endswith(" mock sees it.")
    desk.write(two__json=account("1002", {**LINKED, "i-2": "vpc-a"}))
    assert desk.cl("plan", "--json", code=0).json["summary"]["import"] == 2


def test_a_drain_that_no_account_can_follow_says_which_one_would(desk: Desk) -> None:
    """CL906."""
    two_accounts(desk, one={}, lab={}, main=attach("web", "i-1", "vpc-a", LAB))
    desk.write(
        one__json=account("1001", {}, vpcs=("vpc-a", "vpc-b")),
        two__json=account("1002", LINKED, vpcs=("vpc-a", "vpc-lab")),
    )
    desk.cl("apply", "--auto-approve", code=0)
    for drained, said, offered in (
        (
            "vpc-lap",
            'No provider (mock, mock.lab) sees vpc-lap, so nothing is drained. Did you mean "vpc-lab"?',
            "",
        ),
        ("lab/vpc-a", "--drain lab/vpc-a: there is no provider lab.", "cl plan --drain mock.lab/vpc-a"),
        (
            "mock/vpc-lab",
            "mock: vpc-lab was not found, so nothing is drained. mock.lab sees it.",
            "cl plan --drain mock.lab/vpc-lab",
        ),
        ("mock.lab/vpc-lap", 'mock.lab: vpc-lap was not found, so nothing is drained. Did you mean "vpc-lab"?', ""),
    ):
        refused = words(desk.cl("plan", "--drain", drained, code=1))
        assert said in refused
        assert offered in refused
    assert "mock: vpc-b has no links" in words(desk.cl("plan", "--drain", "vpc-b", code=0))
    desk.cl("apply", "--drain", "mock.lab/vpc-a", "--include-unmanaged", "--auto-approve", code=0)
    assert json.loads((desk.directory / "two.json").read_text()).get("links", []) == []


def test_a_drain_of_an_account_that_cannot_be_read_names_it(desk: Desk) -> None:
    """CL906. The VPC may be there: no message says that it is not."""
    two_accounts(desk, one={}, lab={}, main="")
    (desk.directory / "two.json").unlink()
    refused = words(desk.cl("plan", "--drain", "vpc-lab", code=1))
    assert "The VPCs of mock.lab could not be read." in refused
    assert "cl plan --drain mock.lab/vpc-lab" in refused


def test_a_selection_is_of_addresses_whatever_account_they_are_of(desk: Desk) -> None:
    """CL906."""
    main = attach("web", "i-1", "vpc-a", LAB) + enable("a", "vpc-a").replace("{\n", "{\n" + LAB, 1)
    two_accounts(desk, one={}, lab={}, main=main)
    (detail,) = messages(desk, "--target", "classiclink_attachment.wbe", code=1)["CL906"]
    assert detail.endswith('Did you mean "classiclink_attachment.web"?')
    assert "CL906" not in messages(desk, "--target", "classiclink_attachment.web", code=0)


def test_a_dependency_against_classiclink_is_one_within_an_account_only(desk: Desk) -> None:
    """CL908. An enablement cannot come after a link of its VPC, but well after one of another account."""
    after = "  depends_on = [classiclink_attachment.NAME]\n}\n"
    enabled = enable("a", "vpc-a").replace("{\n", "{\n" + LAB, 1)
    main = attach("web", "i-1", "vpc-a") + attach("lab", "i-1", "vpc-a", LAB)
    two_accounts(desk, one=LINKED, lab={}, main=main + enabled.replace("}\n", after.replace("NAME", "lab")))
    desk.write(one__json=account("1001", {"i-2": "vpc-a"}))
    (detail,) = messages(desk, code=0)["CL908"]
    assert detail.startswith("mock.lab: classiclink_vpc.a is declared to come after classiclink_attachment.lab")
    two_accounts(desk, one={"i-2": "vpc-a"}, lab={}, main=main + enabled.replace("}\n", after.replace("NAME", "web")))
    plan = desk.cl("plan", "--json", code=0).json
    assert plan["diagnostics"] == []
    assert [(step["provider"], step["action"], step["needs"]) for step in plan["steps"]] == [
        ("mock", "attach", []),
        ("mock.lab", "enable_classic_link", [1]),
        ("mock.lab", "attach", [2]),
    ]


def test_moves_that_would_be_down_together_are_those_of_the_account_whose_vpcs_are_full(desk: Desk) -> None:
    """CL909. Two instances change places: in the lab one must wait without a link, in production none."""
    limits = "cl {\n  limits {\n    max_unavailable = 1\n  }\n}\n"

    def swap(one: str, other: str) -> str:
        return attach("x", "i-1", one, LAB) + attach("y", "i-2", other, LAB)

    others = {f"u-{vpc_id}-{number}": vpc_id for vpc_id in ("vpc-a", "vpc-b") for number in range(999)}
    full = {"i-1": "vpc-a", "i-2": "vpc-b", **others}
    crowded = account("1002", full, vpcs=("vpc-a", "vpc-b"), instances=tuple(full))
    roomy = account("1001", {"i-1": "vpc-a", "i-2": "vpc-b"}, vpcs=("vpc-a", "vpc-b"))
    two_accounts(desk, one={}, lab={}, main=limits + swap("vpc-a", "vpc-b"))
    desk.write(one__json=roomy, two__json=crowded)
    desk.cl("apply", "--auto-approve", code=0)
    main = (desk.directory / "main.hcl").read_text()
    desk.write(main__hcl=main.replace(swap("vpc-a", "vpc-b"), swap("vpc-b", "vpc-a")))
    (detail,) = messages(desk, code=1)["CL909"]
    assert detail.endswith("the VPCs of mock.lab are full, so 1 instance must wait without a link while others move.")
    desk.write(one__json=crowded, two__json=roomy)  # now production is full, which is no business of the lab's moves
    assert messages(desk, code=0) == {}


def test_a_moved_block_that_cannot_be_followed_is_reported_with_the_account_of_what_stays(desk: Desk) -> None:
    """CL913. An address that another account's object has is taken, too."""
    main = attach("web", "i-1", "vpc-a") + attach("lab", "i-1", "vpc-a", LAB)
    two_accounts(desk, one=LINKED, lab=LINKED, main=main)
    desk.cl("apply", "--auto-approve", code=0)
    providers = (desk.directory / "main.hcl").read_text().removesuffix(main)
    desk.write(main__hcl=providers + attach("web", "i-1", "vpc-a") + moved("lab", "web"))
    (detail,) = messages(desk, code=0)["CL913"]
    assert detail.startswith("mock.lab: classiclink_attachment.lab cannot move to classiclink_attachment.web")
    desk.write(main__hcl=providers + attach("web", "i-1", "vpc-a") + moved("lab", "elsewhere"))
    (detail,) = messages(desk, code=0)["CL913"]
    assert detail.startswith("mock.lab: moved from classiclink_attachment.lab to classiclink_attachment.elsewhere")
    desk.write(
        main__hcl=providers + attach("new", "i-1", "vpc-a") + attach("lab", "i-1", "vpc-a", LAB) + moved("web", "new")
    )
    plan = desk.cl("plan", "--json", code=0).json
    assert (plan["diagnostics"], plan["steps"], plan["summary"]["readdress"]) == ([], [], 1)


def test_of_three_accounts_each_is_reported_its_own(desk: Desk) -> None:
    """CL902, CL905, CL906, CL912 and CL914: one module for each account, and a mistake of each kind."""
    three_accounts(desk, CALLS)
    desk.cl("apply", "--auto-approve", code=0)
    (refused,) = messages(desk, "--drain", "vpc-a", code=1)["CL906"]
    seen = "mock, mock.lab and mock.old"
    assert refused == f"--drain vpc-a is ambiguous: {seen} each see a VPC with this id."
    (declared,) = messages(desk, "--drain", "mock.old/vpc-a", code=0)["CL912"]
    assert declared.startswith("mock.old: The configuration still declares 2 objects on vpc-a, such as module.old.")
    main = (desk.directory / "main.hcl").read_text()
    desk.write(main__hcl=main + 'import {\n  to = module.lab.classiclink_attachment.web\n  id = "i-2/vpc-a"\n}\n')
    (wrong,) = messages(desk, code=1)["CL905"]
    assert wrong.startswith("mock.lab: The block imports i-2/vpc-a, but module.lab.classiclink_attachment.web declares")
    desk.write(main__hcl=main.replace("three.json", "two.json"))
    (twice,) = messages(desk, code=1)["CL914"]
    assert "mock.lab and mock.old" in twice
    desk.write(main__hcl=main)
    net = desk.directory / "net" / "main.hcl"
    net.write_text(
        net.read_text().replace(
            'vpc_id = "vpc-a"\n', 'vpc_id = "vpc-a"\n\n  lifecycle {\n    prevent_destroy = true\n  }\n'
        )
    )
    desk.cl("apply", "--auto-approve", code=0)
    kept = messages(desk, "--destroy", "--target", "module.old", "--target", "module.lab", code=1)["CL902"]
    assert [detail.partition(" ")[0] for detail in kept] == ["mock.lab:", "mock.old:"]
