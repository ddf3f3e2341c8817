"""Documents as JSON text: laid out to a depth, whole or piece by piece."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.render import json as written
from planner.render.json import json_pieces, json_text

_LEAVES = st.none() | st.booleans() | st.integers() | st.sampled_from(["", "a", ", ", "\0", "\1\0", '"\1\0"', "中\x7f"])
documents = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "\1\0", '", "']), inner),
    max_leaves=12,
)


def laid_out(value: Any, levels: int, margin: str = "\n") -> str:
    """The same, as it is defined: each value on its own."""
    if not levels or not value or not isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False)
    inner = margin + "  "
    if isinstance(value, dict):
        members = [f"{json.dumps(key)}: {laid_out(found, levels - 1, inner)}" for key, found in value.items()]
        return f"{{{inner}{f',{inner}'.join(members)}{margin}}}"
    return f"[{inner}{f',{inner}'.join(laid_out(found, levels - 1, inner) for found in value)}{margin}]"


@given(documents, st.integers(0, 4))
def test_so_many_levels_are_indented_and_the_rest_is_on_a_line(document: Any, levels: int) -> None:
    text = json_text(document, levels)
    assert text == laid_out(document, levels).replace("\x7f", "\\u007f") + "\n"
    assert json.loads(text) == document


def test_a_long_list_is_written_in_pieces_of_many_entries() -> None:
    entries: list[object] = [{"step": number, "to": ["x", {}]} for number in range(2 * written._AT_ONCE + 1)]
    entries[7] = [1e-05, 1.5]
    pieces = list(json_pieces({"steps": entries}))
    assert "".join(pieces) == laid_out({"steps": entries}, 2) + "\n"
    assert len(pieces) < len(entries) / 100


@pytest.mark.parametrize(
    "last", [1e-05, -1e-07, 5e-324, 1e16, 1.5e300, 2**64, "\ud800", {"e": "e5,"}, {"e5": "0.0000"}, {7: 8}]
)
@given(st.lists(documents, max_size=4))
def test_a_long_list_is_written_as_the_standard_library_writes_each_of_its_entries(last: Any, some: list[Any]) -> None:
    entries = [*({"id": number, "needs": []} for number in range(51)), *some, last]
    assert json_text(entries, 1) == laid_out(entries, 1).replace("\x7f", "\\u007f").replace("\ud800", "\\ud800") + "\n"


def test_a_long_list_keeps_every_digit_of_its_decimals() -> None:
    entries = [Decimal("0.10000000000000000000001"), Decimal("1E+400"), *range(51)]
    assert json_text(entries, 1).startswith("[\n  0.10000000000000000000001,\n  1E+400,\n  0,\n")
