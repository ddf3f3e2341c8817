"""SARIF 2.1.0 (OASIS): problems as code scanners tell them, with places in the configuration and help for each rule."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import TYPE_CHECKING
from urllib.parse import quote

import planner
from planner.documents.drift import DriftDocument
from planner.documents.plan import PlanDocument
from planner.documents.validation import ValidationDocument
from planner.remedy import HERE, Caller, cl
from planner.render.json import json_text
from planner.render.problems import (
    FAIL,
    WAIVED,
    Problem,
    diagnostic_problems,
    drift_item_problems,
    drift_rule_problems,
    plan_problems,
)
from planner.render.setting import Setting
from planner.render.terminal import prose

if TYPE_CHECKING:
    from planner.entries import RangeEntry

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def plan_sarif(document: PlanDocument, setting: Setting) -> str:
    """A plan's diagnostics and findings as a SARIF log."""
    return _text(sarif_document(plan_problems(document), setting.caller))


def drift_sarif(document: DriftDocument, setting: Setting) -> str:
    """A drift document's items as a SARIF log."""
    problems = [*drift_item_problems(document), *drift_rule_problems(document)]
    return _text(sarif_document(problems, setting.caller))


def validate_sarif(document: ValidationDocument, setting: Setting) -> str:
    """The diagnostics of `cl validate` as a SARIF log."""
    return _text(sarif_document(diagnostic_problems(document["diagnostics"]), setting.caller))


def _text(log: dict[str, object]) -> str:
    return json_text(log, levels=6)  # each rule on a line, and each part of a result


def sarif_document(problems: Iterable[Problem], caller: Caller = HERE) -> dict[str, object]:
    """The problems, as `caller` names their places, as one SARIF log.

    Code scanners want a file for each result: one without a place is put at the beginning of the first file that
    any problem names.
    """
    located = list(problems)
    first: dict[str, Problem] = {}
    for problem in located:
        first.setdefault(problem.code, problem)
    index = {code: position for position, code in enumerate(first)}
    driver = {
        "name": "cl",
        "semanticVersion": planner.__version__,
        "rules": [_rule(problem) for problem in first.values()],
    }
    first_file = next((problem.place["filename"] for problem in located if problem.place), None)
    fallback_file = first_file or caller.name("main.hcl")
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(problem, index[problem.code], fallback_file) for problem in located],
    }
    return {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(problem: Problem) -> dict[str, object]:
    """What a report says of a code: what it is called, and which command shows its page."""
    return {
        "id": problem.code,
        "shortDescription": {"text": prose(problem.title)},
        "help": {"text": _help(problem)},
        "defaultConfiguration": {"level": problem.level},
    }


def _help(problem: Problem) -> str:
    source = f" ({problem.source})" if problem.source else ""
    page = "" if problem.code.startswith("drift-") else f"\n\n{cl('explain', problem.code)} shows its page."
    return prose(f"{problem.title}{source}.{page}")


def _result(problem: Problem, rule_index: int, fallback_file: str) -> dict[str, object]:
    status = "" if problem.status in (FAIL, WAIVED) else f"{problem.label}: "
    said = [status + (problem.message or problem.title), problem.fix_words]
    result: dict[str, object] = {
        "ruleId": problem.code,
        "ruleIndex": rule_index,
        "level": problem.level,
        "message": {"text": prose("\n".join(filter(None, said)))},
        "locations": [_location(problem.place, fallback_file, problem.address)],
        "partialFingerprints": {"subject/v1": _fingerprint(problem)},
    }
    related = [
        {**_location(one["range"], fallback_file), "message": {"text": prose(one["message"])}}
        for one in problem.related
        if one.get("range")
    ]
    if related:
        result["relatedLocations"] = related
    if problem.status == WAIVED:
        why = prose(problem.waived_sentence) or "Waived in the configuration."
        result["suppressions"] = [{"kind": "inSource", "justification": why}]
    return result


def _location(place: RangeEntry | None, fallback_file: str, address: str | None = None) -> dict[str, object]:
    filename = place["filename"] if place else fallback_file
    location: dict[str, object] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(filename), "uriBaseId": "%SRCROOT%"},
            "region": _region(place),
        }
    }
    if address:
        location["logicalLocations"] = [{"fullyQualifiedName": prose(address), "kind": "resource"}]
    return location


def _region(place: RangeEntry | None) -> dict[str, int]:
    if place is None:
        return {"startLine": 1}
    start, end = place["start"], place["end"]
    return {
        "startLine": start["line"],
        "startColumn": start["column"],
        "endLine": end["line"],
        "endColumn": end["column"],
    }


def _uri(filename: str) -> str:
    """A file name as a relative URI reference; a name that is no text is still a valid one."""
    return quote(filename.encode("utf-8", "surrogatepass"), safe="/")


def _fingerprint(problem: Problem) -> str:
    """The same for the same problem in the next run, on whatever line it stands then."""
    subject = f"{problem.code}\0{problem.address or problem.message}"
    return sha256(subject.encode("utf-8", "surrogatepass")).hexdigest()
