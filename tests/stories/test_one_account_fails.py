"""One of two accounts of the real cloud gives no answer, or denies: what is said, and what goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from providers.emulator.emulator import Settings
from support.desk import Desk, Ended
from support.emulating import SECRET, Emulated, emulated, provider_of
from support.story_estates import attach, enable, instance, vpc

WORLD = {
    "format_version": "1.0",
    "account_id": "1001",
    "vpcs": [vpc("vpc-a", "172.16.0.0/16"), vpc("vpc-b", "172.17.0.0/16")],
    "instances": [instance("i-1"), instance("i-2", "10.1.2.4")],
}
LAB = '  alias = "lab"\n'
OURS = attach("one", "i-1", "vpc-a") + enable("a", "vpc-a")
THEIRS = enable("b", "vpc-b").replace("{\n", "{\n  provider = alicloud.lab\n", 1)


Start = Callable[..., Emulated]


@pytest.fixture
def start(desk: Desk) -> Iterator[Start]:
    """Start an emulator on the world, with these faults."""
    with ExitStack() as running:

        def start(*faults: dict[str, Any]) -> Emulated:
            world, path = desk.directory / "world.json", desk.directory / "faults.json"
            world.write_text(json.dumps(WORLD), encoding="utf-8")
            path.write_text(json.dumps(faults), encoding="utf-8")
            return running.enter_context(emulated(Settings(world, faults=path)))

        yield start


def denial(action: str) -> dict[str, Any]:
    return {"action": action, "kind": "error", "code": "Forbidden.RAM", "message": "Not authorized."}


def words(ended: Ended) -> str:
    return " ".join((ended.out + ended.err).replace("│", " ").split())


def configure(desk: Desk, cloud: Emulated, lab_secret: str = SECRET, rest: str = OURS + THEIRS) -> None:
    lab = provider_of(cloud.authority, LAB).replace(SECRET, lab_secret)
    desk.write(main__hcl=provider_of(cloud.authority) + lab + rest)


def test_wrong_keys_of_one_account_leave_the_other_that_can_be_planned(desk: Desk, start: Start) -> None:
    cloud = start()
    configure(desk, cloud, "wrong")
    plan = desk.cl("plan", "--json", code=3).json
    assert {gap["provider"] for gap in plan["unread"]} == {"alicloud.lab"}
    assert {step["provider"] for step in plan["steps"] if step["action"] == "attach"} == {"alicloud"}
    targets = ("--target", "classiclink_attachment.one", "--target", "classiclink_vpc.a")
    assert desk.cl("plan", *targets, "--out", "p", "--json", code=0).json["complete"]
    desk.cl("apply", "p", code=0)
    drift = desk.cl("drift", code=3)
    assert "Check the secret key: the cloud knows the access key" in words(drift)


def test_a_saved_plan_is_refused_with_the_block_whose_keys_are_wrong(desk: Desk, start: Start) -> None:
    cloud = start()
    configure(desk, cloud)
    desk.cl("plan", "--out", "p", code=0)
    configure(desk, cloud, "wrong")
    refused = words(desk.cl("apply", "p", code=1))
    assert "PRV404" in refused
    line = provider_of(cloud.authority).count("\n") + 1
    assert f"on main.hcl line {line}:" in refused


def test_wrong_keys_of_the_only_account_name_its_block(desk: Desk, start: Start) -> None:
    cloud = start()
    desk.write(main__hcl=provider_of(cloud.authority).replace(SECRET, "wrong") + OURS)
    refused = words(desk.cl("plan", code=1))
    assert "PRV404" in refused
    assert "on main.hcl line 1" in refused


def test_a_denied_step_ends_with_the_statement_that_is_missing(desk: Desk, start: Start) -> None:
    cloud = start(denial("AttachClassicLinkVpc"))
    desk.write(main__hcl=provider_of(cloud.authority) + OURS)
    refused = words(desk.cl("apply", "--auto-approve", code=1))
    assert "PRV301" in refused
    statement = json.dumps({"Effect": "Allow", "Action": ["ecs:AttachClassicLinkVpc"], "Resource": "*"})
    assert f"Add this statement to the policy of the RAM user or role: {statement}" in refused
    assert "cl apply" in refused


def test_a_denied_listing_gives_the_statement_in_a_drift_report(desk: Desk, start: Start) -> None:
    cloud = start(denial("DescribeVSwitches"))
    desk.write(main__hcl=provider_of(cloud.authority))
    found = words(desk.cl("drift", code=3))
    assert '"Action": ["vpc:DescribeVSwitches"]' in found
    assert "Then run cl drift again." in found
