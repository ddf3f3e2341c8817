"""An apply was killed in a step whose outcome the cloud does not show afterwards."""

from __future__ import annotations

import json
import signal

import pytest

from support.clouds import BOTH_CLOUDS, mock_alone
from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instance, instances, vpc

pytestmark = BOTH_CLOUDS
BY_HAND = mock_alone("a guest route has no call: a person adds it")

FAULTY = PROVIDER.replace("}", '  faults     = "faults.json"\n  latency_ms = 20\n}')
ROUTE = 'resource "classiclink_guest_route" "r" {\n  instance_id = "i-0001"\n}\n'
ROUTED = enable("shop", "vpc-a") + ROUTE + attach("n1", "i-0001", "vpc-a")


def faults(desk: Desk, *orders: dict[str, object]) -> None:
    desk.write(faults__json=json.dumps(orders))


def killed(desk: Desk, action: str, kind: str, nth: int = 1) -> None:
    faults(desk, {"action": action, "nth": nth, "kind": kind})
    assert desk.cl("apply", "-auto-approve", "-parallelism=1").code == -signal.SIGKILL
    faults(desk)


@pytest.fixture
def routed(desk: Desk) -> Desk:
    """An instance whose guest routes no cloud can read."""
    desk.world(vpcs=[vpc("vpc-a", "192.168.0.0/16")], instances=[instance("i-0001", guest_routes=None)])
    world = desk.read_world()
    del world["instances"][0]["guest_routes"]
    (desk.directory / "world.json").write_text(json.dumps(world))
    return desk


@BY_HAND
@pytest.mark.parametrize("kind", ["crash_before", "crash_after"])
def test_a_guest_route_is_added_again_since_that_does_no_harm(routed: Desk, kind: str) -> None:
    routed.write(main__hcl=FAULTY + ROUTED)
    killed(routed, "AddGuestRoute", kind)
    ended = routed.cl("apply", "-auto-approve", code=0)
    if kind == "crash_before":  # the mock shows a route once it was added
        assert "Warning: Outcome of an interrupted step is unknown  STA311" in ended.err
    assert routed.links() == {"i-0001": "vpc-a"}
    assert routed.state_addresses() == [
        "classiclink_attachment.n1",
        "classiclink_guest_route.r",
        "classiclink_vpc.shop",
    ]
    routed.cl("plan", "-detailed-exitcode", code=0)


@BY_HAND
@pytest.mark.parametrize("kind", ["crash_before", "crash_after"])
def test_a_guest_route_is_removed_again_since_that_does_no_harm(routed: Desk, kind: str) -> None:
    routed.write(main__hcl=FAULTY + ROUTED)
    faults(routed)
    routed.cl("apply", "-auto-approve", code=0)
    routed.write(main__hcl=FAULTY + enable("shop", "vpc-a"))
    killed(routed, "RemoveGuestRoute", kind)
    routed.cl("apply", "-auto-approve", code=0)
    assert routed.state_addresses() == ["classiclink_vpc.shop"]


def fleet(*numbers: int) -> str:
    return FAULTY + enable("shop", "vpc-a") + "".join(attach(f"n{n}", f"i-000{n}", "vpc-a") for n in numbers)


HIDDEN: dict[str, object] = {
    "action": "DescribeClassicLinkInstances",
    "match": {"instance_id": "i-0003"},
    "kind": "error",
    "code": "Forbidden.RAM",
    "message": "denied",
}


@mock_alone("the API refuses a whole list of instances, and no single one of them")
@pytest.mark.parametrize("kind", ["crash_before", "crash_after"])
def test_a_link_that_cannot_be_read_keeps_no_other_step_and_no_fact(desk: Desk, kind: str) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(6))
    desk.write(main__hcl=fleet(1, 2, 3, 4))
    killed(desk, "AttachClassicLinkVpc", kind, nth=3)
    faults(desk, HIDDEN)
    first = desk.cl("apply", "-auto-approve")
    assert first.code in (0, 3), first.err
    assert "STA311" in first.err
    assert "cl state rm classiclink_attachment.n3" in " ".join(first.err.split())
    assert not (desk.directory / "cl.state.json.journal").exists()
    assert {"classiclink_attachment.n1", "classiclink_attachment.n2", "classiclink_attachment.n3"} <= set(
        desk.state_addresses()
    )
    desk.cl("state", "rm", "classiclink_attachment.n1", code=0)
    desk.cl("import", "classiclink_attachment.n1", "i-0001/vpc-a", code=0)
    faults(desk)
    desk.cl("apply", "-auto-approve", code=0)
    assert set(desk.links()) == {"i-0001", "i-0002", "i-0003", "i-0004"}
    desk.cl("plan", "-detailed-exitcode", code=0)


def test_a_link_that_may_stand_is_managed_even_if_it_leaves_the_configuration(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(6))
    desk.write(main__hcl=fleet(1, 2, 3))
    killed(desk, "AttachClassicLinkVpc", "crash_after", nth=3)
    faults(desk, HIDDEN)
    desk.write(main__hcl=fleet(1, 2))
    desk.cl("apply", "-auto-approve")
    faults(desk)
    desk.cl("apply", "-auto-approve", code=0)
    assert set(desk.links()) == {"i-0001", "i-0002"}
