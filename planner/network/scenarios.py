"""The connection table of the overview: who wants to reach whom, and what to do about it.

The four combinations of region and account, for each kind of initiator and acceptor. Where the table offers two
solutions both are given, in its order. What is known beyond the overview is shown beside them, with its source.
`advice.py` asks the table about two things of a world.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NotRequired, TypedDict

from msgspec import Struct, field

from planner.entries import CommandEntry, FileEntry, SnippetEntry
from planner.network.ends import Plane
from planner.network.identity import Authorization
from planner.remedy import NO_REMEDY, Command, Remedy
from planner.values import replace

TABLE = "overview, Connection scenarios"
LIMITS = "overview, Limits"
TRANSFER = "Alibaba Cloud documentation, Instance transfer between accounts (2021-07)"
MIGRATION = "Alibaba Cloud documentation, Migrate from the classic network to a VPC (2021-07)"
PROCEDURE = "Alibaba Cloud documentation, Connect a classic network to a VPC (2021-07)"
END_OF_LIFE = "Alibaba Cloud documentation, End of life of the classic network"


class Act(StrEnum):
    """What a step is, for programs."""

    AUTHORIZE = "authorize"
    LINK = "link"
    MIGRATE = "migrate"
    TRANSFER = "transfer"
    CONNECT_VPCS = "connect_vpcs"
    DETACH = "detach"
    GUEST_ROUTE = "guest_route"
    READY = "ready"


class MeasureEntry(TypedDict):
    """A numbered step of a solution, in a document."""

    number: int
    act: str
    text: str
    source: str


class Measure(Struct, frozen=True):
    """One numbered step of a solution."""

    act: Act
    text: str
    source: str = TABLE

    def to_json(self, number: int) -> MeasureEntry:
        return {"number": number, "act": self.act.value, "text": self.text, "source": self.source}


class SolutionEntry(TypedDict):
    """A solution, in a document."""

    name: str
    steps: list[MeasureEntry]


class Solution(Struct, frozen=True):
    """Steps in their order; `name` is empty if the table offers this solution alone."""

    steps: tuple[Measure, ...]
    name: str = ""

    @property
    def links(self) -> bool:
        """Whether this is done by ClassicLink."""
        return any(step.act is Act.LINK for step in self.steps)

    def to_json(self) -> SolutionEntry:
        return {"name": self.name, "steps": [step.to_json(number) for number, step in enumerate(self.steps, start=1)]}


class NoteEntry(TypedDict):
    """A note, in a document."""

    text: str
    source: str
    commands: NotRequired[list[CommandEntry]]
    files: NotRequired[list[FileEntry]]


class Note(Struct, frozen=True):
    """Something worth knowing that the overview does not say, and where it is from."""

    text: Remedy
    source: str

    def to_json(self) -> NoteEntry:
        text, commands = self.text.written()
        entry: NoteEntry = {"text": text, "source": self.source}
        if commands:
            entry["commands"] = commands
        if files := self.text.files:
            entry["files"] = files
        return entry


class ObstacleEntry(TypedDict):
    """An obstacle, in a document. What is not known of it is left out."""

    text: str
    source: str
    rule: NotRequired[str]
    remedy: NotRequired[str]
    commands: NotRequired[list[CommandEntry]]
    snippets: NotRequired[list[SnippetEntry]]
    files: NotRequired[list[FileEntry]]


class Obstacle(Struct, frozen=True):
    """Why a link would not do it as things are: a rule that forbids it, or a hop that it does not get past."""

    text: str
    source: str
    rule: str | None = None
    remedy: Remedy = NO_REMEDY

    def to_json(self) -> ObstacleEntry:
        entry: ObstacleEntry = {"text": self.text, "source": self.source}
        if self.rule:
            entry["rule"] = self.rule
        return {**entry, **self.remedy.to_json()} if self.remedy else entry


class OfferedRuleEntry(TypedDict):
    """A security rule that lets traffic in, in a document; `name` is a free name for its block."""

    security_group_id: str
    source_security_group_id: str
    ip_protocol: str
    port_range: str
    name: NotRequired[str]


class OfferEntry(TypedDict):
    """An offered link, in a document; `hcl` is its configuration, where it is written out."""

    instance_id: str
    vpc_id: str
    enable: bool
    guest_route: bool
    vswitch_ids: list[str]
    link: bool
    declared_at: str | None
    taken_out: str | None
    adopt: str | None
    adopt_commands: NotRequired[list[CommandEntry]]
    names: dict[str, str]
    security_rules: NotRequired[list[OfferedRuleEntry]]
    provider: NotRequired[str]
    hcl: NotRequired[str]


class LinkOffer(Struct, frozen=True):
    """The link that would do it: what a configuration has to declare.

    `link` is False if the link is there, or declared, and only what it needs is missing. `declared_at` is the
    address that declares a link of this instance already: it is to be changed, for an instance has one link at most,
    or, where it is one of many, `taken_out` says how it goes. `adopt` is the command that puts the link that the
    instance has into the state, so that a plan may move it. `names` are free names for the blocks, by type.
    `rules` are the security rules that let the traffic in, each with a free name for its block. `provider` is the one
    that they have to name, if any.
    """

    instance_id: str
    vpc_id: str
    enable: bool
    guest_route: bool
    vswitch_ids: tuple[str, ...] = ()
    link: bool = True
    declared_at: str | None = None
    taken_out: str | None = None
    adopt: Command | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    rules: Mapping[Authorization, str] = field(default_factory=dict)
    provider: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is left to declare."""
        return not (self.enable or self.guest_route or self.link or self.rules)

    def to_json(self) -> OfferEntry:
        adopt, commands = (Remedy.of(self.adopt) if self.adopt else NO_REMEDY).written()
        offer: OfferEntry = {
            "instance_id": self.instance_id,
            "vpc_id": self.vpc_id,
            "enable": self.enable,
            "guest_route": self.guest_route,
            "vswitch_ids": list(self.vswitch_ids),
            "link": self.link,
            "declared_at": self.declared_at,
            "taken_out": self.taken_out,
            "adopt": adopt or None,
            "names": dict(self.names),
        }
        if self.rules:
            offer["security_rules"] = [
                {**_rule_entry(rule), "name": name} if name else _rule_entry(rule) for rule, name in self.rules.items()
            ]
        if self.provider is not None:
            offer["provider"] = self.provider
        return {**offer, "adopt_commands": commands} if adopt else offer


