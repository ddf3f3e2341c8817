"""Drift as a whole: in sync exactly where the three agree, one item for each subject, the odd one out moved."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.network.identity import Identity, Link
from planner.network.worlds import Worlds
from planner.plan.make import make_plan
from planner.plan.options import PlanContext, PlanOptions
from planner.values import replace
from support.drift_estates import Estate, in_sync

INSTANCES = ("i-1", "i-2", "i-3")
LINKS = st.fixed_dictionaries({instance_id: st.sampled_from([None, "vpc-a", "vpc-b"]) for instance_id in INSTANCES})
Links = dict[str, str | None]


def estate(state: Links, cloud: Links, declared: Links) -> Estate:
    """The estate of drift_estates with these links, and none of its guest routes."""
    base = in_sync()
    enabled = {name: identity for name, identity in base.declared.items() if identity.type == "classiclink_vpc"}
    linked = {instance_id: vpc_id for instance_id, vpc_id in cloud.items() if vpc_id}
    return Estate(replace(base.world, links=linked), {**enabled, **named(state)}, {**enabled, **named(declared)})


def named(links: Links) -> dict[str, Identity]:
    return {f"classiclink_attachment.{i}": Link(i, vpc_id) for i, vpc_id in links.items() if vpc_id}


@settings(max_examples=150)
@given(state=LINKS, cloud=LINKS, declared=LINKS)
def test_one_item_for_each_subject_on_which_the_three_differ(state: Links, cloud: Links, declared: Links) -> None:
    document = estate(state, cloud, declared).drift()
    items = {item["instance_id"]: item for item in document["items"]}
    assert len(items) == len(document["items"])
    assert set(items) == {i for i in INSTANCES if not state[i] == cloud[i] == declared[i]}
    assert document["in_sync"] == all(item["bucket"] == "pending" for item in items.values())
    for instance_id, item in items.items():
        said = {"state": state[instance_id], "cloud": cloud[instance_id], "configuration": declared[instance_id]}
        alone = [side for side, vpc_id in said.items() if Counter(said.values())[vpc_id] == 1]
        assert item["what_moved"] == (alone[0] if len(alone) == 1 else "cloud")
        assert (item["bucket"] == "pending") == (item["what_moved"] == "configuration")
        if item["bucket"] != "pending":
            assert (item["bucket"] == "missing") == (cloud[instance_id] is None)


@settings(max_examples=50)
@given(links=LINKS, cloud=LINKS)
def test_taking_over_what_the_cloud_says_ends_the_drift(links: Links, cloud: Links) -> None:
    assert estate(cloud, cloud, cloud).drift()["in_sync"]
    document = estate(links, cloud, links).drift()
    assert document["summary"]["missing"] + document["summary"]["changed"] + document["summary"]["unmanaged"] == sum(
        links[instance_id] != cloud[instance_id] for instance_id in INSTANCES
    )


HINDRANCES = {
    "a route": lambda estate: estate.with_route("vpc-a", "10.0.0.0/8"),
    "no guest route": lambda estate: estate.with_instance("i-1", guest_routes=()),
    "another address": lambda estate: estate.with_instance("i-2", private_ip="11.0.0.1"),
    "no status": lambda estate: estate.with_instance("i-3", status="Pending"),
    "ClassicLink off": lambda estate: (
        estate if "vpc-b" in estate.world.links.values() else estate.with_vpc("vpc-b", classic_link_enabled=False)
    ),
}


@settings(max_examples=100)
@given(state=LINKS, cloud=LINKS, declared=LINKS, hindrances=st.sets(st.sampled_from(sorted(HINDRANCES))))
def test_an_apply_is_offered_as_it_is_exactly_if_its_plan_has_no_error(
    state: Links, cloud: Links, declared: Links, hindrances: set[str]
) -> None:
    moved = estate(state, cloud, declared)
    for hindrance in sorted(hindrances):
        moved = HINDRANCES[hindrance](moved)
    for item in moved.drift()["items"]:
        for way, commands in zip(item["remedy"], item.get("commands") or [[]] * len(item["remedy"]), strict=True):
            words = commands[-1]["argv"] if commands else []
            offered = item["bucket"] != "violated" and way.startswith(("restore:", "carry out:"))
            if offered and words[1:3] == ["apply", "--target"] and len(commands) == 1:
                context = PlanContext(datetime(2026, 11, 23, tzinfo=UTC), "plan")
                options = PlanOptions(targets=tuple(words[3::2]))
                plan = make_plan(moved.desired, moved.prior, Worlds({"mock": moved.world}), options, context)
                assert plan["errored"] == ("forbids this now" in way or "once what breaks" in way), way
