"""The history of a state for people."""

from __future__ import annotations

from planner.diagnostics import counted
from planner.documents.history import HistoryDocument, VersionEntry
from planner.render.terminal import columns, escape


def history_text(document: HistoryDocument) -> str:
    """The versions in a table, the newest first."""
    if not document["versions"]:
        return "No state has been written yet, or no version is kept.\n"
    rows = [("SERIAL", "WRITTEN", "BY", "WITH"), *map(_row, document["versions"])]
    return "\n".join([*columns(rows), ""])


def _row(version: VersionEntry) -> tuple[str, ...]:
    return str(version["serial"]), escape(version["when"]), escape(version["who"]), escape(_with(version))


def _with(version: VersionEntry) -> str:
    if version["plan_id"] is None:
        return f"cl {version['operation']}"
    return f"cl {version['operation']}, plan {version['plan_id']}: {counted(version['steps'], 'step')} done"
