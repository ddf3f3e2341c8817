"""An apply that a report offers is judged first: what a rule would refuse is said where it is offered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planner.drift.ignore import read_ignores
from planner.network.identity import Enablement, Link
from planner.network.kinds import Kind
from planner.network.world import Unread
from planner.values import replace
from support.drift_estates import TODAY, Estate, in_sync

CLASSIC = "10.0.0.0/8"


def ways(estate: Estate, subject: str, **how: Any) -> Sequence[str]:
    """The ways out of the group about this."""
    return next(group["remedy"] for group in estate.drift(**how)["groups"] if group["subject"] == subject)


def two_links() -> Estate:
    """i-1 and i-3 are linked to vpc-a, both managed."""
    return (
        in_sync().linked("i-3", "vpc-a").declaring(extra=Link("i-3", "vpc-a")).remembering(extra=Link("i-3", "vpc-a"))
    )


def test_a_link_whose_vpc_breaks_a_rule_is_restored_once_that_is_fixed_and_accepted_now() -> None:
    accept, restore = ways(two_links().linked("i-1", None).with_route("vpc-a", CLASSIC), "classiclink_attachment.web")
    assert accept.startswith("accept: remove classiclink_attachment.web from the configuration")
    assert restore == (
        "restore: once what breaks CL103 on vpc-a is fixed, cl apply --target classiclink_attachment.web"
    )


def test_what_no_other_item_reports_is_said_with_its_fix() -> None:
    accept, restore = ways(in_sync().linked("i-1", None).with_route("vpc-a", CLASSIC), "classiclink_attachment.web")
    assert accept.startswith("accept: ")
    assert restore.startswith(
        "restore: CL103 (custom-route-to-classic) forbids this now: vpc-a has a custom route for 10.0.0.0/8"
    )
    assert "DeleteRouteEntry" in restore
    assert restore.endswith("\nThen cl apply --target classiclink_attachment.web")


def test_what_is_reported_but_ignored_is_said_with_its_fix_too() -> None:
    ignores = read_ignores("classiclink_attachment.i-3/* # why", ".clignore", TODAY)
    estate = two_links().linked("i-1", None).with_route("vpc-a", CLASSIC)
    assert (
        "CL103 (custom-route-to-classic) forbids this now"
        in ways(estate, "classiclink_attachment.web", ignores=ignores)[1]
    )


def test_links_that_one_rule_refuses_are_one_group_with_one_fix() -> None:
    gone = two_links().linked("i-1", None).linked("i-3", None).with_vpc("vpc-a", cidr_block="192.168.0.0/24")
    lacking = gone.with_instance("i-1", guest_routes=()).with_instance("i-3", guest_routes=())
    restore = ways(lacking, "2 links to vpc-a")[-1]
    assert restore.startswith(
        "restore: CL107 (guest-route-missing) forbids this now: each instance has no route entry to 192.168.0.0/16"
    )
    assert restore.count("forbids") == 1
    assert restore.count('"i-1"') == restore.count('"i-3"') == 1
    assert "\nThen cl apply --target classiclink_attachment.extra --target classiclink_attachment.web" in restore


def test_links_of_one_vpc_that_a_rule_refuses_and_those_that_it_does_not_are_two_groups() -> None:
    gone = two_links().linked("i-1", None).linked("i-3", None).with_instance("i-3", status="Pending")
    first = {group["subject"]: group["remedy"][0] for group in gone.drift()["groups"]}
    assert first["classiclink_attachment.web"] == "restore: cl apply --target classiclink_attachment.web"
    assert first["classiclink_attachment.extra"].startswith("accept: ")


def test_what_the_same_apply_enables_and_frees_is_not_in_its_way() -> None:
    off = in_sync().linked("i-1", "vpc-b").linked("i-2", None).with_vpc("vpc-a", classic_link_enabled=False)
    gone = off.with_instance("i-2", guest_routes=())
    remedies = [group["remedy"][0] for group in gone.drift()["groups"]]
    assert not [remedy for remedy in remedies if "forbids" in remedy or "once" in remedy]


def test_a_change_that_is_not_applied_yet_is_judged_too() -> None:
    moved = in_sync().declaring(web=Link("i-1", "vpc-b")).with_route("vpc-b", CLASSIC)
    (carry_out,) = ways(moved, "classiclink_attachment.web")
    assert carry_out == (
        "carry out: once what breaks CL103 on vpc-b is fixed, cl apply --target classiclink_attachment.web"
    )


def test_a_link_that_is_not_managed_is_not_taken_over_to_where_a_rule_forbids_it() -> None:
    estate = in_sync().linked("i-3", "vpc-b").declaring(extra=Link("i-3", "vpc-a")).with_route("vpc-a", CLASSIC)
    restore = ways(estate, "classiclink_attachment.extra")[-1]
    assert restore == (
        "restore: once what breaks CL103 on vpc-a is fixed, cl import classiclink_attachment.extra i-3/vpc-b && "
        "cl apply --target classiclink_attachment.extra"
    )


def test_what_is_to_be_fixed_and_to_be_read_is_one_condition() -> None:
    estate = two_links().linked("i-1", None).with_route("vpc-a", CLASSIC)
    unread = estate.with_unread(Unread(Kind.VSWITCHES, None, "Forbidden.RAM"))
    assert (
        "restore: once everything can be read and what breaks CL103 on vpc-a is fixed, "
        "cl apply --target classiclink_attachment.web"
    ) in ways(unread, "classiclink_attachment.web")


def moved_by_hand() -> Estate:
    """i-1 was moved to vpc-b, which is in 192.168.0.0/16, and has no route to it."""
    return in_sync().linked("i-1", "vpc-b").with_instance("i-1", guest_routes=())


def test_a_violation_that_ends_with_the_link_needs_nothing_if_that_is_restored() -> None:
    groups = moved_by_hand().drift()["groups"]
    place, moved = next((at, group) for at, group in enumerate(groups) if group["bucket"] == "changed")
    assert moved["remedy"][0] == "restore: cl apply --target classiclink_attachment.web"
    violated = next(group for group in groups if group.get("rule") == "CL107")
    assert violated["follows_from"] == place
    restore, accept = violated["remedy"]
    assert restore == "restore: nothing to do if the declared link is restored, which ends this one"
    assert accept.startswith("accept: if the link stays: Add it inside i-1.")


def test_a_violation_of_the_instance_does_not_end_with_its_link() -> None:
    groups = in_sync().linked("i-1", "vpc-b").with_instance("i-1", private_ip="11.0.0.1").drift()["groups"]
    violated = next(group for group in groups if group.get("rule") == "CL401")
    assert not any("nothing to do" in way for way in violated["remedy"])
    moved = next(group for group in groups if group["bucket"] == "changed")
    assert (
        "restore: once what breaks CL401 for i-1 is fixed, cl apply --target classiclink_attachment.web"
        in (moved["remedy"])
    )


def test_a_violation_of_a_link_that_is_declared_no_more_ends_with_its_removal() -> None:
    estate = in_sync().declaring(db=None).with_instance("i-2", guest_routes=()).remembering(db=Link("i-2", "vpc-b"))
    carry_out, take_back = next(group["remedy"] for group in estate.drift()["groups"] if group.get("rule") == "CL107")
    assert carry_out == "carry out: nothing to do if its removal is applied"
    assert take_back.startswith("take back: if the link stays: ")


def test_links_that_went_elsewhere_together_end_together() -> None:
    estate = two_links().linked("i-1", "vpc-b").linked("i-3", "vpc-b")
    estate = estate.with_instance("i-1", guest_routes=()).with_instance("i-3", guest_routes=())
    violated = next(group for group in estate.drift()["groups"] if group.get("rule") == "CL107")
    restore, accept = violated["remedy"]
    assert violated["subject"] == "2 links to vpc-b"
    assert "follows_from" in violated
    assert restore == "restore: nothing to do if the declared link is restored, which ends this one"
    assert accept.startswith("accept: if the link stays: Add it inside each of them.")


def test_an_enablement_is_judged_and_its_links_follow_it() -> None:
    estate = in_sync().linked("i-1", None).with_vpc("vpc-a", classic_link_enabled=False).with_route("vpc-a", CLASSIC)
    groups = {group["subject"]: group for group in estate.drift()["groups"]}
    for subject in ("classiclink_vpc.a", "classiclink_attachment.web"):
        assert any("CL103 (custom-route-to-classic) forbids this now" in way for way in groups[subject]["remedy"])


def test_without_a_configuration_what_the_state_has_is_judged() -> None:
    estate = replace(in_sync().linked("i-1", None), declared={"classiclink_vpc.a": Enablement("vpc-a")})
    document = estate.with_route("vpc-a", CLASSIC).drift(configured=False)
    item = next(item for item in document["items"] if item["type"] == "classiclink_attachment")
    assert "forbids this now" in item["remedy"][-1]


def test_a_link_that_went_elsewhere_and_is_declared_no_more_is_ended_by_hand_and_forgotten() -> None:
    restore = ways(in_sync().linked("i-1", "vpc-b").declaring(web=None), "classiclink_attachment.web")[0]
    assert restore.startswith("restore: aliyun ")
    assert restore.endswith(", then cl refresh --target classiclink_attachment.web")


def test_no_fix_repeats_a_plan_that_was_not_made() -> None:
    restore = ways(in_sync().linked("i-1", None).with_instance("i-1", status="Pending"), "classiclink_attachment.web")[
        -1
    ]
    assert "CL205 (instance-status) forbids this now" in restore
    assert "--exclude" not in restore


def test_a_link_can_be_made_as_long_as_its_vpc_that_is_declared_no_more_is_enabled() -> None:
    estate = in_sync().linked("i-1", None).declaring(a=None)
    assert "restore: cl apply --target classiclink_attachment.web" in ways(estate, "classiclink_attachment.web")


def test_a_vpc_is_not_disabled_by_an_apply_whose_move_away_from_it_is_refused() -> None:
    estate = in_sync().declaring(a=None, web=Link("i-1", "vpc-b")).with_route("vpc-b", CLASSIC)
    carry_out = ways(estate, "classiclink_vpc.a")[-1]
    assert carry_out == "carry out: once what breaks CL103 on vpc-b is fixed, cl apply --target classiclink_vpc.a"
