"""What a plan's rules and diagnostics found, as text: a line each on stdout, in full on stderr."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain

from planner.documents.plan import PlanDocument
from planner.render.diagnostics import group_text
from planner.render.excerpt import Files, Sources, place_text
from planner.render.problems import WAIVED, Problem, plan_problems
from planner.render.terminal import Style, name, prose

_IN_FULL = 3
"""How many findings of one kind are shown in full."""
_IN_LINE = 10
"""How many more of them have a line."""
_LONGEST_LINE = 1000
"""How many characters of what a finding says are shown in its line: sentences, not a name."""
_REMEDIES = 3
"""Up to how many kinds of errors a summary shows the remedy of."""


def finding_lines(problems: Iterable[Problem], style: Style, most: int) -> list[str]:
    """A line for each finding, at most `most` of one kind; the gravest last."""
    return [line for group in kinds(problems) for line in _limited(group, style, most)]


def plan_problems_text(document: PlanDocument, sources: Sources, style: Style, *, summary: bool = False) -> str:
    """The errors, unknowns and warnings of a plan in full: excerpt, why, and what to do; empty where there are none.

    Of very many of one kind the first are shown in full, more in a line each, the rest counted. A summary shows of each
    kind of error only what to do about it.
    """
    groups = kinds(problem for problem in plan_problems(document) if problem.status != WAIVED)
    if summary:
        groups = [group for group in groups if group[0].counts_as_error]
        return "".join(_to_fix(group, style) for group in groups) if len(groups) <= _REMEDIES else ""
    files = Files(sources)
    return "\n".join("\n".join(_in_full(group, files, style)) for group in groups)


def error_codes(document: PlanDocument) -> list[str]:
    """The codes of what makes the plan one that is not applied."""
    return [problem.code for problem in plan_problems(document) if problem.counts_as_error]


def kinds(problems: Iterable[Problem]) -> list[list[Problem]]:
    """The problems, equal kinds together: errors last, so that they stand nearest to the prompt, by code and place."""
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.label, problem.code), []).append(problem)
    for group in groups.values():
        group.sort(key=_place_of)
    return sorted(groups.values(), key=lambda group: (group[0].counts_as_error, group[0].code))


def _place_of(problem: Problem) -> tuple[str, int, int]:
    if not problem.place:
        return "", 0, 0
    return problem.place["filename"], problem.place["start"]["line"], problem.place["start"]["column"]


def _in_full(group: Sequence[Problem], files: Files, style: Style) -> list[str]:
    full, rest = group[:_IN_FULL], group[_IN_FULL:]
    lines = list(chain.from_iterable(group_text([one.to_diagnostic()], files, style).split("\n") for one in full))
    return [*lines[:-1], *_limited(rest, style, _IN_LINE), ""] if rest else lines


def _limited(group: Sequence[Problem], style: Style, most: int) -> list[str]:
    lines = [_line(problem, style) for problem in group[:most]]
    if len(group) > most:
        left = f"{len(group) - most:,} more" if most else f"{len(group):,}"
        lines.append(f"  … and {left} of {name(group[0].code)} {name(group[0].title)}")
    return lines


def _line(problem: Problem, style: Style) -> str:
    tint = style.red if problem.counts_as_error else style.yellow
    where = place_text(problem.place)
    waived = f" {name(problem.waived_words)}" if problem.waived_words else ""
    said = name((problem.message or problem.title).replace("\n", " "), _LONGEST_LINE)
    line = f"{tint(problem.label)} {name(problem.code)}{waived}  {said}{f'  {style.dim(where)}' if where else ''}"
    return "\n".join(style.wrap(line, after="  "))


def _to_fix(group: Sequence[Problem], style: Style) -> str:
    first = group[0]
    if not first.remedy:
        return ""
    head = f"{style.red(first.label)} {name(first.code)}  {style.bold('To fix:')} "
    return head + prose(first.remedy.text).replace("\n", "\n  ") + "\n"
