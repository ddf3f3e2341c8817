"""What links open and close, as ranges and groups."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.network.addressing import network
from planner.network.identity import Action, Enablement, GuestRoute, Identity, Link
from planner.network.openings import openings, openings_of
from planner.network.reach import reach
from planner.network.world import CloudResource, GuestRouteEntry, VSwitch, World
from planner.values import replace
from support.network_worlds import ROUTE_192, classic, ecs, overview_example, vpc, world_of
from support.watching import no_endless_work


def test_a_link_opens_the_served_vswitches_and_what_is_in_them() -> None:
    """Example scenario: ECS and RDS instances in the vSwitch 10.111.1.0/24."""
    world = overview_example()
    found = openings(world, world.links, {**world.links, "i-unlinked": "vpc-ten"}).to_json()
    assert found == {
        "opened": [
            {
                "vpc_id": "vpc-ten",
                "cidr_block": "10.0.0.0/8",
                "ranges": ["10.111.1.0/24"],
                "resources": {"ecs": 1, "rds": 1, "slb": 1},
                "resource_count": 3,
                "instances": {"count": 1, "ids": ["i-unlinked"], "first_ip": "10.24.7.2", "last_ip": "10.24.7.2"},
            }
        ],
        "closed": [],
        "counts": {
            "opened": {"vpcs": 1, "instances": 1, "pairs": 3},
            "closed": {"vpcs": 0, "instances": 0, "pairs": 0},
        },
    }


def test_a_move_closes_one_vpc_and_opens_another_and_what_stays_is_not_reported() -> None:
    world = world_of(
        vpc("vpc-a", "172.16.0.0/16"),
        vpc("vpc-b", "172.17.0.0/16"),
        CloudResource("rm-a", "rds", "vpc-a", "172.16.0.20"),
        classic("i-1", "10.1.1.1"),
        classic("i-2", "10.1.1.2"),
    )
    found = openings(world, {"i-1": "vpc-a", "i-2": "vpc-a"}, {"i-1": "vpc-b", "i-2": "vpc-a"})
    assert [(group.vpc_id, group.instance_ids) for group in found.opened] == [("vpc-b", ("i-1",))]
    assert [(group.vpc_id, group.instance_ids) for group in found.closed] == [("vpc-a", ("i-1",))]
    assert found.closed[0].resource_count == 1


def test_a_drain_shows_what_will_no_longer_reach_what() -> None:
    world = overview_example()
    found = openings(world, world.links, {})
    assert found.opened == ()
    assert found.closed[0].ranges == ("10.111.1.0/24",)


def test_what_is_not_seen_is_reported_without_ranges() -> None:
    found = openings(world_of(), {}, {"i-1": "vpc-gone"}).to_json()
    (group,) = found["opened"]
    assert (group["cidr_block"], group["ranges"], group["instances"]["first_ip"]) == (None, [], None)


def test_a_hundred_thousand_links_are_reported_in_a_few_lines_and_soon() -> None:
    count = 100_000
    instances = [
        classic(f"i-{number:06}", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}") for number in range(count)
    ]
    vpcs = [vpc(f"vpc-{number:03}", "172.16.0.0/12") for number in range(100)]
    resources = [
        CloudResource(f"rm-{number}", "rds", f"vpc-{number % 100:03}", "172.16.0.9") for number in range(10_000)
    ]
    world = world_of(*instances, *vpcs, *resources)
    links = {f"i-{number:06}": f"vpc-{number // 1000:03}" for number in range(count)}
    with no_endless_work():
        found = openings(world, {}, links).to_json()
    assert found["counts"]["opened"] == {"vpcs": 100, "instances": count, "pairs": 10_000_000}
    assert len(json.dumps(found)) < 100_000


CLASSIC = ["i-1", "i-2", "i-3"]
VPCS = {"vpc-0": "172.16.0.0/16", "vpc-1": "10.0.0.0/8", "vpc-2": "192.168.0.0/16", "vpc-3": "100.64.0.0/16"}
VSWITCHES = ["172.16.1.0/24", "172.20.1.0/24", "10.111.1.0/24", "10.111.0.0/20", "10.200.1.0/24", "192.168.1.0/24"]
link_sets = st.dictionaries(st.sampled_from(CLASSIC), st.sampled_from(sorted(VPCS)))


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """VPCs of every class, vSwitches anywhere, and resources at some address of a vSwitch."""
    things: list[object] = [
        vpc(vpc_id, block, secondary_cidr_blocks=("172.20.0.0/16",)) for vpc_id, block in VPCS.items()
    ]
    things += [classic(name, f"10.24.0.{number}", guest_routes=ROUTE_192) for number, name in enumerate(CLASSIC)]
    for number in range(draw(st.integers(0, 6))):
        block, vpc_id = draw(st.sampled_from(VSWITCHES)), draw(st.sampled_from(sorted(VPCS)))
        ip = str(network(block)[draw(st.integers(1, 200))])
        things.append(VSwitch(f"vsw-{number}", vpc_id, block))
        things.append(CloudResource(f"rm-{number}", "rds", vpc_id, ip, f"vsw-{number}"))
    return world_of(*things)


@given(worlds(), link_sets, link_sets)
def test_the_pairs_counted_are_those_that_can_be_traced(
    world: World, before: dict[str, str], after: dict[str, str]
) -> None:
    def traced(links: dict[str, str]) -> set[tuple[str, str]]:
        linked = replace(world, links=links)
        pairs = {(one, other) for one in CLASSIC for other in world.cloud_resources}
        return {(one, other) for one, other in pairs if reach(linked, one, other).reachable}

    counts = openings(world, before, after).to_json()["counts"]
    assert counts["opened"]["pairs"] == len(traced(after) - traced(before))
    assert counts["closed"]["pairs"] == len(traced(before) - traced(after))


def test_an_instance_of_the_vpc_counts_as_ecs_and_one_in_a_secondary_block_does_not() -> None:
    world = world_of(
        vpc("vpc-a", "172.16.0.0/16", secondary_cidr_blocks=("172.20.0.0/16",)),
        ecs("i-a", "172.16.0.9", "vpc-a"),
        ecs("i-b", "172.20.0.9", "vpc-a"),
    )
    assert openings(world, {}, {"i-1": "vpc-a"}).opened[0].resources == {"ecs": 1}


ROUTE = GuestRoute("i-1", "192.168.0.0/16")
LINK = Link("i-1", "vpc-c")


@pytest.mark.parametrize(
    ("routes", "steps", "opened", "closed"),
    [
        ((), [(Action.ADD_GUEST_ROUTE, ROUTE)], 1, 0),
        (None, [(Action.ADD_GUEST_ROUTE, ROUTE)], 1, 0),
        (ROUTE_192, [(Action.ADD_GUEST_ROUTE, ROUTE)], 0, 0),
        (ROUTE_192, [(Action.REMOVE_GUEST_ROUTE, ROUTE)], 0, 1),
        (None, [(Action.REMOVE_GUEST_ROUTE, ROUTE)], 0, 1),
        ((), [(Action.REMOVE_GUEST_ROUTE, ROUTE)], 0, 0),
        (ROUTE_192, [(Action.DETACH, LINK), (Action.REMOVE_GUEST_ROUTE, ROUTE)], 0, 1),
        ((), [(Action.DETACH, LINK)], 0, 0),
        (None, [], 0, 0),
    ],
)
def test_a_guest_route_opens_and_closes_what_its_link_leads_to(
    routes: tuple[GuestRouteEntry, ...] | None, steps: list[tuple[Action, Identity]], opened: int, closed: int
) -> None:
    """Limits: "Add a route entry ... the next hop is the private NIC, to the ECS instance of the classic network"."""
    world = world_of(
        vpc("vpc-c", "192.168.0.0/16"), classic("i-1", "10.1.1.1", guest_routes=routes), links={"i-1": "vpc-c"}
    )
    counts = openings_of(world, [(*step, None) for step in steps]).to_json()["counts"]
    assert (counts["opened"]["instances"], counts["closed"]["instances"]) == (opened, closed)


def test_a_vpc_of_which_no_range_is_known_has_none() -> None:
    """Offline, a state may know a VPC and not its range."""
    group = openings(world_of(vpc("vpc-a", "")), {}, {"i-1": "vpc-a"}).to_json()["opened"][0]
    assert (group["cidr_block"], group["ranges"], group["instances"]["count"]) == (None, [], 1)


@pytest.mark.parametrize(
    ("action", "opened", "closed"), [(Action.ADD_GUEST_ROUTE, 1, 0), (Action.REMOVE_GUEST_ROUTE, 0, 1)]
)
def test_the_step_is_believed_about_an_instance_that_was_not_read(action: Action, opened: int, closed: int) -> None:
    world = world_of(vpc("vpc-c", "192.168.0.0/16"), links={"i-1": "vpc-c"})
    counts = openings_of(world, [(action, ROUTE, None)]).to_json()["counts"]
    assert (counts["opened"]["instances"], counts["closed"]["instances"]) == (opened, closed)


def test_an_attach_that_the_cloud_refuses_opens_and_closes_nothing() -> None:
    world = world_of(
        vpc("vpc-a", "172.16.0.0/16"), vpc("vpc-b", "172.17.0.0/16"), classic("i-1", "10.1.1.1"), links={"i-1": "vpc-a"}
    )
    attach = (Action.ATTACH, Link("i-1", "vpc-b"), None)
    refused = openings_of(world, [(Action.ENABLE, Enablement("vpc-b"), None), attach])
    assert (refused.opened, refused.closed) == ((), ())
    moved = openings_of(world, [(Action.DETACH, Link("i-1", "vpc-a"), None), attach])
    assert [group.vpc_id for group in (*moved.opened, *moved.closed)] == ["vpc-b", "vpc-a"]
