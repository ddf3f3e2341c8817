"""Markdown that fits a comment of a pull request: collapsible, short enough, and it says what it cut.

All foreign text stands in code fences or code spans, where neither markup nor mentions nor links are read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from html import escape as markup

from msgspec import Struct

from planner.documents.drift import DriftDocument, DriftGroup
from planner.documents.plan import OutputChange, PlanDocument
from planner.documents.validation import ValidationDocument
from planner.render.diagnostics import group_text
from planner.render.drift import drift_counts, drift_sections, drift_verdict, group_sentences
from planner.render.excerpt import Files, place_text
from planner.render.next_step import next_words
from planner.render.outside import outside_lines
from planner.render.plan_verdict import notices, verdict
from planner.render.plan_view import PlanView, QuietLine
from planner.render.problems import Problem, alike, diagnostic_problems
from planner.render.reachability import reach_lines
from planner.render.setting import Setting
from planner.render.terminal import PLAIN, Style, columns, name, prose, whole
from planner.render.text import output_line
from planner.render.validation import validate_verdict
from planner.render.words import CREATE, DELETE

LIMIT = 65_000
"""Bytes; a comment may have 65,536 characters."""
_RESERVE = 2_000
_SHARE = 60
"""How much of the room that is left one section may take, in percent, so that something is left for the next."""
_STEP_LINES = 200
_ENDLESS = Style(width=10_000)
"""A comment scrolls its code blocks sidewards."""
_OPEN_LINES = 30
"""Up to so many lines of steps are shown without a click."""


class Section(Struct, frozen=True):
    """A collapsible part: a heading in our own words, and blocks that are shown as far as there is room."""

    heading: str
    blocks: Sequence[str]
    noun: str
    open: bool = False
    fence: str = ""
    """The language of one fence around all blocks; empty where each block brings its own."""


def plan_markdown(document: PlanDocument, setting: Setting) -> str:
    """A plan as a comment."""
    view = PlanView(document)
    files = Files(setting.sources)
    blocking = [problem for problem in view.problems if problem.counts_as_error]
    others = [problem for problem in view.problems if not problem.counts_as_error]
    gone = view.destroyed
    sections = [
        _problem_section("Errors", blocking, files, is_open=True, quoted=setting.quoted),
        Section("Changed outside of cl since the last apply", _outside_blocks(view), "changes", fence="diff"),
        _steps_section(view),
        Section(f"Destroys ({len(gone):,})", [f"- {whole(address)}" for address in gone], "addresses", fence="diff"),
        _problem_section("Warnings and waivers", others, files, quoted=setting.quoted),
        Section(
            "Outputs",
            [" ".join((s, n, "=", v)) for n, s, v in map(output_line, _outputs(document))],
            "outputs",
            fence="diff",
        ),
        Section(
            "What this opens and closes",
            reach_lines(document.get("reachability"), _ENDLESS, 100),
            "lines",
            fence="text",
        ),
    ]
    unread = view.unread_lines(_OPEN_LINES)
    sections.insert(1, Section("Could not be read", unread, "kinds", open=True, fence="text"))
    ending = next_words(document, setting, PLAIN)
    return _page("cl-plan", verdict(view), notices(view), sections, [code(ending)] if ending else [])


def drift_markdown(document: DriftDocument, setting: Setting) -> str:
    """A drift document as a comment, or as the text of an issue."""
    counts = drift_counts(document)
    failed = diagnostic_problems(document.get("diagnostics") or ())
    sections = [_problem_section("Problems", failed, Files(setting.sources), is_open=True)]
    sections += [
        Section(
            section.heading,
            [_drift_group(group, document) for group in section.groups],
            f"{section.bucket} objects",
            _is_open(section.bucket),
        )
        for section in drift_sections(document)
    ]
    sections.append(Section("Notes", [prose(note) for note in document.get("notes") or ()], "notes", fence="text"))
    return _page("cl-drift", drift_verdict(document), [counts] if counts else [], sections, [])


def _is_open(bucket: str) -> bool:
    return bucket not in ("unmanaged", "pending")


def validate_markdown(document: ValidationDocument, setting: Setting) -> str:
    """The diagnostics of `cl validate` as a comment."""
    problems = diagnostic_problems(document["diagnostics"])
    section = _problem_section("Problems", problems, Files(setting.sources), is_open=True)
    return _page("cl-validate", validate_verdict(document), [], [section], [])


def _outputs(document: PlanDocument) -> Iterator[tuple[str, OutputChange]]:
    changes = document.get("output_changes") or {}
    return ((output, change) for output, change in changes.items() if change["actions"] != ["no-op"])


def _problem_section(
    title: str, problems: Sequence[Problem], files: Files, *, is_open: bool = False, quoted: bool = False
) -> Section:
    blocks = [_problem(same, files) for same in alike(problems)]
    heading = f"{title} ({len(problems):,}){', quoted from the plan' if quoted else ''}"
    return Section(heading, blocks, title.lower(), is_open)


def _problem(same: Sequence[Problem], files: Files) -> str:
    """Problems that say the same."""
    problem = same[0]
    text = group_text([one.to_diagnostic() for one in same], files, PLAIN).rstrip("\n")
    where = place_text(problem.place) or whole(problem.address or "")
    times = f" ({len(same):,} times)" if len(same) > 1 else ""
    heading = f"**{problem.label}** {code(problem.code)} {code(problem.title)}{times}"
    heading += f" at {code(where)}" if where else ""
    return f"{heading}\n\n{fence(text.partition(chr(10))[2])}\n"


def _steps_section(view: PlanView) -> Section:
    lines = view.step_lines(_STEP_LINES)
    rows = columns(
        (
            _diff_sign(line.symbol),
            line.ids,
            "" if line.repeated else line.times + whole(line.label),
            name(line.what, 300),
            "  ".join(filter(None, (name(line.waits), name(line.failing)))),
        )
        for line in lines
    )
    steps: list[str] = []
    for row, line in zip(rows, lines, strict=True):
        steps += [row, *(f"#      {name(words, 400)}" for words in line.arguments)]
    heading = f"Steps ({len(view.steps):,})"
    blocks = [*steps, *_quiet_blocks(view.quiet_lines(_STEP_LINES // 2))]
    return Section(heading, blocks, "lines of steps", len(steps) <= _OPEN_LINES, fence="diff")


def _quiet_blocks(lines: Iterable[QuietLine]) -> list[str]:
    return [f"# {line.symbol} {line.times}{whole(line.label)}  {name(line.what, 300)}" for line in lines]


def _outside_blocks(view: PlanView) -> list[str]:
    return [
        f"{_diff_sign(line.symbol)} {line.times}{whole(line.label)}  {name(line.what, 300)}"
        for line in outside_lines(view.document)
    ]


def _diff_sign(symbol: str) -> str:
    """What GitHub colours green, red and orange in a diff."""
    return symbol if symbol in (CREATE, DELETE) else "!"


def _drift_group(group: DriftGroup, document: DriftDocument) -> str:
    rule = f" {code(group['rule'])}" if group.get("rule") else ""
    lines = [prose(sentence) for sentence in group_sentences(group, document)]
    lines += [f"{'or' if number else '→'} {prose(remedy)}" for number, remedy in enumerate(group["remedy"])]
    return f"{code(group['subject'])}{rule}\n\n{fence(chr(10).join(lines))}\n"


def code(text: str) -> str:
    """A code span of foreign text, which no backtick in it can end and no table cell is broken by."""
    plain = whole(text)
    ticks = "`" * (max(map(len, re.findall(r"`+", plain)), default=0) + 1)
    gap = " " if plain.startswith("`") or plain.endswith("`") else ""
    return f"{ticks}{gap}{plain}{gap}{ticks}" if plain else ""


def fence(text: str, language: str = "text") -> str:
    """A code block of foreign text, which no backtick in it can end."""
    ticks = "`" * max(3, max(map(len, re.findall(r"`+", text)), default=0) + 1)
    return f"{ticks}{language}\n{text}\n{ticks}"


def _page(marker: str, verdict: str, lead: Iterable[str], sections: Iterable[Section], ending: Iterable[str]) -> str:
    """A page below the limit. `marker` is a comment by which a pipeline finds its own comment again."""
    head = "\n\n".join([f"<!-- {marker} -->", f"### {verdict}", *lead])
    room = LIMIT - _RESERVE - _size(head)
    parts: list[str] = [head]
    cut: list[str] = []
    for section in sections:
        if not section.blocks:
            continue
        shown = _fitting(section.blocks, room * _SHARE // 100)
        if shown:
            parts.append(_details(section, section.blocks[:shown]))
            room -= _size(parts[-1])
        if shown < len(section.blocks):
            cut.append(f"{len(section.blocks) - shown:,} of {len(section.blocks):,} {section.noun}")
    if cut:
        parts.append(
            f"_Cut to fit a comment: {', '.join(cut)} are not shown. The JSON and HTML reports have everything._"
        )
    return "\n\n".join([*parts, *ending]) + "\n"


def _fitting(blocks: Sequence[str], room: int) -> int:
    """How many of the blocks fit."""
    left = room - 300
    for number, block in enumerate(blocks):
        left -= _size(block) + 2
        if left < 0:
            return number
    return len(blocks)


def _details(section: Section, blocks: Sequence[str]) -> str:
    body = fence("\n".join(blocks), section.fence) if section.fence else "\n".join(blocks)
    state = " open" if section.open else ""
    return f"<details{state}><summary>{markup(section.heading)}</summary>\n\n{body}\n\n</details>"


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))
