"""The order of steps, on networks small enough to be read."""

from __future__ import annotations

import re
from itertools import permutations
from typing import Any

import pytest

from planner.address import Address
from planner.config.desired import Desired, DesiredObject, Limits
from planner.network.identity import ATTACHMENT, VPC, Link
from planner.state.model import State
from planner.values import replace
from support.small_estates import (
    ROUTE,
    enablement,
    in_words,
    link,
    messages,
    plan,
    remembered,
    route,
    vpc,
    wanted,
    world,
)

NOTHING = State()


def moving(document: dict[str, Any], *, at_least: int = 1) -> dict[str, Any]:
    assert not document["errored"]
    assert len(document["steps"]) >= 2 * at_least
    return document


def moves(**ways: str) -> tuple[tuple[DesiredObject, ...], tuple[DesiredObject, ...], dict[str, str]]:
    """What is wanted, held and linked for instances that go as in `i1="a b"`; `i1="a"` stays."""
    ends = {name: way.split()[-1] for name, way in ways.items()}
    starts = {name: way.split()[0] for name, way in ways.items()}
    return (
        tuple(link(name, end) for name, end in ends.items()),
        tuple(link(name, start) for name, start in starts.items()),
        starts,
    )


def wanted_at(key: str, instance_id: str, vpc_id: str) -> DesiredObject:
    return wanted(Address(ATTACHMENT, "web", key), Link(instance_id, vpc_id))


def parked(document: dict[str, Any]) -> list[str]:
    return [step["instance_id"] for step in document["steps"] if step.get("parked")]


def test_a_chain_of_hand_offs_begins_at_the_free_slot() -> None:
    wanted, held, links = moves(i1="a b", i2="b c")
    document = moving(plan(wanted, remembered(*held), world("a b c", links), quota=1))
    assert in_words(document) == ["detach i2 b", "attach i2 c <- 1", "detach i1 a <- 1", "attach i1 b <- 1 3"]
    assert [step.get("slot") for step in document["steps"] if step["action"] == "attach"] == [
        {"from": "free"},
        {"from": "step", "step": 1},
    ]
    assert parked(document) == []


def test_a_full_circle_parks_exactly_one() -> None:
    wanted, held, links = moves(i1="a b", i2="b c", i3="c a")
    document = moving(plan(wanted, remembered(*held), world("a b c", links), quota=1))
    assert len(parked(document)) == 1


def test_circles_that_meet_in_one_vpc_share_one_parked_instance() -> None:
    wanted, held, links = moves(i1="a b", i2="b a", i3="a c", i4="c a", i5="a d", i6="d a")
    cloud = world("a b c d", {**links, "x1": "b", "x2": "b", "x3": "c", "x4": "c", "x5": "d", "x6": "d"})
    document = moving(plan(wanted, remembered(*held), cloud, quota=3))
    assert len(parked(document)) == 1


def test_circles_that_never_meet_park_one_each() -> None:
    wanted, held, links = moves(i1="a b", i2="b a", i3="c d", i4="d c")
    assert len(parked(moving(plan(wanted, remembered(*held), world("a b c d", links), quota=1)))) == 2


def test_one_free_slot_anywhere_in_the_circle_spares_the_parking() -> None:
    wanted, held, links = moves(i1="a b", i2="b c", i3="c a", i4="a b", i5="b c")
    document = moving(plan(wanted, remembered(*held), world("a b c", links), quota=2))
    assert parked(document) == []


def test_a_link_that_goes_for_good_spares_the_parking() -> None:
    wanted, held, links = moves(i1="a b", i2="b a", i3="a")
    document = moving(plan(wanted[:2], remembered(*held), world("a b", {**links, "x": "b"}), quota=2))
    assert in_words(document)[0] == "detach i3 a"
    assert parked(document) == []


def test_newcomers_take_what_moves_leave() -> None:
    wanted, held, links = moves(i1="a b")
    document = moving(plan((*wanted, link("new", "a")), remembered(*held), world("a b", links, extra="new"), quota=1))
    assert in_words(document) == ["detach i1 a", "attach i1 b <- 1", "attach new a <- 1"]


