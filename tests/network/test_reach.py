"""Who reaches whom, and the sentence of the overview that says so."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.diagnostics import ConfigError
from planner.network.forecast import Forecast
from planner.network.hops import Decision, Hop
from planner.network.identity import Action, Enablement, GuestRoute, Link
from planner.network.kinds import Kind
from planner.network.reach import Trace, reach, reach_all
from planner.network.world import CloudResource, GuestRouteEntry, RouteEntry, Unread, VSwitch
from planner.render.network import reach_verdict
from planner.rules.routes import CustomRouteShadowsClassic
from planner.values import replace
from support.network_worlds import ROUTE_192, classic, ecs, overview_example, vpc, world_of


def last(trace: Trace) -> Hop:
    return trace.hops[-1]


@pytest.mark.parametrize("target", ["i-cart", "rm-1", "lb-1", "10.111.1.20"])
def test_the_ecs_instance_in_the_classic_network_can_access_cloud_resources_in_the_vpc(target: str) -> None:
    """Example scenario: "such as other ECS, RDS, or SLB instances", in the vSwitch 10.111.1.0/24."""
    trace = reach(overview_example(), "i-linked", target)
    assert trace.reachable is True
    assert last(trace).source == "overview, Example scenario"
    assert any("10.111.1.0/24" in hop.reason for hop in trace.hops)


def test_ecs_instances_in_the_vpc_can_only_access_ecs_instances_in_the_classic_network_connected_to_the_vpc() -> None:
    """Example scenario, second statement."""
    world = overview_example()
    assert reach(world, "i-cart", "i-linked").reachable is True
    refused = reach(world, "i-cart", "i-unlinked")
    assert refused.reachable is False
    assert last(refused).source == "overview, Example scenario"


def test_and_cannot_access_any_other_cloud_resources_in_classic_networks() -> None:
    """Example scenario, second statement, its end: an address that is no linked instance's."""
    trace = reach(overview_example(), "i-cart", "10.99.0.7")
    assert trace.reachable is False
    assert "only instances can be linked" in last(trace).reason


def test_the_vswitch_to_communicate_with_must_be_within_10_111() -> None:
    """Limits, row 10.0.0.0/8."""
    world = overview_example()
    for trace in (reach(world, "i-linked", "i-far"), reach(world, "i-far", "i-linked")):
        assert trace.reachable is False
        assert last(trace).at == "vsw-out"
        assert "10.200.1.0/24" in last(trace).reason
        assert last(trace).source == "overview, Limits"


def test_an_instance_can_be_connected_to_only_one_vpc() -> None:
    """Limits, second point."""
    world = world_of(
        vpc("vpc-a", "172.16.0.0/16"),
        vpc("vpc-b", "172.17.0.0/16"),
        ecs("i-b", "172.17.0.9", "vpc-b"),
        classic("i-1", "10.1.1.1"),
        links={"i-1": "vpc-a"},
    )
    trace = reach(world, "i-1", "i-b")
    assert trace.reachable is False
    assert "linked to vpc-a, not to vpc-b" in last(trace).reason
    assert last(trace).source == "overview, Limits"


@pytest.mark.parametrize(
    ("routes", "reachable"), [(ROUTE_192, True), ((), False), (None, None)], ids=["there", "missing", "unknown"]
)
def test_a_vpc_in_192_168_needs_a_route_in_the_instance(
    routes: tuple[GuestRouteEntry, ...] | None, reachable: bool | None
) -> None:
    """Limits, row 192.168.0.0/16; a route that cannot be read is not known to exist."""
    world = world_of(
        vpc("vpc-c", "192.168.0.0/16"),
        ecs("i-c", "192.168.1.9", "vpc-c"),
        classic("i-1", "10.1.1.1", guest_routes=routes),
        links={"i-1": "vpc-c"},
    )
    assert reach(world, "i-1", "i-c").reachable is reachable
    assert reach(world, "i-c", "i-1").reachable is reachable


