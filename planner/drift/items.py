"""What drift consists of: one item for each thing that is out of step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from planner.address import Address
from planner.diagnostics import Span
from planner.remedy import Remedy


class Bucket(StrEnum):
    """What is the matter; gravest first."""

    MISSING = "missing"
    CHANGED = "changed"
    UNMANAGED = "unmanaged"
    VIOLATED = "violated"
    UNKNOWN = "unknown"


class Mover(StrEnum):
    """Which of the three is alone with what it says: it is the one that moved."""

    CLOUD = "cloud"
    CONFIGURATION = "configuration"
    STATE = "state"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that is out of step. `id` is the object's import id, `before` the state's side, `after` the other.

    `remedy` has the ways out; `by_apply` says that the first of them is an apply of what is declared.
    """

    bucket: Bucket
    type: str
    id: str
    what_moved: Mover
    detail: str
    remedy: tuple[Remedy | str, ...]
    instance_id: str | None = None
    vpc_id: str | None = None
    address: Address | None = None
    rule: str | None = None
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    span: Span | None = None
    by_apply: bool = False

    @property
    def path(self) -> str:
        """`type.id`: what the patterns of a `.clignore` match."""
        return f"{self.type}.{self.id}"

    @property
    def sort_key(self) -> tuple[object, ...]:
        """By bucket, then by address where there is one, then by what it is."""
        address = (0, self.address.sort_key) if self.address else (1, ())
        return (list(Bucket).index(self.bucket), address, self.path, self.rule or "")

    def to_json(self) -> dict[str, Any]:
        """An entry of a drift document's `items`."""
        entry: dict[str, Any] = {"bucket": self.bucket.value, "type": self.type, "id": self.id}
        optional = {
            "address": str(self.address) if self.address else None,
            "instance_id": self.instance_id,
            "vpc_id": self.vpc_id,
            "rule": self.rule,
            "before": None if self.before is None else dict(self.before),
            "after": None if self.after is None else dict(self.after),
            "range": self.span.to_json() if self.span else None,
        }
        entry |= {key: value for key, value in optional.items() if value is not None}
        ways = [Remedy.of(way) for way in self.remedy]
        entry |= {"what_moved": self.what_moved.value, "detail": self.detail, "remedy": [way.text for way in ways]}
        commands = [way.entries() for way in ways]
        return {**entry, "commands": commands} if any(commands) else entry
