"""Problems: rule findings, diagnostics and drift in one shape, as the report formats tell them."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from planner.diagnostics import counted, detail_keys
from planner.remedy import NO_REMEDY, Remedy
from planner.render.excerpt import place_text
from planner.render.remedy import remedies_of, remedy_of
from planner.render.terminal import id_ranges
from planner.values import replace

if TYPE_CHECKING:
    from planner.documents.drift import DriftDocument, DriftGroup, DriftItem, DriftRule
    from planner.documents.events import EventDiagnostic
    from planner.documents.plan import FindingEntry, FindingGroup, PlanDocument
    from planner.documents.waiver import WaiverEntry
    from planner.entries import DiagnosticEntry, RangeEntry, RelatedEntry

ERROR, WARNING, NOTE = "error", "warning", "note"
FAIL, UNKNOWN, WAIVED = "fail", "unknown", "waived"

_CAPITALS = {"vpc": "VPC", "cidr": "CIDR", "vswitch": "vSwitch", "classiclink": "ClassicLink"}


class Joined(Struct, frozen=True):
    """What is said of all problems that have one cause, which are those with the same `number`."""

    number: int
    message: str
    remedy: Remedy


class Problem(Struct, frozen=True):
    """One thing that is reported: `title` is always the same words for a `code`, `message` has the values involved."""

    level: str
    code: str
    title: str
    message: str = ""
    remedy: Remedy = NO_REMEDY
    source: str = ""
    address: str | None = None
    place: RangeEntry | None = None
    related: tuple[RelatedEntry, ...] = ()
    status: str = FAIL
    waiver: WaiverEntry | None = None
    """Of what is waived: the `reason`, and `until` when."""
    joined: Joined | None = None
    """Where others have the same cause."""
    has_ways: bool = False
    """Whether the remedy is one way out or several, each with its name, such as `restore: cl apply`."""

    @property
    def lead(self) -> str:
        """The words before the remedy."""
        return "What to do:" if self.has_ways else "To fix:"

    @property
    def fix_words(self) -> str:
        """What to do, after the words that lead to it; empty where there is nothing."""
        gap = "\n" if self.has_ways else " "
        return f"{self.lead}{gap}{self.remedy.text}" if self.remedy else ""

    @property
    def waived_words(self) -> str:
        """`until 2026-12-24: "the shop closes"`; empty where nothing is waived, or no reason is given."""
        if not self.waiver:
            return ""
        until = f"until {self.waiver['until']}" if self.waiver.get("until") else "without an end"
        return f'{until}: "{self.waiver.get("reason") or ""}"'

    @property
    def waived_sentence(self) -> str:
        """`Waived until 2026-12-24: "the shop closes".`; empty where no reason is given."""
        end = "" if self.waived_words.endswith(('."', '!"', '?"')) else "."
        return f"Waived {self.waived_words}{end}" if self.waived_words else ""

    @property
    def counts_as_error(self) -> bool:
        return self.level == ERROR and self.status != WAIVED

    @property
    def label(self) -> str:
        """`Error`, `Warning`, `Waived`, `Unknown`: how a reader sees what this is."""
        return self.level.capitalize() if self.status == FAIL else self.status.capitalize()

    @property
    def related_words(self) -> list[str]:
        """Other places that explain it, a line each, where no source can be shown."""
        return [f"{one['message']}: {place_text(place)}" for one in self.related if (place := one.get("range"))]

    def to_diagnostic(self) -> EventDiagnostic:
        """The same as a diagnostic of a document."""
        detail = f"{self.message} ({self.source})" if self.source else self.message
        if self.waived_words:
            detail = f"{self.waived_sentence} {detail}"
        return {
            "severity": self.label.lower(),
            "code": self.code,
            "summary": self.title,
            **detail_keys(detail),
            **self.remedy.to_json(),
            "address": self.address,
            "range": self.place,
            "related": list(self.related),
        }


def title_of(rule_name: str) -> str:
    """`vpc-not-enabled` as words: `VPC not enabled`."""
    words = [_CAPITALS.get(word, word) for word in re.sub(r"(\d)-(\d)", r"\1.\2", rule_name).split("-")]
    return " ".join([words[0][:1].upper() + words[0][1:] if words[0] != "vSwitch" else words[0], *words[1:]])


def plan_problems(document: PlanDocument) -> list[Problem]:
    """The diagnostics and the findings of a plan document, in its order."""
    joined = {
        place: Joined(number, group["message"], NO_REMEDY if _is_waived(group, document) else remedy_of(group))
        for number, group in enumerate(document.get("rule_groups") or ())
        for place in group["rules"]
    }
    findings = (_finding(rule, joined.get(place)) for place, rule in enumerate(document.get("rules", ())))
    return [*diagnostic_problems(document.get("diagnostics", ())), *findings]


def _is_waived(group: FindingGroup, document: PlanDocument) -> bool:
    return any(document["rules"][place]["status"] == WAIVED for place in group["rules"])


def alike(problems: Iterable[Problem], *, at_one_place: bool = False) -> list[list[Problem]]:
    """The problems in their order, those together that say the same of several objects, such as links to one VPC, and
    those that have one cause: the first of these says what is to be said of all of them.

    With `at_one_place`, problems that say the same only where their objects are declared at one.
    """
    groups: dict[Hashable, list[Problem]] = {}
    for one in problems:
        place = repr(one.place) if at_one_place else ""
        said = (one.label, one.code, one.title, one.message, one.remedy.text, repr(one.related))
        groups.setdefault((said, place) if one.joined is None else one.joined.number, []).append(one)
    return [_for_all(same) for same in groups.values()]


def _for_all(same: list[Problem]) -> list[Problem]:
    first, *others = same
    if first.joined is None or not others:
        return same
    return [replace(first, message=first.joined.message, remedy=first.joined.remedy), *others]


def diagnostic_problems(diagnostics: Iterable[DiagnosticEntry]) -> list[Problem]:
    """Diagnostics as problems."""
    return [
        Problem(
            level=one["severity"],
            code=one["code"],
            title=one["summary"],
            message=one.get("detail") or "",
            remedy=remedy_of(one),
            address=one.get("address"),
            place=one.get("range"),
            related=tuple(one.get("related") or ()),
        )
        for one in diagnostics
    ]


def _finding(rule: FindingEntry, joined: Joined | None) -> Problem:
    return Problem(
        level=rule["severity"],
        code=rule["rule"],
        title=title_of(rule["name"]),
        message=" ".join(filter(None, (rule.get("message"), _concerned(rule.get("steps") or ())))),
        remedy=NO_REMEDY if rule["status"] == WAIVED else remedy_of(rule),
        source=rule.get("source") or "",
        address=rule.get("address"),
        place=rule.get("range"),
        related=tuple(rule.get("related") or ()),
        status=rule["status"],
        waiver=rule.get("waiver"),
        joined=joined,
    )


def _concerned(steps: Sequence[int]) -> str:
    """Which steps a finding is about, where there are several."""
    return f"Affects steps {id_ranges(steps)}." if len(steps) > 1 else ""


DRIFT_LEVEL = {
    "missing": ERROR,
    "changed": ERROR,
    "violated": ERROR,
    "unmanaged": WARNING,
    "unknown": WARNING,
    "pending": NOTE,
}
DRIFT_TITLE = {
    "missing": "Not in the cloud",
    "changed": "Differs from what is declared",
    "unmanaged": "In the cloud, not declared",
    "violated": "In place, but breaks a rule",
    "unknown": "Could not be read",
    "pending": "Changed in the configuration, not applied yet",
}
_NOT_ADOPTED = "Declared and in the cloud, not in the state yet"


def drift_title(entry: DriftItem | DriftGroup) -> str:
    """What is the matter with an item or a group, always in the same words."""
    if entry["bucket"] == "unmanaged" and entry["what_moved"] == "state":
        return _NOT_ADOPTED
    return DRIFT_TITLE[entry["bucket"]]


def drift_problems(document: DriftDocument) -> list[Problem]:
    """The groups of a drift document as problems; the code is the bucket, or the rule that is broken.

    Where nothing could be compared, there are diagnostics in their place.
    """
    return [
        *diagnostic_problems(document.get("diagnostics") or ()),
        *(_drift_problem(group, group["subject"], document) for group in document["groups"]),
    ]


def drift_item_problems(document: DriftDocument) -> list[Problem]:
    """The same with a problem for each item: for programs that follow each object from run to run."""
    return [
        *diagnostic_problems(document.get("diagnostics") or ()),
        *(_drift_problem(item, drift_subject(item), document) for item in document["items"]),
    ]


def drift_rule_problems(document: DriftDocument) -> list[Problem]:
    """The rules that links break although that is no drift, waived violations first: for reports without notes."""
    return [
        Problem(
            level=ERROR if rule["status"] == WAIVED else NOTE,
            code=rule["rule"],
            title=title_of(rule["name"]),
            message=f"Concerns {counted(rule['links'], 'link')} to {rule['vpc_id']}. {rule['detail']}",
            source=rule["source"],
            address=_links_of(rule),
            place=rule["range"],
            status=rule["status"],
            waiver=rule.get("waiver"),
        )
        for rule in document.get("rules") or ()
    ]


def _links_of(rule: DriftRule) -> str:
    """What it is about, in the same words while their number changes."""
    provider = rule.get("provider")
    return f"links to {rule['vpc_id']}" + (f" ({provider})" if provider else "")


def _drift_problem(entry: DriftItem | DriftGroup, subject: str, document: DriftDocument) -> Problem:
    bucket = entry["bucket"]
    return Problem(
        level=WARNING if bucket == "pending" and document["strict"] else DRIFT_LEVEL[bucket],
        code=entry.get("rule") or f"drift-{bucket}",
        title=drift_title(entry),
        message=entry["detail"],
        remedy=Remedy.join("\nor ", remedies_of(entry)),
        address=subject,
        place=entry.get("range"),
        status=UNKNOWN if bucket == "unknown" else FAIL,
        has_ways=True,
    )


def drift_subject(item: DriftItem) -> str:
    """What a drift item is about: its address, or where nothing declares it what a `.clignore` calls it."""
    provider = item.get("provider")
    return (item.get("address") or f"{item['type']}.{item['id']}") + (f" ({provider})" if provider else "")
