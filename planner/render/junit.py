"""JUnit XML: each rule is a test case, so that a pipeline shows what passed, too."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from msgspec import Struct

from planner.diagnostics import counted
from planner.documents.drift import DriftDocument
from planner.documents.plan import PlanDocument
from planner.documents.validation import ValidationDocument
from planner.render.problems import (
    DRIFT_TITLE,
    NOTE,
    UNKNOWN,
    Problem,
    diagnostic_problems,
    drift_item_problems,
    drift_rule_problems,
    plan_problems,
)
from planner.render.setting import Setting
from planner.render.terminal import name, prose, whole
from planner.values import replace


class _Case(Struct, frozen=True):
    """One test case; `outcome` is passed, failure, error or skipped."""

    name: str
    outcome: str = "passed"
    message: str = ""
    body: str = ""


def plan_junit(document: PlanDocument, _setting: Setting) -> str:
    """A plan's rules as test cases: one for each finding, and one for each rule that let every step pass."""
    problems = plan_problems(document)
    reported = {problem.code for problem in problems}
    passed = {rule: count for rule, count in document["rules_passed"].items() if rule not in reported}
    names = document.get("rule_names") or {}
    cases = [
        *map(_case, problems),
        *(
            _Case(f"{rule} {names.get(rule) or ''}".strip(), body=f"{counted(count, 'step')} passed")
            for rule, count in passed.items()
        ),
    ]
    return _suite("cl plan", cases or [_Case("no step to check")])


def drift_junit(document: DriftDocument, _setting: Setting) -> str:
    """A drift document's buckets as test cases: one that fails for each item, one that passes for each empty bucket.

    Each item turns the run red where the exit code does: what could not be read is an error, what is declared and not
    applied yet is skipped, all else is a failure.
    """
    filled = {item["bucket"] for item in document["items"]}
    seen = ("skipped", "nothing was compared") if document.get("diagnostics") else ()
    empty = [_Case(f"{bucket}: {title}", *seen) for bucket, title in DRIFT_TITLE.items() if bucket not in filled]
    reported = [replace(_case(problem), outcome=_drift_outcome(problem)) for problem in drift_item_problems(document)]
    return _suite("cl drift", [*reported, *map(_case, drift_rule_problems(document)), *empty])


def validate_junit(document: ValidationDocument, _setting: Setting) -> str:
    """The diagnostics of `cl validate` as test cases, or one that passed."""
    cases = [_case(problem) for problem in diagnostic_problems(document["diagnostics"])]
    return _suite("cl validate", cases or [_Case("the configuration is valid")])


def _case(problem: Problem) -> _Case:
    title = " ".join(filter(None, (problem.code, problem.title, problem.address)))
    place = f"{problem.place['filename']}:{problem.place['start']['line']}" if problem.place else ""
    said = "\n".join(
        filter(None, (place, problem.waived_sentence, problem.message, *problem.related_words, problem.fix_words))
    )
    message = f"{problem.label}: {problem.message or problem.title}"
    if problem.waived_sentence:
        message = f"{problem.waived_sentence} {problem.message}"
    return _Case(title, _outcome(problem), message, said)


def _outcome(problem: Problem) -> str:
    if problem.counts_as_error:
        return "error" if problem.status == UNKNOWN else "failure"
    return "passed" if problem.status == "fail" else "skipped"


def _drift_outcome(problem: Problem) -> str:
    if problem.status == UNKNOWN:
        return "error"
    return "skipped" if problem.level == NOTE else "failure"


def _suite(title: str, cases: Iterable[_Case]) -> str:
    listed = list(cases)
    counts = {outcome: sum(case.outcome == outcome for case in listed) for outcome in ("failure", "error", "skipped")}
    totals = {
        "name": title,
        "tests": str(len(listed)),
        "failures": str(counts["failure"]),
        "errors": str(counts["error"]),
        "skipped": str(counts["skipped"]),
    }
    root = Element("testsuites", totals)
    suite = SubElement(root, "testsuite", totals)
    for case in listed:
        _add(suite, title, case)
    indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(root, encoding="unicode")}\n'


def _add(suite: Element, classname: str, case: _Case) -> None:
    element = SubElement(suite, "testcase", classname=classname, name=whole(case.name))
    if case.outcome != "passed":
        SubElement(element, case.outcome, message=name(case.message, 400)).text = prose(case.body)
    elif case.body:
        SubElement(element, "system-out").text = prose(case.body)
