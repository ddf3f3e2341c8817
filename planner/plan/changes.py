"""Changes: one object's before and after, with what is done to it and why."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

from msgspec import Struct

from planner.address import Address
from planner.documents.reasons import Reason
from planner.network.identity import Authorization, Identity, Link, ObjectKey, RuleSettings
from planner.network.security_groups import FIRST_PRIORITY
from planner.plan.compare import Differences
from planner.steps import Place, StepReason


class ChangeKind(StrEnum):
    """What is done to an object. The document says it as a list of actions."""

    NO_OP = "no-op"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    REPLACE = "replace"
    FORGET = "forget"

    @property
    def actions(self) -> list[str]:
        return ["delete", "create"] if self is ChangeKind.REPLACE else [str(self)]


_STEP_REASONS = {
    Reason.NOT_DECLARED: StepReason.UNDECLARED,
    Reason.REMOVED_BLOCK: StepReason.UNDECLARED,
    Reason.VPC_CHANGED: StepReason.MOVED,
    Reason.IDENTITY_CHANGED: StepReason.REPLACED,
    Reason.PROVIDER_CHANGED: StepReason.REPLACED,
    Reason.REPLACE_ASKED: StepReason.REPLACED,
    Reason.REPLACE_TRIGGERED: StepReason.REPLACED,
    Reason.DETACHED_OUTSIDE: StepReason.CHANGED_OUTSIDE,
    Reason.DISABLED_OUTSIDE: StepReason.CHANGED_OUTSIDE,
    Reason.INSTANCE_GONE: StepReason.CHANGED_OUTSIDE,
    Reason.VPC_GONE: StepReason.CHANGED_OUTSIDE,
    Reason.SECURITY_GROUP_GONE: StepReason.CHANGED_OUTSIDE,
    Reason.ROUTE_REMOVED_OUTSIDE: StepReason.CHANGED_OUTSIDE,
    Reason.RULE_REVOKED_OUTSIDE: StepReason.CHANGED_OUTSIDE,
    Reason.MOVED_OUTSIDE: StepReason.CHANGED_OUTSIDE,
    Reason.MOVE_CUT_SHORT: StepReason.RESUMED,
    Reason.DESTROY: StepReason.DESTROY,
    Reason.DRAIN: StepReason.DRAIN,
}


_RETURNING = frozenset({StepReason.CHANGED_OUTSIDE, StepReason.RESUMED})
"""Why an instance is linked that had a link before, and has none now."""


def _is_move(old: Identity | None, new: Identity | None) -> bool:
    if not (isinstance(old, Link) and isinstance(new, Link)):
        return False
    return old.instance_id == new.instance_id and old.vpc_id != new.vpc_id


_REMOVING = frozenset({ChangeKind.DELETE, ChangeKind.REPLACE})
_ADDING = frozenset({ChangeKind.CREATE, ChangeKind.REPLACE})


class Side(Protocol):
    """One side of a change: what the object stands for and its attributes. UNKNOWN stands for what is not known yet.

    Mostly it is the object of the state or of the configuration itself, and no copy of it.
    """

    @property
    def identity(self) -> Identity: ...
    @property
    def attributes(self) -> Mapping[str, object]: ...
    @property
    def provider(self) -> str: ...
    @property
    def sensitive(self) -> frozenset[str]: ...


class Owned(Protocol):
    """Anything that belongs to a provider and stands for something."""

    @property
    def provider(self) -> str: ...
    @property
    def identity(self) -> Identity: ...


def key_of(side: Owned) -> ObjectKey:
    """Whose the object is, and what it stands for."""
    return side.provider, side.identity


def settings_of(side: Side) -> RuleSettings:
    """The settings of a security rule, as one side of a change has them."""
    priority, description = side.attributes.get("priority"), side.attributes.get("description")
    return RuleSettings(
        int(priority) if isinstance(priority, int | Decimal) else FIRST_PRIORITY,
        description if isinstance(description, str) else "",
    )


class Snapshot(Struct, frozen=True, gc=False):
    """A side that stands nowhere as it is."""

    identity: Identity
    attributes: Mapping[str, object]
    provider: str
    sensitive: frozenset[str] = frozenset()


class Change(Struct, gc=False):
    """What happens to one object. Nothing of it is changed once it is made.

    `before` is what is there, `after` what is desired. `importing` is the id of what the cloud has already and comes
    under management. `managed` is false for what only the cloud knows (a drain of unmanaged links). `diff`
    holds what differs, by path.

    `removes` is what goes in the cloud, `adds` what is made there; `is_move`: an instance goes from one VPC to another.
    They follow from the rest; they are kept because they are read a dozen times. It is not frozen because
    they are set once the rest is there.
    """

    address: Address
    kind: ChangeKind
    reason: Reason
    before: Side | None = None
    after: Side | None = None
    previous_address: Address | None = None
    importing: str | None = None
    diff: Differences = ()
    dependencies: tuple[Address, ...] = ()
    prevent_destroy: bool = False
    managed: bool = True
    place: Place | None = None

    removes: Identity | None = None
    adds: Identity | None = None
    is_move: bool = False

    def __post_init__(self) -> None:
        kind, old, new = self.kind, self.before, self.after
        self.removes = old.identity if old and kind in _REMOVING else None
        self.adds = new.identity if new and kind in _ADDING and self.importing is None else None
        self.is_move = _is_move(self.removes, self.adds) and not self.provider_changes

    @property
    def provider_changes(self) -> bool:
        """Whether the object goes from one provider to another."""
        return self.before is not None and self.after is not None and self.before.provider != self.after.provider

    @property
    def modifies(self) -> Authorization | None:
        """The security rule whose settings are changed in the cloud."""
        before, after = self.before, self.after
        if self.kind is not ChangeKind.UPDATE or before is None or after is None:
            return None
        rule = after.identity
        return rule if isinstance(rule, Authorization) and settings_of(before) != settings_of(after) else None

    @property
    def removed_key(self) -> ObjectKey | None:
        """What goes in the cloud, and whose it is."""
        return (self.before.provider, self.removes) if self.before is not None and self.removes is not None else None

    @property
    def added_key(self) -> ObjectKey | None:
        """What is made in the cloud, and by whom."""
        return (self.after.provider, self.adds) if self.after is not None and self.adds is not None else None

    @property
    def brings_back(self) -> bool:
        """Whether the instance that is linked is without a link now, and ought not to be."""
        return isinstance(self.adds, Link) and self.step_reason in _RETURNING

    @property
    def step_reason(self) -> StepReason:
        return _STEP_REASONS.get(self.reason, StepReason.DECLARED)