def test_a_custom_route_entry_destined_for_10_0_0_0_8_takes_the_traffic() -> None:
    """Limits, each row of the table."""
    world = world_of(
        vpc("vpc-a", "172.16.0.0/16"),
        RouteEntry("vpc-a", "10.0.0.0/8"),
        ecs("i-a", "172.16.0.9", "vpc-a"),
        classic("i-1", "10.1.1.1"),
        links={"i-1": "vpc-a"},
    )
    trace = reach(world, "i-1", "i-a")
    assert trace.reachable is False
    assert "10.0.0.0/8" in last(trace).reason


def test_a_route_beside_the_link_is_reported_alike_by_the_trace_its_verdict_and_the_rule() -> None:
    """Everything was read, and yet it cannot be told: which of the two wins is not documented."""
    world = overview_example()
    world = replace(world, route_entries=(RouteEntry("vpc-ten", f"{world.instances['i-linked'].private_ip}/32"),))
    trace = reach(world, "i-linked", "i-cart")
    assert trace.reachable is None
    assert "not documented" in last(trace).reason
    assert reach_verdict(trace.to_json()) == "It is not known whether i-linked can reach i-cart."
    doubt = next(hop for hop in trace.hops if hop.decision is Decision.UNKNOWN)
    assert last(trace).reason == f"Unknown, because one thing is not known: {doubt.reason}"
    assert "not documented" in (inspect.getdoc(CustomRouteShadowsClassic) or "")


@pytest.mark.parametrize(
    ("destination", "reachable"), [("10.1.0.0/16", None), ("10.2.0.0/16", True), ("0.0.0.0/0", True)]
)
def test_a_narrower_route_that_covers_the_instance_leaves_it_unknown(destination: str, reachable: bool | None) -> None:
    world = world_of(
        vpc("vpc-a", "172.16.0.0/16"),
        RouteEntry("vpc-a", destination),
        ecs("i-a", "172.16.0.9", "vpc-a"),
        classic("i-1", "10.1.1.1"),
        links={"i-1": "vpc-a"},
    )
    assert reach(world, "i-1", "i-a").reachable is reachable


def test_a_link_serves_the_primary_cidr_block_only() -> None:
    world = world_of(
        vpc("vpc-a", "172.16.0.0/16", secondary_cidr_blocks=("172.20.0.0/16",)),
        ecs("i-a", "172.20.0.9", "vpc-a"),
        classic("i-1", "10.1.1.1"),
        links={"i-1": "vpc-a"},
    )
    trace = reach(world, "i-1", "i-a")
    assert trace.reachable is False
    assert "secondary" in last(trace).reason
    assert "65412" in last(trace).source


def test_without_classic_link_on_the_vpc_a_link_carries_nothing() -> None:
    world = world_of(
        vpc("vpc-a", "172.16.0.0/16", classic_link_enabled=False),
        ecs("i-a", "172.16.0.9", "vpc-a"),
        classic("i-1", "10.1.1.1"),
        links={"i-1": "vpc-a"},
    )
    assert reach(world, "i-1", "i-a").reachable is False


def test_a_vpc_outside_the_three_ranges_cannot_be_reached() -> None:
    """Background: "VPC IP address ranges that can communicate with the classic network are"."""
    world = world_of(
        vpc("vpc-a", "100.64.0.0/16"),
        ecs("i-a", "100.64.0.9", "vpc-a"),
        classic("i-1", "10.1.1.1"),
        links={"i-1": "vpc-a"},
    )
    trace = reach(world, "i-1", "i-a")
    assert trace.reachable is False
    assert "100.64.0.0/16" in last(trace).reason