def _rule_entry(rule: Authorization) -> OfferedRuleEntry:
    return {
        "security_group_id": rule.security_group_id,
        "source_security_group_id": rule.source_security_group_id,
        "ip_protocol": rule.ip_protocol,
        "port_range": rule.port_range,
    }


class AuthorizationEntry(TypedDict):
    """Offered rules between two groups of the classic network, in a document; `hcl` is for Terraform.

    `source_account_id` is there where the groups belong to two accounts.
    """

    account_id: str
    source_account_id: NotRequired[str]
    rules: list[OfferedRuleEntry]
    hcl: NotRequired[str]


class AuthorizationOffer(Struct, frozen=True):
    """Rules that let one classic instance reach another one: `cl` does not manage them, Terraform does.

    The rules go into a group of `account_id`; those that they name belong to `source_account_id`.
    """

    rules: tuple[Authorization, ...]
    account_id: str
    source_account_id: str

    def to_json(self) -> AuthorizationEntry:
        entry: AuthorizationEntry = {"account_id": self.account_id, "rules": [_rule_entry(rule) for rule in self.rules]}
        if self.source_account_id != self.account_id:
            entry["source_account_id"] = self.source_account_id
        return entry


AdviceDocument = TypedDict(
    "AdviceDocument",
    {
        "from": str,
        "to": str,
        "provider": NotRequired[str],
        "same_region": bool,
        "same_account": bool,
        "solutions": list[SolutionEntry],
        "notes": list[NoteEntry],
        "obstacles": list[ObstacleEntry],
        "offer": OfferEntry | None,
        "authorization": NotRequired[AuthorizationEntry],
    },
)
AdviceDocument.__doc__ = "What `cl advise` says."


