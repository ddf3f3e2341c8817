"""The formats of reports: what writes each kind of document in each of them.

A format is a row of `FORMATS`. Its modules are imported when the first report is written in it. A report reads one
document and nothing else; what differs from run to run (colour, width, sources) comes as `Setting`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct

from planner.remedy import Caller
from planner.render.remedy import drift_called_from, plan_called_from, validation_called_from
from planner.render.setting import Setting

if TYPE_CHECKING:
    from planner.documents.drift import DriftDocument
    from planner.documents.plan import PlanDocument
    from planner.documents.validation import ValidationDocument

D = TypeVar("D")

Renderer = Callable[[D, Setting], str]
"""A report of one kind of document."""


class Format(Struct, frozen=True):
    """What writes a plan, a drift report and the result of `cl validate`.

    `for_people` says that commands and places are shown as they are named from where the reader is.
    """

    plan: Renderer[PlanDocument]
    drift: Renderer[DriftDocument]
    validate: Renderer[ValidationDocument]
    for_people: bool = True


def _text() -> Format:
    return Format(_plan_text, _drift_text, _validate_text)


def _plan_text(document: PlanDocument, setting: Setting) -> str:
    from planner.render.text import plan_text

    return plan_text(document, setting)


def _drift_text(document: DriftDocument, setting: Setting) -> str:
    from planner.render.drift import drift_text

    return drift_text(document, setting.style)


def _validate_text(document: ValidationDocument, setting: Setting) -> str:
    from planner.render.validation import validate_text

    return validate_text(document, setting.sources, setting.style)


def _json() -> Format:
    from planner.render.json import json_text

    def render(document: object, _setting: Setting) -> str:
        return json_text(document)

    return Format(render, render, render, for_people=False)


def _markdown() -> Format:
    from planner.render.markdown import drift_markdown, plan_markdown, validate_markdown

    return Format(plan_markdown, drift_markdown, validate_markdown)


def _html() -> Format:
    from planner.render.html import drift_html, plan_html, validate_html

    return Format(plan_html, drift_html, validate_html)


def _sarif() -> Format:
    from planner.render.sarif import drift_sarif, plan_sarif, validate_sarif

    return Format(plan_sarif, drift_sarif, validate_sarif)


def _junit() -> Format:
    from planner.render.junit import drift_junit, plan_junit, validate_junit

    return Format(plan_junit, drift_junit, validate_junit)


def _github() -> Format:
    from planner.render.github import drift_github, plan_github, validate_github

    return Format(plan_github, drift_github, validate_github)


FORMATS: Mapping[str, Callable[[], Format]] = {
    "text": _text,
    "json": _json,
    "markdown": _markdown,
    "html": _html,
    "sarif": _sarif,
    "junit": _junit,
    "github": _github,
}
"""The formats by the names that `-o` takes, in the order in which they are listed."""

Formats = Mapping[str, Renderer[D]]
"""The reports of one kind of document, by format."""


def _formats(renderer_in: Callable[[Format], Renderer[D]], called_from: Callable[[D, Caller], D]) -> Formats[D]:
    def lazily(load: Callable[[], Format]) -> Renderer[D]:
        def render(document: D, setting: Setting) -> str:
            written_in = load()
            seen = called_from(document, setting.caller) if written_in.for_people else document
            return renderer_in(written_in)(seen, setting)

        return render

    return {name: lazily(load) for name, load in FORMATS.items()}


PLAN = _formats(lambda written_in: written_in.plan, plan_called_from)
DRIFT = _formats(lambda written_in: written_in.drift, drift_called_from)
VALIDATE = _formats(lambda written_in: written_in.validate, validation_called_from)