def test_an_address_in_10_111_is_not_the_classic_network_s() -> None:
    """Background: "10.0.0.0/8 (excluding 10.111.0.0/16)"."""
    world = world_of(
        vpc("vpc-a", "172.16.0.0/16"),
        ecs("i-a", "172.16.0.9", "vpc-a"),
        classic("i-1", "10.111.3.3"),
        links={"i-1": "vpc-a"},
    )
    trace = reach(world, "i-1", "i-a")
    assert (trace.reachable, len(trace.hops)) == (False, 1)
    assert trace.hops[0].source == "overview, Background"


def test_an_address_that_is_in_a_vswitch_too_is_a_conflict_of_unknown_outcome() -> None:
    """Background: "you must plan IP addresses properly to avoid IP address conflicts"."""
    world = overview_example()
    world = replace(world, vswitches={**world.vswitches, "vsw-clash": VSwitch("vsw-clash", "vpc-ten", "10.24.7.0/24")})
    trace = reach(world, "i-linked", "i-cart")
    assert trace.reachable is None
    assert any("vsw-clash" in hop.reason for hop in trace.hops)


def test_classic_instances_of_one_region_need_a_rule_of_the_security_group_which_is_not_seen() -> None:
    """Connection scenarios: "Add a same-account authorization rule", "Add a cross-account authorization rule"."""
    world = world_of(
        classic("i-1", "10.1.1.1"), classic("i-2", "10.1.1.2"), classic("i-other", "10.1.1.3", account="1002")
    )
    same, other = reach(world, "i-1", "i-2"), reach(world, "i-1", "i-other")
    assert (same.reachable, other.reachable) == (None, None)
    assert "same-account" in last(same).reason
    assert "cross-account" in last(other).reason


def test_classic_networks_of_two_regions_are_not_connected() -> None:
    world = world_of(classic("i-1", "10.1.1.1"), classic("i-2", "10.1.1.2", region="bj"))
    assert reach(world, "i-1", "i-2").reachable is False


def test_classic_link_joins_no_two_vpcs() -> None:
    """Connection scenarios, VPC to VPC: "Connect the VPCs"; and what is in one VPC reaches what is in it."""
    world = world_of(
        vpc("vpc-a", "172.16.0.0/16"),
        vpc("vpc-b", "172.17.0.0/16"),
        RouteEntry("vpc-b", "172.16.0.0/16"),
        ecs("i-a", "172.16.0.9", "vpc-a"),
        ecs("i-b", "172.17.0.9", "vpc-b"),
        CloudResource("rm-a", "rds", "vpc-a", "172.16.0.20"),
    )
    assert reach(world, "i-a", "i-b").reachable is False
    assert reach(world, "i-b", "i-a").reachable is None, "a custom route may lead there"
    assert reach(world, "i-a", "rm-a").reachable is True


@pytest.mark.parametrize(
    "unread",
    [
        Unread(Kind.LINKS, "i-unlinked", "throttled"),
        Unread(Kind.LINKS, None, "throttled"),
        Unread(Kind.LINKS, "vpc-ten", "throttled"),
    ],
)
def test_a_link_that_could_not_be_read_is_unknown_and_not_absent(unread: Unread) -> None:
    trace = reach(overview_example(unread=(unread,)), "i-unlinked", "i-cart")
    assert trace.reachable is None
    assert "throttled" in " ".join(hop.reason for hop in trace.hops)


def test_routes_and_vpcs_that_could_not_be_read_leave_it_unknown() -> None:
    routes = overview_example(unread=(Unread(Kind.ROUTE_ENTRIES, "vpc-ten", "denied"),))
    assert reach(routes, "i-linked", "i-cart").reachable is None
    vpcs = replace(overview_example(unread=(Unread(Kind.VPCS, "vpc-ten", "denied"),)), vpcs={})
    assert reach(vpcs, "i-linked", "i-cart").reachable is None


