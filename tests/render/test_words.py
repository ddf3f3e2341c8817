"""Ids in a few words, and what many steps wait for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.render.words import ids_listed


@pytest.mark.parametrize(
    ("ids", "messages"),
    [
        (["i-2", "i-10", "i-9", "i-1"], "i-1 … i-2, i-9 … i-10"),
        ([f"i-{number}" for number in range(1, 71)], "i-1 … i-70"),
        ([f"i-{number:03}" for number in range(98, 102)], "i-098 … i-101"),
        (["i-bp1a", "i-bp2c", "i-bp1b"], "i-bp1a, i-bp1b, i-bp2c"),
        ([f"i-{number}" for number in range(0, 100, 3)], "i-0, i-3, i-6 and 31 more"),
        (["web"], "web"),
        ([], ""),
    ],
)
def test_ids_are_reported_in_natural_order_and_rows_of_them_by_their_ends(ids: list[str], messages: str) -> None:
    assert ids_listed(ids) == messages


@given(st.sets(st.integers(0, 130)))
def test_no_id_is_suggested_that_is_not_among_them(numbers: set[int]) -> None:
    messages = ids_listed(f"i-{number}" for number in numbers)
    if " more" in messages:
        first, _, more = messages.rpartition(" and ")
        assert len(first.split(", ")) + int(more.split()[0]) == len(numbers)
        return
    ends = (
        [[int(name.removeprefix("i-")) for name in part.split(" … ")] for part in messages.split(", ")]
        if messages
        else []
    )
    assert {number for end in ends for number in range(end[0], end[-1] + 1)} == numbers
