"""What changed in the cloud since the state was written, as a plan shows it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from planner.render.plan_view import QuietLine
from planner.render.words import DELETE, REMOVED, REMOVED_MANY, UPDATE, diff_words, ids_listed

if TYPE_CHECKING:
    from planner.documents.plan import PlanDocument, ResourceChange

FEW = 30
"""Up to so many changes each have a line."""
_LEAST = 3
"""From how many equal changes on they share a line, where not each can have its own."""


def outside_lines(document: PlanDocument, limit: int = FEW) -> list[QuietLine]:
    """A line for each change; equal ones of a resource and a VPC share one where there are more than `limit`."""
    changes = document.get("resource_drift") or ()
    if len(changes) <= limit:
        return [_line(change) for change in changes]
    groups: dict[Hashable, list[ResourceChange]] = {}
    for change in changes:
        vpc_id = (change["change"]["before"] or {}).get("vpc_id")
        groups.setdefault((_resource(change), vpc_id, change["provider"], _what(change)), []).append(change)
    return [line for group in groups.values() for line in _lines(group)]


def _lines(group: Sequence[ResourceChange]) -> list[QuietLine]:
    if len(group) < _LEAST:
        return [_line(change) for change in group]
    what = f"each: {_what(group[0])}"
    if _is_gone(group[0]):
        what = REMOVED_MANY.get(group[0]["action_reason"], "were removed")
    facts = [change["change"]["before"] or {} for change in group]
    ids = [str(each["instance_id"] if each.get("instance_id") else each.get("vpc_id", "")) for each in facts]
    return [QuietLine(len(group), _symbol(group[0]), f"{_resource(group[0])}[…]", f"{what} ({ids_listed(ids)})")]


def _line(change: ResourceChange) -> QuietLine:
    return QuietLine(1, _symbol(change), change["address"], _what(change))


def _what(change: ResourceChange) -> str:
    if not _is_gone(change):
        return "; ".join(diff_words(change))
    return REMOVED.get(change["action_reason"], "was removed")


def _is_gone(change: ResourceChange) -> bool:
    return change["change"]["actions"] == ["delete"]


def _symbol(change: ResourceChange) -> str:
    return DELETE if _is_gone(change) else UPDATE


def _resource(change: ResourceChange) -> str:
    """The address without its last key."""
    module = change.get("module_address")
    return f"{module + '.' if module else ''}{change['type']}.{change['name']}"
