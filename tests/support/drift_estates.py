"""Small estates: a world, a state and a configuration that agree, to be pulled apart by the tests."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from msgspec import Struct, field

from planner.address import parse_address
from planner.config.desired import Desired, DesiredObject, Limits, Waiver
from planner.diagnostics import Position, Span
from planner.drift.document import find_drift
from planner.drift.ignore import Ignores
from planner.network.identity import IDENTITY_ARGUMENTS, Enablement, GuestRoute, Identity, Link
from planner.network.world import GuestRouteEntry, Instance, RouteEntry, Unread, Vpc, World
from planner.network.worlds import Worlds
from planner.state.model import State, StateObject
from planner.steps import Place
from planner.values import replace

TODAY = date(2026, 11, 23)
PLACE = Place(Span("main.hcl", Position(3, 1), Position(6, 2)))


class Estate(Struct, frozen=True):
    """Three sides. Each method gives another estate in which one of them has moved."""

    world: World
    state: Mapping[str, Identity] = field(default_factory=dict)
    declared: Mapping[str, Identity] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    place: Place = PLACE

    def linked(self, instance_id: str, vpc_id: str | None) -> Estate:
        links = {**self.world.links, instance_id: vpc_id} if vpc_id else dict(self.world.links)
        if vpc_id is None:
            links.pop(instance_id)
        return replace(self, world=replace(self.world, links=links))

    def with_vpc(self, vpc_id: str, **changes: Any) -> Estate:
        vpcs = {**self.world.vpcs, vpc_id: replace(self.world.vpcs[vpc_id], **changes)}
        return replace(self, world=replace(self.world, vpcs=vpcs))

    def with_instance(self, instance_id: str, **changes: Any) -> Estate:
        instances = {**self.world.instances, instance_id: replace(self.world.instances[instance_id], **changes)}
        return replace(self, world=replace(self.world, instances=instances))

    def with_route(self, vpc_id: str, destination: str) -> Estate:
        return replace(self, world=replace(self.world, route_entries=(RouteEntry(vpc_id, destination),)))

    def with_unread(self, *unread: Unread) -> Estate:
        return replace(self, world=replace(self.world, unread=unread))

    def declaring(self, **declared: Identity | None) -> Estate:
        """`web=Link(…)` declares `type.web`, `web=None` takes it away."""
        kept = {text: identity for text, identity in self.declared.items() if text.split(".")[1] not in declared}
        more = {f"{identity.type}.{name}": identity for name, identity in declared.items() if identity}
        return replace(self, declared={**kept, **more})

    def remembering(self, **state: Identity | None) -> Estate:
        kept = {text: identity for text, identity in self.state.items() if text.split(".")[1] not in state}
        more = {f"{identity.type}.{name}": identity for name, identity in state.items() if identity}
        return replace(self, state={**kept, **more})

    def waiving(self, rule: str) -> Estate:
        return replace(self, limits=Limits(waivers=(Waiver(rule, "agreed", None, PLACE.block),)))

    @property
    def prior(self) -> State:
        found = {}
        for text, identity in self.state.items():
            address = parse_address(text)
            found[address] = StateObject(address, identity, self.attributes(identity), "mock")
        return State(lineage="l", serial=1, objects=found)

    @property
    def desired(self) -> Desired:
        return Desired(
            objects=tuple(
                DesiredObject(parse_address(text), identity, arguments(identity), "mock", self.place)
                for text, identity in self.declared.items()
            ),
            limits=self.limits,
        )

    def attributes(self, identity: Identity) -> dict[str, Any]:
        known = arguments(identity)
        if isinstance(identity, Link):
            known |= {
                "region_id": "cn-hangzhou",
                "account_id": "1001",
                "private_ip": f"10.1.2.{identity.instance_id[2:]}",
            }
        if isinstance(identity, Enablement):
            known |= {"region_id": "cn-hangzhou", "account_id": "1001", "cidr_block": BLOCKS[identity.vpc_id]}
        return known

    def drift(
        self,
        ignores: Ignores | None = None,
        *,
        configured: bool = True,
        strict: bool = False,
        one_by_one: bool = False,
    ) -> Any:
        return find_drift(
            self.desired if configured else None,
            self.prior,
            Worlds({"mock": self.world}),
            ignores=ignores,
            today=TODAY,
            strict=strict,
            one_by_one=one_by_one,
        )

    def items(self) -> list[tuple[str, str, str]]:
        """Each item as (bucket, path, what moved)."""
        return [(item["bucket"], f"{item['type']}.{item['id']}", item["what_moved"]) for item in self.drift()["items"]]


def arguments(identity: Identity) -> dict[str, Any]:
    return {name: getattr(identity, name) for name in IDENTITY_ARGUMENTS[identity.type]}


HERE = {"region_id": "cn-hangzhou", "account_id": "1001"}
BLOCKS = {"vpc-a": "172.16.0.0/16", "vpc-b": "192.168.0.0/16", "vpc-off": "172.18.0.0/16"}
OBJECTS: dict[str, Identity] = {
    "classiclink_vpc.a": Enablement("vpc-a"),
    "classiclink_vpc.b": Enablement("vpc-b"),
    "classiclink_attachment.web": Link("i-1", "vpc-a"),
    "classiclink_attachment.db": Link("i-2", "vpc-b"),
    "classiclink_guest_route.db": GuestRoute("i-2", "192.168.0.0/16"),
}


def in_sync() -> Estate:
    """Two VPCs, two links, one guest route, all managed; a third instance and a third VPC that are not linked."""
    routes = (GuestRouteEntry("192.168.0.0/16"),)
    return Estate(
        world=World(
            account_id="1001",
            vpcs={
                vpc_id: Vpc(vpc_id, "1001", "cn-hangzhou", block, classic_link_enabled=vpc_id != "vpc-off")
                for vpc_id, block in BLOCKS.items()
            },
            instances={
                f"i-{number}": Instance(
                    f"i-{number}", "1001", "cn-hangzhou", "classic", f"10.1.2.{number}", guest_routes=routes
                )
                for number in (1, 2, 3)
            },
            links={"i-1": "vpc-a", "i-2": "vpc-b"},
        ),
        state=OBJECTS,
        declared=OBJECTS,
    )
