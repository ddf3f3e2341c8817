"""A plan for people, as text: the verdict, the steps in order, what is worth knowing, what to type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from planner.render.diagnostics import group_text
from planner.render.excerpt import Files, Sources, no_sources, place_text
from planner.render.plan_view import PlanView, QuietLine, StepLine
from planner.render.problems import Problem
from planner.render.reachability import reach_lines
from planner.render.setting import Document
from planner.render.terminal import Style, columns, counted, escape, name, prose
from planner.render.values import SENSITIVE, UNKNOWN, value_text
from planner.render.words import CREATE, DELETE, MOVE, UPDATE


@dataclass(frozen=True, slots=True)
class _Room:
    """How many lines each part of a plan may take."""

    steps: int
    quiet: int
    addresses: int
    findings_in_full: int
    findings_in_line: int
    remedies: int
    """Up to how many kinds of errors have their remedy told where none is told in full."""


_NORMAL = _Room(steps=60, quiet=30, addresses=20, findings_in_full=3, findings_in_line=10, remedies=0)
_SUMMARY = _Room(steps=6, quiet=3, addresses=4, findings_in_full=0, findings_in_line=1, remedies=3)
_EVERYTHING = 10**9


def plan_text(
    document: Document,
    style: Style,
    *,
    summary: bool = False,
    plan_file: str | None = None,
    sources: Sources = no_sources,
    every_step: bool = False,
    next_step: bool = True,
) -> str:
    """The plan document as text.

    `summary` keeps it to a screenful; `every_step` lists each step where otherwise equal ones are grouped;
    `next_step` ends it with what to type, for which `plan_file` is where the plan was written.
    """
    view = PlanView(document)
    room = _SUMMARY if summary else _NORMAL
    if every_step:
        room = _Room(*[_EVERYTHING] * 6)
    parts = [
        [style.bold(_verdict(view, style))],
        _drift(view, room, style),
        _changes(view, room, style),
        _destroys(view, room, style),
        _outputs(document.get("output_changes") or {}, style, room),
        _problems(view.problems, Files(sources), room, style),
        reach_lines(document.get("reachability"), style, room.quiet),
        list(filter(None, [next_command(document, plan_file, style)])) if next_step else [],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _verdict(view: PlanView, style: Style) -> str:
    if view.document["errored"]:
        return style.red(view.verdict)
    return view.verdict if view.document["applicable"] else style.green(view.verdict)


def _changes(view: PlanView, room: _Room, style: Style) -> list[str]:
    lines = view.step_lines(room.steps)
    rows = [
        (f"  {line.ids}", paint(line.symbol, style), _label(line), name(line.what, 300), style.dim(name(line.waits)))
        for line in lines
    ]
    told: list[str] = []
    for text, line in zip(columns(rows), lines, strict=True):
        told += [text, *(f"       {name(words, 400)}" for words in line.arguments)]
    return [*told, *_quiet(view.quiet_lines(room.quiet), style)]


def _label(line: StepLine) -> str:
    if line.repeated:
        return ""
    return line.times + name(line.label, 60)


def _quiet(lines: Iterable[QuietLine], style: Style) -> list[str]:
    return columns(
        (
            f"  {paint(line.symbol, style)}",
            line.times + name(line.label, 60),
            name(line.what, 400),
        )
        for line in lines
    )


def paint(symbol: str, style: Style) -> str:
    """A change's symbol in its colour."""
    colours = {CREATE: style.green, DELETE: style.red, MOVE: style.yellow, UPDATE: style.yellow}
    return colours.get(symbol, style.cyan)(symbol)


