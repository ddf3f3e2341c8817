"""The drift report: what each of its parts holds, and the JSON Schema of it."""

from enum import StrEnum
from functools import cache
from typing import Annotated, NotRequired, TypedDict

from planner.diagnostics import DiagnosticEntry, RangeEntry
from planner.network.identity import IDENTITY_ARGUMENTS
from planner.remedy import CommandEntry, FileEntry, SnippetEntry
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
    """Which of the three is alone with what it says: it is the one that moved."""

    CLOUD = "cloud"
    CONFIGURATION = "configuration"
    STATE = "state"


class DriftItem(TypedDict):
    """One object that has drifted."""

    bucket: Annotated[str, one_of(Bucket), "What is wrong."]
    type: Annotated[str, one_of(IDENTITY_ARGUMENTS), "The resource type."]
    id: Annotated[str, "The import id; .clignore matches TYPE.ID and, of several providers, PROVIDER/TYPE.ID."]
    what_moved: Annotated[str, one_of(Mover), "Which of state, configuration and cloud differs from the others."]
    detail: Annotated[str, "What is wrong, in a sentence."]
    remedy: Annotated[list[str], "The ways out; one of them is enough. Each says first which side it changes."]
    commands: NotRequired[Annotated[list[list[CommandEntry]], "Only where there are any: those of each way out."]]
    snippets: NotRequired[Annotated[list[list[SnippetEntry]], "Only where there are any: those of each way out."]]
    files: NotRequired[Annotated[list[list[FileEntry]], "Only where there are any: those of each way out."]]
    provider: NotRequired[Annotated[str, "Only where there are several: the key of the provider."]]
    address: NotRequired[Annotated[str, "Where it is declared, or was."]]
    instance_id: NotRequired[Annotated[str, "The instance."]]
    vpc_id: NotRequired[Annotated[str, "The VPC."]]
    rule: NotRequired[Annotated[str, "The rule that does not hold."]]
    before: NotRequired[Annotated[dict[str, object], "What the state has."]]
    after: NotRequired[Annotated[dict[str, object], "What the one that moved has."]]
    range: NotRequired[Annotated[RangeEntry, "The block that declares it."]]


class DriftSummary(TypedDict):
    """How many objects were compared, and how many have drifted."""

    managed: Annotated[Count, "Objects in the state."]
    missing: Annotated[Count, "Items in this bucket."]
    changed: Annotated[Count, "Items in this bucket."]
    unmanaged: Annotated[Count, "Items in this bucket."]
    violated: Annotated[Count, "Items in this bucket."]
    unknown: Annotated[Count, "Items in this bucket."]
    pending: Annotated[Count, "Items in this bucket: what an apply of the configuration would change. Not drift."]
    ignored: Annotated[Count, "Items that .clignore leaves out."]
    coverage: Annotated[
        Coverage, "How many of the cloud's links, enabled VPCs and rules across are managed, such as 18/20 (90 %)."
    ]


class DriftGroup(TypedDict):
    """Items with one cause, as reports show them; a group of one item repeats what that item says."""

    bucket: Annotated[str, one_of(Bucket), "The bucket of all of them."]
    what_moved: Annotated[str, one_of(Mover), "Which of state, configuration and cloud differs from the others."]
    items: Annotated[list[Count], "Their places in the list of items, from 0."]
    subject: Annotated[str, "What it is about: an address, TYPE.ID, or `24 links to vpc-a`."]
    detail: Annotated[str, "What is wrong, in a sentence."]
    remedy: Annotated[list[str], "The ways out; one of them is enough."]
    commands: NotRequired[Annotated[list[list[CommandEntry]], "Only where there are any: those of each way out."]]
    snippets: NotRequired[Annotated[list[list[SnippetEntry]], "Only where there are any: those of each way out."]]
    files: NotRequired[Annotated[list[list[FileEntry]], "Only where there are any: those of each way out."]]
    rule: NotRequired[Annotated[str, "The rule that does not hold."]]
    follows_from: NotRequired[Annotated[Count, "The place of the group that caused this one, from 0."]]
    range: NotRequired[Annotated[RangeEntry, "The block that declares the first of them."]]


class LinksInOrder(TypedDict):
    """The links of a VPC that have no drift."""

    count: Annotated[Count, "How many."]
    ids: Annotated[list[str], "The first few instances, in order."]


class DriftVpc(TypedDict):
    """A VPC that has links or ClassicLink, or ought to."""

    vpc_id: Annotated[str, "The VPC."]
    provider: NotRequired[Annotated[str, "Only where there are several: the key of the provider that sees it."]]
    cidr_block: Annotated[str | None, "Its address range; null where it was not seen."]
    classic_link_enabled: Annotated[bool, "Whether ClassicLink is enabled."]
    links: Annotated[Count, "How many links it has."]
    in_order: Annotated[LinksInOrder, "The links that have no drift."]


class DriftDocument(TypedDict):
    """The cloud, the state and the configuration compared."""

    format_version: Annotated[FormatVersion, "The version of this format."]
    in_sync: Annotated[
        bool, "Whether nothing drifted; pending items count only if `strict`. False if nothing was compared."
    ]
    strict: Annotated[bool, "Whether pending items count as drift."]
    complete: Annotated[bool, "Whether everything could be read."]
    summary: Annotated[DriftSummary, "How many objects."]
    items: Annotated[list[DriftItem], "Each object that has drifted."]
    groups: Annotated[
        list[DriftGroup], "The same, items with one cause together; causes before what follows from them."
    ]
    vpcs: Annotated[list[DriftVpc], "The VPCs that the report is about."]
    notes: Annotated[list[str], "Sentences that are worth knowing; no drift."]
    note_commands: NotRequired[Annotated[list[list[CommandEntry]], "Only where there are any: those of each note."]]
    diagnostics: NotRequired[Annotated[list[DiagnosticEntry], "Only where nothing could be compared: why."]]


@cache
def drift_schema() -> Schema:
    """The published JSON Schema of a drift report."""
    return schema_of(DriftDocument, "Drift report of cl")
