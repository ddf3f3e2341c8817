"""What drift consists of: one item for each thing that is out of step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from planner.address import Address
from planner.diagnostics import Span
from planner.documents.drift import Bucket, DriftItem, Mover
from planner.remedy import Remedy, write_all


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
    remedy: tuple[Remedy, ...]
    instance_id: str | None = None
    vpc_id: str | None = None
    address: Address | None = None
    rule: str | None = None
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    span: Span | None = None
    by_apply: bool = False
    """Whether an apply makes the cloud again what the configuration says."""
    provider: str | None = None
    """The key of the provider, where there are several."""

    @property
    def path(self) -> str:
        """`type.id`: what the patterns of a `.clignore` match."""
        return f"{self.type}.{self.id}"

    @property
    def paths(self) -> tuple[str, ...]:
        """That and, where there are several providers, `provider/type.id`, which is of one of them alone."""
        return (self.path,) if self.provider is None else (f"{self.provider}/{self.path}", self.path)

    @property
    def sort_key(self) -> tuple[object, ...]:
        """By bucket, then by address where there is one, then by what it is."""
        address = (0, self.address.sort_key) if self.address else (1, ())
        return (list(Bucket).index(self.bucket), address, self.path, self.rule or "", self.provider or "")

    def to_json(self) -> DriftItem:
        """An entry of a drift report's `items`."""
        ways, commands = write_all(self.remedy)
        entry: DriftItem = {
            "bucket": self.bucket.value,
            "type": self.type,
            "id": self.id,
            "what_moved": self.what_moved.value,
            "detail": self.detail,
            "remedy": ways,
        }
        if self.provider is not None:
            entry["provider"] = self.provider
        if self.address is not None:
            entry["address"] = str(self.address)
        if self.instance_id is not None:
            entry["instance_id"] = self.instance_id
        if self.vpc_id is not None:
            entry["vpc_id"] = self.vpc_id
        if self.rule is not None:
            entry["rule"] = self.rule
        if self.before is not None:
            entry["before"] = dict(self.before)
        if self.after is not None:
            entry["after"] = dict(self.after)
        if self.span is not None:
            entry["range"] = self.span.to_json()
        if commands:
            entry["commands"] = commands
        if any(way.snippets for way in self.remedy):
            entry["snippets"] = [way.snippets for way in self.remedy]
        return entry
