"""A provider that cannot be read: which plans are incomplete for it, and that no way of applying takes one of those."""

from __future__ import annotations

import pytest

from support.desk import Desk, Ended
from support.two_accounts import OF_LAB, block, two_accounts

WEB = block("attachment", "web", '  instance_id = "i-1"\n  vpc_id      = "vpc-a"\n')
LAB_IDS = f'data "classiclink_instances" "lab" {{\n{OF_LAB}}}\n'
OF_IDS = block(
    "attachment",
    "lab",
    f"  for_each    = toset(data.classiclink_instances.lab.ids)\n{OF_LAB}"
    '  instance_id = each.key\n  vpc_id = "vpc-a"\n',
)
MODULE = 'module "lab" {\n  for_each = toset(data.classiclink_instances.lab.ids)\n  source   = "./lab"\n}\n'
DENIED = '[{"action": "%s", "kind": "error", "code": "Forbidden.RAM", "message": "no right."}]'


def words(ended: Ended) -> str:
    return " ".join((ended.out + ended.err).split())


def denied(desk: Desk, *actions: str) -> None:
    """The lab's account may not make these calls from now on."""
    faults = ", ".join(DENIED[1:-1] % action for action in actions)
    main = (
        (desk.directory / "main.hcl")
        .read_text()
        .replace('  world = "two.json"\n', '  world = "two.json"\n  faults = "f.json"\n')
    )
    desk.write(f__json=f"[{faults}]", main__hcl=main)


@pytest.fixture
def estate(desk: Desk) -> Desk:
    """Production, and a laboratory whose instances may not be listed."""
    two_accounts(desk, one={"i-2": "vpc-a"}, lab={"i-2": "vpc-a"}, main=WEB + LAB_IDS + OF_IDS)
    denied(desk, "DescribeInstances")
    return desk


def test_an_incomplete_plan_is_applied_neither_at_once_nor_saved(estate: Desk) -> None:
    at_once = words(estate.cl("apply", "-auto-approve", code=3))
    estate.cl("plan", "-out=p.json", code=3)
    saved = words(estate.cl("apply", "p.json", code=3))
    for refused in (at_once, saved):
        assert "PRV311" in refused
        assert "Nothing was applied: the plan may lack steps" in refused
        assert "mock.lab: instances (DescribeInstances: Forbidden.RAM: no right)" in refused
    assert "Make a new plan: cl plan --out p.json" in saved
    assert not (estate.directory / "cl.state.json").exists()


def test_a_program_is_given_the_refusal_as_an_event(estate: Desk) -> None:
    estate.cl("plan", "-out=p.json", code=3)
    assert '"PRV311"' in estate.cl("apply", "-json", "p.json", code=3).out


@pytest.mark.parametrize("saved", [False, True])
@pytest.mark.parametrize("left", [OF_IDS, MODULE, OF_IDS + MODULE, ""])
def test_a_part_that_needs_none_of_the_unread_data_is_applied(estate: Desk, left: str, saved: bool) -> None:
    (estate.directory / "lab").mkdir()
    (estate.directory / "lab" / "m.hcl").write_text(WEB.replace("i-1", "i-3"))
    estate.write(main__hcl=(estate.directory / "main.hcl").read_text().replace(OF_IDS, left))
    part = "-target=classiclink_attachment.web"
    if saved:
        estate.cl("plan", part, "-out=p.json", code=0)
        estate.cl("apply", "p.json", code=0)
    else:
        estate.cl("apply", part, "-auto-approve", code=0)
    assert estate.state_addresses() == ["classiclink_attachment.web"]


@pytest.mark.parametrize(
    ("part", "complete"),
    [
        (["-target=classiclink_attachment.lab"], False),
        (['-target=classiclink_attachment.lab["i-1"]'], False),
        (["-target=classiclink_attachment.*"], False),
        (["-target=classiclink_attachment.web", "-target=classiclink_attachment.lab"], False),
        (["-exclude=classiclink_attachment.lab"], True),
        (["-exclude=classiclink_attachment.web"], False),
        (["-destroy", "-target=classiclink_attachment.web"], True),
    ],
)
def test_a_part_that_needs_the_unread_data_is_incomplete(estate: Desk, part: list[str], complete: bool) -> None:
    document = estate.cl("plan", *part, "-json").json
    assert document["complete"] is complete


def test_a_destroy_needs_no_data(desk: Desk) -> None:
    """What is declared of the other account hangs on data, and nothing of it is in the state."""
    two_accounts(desk, one={"i-1": "vpc-a"}, lab={}, main=WEB)
    desk.cl("apply", "-auto-approve", code=0)
    desk.write(main__hcl=(desk.directory / "main.hcl").read_text() + LAB_IDS + OF_IDS)
    denied(desk, "DescribeInstances")
    desk.cl("destroy", "-auto-approve", code=0)
    assert desk.state_addresses() == []


def test_a_plan_without_its_unread_neighbour_ends_with_the_command_that_applies_it(estate: Desk) -> None:
    shown = estate.cl("plan", "-target=classiclink_attachment.web", code=0).out
    assert shown.rstrip().endswith("\nNext:  cl apply --target=classiclink_attachment.web")


def test_a_plan_that_did_not_ask_the_cloud_says_so(desk: Desk) -> None:
    two_accounts(desk, one={"i-1": "vpc-a"}, lab={}, main=WEB)
    desk.cl("apply", "-auto-approve", code=0)
    desk.write(one__json="{}")
    messages = words(
        desk.cl("plan", "-refresh=false", "-o", "markdown=p.md", "-o", "html=p.html", "-o", "github=g", code=0)
    )
    said = "No changes. The state matches the configuration (1 object checked); the cloud was not read."
    assert said in messages
    for report in ("p.md", "p.html", "g"):
        assert said in (desk.directory / report).read_text()
    desk.write(main__hcl=(desk.directory / "main.hcl").read_text().replace('"i-1"', '"i-2"'))
    messages = words(desk.cl("plan", "-refresh=false", "-o", "markdown", code=0))
    assert "The cloud was not read (--refresh=false): this plan relies on the state alone." in messages
    assert desk.cl("plan", "-refresh=false", "-json", code=0).json["refreshed"] is False


def test_what_cannot_be_opened_is_one_line_of_a_plan_and_one_sentence_of_drift(estate: Desk) -> None:
    (estate.directory / "two.json").unlink()
    unread = [line for line in estate.cl("plan", code=3).out.splitlines() if line.startswith("Unread")]
    assert [line.partition(": ")[0] for line in unread] == [
        "Unread  instances, links, route entries, security groups, VPCs, vSwitches of mock.lab"
    ]
    drift = words(estate.cl("drift", code=3))
    assert "6 kinds of objects (mock.lab) (" in drift
    assert "each could not be read: two.json: No such file or directory." in drift
    assert ".." not in drift


def test_a_forgotten_provider_is_asked_for_with_all_that_may_be_meant(desk: Desk) -> None:
    desk.write(main__hcl='provider "mock" {\n  alias = "a"\n}\n\nprovider "mock" {\n  alias = "b"\n}\n' + WEB)
    assert "the right one to the resource: provider = mock.a or provider = mock.b" in words(desk.cl("validate", code=1))
