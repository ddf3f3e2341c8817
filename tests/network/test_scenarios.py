"""The connection table of the overview, cell by cell."""

from __future__ import annotations

import pytest

from planner.network.ends import Plane
from planner.network.scenarios import advise

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

Case = tuple[Plane, Plane, bool, bool, list[list[str]]]

TABLE: list[Case] = [
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


def cell(case: Case) -> str:
    initiator, acceptor, region, account, _ = case
    regions = "same region" if region else "different regions"
    return f"{initiator.value} to {acceptor.value}, {regions}, {'same account' if account else 'different accounts'}"


@pytest.mark.parametrize(("initiator", "acceptor", "region", "account", "expected"), TABLE, ids=map(cell, TABLE))
def test_each_cell_of_the_connection_table(
    initiator: Plane, acceptor: Plane, region: bool, account: bool, expected: list[list[str]]
) -> None:
    advice = advise(initiator, acceptor, same_region=region, same_account=account)
    assert [[step.text for step in solution.steps] for solution in advice.solutions] == expected
    assert all(step.source == "overview, Connection scenarios" for one in advice.solutions for step in one.steps)
    names = [solution.name for solution in advice.solutions]
    assert names == (["Solution A", "Solution B"] if len(expected) == 2 else [""])


def test_every_cell_of_the_table_is_a_case() -> None:
    assert len({case[:4] for case in TABLE}) == len(TABLE) == 16


def test_what_is_known_beyond_the_overview_is_reported_as_such() -> None:
    """Limits: "you can transfer the ECS instance from account A to account B"; the rest is not the overview's."""
    advice = advise(CLASSIC, VPC, same_region=True, same_account=False)
    assert all(not note.source.startswith("overview") for note in advice.notes)
    assert any("cannot change accounts" in str(note.text) for note in advice.notes)
    assert any("cannot be undone" in str(note.text) for note in advice.notes)
    assert advise(VPC, VPC, same_region=True, same_account=True).notes == ()


def test_the_steps_are_numbered_in_json() -> None:
    document = advise(CLASSIC, VPC, same_region=True, same_account=False).to_json()
    assert document["from"] == "classic"
    assert document["to"] == "vpc"
    assert [step["number"] for step in document["solutions"][1]["steps"]] == [1, 2]
    assert document["offer"] is None