def test_free_slots_are_shared_out_so_that_chains_run_side_by_side() -> None:
    ways = {f"i{number}": "a b" for number in range(4)} | {f"j{number}": "b c" for number in range(4)}
    wanted, held, links = moves(**ways)
    cloud = world("a b c", {**links, "x1": "c", "x2": "c"})
    document = moving(plan(wanted, remembered(*held), cloud, quota=6), at_least=8)
    depth: dict[int, int] = {}
    for step in document["steps"]:
        depth[step["id"]] = 1 + max((depth[need] for need in step["needs"]), default=0)
    assert max(depth.values()) <= 3


def test_a_full_vpc_is_reported_and_the_rest_is_planned() -> None:
    document = plan((link("i1", "a"), link("i2", "b")), NOTHING, world("a b", {"x": "a"}, extra="i1 i2"), quota=1)
    assert messages(document) == {"CL910"}
    assert [step["slot"] for step in document["steps"]] == [None, {"from": "free"}]
    assert document["errored"]


def test_a_vpc_with_more_links_than_slots_gives_none() -> None:
    held = tuple(link(f"i{number}", "a") for number in range(3))
    cloud = world("a", {f"i{number}": "a" for number in range(3)}, extra="new")
    assert "CL910" in messages(plan((link("new", "a"),), remembered(*held), cloud, quota=2))


def test_a_move_waits_for_its_new_vpc_to_be_enabled_and_its_route_to_be_added() -> None:
    cloud = world({"a": vpc("a"), "b": vpc("b", enabled=False, cidr=ROUTE)}, {"i1": "a"})
    wanted = (enablement("b", cidr=ROUTE), route("i1"), link("i1", "b"))
    document = moving(plan(wanted, remembered(link("i1", "a")), cloud))
    assert in_words(document) == [
        "enable_classic_link b",
        "add_guest_route i1",
        "detach i1 a <- 1 2",
        "attach i1 b <- 1 2 3",
    ]


def test_a_dependency_orders_what_nothing_else_orders() -> None:
    second = link("i1", "a", depends_on=(Address(ATTACHMENT, "web", "i2"),))
    document = plan((second, link("i2", "a")), NOTHING, world("a", extra="i1 i2"))
    assert in_words(document) == ["attach i2 a", "attach i1 a <- 1"]


def test_a_dependency_is_seen_through_what_stays_as_it_is() -> None:
    first = enablement("a")
    middle = link("i2", "b", depends_on=(Address(VPC, "v", "a"),))
    last = link("i1", "b", depends_on=(Address(ATTACHMENT, "web", "i2"),))
    cloud = world({"a": vpc("a", enabled=False), "b": vpc("b")}, {"i2": "b"}, extra="i1")
    assert in_words(plan((first, middle, last), remembered(middle), cloud)) == [
        "enable_classic_link a",
        "attach i1 b <- 1",
    ]


def test_a_dependency_on_a_whole_resource_means_the_one_that_belongs_to_the_object() -> None:
    ids = ("i1", "i2", "i3")
    links = tuple(link(name, "a", depends_on=(Address("classiclink_guest_route", "r"),)) for name in ids)
    cloud = world({"a": vpc("a", cidr=ROUTE)}, extra=" ".join(ids))
    document = plan((*links, *(route(name) for name in ids)), NOTHING, cloud)
    assert [step["needs"] for step in document["steps"] if step["action"] == "attach"] == [[1], [2], [3]]


def test_a_dependency_between_two_large_resources_costs_no_needs_by_the_million() -> None:
    count = 200
    first = tuple(link(f"i{number:03}", "a", "first") for number in range(count))
    depends = (Address(ATTACHMENT, "first"),)
    last = tuple(link(f"j{number:03}", "a", "last", depends_on=depends) for number in range(count))
    ids = " ".join(str(object_.address.key) for object_ in (*first, *last))
    document = plan((*last, *first), NOTHING, world("a", extra=ids))
    assert [step["address"].split(".")[1][:4] for step in document["steps"]] == ["firs"] * count + ["last"] * count
    assert sum(len(step["needs"]) for step in document["steps"]) < 3 * count
    assert all(step["needs"] for step in document["steps"][count:])


