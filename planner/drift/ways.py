"""A way out of drift: which side it changes, and how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import StrEnum

from msgspec import Struct

from planner.address import Address
from planner.diagnostics import listed
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
    """A rule that a link breaks as others may, and the remedies for all that break it so, which begin with `lead`."""

    finding: Finding
    remedies: Remedies
    lead: str = ""


class Refusal(Struct, frozen=True):
    """Findings that say the same and stop the plan of a way out, never none, and the remedies for all that do.

    `is_reported` says that another item of the report is about what breaks the rule.
    """

    findings: tuple[Finding, ...]
    remedies: Remedies
    is_reported: bool = False

    @property
    def rule(self) -> str:
        return self.findings[0].rule

    @property
    def subject(self) -> str | None:
        """What breaks the rule: the instance, if the rule is about one, or else the VPC."""
        subject = self.findings[0].subject
        return subject.get("instance_id") or subject.get("vpc_id")

    @property
    def cause(self) -> tuple[object, ...]:
        """What refusals have in common that are one."""
        return self.rule, self.findings[0].each or self.findings[0].message, self.is_reported

    @property
    def broken(self) -> str:
        """`what breaks CL103 on vpc-a`."""
        instances = dict.fromkeys(found.subject.get("instance_id") for found in self.findings)
        if None in instances:
            return f"what breaks {self.rule} on {self.subject}"
        return f"what breaks {self.rule} for {f'{len(instances):,} instances' if len(instances) > 1 else self.subject}"

    @property
    def sentence(self) -> Remedy:
        """What the rule says, and what to do about it."""
        first = self.findings[0]
        refuses = f"{first.rule} ({first.name}) forbids this now: "
        if all(found.message == first.message for found in self.findings):
            return Remedy.of(refuses, first.message, " ", first.remedy)
        for_all = self.remedies.of_all(self.findings)
        each = Remedy.of("To list what each of them needs: ", cl("drift", "--all"))
        return Remedy.of(refuses, f"each instance {first.each} ", each if for_all is None else for_all)


def joined_refusals(refusals: Iterable[Refusal]) -> tuple[Refusal, ...]:
    """The same, one for each cause."""
    found: dict[tuple[object, ...], Refusal] = {}
    for each in refusals:
        same = found.get(each.cause)
        found[each.cause] = each if same is None else replace(same, findings=(*same.findings, *each.findings))
    return tuple(found.values())


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
    takes_over: bool = False
    """Whether it imports what it then applies."""
    refusals: tuple[Refusal, ...] = ()
    """What its plan would be refused for now."""

    @property
    def remedy(self) -> Remedy:
        """The way in words: `restore: cl apply --target classiclink_vpc.shop`."""
        return Remedy.of(f"{self.direction}: ", self.steps) if self.direction else self.steps

    @property
    def steps(self) -> Remedy:
        """The same without its direction: what is to be fixed first, then how."""
        first = ["everything can be read"] if self.is_blocked else []
        first += [f"{refusal.broken} is fixed" for refusal in self.refusals if refusal.is_reported]
        how = Remedy.of(f"once {listed(first)}, ", self.how) if first else self.how
        sentences = [refusal.sentence for refusal in self.refusals if not refusal.is_reported]
        if sentences:
            return Remedy.of(Remedy.join("\n", sentences), "\nThen ", how)
        return how

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
