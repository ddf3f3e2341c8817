from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from planner.address import Address
from planner.apply.outcome import Outcome
from planner.apply.preflight import preflight, still_to_accept
from planner.config.desired import Desired, DesiredObject, Limits
from planner.diagnostics import Diagnostic, Position, Span
from planner.documents.plan import PlanDocument
from planner.network.identity import ATTACHMENT, Link
from planner.network.kinds import Kind
from planner.network.world import Instance, Unread, Vpc, World
from planner.network.worlds import Worlds
from planner.plan.make import make_plan
from planner.plan.options import PlanContext, PlanOptions
from planner.state.model import State, StateObject
from planner.steps import Place
from planner.values import replace

PLACE = Place(Span("main.hcl", Position(1, 1), Position(4, 2)))
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def cloud(links: Mapping[str, str], count: int = 3) -> World:
    ids = [f"i-{number}" for number in range(count)]
    return World(
        account_id="1001",
        vpcs={
            name: Vpc(name, "1001", "cn-hangzhou", cidr, classic_link_enabled=True)
            for name, cidr in (("vpc-shop", "172.16.0.0/12"), ("vpc-new", "172.16.0.0/12"))
        },
        instances={
            one: Instance(one, "1001", "cn-hangzhou", "classic", f"10.1.2.{number}", guest_routes=())
            for number, one in enumerate(ids)
        },
        links=dict(links),
    )


def moving_plan(world: World) -> PlanDocument:
    """The plan that takes every link of vpc-shop to vpc-new."""
    known: dict[Address, StateObject] = {}
    wanted: list[DesiredObject] = []
    for one, vpc_id in world.links.items():
        at = Address(ATTACHMENT, "web", one)
        known[at] = StateObject(at, Link(one, vpc_id), {"instance_id": one, "vpc_id": vpc_id}, "mock")
        attributes = {"instance_id": one, "vpc_id": "vpc-new"}
        wanted.append(DesiredObject(at, Link(one, "vpc-new"), attributes, "mock", PLACE))
    context = PlanContext(now=NOW, plan_id="p")
    return make_plan(Desired(tuple(wanted)), State(objects=known), Worlds({"mock": world}), PlanOptions(), context)


def messages(document: PlanDocument, world: World) -> list[str]:
    found = preflight(document, Worlds({"mock": world}), date(2026, 11, 23))
    return [one.detail for one in found if one.code == "STA409"]


def test_a_world_that_is_as_it_was_forbids_nothing() -> None:
    world = cloud({"i-0": "vpc-shop"})
    assert preflight(moving_plan(world), Worlds({"mock": world}), date(2026, 11, 23)) == ()


def test_what_the_cloud_has_done_since_the_plan_is_reported_fact_by_fact() -> None:
    world = cloud({"i-0": "vpc-shop", "i-1": "vpc-shop"})
    document = moving_plan(world)
    vpcs = {**world.vpcs, "vpc-new": replace(world.vpcs["vpc-new"], classic_link_enabled=False)}
    later = replace(world, links={"i-1": "vpc-shop"}, vpcs=vpcs)
    assert messages(document, later) == [
        "i-0 was linked to vpc-shop, and is linked to nothing now.",
        "ClassicLink on vpc-new was enabled, and is disabled now.",
        "vpc-shop had 2 links, and has 1 now.",
    ]


def test_links_of_others_that_do_no_harm_are_not_reported() -> None:
    world = cloud({"i-0": "vpc-shop"})
    assert messages(moving_plan(world), replace(world, links={**world.links, "i-2": "vpc-new"})) == []


def test_what_cannot_be_read_now_is_not_said_to_be_gone() -> None:
    world = cloud({"i-0": "vpc-shop"})
    blind = replace(world, links={}, unread=(Unread(Kind.LINKS, None, "denied"),))
    assert "its link cannot be read now (denied)." in messages(moving_plan(world), blind)[0]


def test_very_many_differences_are_counted() -> None:
    world = cloud({f"i-{number}": "vpc-shop" for number in range(100)}, count=100)
    document = moving_plan(world)
    found = messages(document, replace(world, links={}))
    assert len(found) == 21
    assert found[-1] == "81 more facts have changed."


def test_what_is_left_of_an_accepted_plan_is_accepted_by_its_number_where_that_is_known() -> None:
    world = cloud({f"i-{number}": "vpc-shop" for number in range(14)}, count=14)
    known = {
        (at := Address(ATTACHMENT, "web", one)): StateObject(
            at, Link(one, "vpc-shop"), {"instance_id": one, "vpc_id": "vpc-shop"}, "mock"
        )
        for one in world.links
    }
    context = PlanContext(now=NOW, plan_id="p")
    prior, options = State(objects=known), PlanOptions(accept_detach=14)
    document = make_plan(Desired(()), prior, Worlds({"mock": world}), options, context)
    assert not document["errored"]
    three = tuple(step["id"] for step in document["steps"][:3])
    stopped = Outcome(state=State(objects=dict(list(known.items())[3:])), done=three)
    assert still_to_accept(document, stopped, Limits()) == 11
    assert still_to_accept(document, replace(stopped, under_way=(4,)), Limits()) is None
    unknown = Diagnostic("PRV302", "Outcome of a step is unknown")
    assert still_to_accept(document, replace(stopped, failed={4: unknown}), Limits()) is None
    few = State(objects=dict(list(known.items())[5:]))
    assert still_to_accept(document, replace(stopped, state=few), Limits()) is None, "so few need no consent"
    unaccepted = make_plan(Desired(()), prior, Worlds({"mock": world}), PlanOptions(), context)
    assert still_to_accept(unaccepted, stopped, Limits()) is None
