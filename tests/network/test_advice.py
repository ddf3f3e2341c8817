"""What is advised for two ends of a world: only what would do."""

from __future__ import annotations

from typing import Any

import pytest

from planner.network.advice import advise_between
from planner.network.ends import Plane
from planner.network.scenarios import Act
from support.network_worlds import ROUTE_192, classic, ecs, overview_example, vpc, world_of

CLASSIC, VPC = Plane.CLASSIC, Plane.VPC


def test_the_facts_of_two_ids_choose_the_cell_and_the_link_is_offered() -> None:
    advice = advise_between(overview_example(), "i-unlinked", "rm-1")
    assert (advice.same_region, advice.same_account) == (True, True)
    assert advice.solutions[0].links
    assert advice.offer is not None
    assert advice.offer.to_json() == {
        "instance_id": "i-unlinked",
        "vpc_id": "vpc-ten",
        "enable": False,
        "guest_route": False,
        "vswitch_ids": ["vsw-in"],
        "link": True,
        "declared_at": None,
        "taken_out": None,
        "adopt": None,
        "names": {},
    }


def test_from_the_vpc_s_side_the_same_link_is_offered() -> None:
    advice = advise_between(overview_example(), "i-cart", "i-unlinked")
    assert (advice.initiator, advice.acceptor) == (VPC, CLASSIC)
    assert advice.offer is not None
    assert advice.offer.instance_id == "i-unlinked"


def test_what_is_linked_already_needs_nothing() -> None:
    (solution,) = advise_between(overview_example(), "i-linked", "rm-1").solutions
    assert [step.act for step in solution.steps] == [Act.READY]


def test_what_is_in_one_vpc_needs_nothing() -> None:
    (solution,) = advise_between(overview_example(), "i-cart", "rm-1").solutions
    assert [step.act for step in solution.steps] == [Act.READY]


@pytest.mark.parametrize(("account", "number", "source"), [("1001", 0, "overview, Limits"), ("1002", 1, "transfer")])
def test_an_instance_with_a_link_is_detached_first(account: str, number: int, source: str) -> None:
    world = world_of(
        vpc("vpc-a", "172.16.0.0/16"),
        vpc("vpc-b", "172.17.0.0/16", account=account),
        ecs("i-b", "172.17.0.9", "vpc-b", account=account),
        classic("i-1", "10.1.1.1"),
        links={"i-1": "vpc-a"},
    )
    advice = advise_between(world, "i-1", "i-b")
    first = advice.solutions[number].steps[0]
    assert first.act is Act.DETACH
    assert "i-1 from vpc-a" in first.text
    assert source in first.source
    if account == "1002":
        assert advice.solutions[0].steps[0].act is Act.MIGRATE, "a migration needs no detach"


@pytest.mark.parametrize(("routes", "needed"), [(ROUTE_192, False), ((), True), (None, True)])
def test_a_link_to_192_168_comes_with_the_guest_route_where_it_is_not_known_to_be_there(
    routes: Any, needed: bool
) -> None:
    world = world_of(
        vpc("vpc-c", "192.168.0.0/16", classic_link_enabled=False),
        ecs("i-c", "192.168.1.9", "vpc-c"),
        classic("i-1", "10.1.1.1", guest_routes=routes),
    )
    advice = advise_between(world, "i-1", "i-c")
    assert advice.offer is not None
    assert (advice.offer.enable, advice.offer.guest_route) == (True, needed)
    assert any("192.168.0.0/16" in str(note.text) and note.source == "overview, Limits" for note in advice.notes)


OUTSIDE = "lies outside 10.111.0.0/16"


@pytest.mark.parametrize(
    ("origin", "target", "why"),
    [("i-unlinked", "i-far", OUTSIDE), ("i-far", "i-unlinked", OUTSIDE), ("i-linked", "i-far", OUTSIDE)],
)
def test_no_link_is_offered_that_would_not_lead_there(origin: str, target: str, why: str) -> None:
    """Limits: "the CIDR block of the VSwitch to communicate with ... is within 10.111.0.0/16"."""
    advice = advise_between(overview_example(), origin, target)
    assert advice.to_json()["offer"] is None
    (obstacle,) = advice.obstacles
    assert why in obstacle.text
    assert obstacle.source == "overview, Limits"
    assert not any(
        step.text.startswith("Nothing to do: i-linked") for found in advice.solutions for step in found.steps
    )


def test_no_link_leads_into_a_secondary_block() -> None:
    world = world_of(
        vpc("vpc-a", "172.16.0.0/16", secondary_cidr_blocks=("172.20.0.0/16",)),
        ecs("i-a", "172.20.0.9", "vpc-a"),
        classic("i-1", "10.1.1.1"),
        classic("i-2", "10.1.1.2"),
        links={"i-2": "vpc-a"},
    )
    for instance_id in ("i-1", "i-2"):
        advice = advise_between(world, instance_id, "i-a")
        assert advice.to_json()["offer"] is None
        assert "secondary CIDR block" in advice.obstacles[0].text


@pytest.mark.parametrize("routes", [(), None])
def test_a_link_that_only_wants_its_guest_route_gets_that_alone(routes: Any) -> None:
    world = world_of(
        vpc("vpc-c", "192.168.0.0/16"),
        ecs("i-c", "192.168.1.9", "vpc-c"),
        classic("i-1", "10.1.1.1", guest_routes=routes),
        links={"i-1": "vpc-c"},
    )
    advice = advise_between(world, "i-1", "i-c")
    assert [step.act for step in advice.solutions[0].steps] == [Act.GUEST_ROUTE]
    assert advice.offer is not None
    assert (advice.offer.link, advice.offer.guest_route) == (False, True)


def test_a_vpc_can_be_named_as_a_whole() -> None:
    advice = advise_between(overview_example(), "i-unlinked", "vpc-ten")
    assert advice.offer is not None
    assert advice.offer.vpc_id == "vpc-ten"
    assert any("10.111.0.0/16" in str(note.text) for note in advice.notes)
    (solution,) = advise_between(overview_example(), "i-cart", "vpc-ten").solutions
    assert [step.act for step in solution.steps] == [Act.READY]


def test_two_ends_that_are_one_need_nothing() -> None:
    (solution,) = advise_between(overview_example(), "i-linked", "i-linked").solutions
    assert [step.act for step in solution.steps] == [Act.READY]
