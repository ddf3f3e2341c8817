from __future__ import annotations

from collections.abc import Callable

import pytest

from planner.network.addresses import free_blocks, survey
from planner.network.ends import Plane
from planner.network.openings import openings
from planner.network.reach import reach, reach_all
from planner.network.scenarios import LinkOffer, advise
from planner.network.world import Instance, RouteEntry, Vpc, VSwitch, World
from planner.render.network import advice_text, survey_text, trace_text, traces_text
from planner.render.reachability import reach_lines
from planner.render.terminal import PLAIN

Golden = Callable[[str, str], None]


@pytest.fixture
def world() -> World:
    vpcs = (
        Vpc("vpc-a", "1", "r", "10.0.0.0/8", classic_link_enabled=True),
        Vpc("vpc-b", "1", "r", "172.16.0.0/12", classic_link_enabled=True),
    )
    vswitches = (
        VSwitch("vsw-1", "vpc-a", "10.111.1.0/24"),
        VSwitch("vsw-2", "vpc-a", "10.2.1.0/24"),
        VSwitch("vsw-3", "vpc-b", "172.16.1.0/24"),
    )
    instances = (
        Instance("i-1", "1", "r", "classic", "10.1.2.3"),
        Instance("i-2", "1", "r", "classic", "10.1.2.4"),
        Instance("i-8", "1", "r", "vpc", "172.16.1.8", vpc_id="vpc-b", vswitch_id="vsw-3"),
        Instance("i-9", "1", "r", "vpc", "10.111.1.9", vpc_id="vpc-a", vswitch_id="vsw-1"),
    )
    return World(
        "1",
        vpcs={vpc.vpc_id: vpc for vpc in vpcs},
        vswitches={vswitch.vswitch_id: vswitch for vswitch in vswitches},
        instances={instance.instance_id: instance for instance in instances},
        route_entries=(RouteEntry("vpc-a", "10.0.0.0/8"),),
        links={"i-1": "vpc-a", "i-2": "vpc-b"},
    )


def test_a_trace_tells_each_hop_with_its_reason_and_source(world: World, golden: Golden) -> None:
    shown = [
        trace_text(reach(world, *ends).to_json(), PLAIN) for ends in (("i-1", "i-9"), ("i-8", "i-2"), ("i-8", "i-1"))
    ]
    golden("traces.text", "\n".join(shown))


def test_many_traces_are_a_table_with_what_decided(world: World, golden: Golden) -> None:
    golden("traces-table.text", traces_text([trace.to_json() for trace in reach_all(world, origin="i-2")], PLAIN))


def test_a_survey_tells_what_can_talk_what_is_in_the_way_and_what_is_free(world: World, golden: Golden) -> None:
    document = {"vpcs": [verdict.to_json() for verdict in survey(world)], "free": free_blocks(world, 20).to_json()}
    golden("survey.text", survey_text(document, PLAIN))


def test_advice_is_told_as_numbered_steps_with_alternatives(golden: Golden) -> None:
    advice = advise(Plane.CLASSIC, Plane.VPC, same_region=True, same_account=False)
    golden("advice.text", advice_text(advice.to_json(), PLAIN))


def test_advice_offers_the_blocks_of_the_link() -> None:
    advice = advise(Plane.CLASSIC, Plane.VPC, same_region=True, same_account=True).to_json()
    offer = LinkOffer("i-${x}", "vpc-a", enable=True, guest_route=True, vswitch_ids=("vsw-1",))
    text = advice_text({**advice, "offer": offer.to_json()}, PLAIN)
    assert '    resource "classiclink_guest_route" "i--x-" {\n      instance_id = "i-$${x}"\n    }\n' in text
    assert "      vpc_id      = classiclink_vpc.vpc-a.vpc_id\n" in text


def test_what_opens_and_closes_is_told_in_groups_and_ranges(world: World) -> None:
    before, after = {"i-1": "vpc-a", "i-2": "vpc-b"}, {"i-2": "vpc-a"}
    assert reach_lines(openings(world, before, after).to_json(), PLAIN, 10) == [
        "Opens   i-2 → vpc-a (10.111.1.0/24): 1 resource (1 ecs)",
        "Closes  i-1 → vpc-a (10.111.1.0/24): 1 resource (1 ecs)",
        "Closes  i-2 → vpc-b (172.16.0.0/12): 1 resource (1 ecs)",
    ]
