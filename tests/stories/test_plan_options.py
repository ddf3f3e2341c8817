"""Options of `cl plan` that contradict each other, and saved plans whose checksum was recomputed."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from support.clouds import BOTH_CLOUDS, mock_alone
from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, link, vpc

pytestmark = BOTH_CLOUDS

CONTRADICTIONS = [
    ("--destroy", "--refresh-only"),
    ("--refresh-only", "--refresh=false"),
    ("--replace=classiclink_vpc.shop", "--destroy"),
    ("--replace=classiclink_vpc.shop", "--refresh-only"),
    ("--drain=vpc-shop", "--destroy"),
    ("--drain=vpc-shop", "--refresh-only"),
    ("--drain=vpc-shop", "--replace=classiclink_vpc.shop"),
    ("--drain=vpc-shop", "--include-unmanaged", "--refresh=false"),
    ("--include-unmanaged",),
    ("--drain=",),
    ("--drain=vpc-shop", "--drain=vpc-old"),
]


@pytest.fixture
def shop(desk: Desk) -> Desk:
    desk.world(vpcs=[vpc("vpc-shop")], instances=instances(2))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-shop") + attach("web", "i-0001", "vpc-shop"))
    return desk


@pytest.mark.parametrize("given", CONTRADICTIONS, ids=" ".join)
def test_options_that_contradict_each_other_are_a_wrong_command_line(shop: Desk, given: tuple[str, ...]) -> None:
    messages = shop.cl("plan", *given, code=64)
    assert all(option.partition("=")[0] in messages.err for option in given[-1:])


def test_a_plan_takes_no_lock_and_an_apply_always_does(shop: Desk) -> None:
    assert "--no-lock" not in shop.cl("plan", "-lock=false", code=0).out
    assert "always locked" in shop.cl("apply", "-lock=false", "-auto-approve", code=64).err
    shop.cl("apply", "-lock=true", "-auto-approve", code=0)


@mock_alone("the cloud goes away with its file")
def test_an_offline_plan_needs_no_cloud_and_says_how_to_get_a_plan_of_one_that_is_read(shop: Desk) -> None:
    shop.cl("apply", "-auto-approve", code=0)
    (shop.directory / "world.json").unlink()
    with (shop.directory / "main.hcl").open("a", encoding="utf-8") as file:
        file.write(attach("more", "i-0002", "vpc-shop"))
    assert "PRV201" in shop.cl("plan", code=1).err
    messages = shop.cl("plan", "-refresh=false", "-json", code=0)
    assert [step["instance_id"] for step in messages.json["steps"]] == ["i-0002"]
    unknown = [rule["remedy"] for rule in messages.json["rules"] if rule["status"] == "unknown"]
    assert unknown
    assert all(remedy.startswith("Plan again without --refresh=false") for remedy in unknown)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("plan -parallelism=many", "'--parallelism': 'many' is not a whole number of at least 1."),
        ("plan -parallelism=0", "'--parallelism': '0' is not a whole number of at least 1."),
        ("plan -accept-detach=-1", "'--accept-detach': '-1' is not a whole number of at least 0."),
        ("reach i-1 i-2 --port=65536", "'--port': '65536' is not a whole number from 1 to 65535."),
        ("state rollback 1.5", "'SERIAL': '1.5' is not a whole number of at least 1."),
    ],
)
def test_a_number_that_an_option_cannot_have_is_refused_with_its_bounds(desk: Desk, words: str, message: str) -> None:
    assert message in desk.cl(*words.split(), code=64).err


def test_an_offline_plan_refuses_a_provider_that_there_is_not(shop: Desk) -> None:
    shop.write(main__hcl=PROVIDER.replace("mock", "moc") + enable("shop", "vpc-shop"))
    assert "PRV107" in shop.cl("plan", "-refresh=false", code=1).err


def without_proof(plan: Any) -> None:
    del plan["proof"]


def with_facts_that_are_none(plan: Any) -> None:
    plan["proof"]["vpcs"] = dict.fromkeys(plan["proof"]["vpcs"], 7)


def with_a_list_for_an_instance(plan: Any) -> None:
    attaching = next(step for step in plan["steps"] if step["action"] == "attach")
    attaching["instance_id"] = []


def with_another_link(plan: Any) -> None:
    attaching = next(step for step in plan["steps"] if step["action"] == "attach")
    attaching["instance_id"] = "i-0002"


@pytest.mark.parametrize(
    "tamper", [without_proof, with_facts_that_are_none, with_a_list_for_an_instance, with_another_link]
)
def test_a_plan_with_a_new_checksum_is_refused_by_its_proof(shop: Desk, tamper: Callable[[Any], None]) -> None:
    shop.cl("plan", "-out=p.json", code=0)
    path = shop.directory / "p.json"
    plan = json.loads(path.read_text(encoding="utf-8"))
    del plan["checksum"]
    tamper(plan)
    canonical = json.dumps(plan, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    plan["checksum"] = hashlib.sha256(canonical.encode()).hexdigest()
    path.write_text(json.dumps(plan), encoding="utf-8")
    shop.cl("show", "--verify", "p.json", code=1)
    shop.cl("apply", "p.json", code=1)
    assert shop.links() == {}


def test_a_drain_that_does_nothing_while_links_stand_ends_as_an_error_that_shows_the_way(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a", classic_link_enabled=True)], instances=instances(1), links=[link("i-0001", "vpc-a")])
    desk.write(main__hcl=PROVIDER)
    messages = desk.cl("plan", "--drain", "vpc-a", code=1)
    assert "No changes" not in messages.out
    assert "cl plan --drain vpc-a --include-unmanaged" in messages.err
    desk.cl("apply", "--drain", "vpc-a", "--include-unmanaged", "--auto-approve", code=0)
    assert "Nothing to drain was found on vpc-a." in desk.cl("plan", "--drain", "vpc-a", code=0).out


@pytest.mark.parametrize(
    ("blocks", "said"),
    [
        ("", "it has no steps"),
        (enable("shop", "vpc-shop"), "its 1 step is legal at every point"),
        (
            enable("shop", "vpc-shop") + attach("web", "i-0001", "vpc-shop"),
            "its 2 steps are legal in every order and at every point",
        ),
    ],
)
def test_a_proof_that_holds_says_of_how_many_steps(shop: Desk, blocks: str, said: str) -> None:
    shop.write(main__hcl=PROVIDER + blocks)
    shop.cl("plan", "-out=p.json", code=0)
    assert shop.cl("show", "--verify", "p.json", code=0).out == f"The proof of p.json holds: {said}.\n"


def test_one_of_anything_is_reported_as_one(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a"), vpc("vpc-b")], instances=instances(1), links=[])
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + attach("lost", "i-none", "vpc-a"))
    refused = desk.cl("plan", "-json", code=1).json
    (seen,) = {rule["message"].partition("found. ")[2] for rule in refused["rules"] if rule["rule"] == "CL206"}
    assert re.fullmatch(r"Account 1001 sees 1 instance( in cn-hangzhou)?\.", seen)
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a"))
    passed = desk.cl("plan", "-o", "junit", code=0).out
    assert "1 step passed" in passed
    desk.cl("apply", "-auto-approve", code=0)
    assert "with 1 object in its state" in desk.cl("init", code=0).out


@mock_alone("the API lists the vSwitches of a region: those of one VPC are not refused alone")
@pytest.mark.parametrize("command", [["apply", "-auto-approve"], ["apply"], ["refresh"], ["destroy", "-auto-approve"]])
def test_what_could_not_be_read_is_why_nothing_is_applied(shop: Desk, command: list[str]) -> None:
    shop.cl("apply", "-auto-approve", code=0)
    calls = shop.calls()
    denied = {"action": "DescribeVSwitches", "match": {"vpc_id": "vpc-shop"}, "kind": "error"}
    shop.write(faults__json=json.dumps([{**denied, "code": "Forbidden.RAM", "message": "no right"}]))
    provider = PROVIDER.replace("}\n", '  faults = "faults.json"\n}\n')
    shop.write(main__hcl=provider + enable("shop", "vpc-shop") + attach("more", "i-0002", "vpc-shop"))
    messages = " ".join(shop.cl(*command, code=3).err.split())
    assert "Nothing was applied: the plan may lack steps" in messages
    assert "vSwitches of vpc-shop (DescribeVSwitches: Forbidden.RAM: no right)" in messages
    events = [json.loads(line) for line in shop.cl(*command, "-json", code=3).out.splitlines()]
    assert [event["diagnostic"]["code"] for event in events if event["type"] == "diagnostic"][-1] == "PRV311"
    assert shop.calls() == calls
