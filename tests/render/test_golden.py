"""Every format of every document, as it was looked at and found good."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

import planner
from planner.remedy import cl
from planner.render.findings import plan_problems_text
from planner.render.formats import DRIFT, PLAN, VALIDATE, D, Formats
from planner.render.setting import Setting
from planner.render.terminal import Style
from planner.render.text import plan_text
from planner.render.validation import validate_document
from support import documents

Golden = Callable[[str, str], None]

WIDE = Style(width=120)
SETTING = Setting(WIDE, sources=documents.sources, next_command=cl("apply", "plan.json"))
PLANS: dict[str, Callable[[], Any]] = {
    "shop": lambda: documents.shop_plan(adopted=40),
    "failed": documents.failed_plan,
    "drain": lambda: documents.drain_plan(100),
    "fleet": lambda: documents.fleet_plan(200, vpcs=2),
    "nothing": documents.plan,
}
VALIDATIONS: dict[str, list[Any]] = {
    "valid": [],
    "invalid": [
        documents.diagnostic(),
        documents.diagnostic(severity="warning", summary="Unused variable", code="CFG402", remedy="", range=None),
        documents.diagnostic(related=[{"message": "declared here", "range": documents.place(5, 1, 35)}]),
    ],
}


@pytest.fixture(autouse=True)
def _a_version_that_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(planner, "__version__", "0.0.0")


def _without_rule_pages(text: str) -> str:
    """A SARIF log without the rules' manual, which has tests of its own."""
    log = json.loads(text)
    for rule in log["runs"][0]["tool"]["driver"]["rules"]:
        rule.pop("help")
        rule.pop("fullDescription", None)
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rendered(formats: Formats[D], name: str, document: D) -> str:
    text = formats[name](document, SETTING)
    if name == "html":
        return re.sub(r"(?s)(<(style|script)>).*?(</\2>)", r"\1\3", text)
    return _without_rule_pages(text) if name == "sarif" else text


@pytest.mark.parametrize("name", [name for name in PLAN if name != "json"])
@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_looks_as_it_was_approved(plan: str, name: str, golden: Golden) -> None:
    golden(f"plan-{plan}.{name}", _rendered(PLAN, name, PLANS[plan]()))


@pytest.mark.parametrize("plan", PLANS)
def test_the_summary_of_a_plan_looks_as_it_was_approved(plan: str, golden: Golden) -> None:
    golden(f"plan-{plan}.summary", plan_text(PLANS[plan](), Setting(WIDE, summary=True, next_command=cl("apply"))))


def test_the_findings_of_a_plan_look_as_they_were_approved(golden: Golden) -> None:
    golden("plan-failed.findings", plan_problems_text(documents.failed_plan(), documents.sources, Style()))


@pytest.mark.parametrize("name", [name for name in DRIFT if name != "json"])
def test_drift_looks_as_it_was_approved(name: str, golden: Golden) -> None:
    golden(f"drift.{name}", _rendered(DRIFT, name, documents.drift()))


@pytest.mark.parametrize("name", [name for name in VALIDATE if name != "json"])
@pytest.mark.parametrize("found", VALIDATIONS)
def test_a_validation_looks_as_it_was_approved(found: str, name: str, golden: Golden) -> None:
    golden(f"validate-{found}.{name}", _rendered(VALIDATE, name, validate_document(VALIDATIONS[found])))


def test_json_is_the_document_itself() -> None:
    for document in (documents.shop_plan(adopted=3), documents.failed_plan()):
        assert json.loads(PLAN["json"](document, SETTING)) == document
