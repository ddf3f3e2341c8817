"""What the planner takes for legal, its checker proves: whatever changed outside, is unread, or is asked."""

from __future__ import annotations

from typing import Any

from hypothesis import event, given, settings
from hypothesis import strategies as st

from planner.documents.plan_head import Mode
from planner.network.kinds import Kind
from planner.network.world import Unread, World
from planner.values import replace
from support.small_estates import Estate, enablement, estates, in_words, link, messages, plan, remembered, world

ADDRESSES = st.sampled_from(
    [f'classiclink_attachment.web["i-{number}"]' for number in range(5)]
    + ["classiclink_attachment.web", "classiclink_attachment.old", "classiclink_vpc.v", "classiclink_guest_route.r"]
)
SOME = st.just(()) | st.lists(ADDRESSES, min_size=1, max_size=2, unique=True).map(tuple)


@st.composite
def changed_outside(draw: st.DrawFn, cloud: World) -> World:
    """Links ended and moved by others; a VPC may then have more of them than slots."""
    links = dict(cloud.links)
    for name in cloud.instances:
        fate = draw(st.integers(0, 5))
        if fate == 0:
            links.pop(name, None)
        elif fate == 1:
            links[name] = draw(st.sampled_from(sorted(cloud.vpcs)))
    vpcs = {
        name: replace(found, classic_link_enabled=found.classic_link_enabled or name in links.values())
        for name, found in cloud.vpcs.items()
    }
    return replace(cloud, links=links, vpcs=vpcs)


@st.composite
def partly_unread(draw: st.DrawFn, cloud: World) -> World:
    subject = draw(st.sampled_from((None, "i-0", "vpc-a")))
    return replace(cloud, unread=(Unread(draw(st.sampled_from(Kind)), subject, "denied"),))


@st.composite
def asked(draw: st.DrawFn) -> dict[str, Any]:
    """The options of a plan."""
    drain = draw(st.sampled_from((None, None, None, "vpc-a", "vpc-b")))
    return {
        "mode": draw(st.sampled_from((*[Mode.NORMAL] * 4, *Mode))),
        "refresh": draw(st.sampled_from((True, True, False))),
        "targets": draw(st.just(()) | SOME),
        "excludes": draw(st.just(()) | SOME),
        "replace": draw(SOME),
        "drain": drain,
        "include_unmanaged": drain is not None and draw(st.booleans()),
    }


@settings(max_examples=150, deadline=None)
@given(estates(feasible=False, cut_short=True), asked(), st.integers(1, 3), st.data())
def test_no_plan_ends_in_a_bug_message(estate: Estate, options: dict[str, Any], quota: int, data: Any) -> None:
    cloud = data.draw(st.just(estate.cloud) | changed_outside(estate.cloud))
    cloud = data.draw(st.just(cloud) | partly_unread(cloud))
    document = plan(estate.desired, estate.prior, cloud, quota=quota, **options)
    event(f"errored: {document['errored']}")
    assert "CL999" not in messages(document)


def test_a_link_that_is_replaced_where_there_are_more_links_than_slots_has_none_to_come_back_to() -> None:
    held = tuple(link(f"i{number}", "a") for number in range(3))
    cloud = world("a", {f"i{number}": "a" for number in range(3)})
    document = plan(held[1:], remembered(*held), cloud, quota=2, replace=('classiclink_attachment.web["i1"]',))
    assert messages(document) == {"CL910"}


def test_a_detach_relies_on_the_state_where_the_link_could_not_be_read() -> None:
    cloud = replace(world("a", extra="i1"), unread=(Unread(Kind.LINKS, None, "denied"),))
    document = plan((enablement("a"),), remembered(enablement("a"), link("i1", "a")), cloud)
    assert in_words(document) == ["detach i1 a"]
    assert (document["errored"], document["complete"]) == (False, False)
    assert document["proof"]["instances"] == {"i1": "a"}
    assert document["proof"]["vpcs"]["a"]["linked"] == 1
