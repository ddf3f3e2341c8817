"""Small estates for the planner: networks, states and configurations, written in a line each, or drawn at random."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from msgspec import Struct, field

from planner.address import Address
from planner.config.desired import Desired, DesiredObject, Limits
from planner.diagnostics import Position, Span
from planner.documents.plan_loading import mismatches
from planner.network.identity import ATTACHMENT, GUEST_ROUTE, VPC, Enablement, GuestRoute, Identity, Link
from planner.network.world import GuestRouteEntry, Instance, Vpc, World
from planner.network.worlds import Worlds
from planner.plan.make import make_plan
from planner.plan.options import PlanContext, PlanOptions
from planner.state.model import State, StateObject
from planner.steps import Place
from planner.values import replace
from support.small_cloud import SmallCloud

ROUTE = "192.168.0.0/16"
CIDR = {"172": "172.16.0.0/12", "192": ROUTE}
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
CONTEXT = PlanContext(now=NOW, plan_id="plan-1")


def place(line: int = 1) -> Place:
    return Place(Span("main.hcl", Position(line, 1), Position(line + 3, 2)))


def vpc(vpc_id: str, *, enabled: bool = True, cidr: str = CIDR["172"]) -> Vpc:
    return Vpc(vpc_id, "1001", "cn-hangzhou", cidr, classic_link_enabled=enabled)


def instance(instance_id: str, routes: tuple[str, ...] | None = ()) -> Instance:
    known = None if routes is None else tuple(GuestRouteEntry(route) for route in routes)
    return Instance(instance_id, "1001", "cn-hangzhou", "classic", "10.1.2.3", guest_routes=known)


def world(
    vpcs: Mapping[str, Vpc] | str, links: Mapping[str, str] | None = None, routed: tuple[str, ...] = (), extra: str = ""
) -> World:
    """A world; VPCs as `a b` are enabled. Instances are those that are linked, and those named in `extra`."""
    known = {name: vpc(name) for name in vpcs.split()} if isinstance(vpcs, str) else dict(vpcs)
    links = dict(links or {})
    ids = sorted({*links, *extra.split()})
    return World(
        account_id="1001",
        vpcs=known,
        instances={name: instance(name, (ROUTE,) if name in routed else ()) for name in ids},
        links=links,
    )


def attributes(identity: Identity) -> dict[str, Any]:
    match identity:
        case Link(instance_id, vpc_id):
            facts = {"region_id": "cn-hangzhou", "account_id": "1001", "private_ip": "10.1.2.3"}
            return {"instance_id": instance_id, "vpc_id": vpc_id, "vswitch_ids": None, **facts}
        case GuestRoute(instance_id, destination):
            named = {"instance_id": instance_id, "destination_cidr_block": destination}
            return {**named, "next_hop": "private_nic"}
        case _:
            facts = {"region_id": "cn-hangzhou", "account_id": "1001"}
            return {"vpc_id": identity.vpc_id, "cidr_block": CIDR["172"], **facts}


def link(instance_id: str, vpc_id: str, name: str = "web", **kwargs: Any) -> DesiredObject:
    return wanted(Address(ATTACHMENT, name, instance_id), Link(instance_id, vpc_id), **kwargs)


def enablement(vpc_id: str, **kwargs: Any) -> DesiredObject:
    cidr = kwargs.pop("cidr", CIDR["172"])
    made = wanted(Address(VPC, "v", vpc_id), Enablement(vpc_id), **kwargs)
    return replace(made, attributes={**made.attributes, "cidr_block": cidr})


def route(instance_id: str, **kwargs: Any) -> DesiredObject:
    return wanted(Address(GUEST_ROUTE, "r", instance_id), GuestRoute(instance_id, ROUTE), **kwargs)


def wanted(address: Address, identity: Identity, **kwargs: Any) -> DesiredObject:
    return DesiredObject(address, identity, attributes(identity), "mock", kwargs.pop("place", place()), **kwargs)


def remembered(*objects: DesiredObject) -> State:
    """The state that applying these leaves."""
    return State(
        lineage="lineage-1",
        serial=7,
        objects={
            found.address: StateObject(
                found.address,
                found.identity,
                found.attributes,
                found.provider,
                dependencies=found.depends_on,
                prevent_destroy=found.prevent_destroy,
            )
            for found in objects
        },
    )


def plan(objects: tuple[DesiredObject, ...] | Desired, prior: State, cloud: World, **given: Any) -> Any:
    """The document that the planner makes with these options and this context; it has the shape of its format."""
    desired = objects if isinstance(objects, Desired) else Desired(objects)
    context = {name: given.pop(name) for name in ("quota", "command") if name in given}
    document = make_plan(desired, prior, Worlds({"mock": cloud}), PlanOptions(**given), replace(CONTEXT, **context))
    assert mismatches(json.loads(json.dumps(document))) == []
    return document


def messages(document: Mapping[str, Any]) -> set[str]:
    """The codes of all rules and diagnostics that a plan tells."""
    failing = {finding["rule"] for finding in document["rules"] if finding["status"] == "fail"}
    return failing | {found["code"] for found in document["diagnostics"]}


def in_words(document: Mapping[str, Any]) -> list[str]:
    """The steps as `attach i-1 a <- 1 2`, in order."""
    return [
        " ".join(filter(None, (step["action"], step.get("instance_id"), step.get("vpc_id"))))
        + (f" <- {' '.join(map(str, step['needs']))}" if step["needs"] else "")
        for step in document["steps"]
    ]


class Estate(Struct, frozen=True):
    """A network, what is managed of it, and what shall be; `quota` slots a VPC."""

    cloud: World
    prior: State
    desired: Desired
    quota: int
    options: Mapping[str, Any] = field(default_factory=dict)

    def plan(self) -> Any:
        return plan(self.desired, self.prior, self.cloud, quota=self.quota, **self.options)

    def small_cloud(self) -> SmallCloud:
        routes = {
            (name, entry.destination_cidr_block)
            for name, found in self.cloud.instances.items()
            for entry in found.guest_routes or ()
        }
        enabled = {name for name, found in self.cloud.vpcs.items() if found.classic_link_enabled}
        return SmallCloud(self.quota, enabled, dict(self.cloud.links), routes)

    def staying(self) -> Counter[str]:
        """How many instances each VPC has at the start, without those that leave for good."""
        ends = {found.identity.instance_id for found in self.desired.objects if isinstance(found.identity, Link)}
        held = {found.identity.instance_id for found in self.prior.objects.values() if isinstance(found.identity, Link)}
        return Counter(vpc_id for name, vpc_id in self.cloud.links.items() if name in ends or name not in held)

    def moves(self) -> dict[str, tuple[str, str]]:
        """Every instance that goes from one VPC to another."""
        ends = {w.identity.instance_id: w.identity.vpc_id for w in self.desired.objects if isinstance(w.identity, Link)}
        return {
            name: (origin, ends[name])
            for name, origin in self.cloud.links.items()
            if name in ends and ends[name] != origin
        }


@st.composite
def estates(
    draw: st.DrawFn, *, feasible: bool = True, moves_only: bool = False, cut_short: bool = False, most: int = 9
) -> Estate:
    """Estates of up to four VPCs. With `feasible`, the end keeps every quota and every other rule of the cloud.

    With `cut_short`, some of the instances that shall be linked are in the middle of a move.
    """
    names = [f"vpc-{letter}" for letter in "abcd"[: draw(st.integers(1, 4))]]
    quota = draw(st.integers(1, 3))
    kinds = {name: draw(st.sampled_from(("172", "172", "192"))) for name in names}
    ids = [f"i-{number}" for number in range(draw(st.integers(0, min(most, 3 * quota * len(names)))))]
    start = _start(draw, ids, names, quota, always=moves_only)
    strangers = {name for name in start if not moves_only and draw(st.integers(0, 5)) == 0}
    settled = {name: start[name] for name in strangers}
    movable = [name for name in (start if moves_only else ids) if name not in strangers]
    end = _end(draw, movable, names, quota if feasible else len(ids) + 1, settled, always=moves_only)
    used = {*start.values(), *end.values()}
    kept = {*settled.values(), *end.values()}
    enabled = {name for name in names if name in start.values() or draw(st.booleans())}
    routed = {name for name in ids if name not in end or draw(st.booleans()) or kinds[end[name]] == "172"}
    held = [enablement(name, cidr=CIDR[kinds[name]]) for name in names if name in enabled and draw(st.booleans())]
    managed = [name for name in ids if name in start and name not in strangers]
    named = draw(st.permutations(managed)) if draw(st.booleans()) else managed
    held += [
        wanted(Address(ATTACHMENT, draw(st.sampled_from(("web", "web", "old"))), key), Link(name, start[name]))
        for name, key in zip(managed, named, strict=True)
    ]
    held += [route(name) for name in ids if name in routed and draw(st.booleans())]
    shall = [enablement(name, cidr=CIDR[kinds[name]]) for name in names if name in kept or draw(st.booleans())]
    shall += [link(name, end[name], depends_on=_dependencies(draw, used)) for name in ids if name in end]
    shall += [route(name) for name in ids if (name in end and kinds[end[name]] == "192") or draw(st.booleans())]
    cloud = world(
        {name: vpc(name, enabled=name in enabled, cidr=CIDR[kinds[name]]) for name in names},
        start,
        tuple(routed),
        " ".join(ids),
    )
    limits = Limits(min_links=1_000)
    down = tuple(
        ("mock", name) for name in ids if cut_short and name in end and name not in start and draw(st.booleans())
    )
    prior = replace(remembered(*held), cut_short=down)
    return Estate(cloud, prior, Desired(tuple(draw(st.permutations(shall))), limits=limits), quota)


def _dependencies(draw: st.DrawFn, used: set[str]) -> tuple[Address, ...]:
    choices = [Address(VPC, "v"), Address(GUEST_ROUTE, "r"), *(Address(VPC, "v", name) for name in sorted(used))]
    choices += [Address(ATTACHMENT, "web", f"i-{number}") for number in range(3)]
    return tuple(draw(st.lists(st.sampled_from(choices), max_size=2, unique=True)))


def _start(draw: st.DrawFn, ids: list[str], names: list[str], quota: int, *, always: bool) -> dict[str, str]:
    return _end(draw, ids, names, quota, {}, always=always)


def _end(
    draw: st.DrawFn, ids: list[str], names: list[str], quota: int, settled: Mapping[str, str], *, always: bool
) -> dict[str, str]:
    """Links of these instances, where there is a slot beside what is settled already."""
    taken = Counter(settled.values())
    links: dict[str, str] = {}
    for name in ids:
        targets = [vpc_id for vpc_id in names if taken[vpc_id] < quota]
        if targets and (always or draw(st.integers(0, 4))):
            links[name] = draw(st.sampled_from(targets))
            taken[links[name]] += 1
    return links
