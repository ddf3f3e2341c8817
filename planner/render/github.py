"""GitHub's workflow commands: each problem becomes an annotation on its line of the configuration.

GitHub shows ten annotations of a level for each step of a job, so errors come first, the verdict last, and of very
many problems only the first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from planner.diagnostics import counted
from planner.documents.drift import DriftDocument
from planner.documents.plan import PlanDocument
from planner.documents.validation import ValidationDocument
from planner.render.drift import drift_verdict
from planner.render.plan_verdict import verdict
from planner.render.plan_view import PlanView
from planner.render.problems import (
    ERROR,
    NOTE,
    WAIVED,
    WARNING,
    Problem,
    alike,
    diagnostic_problems,
    drift_problems,
    drift_rule_problems,
)
from planner.render.setting import Setting
from planner.render.terminal import prose
from planner.render.validation import validate_verdict

_MOST = 100
"""How many problems are annotated; the last line says how many are not."""
_LEVELS = {ERROR: "error", WARNING: "warning", NOTE: "notice"}
"""The workflow command of each level, gravest first."""


def plan_github(document: PlanDocument, _setting: Setting) -> str:
    """A plan's diagnostics and findings as annotations."""
    view = PlanView(document)
    return _annotations(view.problems, verdict(view))


def drift_github(document: DriftDocument, _setting: Setting) -> str:
    """A drift document's items as annotations."""
    return _annotations([*drift_problems(document), *drift_rule_problems(document)], drift_verdict(document))


def validate_github(document: ValidationDocument, _setting: Setting) -> str:
    """The diagnostics of `cl validate` as annotations."""
    return _annotations(diagnostic_problems(document["diagnostics"]), validate_verdict(document))


def _annotations(problems: Iterable[Problem], verdict: str) -> str:
    """One workflow command a line: the problems, gravest first, then the verdict as a notice."""
    ordered = sorted(problems, key=lambda problem: (list(_LEVELS).index(_level(problem)), problem.status))
    groups = alike(ordered, at_one_place=True)
    left = sum(map(len, groups[_MOST:]))
    more = counted(left, "more problem is", "more problems are")
    ending = f"{verdict} {more} not annotated." if left > 0 else verdict
    return "\n".join([*map(_annotation, groups[:_MOST]), f"::notice title=cl::{_data(ending)}", ""])


def _annotation(same: Sequence[Problem]) -> str:
    """The annotation of problems that say the same."""
    problem = same[0]
    title = (
        f"{problem.code} {problem.title}"
        if problem.label == problem.level.capitalize()
        else (f"{problem.code} {problem.title} ({problem.status})")
    )
    properties = [*_place(problem), f"title={_property(title)}"]
    others = f" and {len(same) - 1:,} more" if len(same) > 1 else ""
    said = [
        f"{problem.address}{others}" if problem.address else "",
        problem.waived_sentence,
        problem.message or problem.title,
        *problem.related_words,
        problem.fix_words,
    ]
    return f"::{_LEVELS[_level(problem)]} {','.join(properties)}::{_data(chr(10).join(filter(None, said)))}"


def _level(problem: Problem) -> str:
    """What is waived is a note, whatever it was."""
    return NOTE if problem.status == WAIVED else problem.level


def _place(problem: Problem) -> list[str]:
    if not problem.place:
        return []
    start, end = problem.place["start"], problem.place["end"]
    found = [f"file={_property(problem.place['filename'])}", f"line={start['line']}", f"endLine={end['line']}"]
    if start["line"] == end["line"]:
        found += [f"col={start['column']}", f"endColumn={end['column']}"]
    return found


def _data(text: str) -> str:
    """Text after the `::`: what would end the line is escaped as GitHub reads it."""
    return prose(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