def test_after_the_steps_of_a_plan_another_answer_holds() -> None:
    forecast = Forecast(
        world_of(
            vpc("vpc-c", "192.168.0.0/16", classic_link_enabled=False),
            ecs("i-c", "192.168.1.9", "vpc-c"),
            classic("i-1", "10.1.1.1"),
        )
    )
    assert reach(forecast.outcome(), "i-1", "i-c").reachable is False
    forecast.take(Action.ENABLE, Enablement("vpc-c"))
    forecast.take(Action.ADD_GUEST_ROUTE, GuestRoute("i-1", "192.168.0.0/16"))
    forecast.take(Action.ATTACH, Link("i-1", "vpc-c"))
    assert reach(forecast.outcome(), "i-1", "i-c").reachable is True
    forecast.take(Action.DETACH, Link("i-1", "vpc-c"))
    assert reach(forecast.outcome(), "i-1", "i-c").reachable is False


def test_one_address_in_two_vpcs_is_that_of_the_linked_one_or_ambiguous() -> None:
    world = world_of(
        vpc("vpc-a", "172.16.0.0/16"),
        vpc("vpc-b", "172.16.0.0/16"),
        ecs("i-a", "172.16.0.9", "vpc-a"),
        ecs("i-b", "172.16.0.9", "vpc-b"),
        classic("i-1", "10.1.1.1"),
        classic("i-2", "10.1.1.2"),
        links={"i-1": "vpc-b"},
    )
    assert reach(world, "i-1", "172.16.0.9").target.id == "i-b"
    with pytest.raises(ConfigError) as error:
        reach(world, "i-2", "172.16.0.9")
    assert error.value.diagnostics[0].code == "CFG602"


@pytest.mark.parametrize(
    ("cidr_block", "unread", "reachable"),
    [
        ("10.0.0.0/8", (), False),
        ("10.111.0.0/16", (), True),
        ("10.0.0.0/8", (Unread(Kind.VSWITCHES, "vpc-a", "denied"),), None),
    ],
)
def test_in_10_an_address_that_no_vswitch_is_seen_to_hold(
    cidr_block: str, unread: tuple[object, ...], reachable: bool | None
) -> None:
    world = world_of(
        vpc("vpc-a", cidr_block),
        CloudResource("rm-1", "rds", "vpc-a", "10.111.1.20"),
        classic("i-1", "10.1.1.1"),
        links={"i-1": "vpc-a"},
        unread=unread,
    )
    assert reach(world, "i-1", "rm-1").reachable is reachable


def test_an_end_reaches_itself() -> None:
    assert reach(overview_example(), "i-unlinked", "10.24.7.2").reachable is True


def test_a_linked_instance_may_be_named_by_its_address_as_well() -> None:
    trace = reach(overview_example(), "10.24.7.1", "10.111.1.20")
    assert (trace.origin.id, trace.target.id, trace.reachable) == ("i-linked", "rm-1", True)


def test_an_address_that_no_instance_has_is_judged_by_its_range() -> None:
    world = overview_example()
    assert reach(world, "i-linked", "10.111.1.77").reachable is True
    assert reach(world, "i-linked", "10.111.1.77").to_json()["to"] == "10.111.1.77"


@pytest.mark.parametrize("name", ["i-linkd", "8.8.8.8", "10.0.0", ""])
def test_an_end_that_no_provider_sees_is_reported(name: str) -> None:
    with pytest.raises(ConfigError) as error:
        reach(overview_example(), "i-linked", name)
    (problem,) = error.value.diagnostics
    assert problem.code == "CFG601"
    assert problem.remedy


def test_the_trace_as_json_has_a_decision_a_reason_and_a_source_for_each_hop() -> None:
    document = reach(overview_example(), "i-linked", "i-far").to_json()
    assert list(document) == ["from", "to", "reachable", "hops"]
    assert (document["from"], document["to"], document["reachable"]) == ("i-linked", "i-far", False)
    hops = document["hops"]
    assert isinstance(hops, list)
    for hop in hops:
        assert list(hop) == ["at", "decision", "reason", "source"]
        assert all(hop.values())
    assert [hop["decision"] for hop in hops].count("block") == 1


