"""A way out of drift: which side it changes, and how."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct

from planner.address import Address
from planner.drift.referrers import Drop
from planner.network.identity import Link
from planner.remedy import Command, Remedy, cl
from planner.rules.base import Finding
from planner.rules.joined import Remedies
from planner.rules.offered_blocks import Blocks
from planner.steps import Place
from planner.values import replace


class Direction(StrEnum):
    """Which side a way out changes."""

    RESTORE = "restore"  # the cloud goes back to what was applied
    ACCEPT = "accept"  # state or configuration follow the cloud
    CARRY_OUT = "carry out"  # the cloud follows the configuration, as an apply does
    TAKE_BACK = "take back"  # the configuration goes back to what was applied


class AtOnce(StrEnum):
    """The command that is all of a way out, and takes any number of targets."""

    APPLY = "apply"
    REFRESH = "refresh"


MOST_TARGETS = 5
"""Up to how many targets are written one by one where a shorter way exists."""
_PLANNING = tuple(("cl", name.value) for name in AtOnce)
"""How the commands begin that make a plan, and stop where it is incomplete."""


class Follow(Struct, frozen=True):
    """The VPC that is to be written at an address, and the command that then brings the state there.

    `place` is where the address is declared, and `instances` how many its resource declares.
    """

    address: Address
    vpc_id: str
    then: AtOnce
    place: Place | None = None
    instances: int = 1

    @property
    def is_one_of_many(self) -> bool:
        """Whether its block declares others as well, so that it cannot be edited by itself."""
        return self.address.key is not None or any(key is not None for _, key in self.address.module)


class Apart(Struct, frozen=True):
    """A link that is to be declared by a block of `blocks`, which may declare others too.

    `drop` is what declares it now, as one of many.
    """

    link: Link
    blocks: Blocks
    direction: Direction
    drop: Drop | None = None


class Breach(Struct, frozen=True):
    """A rule that a link breaks as others may, and the remedies for all that break it so."""

    finding: Finding
    remedies: Remedies


class Way(Struct, frozen=True):
    """One way out. `at_once` is set where `how` is nothing but this command with the object as its target.

    `is_blocked` says that it can be taken only once everything can be read, `names_object` that its words say what it
    is for.
    """

    how: Remedy
    direction: Direction | None = None
    at_once: AtOnce | None = None
    is_blocked: bool = False
    names_object: bool = False
    drops: tuple[Drop, ...] = ()
    """What it removes from the configuration, where it does nothing else: such ways are joined."""
    follows: Follow | None = None
    """What it writes into the configuration, where it does nothing else."""
    breach: Breach | None = None
    """What it fixes, where that can be fixed for several at once."""
    apart: Apart | None = None
    """What it declares in another block, where it does nothing else."""

    @property
    def remedy(self) -> Remedy:
        """The way in words: `restore: cl apply --target classiclink_vpc.shop`."""
        how = Remedy.of("once everything can be read, ", self.how) if self.is_blocked else self.how
        return Remedy.of(f"{self.direction}: ", how) if self.direction else how

    def while_unread(self) -> Way:
        """The same way, where something could not be read: no plan is applied then."""
        plans = any(command.words[:2] in _PLANNING for command in self.how.commands)
        return replace(self, is_blocked=True) if plans else self


def targeting(direction: Direction, at_once: AtOnce, *targets: Address | str) -> Way:
    """A way that is one command for these targets; without any, for everything."""
    return Way(Remedy.of(command(at_once, *targets)), direction, at_once)


def after_edit(name: AtOnce, targets: Sequence[Address | str]) -> Remedy:
    """The command to run once the configuration is edited. A long list of targets is not repeated here: the report that
    is made after the edit has it."""
    if len(targets) > MOST_TARGETS:
        return Remedy.of(cl("drift"), f", which then shows the cl {name} command with all {len(targets):,} targets")
    return Remedy.of(command(name, *targets))


def command(name: AtOnce, *targets: Address | str) -> Command:
    """`cl apply --target A --target B`."""
    return cl(name, *(word for target in targets for word in ("--target", str(target))))
