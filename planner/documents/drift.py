"""The drift report: what each of its parts holds, and the JSON Schema of it."""

from enum import StrEnum
from functools import cache
from typing import Annotated, NotRequired, TypedDict

from planner.diagnostics import Severity
from planner.documents.waiver import WaiverEntry
from planner.entries import CommandEntry, DiagnosticEntry, FileEntry, RangeEntry, SnippetEntry
from planner.network.identity import IDENTITY_ARGUMENTS
from planner.schema.generate import schema_of
from planner.schema.keywords import Count, Schema, example, one_of, pattern, title
from planner.schema.texts import FormatVersion

FORMAT_VERSION = "1.0"

Coverage = Annotated[
    str, pattern(r"^[0-9]+/[0-9]+( \([0-9]+ %\))?$"), title("share of managed objects"), example("18/20 (90 %)")
]


class Bucket(StrEnum):
    """What is wrong with an object; gravest first."""

    MISSING = "missing"
    CHANGED = "changed"
    UNMANAGED = "unmanaged"
    VIOLATED = "violated"
    UNKNOWN = "unknown"
    PENDING = "pending"


class Mover(StrEnum):
    """Which of the three differs from the other two."""

    CLOUD = "cloud"
    CONFIGURATION = "configuration"
    STATE = "state"


class DriftItem(TypedDict):
    """One object that has drifted."""

    bucket: Annotated[str, one_of(Bucket), "What is wrong."]
    type: Annotated[str, one_of(IDENTITY_ARGUMENTS), "The resource type."]
    id: Annotated[str, "The import id; .clignore matches TYPE.ID or, with several providers, PROVIDER/TYPE.ID."]
    what_moved: Annotated[str, one_of(Mover), "Which of state, configuration and cloud differs from the others."]
    detail: Annotated[str, "What is wrong, in a sentence."]
    remedy: Annotated[list[str], "The ways out; one of them is enough. Each begins with what it changes."]
    commands: NotRequired[Annotated[list[list[CommandEntry]], "Only if there are any: a list for each way out."]]
    snippets: NotRequired[Annotated[list[list[SnippetEntry]], "Only if there are any: a list for each way out."]]
    files: NotRequired[Annotated[list[list[FileEntry]], "Only if there are any: a list for each way out."]]
    provider: NotRequired[Annotated[str, "Only if there are several: the key of the provider."]]
    address: NotRequired[Annotated[str, "Where it is declared, or was."]]
    instance_id: NotRequired[Annotated[str, "The instance."]]
    vpc_id: NotRequired[Annotated[str, "The VPC."]]
    rule: NotRequired[Annotated[str, "The rule that is violated."]]
    before: NotRequired[Annotated[dict[str, object], "The values in the state."]]
    after: NotRequired[Annotated[dict[str, object], "The values on the side that differs."]]
    range: NotRequired[Annotated[RangeEntry, "The block that declares it."]]


class DriftSummary(TypedDict):
    """How many objects were compared, and how many have drifted."""

    managed: Annotated[Count, "Objects in the state."]
    missing: Annotated[Count, "Items in this bucket."]
    changed: Annotated[Count, "Items in this bucket."]
    unmanaged: Annotated[Count, "Items in this bucket."]
    violated: Annotated[Count, "Items in this bucket."]
    unknown: Annotated[Count, "Items in this bucket."]
    pending: Annotated[Count, "Items in this bucket: changes of the configuration that are not applied yet. Not drift."]
    ignored: Annotated[Count, "Items that .clignore leaves out."]
    coverage: Annotated[
        Coverage, "How many of the cloud's links, enabled VPCs and security rules are managed, such as 18/20 (90 %)."
    ]