class Advice(Struct, frozen=True):
    """The cell of the table for a case, with what else is known.

    `offer` is the link that does it; where `obstacles` are in the way it would not, and no document has it.
    `authorization` are the rules for two classic instances.
    `provider` is the one that sees both ends, where there are several.
    """

    initiator: Plane
    acceptor: Plane
    same_region: bool
    same_account: bool
    solutions: tuple[Solution, ...]
    notes: tuple[Note, ...] = ()
    offer: LinkOffer | None = None
    obstacles: tuple[Obstacle, ...] = ()
    provider: str | None = None
    authorization: AuthorizationOffer | None = None

    def noting(self, notes: Iterable[Note]) -> Advice:
        return replace(self, notes=(*self.notes, *notes))

    def to_json(self) -> AdviceDocument:
        document: AdviceDocument = {
            "from": self.initiator.value,
            "to": self.acceptor.value,
            "same_region": self.same_region,
            "same_account": self.same_account,
            "solutions": [solution.to_json() for solution in self.solutions],
            "notes": [note.to_json() for note in self.notes],
            "obstacles": [obstacle.to_json() for obstacle in self.obstacles],
            "offer": self.offer.to_json() if self.offer and not self.obstacles else None,
        }
        if self.provider is not None:
            document["provider"] = self.provider
        if self.authorization is not None and not self.obstacles:
            document["authorization"] = self.authorization.to_json()
        return document


_CONNECT = Measure(Act.CONNECT_VPCS, "Connect the two VPCs.")
_BUILD = Measure(Act.LINK, "Build a ClassicLink connection.")
_WHO = {(Plane.CLASSIC, Plane.VPC): "initiator", (Plane.VPC, Plane.CLASSIC): "receiver"}


def advise(initiator: Plane, acceptor: Plane, *, same_region: bool, same_account: bool) -> Advice:
    """The solutions of the connection table for this case."""
    solutions = _solutions(initiator, acceptor, same_region=same_region, same_account=same_account)
    return Advice(initiator, acceptor, same_region, same_account, solutions, _notes(solutions))


def _solutions(initiator: Plane, acceptor: Plane, *, same_region: bool, same_account: bool) -> tuple[Solution, ...]:
    if initiator is acceptor is Plane.VPC:
        return (Solution((_CONNECT,)),)
    if initiator is acceptor is Plane.CLASSIC:
        return (_between_classic(same_region=same_region, same_account=same_account),)
    who = _WHO[initiator, acceptor]
    migrate = Measure(Act.MIGRATE, f"Migrate the {who} ECS instance of the classic network to the VPC network.")
    if not same_region:
        return (Solution((migrate, _CONNECT)),)
    if same_account:
        return (Solution((_BUILD,)),)
    transfer = Measure(
        Act.TRANSFER, f"Transfer the {who} ECS instance of the classic network to the account of the VPC."
    )
    return (Solution((migrate, _CONNECT), "Solution A"), Solution((transfer, _BUILD), "Solution B"))


def _between_classic(*, same_region: bool, same_account: bool) -> Solution:
    if not same_region:
        migrate = Measure(Act.MIGRATE, "Migrate both ECS instances to the VPC network.")
        return Solution((migrate, _CONNECT))
    kind = "same-account" if same_account else "cross-account"
    return Solution((Measure(Act.AUTHORIZE, f"Add a {kind} authorization rule in the security group."),))


def _notes(solutions: tuple[Solution, ...]) -> tuple[Note, ...]:
    """What is known beyond the table about the acts that these solutions ask for."""
    acts = {step.act for solution in solutions for step in solution.steps}
    notes = []
    if Act.TRANSFER in acts:
        notes.append(Note(Remedy.of("An instance that has a link cannot change accounts: detach it first."), TRANSFER))
        notes.append(Note(Remedy.of("Request a transfer between accounts by ticket."), TRANSFER))
    if Act.MIGRATE in acts:
        text = "A migration restarts the instance, takes about 15 minutes, and cannot be undone."
        notes.append(Note(Remedy.of(text), MIGRATION))
    if Act.LINK in acts:
        text = "After the link, the security groups of both sides still have to let the traffic in."
        notes.append(Note(Remedy.of(text), PROCEDURE))
        text = (
            "ECS instances of the classic network reached their end of life on 2025-02-28, so only a migration is a "
            "lasting solution."
        )
        notes.append(Note(Remedy.of(text), END_OF_LIFE))
    return tuple(notes)
