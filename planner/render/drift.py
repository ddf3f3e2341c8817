"""A drift document as text and as markdown."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from planner.diagnostics import counted
from planner.documents.drift import DriftDocument, DriftItem, DriftSummary
from planner.render.excerpt import place_text
from planner.render.findings import finding_lines
from planner.render.problems import DRIFT_TITLE, ShownItem, diagnostic_problems, drift_title, folded
from planner.render.remedy import notes_of, sentence_lines
from planner.render.terminal import Style, name, prose

_IN_FULL = 20
"""How many items of one bucket are told in full in text."""


_AGREE = {
    "configuration": "State and cloud agree; the configuration is what differs.",
    "state": "Configuration and cloud agree; the state is what differs.",
}
"""What can be said of who moved: which of the three is alone, not when it came to be so."""


def drift_verdict(document: DriftDocument) -> str:
    """The first line: in sync or not, and how much of the estate the answer covers."""
    summary = document["summary"]
    if failed := document.get("diagnostics"):
        errors = sum(problem["severity"] == "error" for problem in failed)
        return f"Nothing was compared: {counted(errors, 'error')}."
    if document["in_sync"] and document["complete"]:
        return " ".join(["In sync.", f"{counted(summary['managed'], 'object')} looked at.", *_coverage(summary)])
    drifted = sum(number for bucket, number in _by_bucket(summary).items() if bucket != "unknown")
    unread = summary["unknown"]
    parts = [f"Drift: {counted(drifted, 'difference')}." if drifted else "No difference was seen."]
    if not document["complete"]:
        parts.append(f"Incomplete: {counted(unread, 'object') if unread else 'something'} could not be read.")
    return " ".join([*parts, *_coverage(summary)])


def _by_bucket(summary: DriftSummary) -> Mapping[str, int]:
    """How many items each bucket has, gravest first."""
    return {
        "missing": summary["missing"],
        "changed": summary["changed"],
        "unmanaged": summary["unmanaged"],
        "violated": summary["violated"],
        "unknown": summary["unknown"],
    }


def _coverage(summary: DriftSummary) -> list[str]:
    """Of what it is a share: guest routes are looked at too, but nobody can count those of the cloud."""
    covered = summary["coverage"]
    return [] if covered == "0/0" else [f"{covered} of the links and enabled VPCs are managed."]


def drift_counts(document: DriftDocument) -> str:
    """`1 missing, 2 unmanaged; 2 ignored`."""
    summary = document["summary"]
    counts = ", ".join(f"{number:,} {bucket}" for bucket, number in _by_bucket(summary).items() if number)
    return "; ".join(filter(None, (counts, f"{summary['ignored']:,} ignored" if summary["ignored"] else "")))


@dataclass(frozen=True, slots=True)
class DriftSection:
    """The items of a bucket that have one title, folded where many say the same; `count` is of all of them."""

    bucket: str
    title: str
    items: Sequence[ShownItem]
    count: int

    @property
    def heading(self) -> str:
        """`Missing: not in the cloud (3)`."""
        return f"{self.bucket.capitalize()}: {self.title[:1].lower()}{self.title[1:]} ({self.count:,})"


def drift_sections(document: DriftDocument) -> list[DriftSection]:
    """The items by bucket, gravest first, and within it by title."""
    found: dict[tuple[str, str], list[DriftItem]] = {(bucket, title): [] for bucket, title in DRIFT_TITLE.items()}
    for item in document["items"]:
        found.setdefault((item["bucket"], drift_title(item)), []).append(item)
    order = list(DRIFT_TITLE)
    named = sorted(found.items(), key=lambda entry: order.index(entry[0][0]))
    return [DriftSection(bucket, title, folded(items), len(items)) for (bucket, title), items in named if items]


def drift_text(document: DriftDocument, style: Style) -> str:
    """The drift document for people."""
    paint = style.green if document["in_sync"] and document["complete"] else style.red
    lines = [paint(style.bold(line)) for line in style.wrap(drift_verdict(document))]
    counts = drift_counts(document)
    lines += [counts] if counts else []
    if failed := diagnostic_problems(document.get("diagnostics") or ()):
        lines += ["", *finding_lines(failed, style, _IN_FULL)]
    for section in drift_sections(document):
        lines += ["", style.bold(section.heading)]
        lines += [line for item in section.items[:_IN_FULL] for line in _item(item, style)]
        lines += _rest(section.items)
    for note in notes_of(document):
        lines += ["", *sentence_lines(note, style)]
    return "\n".join(lines) + "\n"


def _item(item: ShownItem, style: Style) -> list[str]:
    rule = f"  {name(item['rule'])}" if item.get("rule") else ""
    place = f"  {place_text(item['range'])}" if item.get("range") else ""
    lines = [f"  {name(item['subject'])}{style.dim(rule + place)}"]
    lines += style.wrap(prose(item["detail"]), "    ") if item.get("detail") else []
    if agree := _AGREE.get(item["what_moved"]):
        lines.append(f"    {agree}")
    for remedy in item.get("remedy") or ():
        first, *others = prose(remedy).split("\n")
        lines += [f"    {style.cyan('→')} {first}", *(f"      {line}" for line in others)]
    return lines


def _rest(items: Sequence[ShownItem]) -> list[str]:
    """What is not told in full, by resource."""
    shown = {_resource(item) for item in items[:_IN_FULL]}
    left = Counter(map(_resource, items[_IN_FULL:]))
    return [
        f"  … and {count:,} {'more ' if resource in shown else ''}of {name(resource)}"
        for resource, count in list(left.items())[:_IN_FULL]
    ]


def _resource(item: ShownItem) -> str:
    address: str = item.get("address") or item["type"]
    return address.partition("[")[0]
