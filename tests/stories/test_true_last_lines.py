"""The last lines of a plan are true: what is refused opens nothing, and what is gone is said to be gone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instance, instances, vpc

STARTING = instance("i-0002", "10.1.2.4", status="Starting")


def rule(name: str, group: str, source: str) -> str:
    return (
        f'resource "classiclink_security_rule" "{name}" {{\n  security_group_id = "{group}"\n'
        f'  source_security_group_id = "{source}"\n  ip_protocol = "tcp"\n  port_range = "80/80"\n}}\n'
    )


@pytest.fixture
def two(desk: Desk) -> Desk:
    """A VPC and two instances that are to be linked to it."""
    desk.world(vpcs=[vpc("vpc-shop")], instances=instances(2))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-shop") + attach("one", "i-0001", "vpc-shop"))
    return desk


def text_of(desk: Desk, name: str) -> str:
    return (desk.directory / name).read_text(encoding="utf-8")


REFUSED: dict[str, tuple[str, dict[str, Any]]] = {
    "CL103": ("", {"route_entries": [{"vpc_id": "vpc-shop", "destination_cidr_block": "10.0.0.0/8"}]}),
    "CL205": (attach("two", "i-0002", "vpc-shop"), {"instances": [instance("i-0001"), STARTING]}),
    "CL206": (attach("nobody", "i-nobody", "vpc-shop"), {}),
    "CL904": (enable("again", "vpc-shop"), {}),
    "CL906": ("", {}),
}
"""Plans that are refused as a whole, though most of their steps are not: more configuration, other facts."""


@pytest.mark.parametrize("code", REFUSED)
def test_a_plan_that_is_refused_opens_and_closes_nothing_in_any_report(two: Desk, code: str) -> None:
    more, facts = REFUSED[code]
    two.write(more__hcl=more)
    two.world(**{**two.read_world(), **facts})
    flags = ["--exclude", "classiclink_vpc.nobody"] if code == "CL906" else []
    formats = ("json", "markdown=plan.md", "html=plan.html")
    ended = two.cl("plan", *flags, *(word for one in formats for word in ("-o", one)), code=1)
    assert code in ended.err
    assert ended.json["errored"]
    assert ended.json["steps"], "and not because nothing is planned"
    assert (ended.json["reachability"]["opened"], ended.json["reachability"]["closed"]) == ([], [])
    pages = [two.cl("plan", *flags, code=1).out, *(text_of(two, name) for name in ("plan.md", "plan.html"))]
    assert not any("i-0001 →" in page or "i-0001 \u2192" in page for page in pages)


def test_a_plan_of_a_part_that_does_not_exist_is_not_to_be_asked_for_again(two: Desk) -> None:
    out = two.cl("plan", "--target", "classiclink_vpc.shp", code=1).out
    assert out.splitlines()[-1] == "Next:  correct the selection, then plan again."


def test_a_plan_with_errors_has_no_network_after_it(two: Desk) -> None:
    two.write(more__hcl=attach("nobody", "i-nobody", "vpc-shop"))
    two.write(plan__json=two.cl("plan", "--json", code=1).out)
    ended = two.cl("reach", "i-0001", "172.16.0.9", "--plan", "plan.json", code=1)
    assert "STA405" in ended.err
    assert ended.out == ""


def test_an_id_that_is_one_slip_away_is_suggested_and_the_object_can_be_left_out(two: Desk) -> None:
    two.write(more__hcl=attach("near", "i-00002", "vpc-shop") + attach("far", "i-0002", "vpc-shpo"))
    ended = two.cl("plan", code=1)
    assert "Did you mean i-0002?" in ended.err
    assert "Did you mean vpc-shop?" in ended.err
    assert "Or leave it out for now:" in ended.err
    assert "cl plan --exclude classiclink_attachment.near" in ended.err


def test_an_instance_that_starts_can_be_left_out(two: Desk) -> None:
    world = two.read_world()
    world["instances"][0]["status"] = "Starting"
    two.world(**world)
    ended = two.cl("plan", code=1)
    assert "cl plan --exclude classiclink_attachment.one" in ended.err


def test_a_terminated_instance_is_no_longer_there_and_was_not_detached(two: Desk) -> None:
    two.cl("apply", "-auto-approve", code=0)
    world = two.read_world()
    world["instances"] = world["instances"][1:]
    world["links"] = []
    two.world(**world)
    text = two.cl("plan", "-refresh-only", code=0).out
    assert "classiclink_attachment.one  its instance is no longer there" in text
    assert "detached" not in text
    text = two.cl("plan", code=1).out
    assert text.count("its instance is no longer there") == 2, "in the drift and in the step"
    assert "detached" not in text


def test_what_went_with_its_vpc_or_its_group_was_not_switched_off(two: Desk) -> None:
    groups = [
        {"security_group_id": "sg-web", "region_id": "cn-hangzhou", "account_id": "1001"},
        {"security_group_id": "sg-db", "region_id": "cn-hangzhou", "account_id": "1001", "vpc_id": "vpc-shop"},
    ]
    two.world(**two.read_world(), security_groups=groups)
    two.write(more__hcl=rule("web", "sg-db", "sg-web"))
    two.cl("apply", "-auto-approve", code=0)
    two.world(instances=two.read_world()["instances"], security_groups=groups[:1])
    ended = two.cl("plan", code=1)
    text = ended.out
    assert text.count("its VPC is no longer there") == 4, "in the drift and in the steps"
    assert text.count("a security group of it is no longer there") == 2
    assert not any(word in text for word in ("disabled", "detached", "revoked"))
    assert "Did you mean" not in ended.err
    assert "If it was deleted, remove all references to vpc-shop from the" in ended.err
    assert "The security group sg-db was not found, though it is in the state." in ended.err


def test_a_link_that_was_detached_outside_and_goes_to_a_mistyped_vpc_is_shown_the_right_one(two: Desk) -> None:
    """The state knows the instance, and not the VPC."""
    two.cl("apply", "-auto-approve", code=0)
    two.world(**{**two.read_world(), "links": []})
    two.write(main__hcl=PROVIDER + enable("shop", "vpc-shop") + attach("one", "i-0001", "vpc-shpo"))
    messages = two.cl("plan", code=1).err
    assert "vpc-shpo was not found." in messages
    assert "Did you mean vpc-shop?" in messages
    assert "If it was deleted" not in messages


def test_a_link_is_detached_where_its_instances_could_not_be_read(two: Desk) -> None:
    two.cl("apply", "-auto-approve", code=0)
    two.world(**{**two.read_world(), "links": []})
    fault = {"action": "DescribeInstances", "kind": "error", "code": "Forbidden.RAM", "message": "no right"}
    two.write(faults__json=json.dumps([fault]))
    two.write(main__hcl=text_of(two, "main.hcl").replace("call_log", 'faults = "faults.json"\n  call_log'))
    assert "its instance is no longer there" not in two.cl("plan", code=3).out


def test_a_lost_guest_route_that_is_declared_is_not_to_be_declared_again(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a", "192.168.0.0/16")], instances=[{**instances(1)[0], "guest_routes": []}])
    route = 'resource "classiclink_guest_route" "one" {\n  instance_id = "i-0001"\n}\n'
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + attach("one", "i-0001", "vpc-a") + route)
    desk.cl("apply", "-auto-approve", code=0)
    world = desk.read_world()
    world["instances"][0]["guest_routes"] = []
    desk.world(**world)
    text = desk.cl("drift", code=2).out
    assert "classiclink_guest_route.one declares it already." in " ".join(text.split())
    assert 'resource "classiclink_guest_route"' not in text
