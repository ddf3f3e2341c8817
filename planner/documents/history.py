"""The history of a state: what `cl state history --json` prints, and the JSON Schema of it."""

from functools import cache
from typing import Annotated, TypedDict

from planner.schema.generate import schema_of
from planner.schema.keywords import Count, Schema
from planner.schema.texts import FormatVersion, Time

FORMAT_VERSION = "1.0"


class VersionEntry(TypedDict):
    """A state that was written."""

    serial: Annotated[Count, "Its serial, which cl state rollback takes."]
    lineage: Annotated[str, "Its lineage. States of different lineages are not versions of each other."]
    when: Annotated[Time, "When it was written."]
    who: Annotated[str, "Who wrote it, as user@host."]
    operation: Annotated[str, 'The command that wrote it, such as "apply" or "state push".']
    plan_id: Annotated[str | None, "The plan that was applied; null if there was none."]
    steps: Annotated[Count, "How many steps of the plan were done."]


class HistoryDocument(TypedDict):
    """The states of a workspace that are kept."""

    format_version: Annotated[FormatVersion, "The version of this format."]
    workspace: Annotated[str, "The workspace."]
    versions: Annotated[list[VersionEntry], "The states, newest first. The first one is the current state."]


@cache
def history_schema() -> Schema:
    """The published JSON Schema of a history."""
    return schema_of(HistoryDocument, "History of a state of cl")
