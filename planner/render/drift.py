"""A drift document as text and as markdown."""

from __future__ import annotations

from collections.abc import Sequence

from planner.render.excerpt import place_text
from planner.render.problems import DRIFT_TITLE, drift_subject
from planner.render.setting import Document
from planner.render.terminal import Style, counted, name, prose

_IN_FULL = 20
"""How many items of one bucket are told in full in text."""


_AGREE = {
    "configuration": "State and cloud agree; the configuration is what differs.",
    "state": "Configuration and cloud agree; the state is what differs.",
}
"""What can be said of who moved: which of the three is alone, not when it came to be so."""


def drift_verdict(document: Document) -> str:
    """The first line: in sync or not, and how much of the estate the answer covers."""
    summary = document["summary"]
    coverage = summary["coverage"]
    if document["in_sync"] and document["complete"]:
        return f"In sync. {counted(summary['managed'], 'object')} looked at, coverage {coverage}."
    drifted = sum(summary[bucket] for bucket in DRIFT_TITLE if bucket != "unknown")
    unread = summary["unknown"]
    parts = [f"Drift: {counted(drifted, 'difference')}." if drifted else "No difference was seen."]
    if not document["complete"]:
        parts.append(f"Incomplete: {counted(unread, 'object') if unread else 'something'} could not be read.")
    return f"{' '.join(parts)} Coverage {coverage}."


def drift_counts(document: Document) -> str:
    """`1 missing, 2 unmanaged; 2 ignored`."""
    summary = document["summary"]
    told = ", ".join(f"{summary[bucket]:,} {bucket}" for bucket in DRIFT_TITLE if summary[bucket])
    return "; ".join(filter(None, (told, f"{summary['ignored']:,} ignored" if summary["ignored"] else "")))


def buckets(document: Document) -> list[tuple[str, list[Document]]]:
    """The items by bucket, gravest first."""
    found: dict[str, list[Document]] = {bucket: [] for bucket in DRIFT_TITLE}
    for item in document["items"]:
        found[item["bucket"]].append(item)
    return [(bucket, items) for bucket, items in found.items() if items]


def drift_text(document: Document, style: Style) -> str:
    """The drift document for people."""
    paint = style.green if document["in_sync"] and document["complete"] else style.red
    lines = [paint(style.bold(drift_verdict(document)))]
    counts = drift_counts(document)
    lines += [counts] if counts else []
    for bucket, items in buckets(document):
        lines += ["", style.bold(f"{bucket.capitalize()}: {DRIFT_TITLE[bucket].lower()} ({len(items):,})")]
        lines += [line for item in items[:_IN_FULL] for line in _item(item, style)]
        lines += _rest(items[_IN_FULL:])
    for note in document.get("notes") or ():
        lines += ["", prose(note)]
    return "\n".join(lines) + "\n"


def _item(item: Document, style: Style) -> list[str]:
    rule = f"  {name(item['rule'])}" if item.get("rule") else ""
    place = f"  {place_text(item['range'])}" if item.get("range") else ""
    lines = [f"  {name(drift_subject(item))}{style.dim(rule + place)}"]
    lines += style.wrap(prose(item["detail"]), "    ") if item.get("detail") else []
    if agree := _AGREE.get(item["what_moved"]):
        lines.append(f"    {agree}")
    for remedy in item.get("remedy") or ():
        first, *others = prose(remedy).split("\n")
        lines += [f"    {style.cyan('→')} {first}", *(f"      {line}" for line in others)]
    return lines


def _rest(items: Sequence[Document]) -> list[str]:
    if not items:
        return []
    kinds: dict[str, int] = {}
    for item in items:
        subject = item["address"].partition("[")[0] if item.get("address") else item["type"]
        kinds[subject] = kinds.get(subject, 0) + 1
    return [f"  … and {count:,} more of {name(subject)}" for subject, count in list(kinds.items())[:_IN_FULL]]
