"""The last lines of a plan are true: what is refused opens nothing, and what is gone is said to be gone."""

from __future__ import annotations

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc


@pytest.fixture
def two(desk: Desk) -> Desk:
    """A VPC and two instances that are to be linked to it."""
    desk.world(vpcs=[vpc("vpc-shop")], instances=instances(2))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-shop") + attach("one", "i-0001", "vpc-shop"))
    return desk


def opens(text: str) -> str:
    """The line of a plan that says what opens; empty where there is none."""
    return next((line for line in text.splitlines() if line.startswith("Opens")), "")


def test_an_instance_that_is_not_there_opens_nothing(two: Desk) -> None:
    two.write(more__hcl=attach("nobody", "i-nobody", "vpc-shop"))
    ended = two.cl("plan", code=1)
    assert "CL206" in ended.err
    assert opens(ended.out).startswith("Opens   i-0001 → vpc-shop")
    assert "i-nobody →" not in ended.out


def test_what_waits_for_a_refused_step_opens_nothing_either(two: Desk) -> None:
    world = two.read_world()
    world["route_entries"] = [{"vpc_id": "vpc-shop", "destination_cidr_block": "10.0.0.0/8"}]
    two.world(**world)
    ended = two.cl("plan", code=1)
    assert "CL103" in ended.err
    assert opens(ended.out) == ""


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
