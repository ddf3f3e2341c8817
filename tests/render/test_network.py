from __future__ import annotations

from collections.abc import Callable

import pytest

from planner.network.addresses import SurveyDocument, free_blocks, survey
from planner.network.ends import Plane
from planner.network.openings import openings
from planner.network.reach import reach, reach_all
from planner.network.scenarios import LinkOffer, advise
from planner.network.world import CloudResource, Instance, RouteEntry, Vpc, VSwitch, World
from planner.render.network import advice_text, survey_text, trace_text, traces_text
from planner.render.reachability import reach_lines
from planner.render.terminal import PLAIN
from planner.values import replace

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


def test_a_trace_shows_each_hop_with_its_reason_and_source(world: World, golden: Golden) -> None:
    shown = [
        trace_text(reach(world, *ends).to_json(), PLAIN) for ends in (("i-1", "i-9"), ("i-8", "i-2"), ("i-8", "i-1"))
    ]
    golden("traces.text", "\n".join(shown))


def test_many_traces_are_reported_with_what_decided(world: World, golden: Golden) -> None:
    golden("traces-table.text", traces_text([trace.to_json() for trace in reach_all(world, origin="i-2")], PLAIN))


def test_what_is_reachable_comes_first_and_what_shares_a_reason_is_reported_together() -> None:
    world = World(
        "1",
        vpcs={"vpc-a": Vpc("vpc-a", "1", "r", "172.16.0.0/12", classic_link_enabled=True)},
        instances={
            f"i-{number}": Instance(f"i-{number}", "1", "r", "classic", f"10.1.{number // 250}.{number % 250 + 1}")
            for number in range(3_000)
        },
        cloud_resources={
            f"rm-{number}": CloudResource(f"rm-{number}", "rds", "vpc-a", f"172.16.0.{number + 1}")
            for number in range(3)
        },
        links={"i-1": "vpc-a"},
    )
    messages = traces_text([trace.to_json() for trace in reach_all(world, origin="i-1")], PLAIN).split("\n")
    assert messages[0] == "✓ i-1 can reach 3: rm-0, rm-1, rm-2"
    assert messages[1] == "    i-1 (10.1.0.2) reaches each over the link to vpc-a, as far as security groups let it."
    assert messages[3].startswith("? i-1 may reach 2,999: i-0, i-10, ")
    assert messages[3].endswith(" and 2,991 more")
    assert messages[-2] == "3,002 pairs: 3 reachable, 0 not, 2,999 unknown."
    assert len(messages) < 12
    back = traces_text([trace.to_json() for trace in reach_all(world, target="rm-0")], PLAIN)
    assert back.startswith("✓ i-1 can reach rm-0\n")
    assert "✗ 2,999 cannot reach rm-0: i-0, i-10, " in back
    assert "    Each is linked to no VPC, and rm-0 (172.16.0.1) is in vpc-a.\n" in back


def test_where_nothing_is_free_it_is_said_why() -> None:
    world = World("1", vpcs={"vpc-a": Vpc("vpc-a", "1", "r", "10.0.0.0/16")})
    text = survey_text({"vpcs": [], "free": free_blocks(world, 24, "vpc-a").to_json()}, PLAIN)
    assert text == (
        "No free block of size /24: vpc-a, 10.0.0.0/16, has no address in 10.111.0.0/16, the only "
        "usable part of 10.0.0.0/8.\n"
    )


def test_a_survey_shows_what_can_talk_what_is_in_the_way_and_what_is_free(world: World, golden: Golden) -> None:
    document: SurveyDocument = {
        "vpcs": [verdict.to_json() for verdict in survey(world)],
        "free": free_blocks(world, 20).to_json(),
    }
    golden("survey.text", survey_text(document, PLAIN))


def test_advice_is_reported_as_numbered_steps_with_alternatives(golden: Golden) -> None:
    advice = advise(Plane.CLASSIC, Plane.VPC, same_region=True, same_account=False)
    golden("advice.text", advice_text(advice.to_json(), PLAIN))


def test_advice_offers_the_blocks_of_the_link() -> None:
    advice = advise(Plane.CLASSIC, Plane.VPC, same_region=True, same_account=True).to_json()
    offer = LinkOffer("i-${x}", "vpc-a", enable=True, guest_route=True, vswitch_ids=("vsw-1",))
    text = advice_text({**advice, "offer": offer.to_json()}, PLAIN)
    assert '\nresource "classiclink_guest_route" "i--x-" {\n  instance_id = "i-$${x}"\n}\n' in text
    assert "\n  vpc_id      = classiclink_vpc.vpc-a.vpc_id\n" in text


def test_what_opens_and_closes_is_reported_in_groups_and_ranges(world: World) -> None:
    before, after = {"i-1": "vpc-a", "i-2": "vpc-b"}, {"i-2": "vpc-a"}
    assert reach_lines(openings(world, before, after).to_json(), PLAIN, 10) == [
        "Opens   i-2 → vpc-a (10.111.1.0/24): 1 resource (1 ecs)",
        "Closes  i-1 → vpc-a (10.111.1.0/24): 1 resource (1 ecs)",
        "Closes  i-2 → vpc-b (172.16.0.0/12): 1 resource (1 ecs)",
    ]


def test_a_link_opens_no_range_of_a_vpc_whose_vswitches_it_cannot_reach(world: World) -> None:
    outside = VSwitch("vsw-2", "vpc-a", "10.2.1.0/24")
    shut = replace(world, vswitches={"vsw-2": outside})
    assert reach_lines(openings(shut, {}, {"i-1": "vpc-a"}).to_json(), PLAIN, 10) == [
        "Opens   i-1 → vpc-a (10.0.0.0/8): no range of it is known to be reachable"
    ]
