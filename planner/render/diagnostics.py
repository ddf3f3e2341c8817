"""Diagnostics as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from planner.diagnostics import Diagnostic, diagnostics_entries
from planner.render.excerpt import Files, excerpt_text, place_text
from planner.render.remedy import remedy_lines, remedy_of
from planner.render.setting import Sources
from planner.render.terminal import Style, name, prose, whole

if TYPE_CHECKING:
    from planner.entries import DiagnosticEntry

_PLACES_SHOWN = 5
_CODES_SHOWN = 5
_LONGEST_MESSAGE = 1000
"""How much is shown of what is said of a related place, in characters: a sentence, not a name."""


def errors_among(diagnostics: Iterable[Diagnostic | DiagnosticEntry]) -> list[str]:
    """The codes of those that are errors."""
    return [one["code"] for one in diagnostics_entries(diagnostics) if one["severity"] == "error"]


def pages_hint(codes: Iterable[str], style: Style) -> str:
    """The line that names the command which explains these codes; empty where there are none."""
    first, *others = dict.fromkeys(filter(None, codes)) or [""]
    if not first:
        return ""
    others, rest = others[: _CODES_SHOWN - 1], len(others[_CODES_SHOWN - 1 :])
    also = f" (also {', '.join(map(name, others))}{f' and {rest:,} more' if rest else ''})" if others else ""
    return style.dim(f"More about this: cl explain {name(first)}{also}") + "\n"


def diagnostics_text(diagnostics: Iterable[Diagnostic | DiagnosticEntry], sources: Sources, style: Style) -> str:
    """All the diagnostics as text, errors last so that they stand just above the prompt; equal ones are shown once."""
    files = Files(sources)
    groups: dict[tuple[str, ...], list[DiagnosticEntry]] = {}
    for one in diagnostics_entries(diagnostics):
        key = tuple(str(one.get(part) or "") for part in ("severity", "code", "summary", "detail", "remedy"))
        groups.setdefault(key, []).append(one)
    ordered = sorted(groups.values(), key=lambda group: group[0]["severity"] == "error")
    return "\n".join(group_text(group, files, style) for group in ordered)


def diagnostic_text(diagnostic: Diagnostic | DiagnosticEntry, sources: Sources, style: Style) -> str:
    """One diagnostic as text: what, where with the source underlined, why, and what to do."""
    return diagnostics_text([diagnostic], sources, style)


def group_text(group: Sequence[DiagnosticEntry], files: Files, style: Style) -> str:
    """Equal diagnostics as one text, with their other places."""
    first = group[0]
    return "\n".join(
        [
            *style.wrap(_headline(first, len(group), style)),
            *_place(group, files, style),
            *_other_places(group),
            *_paragraph(first.get("detail"), style),
            *_related(first, files, style),
            *_remedy(first, style),
            "",
        ]
    )


def _headline(diagnostic: DiagnosticEntry, count: int, style: Style) -> str:
    level = diagnostic["severity"]
    paint = style.red if level == "error" else style.yellow
    times = f" ({count:,} times)" if count > 1 else ""
    code = f"  {style.dim(name(diagnostic['code']))}" if diagnostic.get("code") else ""
    return f"{paint(style.bold(level.capitalize() + ':'))} {style.bold(name(diagnostic['summary']))}{times}{code}"


def _place(group: Sequence[DiagnosticEntry], files: Files, style: Style) -> list[str]:
    """Where the first is, with how many other objects say the same."""
    place, address = group[0].get("range"), group[0].get("address")
    others = len({one.get("address") for one in group} - {None, address})
    at = f"with {whole(address)}{f' and {others:,} more' if others else ''}" if address else ""
    if not place:
        return [*style.wrap(at, "  "), ""] if at else []
    where = f"on {name(place['filename'])} line {place['start']['line']}"
    excerpt = files.excerpt(place, style.width - 12)
    if not excerpt and place["start"]["column"] > 1:
        where += f", column {place['start']['column']}"
    lines = style.wrap(f"{', '.join(filter(None, (where, at)))}{':' if excerpt else ''}", "  ")
    return [*lines, *(excerpt_text(excerpt, style) if excerpt else ()), ""]


def _other_places(group: Sequence[DiagnosticEntry]) -> list[str]:
    first, *others = (place_text(one.get("range")) for one in group)
    places = [place for place in dict.fromkeys(others) if place and place != first]
    if not places:
        return []
    more = f" and {len(places) - _PLACES_SHOWN:,} more" if len(places) > _PLACES_SHOWN else ""
    return [f"  also on {', '.join(places[:_PLACES_SHOWN])}{more}", ""]


def _paragraph(text: str | None, style: Style) -> list[str]:
    return style.wrap(prose(text), "  ") if text else []


def _remedy(diagnostic: DiagnosticEntry, style: Style) -> list[str]:
    remedy = remedy_of(diagnostic)
    return remedy_lines(remedy, style, style.bold("To fix:")) if remedy else []


def _related(diagnostic: DiagnosticEntry, files: Files, style: Style) -> list[str]:
    lines: list[str] = []
    for related in diagnostic.get("related") or ():
        place = related.get("range")
        lines += style.wrap(
            f"{name(related['message'], _LONGEST_MESSAGE)}{f', {place_text(place)}:' if place else ''}", "  "
        )
        if excerpt := files.excerpt(place, style.width - 12):
            lines += excerpt_text(excerpt, style, "    ")
    return ["", *lines, ""] if lines else []
