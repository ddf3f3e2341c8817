"""The planner's own plans, proven by the checker and tried out in every order by the model of small_plans."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.address import Address
from planner.config.desired import Desired, DesiredObject
from planner.diagnostics import Position, Span
from planner.network.identity import IDENTITY_ARGUMENTS, Enablement, GuestRoute, Identity, Link
from planner.network.world import GuestRouteEntry, Instance, Vpc, World
from planner.network.worlds import Worlds
from planner.plan.make import make_plan
from planner.plan.options import PlanContext, PlanOptions
from planner.proof import verify
from planner.state.model import State, StateObject
from planner.steps import Place
from support.small_plans import legal_in_every_order

NOW = datetime(2026, 11, 23, tzinfo=UTC)
PLACE = Place(Span("main.hcl", Position(1, 1), Position(2, 1)))
BLOCKS = {"vpc-a": "172.16.0.0/16", "vpc-b": "192.168.0.0/16", "vpc-c": "172.18.0.0/16"}
INSTANCES = ("i-1", "i-2", "i-3")
LINKED_TO = st.sampled_from([None, *BLOCKS])


@st.composite
def estates(draw: st.DrawFn) -> tuple[Desired, State, World, PlanContext]:
    """What is there is managed or not; what is wanted is anything, with the enablements that it needs or without."""
    quota = draw(st.integers(1, 2))
    enabled = {vpc_id: draw(st.booleans()) for vpc_id in BLOCKS}
    routed = {instance_id: draw(st.booleans()) for instance_id in INSTANCES}
    links: dict[str, str] = {}
    for instance_id in INSTANCES:
        vpc_id = draw(LINKED_TO)
        if vpc_id and enabled[vpc_id] and list(links.values()).count(vpc_id) < quota:
            links[instance_id] = vpc_id
    there: list[Identity] = [Enablement(vpc_id) for vpc_id in BLOCKS if enabled[vpc_id]]
    there += [Link(instance_id, vpc_id) for instance_id, vpc_id in links.items()]
    there += [GuestRoute(i, "192.168.0.0/16") for i in INSTANCES if routed[i]]
    goals = {instance_id: draw(LINKED_TO) for instance_id in INSTANCES}
    wanted: list[Identity] = [Enablement(v) for v in BLOCKS if v in goals.values() or draw(st.booleans())]
    wanted += [Link(instance_id, vpc_id) for instance_id, vpc_id in goals.items() if vpc_id]
    wanted += [GuestRoute(i, "192.168.0.0/16") for i, goal in goals.items() if goal == "vpc-b" or draw(st.booleans())]
    managed = [identity for identity in there if draw(st.integers(0, 4))]
    return (
        Desired(tuple(DesiredObject(named(one), one, arguments(one), "mock", PLACE) for one in wanted)),
        State("l", 1, {named(one): StateObject(named(one), one, arguments(one), "mock") for one in managed}),
        world(enabled, routed, links),
        PlanContext(now=NOW, plan_id="p", quota=quota),
    )


def named(identity: Identity) -> Address:
    return Address(identity.type, "it", identity.instance_id or identity.vpc_id)


def arguments(identity: Identity) -> dict[str, Any]:
    return {name: getattr(identity, name) for name in IDENTITY_ARGUMENTS[identity.type]}


def world(enabled: dict[str, bool], routed: dict[str, bool], links: dict[str, str]) -> World:
    return World(
        account_id="1001",
        vpcs={v: Vpc(v, "1001", "r", block, classic_link_enabled=enabled[v]) for v, block in BLOCKS.items()},
        instances={
            i: Instance(
                i, "1001", "r", "classic", "10.0.0.1", guest_routes=(GuestRouteEntry("192.168.0.0/16"),) * routed[i]
            )
            for i in INSTANCES
        },
        links=links,
    )


@settings(max_examples=50, deadline=None)
@given(estates())
def test_a_plan_without_errors_is_proven_and_legal_in_every_order(
    estate: tuple[Desired, State, World, PlanContext],
) -> None:
    desired, prior, seen, context = estate
    plan = json.loads(json.dumps(make_plan(desired, prior, Worlds({"mock": seen}), PlanOptions(), context)))
    assert "CL999" not in [diagnostic["code"] for diagnostic in plan["diagnostics"]]
    if not plan["errored"]:
        assert verify(plan, Worlds({"mock": seen})) == ()
        assert legal_in_every_order(plan)
