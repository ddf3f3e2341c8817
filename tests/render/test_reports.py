"""What the report formats promise to the programs that read them."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from sarif_kit.validate import validation_errors

from planner.render.github import drift_github, plan_github
from planner.render.html import plan_html
from planner.render.junit import drift_junit, plan_junit
from planner.render.markdown import plan_markdown
from planner.render.sarif import drift_sarif, plan_sarif
from planner.render.setting import Setting
from support import documents
from support.hostile import HOSTILE, every_report

LEVELS = {"none", "note", "warning", "error"}


def check_sarif(log: dict[str, Any]) -> None:
    """The schema of SARIF 2.1.0 as OASIS published it, and what it cannot say."""
    assert validation_errors(log) == []
    assert log["version"] == "2.1.0"
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        assert driver["name"]
        assert run["columnKind"] in {"utf16CodeUnits", "unicodeCodePoints"}
        ids = [rule["id"] for rule in driver["rules"]]
        assert len(set(ids)) == len(ids)
        for rule in driver["rules"]:
            assert rule["shortDescription"]["text"]
            assert rule["help"]["text"]
            assert rule["defaultConfiguration"]["level"] in LEVELS
        for result in run["results"]:
            assert ids[result["ruleIndex"]] == result["ruleId"]
            assert result["level"] in LEVELS
            assert result["message"]["text"]
            for location in (*result["locations"], *result.get("relatedLocations", ())):
                _check_location(location)
            assert all(isinstance(mark, str) for mark in result["partialFingerprints"].values())
            assert all(one["kind"] in {"inSource", "external"} for one in result.get("suppressions", ()))


def _check_location(location: dict[str, Any]) -> None:
    uri = location["physicalLocation"]["artifactLocation"]["uri"]
    assert re.fullmatch(r"[A-Za-z0-9._~!$&'()*+,;=:@/%-]+", uri)
    region = location["physicalLocation"]["region"]
    assert all(isinstance(number, int) and number >= 1 for number in region.values())
    assert set(region) <= {"startLine", "startColumn", "endLine", "endColumn"}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_sarif_keeps_to_its_schema_whatever_the_names(text: str) -> None:
    for (_, name), report in every_report(text).items():
        if name == "sarif":
            check_sarif(json.loads(report))


def test_the_schema_that_sarif_is_held_against_refuses_what_is_wrong() -> None:
    log = json.loads(plan_sarif(documents.failed_plan(), Setting()))
    del log["runs"][0]["results"][0]["message"]
    assert validation_errors(log)


def test_sarif_places_each_finding_in_the_configuration_and_explains_its_rule() -> None:
    run = json.loads(plan_sarif(documents.failed_plan(), Setting()))["runs"][0]
    found = {result["ruleId"]: result for result in run["results"]}
    place = found["CL103"]["locations"][0]["physicalLocation"]
    assert place == {
        "artifactLocation": {"uri": "main.hcl", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 6, "startColumn": 12, "endLine": 6, "endColumn": 19},
    }
    assert found["CL104"]["suppressions"]
    assert found["CL202"]["relatedLocations"][0]["message"]["text"] == "also declared here"
    rules = {rule["id"]: rule for rule in run["tool"]["driver"]["rules"]}
    assert rules["CL103"]["help"]["text"].endswith("cl explain CL103 shows its page.")


def test_the_same_finding_has_the_same_fingerprint_on_another_line() -> None:
    marks = []
    for line in (6, 60):
        document = documents.plan(rules=[documents.finding("CL103", "x", range=documents.place(line, 1, 2))])
        run = json.loads(plan_sarif(document, Setting()))["runs"][0]
        marks.append(run["results"][0]["partialFingerprints"])
    assert marks[0] == marks[1]


def _cases(report: str) -> dict[str, list[str]]:
    """Test cases by outcome."""
    outcomes: dict[str, list[str]] = {"passed": [], "failure": [], "error": [], "skipped": []}
    for case in ElementTree.fromstring(report).iter("testcase"):  # noqa: S314  # our own output
        tags = [child.tag for child in case if child.tag in outcomes]
        outcomes[tags[0] if tags else "passed"].append(case.attrib["name"].split()[0])
    return outcomes


def test_junit_has_every_rule_that_the_plan_was_held_against() -> None:
    cases = _cases(plan_junit(documents.failed_plan(), Setting()))
    assert set(cases["passed"]) == {"CL101", "CL102"}
    assert set(cases["failure"]) == {"CFG301", "CL103", "CL202"}
    rules = {name for names in cases.values() for name in names if name.startswith("CL")}
    document = documents.failed_plan()
    assert rules == {finding["rule"] for finding in document["rules"]} | set(document["rules_passed"])


def test_junit_of_a_plan_without_a_step_has_a_case_that_passed() -> None:
    cases = _cases(plan_junit(documents.plan(rules_passed={}), Setting()))
    assert cases == {"passed": ["no"], "failure": [], "error": [], "skipped": []}


def test_an_error_that_cannot_be_ruled_out_is_an_error_of_the_run() -> None:
    document = documents.plan(errored=True, rules=[documents.finding("CL103", "x", status="unknown")])
    assert _cases(plan_junit(document, Setting()))["error"] == ["CL103"]


@pytest.mark.parametrize(
    ("bucket", "outcome"), [("unmanaged", "failure"), ("missing", "failure"), ("unknown", "error")]
)
def test_any_drift_fails_in_junit_as_the_exit_code_does(bucket: str, outcome: str) -> None:
    items = [item for item in documents.drift()["items"] if item["bucket"] == bucket]
    cases = _cases(drift_junit(documents.drift(items=items, rules=[]), Setting()))
    assert len(cases[outcome]) == 1
    assert len(cases["passed"]) == 5


def test_drift_in_junit_has_a_case_for_each_item_and_each_empty_bucket() -> None:
    cases = _cases(drift_junit(documents.drift(items=documents.drift()["items"][:1], rules=[]), Setting()))
    assert cases["failure"] == ["drift-missing"]
    assert cases["passed"] == ["changed:", "unmanaged:", "violated:", "unknown:", "pending:"]


def test_rules_that_links_break_without_drift_are_named_and_fail_nothing() -> None:
    document = documents.drift(items=[], in_sync=True, complete=True)
    cases = _cases(drift_junit(document, Setting()))
    assert cases["failure"] == cases["error"] == []
    assert (cases["skipped"], cases["passed"][0]) == (["CL105"], "CL104")
    warned, waived = drift_github(document, Setting()).splitlines()[:2]
    assert waived.startswith("::notice ")
    assert 'Waived until 2026-12-24: "The shop moves by Christmas."' in waived
    assert warned.startswith("::notice ")
    suppressed, shown = json.loads(drift_sarif(document, Setting()))["runs"][0]["results"]
    (suppression,) = suppressed["suppressions"]
    assert suppression["justification"] == 'Waived until 2026-12-24: "The shop moves by Christmas."'
    assert "suppressions" not in shown
    assert shown["level"] == "note"


def test_annotations_show_errors_first_and_escape_what_github_reads() -> None:
    document = documents.plan(
        errored=True,
        rules=[
            documents.finding("CL104", "a-b", severity="warning"),
            documents.finding("CL103", "x", message="100 %\r\n::error::", range=documents.place(1, 1, 2, "a,b:c.hcl")),
        ],
    )
    lines = plan_github(document, Setting()).splitlines()
    assert lines[0].startswith("::error file=a%2Cb%3Ac.hcl,line=1,endLine=1,col=1,endColumn=2,title=CL103 X::")
    assert "100 %25\\r%0A:\\u003aerror::" in lines[0]
    assert lines[1].startswith("::warning ")
    assert lines[2] == "::notice title=cl::Plan failed: 1 error. Nothing will be applied."


def test_of_very_many_problems_the_gravest_are_annotated_and_the_rest_counted() -> None:
    warnings = [documents.finding("CL104", "a-b", severity="warning", message=f"{number}.") for number in range(500)]
    document = documents.plan(errored=True, rules=[*warnings, documents.finding("CL103", "x")])
    lines = plan_github(document, Setting()).splitlines()
    assert lines[0].startswith("::error ")
    assert len(lines) == 101
    assert lines[-1].endswith("401 more problems are not annotated.")


def test_what_is_said_of_many_objects_at_one_place_is_annotated_once() -> None:
    places = [6, 6, 6, 9]
    rules = [
        documents.finding("CL109", "x", address=f"a.b[{number}]", range=documents.place(line, 1, 2))
        for number, line in enumerate(places)
    ]
    document = documents.plan(errored=True, rules=rules)
    first, second, verdict = plan_github(document, Setting()).splitlines()
    assert "::a.b[0] and 2 more%0A" in first
    assert "line=9," in second
    assert "Plan failed: 4 errors" in verdict
    comment = plan_markdown(document, Setting())
    assert "Errors (4)" in comment
    assert comment.count("To fix") == 1
    page = plan_html(document, Setting())
    assert page.count("<article") == 2
    assert "2 more of the same kinds" in page


def test_markdown_of_a_huge_plan_fits_a_comment_and_says_what_it_cut() -> None:
    findings = [
        documents.finding("CL107", "guest-route-missing", message=f"i-{number} " + "x" * 300) for number in range(2000)
    ]
    report = plan_markdown(documents.fleet_plan(1000) | {"rules": findings, "errored": True}, Setting())
    assert len(report) < 65_536
    cut = re.search(r"Cut to fit a comment: ([\d,]+) of 2,000 errors", report)
    assert cut
    assert report.count("`CL107`") == 2000 - int(cut[1].replace(",", ""))
