"""Each rule: cases that hold and cases that fail, over the example world of docs/rules.md."""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from planner.hcl.syntax.parser import parse_file
from planner.network.kinds import Kind
from planner.network.world import Unread
from planner.rules.base import Rule
from planner.rules.catalogue import RULES, catalogue, pages
from planner.rules.manual import manual
from planner.rules.page import RulePage
from planner.rules.run import Report
from planner.values import replace
from support.example_worlds import example_steps, example_world, judge
from support.rule_cases import CASES, flat_cases

TODAY = date(2026, 11, 23)


def report_on(case: dict[str, Any]) -> Report:
    return judge(example_steps(case.get("steps", ["attach i-1 vpc-a"])), example_world(case), today=TODAY)


def messages(report: Report) -> list[str]:
    return [finding.rule for finding in report.findings]


def page_examples() -> list[tuple[RulePage, str, dict[str, Any]]]:
    found = []
    for page in catalogue():
        for kind, text in re.findall(r"## (Bad|Good)\n.*?```json\n(.*?)```", page.text, re.DOTALL):
            found.append((page, kind, json.loads(text)))
    return found


@pytest.mark.parametrize(("page", "kind", "case"), page_examples(), ids=lambda value: getattr(value, "id", None))
def test_a_rules_page_shows_what_fails_and_what_holds(page: RulePage, kind: str, case: dict[str, Any]) -> None:
    assert (page.id in messages(report_on(case))) == (kind == "Bad")


def test_every_page_has_a_title_a_reason_and_both_examples() -> None:
    examples = {(page.id, kind) for page, kind, _ in page_examples()}
    for page in catalogue():
        assert page.title.endswith(".")
        assert re.findall("^## (.*)$", page.text, re.MULTILINE) == ["Why it matters", "What to do", "Bad", "Good"]
        if page.id != "CL901":
            assert {(page.id, "Bad"), (page.id, "Good")} <= examples


@pytest.mark.parametrize(("rule", "case"), flat_cases("fails"))
def test_the_rule_fails(rule: str, case: dict[str, Any]) -> None:
    report = report_on(case)
    finding = next(finding for finding in report.findings if finding.rule == rule)
    for word in case.get("says", ()):
        assert word in f"{finding.message} {finding.remedy}"
    assert messages(report) == case.get("only", [rule])


def test_asking_once_for_each_vpc_says_the_same_as_asking_of_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    cases = [case for kinds in CASES.values() for kind in ("fails", "holds") for case in kinds[kind]]
    nothing_unread: tuple[Unread, ...] = ()
    unread = [(Unread(kind, subject, "denied"),) for kind in Kind for subject in (None, "vpc-a", "i-1")]
    seen = [
        (example_steps(3 * case.get("steps", ["attach i-1 vpc-a", "attach i-2 vpc-a"])), example_world(case, hidden))
        for case in cases
        for hidden in (nothing_unread, *unread)
    ]
    once = [judge(steps, world, today=TODAY) for steps, world in seen]
    for rule in RULES:
        monkeypatch.setattr(type(rule), "of_the_vpc", False)
        monkeypatch.setattr(type(rule), "of_the_kind", False)
        monkeypatch.setattr(type(rule), "holds_at_vpc", Rule.holds_at_vpc)
    assert [judge(steps, world, today=TODAY) for steps, world in seen] == once


@pytest.mark.parametrize(("rule", "case"), flat_cases("holds"))
def test_the_rule_holds_and_is_counted(rule: str, case: dict[str, Any]) -> None:
    report = report_on(case)
    assert rule not in messages(report)
    assert (rule in report.passed) != case.get("silent", False)


BLOCK = re.compile(r"\b(?:cl|resource|waive)(?: \"[^\"]*\")* \{.*\}", re.DOTALL)


def remedies() -> dict[str, str]:
    """What each rule says is to be done, in one of its failing cases."""
    return {
        finding.rule: str(finding.remedy)
        for rule in CASES
        for case in CASES[rule]["fails"]
        for finding in report_on(case).findings
    }


