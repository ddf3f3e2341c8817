"""Names from a hostile cloud or configuration render safely in every format."""

from __future__ import annotations

import json
import re
import unicodedata
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

import documents
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from planner.address import Address
from planner.render.diagnostics import validate_document
from planner.render.outputs import DRIFT, PLAN, VALIDATE
from planner.render.setting import Document, Setting
from planner.render.terminal import Style, escape
from planner.render.text import plan_text

HOSTILE = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "ansi": "\x1b[2J\x1b[31mred\x1b]0;title\x07",
    "c1": "\x9b31mred\x85next",
    "bidi": "\u202eevil\u2066x\u2069\u200f",
    "invisible": "a\u200bb\u2060c\ufeff\U000e0041",
    "newlines": "one\n::error::two\r\n# three\u2028four",
    "backticks": "` `` ``` ```` ~~~ `````",
    "pipes": "a|b||c\\|d",
    "comment": "--> <!-- ]]> </details></summary>",
    "template": '{{ 7 * 7 }}{% raw %}${file("/etc/passwd")}',
    "percent": "100%0A::error::x,y:z%25",
    "mention": "@everyone #1 https://example.test [a](javascript:x)",
    "surrogate": "\ud800 and \udfff",
    "nul": "\x00\x01\x7f\ufffe",
    "long": "x" * 10_000,
    "wide": "名前" * 50,
    "combining": "z" + "\u0301" * 500,
}

FOREIGN = ("<script", "<img", "onmouseover", "@everyone", "](", "javascript:", "::error", "名前", "--> <!--")
"""Pieces of these that must not be read as markup."""

SAFE_CONTROLS = {"\n"}


def hostile_plan(text: str) -> dict[str, Any]:
    """A failed plan in which every foreign text is `text`."""
    link, moved = Address("classiclink_attachment", "web", text), Address("classiclink_attachment", "old", text)
    vpc = Address("classiclink_vpc", "v", text)
    route = Address("classiclink_guest_route", "r", text, (("shop", text),))
    attributes = {**documents.link_attributes(text, text, [text]), "private_ip": text}
    place = {**documents.place(6, 3, 9), "filename": text}
    return documents.plan(
        errored=True,
        plan_id=text,
        lineage=text,
        resource_changes=[
            documents.change(vpc, ["create"], None, documents.vpc_attributes(text, text)),
            documents.change(
                link,
                ["delete", "create"],
                attributes,
                {**attributes, "vswitch_ids": [text, text]},
                previous_address=text,
            ),
            documents.change(moved, ["no-op"], attributes, attributes, previous_address=text),
            documents.change(route, ["no-op"], attributes, attributes, importing=text),
        ],
        resource_drift=[documents.change(link, ["update"], attributes, {**attributes, "private_ip": "10.1.1.1"})],
        steps=[
            documents.step(1, "enable_classic_link", vpc, vpc_id=text),
            documents.step(2, "detach", link, instance_id=text, vpc_id=text + "2"),
            documents.step(3, "attach", link, instance_id=text, vpc_id=text, needs=(1, 2), slot="free"),
            {**documents.step(4, "add_guest_route", route, instance_id=text), "destination_cidr_block": text},
        ],
        output_changes={text: {"actions": ["update"], "before": {text: [text]}, "after": text}},
        rules=[
            documents.finding(
                "CL103",
                "custom-route-to-classic",
                address=text,
                message=text,
                remedy=text,
                subject={text: text},
                range=place,
                related=[{"message": text, "range": place}],
                severity=severity,
                status=status,
            )
            for severity, status in (("error", "fail"), ("warning", "waived"), ("warning", "unknown"))
        ],
        diagnostics=[_diagnostic(text)],
        reachability={"opened": [documents.opening(text, [text] * 5, 5, {text: 1})], "closed": [], "counts": {}},
        summary={"add": 1, "move": 1, "steps": 4},
    )


def _diagnostic(text: str) -> dict[str, Any]:
    place = {**documents.place(6, 3, 9), "filename": text}
    related = [{"message": text, "range": place}]
    return documents.diagnostic(
        code=text, summary=text, detail=text, remedy=text, address=text, range=place, related=related
    )


def hostile_drift(text: str) -> dict[str, Any]:
    document = documents.drift()
    foreign = {
        "id": text,
        "address": text,
        "instance_id": text,
        "vpc_id": text,
        "detail": text,
        "remedy": [text, text],
        "before": {"vpc_id": text},
        "after": {"vpc_id": text},
        "range": {**documents.place(6, 3, 9), "filename": text},
    }
    return {**document, "items": [{**item, **foreign} for item in document["items"]], "notes": [text]}


def every_report(text: str) -> dict[tuple[str, str], str]:
    """Every format of every kind of document, all foreign text being `text`; its source files are hostile too."""
    setting = Setting(sources=lambda _name: f"{text}\n" * 20, next_command=text)
    made: dict[tuple[str, str], tuple[Any, Document]] = {}
    for kind, formats, document in (
        ("plan", PLAN, hostile_plan(text)),
        ("drift", DRIFT, hostile_drift(text)),
        ("validate", VALIDATE, validate_document([_diagnostic(text)])),
    ):
        made |= {(kind, name): (render, document) for name, render in formats.items()}
    return {key: render(document, setting) for key, (render, document) in made.items()}


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


def test_colours_are_the_only_escapes_in_a_coloured_plan() -> None:
    for text in HOSTILE.values():
        coloured = plan_text(hostile_plan(text), Style(color=True, width=80))
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
            expected = {"plan": 5, "drift": 6, "validate": 2}[key[0]]
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
