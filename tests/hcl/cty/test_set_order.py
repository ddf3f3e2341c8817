"""The order of a set's elements that are no primitives: that of cty's text for them."""

from __future__ import annotations

import pytest

from planner.hcl.cty.python_values import from_python
from planner.hcl.cty.types import STRING, ListType
from planner.hcl.cty.values import list_of, set_of, string


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("\u00a0", "a"),  # a backslash comes before small letters
        ("\u200b", "b"),
        ("\x7f", "\u00e9"),
        ("\U000e0001", "a"),
        ("\u00a0", "\x01"),
    ],
)
def test_characters_that_cannot_be_printed_are_in_order_by_their_escapes(first: str, second: str) -> None:
    made = set_of(ListType(STRING), [list_of(STRING, [string(text)]) for text in (second, first)])
    ordered = [element.raw[0].raw for element in made.raw]
    assert ordered == [first, second]


def test_objects_are_in_order_by_their_values() -> None:
    made = set_of(from_python({"a": ""}).type, [from_python({"a": text}) for text in ("b", "\t", '"', "A")])
    assert [element.raw["a"].raw for element in made.raw] == ["A", '"', "\t", "b"]