def test_everything_is_traced_from_one_end_and_to_one_end() -> None:
    world = overview_example()
    assert {trace.target.id: trace.reachable for trace in reach_all(world, origin="i-linked")} == {
        "i-cart": True,
        "i-far": False,
        "i-unlinked": None,
        "lb-1": True,
        "rm-1": True,
    }
    assert {trace.origin.id: trace.reachable for trace in reach_all(world, target="i-unlinked")} == {
        "i-cart": False,
        "i-far": False,
        "i-linked": None,
        "lb-1": False,
        "rm-1": False,
    }


things = st.sampled_from(["i-linked", "i-unlinked", "i-cart", "i-far", "rm-1", "lb-1"])


@given(things, things, st.sets(st.sampled_from(["10.0.0.0/8", "10.24.0.0/16", "10.99.0.0/16", "0.0.0.0/0"])))
def test_between_the_planes_the_way_back_is_as_open_as_the_way_there(one: str, other: str, routes: set[str]) -> None:
    world = overview_example()
    world = replace(world, route_entries=tuple(RouteEntry("vpc-ten", route) for route in sorted(routes)))
    there, back = reach(world, one, other), reach(world, other, one)
    assert there.reachable is back.reachable
    blocks = [hop.decision for hop in there.hops].count(Decision.BLOCK)
    assert blocks == (1 if there.reachable is False else 0)
    decided = {True: Decision.PASS, False: Decision.BLOCK, None: Decision.UNKNOWN}
    assert last(there).decision is decided[there.reachable]


@pytest.mark.parametrize(
    ("text", "said", "remedy"),
    [
        ("8.8.8.8", "no CIDR block of a VPC", "--all-from"),
        ("172.32.0.0", "no CIDR block of a VPC", "--all-from"),
        ("10.111.1.0/24", "is a range, but an end must be one address", "such as 10.111.1.0"),
        ("fd00::1", "carries IPv4 only", "IPv4 address"),
        ("10.111.1.999", 'sees no instance, cloud resource or address "10.111.1.999"', "IPv4 address"),
    ],
)
def test_what_cannot_be_an_end_is_reported_by_what_is_wrong_with_it(text: str, said: str, remedy: str) -> None:
    with pytest.raises(ConfigError) as raised:
        reach(overview_example(), "i-linked", text)
    (problem,) = raised.value.diagnostics
    assert problem.code == "CFG601"
    assert said in problem.detail
    assert remedy in str(problem.remedy)


def test_a_vpc_is_no_end_and_an_address_in_it_is_offered() -> None:
    world = overview_example()
    known = next(iter(world.vpcs.values()))
    with pytest.raises(ConfigError) as caught:
        reach(world, "i-linked", known.vpc_id)
    (problem,) = caught.value.diagnostics
    assert problem.detail == f"{known.vpc_id} is a VPC, but an end must be one address."
    assert "an address of 10.111.1.0/24, such as 10.111.1.1." in problem.remedy.text


@pytest.mark.parametrize(
    ("blocks", "offered"),
    [
        (["10.20.1.0/24", "10.111.4.0/24"], "or an address of 10.111.4.0/24, such as 10.111.4.1."),
        (["10.20.1.0/24"], "No range of it is known to be reachable."),
        ([], "No range of it is known to be reachable."),
    ],
)
def test_an_address_is_offered_only_in_a_vswitch_that_a_link_reaches(blocks: list[str], offered: str) -> None:
    vswitches = (VSwitch(f"vsw-{number}", "vpc-ten", block) for number, block in enumerate(blocks))
    world = world_of(vpc("vpc-ten", "10.0.0.0/8"), *vswitches)
    with pytest.raises(ConfigError) as caught:
        reach(world, "10.1.2.3", "vpc-ten")
    (problem,) = caught.value.diagnostics
    assert problem.remedy.text.endswith(offered)