class DriftGroup(TypedDict):
    """Items with the same cause, as reports show them. A group of one item repeats the texts of the item."""

    bucket: Annotated[str, one_of(Bucket), "The bucket of all its items."]
    what_moved: Annotated[str, one_of(Mover), "Which of state, configuration and cloud differs from the others."]
    items: Annotated[list[Count], "The indexes of its items in the list of items, from 0."]
    subject: Annotated[str, "What it is about: an address, TYPE.ID, or `24 links to vpc-a`."]
    detail: Annotated[str, "What is wrong, in a sentence."]
    remedy: Annotated[list[str], "The ways out; one of them is enough."]
    commands: NotRequired[Annotated[list[list[CommandEntry]], "Only if there are any: a list for each way out."]]
    snippets: NotRequired[Annotated[list[list[SnippetEntry]], "Only if there are any: a list for each way out."]]
    files: NotRequired[Annotated[list[list[FileEntry]], "Only if there are any: a list for each way out."]]
    rule: NotRequired[Annotated[str, "The rule that is violated."]]
    follows_from: NotRequired[Annotated[Count, "The index of the group that caused this one, from 0."]]
    range: NotRequired[Annotated[RangeEntry, "The block that declares the first item."]]


class LinksInOrder(TypedDict):
    """The links of a VPC that have no drift."""

    count: Annotated[Count, "How many."]
    ids: Annotated[list[str], "The first few instances, in order."]


class DriftVpc(TypedDict):
    """A VPC that has links or ClassicLink, or should have."""

    vpc_id: Annotated[str, "The VPC."]
    provider: NotRequired[Annotated[str, "Only if there are several: the key of the provider that sees it."]]
    cidr_block: Annotated[str | None, "Its address range; null if it is not known."]
    classic_link_enabled: Annotated[bool, "Whether ClassicLink is enabled."]
    links: Annotated[Count, "The number of its links."]
    in_order: Annotated[LinksInOrder, "The links that have no drift."]


class DriftRule(TypedDict):
    """A rule that links to a VPC break, although that is no drift: it only warns, or is waived."""

    rule: Annotated[str, "The id of the rule, such as CL104."]
    name: Annotated[str, "The name of the rule."]
    status: Annotated[str, one_of(("fail", "waived")), "Whether it is waived."]
    severity: Annotated[str, one_of(Severity), "What it is in a plan."]
    provider: NotRequired[Annotated[str, "Only if there are several: the key of the provider that sees the VPC."]]
    vpc_id: Annotated[str, "The VPC."]
    links: Annotated[Count, "The number of links that break it."]
    detail: Annotated[str, "What is wrong, in sentences."]
    source: Annotated[str, "Where the rule comes from."]
    range: Annotated[RangeEntry | None, "Where the first of the links is declared."]
    waiver: NotRequired[Annotated[WaiverEntry, "Only if it is waived."]]


class DriftDocument(TypedDict):
    """The differences between the cloud, the state and the configuration."""

    format_version: Annotated[FormatVersion, "The version of this format."]
    in_sync: Annotated[
        bool, "Whether nothing drifted; pending items count only if `strict`. False if nothing was compared."
    ]
    strict: Annotated[bool, "Whether pending items count as drift."]
    complete: Annotated[bool, "Whether everything could be read."]
    summary: Annotated[DriftSummary, "How many objects."]
    items: Annotated[list[DriftItem], "Each object that has drifted."]
    groups: Annotated[list[DriftGroup], "The same items, grouped by cause. A cause comes before its consequences."]
    vpcs: Annotated[list[DriftVpc], "The VPCs that the report is about."]
    rules: NotRequired[Annotated[list[DriftRule], "Only if there are any: rules that links break without drift."]]
    notes: Annotated[list[str], "Sentences with further information. They are not drift."]
    note_commands: NotRequired[Annotated[list[list[CommandEntry]], "Only if there are any: a list for each note."]]
    diagnostics: NotRequired[Annotated[list[DiagnosticEntry], "Only if nothing could be compared: why."]]


@cache
def drift_schema() -> Schema:
    """The published JSON Schema of a drift report."""
    return schema_of(DriftDocument, "Drift report of cl")
