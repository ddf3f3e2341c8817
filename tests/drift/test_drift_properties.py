"""Drift as a whole: in sync exactly where the three agree, one item for each subject, the odd one out moved."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.network.identity import Identity, Link
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
