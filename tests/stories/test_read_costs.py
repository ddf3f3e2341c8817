"""What a command reads of a real cloud: what configuration, state and command need, in few calls."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from support.alicloud import estate
from support.clouds import EmulatedDesk
from support.mock_worlds import Record
from support.story_estates import attach, enable

PROVIDER = 'provider "mock" {\n  world = "world.json"\n}\n'
FLEET = """
resource "classiclink_vpc" "all" {
  for_each = toset([for n in range(50) : format("vpc-%03d", n)])
  vpc_id   = each.key
}

resource "classiclink_attachment" "all" {
  for_each = merge([
    for h in range(100) : { for n in range(100) : format("i-%03d%02d", h, n) => format("vpc-%03d", n % 50) }
  ]...)

  instance_id = each.key
  vpc_id      = classiclink_vpc.all[each.value].vpc_id
}
"""
WRITES = ("AttachClassicLinkVpc", "EnableVpcClassicLink")


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[EmulatedDesk]:
    desk = EmulatedDesk(tmp_path)
    yield desk
    desk.close()


def cost(desk: EmulatedDesk, before: Mapping[str, int]) -> Counter[str]:
    """The reads since then."""
    found = Counter(desk.api_calls())
    found.subtract(before)
    return Counter({action: count for action, count in found.items() if count and action not in WRITES})


def test_a_plan_of_ten_thousand_links_to_fifty_vpcs_costs_few_calls(desk: EmulatedDesk) -> None:
    desk.world(**estate(50, 10_000, 10_000))
    desk.write(main__hcl=PROVIDER + FLEET)
    desk.cl("plan", "--summary", code=0)
    found = Counter(desk.api_calls())
    assert found.total() <= 260, found


def small(routes: list[Record] | None = None) -> Record:
    """Two VPCs, of which the second has no ClassicLink yet, and 1,500 instances."""
    document = estate(2, 1_500, 100)
    document["vpcs"][1]["classic_link_enabled"] = False
    document["links"] = [{**link, "vpc_id": "vpc-000"} for link in document["links"]]
    document["route_entries"] = routes or []
    return document


def test_routes_are_read_of_vpcs_that_change_and_no_others(desk: EmulatedDesk) -> None:
    desk.world(**small())
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-000") + enable("b", "vpc-001"))
    desk.cl("plan", code=0)
    assert desk.api_calls()["DescribeRouteEntryList"] == 1
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-000"))
    before = desk.api_calls()
    desk.cl("plan", code=0)
    assert "DescribeRouteEntryList" not in cost(desk, before)


def test_a_route_in_the_way_is_still_seen(desk: EmulatedDesk) -> None:
    desk.world(**small([{"vpc_id": "vpc-001", "destination_cidr_block": "10.0.0.0/8", "type": "Custom"}]))
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-000") + enable("b", "vpc-001"))
    assert "CL103" in desk.cl("plan", code=1).err


def test_an_apply_reads_once_more_only_what_it_touches(desk: EmulatedDesk) -> None:
    desk.world(**small())
    desk.write(main__hcl=PROVIDER + attach("n", "i-01400", "vpc-000"))
    desk.cl("plan", "--out", "plan.json", code=0)
    before = desk.api_calls()
    desk.cl("apply", "plan.json", code=0)
    found = cost(desk, before)
    assert "DescribeZones" not in found, "the region is not read"
    assert found["DescribeInstances"] == 1
    assert found.total() <= 10, found
    assert desk.links()["i-01400"] == "vpc-000"


def test_what_changed_since_the_plan_is_seen_in_what_an_apply_reads(desk: EmulatedDesk) -> None:
    desk.world(**small())
    desk.write(main__hcl=PROVIDER + attach("n", "i-01400", "vpc-000"))
    desk.cl("plan", "--out", "plan.json", code=0)
    world = desk.read_world()
    world["links"].append({"instance_id": "i-01400", "vpc_id": "vpc-000"})
    (desk.directory / "world.json").write_text(json.dumps(world))
    ended = desk.cl("apply", "plan.json", code=1)
    assert "i-01400 was linked to nothing, and is linked to vpc-000 now." in " ".join(ended.err.split())
