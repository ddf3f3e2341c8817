"""The order of a set's elements that are no primitives: that of cty's text for them."""

from __future__ import annotations

import pytest

from planner.hcl import evaluate
from planner.hcl.cty.python_values import from_python
from planner.hcl.cty.types import STRING, ListType
from planner.hcl.cty.values import list_of, set_of, string
from planner.hcl.writing.console_format import format_value


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


def test_numbers_in_lists_are_in_order_by_their_ten_digits() -> None:
    texts = ("-2.5e-9", "0.001", "12345678901", "1e6", "1e-5", "99999999999999999999999", "3.14159265358979")
    shown = format_value(evaluate(f"[for one in toset([{', '.join(f'[{text}]' for text in texts)}]) : one[0]]"))
    assert shown.split() == [
        *("[", "-0.0000000025,", "0.001,", "12345678901,", "1000000,"),
        *("99999999999999999999999,", "0.00001,", "3.14159265358979,", "]"),
    ]