def test_what_depends_on_an_object_goes_before_it() -> None:
    first, second = link("i1", "a"), link("i2", "a", depends_on=(Address(ATTACHMENT, "web", "i1"),))
    document = plan((), remembered(first, second), world("a", {"i1": "a", "i2": "a"}))
    assert in_words(document) == ["detach i2 a", "detach i1 a <- 1"]


def test_a_dependency_that_contradicts_the_slots_is_reported_and_gives_way() -> None:
    first = link("i1", "b", depends_on=(Address(ATTACHMENT, "web", "i2"),))
    second = link("i2", "a", depends_on=(Address(ATTACHMENT, "web", "i1"),))
    cloud = world("a b", extra="i1 i2")
    document = plan((first, second), NOTHING, cloud)
    assert messages(document) == {"CL908"}
    assert not document["errored"]


def in_a_ring(turns: str) -> tuple[Any, Any, dict[str, str]]:
    """Instances that each go to where the next one was; the links of `turns` are wanted in that order."""
    _, held, links = moves(i1="a b", i2="b c", i3="c a")
    names = turns.split()
    before = dict(zip(names[1:], names, strict=False))
    ends = {"i1": "b", "i2": "c", "i3": "a"}
    wanted = tuple(
        link(name, end, depends_on=(Address(ATTACHMENT, "web", before[name]),) if name in before else ())
        for name, end in ends.items()
    )
    remembered_too = tuple(replace(found, depends_on=wanted[number].depends_on) for number, found in enumerate(held))
    return wanted, remembered_too, links


@pytest.mark.parametrize("free", [0, 1])
@pytest.mark.parametrize("turns", ["i1 i3 i2", "i3 i2 i1", "i2 i1 i3"])
def test_moves_wanted_in_an_order_that_slots_allow_are_down_no_longer_for_it(turns: str, free: int) -> None:
    wanted, held, links = in_a_ring(turns)
    least = Desired(wanted, limits=Limits(max_unavailable=1 if free else 2))
    document = moving(plan(least, remembered(*held), world("a b c", links), quota=1 + free))
    assert [step["instance_id"] for step in document["steps"] if step["action"] == "attach"] == turns.split()
    assert parked(document) == ([] if free else turns.split()[-1:])


@pytest.mark.parametrize("turns", list(map(" ".join, permutations(("i1", "i2", "i3")))))
def test_the_limit_that_a_plan_asks_for_is_enough_and_the_least(turns: str) -> None:
    wanted, held, links = in_a_ring(turns)

    def made(most: int) -> Any:
        desired = Desired(wanted, limits=Limits(max_unavailable=most))
        return plan(desired, remembered(*held), world("a b c", links), quota=1)

    [remedy] = [found["remedy"] for found in made(1)["diagnostics"] if found["code"] == "CL909"]
    asked = int(re.findall(r"max_unavailable = (\d+)", remedy)[0])
    assert not made(asked)["errored"]
    assert made(asked - 1)["errored"]


def test_max_unavailable_keeps_the_moves_in_lanes() -> None:
    wanted, held, links = moves(**{f"i{number}": "a b" for number in range(5)})
    desired = Desired(wanted, limits=Limits(max_unavailable=2))
    document = moving(plan(desired, remembered(*held), world("a b", links)))
    assert document["proof"]["max_unavailable"] == 2
    assert document["proof"]["lanes"] == [[1, 5, 9], [3, 7]]
    assert document["steps"][4]["needs"] == [2]
    assert document["steps"][6]["needs"] == [4]


def test_max_unavailable_of_one_cannot_be_kept_where_one_must_be_parked() -> None:
    wanted, held, links = moves(i1="a b", i2="b a")
    desired = Desired(wanted, limits=Limits(max_unavailable=1))
    document = plan(desired, remembered(*held), world("a b", links), quota=1)
    assert messages(document) == {"CL909"}
    assert "max_unavailable = 2" in document["diagnostics"][0]["remedy"]
    enough = replace(desired, limits=Limits(max_unavailable=2))
    assert not plan(enough, remembered(*held), world("a b", links), quota=1)["errored"]


def test_closed_groups_take_turns_where_few_links_may_be_down() -> None:
    wanted, held, links = moves(i1="a b", i2="b a", i3="c d", i4="d c", i5="e f", i6="f e")
    desired = Desired(wanted, limits=Limits(max_unavailable=2))
    document = moving(plan(desired, remembered(*held), world("a b c d e f", links), quota=1))
    assert len(parked(document)) == 3


