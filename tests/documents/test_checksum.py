"""The checksum of a document is that of its canonical JSON as the standard library writes it, however it is made."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from enum import StrEnum
from math import nextafter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.documents.checksum import checksum

_SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
_VALUES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=8
)


class Word(StrEnum):
    """Documents hold words of closed sets."""

    LINK = "link"


def canonical(document: dict[str, object], errors: str = "strict") -> str:
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", errors)).hexdigest()


@given(st.lists(_VALUES, max_size=5))
def test_a_long_list_has_the_checksum_of_its_canonical_json(values: list[object]) -> None:
    document: dict[str, object] = {"steps": [{"id": number} for number in range(120)] + values, "serial": 1}
    assert checksum(document) == canonical(document)


@given(st.dictionaries(st.text(), _VALUES, max_size=5))
def test_so_has_what_is_long_further_inside(values: dict[str, object]) -> None:
    many = {**{f"key {number}": [number] for number in range(120)}, **values}
    instances = [{"id": number} for number in range(120)]
    inside = [{"instances": [*instances, *values.values()]}, {"proof": {"vpcs": many, "few": values}}, {3: many}]
    document: dict[str, object] = {"resources": inside, "many": many, "few": values}
    assert checksum(document) == canonical(document)


@pytest.mark.parametrize(
    "value",
    [
        *(sign * 10.0**power for power in range(-12, 24) for sign in (1, -1)),
        *(nextafter(1e-5, 1), nextafter(1e-4, 0), nextafter(1e16, 0), 5e-324, 1.7976931348623157e308, -0.0),
        *(2**63, 2**64, -(2**63) - 1, 10**40),
        *("".join(map(chr, range(32))), '\x7f\u2028"\\/<', "e-05,", "0.0000", Word.LINK),
        *({"b": 1, "a": 2, "é": 3, "\U0001f600": 4, "\uffff": 5}, {1: 2}, {Word.LINK: 1}),
    ],
    ids=repr,
)
def test_what_json_libraries_write_in_different_ways_has_one_checksum(value: object) -> None:
    for alone_or_among_others in (value, [value], {"key": value}):
        for one in ([alone_or_among_others] * 51, dict.fromkeys(map(str, range(51)), value), alone_or_among_others):
            document: dict[str, object] = {"steps": one, "inside": [one]}
            assert checksum(document) == canonical(document)


def test_a_decimal_has_one_checksum_in_short_lists_and_in_long_ones() -> None:
    """msgspec would write it as a string and never ask for its JSON, which orjson does."""
    for count in (1, 51):
        document: dict[str, object] = {"steps": [Decimal("1.50")] * count}
        assert checksum(document, default=lambda value: float(str(value))) == canonical({"steps": [1.5] * count})


def test_half_of_a_surrogate_pair_is_refused_unless_it_may_pass() -> None:
    document: dict[str, object] = {"steps": ["\ud800"] * 51}
    with pytest.raises(UnicodeEncodeError):
        checksum(document)
    assert checksum(document, surrogates="surrogatepass") == canonical(document, "surrogatepass")
