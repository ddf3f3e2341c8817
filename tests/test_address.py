"""Addresses as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.address import Address, parse_address

KEYS = st.none() | st.integers(0) | st.text(st.characters(codec="utf-8")) | st.text('$%{}x"\\[].')


@given(KEYS, KEYS)
def test_an_address_is_read_back_from_its_text(key: str | int | None, outer: str | int | None) -> None:
    address = Address("classiclink_attachment", "web", key, (("m", outer),))
    assert parse_address(str(address)) == address
    assert parse_address(str(address)).key == key


@pytest.mark.parametrize(
    ("key", "text"),
    [("${x}", 'a.b["$${x}"]'), ("%{if}", 'a.b["%%{if}"]'), ("$${x}", 'a.b["$$${x}"]'), ("{}", 'a.b["{}"]')],
)
def test_a_key_is_written_as_in_hcl(key: str, text: str) -> None:
    assert str(Address("a", "b", key)) == text
    assert parse_address(text).key == key


def test_a_template_that_is_not_escaped_is_part_of_the_key() -> None:
    assert parse_address('a.b["${x}"]').key == "${x}"
