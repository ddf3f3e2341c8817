"""The connection table of the overview, cell by cell."""

from __future__ import annotations

import pytest
from network_worlds import ROUTE_192, classic, ecs, overview_example, vpc, world_of

from planner.network.ends import Plane
from planner.network.scenarios import Act, advise, advise_between

CLASSIC, VPC = Plane.CLASSIC, Plane.VPC
MIGRATE_BOTH = [["Migrate both ECS instances to the VPC network.", "Connect the two VPCs."]]
MIGRATE_INITIATOR = [
    ["Migrate the initiator ECS instance of the classic network to the VPC network.", "Connect the two VPCs."]
]
MIGRATE_RECEIVER = [
    ["Migrate the receiver ECS instance of the classic network to the VPC network.", "Connect the two VPCs."]
]
LINK = [["Build a ClassicLink connection."]]
CONNECT = [["Connect the two VPCs."]]

TABLE = [
    (CLASSIC, CLASSIC, True, True, [["Add a same-account authorization rule in the security group."]]),
    (CLASSIC, CLASSIC, True, False, [["Add a cross-account authorization rule in the security group."]]),
    (CLASSIC, CLASSIC, False, True, MIGRATE_BOTH),
    (CLASSIC, CLASSIC, False, False, MIGRATE_BOTH),
    (CLASSIC, VPC, True, True, LINK),
    (
        CLASSIC,
        VPC,
        True,
        False,
        [
            *MIGRATE_INITIATOR,
            [
                "Transfer the initiator ECS instance of the classic network to the account of the VPC.",
                "Build a ClassicLink connection.",
            ],
        ],
    ),
    (CLASSIC, VPC, False, True, MIGRATE_INITIATOR),
    (CLASSIC, VPC, False, False, MIGRATE_INITIATOR),
    (VPC, CLASSIC, True, True, LINK),
    (
        VPC,
        CLASSIC,
        True,
        False,
        [
            *MIGRATE_RECEIVER,
            [
                "Transfer the receiver ECS instance of the classic network to the account of the VPC.",
                "Build a ClassicLink connection.",
            ],
        ],
    ),
    (VPC, CLASSIC, False, True, MIGRATE_RECEIVER),
    (VPC, CLASSIC, False, False, MIGRATE_RECEIVER),
    (VPC, VPC, True, True, CONNECT),
    (VPC, VPC, True, False, CONNECT),
    (VPC, VPC, False, True, CONNECT),
    (VPC, VPC, False, False, CONNECT),
]


def cell(case) -> str:
    initiator, acceptor, region, account, _ = case
    regions = "same region" if region else "different regions"
    return f"{initiator.value} to {acceptor.value}, {regions}, {'same account' if account else 'different accounts'}"


@pytest.mark.parametrize(("initiator", "acceptor", "region", "account", "expected"), TABLE, ids=map(cell, TABLE))
def test_each_cell_of_the_connection_table(initiator, acceptor, region, account, expected) -> None:
    advice = advise(initiator, acceptor, same_region=region, same_account=account)
    assert [[step.text for step in solution.steps] for solution in advice.solutions] == expected
    assert all(step.source == "overview, Connection scenarios" for one in advice.solutions for step in one.steps)
    names = [solution.name for solution in advice.solutions]
    assert names == (["Solution A", "Solution B"] if len(expected) == 2 else [""])


def test_every_cell_of_the_table_is_a_case() -> None:
    assert len({case[:4] for case in TABLE}) == len(TABLE) == 16


def test_what_is_known_beyond_the_overview_is_told_as_such() -> None:
    """Limits: "you can transfer the ECS instance from account A to account B"; the rest is not the overview's."""
    advice = advise(CLASSIC, VPC, same_region=True, same_account=False)
    assert all(not note.source.startswith("overview") for note in advice.notes)
    assert any("cannot change accounts" in note.text for note in advice.notes)
    assert any("cannot be undone" in note.text for note in advice.notes)
    assert advise(VPC, VPC, same_region=True, same_account=True).notes == ()


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
def test_an_instance_with_a_link_is_detached_first(account, number, source) -> None:
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
def test_a_link_to_192_168_comes_with_the_guest_route_where_it_is_not_known_to_be_there(routes, needed) -> None:
    world = world_of(
        vpc("vpc-c", "192.168.0.0/16", classic_link_enabled=False),
        ecs("i-c", "192.168.1.9", "vpc-c"),
        classic("i-1", "10.1.1.1", guest_routes=routes),
    )
    advice = advise_between(world, "i-1", "i-c")
    assert advice.offer is not None
    assert (advice.offer.enable, advice.offer.guest_route) == (True, needed)
    assert any("192.168.0.0/16" in note.text and note.source == "overview, Limits" for note in advice.notes)


def test_what_lies_outside_10_111_is_told_of_a_vpc_in_10() -> None:
    advice = advise_between(overview_example(), "i-unlinked", "i-far")
    assert any("10.111.0.0/16" in note.text for note in advice.notes)


def test_the_steps_are_numbered_in_json() -> None:
    document = advise(CLASSIC, VPC, same_region=True, same_account=False).to_json()
    assert document["from"] == "classic"
    assert document["to"] == "vpc"
    assert [step["number"] for step in document["solutions"][1]["steps"]] == [1, 2]
    assert document["offer"] is None