def test_a_move_that_was_cut_short_is_ended_before_others_begin() -> None:
    wanted, held, links = moves(i1="a b", i2="a b")
    cut = replace(remembered(*held[1:]), cut_short=(("mock", "i1"),))
    document = moving(plan(wanted, cut, world("a b", {"i2": links["i2"], "x": "b"}, extra="i1"), quota=3))
    assert in_words(document) == ["attach i1 b", "detach i2 a", "attach i2 b <- 2"]
    assert [step["reason"] for step in document["steps"]] == ["resumed", "moved", "moved"]


def test_a_move_that_was_cut_short_may_end_at_the_address_of_another_link() -> None:
    held = wanted_at("place", "i1", "a")
    cut = replace(remembered(held), cut_short=(("mock", "i2"),))
    document = moving(plan((wanted_at("place", "i2", "a"),), cut, world("a", {"i1": "a"}, extra="i2")))
    assert [(step["action"], step["reason"]) for step in document["steps"]] == [
        ("detach", "replaced"),
        ("attach", "resumed"),
    ]


def test_a_link_that_was_detached_outside_comes_back_before_others_move() -> None:
    wanted, held, _ = moves(i1="a b", i2="c", i3="b c")
    document = moving(plan(wanted, remembered(*held), world("a b c", {"i1": "a", "i3": "b"}, extra="i2"), quota=2))
    assert in_words(document)[0] == "attach i2 c"
    assert document["resource_changes"][1]["action_reason"] == "detached_outside"


def test_an_instance_that_is_down_leaves_the_last_slot_of_a_circle_to_the_moves_so_that_none_is_parked() -> None:
    wanted, held, links = moves(i1="a b", i2="b a")
    wanted = (*wanted, link("i3", "b"))
    cut = replace(remembered(*held), cut_short=(("mock", "i3"),))
    document = moving(plan(wanted, cut, world("a b", {**links, "x": "a"}, extra="i3"), quota=2))
    assert parked(document) == []
    assert in_words(document)[-1].startswith("attach i3 b <- ")


def test_an_instance_that_is_down_and_has_no_slot_is_reported() -> None:
    wanted, held, links = moves(i1="a b", i2="b a")
    cut = replace(remembered(*held), cut_short=(("mock", "i3"), ("mock", "i4")))
    cloud = world("a b", links, extra="i3 i4")
    document = plan((*wanted, link("i3", "a"), link("i4", "a")), cut, cloud, quota=1)
    assert messages(document) == {"CL910"}


def test_links_that_are_down_at_the_start_count_as_unavailable() -> None:
    wanted, held, links = moves(i1="a b", i2="a b", i3="a b")
    cut = replace(remembered(*held), cut_short=(("mock", "i4"), ("mock", "i5")))
    cloud = world("a b", links, extra="i4 i5")
    desired = Desired((*wanted, link("i4", "b"), link("i5", "b")), limits=Limits(max_unavailable=2))
    document = moving(plan(desired, cut, cloud))
    assert in_words(document)[:4] == ["attach i4 b", "attach i5 b", "detach i1 a <- 1", "attach i1 b <- 3"]
    assert document["proof"]["lanes"] == [[1, 3, 7], [2, 5]]
    one = moving(plan(replace(desired, limits=Limits(max_unavailable=1)), cut, cloud))
    assert one["proof"]["lanes"] == [[1, 2, 3, 5, 7]]
    assert one["steps"][2]["needs"] == [1, 2]


def test_a_route_that_goes_is_gone_before_the_link_that_needs_it_so_that_it_is_reported() -> None:
    cloud = world({"a": vpc("a", cidr=ROUTE), "b": vpc("b", cidr=ROUTE)}, {"i1": "a"}, routed=("i1",))
    document = plan((link("i1", "b"),), remembered(link("i1", "a"), route("i1")), cloud)
    assert in_words(document) == ["detach i1 a", "remove_guest_route i1 <- 1", "attach i1 b <- 1 2"]
    assert messages(document) == {"CL107", "CL911"}
