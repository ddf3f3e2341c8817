"""The protocol that a provider speaks, and how its calls can fail.

How a call ends::

    returns          done
    CallFailed
    ├── Refused          nothing happened, and asking again will not help
    │   └── Throttled    nothing happened; ask again later, and everything else more slowly
    │       ├── Busy     nothing happened; ask this VPC again later, and go on with the others
    │       └── TooEarly nothing happened; ask again later, and go on with everything else
    └── Unsure           the reply is lost: look before doing anything else
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from msgspec import Struct

from planner.diagnostics import Diagnostic, ProviderError
from planner.network.identity import Action, Identity, Target
from planner.network.world import World
from planner.remedy import NO_REMEDY, Remedy
from planner.values import replace


class CloudUnreadable(ProviderError):
    """The settings of a provider are right, and the cloud behind them cannot be read at all."""


class CallFailed(Exception):
    """A call to the cloud did not answer "done". `code` is the API's, such as `QuotaExceeded`.

    `remedy` says what to do about it, where the provider knows.
    """

    def __init__(self, code: str, message: str, remedy: Remedy = NO_REMEDY) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.remedy = remedy


class Refused(CallFailed):
    """The cloud refused: nothing happened."""


def description_stays(description: str) -> Refused:
    """The refusal to remove the description of a security rule: the API can only change it."""
    return Refused(
        "DescriptionRequired",
        f"The API cannot remove the description of a security rule, here {description!a}.",
        Remedy.of("Give the rule a description, or replace it: cl apply --replace=ADDRESS."),
    )


class Throttled(Refused):
    """The cloud refused because too much was asked of it: nothing happened, a later try may succeed."""


class Busy(Throttled):
    """The VPC is at work on something else just now: nothing happened, a later try may succeed."""


class TooEarly(Throttled):
    """The instance is locked just now, or an earlier step not known everywhere yet: a later try may succeed."""


class Unsure(CallFailed):
    """The reply is lost: it may have happened or not."""


class Scope(Struct, frozen=True):
    """What a reading has to see at least. It may see more: what costs no more is not left out.

    `vpc_ids` are the VPCs to see with what belongs to them, all their links included, and `instance_ids` the instances,
    with their links; None is all of them. `routes_of` are the VPCs whose custom routes are to be seen, `rules_of` the
    security groups that are to be seen with their rules; None is all. Of these two, the groups are left out unless they
    are asked for: few configurations need them, and each costs a call.
    """

    vpc_ids: frozenset[str] | None = None
    instance_ids: frozenset[str] | None = None
    routes_of: frozenset[str] | None = None
    rules_of: frozenset[str] | None = frozenset()

    def and_groups(self) -> Scope:
        """The same with all security groups."""
        return replace(self, rules_of=None)

    def has_routes_of(self, vpc_id: str) -> bool:
        """Whether the custom routes of this VPC are to be seen."""
        return self.routes_of is None or vpc_id in self.routes_of


EVERYTHING = Scope()
NO_ROUTES = Scope(routes_of=frozenset())


class Progress(Struct, frozen=True):
    """How far reading a cloud has come: `calls` and `throttles` since the provider was opened.

    `parts` are of what is read now how many of how many, such as `("VPC", 3, 12)`. `awaited` is the host that has not
    answered for a while.
    """

    calls: int = 0
    throttles: int = 0
    parts: tuple[tuple[str, int, int], ...] = ()
    awaited: str | None = None


NO_PROGRESS = Progress()


class Provider(Protocol):
    """One account and region of a cloud. Safe to call from several threads."""

    read_only: bool
    settle_seconds: float
    """How long the cloud may take to show what it has accepted; 0 where it shows it at once."""

    @property
    def progress(self) -> Progress:
        """How far reading the cloud has come by now."""
        ...

    @property
    def credentials(self) -> str:
        """Where its credentials come from, in words; empty where it has none."""
        ...

    @property
    def warnings(self) -> Sequence[Diagnostic]:
        """What its user should know about its settings."""
        ...

    @property
    def cloud(self) -> Mapping[str, str]:
        """What says which cloud this is, such as its account and region; empty where the block says it already.

        Raises ProviderError.
        """
        ...

    def read(self, scope: Scope = EVERYTHING) -> World:
        """Everything that can be seen, within the scope at least; what could not be read is named in `World.unread`.

        Raises ProviderError where nothing can be read at all.
        """
        ...

    def find(
        self, instance_ids: Collection[str], routes_of: Collection[str] = (), rules_of: Collection[str] | None = ()
    ) -> World:
        """What a `read` has left out: instances that it does not list, such as those of a VPC, the custom routes of
        these VPCs, and these security groups with their rules, or all with None. Nothing where it leaves nothing out.

        Raises ProviderError where nothing can be read at all.
        """
        ...

    def look(self, targets: Collection[Identity]) -> World:
        """Enough of the world to see whether these objects are there, in as few calls as it takes.

        What could not be read is named in `World.unread`. Raises ProviderError where nothing can be read at all.
        """
        ...

    def perform(self, action: Action, target: Target) -> None:
        """Make one call: for one step, or for several steps of one security group. Raises CallFailed.

        A batch of rules is done as a whole or not at all. Authorizing what exists already is done, and so is revoking
        what is gone.
        """
        ...

    def close(self) -> None:
        """End cleanly; nothing is lost if this is never called."""
        ...
