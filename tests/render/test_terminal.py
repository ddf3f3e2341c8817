from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.address import Address
from planner.diagnostics import counted
from planner.render.json import json_line, json_text
from planner.render.terminal import (
    PLAIN,
    Style,
    columns,
    cut_middle,
    escape,
    id_ranges,
    name,
    prose,
    shorten,
    table,
    width_of,
)


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("plain", "plain"),
        ("\x1b[31m", "\\u001b[31m"),
        ("a\nb\tc\r", "a\\nb\\tc\\r"),
        ("\u202e", "\\u202e"),
        ("\U000e0041", "\\U000e0041"),
        ("\ud800", "\\ud800"),
        ("名前 é", "名前 é"),
        ("::error::x", ":\\u003aerror::x"),
        ("  ::error::x", "  :\\u003aerror::x"),
        ("fe80::1 and ::1", "fe80::1 and ::1"),
        ("a ##[debug]", "a #\\u0023[debug]"),
        ("##[debug]", "#\\u0023[debug]"),
    ],
)
def test_what_steers_a_terminal_is_shown_in_hcl_notation(raw: str, shown: str) -> None:
    assert escape(raw) == shown


def test_prose_keeps_its_line_breaks_and_nothing_else() -> None:
    assert prose("one\ntwo\x1b") == "one\ntwo\\u001b"


def test_a_long_name_keeps_its_ends_and_says_what_is_left_out() -> None:
    assert shorten("a" * 10 + "b" * 10, 10) == "aaaaa…(10 characters)…bbbbb"
    assert len(name("x" * 10_000)) < 250


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_text_that_fits_is_not_shortened(text: str, limit: int) -> None:
    assert (shorten(text, limit) == text) == (len(text) <= limit)


@pytest.mark.parametrize(("text", "columns_"), [("abc", 3), ("名前", 4), ("e\u0301", 1), ("\x1b[31mred\x1b[0m", 3)])
def test_width_counts_terminal_columns(text: str, columns_: int) -> None:
    assert width_of(text) == columns_


def test_columns_stand_below_each_other_in_any_script_and_colour() -> None:
    style = Style(color=True)
    lines = columns([("名", "1"), (style.red("abcd"), "2")])
    assert [width_of(line) for line in lines] == [7, 7]


def test_a_style_without_colour_adds_nothing() -> None:
    assert PLAIN.red(PLAIN.bold("x")) == "x"
    assert Style(color=True).red("x") == "\x1b[31mx\x1b[0m"


def test_lines_are_wrapped_to_the_width_and_what_is_indented_stays() -> None:
    style = Style(width=30)
    text = "one two three four five six seven eight\n    cl state mv 'a very long command that stays whole'"
    lines = style.wrap(text, "  ")
    assert all(width_of(line) <= 30 for line in lines[:-1])
    assert lines[-1] == "      cl state mv 'a very long command that stays whole'"


@pytest.mark.parametrize("width", [1, 10, 40, 80])
@pytest.mark.parametrize("key", ["web 1", 'a "b c" d', "a\\ b", "a ] b", 'x ["y z"] '])
def test_an_address_with_spaces_in_its_key_is_never_broken(width: int, key: str) -> None:
    address = str(Address("classiclink_attachment", "x", key))
    text = f'one two {address}, three [ "four five {address} and more words'
    lines = Style(width=width).wrap(text, "  ")
    assert sum(line.count(address) for line in lines) == 2
    assert " ".join(line.strip() for line in lines) == text


def test_a_bracket_that_no_key_ends_breaks_as_words_do() -> None:
    assert Style(width=10).wrap('a ["b c d e f g', "") == ['a ["b c d', "e f g"]


@given(st.text(), st.integers(min_value=1, max_value=30))
def test_text_without_its_middle_fits_and_keeps_both_ends(text: str, width: int) -> None:
    shown = cut_middle(text, width)
    assert width_of(shown) <= width
    head, _, tail = shown.partition("…")
    assert shown == text or (text.startswith(head) and text.endswith(tail) and len(head) >= len(tail))


@given(st.sets(st.integers(min_value=1, max_value=30)))
def test_ranges_name_exactly_the_ids(ids: set[int]) -> None:
    messages = id_ranges(ids)
    if "…" in messages:
        first, second, *_ = sorted(ids)
        assert messages == f"{first}, {second}, …, {max(ids)}"
        return
    ends = [tuple(map(int, part.split("–"))) for part in messages.split(", ")] if messages else []
    assert {number for end in ends for number in range(end[0], end[-1] + 1)} == ids


def _rows(width: int) -> list[list[str]]:
    rows = [("1", "+", "first", "enable vpc-a", ""), ("12", "-", "the second", "detach i-1 from vpc-a", "after 1")]
    return table(rows, Style(width=width), least=3)


def test_cells_that_do_not_fit_follow_on_lines_of_their_own() -> None:
    assert _rows(60) == [
        ["1   +  first       enable vpc-a"],
        ["12  -  the second  detach i-1 from vpc-a  after 1"],
    ]
    assert _rows(45) == [
        ["1   +  first       enable vpc-a"],
        ["12  -  the second  detach i-1 from vpc-a", "         after 1"],
    ]
    assert _rows(30) == [
        ["1   +  first", "         enable vpc-a"],
        ["12  -  the second", "         detach i-1 from vpc-a", "         after 1"],
    ]


@given(st.lists(st.tuples(*[st.text("ab 中é", max_size=30)] * 4), max_size=6), st.integers(20, 80))
def test_a_table_loses_no_word_and_is_not_wider_than_it_must(rows: list[tuple[str, ...]], width: int) -> None:
    messages = table(rows, Style(width=width), least=1)
    assert [" ".join(lines).split() for lines in messages] == [" ".join(row).split() for row in rows]
    widest = max((width_of(word) for row in rows for cell in row for word in cell.split(" ")), default=0)
    least = max((width_of(row[0]) for row in rows), default=0)
    assert all(width_of(line) <= max(width, least, widest + 2) for lines in messages for line in lines)


def test_numbers_are_counted_in_words() -> None:
    assert [counted(1, "link"), counted(2000, "link"), counted(0, "entry", "entries")] == [
        "1 link",
        "2,000 links",
        "0 entries",
    ]


def test_json_stays_readable_and_escapes_what_steers() -> None:
    assert json_line({"名": "\u202e\x7f\x1b\U000e0041"}) == '{"名":"\\u202e\\u007f\\u001b\\udb40\\udc41"}\n'
    assert json_text({"a": 1}) == '{\n  "a": 1\n}\n'


def test_json_keeps_every_digit_of_a_number() -> None:
    assert json_line([Decimal("0.1000000000000000000000001"), Decimal("-1E+400"), "\0001\0"]) == (
        '[0.1000000000000000000000001,-1E+400,"\\u00001\\u0000"]\n'
    )


def test_a_wrapped_line_never_begins_with_the_mark_of_a_command() -> None:
    wrapped = Style(width=24).wrap("one two three four ::error::five six seven", "  ")
    assert wrapped == ["  one two three four", "  :\\u003aerror::five six", "  seven"]
