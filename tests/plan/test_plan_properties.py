"""What holds of every plan, over random networks, states and configurations."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from random import Random
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from planner.documents.plan_loading import load_plan
from planner.documents.plan_steps import read_steps
from planner.network.identity import Link
from planner.network.world import GuestRouteEntry, World
from planner.network.worlds import Worlds
from planner.plan.document import step_json as as_json
from planner.proof import verify
from planner.recovery.fold import fold
from planner.values import replace
from support.small_cloud import fewest_parked, sampled_order
from support.small_estates import Estate, estates, messages

ORDERS = 5
RANDOMS = st.randoms(use_true_random=False)


@given(estates(cut_short=True), RANDOMS)
def test_every_prefix_of_every_sampled_order_is_legal(estate: Estate, random: Random) -> None:
    document = estate.plan()
    assert not document["errored"], (document["rules"], document["diagnostics"])
    for _ in range(ORDERS):
        cloud = estate.small_cloud()
        for step in sampled_order(document["steps"], random):
            cloud.take(step)


@given(estates())
def test_the_listed_order_ends_where_the_configuration_wants(estate: Estate) -> None:
    after = carried_out(estate, estate.plan())
    wanted = {object_.identity for object_ in estate.desired.objects}
    for identity in wanted:
        if identity.type == "classiclink_attachment":
            assert after.links[identity.instance_id or ""] == identity.vpc_id
        elif identity.type == "classiclink_vpc":
            assert after.vpcs[identity.vpc_id or ""].classic_link_enabled


@given(estates(cut_short=True))
def test_a_second_plan_is_empty(estate: Estate) -> None:
    document = estate.plan()
    after = carried_out(estate, document)
    state = fold(estate.prior, document, {step["id"] for step in document["steps"]}, {})
    second = replace(estate, cloud=after, prior=state).plan()
    assert second["steps"] == []
    assert second["resource_changes"] == []
    assert second["resource_drift"] == []
    assert not second["applicable"]


@given(estates(), RANDOMS)
def test_the_same_input_in_another_order_gives_the_same_plan(estate: Estate, random: Random) -> None:
    other = replace(
        estate,
        cloud=replace(
            estate.cloud,
            links=in_another_order(estate.cloud.links, random),
            vpcs=in_another_order(estate.cloud.vpcs, random),
            instances=in_another_order(estate.cloud.instances, random),
        ),
        prior=replace(estate.prior, objects=in_another_order(estate.prior.objects, random)),
        desired=replace(
            estate.desired, objects=tuple(random.sample(estate.desired.objects, len(estate.desired.objects)))
        ),
    )
    assert other.plan() == estate.plan()


@given(estates(most=7, cut_short=True) | estates(moves_only=True, most=7))
def test_no_more_instances_are_parked_than_must_be(estate: Estate) -> None:
    document = without_dependencies(estate).plan()
    parked = sum(bool(step.get("parked")) for step in document["steps"])
    event(f"parked: {parked}")
    assert parked == fewest_parked(estate.moves(), estate.staying(), estate.quota)


@given(estates(), RANDOMS)
def test_no_detach_of_a_move_leaves_its_instance_waiting_for_a_slot(estate: Estate, random: Random) -> None:
    """Whatever the order, an instance that is not parked finds its slot free as soon as it is detached."""
    estate = without_dependencies(estate)
    document = estate.plan()
    attaches = {step["instance_id"]: step for step in document["steps"] if step["action"] == "attach"}
    cloud = estate.small_cloud()
    done: set[int] = set()
    for step in sampled_order(document["steps"], random):
        cloud.take(step)
        done.add(step["id"])
        if step["action"] == "detach" and step["instance_id"] in attaches and not step.get("parked"):
            assert set(attaches[step["instance_id"]]["needs"]) <= done


@given(estates(), st.integers(2, 4), RANDOMS)
def test_no_more_links_are_down_at_once_than_allowed(estate: Estate, width: int, random: Random) -> None:
    estate = without_dependencies(estate)
    limits = replace(estate.desired.limits, max_unavailable=width)
    document = replace(estate, desired=replace(estate.desired, limits=limits)).plan()
    moving = set(estate.moves())
    down: set[str] = set()
    for step in sampled_order(document["steps"], random):
        if step["action"] == "detach" and step["instance_id"] in moving:
            down.add(step["instance_id"])
        elif step["action"] == "attach":
            down.discard(step["instance_id"])
        assert len(down) <= width


@given(estates(), st.integers(2, 4), st.integers(0, 8), RANDOMS)
def test_a_plan_after_a_cut_brings_back_who_is_down_and_takes_no_more_down_than_allowed(
    estate: Estate, width: int, count: int, random: Random
) -> None:
    estate = cut(without_dependencies(estate), count, random)
    limits = replace(estate.desired.limits, max_unavailable=width)
    document = replace(estate, desired=replace(estate.desired, limits=limits)).plan()
    if messages(document) == {"CL909"}:
        return
    assert not document["errored"]
    down, moving = {name for _, name in estate.prior.cut_short}, set(estate.moves())
    at_start = len(down)
    event(f"down at the start: {at_start}")
    steps = document["steps"]
    assert {step["instance_id"] for step in steps if step["reason"] == "resumed"} == down
    cloud = estate.small_cloud()
    for step in sampled_order(steps, random):
        cloud.take(step)
        if step["action"] == "detach" and step["instance_id"] in moving:
            down.add(step["instance_id"])
        elif step["action"] == "attach":
            down.discard(step["instance_id"])
        assert len(down) <= max(width, at_start)
    assert not fold(estate.prior, document, {step["id"] for step in steps}, {}).cut_short


@given(estates(feasible=False, cut_short=True))
def test_more_than_the_slots_is_reported_and_never_legal_by_chance(estate: Estate) -> None:
    document = estate.plan()
    links = [object_.identity for object_ in estate.desired.objects if isinstance(object_.identity, Link)]
    ends = Counter(link.vpc_id for link in links)
    managed = {
        found.identity.instance_id for found in estate.prior.objects.values() if isinstance(found.identity, Link)
    }
    ends.update(vpc_id for name, vpc_id in estate.cloud.links.items() if name not in managed)
    too_many = any(count > estate.quota for count in ends.values())
    event(f"too many: {too_many}")
    assert document["errored"] == too_many


@given(estates())
def test_a_document_survives_being_written_and_read(estate: Estate) -> None:
    document = estate.plan()
    assert load_plan(json.dumps(document)) == document
    assert [as_json(step, estate.cloud) for step in read_steps(document)] == document["steps"]
    assert verify(document, Worlds({"mock": estate.cloud})) == ()


def without_dependencies(estate: Estate) -> Estate:
    objects = tuple(replace(object_, depends_on=()) for object_ in estate.desired.objects)
    return replace(estate, desired=replace(estate.desired, objects=objects))


def cut(estate: Estate, count: int, random: Random) -> Estate:
    """The estate after that many steps of its plan, in some order."""
    document = estate.plan()
    done = list(sampled_order(document["steps"], random))[:count]
    after = carried_out(estate, {**document, "steps": done})
    return replace(estate, cloud=after, prior=fold(estate.prior, document, {step["id"] for step in done}, {}))


def in_another_order(mapping: Any, random: Random) -> dict[Any, Any]:
    return dict(shuffled(mapping.items(), random))


def shuffled(items: Iterable[Any], random: Random) -> list[Any]:
    found = list(items)
    random.shuffle(found)
    return found


def carried_out(estate: Estate, document: dict[str, Any]) -> World:
    """The world after all steps, one by one as listed."""
    cloud = estate.small_cloud()
    for step in document["steps"]:
        cloud.take(step)
    return replace(
        estate.cloud,
        links=cloud.links,
        vpcs={
            name: replace(found, classic_link_enabled=name in cloud.enabled)
            for name, found in estate.cloud.vpcs.items()
        },
        instances={
            name: replace(
                found, guest_routes=tuple(GuestRouteEntry(to) for owner, to in sorted(cloud.routes) if owner == name)
            )
            for name, found in estate.cloud.instances.items()
        },
    )
