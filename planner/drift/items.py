"""What drift consists of: one item for each thing that is out of step."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from planner.address import Address
from planner.diagnostics import Span
from planner.documents.drift import Bucket, DriftItem, Mover
from planner.drift.ways import Refusal, Way
from planner.remedy import write_ways

OBJECTS = "objects"
"""What things of several kinds are called together."""


class Sentence(Struct, frozen=True):
    """What is wrong with something: `The link of i-1 to vpc-a` `is in the state, and no longer in the cloud.`

    `plural` names many of its kind: `links to vpc-a`. The predicate then goes on after `each`. Where the predicate is a
    whole sentence, `subject` is empty. `short` names the subject among many, where its id does not.
    """

    subject: str
    predicate: str
    plural: str = OBJECTS
    short: str = ""

    def __str__(self) -> str:
        return f"{self.subject} {self.predicate}".lstrip()


class Item(Struct, frozen=True):
    """One thing that is out of step. `id` is the object's import id, `before` the state's side, `after` the other.

    `ways` are the ways out, of which one is enough.
    """

    bucket: Bucket
    type: str
    id: str
    what_moved: Mover
    sentence: Sentence
    ways: tuple[Way, ...]
    instance_id: str | None = None
    vpc_id: str | None = None
    address: Address | None = None
    rule: str | None = None
    before: Mapping[str, object] | None = None
    after: Mapping[str, object] | None = None
    span: Span | None = None
    cause: str = ""
    """What items of one kind and VPC have in common that have one cause, where it is not the same words."""
    caused_by: tuple[str, ...] = ()
    """The paths of the items each of which may be why there is this one."""
    is_ended: bool = False
    """Whether it is a violation that ends with what the item in `caused_by` needs."""
    refusals: tuple[Refusal, ...] = ()
    """What the apply that carries out one of its ways would be refused for now."""
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
    def subject(self) -> str:
        """What it is about: its address, or what a `.clignore` calls it; and its provider, where there are several."""
        return (str(self.address) if self.address else self.path) + (f" ({self.provider})" if self.provider else "")

    @property
    def sort_key(self) -> tuple[object, ...]:
        """By bucket, then by address where there is one, then by what it is."""
        address = (0, self.address.sort_key) if self.address else (1, ())
        return (list(Bucket).index(self.bucket), address, self.path, self.rule or "", self.provider or "")

    def to_json(self) -> DriftItem:
        """An entry of a drift report's `items`."""
        entry: DriftItem = {
            "bucket": self.bucket.value,
            "type": self.type,
            "id": self.id,
            "what_moved": self.what_moved.value,
            "detail": str(self.sentence),
            "remedy": [],
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
        return {**entry, **write_ways([way.remedy for way in self.ways])}
