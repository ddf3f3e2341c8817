from __future__ import annotations

import json

from planner.render.json import json_text
from planner.render.problems import title_of
from planner.render.rules import rule_markdown, rule_text, rules_document, rules_text
from planner.render.terminal import PLAIN, Style
from planner.rules.catalogue import catalogue

PAGES = {page.id: page for page in catalogue()}


def test_every_rule_is_listed_on_a_line_of_its_own() -> None:
    lines = rules_text(catalogue(), PLAIN).splitlines()
    assert [line.split()[0] for line in lines[: len(PAGES)]] == list(PAGES)
    assert "cl rules ID" in lines[-1]
    waivable = [line.split()[0] for line in lines[: len(PAGES)] if line.split()[2] == "waivable"]
    assert waivable == [page.id for page in PAGES.values() if page.waivable]


def test_a_page_shows_what_why_bad_good_and_the_source() -> None:
    text = rule_text(PAGES["CL103"], PLAIN)
    assert text.startswith("CL103 custom-route-to-classic\nThe VPC has a custom route entry destined for 10.0.0.0/8.\n")
    for word in ("Why it matters\n", "Bad\n", "Good\n", "Source: overview, Limits.", "It cannot be waived."):
        assert word in text
    assert "```" not in text
    assert "##" not in text


def test_headings_of_a_page_are_bold_on_a_terminal() -> None:
    assert "\x1b[1mWhy it matters\x1b[0m" in rule_text(PAGES["CL103"], Style(color=True))


def test_pages_are_the_same_in_json_and_markdown() -> None:
    document = json.loads(json_text(rules_document(catalogue())))
    assert [entry["id"] for entry in document] == list(PAGES)
    assert document[0]["when"] == list(PAGES["CL101"].when)
    assert "### Why it matters" in rule_markdown(PAGES["CL101"])


def test_the_name_of_a_rule_reads_as_a_title() -> None:
    assert title_of("vpc-not-enabled") == "VPC not enabled"
    assert title_of("vswitch-outside-10-111") == "vSwitch outside 10.111"
    assert title_of("address-in-vswitch") == "Address in vSwitch"
