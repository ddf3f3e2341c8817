"""`.clignore`: patterns, reasons, dates, and baselines."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pathspec import GitIgnoreSpec

from planner.diagnostics import ConfigError
from planner.drift.ignore import Ignores, baseline, count_patterns, read_ignores
from planner.network.kinds import Kind
from planner.network.world import Unread
from planner.values import replace
from support.drift_estates import TODAY, Estate, in_sync


def ignores(text: str) -> Ignores:
    return read_ignores(text, ".clignore", TODAY)


def baseline_text(document: Any, until: date) -> str:
    return "\n".join(baseline(document, until))


def drifted() -> Estate:
    return in_sync().linked("i-3", "vpc-a").linked("i-1", None)


@pytest.mark.parametrize(
    ("pattern", "ignored"),
    [
        ("/classiclink_attachment.i-3/vpc-a", True),
        ("classiclink_attachment.i-3/vpc-a", True),
        ("classiclink_attachment.i-3", True),
        ("classiclink_attachment.*", True),
        ("classiclink_attachment.i-?/vpc-a", True),
        ("**/vpc-a", True),
        ("classiclink_attachment.i-[4-9]/*", False),
        ("classiclink_vpc.*", False),
        ("/classiclink_attachment.i-3/vpc-b", False),
        ("/classiclink_attachment.i-33", False),
    ],
)
def test_a_pattern_is_one_of_gitignore_over_type_and_id(pattern: str, ignored: bool) -> None:
    document = in_sync().linked("i-3", "vpc-a").drift(ignores(f"{pattern}  # known"))
    assert document["in_sync"] == ignored
    assert document["summary"]["ignored"] == int(ignored)
    assert document["summary"]["unmanaged"] == int(not ignored)
    assert bool(document["notes"]) != ignored


def test_the_last_pattern_that_matches_decides() -> None:
    text = "classiclink_attachment.*  # all\n!/classiclink_attachment.i-1/*  # but this\n"
    document = in_sync().linked("i-3", "vpc-a").linked("i-1", None).drift(ignores(text))
    assert [item["id"] for item in document["items"]] == ["i-1/vpc-a"]
    document = in_sync().linked("i-1", None).drift(ignores(text + "/classiclink_attachment.i-1/vpc-a # again"))
    assert document["in_sync"]


def test_the_reason_and_the_date_are_read() -> None:
    found = ignores("# a comment\n\nclassiclink_vpc.lab   # the lab's, until 2027-01-31\nclassiclink_vpc.b\t# why")
    assert [(line.pattern, line.reason, line.until) for line in found.lines] == [
        ("classiclink_vpc.lab", "the lab's", date(2027, 1, 31)),
        ("classiclink_vpc.b", "why", None),
    ]


def test_a_line_counts_on_its_last_day_and_is_noted_after_it() -> None:
    text = f"classiclink_attachment.i-3  # known, until {TODAY}"
    assert in_sync().linked("i-3", "vpc-a").drift(ignores(text))["in_sync"]
    late = in_sync().linked("i-3", "vpc-a").drift(read_ignores(text, ".clignore", TODAY + timedelta(days=1)))
    assert not late["in_sync"]
    assert late["notes"] == [
        ".clignore line 1 (classiclink_attachment.i-3) expired on 2026-11-23 and no longer ignores anything."
    ]


def test_unused_lines_and_lines_without_a_reason_are_noted() -> None:
    notes = in_sync().drift(ignores("classiclink_vpc.lab  # gone\nclassiclink_vpc.x"))["notes"]
    assert [note.partition(" (")[0] for note in notes] == [".clignore line 2", ".clignore line 1", ".clignore line 2"]
    assert "does not say why" in notes[0]
    assert "is not needed" in notes[1]


def test_what_could_not_be_read_is_never_ignored() -> None:
    document = in_sync().with_unread(Unread(Kind.LINKS, None, "denied")).drift(ignores("*  # all of it"))
    assert not document["in_sync"]
    assert document["summary"]["ignored"] == 0


def test_every_wrong_line_is_reported_with_its_place() -> None:
    with pytest.raises(ConfigError) as raised:
        ignores("classiclink_vpc.a # why, until tomorrow\n!\nclassiclink_vpc.b # why, until 2027-13-01")
    messages = [
        (problem.summary, problem.span.start.line if problem.span else 0) for problem in raised.value.diagnostics
    ]
    assert messages == [("Date cannot be read", 1), ("Pattern cannot be read", 2), ("Date cannot be read", 3)]
    assert all(problem.remedy for problem in raised.value.diagnostics)


@pytest.mark.parametrize("pattern", ['classiclink_attachment.web["i-web-2"]', "i-[z-a]", "i-[1-0]/*"])
def test_a_pattern_that_is_no_expression_is_reported_with_its_line(pattern: str) -> None:
    with pytest.raises(ConfigError) as raised:
        ignores(f"classiclink_vpc.*  # fine\n{pattern}  # an address, or a range the wrong way round")
    (problem,) = raised.value.diagnostics
    assert (problem.code, problem.span and problem.span.start.line) == ("CFG571", 2)
    assert pattern in problem.detail


def test_a_line_that_takes_back_nothing_is_noted() -> None:
    lonely = drifted().drift(ignores=ignores("!classiclink_attachment.i-3  # nothing ignores it"))
    assert [note for note in lonely["notes"] if "includes again" in note]
    working = drifted().drift(
        ignores=ignores("classiclink_attachment.*  # all\n!classiclink_attachment.i-3/*  # but it")
    )
    assert not [note for note in working["notes"] if "includes again" in note]
    assert [item["id"] for item in working["items"]] == ["i-3/vpc-a"]


def test_a_wrong_date_is_underlined_and_not_its_whole_line() -> None:
    line = "classiclink_vpc.tomorrow # tomorrow, until tomorrow  "
    with pytest.raises(ConfigError) as raised:
        ignores(line)
    (span,) = [problem.span for problem in raised.value.diagnostics]
    assert span is not None
    assert (span.start.column, span.end.column) == (line.rindex("tomorrow") + 1, len(line) - 1)
    assert line[span.start.column - 1 : span.end.column - 1] == "tomorrow"


def test_a_baseline_ignores_exactly_what_was_found_until_its_end() -> None:
    estate = in_sync().linked("i-3", "vpc-a").linked("i-1", None).with_route("vpc-b", "10.0.0.0/8")
    estate = estate.with_instance("i-2", guest_routes=())
    until = TODAY + timedelta(days=30)
    text = baseline_text(estate.drift(), until)
    again = estate.drift(ignores(text))
    assert again["in_sync"]
    assert again["notes"] == []
    assert again["summary"]["ignored"] == estate.drift()["summary"]["missing"] + 3
    more = estate.with_vpc("vpc-off", classic_link_enabled=True).drift(ignores(text))
    assert [item["id"] for item in more["items"]] == ["vpc-off"]
    later = estate.drift(read_ignores(text, ".clignore", until + timedelta(days=1)))
    assert not later["in_sync"]


def test_a_baseline_leaves_out_what_could_not_be_read() -> None:
    document = in_sync().with_unread(Unread(Kind.LINKS, None, "denied")).drift()
    assert ignores(baseline_text(document, TODAY)).lines == ()


def test_a_baseline_leaves_out_what_is_covered_already() -> None:
    document = in_sync().linked("i-3", "vpc-a").linked("i-1", None).drift()
    covered = ignores("classiclink_attachment.i-3  # known\n/classiclink_attachment.i-9  # other")
    (line,) = baseline(document, TODAY, covered)
    assert line == f"/classiclink_attachment.i-1/vpc-a  # baseline: missing, until {TODAY}"


def test_a_line_past_its_date_is_counted_and_covers_nothing() -> None:
    text = "# a comment\n\nclassiclink_attachment.i-3  # known, until 2020-01-01\n"
    assert count_patterns(text) == 1
    assert len(baseline(in_sync().linked("i-3", "vpc-a").drift(), TODAY, ignores(text))) == 1


NAMES = st.text(st.sampled_from("ab-*?[]!#\\ ./"), min_size=1, max_size=8).filter(
    lambda name: not name.endswith("/") and "//" not in name and not name.startswith("/")
)


@given(name=NAMES, other=NAMES)
def test_a_baseline_stands_for_a_hostile_name_and_no_other(name: str, other: str) -> None:
    document = {"items": [{"bucket": "missing", "type": "classiclink_vpc", "id": name}]}
    found = ignores(baseline_text(document, TODAY))
    assert found.match(f"classiclink_vpc.{name}") is not None
    if not f"{other}/".startswith(f"{name}/"):
        assert found.match(f"classiclink_vpc.{other}") is None


PATTERNS = st.lists(
    st.sampled_from(["/a.x", "/a.x/y", "a.*", "!a.x", "y", "/a.\\*", "!/a.x/y", "a.[xz]", "*", "/b.z", "/a.x/", "x/"]),
    min_size=1,
    max_size=6,
)


@given(patterns=PATTERNS, path=st.sampled_from(["a.x", "a.x/y", "a.*", "b.z", "b.z/y", "a.z", "c"]))
def test_looking_literal_patterns_up_gives_what_gitignore_gives(patterns: list[str], path: str) -> None:
    expected = GitIgnoreSpec.from_lines(patterns).check_file(path)
    found = ignores("\n".join(f"{pattern}  # why" for pattern in patterns)).match(path)
    assert (found is not None) == bool(expected.include)


def test_a_baseline_covers_each_of_thousands() -> None:
    estate = in_sync()
    links = {f"i-{number}": "vpc-a" for number in range(10, 4_010)}
    document = replace(estate, world=replace(estate.world, links={**estate.world.links, **links})).drift()
    assert document["summary"]["unmanaged"] == 4_000
    found = ignores(baseline_text(document, TODAY))
    assert all(found.match(f"{item['type']}.{item['id']}") for item in document["items"])
