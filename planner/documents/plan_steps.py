"""The steps of a plan document, for rules to judge again and for an apply to carry out."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from planner.address import Address, parse_address
from planner.diagnostics import Position, Span
from planner.network.identity import (
    ATTACHMENT,
    CREATES,
    DELETES,
    GUEST_ROUTE,
    RULE_ACTIONS,
    SECURITY_RULE,
    UPDATES,
    Action,
    Authorization,
    Enablement,
    GuestRoute,
    Identity,
    Link,
    RuleSettings,
)
from planner.steps import Place, Slot, Step, StepReason

if TYPE_CHECKING:
    from planner.documents.plan import FoldedPlan, ResourceChange, StepEntry
    from planner.entries import RangeEntry

_ACTIONS = {action.value: action for action in Action}
_REASONS = {reason.value: reason for reason in StepReason}
_TYPE_OF = {action: type_ for table in (CREATES, DELETES, UPDATES) for type_, action in table.items()}

_PlaceAt = Callable[[str, int, int, int, int], Place]
"""The place of a block, made once: thousands of steps share one."""


def read_steps(document: FoldedPlan) -> tuple[Step, ...]:
    """The steps of a document. Their places are those of the blocks."""
    changes = {entry["address"]: entry for entry in document["resource_changes"]}
    place_at = cache(_place_at)
    return tuple([_step(entry, changes.get(entry["address"] or ""), place_at) for entry in document["steps"]])


def _step(entry: StepEntry, change: ResourceChange | None, place_at: _PlaceAt) -> Step:
    action = _ACTIONS[entry["action"]]
    slot = entry.get("slot")
    span = change["range"] if change else None
    return Step(
        id=entry["id"],
        action=action,
        target=_target(action, entry),
        address=_address(entry["address"]),
        provider=entry["provider"],
        needs=tuple(entry["needs"]),
        slot=Slot(slot.get("step")) if slot else None,
        vswitch_ids=_vswitch_ids(change) if change and action is Action.ATTACH else (),
        place=_place(span, place_at) if span else None,
        reason=_REASONS[entry["reason"]],
        parked=entry.get("parked", False),
        settings=_settings(entry),
        rule_id=entry.get("security_group_rule_id"),
        rule_vpc_id=entry.get("vpc_id") if action in RULE_ACTIONS else None,
    )


def _vswitch_ids(change: ResourceChange) -> tuple[str, ...]:
    after = change["change"]["after"]
    return tuple((after and after.get("vswitch_ids")) or ())


def _target(action: Action, entry: StepEntry) -> Identity:
    if _TYPE_OF[action] == ATTACHMENT:
        return Link(entry["instance_id"], entry["vpc_id"])
    if _TYPE_OF[action] == GUEST_ROUTE:
        return GuestRoute(entry["instance_id"], entry["destination_cidr_block"])
    if _TYPE_OF[action] == SECURITY_RULE:
        return rule_of(entry)
    return Enablement(entry["vpc_id"])


def rule_of(entry: StepEntry) -> Authorization:
    """The security rule that a step is about."""
    return Authorization(
        entry["security_group_id"],
        entry["source_security_group_id"],
        entry["ip_protocol"],
        entry["port_range"],
        entry["policy"],
    )


def _settings(entry: StepEntry) -> RuleSettings | None:
    return RuleSettings(entry["priority"], entry["description"]) if "priority" in entry else None


def _address(text: str | None) -> Address | None:
    return parse_address(text) if text else None


def _place(span: RangeEntry, place_at: _PlaceAt) -> Place:
    start, end = span["start"], span["end"]
    return place_at(span["filename"], start["line"], start["column"], end["line"], end["column"])


def _place_at(filename: str, line: int, column: int, end_line: int, end_column: int) -> Place:
    return Place(Span(filename, Position(line, column), Position(end_line, end_column)))