def test_no_remedy_of_a_simulated_cloud_is_a_call_of_a_real_one() -> None:
    """Nor one without: where the file is named, what to edit in it is."""
    found = {
        finding.rule: str(finding.remedy)
        for rule in CASES
        for case in CASES[rule]["fails"]
        for finding in judge(
            example_steps(case.get("steps", ["attach i-1 vpc-a"])),
            replace(example_world(case), file="shop.json"),
            today=TODAY,
        ).findings
    }
    real = remedies()
    assert found.keys() == real.keys()
    assert [rule for rule, remedy in found.items() if "aliyun" in remedy] == []
    called = {rule for rule, remedy in real.items() if "aliyun" in remedy}
    assert {rule for rule in called if "shop.json" not in found[rule]} == {"CL301"}, "it shows cl drift, which has all"


def test_the_table_of_a_route_is_named_where_it_is_known() -> None:
    world = example_world(CASES["CL103"]["fails"][0])
    (entry, *_) = world.custom_routes_by_vpc["vpc-a"]
    known = replace(world, route_entries=(replace(entry, route_table_id="vtb-7"),))
    remedies_of = {
        table: next(str(one.remedy) for one in judge(example_steps(["attach i-1 vpc-a"]), seen, today=TODAY).findings)
        for table, seen in (("ROUTE_TABLE_ID", world), ("vtb-7", known))
    }
    assert all(f"--RouteTableId {table}" in remedy for table, remedy in remedies_of.items())
    assert ["DescribeRouteTableList" in remedy for remedy in remedies_of.values()] == [True, False]


def test_every_block_in_a_remedy_is_a_configuration_as_it_stands() -> None:
    blocks = {rule: found[0] for rule, remedy in remedies().items() if (found := BLOCK.search(remedy))}
    assert {"CL101", "CL104", "CL106", "CL107", "CL302", "CL402", "CL403"} <= set(blocks)
    for text in blocks.values():
        assert parse_file(text, "pasted.hcl").blocks


def test_a_remedy_that_names_a_waiver_can_be_pasted_and_then_covers_the_finding() -> None:
    for rule, remedy in remedies().items():
        if "waive" not in remedy:
            continue
        found = BLOCK.search(remedy)
        assert found is not None
        (pasted,) = parse_file(found[0], "pasted.hcl").blocks
        if pasted.type == "cl":  # the first of several rules brings the blocks around it
            (limits,) = pasted.body.blocks
            assert limits.type == "limits"
            (pasted,) = limits.body.blocks
        assert (pasted.type, pasted.labels) == ("waive", (rule,))
        assert 'until  = "2026-12-23"' in remedy


def test_every_rule_has_a_case_of_each_kind() -> None:
    assert sorted(CASES) == [rule.id for rule in RULES]
    for cases in CASES.values():
        assert cases["fails"]
        assert cases["holds"]


def test_the_rules_are_those_of_the_list_in_order() -> None:
    ids = [page.id for page in catalogue()]
    assert ids == [
        *(f"CL{number}" for number in range(101, 112)),
        *(f"CL{number}" for number in range(201, 207)),
        *("CL301", "CL302", "CL401", "CL402", "CL403"),
        *(f"CL{number}" for number in range(501, 508)),
        "CL901",
    ]
    waivable = [page.id for page in catalogue() if page.waivable]
    assert waivable == ["CL104", "CL105", "CL106", "CL302", "CL402", "CL403", "CL901"]


def test_every_code_of_plan_safety_has_a_page_and_is_reported_by_it() -> None:
    listed = [page.id for page in pages()]
    assert listed == [*(page.id for page in catalogue()), *(f"CL{number}" for number in range(902, 917))]
    planner = Path(__file__).parents[2] / "planner"
    named = {code for path in planner.rglob("*.py") for code in re.findall(r"CL9\d\d", path.read_text())}
    assert named - set(listed) == {"CL999"}, "a fault of cl itself has no page"
    messages = (planner / "plan" / "safety.py").read_text()
    assert re.findall(r'"(CL9\d\d)"', messages) == ["CL999"]
    for page in pages():
        for heading in ("## Why it matters\n", "## What to do\n", "## Bad\n", "## Good\n"):
            assert heading in page.text, page.id


def test_the_manual_in_docs_is_fresh() -> None:
    written = Path(__file__).parents[2] / "docs" / "rules.md"
    assert written.read_text(encoding="utf-8") == manual() + "\n", "run: python -m planner.rules.manual > docs/rules.md"
