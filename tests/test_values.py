"""Copies of plain values with some fields replaced."""

from __future__ import annotations

from planner.address import Address
from planner.documents.reasons import Reason
from planner.network.identity import Link
from planner.plan.changes import Change, ChangeKind, Snapshot
from planner.values import replace


def test_what_follows_from_the_fields_is_worked_out_again() -> None:
    """msgspec before 0.21 kept what followed from the old ones."""
    address = Address("classiclink_attachment", "web", "i-1")
    moved = replace(address, key="i-2")
    assert str(moved) == 'classiclink_attachment.web["i-2"]'
    assert (moved == Address("classiclink_attachment", "web", "i-2"), hash(moved) == hash(address)) == (True, False)
    link = Link("i-1", "vpc-a")
    deleted = Change(address, ChangeKind.DELETE, Reason.NOT_DECLARED, before=Snapshot(link, {}, "mock"))
    assert (deleted.removes, replace(deleted, kind=ChangeKind.FORGET).removes) == (link, None)