def _destroys(view: PlanView, room: _Room, style: Style) -> list[str]:
    gone = view.destroyed
    if not gone:
        return []
    lines = [style.red(f"Destroys {counted(len(gone), 'object')}:")]
    groups = view.groups(gone)
    share = max(1, room.addresses // len(groups))
    for resource, addresses in groups[: room.addresses]:
        lines += [f"  - {name(address)}" for address in addresses[:share]]
        if len(addresses) > share:
            lines.append(f"    … and {len(addresses) - share:,} more of {name(resource)}")
    left = sum(len(addresses) for _, addresses in groups[room.addresses :])
    return [*lines, f"    … and {left:,} more"] if left else lines


def _drift(view: PlanView, room: _Room, style: Style) -> list[str]:
    lines = view.outside_lines
    if not lines:
        return []
    more = [f"  … and {len(lines) - room.quiet:,} more"] if len(lines) > room.quiet else []
    return ["Changed outside of cl since the last apply:", *_quiet(lines[: room.quiet], style), *more]


def _outputs(changes: Mapping[str, Document], style: Style, room: _Room) -> list[str]:
    told = [(output, change) for output, change in changes.items() if change["actions"] != ["no-op"]]
    if not told:
        return []
    lines = [f"  {paint(symbol, style)} {output} = {words}" for output, symbol, words in map(output_line, told)]
    more = [f"  … and {len(lines) - room.quiet:,} more"] if len(lines) > room.quiet else []
    return ["Outputs:", *lines[: room.quiet], *more]


def output_line(entry: tuple[str, Document]) -> tuple[str, str, str]:
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


def _output_value(change: Document, which: str) -> str:
    if change.get(f"{which}_sensitive"):
        return SENSITIVE
    if which == "after" and change.get("after_unknown"):
        return UNKNOWN
    return value_text(change.get(which))


def _problems(problems: Iterable[Problem], files: Files, room: _Room, style: Style) -> list[str]:
    """What the rules found, gravest last so that it stands nearest to the prompt; equal kinds together."""
    kinds: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        kinds.setdefault((problem.label, problem.code), []).append(problem)
    ordered = sorted(kinds.values(), key=lambda group: group[0].counts_as_error)
    remedies = sum(group[0].counts_as_error for group in ordered) <= room.remedies
    lines = [line for group in ordered for line in _kind(group, files, room, style, remedies=remedies)]
    return lines[:-1] if lines and not lines[-1] else lines


def _kind(group: Sequence[Problem], files: Files, room: _Room, style: Style, *, remedies: bool) -> list[str]:
    full, rest = group[: room.findings_in_full], group[room.findings_in_full :]
    lines = [line for problem in full for line in group_text([problem.to_diagnostic()], files, style).split("\n")]
    lines += [_one_line(problem, style) for problem in rest[: room.findings_in_line]]
    if not full and remedies and group[0].counts_as_error and group[0].remedy:
        lines += [f"  {line}" for line in f"{style.bold('To fix:')} {prose(group[0].remedy)}".split("\n")]
    if len(rest) > room.findings_in_line:
        left = len(rest) - room.findings_in_line
        lines.append(f"  … and {left:,} more of {name(group[0].code)} {name(group[0].title)}")
    return [*lines, ""] if rest and room.findings_in_full else lines


def _one_line(problem: Problem, style: Style) -> str:
    tint = style.red if problem.counts_as_error else style.yellow
    where = place_text(problem.place)
    said = name(problem.message or problem.title)
    return f"{tint(problem.label)} {name(problem.code)}  {said}{f'  {style.dim(where)}' if where else ''}"


def next_command(document: Document, plan_file: str | None, style: Style) -> str:
    """The last line: what to type next."""
    if document["errored"]:
        return "Next:  put the errors right, then run cl plan again. Nothing will be applied."
    if not document["applicable"]:
        return ""
    if plan_file:
        command = f"cl apply {shell_word(plan_file)}"
    elif document.get("drain"):
        command = f"cl apply --drain {shell_word(document['drain'])}"
    else:
        modes = {"destroy": "cl destroy", "refresh-only": "cl apply --refresh-only"}
        command = modes.get(document["mode"], "cl apply")
    return f"Next:  {style.bold(command)}"


def shell_word(text: str) -> str:
    """`text` as one word of a shell command."""
    from shlex import quote

    return escape(quote(text))
