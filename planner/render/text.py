"""A plan for people, as text: the verdict, the steps in order, what is worth knowing, what to type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from planner.diagnostics import counted
from planner.render.findings import finding_lines
from planner.render.next_step import next_words
from planner.render.outside import outside_lines
from planner.render.plan_verdict import notices, verdict
from planner.render.plan_view import EVERYTHING, PlanView, QuietLine, StepLine
from planner.render.problems import WAIVED, Problem
from planner.render.reachability import reach_lines
from planner.render.setting import Setting
from planner.render.terminal import Style, name, table, whole
from planner.render.values import SENSITIVE, UNKNOWN, value_text
from planner.render.words import CREATE, DELETE, MOVE, QUOTED, UPDATE

if TYPE_CHECKING:
    from planner.documents.plan import OutputChange, PlanDocument


class _Room(Struct, frozen=True):
    """How many lines each part of a plan may take."""

    steps: int
    quiet: int
    addresses: int
    findings: int
    """Of one kind."""


_NORMAL = _Room(steps=60, quiet=30, addresses=20, findings=13)
_SUMMARY = _Room(steps=6, quiet=3, addresses=4, findings=1)


def plan_text(document: PlanDocument, setting: Setting) -> str:
    """The plan document as text.

    Findings have a line each, but for those that `planner.render.findings.plan_problems_text` shows in full where that
    follows.
    """
    view, style = PlanView(document), setting.style
    room = _SUMMARY if setting.summary else _NORMAL
    if setting.every_step:
        room = _Room(*[EVERYTHING] * 4)
    problems = [one for one in view.problems if not setting.findings_follow or one.status == WAIVED]
    parts = [
        [*_verdict(view, style), *(line for notice in notices(view) for line in style.wrap(notice))],
        _drift(view, room, style),
        _changes(view, room, style),
        _destroys(view, room, style),
        _outputs(document.get("output_changes") or {}, style, room),
        [*view.unread_lines(room.quiet), *_findings(problems, setting, room)],
        reach_lines(document.get("reachability"), style, room.quiet),
        list(filter(None, [next_words(document, setting, style)])) if setting.next_step else [],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _verdict(view: PlanView, style: Style) -> list[str]:
    paint = style.red if view.document["errored"] else str if view.document["applicable"] else style.green
    return [style.bold(paint(line)) for line in style.wrap(verdict(view))]


def _changes(view: PlanView, room: _Room, style: Style) -> list[str]:
    lines = view.step_lines(room.steps)
    rows = [
        (f"  {line.ids}", paint(line.symbol, style), _label(line), name(line.what, 300), _ending(line, style))
        for line in lines
    ]
    texts: list[str] = []
    for row, line in zip(table(rows, style, least=3), lines, strict=True):
        texts += [*row, *(part for words in line.arguments for part in style.wrap(name(words, 400), " " * 7, " " * 9))]
    return [*texts, *_quiet(view.quiet_lines(room.quiet), style)]


def _ending(line: StepLine, style: Style) -> str:
    """What ends a row: what it waits for, and which rules it breaks."""
    return "  ".join(filter(None, (style.dim(name(line.waits)), style.red(name(line.failing)))))


def _label(line: StepLine | QuietLine) -> str:
    if isinstance(line, StepLine) and line.repeated:
        return ""
    return line.times + whole(line.label)


def _quiet(lines: Iterable[QuietLine], style: Style) -> list[str]:
    rows = ((f"  {paint(line.symbol, style)}", _label(line), name(line.what, 400)) for line in lines)
    return [text for texts in table(rows, style, least=2) for text in texts]


def paint(symbol: str, style: Style) -> str:
    """A change's symbol in its colour."""
    colours = {CREATE: style.green, DELETE: style.red, MOVE: style.yellow, UPDATE: style.yellow}
    return colours.get(symbol, style.cyan)(symbol)


def _findings(problems: Sequence[Problem], setting: Setting, room: _Room) -> list[str]:
    style = setting.style
    lines = finding_lines(problems, style, room.findings)
    return [*lines, *map(style.dim, style.wrap(QUOTED))] if lines and setting.quoted else lines


def _destroys(view: PlanView, room: _Room, style: Style) -> list[str]:
    gone = view.destroyed
    if not gone:
        return []
    lines = [style.red(f"Destroys {counted(len(gone), 'object')}:")]
    groups = view.groups(gone)
    share = max(1, room.addresses // len(groups))
    for resource, addresses in groups[: room.addresses]:
        lines += [f"  - {whole(address)}" for address in addresses[:share]]
        if len(addresses) > share:
            lines.append(f"    … and {len(addresses) - share:,} more of {whole(resource)}")
    left = sum(len(addresses) for _, addresses in groups[room.addresses :])
    return [*lines, f"    … and {left:,} more"] if left else lines


def _drift(view: PlanView, room: _Room, style: Style) -> list[str]:
    lines = outside_lines(view.document, room.quiet)
    if not lines:
        return []
    more = [f"  … and {len(lines) - room.quiet:,} more"] if len(lines) > room.quiet else []
    return ["Changed outside of cl since the last apply:", *_quiet(lines[: room.quiet], style), *more]


def _outputs(changes: Mapping[str, OutputChange], style: Style, room: _Room) -> list[str]:
    changed = [(output, change) for output, change in changes.items() if change["actions"] != ["no-op"]]
    if not changed:
        return []
    lines = [
        line
        for output, symbol, words in map(output_line, changed[: room.quiet])
        for line in style.wrap(f"{paint(symbol, style)} {output} = {words}", "  ", " " * 6)
    ]
    more = [f"  … and {len(changed) - room.quiet:,} more"] if len(changed) > room.quiet else []
    return ["Outputs:", *lines, *more]


def output_line(entry: tuple[str, OutputChange]) -> tuple[str, str, str]:
    """An output's name, its symbol, and what becomes of its value, all ready to be shown."""
    output, change = name(entry[0]), entry[1]
    after = _output_value(change, "after")
    match change["actions"]:
        case ["create"]:
            return output, CREATE, name(after)
        case ["delete"]:
            return output, DELETE, name(_output_value(change, "before"))
        case _:
            return output, UPDATE, name(f"{_output_value(change, 'before')} → {after}", 400)


def _output_value(change: OutputChange, which: str) -> str:
    if change.get(f"{which}_sensitive"):
        return SENSITIVE
    if which == "after" and change.get("after_unknown"):
        return UNKNOWN
    return value_text(change.get(which))
