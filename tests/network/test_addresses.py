"""Planning addresses: what can talk to the classic network, what is in the way, and what is free."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.network.addresses import free_blocks, survey
from planner.network.addressing import VpcClass, in_classic_range, network, overlaps_classic_range, vpc_class
from planner.network.world import RouteEntry, VSwitch
from support.network_worlds import overview_example, vpc, world_of


def test_the_ip_address_range_used_by_classic_networks_is_10_excluding_10_111() -> None:
    """Background."""
    assert in_classic_range("10.0.0.0")
    assert in_classic_range("10.110.255.255")
    assert not in_classic_range("10.111.0.0")
    assert not in_classic_range("10.111.255.255")
    assert in_classic_range("10.112.0.0")
    assert not in_classic_range("9.255.255.255")
    assert not in_classic_range("11.0.0.0")


@pytest.mark.parametrize(
    ("block", "found"),
    [
        ("172.16.0.0/12", VpcClass.CLASS_172),
        ("172.31.0.0/16", VpcClass.CLASS_172),
        ("10.0.0.0/8", VpcClass.CLASS_10),
        ("10.111.0.0/16", VpcClass.CLASS_10),
        ("192.168.0.0/16", VpcClass.CLASS_192),
        ("172.32.0.0/16", None),
        ("172.0.0.0/8", None),
        ("100.64.0.0/10", None),
    ],
)
def test_vpc_ranges_that_can_communicate_with_the_classic_network(block: str, found: VpcClass | None) -> None:
    """Background and Limits."""
    assert vpc_class(block) is found


@pytest.mark.parametrize(
    "text", ["10.0.0.0", "10.0.0.0/255.0.0.0", "10.0.0.1/8", "10.0.0.0/33", "x/8", "", "/8", "::/0"]
)
def test_what_is_no_cidr_block_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="CIDR"):
        network(text)


def test_overlap_with_the_classic_range() -> None:
    assert overlaps_classic_range("10.0.0.0/8")
    assert overlaps_classic_range("0.0.0.0/0")
    assert overlaps_classic_range("10.110.0.0/15"), "half of it is classic"
    assert not overlaps_classic_range("10.111.4.0/24")
    assert not overlaps_classic_range("172.16.0.0/12")


def test_a_survey_says_of_each_vpc_and_vswitch_whether_it_can_talk() -> None:
    world = world_of(
        vpc("vpc-a", "172.16.0.0/16", secondary_cidr_blocks=("10.5.0.0/16",)),
        VSwitch("vsw-a", "vpc-a", "172.16.1.0/24"),
        VSwitch("vsw-a2", "vpc-a", "10.5.1.0/24"),
        vpc("vpc-b", "10.0.0.0/8"),
        VSwitch("vsw-b", "vpc-b", "10.3.1.0/24"),
        vpc("vpc-c", "192.168.0.0/16"),
        RouteEntry("vpc-c", "10.0.0.0/8"),
        RouteEntry("vpc-c", "10.8.0.0/16"),
        vpc("vpc-d", "100.64.0.0/16"),
        vpc("vpc-e", "172.17.0.0/16"),
    )
    verdicts = {verdict.vpc_id: verdict for verdict in survey(world)}
    assert list(verdicts) == ["vpc-a", "vpc-b", "vpc-c", "vpc-d", "vpc-e"]
    assert {vpc_id: verdict.can_talk for vpc_id, verdict in verdicts.items()} == {
        "vpc-a": True,
        "vpc-b": False,
        "vpc-c": False,
        "vpc-d": False,
        "vpc-e": True,
    }
    assert [(one.vswitch_id, one.can_talk) for one in verdicts["vpc-a"].vswitches] == [
        ("vsw-a", True),
        ("vsw-a2", False),
    ]
    assert [(one.kind, one.what, one.blocks) for one in verdicts["vpc-a"].conflicts] == [
        ("vswitch", "vsw-a2", False),
        ("secondary_cidr_block", "10.5.0.0/16", False),
    ]
    assert [(one.what, one.blocks) for one in verdicts["vpc-c"].conflicts] == [
        ("10.0.0.0/8", True),
        ("10.8.0.0/16", False),
    ]
    assert "No vSwitch" in verdicts["vpc-b"].reason
    assert verdicts["vpc-d"].served_by is None
    assert verdicts["vpc-e"].to_json()["served_by"] == "172.16.0.0/12"


def test_the_example_vswitch_can_talk_and_one_outside_10_111_cannot() -> None:
    """Example scenario."""
    (verdict,) = survey(overview_example())
    assert verdict.can_talk
    assert [(one.cidr_block, one.can_talk) for one in verdict.vswitches] == [
        ("10.111.1.0/24", True),
        ("10.200.1.0/24", False),
    ]


def test_free_blocks_leave_out_what_vswitches_use() -> None:
    free = free_blocks(overview_example(), 24, most=2)
    assert (free.count, free.blocks) == (255, ("10.111.0.0/24", "10.111.2.0/24"))
    assert free_blocks(overview_example(), 16).blocks == ()
    assert free_blocks(overview_example(), 16).reason == "The vSwitches leave no gap of that size in 10.111.0.0/16."


@pytest.mark.parametrize(
    ("block", "within", "count", "reason"),
    [
        ("172.16.0.0/16", "172.16.0.0/16", 255, None),
        ("192.168.0.0/20", "192.168.0.0/20", 15, None),
        ("172.16.0.0/25", "172.16.0.0/25", 0, "172.16.0.0/25 is smaller than that."),
        ("10.0.0.0/8", "10.111.0.0/16", 256, None),
        (
            "10.0.0.0/16",
            None,
            0,
            "vpc-a, 10.0.0.0/16, has no address in 10.111.0.0/16, the only usable part of 10.0.0.0/8.",
        ),
        (
            "100.64.0.0/16",
            None,
            0,
            "vpc-a, 100.64.0.0/16, is not in 172.16.0.0/12, 10.0.0.0/8 or 192.168.0.0/16.",
        ),
    ],
)
def test_of_one_vpc_all_is_free_that_a_link_leads_to_and_no_vswitch_takes(
    block: str, within: str | None, count: int, reason: str | None
) -> None:
    first = f"{block.rpartition('.')[0]}.0/28"
    world = world_of(vpc("vpc-a", block), VSwitch("vsw-1", "vpc-a", first))
    free = free_blocks(world, 24, "vpc-a")
    assert (free.within, free.count, free.reason) == (within, count, reason)


def test_within_one_vpc_only_its_own_vswitches_are_in_the_way_and_only_its_own_range_is_free() -> None:
    world = world_of(
        vpc("vpc-a", "10.0.0.0/8"),
        vpc("vpc-b", "10.111.8.0/22"),
        vpc("vpc-c", "172.16.0.0/12"),
        VSwitch("vsw-b", "vpc-b", "10.111.8.0/24"),
    )
    assert free_blocks(world, 24, "vpc-a").count == 256
    assert free_blocks(world, 24, "vpc-b").blocks == ("10.111.9.0/24", "10.111.10.0/24", "10.111.11.0/24")
    assert free_blocks(world, 24, "vpc-c").count == 4096


@pytest.mark.parametrize("length", [15, 30, 0])
def test_a_size_that_no_vswitch_can_have_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="prefix length from 16 to 29"):
        free_blocks(overview_example(), length)


blocks = st.builds(
    lambda offset, length: str(IPv4Network((int(IPv4Network("10.110.0.0/15")[0]) + offset, length), strict=False)),
    st.integers(0, 2**17 - 1),
    st.integers(14, 29),
)


@given(st.lists(blocks, max_size=8), st.integers(16, 24))
def test_free_blocks_are_all_there_are(used: list[str], length: int) -> None:
    world = world_of(
        vpc("vpc-a", "10.0.0.0/8"), *(VSwitch(f"v{number}", "vpc-a", block) for number, block in enumerate(used))
    )
    taken = [IPv4Network(block) for block in used]
    expected = [
        str(block)
        for block in IPv4Network("10.111.0.0/16").subnets(new_prefix=length)
        if not any(block.overlaps(other) for other in taken)
    ]
    free = free_blocks(world, length, "vpc-a", most=5)
    assert free.count == len(expected)
    assert list(free.blocks) == expected[:5]
