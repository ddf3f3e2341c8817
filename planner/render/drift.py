"""A drift document as text, and what its other reports have in common with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from planner.diagnostics import counted
from planner.documents.drift import DriftDocument, DriftGroup, DriftSummary
from planner.render.excerpt import place_text
from planner.render.findings import finding_lines
from planner.render.problems import diagnostic_problems, drift_title
from planner.render.remedy import notes_of, remedies_of, sentence_lines, way_lines
from planner.render.terminal import Style, name, prose, whole

_IN_FULL = 20
"""How many groups of one bucket are shown in full in text."""


_AGREE = {
    "configuration": "State and cloud agree; the configuration is what differs.",
    "state": "Configuration and cloud agree; the state is what differs.",
}
"""Which of the three sides differs from the others; since when is not known."""


def drift_verdict(document: DriftDocument) -> str:
    """The first line: in sync or not, and how much of the estate the answer covers."""
    summary = document["summary"]
    if failed := document.get("diagnostics"):
        errors = sum(problem["severity"] == "error" for problem in failed)
        return f"Nothing was compared: {counted(errors, 'error')}."
    pending = 0 if document["strict"] else summary["pending"]
    not_applied = [f"{counted(pending, 'change')} of the configuration not applied yet."] if pending else []
    if document["in_sync"] and document["complete"]:
        checked = f"{counted(summary['managed'], 'object')} checked."
        return " ".join(["In sync.", checked, *not_applied, *_coverage(summary)])
    drifted = sum(number for bucket, number in _by_bucket(summary).items() if bucket not in ("unknown", "pending"))
    drifted += summary["pending"] - pending
    unread = summary["unknown"]
    parts = [f"Drift: {_causes(document, drifted)}." if drifted else "No difference was seen."]
    if not document["complete"]:
        parts.append(f"Incomplete: {counted(unread, 'object') if unread else 'something'} could not be read.")
    return " ".join([*parts, *not_applied, *_coverage(summary)])


def _causes(document: DriftDocument, drifted: int) -> str:
    """`4 differences`, or `2 causes, 331 differences` where many have one cause."""
    not_drift = {"unknown"} if document["strict"] else {"unknown", "pending"}
    groups = [group for group in document["groups"] if group["bucket"] not in not_drift]
    causes = sum("follows_from" not in group for group in groups)
    several = f"{counted(causes, 'cause')}, " if any(len(group["items"]) > 1 for group in groups) else ""
    return several + counted(drifted, "difference")


def _by_bucket(summary: DriftSummary) -> Mapping[str, int]:
    """How many items each bucket has, gravest first."""
    return {
        "missing": summary["missing"],
        "changed": summary["changed"],
        "unmanaged": summary["unmanaged"],
        "violated": summary["violated"],
        "unknown": summary["unknown"],
        "pending": summary["pending"],
    }


def _coverage(summary: DriftSummary) -> list[str]:
    """What the share is of: guest routes are compared too, but those of the cloud cannot be counted."""
    covered = summary["coverage"]
    return [] if covered == "0/0" else [f"{covered} of links, enabled VPCs and security rules are managed."]


def drift_counts(document: DriftDocument) -> str:
    """`1 missing, 2 unmanaged; 2 ignored`."""
    summary = document["summary"]
    counts = ", ".join(f"{number:,} {bucket}" for bucket, number in _by_bucket(summary).items() if number)
    return "; ".join(filter(None, (counts, f"{summary['ignored']:,} ignored" if summary["ignored"] else "")))


class DriftSection(Struct, frozen=True):
    """The groups of a bucket that have one title; `count` is that of their items."""

    bucket: str
    title: str
    groups: Sequence[DriftGroup]

    @property
    def heading(self) -> str:
        """`Missing: not in the cloud (3)`."""
        count = sum(len(group["items"]) for group in self.groups)
        return f"{self.bucket.capitalize()}: {self.title[:1].lower()}{self.title[1:]} ({count:,})"


def drift_sections(document: DriftDocument) -> list[DriftSection]:
    """The groups in their order, by bucket and title."""
    found: dict[tuple[str, str], list[DriftGroup]] = {}
    for group in document["groups"]:
        found.setdefault((group["bucket"], drift_title(group)), []).append(group)
    return [DriftSection(bucket, title, groups) for (bucket, title), groups in found.items()]


def drift_text(document: DriftDocument, style: Style) -> str:
    """The drift document for people."""
    paint = style.green if document["in_sync"] and document["complete"] else style.red
    lines = [paint(style.bold(line)) for line in style.wrap(drift_verdict(document))]
    counts = drift_counts(document)
    lines += [counts] if counts else []
    if failed := diagnostic_problems(document.get("diagnostics") or ()):
        lines += ["", *finding_lines(failed, style, _IN_FULL)]
    for section in drift_sections(document):
        lines += ["", *map(style.bold, style.wrap(section.heading))]
        lines += [line for group in section.groups[:_IN_FULL] for line in _group(group, document, style)]
        lines += _rest(section.groups[_IN_FULL:])
    for note in notes_of(document):
        lines += ["", *sentence_lines(note, style)]
    return "\n".join(lines) + "\n"


def group_sentences(group: DriftGroup, document: DriftDocument) -> list[str]:
    """What is wrong with a group, what caused it, and which of the three moved; each a sentence."""
    cause = group.get("follows_from")
    root = [] if cause is None else [f"Follows from {document['groups'][cause]['subject']}; fix that first."]
    return [group["detail"], *root, *filter(None, (_AGREE.get(group["what_moved"]),))]


def _group(group: DriftGroup, document: DriftDocument, style: Style) -> list[str]:
    rule = f"  {name(group['rule'])}" if group.get("rule") else ""
    place = f"  {place_text(group['range'])}" if group.get("range") else ""
    lines = [f"  {whole(group['subject'])}{style.dim(rule + place)}"]
    for sentence in group_sentences(group, document):
        lines += style.wrap(prose(sentence), "    ")
    for number, way in enumerate(remedies_of(group)):
        first, *others = way_lines(way, "      ")
        lines += [f"    {style.cyan('or' if number else '→')} {first.lstrip(' ')}", *others]
    return lines


def _rest(groups: Sequence[DriftGroup]) -> list[str]:
    count = sum(len(group["items"]) for group in groups)
    return [f"  … and {count:,} more; -o json and -o html list all of them"] if groups else []
