"""The order in which people look for ids, and those that nearly match."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from planner.network.names import natural_key, nearest


def test_numbers_in_ids_count_as_numbers() -> None:
    ids = ["i-10", "i-9", "i-1", "web-2-b10", "web-2-b9", "web-10-a", "i", "i-", "7", "x"]
    assert sorted(ids, key=natural_key) == [
        "7",
        "i",
        "i-",
        "i-1",
        "i-9",
        "i-10",
        "web-2-b9",
        "web-2-b10",
        "web-10-a",
        "x",
    ]


@given(st.lists(st.text("0123456789ai-中", max_size=12), unique=True))
def test_every_two_ids_have_an_order(ids: list[str]) -> None:
    once = sorted(ids, key=natural_key)
    assert once == sorted(sorted(ids, reverse=True), key=natural_key)
    numbers = [name for name in once if name.isdecimal()]
    assert numbers == sorted(numbers, key=int) or len({int(name) for name in numbers}) < len(numbers)


def test_one_slip_leads_to_an_id_and_no_text_is_too_long_to_ask_about() -> None:
    assert nearest("i-ab0", {"i-ab01", "i-cd01"}) == "i-ab01"
    assert nearest("1" * 1_000_000, {"1" * 999_999}) is None  # its slips would be tried for days
