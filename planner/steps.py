"""Steps: what a plan is made of. Rules judge them, an apply performs them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, NamedTuple

from planner.address import Address, parse_address
from planner.diagnostics import Position, Span
from planner.network.identity import (
    ATTACHMENT,
    CREATES,
    DELETES,
    GUEST_ROUTE,
    Action,
    Enablement,
    GuestRoute,
    Identity,
    Link,
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is declared: its block, and each of its arguments by name."""

    block: Span
    arguments: Mapping[str, Span] = field(default_factory=dict)

    def at(self, argument: str | None) -> Span:
        """The place of an argument, or of the block where that argument was left out."""
        return self.arguments.get(argument, self.block) if argument else self.block


@dataclass(frozen=True, slots=True)
class Slot:
    """Where an attach takes its place in the VPC from: one free at the start, or the detach that frees it."""

    step: int | None = None


class StepReason(StrEnum):
    """Why a step is taken: the closed set."""

    DECLARED = "declared"  # the configuration wants what is not there
    UNDECLARED = "undeclared"  # the configuration no longer wants what is there
    MOVED = "moved"  # one half of a move of an instance from one VPC to another
    REPLACED = "replaced"  # one half of an object that is made anew
    CHANGED_OUTSIDE = "changed_outside"  # puts right what somebody changed outside
    RESUMED = "resumed"  # ends a move that was cut short: the instance has no link
    DESTROY = "destroy"  # everything managed goes
    DRAIN = "drain"  # the VPC is emptied and switched off


class Step(NamedTuple):
    """One call to the cloud, or one manual act. Ids count from 1, in an order in which the steps can run one by one.

    `parked` marks the detach of a move whose new slot is not free yet: the instance waits without a link.

    It is a named tuple because a plan of 100,000 makes as many: a frozen dataclass takes three times as long to make.
    """

    id: int
    action: Action
    target: Identity
    address: Address | None
    provider: str
    needs: tuple[int, ...] = ()
    slot: Slot | None = None
    vswitch_ids: tuple[str, ...] = ()
    place: Place | None = None
    reason: StepReason = StepReason.DECLARED
    parked: bool = False

    @property
    def instance_id(self) -> str | None:
        return self.target.instance_id

    @property
    def vpc_id(self) -> str | None:
        return self.target.vpc_id

    def __str__(self) -> str:
        """What the step does, such as `attach i-1 to vpc-a`."""
        destination = self.target.destination_cidr_block if isinstance(self.target, GuestRoute) else None
        return call_words(self.action, self.instance_id, self.vpc_id, destination)


def call_words(action: str, instance_id: str | None, vpc_id: str | None, fact: str | None = None) -> str:
    """One step in words. `fact` is the address or range that helps to know what it is about. Not yet escaped."""
    aside = f" ({fact})" if fact else ""
    match Action(action):
        case Action.ENABLE:
            return f"enable ClassicLink on {vpc_id}{aside}"
        case Action.DISABLE:
            return f"disable ClassicLink on {vpc_id}{aside}"
        case Action.ATTACH:
            return f"attach {instance_id}{aside} to {vpc_id}"
        case Action.DETACH:
            return f"detach {instance_id}{aside} from {vpc_id}"
        case Action.ADD_GUEST_ROUTE:
            return f"add the guest route{f' to {fact}' if fact else ''} inside {instance_id}"
        case Action.REMOVE_GUEST_ROUTE:
            return f"remove the guest route{f' to {fact}' if fact else ''} inside {instance_id}"


_ACTIONS = {action.value: action for action in Action}
_REASONS = {reason.value: reason for reason in StepReason}
_TYPE_OF = {action: type_ for table in (CREATES, DELETES) for type_, action in table.items()}

_PlaceAt = Callable[[str, int, int, int, int], Place]
"""Gives the place of a block. It is cached, because thousands of steps share one block."""


def read_steps(document: Mapping[str, Any]) -> tuple[Step, ...]:
    """The steps of a plan document. Their places are those of the resource blocks."""
    changes = {entry["address"]: entry for entry in document["resource_changes"]}
    place_at = cache(_place_at)
    return tuple([_step(entry, changes.get(entry["address"]) or {}, place_at) for entry in document["steps"]])


def _step(entry: Mapping[str, Any], change: Mapping[str, Any], place_at: _PlaceAt) -> Step:
    action = _ACTIONS[entry["action"]]
    slot = entry.get("slot")
    span = change.get("range")
    return Step(
        id=entry["id"],
        action=action,
        target=_target(action, entry),
        address=_address(entry["address"]),
        provider=entry.get("provider") or "",
        needs=tuple(entry["needs"]),
        slot=Slot(slot.get("step")) if slot else None,
        vswitch_ids=_vswitch_ids(change) if action is Action.ATTACH else (),
        place=_place(span, place_at) if span else None,
        reason=_REASONS[entry.get("reason", "declared")],
        parked=bool(entry.get("parked")),
    )


def _vswitch_ids(change: Mapping[str, Any]) -> tuple[str, ...]:
    after = (change.get("change") or {}).get("after") or {}
    return tuple(after.get("vswitch_ids") or ())


def _target(action: Action, entry: Mapping[str, Any]) -> Identity:
    if _TYPE_OF[action] == ATTACHMENT:
        return Link(entry["instance_id"], entry["vpc_id"])
    if _TYPE_OF[action] == GUEST_ROUTE:
        return GuestRoute(entry["instance_id"], entry["destination_cidr_block"])
    return Enablement(entry["vpc_id"])


def _address(text: str | None) -> Address | None:
    return parse_address(text) if text else None


def _place(span: Mapping[str, Any], place_at: _PlaceAt) -> Place:
    start, end = span["start"], span["end"]
    return place_at(span["filename"], start["line"], start["column"], end["line"], end["column"])


def _place_at(filename: str, line: int, column: int, end_line: int, end_column: int) -> Place:
    return Place(Span(filename, Position(line, column), Position(end_line, end_column)))
