"""What a plan's rules and diagnostics found, as text: a line each on stdout, in full on stderr."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from planner.render.diagnostics import group_text
from planner.render.excerpt import Files, place_text
from planner.render.plan_view import EVERYTHING
from planner.render.problems import WAIVED, Problem, alike, plan_problems
from planner.render.setting import Sources
from planner.render.terminal import Style, name, prose

if TYPE_CHECKING:
    from planner.documents.plan import PlanDocument

_IN_FULL = 3
"""How many findings of one kind are shown in full."""
_IN_LINE = 10
"""How many more of them have a line."""
_LONGEST_LINE = 1000
"""How many characters of what a finding says are shown in its line: sentences, not a name."""
_PLACES = 5
"""How many places a line names, of what is said of several objects."""
_REMEDIES = 3
"""Up to how many kinds of errors a summary shows the remedy of."""


def finding_lines(problems: Iterable[Problem], style: Style, most: int) -> list[str]:
    """A line for each finding that says something else, at most `most` of one kind; the gravest last."""
    return [
        line for group in kinds(problems) for line in _limited(_together(group, every=most >= EVERYTHING), style, most)
    ]


def plan_problems_text(
    document: PlanDocument, sources: Sources, style: Style, *, summary: bool = False, every: bool = False
) -> str:
    """The errors, unknowns and warnings of a plan in full: excerpt, why, and what to do; empty where there are none.

    What is said of many objects is shown once. Of very many of one kind the first are shown in full, more in a line
    each, the rest counted; with `every`, all of them have a line of their own. A summary shows of each
    kind of error only what to do about it.
    """
    groups = kinds(problem for problem in plan_problems(document) if problem.status != WAIVED)
    if summary:
        groups = [group for group in groups if group[0].counts_as_error]
        return "".join(_to_fix(group, style) for group in groups) if len(groups) <= _REMEDIES else ""
    files = Files(sources)
    return "\n".join("\n".join(_in_full(group, files, style, every=every)) for group in groups)


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


def _together(group: Sequence[Problem], *, every: bool) -> list[list[Problem]]:
    """The problems of one kind, those together that are shown as one."""
    return [[one] for one in group] if every else alike(group)


def _in_full(group: Sequence[Problem], files: Files, style: Style, *, every: bool) -> list[str]:
    groups = _together(group, every=every)
    full, rest = groups[:_IN_FULL], groups[_IN_FULL:]
    texts = [group_text([one.to_diagnostic() for one in same], files, style) for same in full]
    lines = list(chain.from_iterable(text.split("\n") for text in texts))
    return [*lines[:-1], *_limited(rest, style, EVERYTHING if every else _IN_LINE), ""] if rest else lines


def _limited(groups: Sequence[Sequence[Problem]], style: Style, most: int) -> list[str]:
    lines = [_line(same, style) for same in groups[:most]]
    if left := sum(map(len, groups[most:])):
        first = groups[0][0]
        lines.append(f"  … and {left:,}{' more' if most else ''} of {name(first.code)} {name(first.title)}")
    return lines


def _line(same: Sequence[Problem], style: Style) -> str:
    """The line of problems that say the same."""
    problem = same[0]
    tint = style.red if problem.counts_as_error else style.yellow
    where = _places(same)
    waived = f" {name(problem.waived_words)}" if problem.waived_words else ""
    times = f" ({len(same):,} times)" if len(same) > 1 else ""
    said = name((problem.message or problem.title).replace("\n", " "), _LONGEST_LINE)
    head = f"{tint(problem.label)} {name(problem.code)}{times}{waived}"
    return "\n".join(style.wrap(f"{head}  {said}{f'  {style.dim(where)}' if where else ''}", after="  "))


def _places(same: Sequence[Problem]) -> str:
    places = list(dict.fromkeys(filter(None, (place_text(one.place) for one in same))))
    more = f" and {len(places) - _PLACES:,} more" if len(places) > _PLACES else ""
    return ", ".join(places[:_PLACES]) + more


def _to_fix(group: Sequence[Problem], style: Style) -> str:
    first = alike(group)[0][0]
    if not first.remedy:
        return ""
    head = f"{style.red(first.label)} {name(first.code)}  {style.bold('To fix:')} "
    return head + prose(first.remedy.text).replace("\n", "\n  ") + "\n"
