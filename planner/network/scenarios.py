"""The connection table of the overview: who wants to reach whom, and what to do about it.

The four combinations of region and account, for each kind of initiator and acceptor. Where the table offers two
solutions both are given, in its order. What is known beyond the overview is told beside them, with where it is from.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from planner.network.addressing import CLASSIC_EXCEPTION, VpcClass, vpc_class, within
from planner.network.ends import End, Plane, find_end
from planner.network.forecast import Forecast
from planner.network.world import World

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
    READY = "ready"


@dataclass(frozen=True, slots=True)
class Measure:
    """One numbered step of a solution."""

    act: Act
    text: str
    source: str = TABLE

    def to_json(self) -> dict[str, Any]:
        return {"act": self.act.value, "text": self.text, "source": self.source}


@dataclass(frozen=True, slots=True)
class Solution:
    """Steps in their order; `name` is empty where the table offers this solution alone."""

    steps: tuple[Measure, ...]
    name: str = ""

    @property
    def links(self) -> bool:
        """Whether this is done by ClassicLink."""
        return any(step.act is Act.LINK for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        numbered = [{"number": number, **step.to_json()} for number, step in enumerate(self.steps, start=1)]
        return {"name": self.name, "steps": numbered}


@dataclass(frozen=True, slots=True)
class Note:
    """Something worth knowing that the overview does not say, and where it is from."""

    text: str
    source: str

    def to_json(self) -> dict[str, Any]:
        return {"text": self.text, "source": self.source}


@dataclass(frozen=True, slots=True)
class LinkOffer:
    """The link that would do it: what a configuration has to declare."""

    instance_id: str
    vpc_id: str
    enable: bool
    guest_route: bool
    vswitch_ids: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return {
            "instance_id": self.instance_id,
            "vpc_id": self.vpc_id,
            "enable": self.enable,
            "guest_route": self.guest_route,
            "vswitch_ids": list(self.vswitch_ids),
        }


@dataclass(frozen=True, slots=True)
class Advice:
    """The cell of the table for a case, with what else is known. `offer` is None where no link would do it."""

    initiator: Plane
    acceptor: Plane
    same_region: bool
    same_account: bool
    solutions: tuple[Solution, ...]
    notes: tuple[Note, ...] = ()
    offer: LinkOffer | None = None

    def to_json(self) -> dict[str, Any]:
        return {
            "from": self.initiator.value,
            "to": self.acceptor.value,
            "same_region": self.same_region,
            "same_account": self.same_account,
            "solutions": [solution.to_json() for solution in self.solutions],
            "notes": [note.to_json() for note in self.notes],
            "offer": self.offer.to_json() if self.offer else None,
        }


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
        notes.append(Note("An instance that has a link cannot change accounts: detach it first.", TRANSFER))
        notes.append(Note("A transfer between accounts is asked for by ticket.", TRANSFER))
    if Act.MIGRATE in acts:
        text = "A migration restarts the instance, takes about 15 minutes, and cannot be undone."
        notes.append(Note(text, MIGRATION))
    if Act.LINK in acts:
        text = "After the link, the security groups of both sides still have to let the traffic in."
        notes.append(Note(text, PROCEDURE))
        text = "ECS instances of the classic network reached their end of life on 2025-02-28: only a migration lasts."
        notes.append(Note(text, END_OF_LIFE))
    return tuple(notes)


def advise_between(world: World, origin: str, target: str) -> Advice:
    """The solutions for two ends of a world: ids or addresses.

    Raises ConfigError where one of them is nothing that can be seen.
    """
    start = find_end(world, origin)
    end = find_end(world, target, world.links.get(start.id or ""))
    same_region, same_account = start.region_id == end.region_id, start.account_id == end.account_id
    advice = advise(start.plane, end.plane, same_region=same_region, same_account=same_account)
    if start.plane is end.plane:
        return _same_vpc(advice, start, end)
    classic, inside = (start, end) if start.plane is Plane.CLASSIC else (end, start)
    return _with_facts(world, advice, classic, inside)


def _same_vpc(advice: Advice, start: End, end: End) -> Advice:
    if start.plane is not Plane.VPC or start.vpc_id != end.vpc_id:
        return advice
    ready = Measure(Act.READY, f"Nothing: both are in {start.vpc_id}.", "overview, Background")
    return Advice(**_case(advice), solutions=(Solution((ready,)),))


def _case(advice: Advice) -> dict[str, Any]:
    return {
        "initiator": advice.initiator,
        "acceptor": advice.acceptor,
        "same_region": advice.same_region,
        "same_account": advice.same_account,
    }


def _with_facts(world: World, advice: Advice, classic: End, inside: End) -> Advice:
    """The advice with what the world says of the instance's present link and of the VPC."""
    linked = world.links.get(classic.id or "")
    if linked is not None and linked == inside.vpc_id:
        ready = Measure(Act.READY, f"Nothing: {classic.id} is linked to {linked} already.", TABLE)
        return Advice(**_case(advice), solutions=(Solution((ready,)),))
    solutions = tuple(_detach_first(solution, classic, linked) for solution in advice.solutions)
    offer = _offer(world, classic, inside) if any(solution.links for solution in solutions) else None
    return Advice(**_case(advice), solutions=solutions, notes=advice.notes + _vpc_notes(world, inside), offer=offer)


def _detach_first(solution: Solution, classic: End, linked: str | None) -> Solution:
    """A linked instance can neither take a second link nor change accounts."""
    if linked is None or not solution.links:
        return solution
    source = TRANSFER if solution.steps[0].act is Act.TRANSFER else LIMITS
    detach = Measure(Act.DETACH, f"Detach {classic.id} from {linked}: an instance has one link at most.", source)
    return Solution((detach, *solution.steps), solution.name)


def _offer(world: World, classic: End, inside: End) -> LinkOffer | None:
    vpc = world.vpcs.get(inside.vpc_id or "")
    if vpc is None or classic.id is None:
        return None
    found = vpc_class(vpc.cidr_block)
    has_route = Forecast(world).has_guest_route(classic.id, str(VpcClass.CLASS_192.value))
    return LinkOffer(
        classic.id,
        vpc.vpc_id,
        enable=not vpc.classic_link_enabled,
        guest_route=found is VpcClass.CLASS_192 and not has_route,
        vswitch_ids=(inside.vswitch_id,) if found is VpcClass.CLASS_10 and inside.vswitch_id else (),
    )


def _vpc_notes(world: World, inside: End) -> tuple[Note, ...]:
    """What the row of the overview's CIDR table asks of this VPC before a link carries traffic."""
    vpc = world.vpcs.get(inside.vpc_id or "")
    if vpc is None:
        return ()
    match vpc_class(vpc.cidr_block):
        case None:
            text = f"{vpc.vpc_id} ({vpc.cidr_block}) is in none of the three ranges that ClassicLink serves."
        case VpcClass.CLASS_192:
            text = f"{vpc.vpc_id} is in 192.168.0.0/16: the instance needs a route to it by its private NIC."
        case VpcClass.CLASS_10:
            vswitch = world.vswitches.get(inside.vswitch_id or "")
            if vswitch is not None and within(vswitch.cidr_block, CLASSIC_EXCEPTION):
                return ()
            text = (
                f"{vpc.vpc_id} is in 10.0.0.0/8: only vSwitches within 10.111.0.0/16 can be reached, and {inside} is "
            )
            text += "in none that is seen to be."
        case _:
            return ()
    return (Note(text, LIMITS),)
