"""Names from a hostile cloud or configuration render safely in every format."""

from __future__ import annotations

import json
import re
import unicodedata
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from planner.render.formats import PLAN
from planner.render.setting import Setting
from planner.render.terminal import Style, escape
from planner.render.text import plan_text
from support import documents
from support.hostile import HOSTILE, every_report, hostile_plan

SAFE_CONTROLS = {"\n"}


@pytest.fixture(scope="module", params=HOSTILE)
def reports(request: pytest.FixtureRequest) -> dict[tuple[str, str], str]:
    return every_report(HOSTILE[request.param])


def unsafe_characters(text: str) -> set[str]:
    return {
        character
        for character in set(text) - SAFE_CONTROLS
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    }


def test_no_report_holds_a_character_that_steers_a_terminal(reports: dict[tuple[str, str], str]) -> None:
    for key, report in reports.items():
        assert not unsafe_characters(report), key
        report.encode("utf-8")


def test_no_line_of_a_report_is_a_command_to_a_pipeline() -> None:
    for text in ("::error::x", "x\n::error::x", "x\n  ##[add-path]/tmp", "a::b", " ::stop-commands::x"):
        for (_, name), report in every_report(text).items():
            if name != "github":
                assert not [line for line in report.split("\n") if line.lstrip().startswith(("::", "##["))], name


@pytest.mark.parametrize("name", ["text", "markdown", "html"])
def test_the_code_of_a_rule_is_as_foreign_as_any_other_name(name: str) -> None:
    for text in (*HOSTILE.values(), "CL109\n::error file=x::PWN \x1b[31mRED"):
        document = hostile_plan(text)
        document["rules"].append(documents.finding(text, text, step=3))
        report = PLAN[name](document, Setting())
        assert not unsafe_characters(report)
        assert not [line for line in report.split("\n") if line.lstrip().startswith("::")]


def test_colours_are_the_only_escapes_in_a_coloured_plan() -> None:
    for text in HOSTILE.values():
        coloured = plan_text(hostile_plan(text), Setting(Style(color=True, width=80)))
        assert "\x1b[" in coloured
        assert not unsafe_characters(re.sub(r"\x1b\[\d+m", "", coloured))


def test_no_report_grows_with_a_long_name() -> None:
    for (_, name), report in every_report("x" * 10_000).items():
        if name != "json":
            assert len(report) < 300_000
            assert max(map(len, report.split("\n"))) < 60_000


class _Page(HTMLParser):
    """What a browser would make of a page: its tags and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_html_holds_no_markup_but_its_own(reports: dict[tuple[str, str], str]) -> None:
    calm = every_report("calm")
    for key, report in reports.items():
        if key[1] == "html":
            page, own = _Page(report), _Page(calm[key])
            assert {tag for tag, _ in page.tags} <= {tag for tag, _ in own.tags}
            assert {name for _, names in page.tags for name in names} <= {n for _, names in own.tags for n in names}
            assert sum(tag == "script" for tag, _ in page.tags) == 1
            assert not any("src" in names for _, names in page.tags)
            assert all((names.get("href") or "#").startswith("#") for _, names in page.tags)


def test_markdown_keeps_foreign_text_in_code_and_fits_a_comment(reports: dict[tuple[str, str], str]) -> None:
    for key, report in reports.items():
        if key[1] == "markdown":
            assert len(report) < 65_536
            outside = _outside_of_code(report)
            for text in (
                "<script",
                "<img",
                "onmouseover",
                "@everyone",
                "](",
                "javascript:",
                "::error",
                "名前",
                "--> <!--",
            ):
                assert text not in outside, (key, text)
            assert outside.count("<details") == outside.count("</details>")


def _outside_of_code(markdown: str) -> str:
    """What stands neither in a fenced block nor in a code span, by CommonMark's rules."""
    kept: list[str] = []
    fence = ""
    for line in markdown.split("\n"):
        ticks = re.match(r"`{3,}", line)
        if fence:
            fence = "" if ticks and line.strip("`") == "" and len(ticks[0]) >= len(fence) else fence
        elif ticks and "`" not in line[ticks.end() :]:
            fence = ticks[0]
        else:
            kept.append(re.sub(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", "", line))
    assert not fence, "a fence is never closed"
    return "\n".join(kept)


def test_annotations_are_one_command_a_line(reports: dict[tuple[str, str], str]) -> None:
    for key, report in reports.items():
        if key[1] == "github":
            lines = report.removesuffix("\n").split("\n")
            commands = [re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line) for line in lines]
            assert all(commands), key
            assert all(command[2].count("title=") == 1 for command in commands if command)
            expected = {"plan": 5, "drift": 8, "validate": 2}[key[0]]
            assert len(lines) == expected


def test_junit_is_well_formed_and_counts_what_it_holds(reports: dict[tuple[str, str], str]) -> None:
    for key, report in reports.items():
        if key[1] == "junit":
            suites = ElementTree.fromstring(report)  # noqa: S314  # our own output
            cases = suites.findall(".//testcase")
            assert len(cases) == int(suites.attrib["tests"])
            assert len(suites.findall(".//failure")) == int(suites.attrib["failures"])
            assert len(suites.findall(".//skipped")) == int(suites.attrib["skipped"])


def test_json_reads_back_as_the_document() -> None:
    for text in HOSTILE.values():
        document = hostile_plan(text)
        assert json.loads(PLAN["json"](document, Setting())) == document


@given(st.text())
def test_escaped_text_holds_nothing_unsafe_and_stays_on_one_line(text: str) -> None:
    assert not unsafe_characters(escape(text))
    assert "\n" not in escape(text)


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
def test_harmless_text_is_not_changed(text: str) -> None:
    assume(not text.startswith("::") and "##[" not in text)
    assert escape(text) == text


@given(st.text())
def test_escaping_twice_is_escaping_once(text: str) -> None:
    assert escape(escape(text)) == escape(text)
