"""What the state remembers: which objects are managed, and what the configuration last gave out."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from msgspec import Struct, field
from msgspec.structs import astuple

from planner.address import Address
from planner.network.identity import Identity, ObjectKey, Subject, arguments


class StateObject(Struct, frozen=True, gc=False):
    """One managed object: where it is declared, what it stands for, and its attributes when last seen."""

    address: Address
    identity: Identity
    attributes: Mapping[str, object]
    provider: str
    dependencies: tuple[Address, ...] = ()
    sensitive: frozenset[str] = frozenset()
    prevent_destroy: bool = False


class StateOutput(Struct, frozen=True):
    """An output's value as plain JSON, its type in cty's JSON notation, and whether it may be shown."""

    value: object
    type: object
    sensitive: bool = False


class Written(Struct, frozen=True):
    """Who wrote a state, when (RFC 3339, UTC) and with what: shown to a user whose state has moved."""

    by: str
    at: str
    operation: str

    def __str__(self) -> str:
        return f"{self.by} with cl {self.operation} at {self.at}"


class State(Struct, frozen=True, dict=True):
    """The state of one workspace. `lineage` is empty and `serial` 0 where nothing was ever written.

    `cut_short` are the instances, each with its provider, that an apply left in the middle of a move: detached, and not
    attached yet. The provider is empty where an older cl wrote the state, which did not say it.
    `applied_plans` are the ids of the plans that were applied to it, newest last: a plan applies once. `written` is
    no part of the content: two states are equal regardless of who wrote them.
    """

    lineage: str = ""
    serial: int = 0
    objects: Mapping[Address, StateObject] = field(default_factory=dict)
    outputs: Mapping[str, StateOutput] = field(default_factory=dict)
    checks: tuple[Mapping[str, object], ...] = ()
    cut_short: tuple[Subject, ...] = ()
    applied_plans: tuple[str, ...] = ()
    written: Written | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, State) and astuple(self)[:-1] == astuple(other)[:-1]  # all but `written`

    def __ne__(self, other: object) -> bool:
        return not self == other  # a Struct has one of its own, which compares all fields

    @cached_property
    def keys(self) -> frozenset[ObjectKey]:
        """Whose its objects are, and what they stand for."""
        return frozenset([(found.provider, found.identity) for found in self.objects.values()])

    @cached_property
    def named(self) -> frozenset[Subject]:
        """The instances, VPCs and security groups that its objects name, each with its provider."""
        return frozenset(
            [(found.provider, value) for found in self.objects.values() for value in arguments(found.identity).values()]
        ) | frozenset(self.cut_short)
