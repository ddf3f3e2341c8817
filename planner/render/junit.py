"""JUnit XML: each rule is a test case, so that a pipeline shows what passed and what was skipped too."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from html import escape as markup

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
    plan_problems,
    seen_from_caller,
)
from planner.render.setting import Setting
from planner.render.terminal import name, prose
from planner.rules.catalogue import catalogue


@dataclass(frozen=True, slots=True)
class _Case:
    """One test case; `outcome` is passed, failure, error or skipped."""

    name: str
    outcome: str = "passed"
    message: str = ""
    body: str = ""


def plan_junit(document: PlanDocument, setting: Setting) -> str:
    """A plan's rules as test cases: one for each finding, and one for each rule that passed or was skipped."""
    problems = seen_from_caller(plan_problems(document), setting.path_from_caller)
    reported = {problem.code for problem in problems}
    passed: Mapping[str, int] = document.get("rules_passed") or {}
    cases = [_case(problem) for problem in problems]
    for page in catalogue():
        if page.id not in reported:
            title = f"{page.id} {page.name}"
            count = passed.get(page.id)
            cases.append(
                _Case(title, body=f"looked at {counted(count, 'step and let it', 'steps and let them')} pass")
                if count
                else _Case(title, "skipped", "no step of this plan is its business")
            )
    return _suite("cl plan", cases)


def drift_junit(document: DriftDocument, setting: Setting) -> str:
    """A drift document's buckets as test cases: one that fails for each item, one that passes for each empty bucket.

    Each item turns the run red where the exit code does: what could not be read is an error, what is declared and not
    applied yet is skipped, all else is a failure.
    """
    filled = {item["bucket"] for item in document["items"]}
    seen = ("skipped", "nothing was compared") if document.get("diagnostics") else ()
    empty = [_Case(f"{bucket}: {title}", *seen) for bucket, title in DRIFT_TITLE.items() if bucket not in filled]
    reported = [
        replace(_case(problem), outcome=_drift_outcome(problem))
        for problem in seen_from_caller(drift_item_problems(document), setting.path_from_caller)
    ]
    return _suite("cl drift", [*reported, *empty])


def validate_junit(document: ValidationDocument, setting: Setting) -> str:
    """The diagnostics of `cl validate` as test cases, or one that passed."""
    problems = seen_from_caller(diagnostic_problems(document["diagnostics"]), setting.path_from_caller)
    cases = [_case(problem) for problem in problems]
    return _suite("cl validate", cases or [_Case("the configuration is valid")])


def _case(problem: Problem) -> _Case:
    title = " ".join(filter(None, (problem.code, problem.title, problem.address)))
    place = f"{problem.place['filename']}:{problem.place['start']['line']}" if problem.place else ""
    said = "\n".join(filter(None, (place, problem.message, f"To fix: {problem.remedy.text}" if problem.remedy else "")))
    return _Case(title, _outcome(problem), f"{problem.label}: {problem.message or problem.title}", said)


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
    totals = (
        f'name="{title}" tests="{len(listed)}" failures="{counts["failure"]}" '
        f'errors="{counts["error"]}" skipped="{counts["skipped"]}"'
    )
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            f"<testsuites {totals}>",
            f"  <testsuite {totals}>",
            *(_element(title, case) for case in listed),
            "  </testsuite>",
            "</testsuites>",
            "",
        ]
    )


def _element(classname: str, case: _Case) -> str:
    opening = f'    <testcase classname="{classname}" name="{markup(name(case.name, 400))}"'
    body = markup(prose(case.body))
    if case.outcome == "passed":
        return f"{opening}><system-out>{body}</system-out></testcase>" if body else f"{opening}/>"
    message = markup(name(case.message, 400))
    return f'{opening}><{case.outcome} message="{message}">{body}</{case.outcome}></testcase>'
