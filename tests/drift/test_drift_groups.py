"""Items with one cause are one group: root causes first, with one command for all of them where that does it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import pytest

from planner.drift.ignore import read_ignores
from planner.network.identity import Identity, Link
from planner.network.kinds import Kind
from planner.network.world import GuestRouteEntry, Instance, Unread
from planner.remedy import Remedy
from planner.render.drift import drift_verdict
from planner.values import replace
from support.drift_estates import Estate, in_sync

WEB = {f'classiclink_attachment.web["i-{number}"]': Link(f"i-{number}", "vpc-a") for number in range(100, 124)}

ROUTES = (GuestRouteEntry("192.168.0.0/16"),)


def estate_of(links: dict[str, Link]) -> Estate:
    """These links to vpc-a beside what is in sync: declared, in the state and in the cloud."""
    start = in_sync()
    instances = {
        link.instance_id: Instance(
            link.instance_id, "1001", "cn-hangzhou", "classic", f"10.1.2.{number}", guest_routes=()
        )
        for number, link in enumerate(links.values(), 100)
    }
    world = replace(
        start.world,
        instances={**start.world.instances, **instances},
        links={**start.world.links, **{link.instance_id: link.vpc_id for link in links.values()}},
    )
    objects: dict[str, Identity] = dict(links)
    return replace(start, world=world, state={**start.state, **objects}, declared={**start.declared, **objects})


def without(estate: Estate, links: dict[str, Link]) -> Estate:
    """The same, its links gone from the cloud."""
    for link in links.values():
        estate = estate.linked(link.instance_id, None)
    return estate


def test_links_of_one_vpc_that_are_gone_are_one_group_with_one_command() -> None:
    document = without(estate_of(WEB), WEB).drift()
    assert len(document["items"]) == 24
    (group,) = document["groups"]
    assert (group["bucket"], group["subject"], len(group["items"])) == ("missing", "24 links to vpc-a", 24)
    assert group["detail"] == (
        "24 links to vpc-a (i-100, i-101, i-102 and 21 more): each is in the state, and no longer in the cloud."
    )
    assert group["remedy"][0] == "restore: cl apply --target classiclink_attachment.web"
    keys = ", ".join(f'"i-{number}"' for number in range(100, 110))
    assert group["remedy"][1] == (
        f"accept: remove {keys} and 14 more from the for_each of classiclink_attachment.web, "
        "then cl refresh --target classiclink_attachment.web"
    )


def targets_of(addresses: Iterable[str]) -> str:
    return " ".join(f"--target '{address}'" for address in addresses)


def test_no_command_for_a_group_does_more_than_that_where_something_else_differs() -> None:
    gone = dict(list(WEB.items())[:20])
    moved = {**WEB, 'classiclink_attachment.web["i-123"]': Link("i-123", "vpc-b")}
    estate = without(estate_of(WEB), gone).with_instance("i-123", guest_routes=ROUTES)
    estate = replace(estate, declared={**in_sync().declared, **moved})
    (missing, pending) = estate.drift()["groups"]
    restore, accept = missing["remedy"]
    assert restore == f"restore: cl apply {targets_of(gone)}"
    assert accept.endswith(", then cl drift, which then shows the cl refresh command with all 20 targets")
    assert pending["remedy"] == ["carry out: cl apply --target 'classiclink_attachment.web[\"i-123\"]'"]


def test_a_resource_is_no_target_where_one_of_its_objects_that_differs_is_ignored() -> None:
    ignores = read_ignores("classiclink_attachment.i-123/* # why", ".clignore", date(2026, 11, 30))
    (group,) = without(estate_of(WEB), WEB).drift(ignores=ignores)["groups"]
    assert group["remedy"][0] == f"restore: cl apply {targets_of(list(WEB)[:-1])}"


def test_what_is_all_that_differs_needs_no_targets() -> None:
    links = {f"classiclink_attachment.n{number}": Link(f"i-{number}", "vpc-a") for number in range(100, 107)}
    (group,) = without(estate_of(links), links).drift()["groups"]
    assert group["remedy"][0] == "restore: cl apply"


def test_few_objects_are_named_one_by_one() -> None:
    two = dict(list(WEB.items())[:2])
    (group,) = without(estate_of(WEB), two).drift()["groups"]
    assert group["remedy"][0] == (
        "restore: cl apply --target 'classiclink_attachment.web[\"i-100\"]' "
        "--target 'classiclink_attachment.web[\"i-101\"]'"
    )


def test_classiclink_that_was_switched_off_comes_before_the_links_that_went_with_it() -> None:
    gone = {**WEB, "classiclink_attachment.web": Link("i-1", "vpc-a")}
    estate = without(estate_of(WEB), gone).with_vpc("vpc-a", classic_link_enabled=False).linked("i-2", None)
    root, other, links, *_ = estate.drift()["groups"]
    assert (root["bucket"], root["subject"]) == ("changed", "classiclink_vpc.a")
    assert (links["subject"], links["follows_from"]) == ("25 links to vpc-a", 0)
    assert other["subject"] == "classiclink_attachment.db"
    assert "follows_from" not in other


def test_classiclink_that_was_switched_off_comes_first_where_another_vpc_is_gone_with_its_links() -> None:
    estate = without(estate_of(WEB), WEB).with_vpc("vpc-a", classic_link_enabled=False)
    vpcs = {name: vpc for name, vpc in estate.world.vpcs.items() if name != "vpc-b"}
    groups = replace(estate, world=replace(estate.world, vpcs=vpcs)).drift()["groups"]
    roots = [place for place, group in enumerate(groups) if group["subject"].startswith("classiclink_vpc.")]
    causes = [(place, group["follows_from"]) for place, group in enumerate(groups) if "follows_from" in group]
    assert len(roots) == 2
    assert causes
    assert all(cause < place for place, cause in causes)


def test_one_by_one_leaves_every_item_in_a_group_of_its_own() -> None:
    document = without(estate_of(WEB), WEB).drift(one_by_one=True)
    assert [group["items"] for group in document["groups"]] == [[number] for number in range(24)]
    assert [group["detail"] for group in document["groups"]] == [item["detail"] for item in document["items"]]
    assert [group["remedy"] for group in document["groups"]] == [item["remedy"] for item in document["items"]]


def test_a_rule_that_many_links_break_is_one_group_with_the_way_out_that_fits_all() -> None:
    (group,) = [
        group for group in estate_of(WEB).with_route("vpc-a", "10.0.0.0/8").drift()["groups"] if group.get("rule")
    ]
    assert group["subject"] == "25 links to vpc-a"
    assert "each exists, but breaks CL103 (custom-route-to-classic). " in group["detail"]
    assert len(group["remedy"]) == 1


def test_links_that_break_a_rule_in_one_way_have_one_remedy() -> None:
    links = {address: Link(link.instance_id, "vpc-b") for address, link in WEB.items()}
    (group,) = [group for group in estate_of(links).drift()["groups"] if group.get("rule")]
    assert group["detail"].startswith(
        "24 links to vpc-b (i-100, i-101, i-102 and 21 more): each exists, but breaks CL107 (guest-route-missing). "
        "Its instance has no route entry to 192.168.0.0/16"
    )
    assert group["remedy"][0].startswith("restore: Add it inside each of them. On Linux")
    assert 'resource "classiclink_guest_route" "vpc-b" {' in group["remedy"][0]
    assert len(group["remedy"]) == 1


def moved(links: dict[str, Link], *instances: str) -> Estate:
    """These links, of which those of these instances go to vpc-b now."""
    estate = estate_of(links)
    for instance in instances:
        estate = estate.linked(instance, "vpc-b")
    return estate


def test_some_instances_of_a_block_that_were_moved_are_accepted_together() -> None:
    keys = [f"i-{number}" for number in range(100, 105)]
    (group,) = [group for group in moved(WEB, *keys).drift()["groups"] if group["bucket"] == "changed"]
    targets = " ".join(f"--target 'classiclink_attachment.web[\"{key}\"]'" for key in keys)
    listed = ", ".join(f'"{key}"' for key in keys)
    assert group["remedy"] == [
        f"restore: cl apply {targets}",
        'accept: set "vpc-b" where their vpc_id comes from, unless other instances use the same value; '
        f"then cl refresh {targets}",
        'accept: remove "i-100", "i-101", "i-102", "i-103" and "i-104" from the for_each of '
        "classiclink_attachment.web, declare them in the block below, then cl apply "
        "--target classiclink_attachment.vpc-b\n"
        'resource "classiclink_attachment" "vpc-b" {\n  for_each = toset([\n    ' + listed + ",\n  ])\n\n"
        '  instance_id = each.key\n  vpc_id      = "vpc-b"\n}',
    ]


def test_all_instances_of_a_block_that_were_moved_are_accepted_at_the_block() -> None:
    four = {f'classiclink_attachment.shop["{link.instance_id}"]': link for link in list(WEB.values())[:4]}
    group, *_ = moved(four, "i-100", "i-101", "i-102", "i-103").drift()["groups"]
    assert group["remedy"][1].startswith('accept: set vpc_id = "vpc-b" at classiclink_attachment.shop, then cl')
    assert len(group["remedy"]) == 2


def test_links_that_were_moved_are_accepted_apart_from_those_that_are_one_of_many() -> None:
    links = {**WEB, "classiclink_attachment.boss": Link("i-99", "vpc-a")}
    groups = [group for group in moved(links, "i-99", "i-101").drift()["groups"] if group["bucket"] == "changed"]
    assert {group["subject"] for group in groups} == {
        "classiclink_attachment.boss",
        'classiclink_attachment.web["i-101"]',
    }


@pytest.mark.parametrize("known", ["", "Check the secret key."])
def test_what_could_not_be_read_for_one_reason_is_one_group_with_the_remedy_for_that(known: str) -> None:
    kinds = (Kind.VPCS, Kind.LINKS, Kind.INSTANCES)
    unread = [Unread(kind, None, "Forbidden.RAM: not authorized.", Remedy.of(known)) for kind in kinds]
    document = without(estate_of(WEB), WEB).with_unread(*unread).drift()
    groups = [group for group in document["groups"] if group["bucket"] == "unknown"]
    assert len(document["items"]) > 24
    assert len(groups) == 1
    assert "each could not be read: Forbidden.RAM: not authorized." in groups[0]["detail"]
    again = "Give the provider permission to read it, then run cl drift again."
    assert groups[0]["remedy"] == [f"{known}\nThen run cl drift again." if known else again]


@pytest.mark.parametrize("one_by_one", [False, True])
def test_every_item_is_in_exactly_one_group(one_by_one: bool) -> None:
    estate = without(estate_of(WEB), dict(list(WEB.items())[:7])).with_vpc("vpc-off", classic_link_enabled=True)
    document = estate.linked("i-110", "vpc-b").drift(one_by_one=one_by_one)
    places = sorted(place for group in document["groups"] for place in group["items"])
    assert places == list(range(len(document["items"])))
    for group in document["groups"]:
        assert {document["items"][place]["bucket"] for place in group["items"]} == {group["bucket"]}


def test_one_attribute_that_changed_on_many_links_is_one_group() -> None:
    estate = estate_of(WEB)
    instances = {
        each: replace(instance, private_ip=instance.private_ip.replace("10.1.", "10.3."))
        for each, instance in estate.world.instances.items()
    }
    estate = replace(estate, world=replace(estate.world, instances=instances))
    group = next(group for group in estate.drift()["groups"] if group["subject"].endswith("links to vpc-a"))
    assert group["remedy"] == ["accept: cl refresh --target classiclink_attachment.web"]
    assert 'The first: The link of i-1 to vpc-a has changed: private_ip was "10.1.2.1" and' in group["detail"]


@pytest.mark.parametrize("count", [10, 11])
def test_many_that_are_missing_from_several_vpcs_are_restored_by_one_command(count: int) -> None:
    links = {
        f"classiclink_attachment.n{number}": Link(f"i-{number}", "vpc-b" if number % 2 else "vpc-a")
        for number in range(100, 100 + count)
    }
    estate = without(estate_of(links), links)
    for link in links.values():
        estate = estate.with_instance(link.instance_id, guest_routes=ROUTES)
    *notes, each = estate.drift()["notes"]
    assert each == "To list each object with its own remedy: cl drift --all."
    assert [note.split(". ")[0] for note in notes] == (
        ["11 objects can be restored all at once: cl apply"] if count > 10 else []
    )


def test_what_would_stop_the_plan_that_restores_everything_is_named_first() -> None:
    estate = without(estate_of(WEB), WEB).with_route("vpc-a", "10.0.0.0/8")
    instances = {name: found for name, found in estate.world.instances.items() if name != "i-123"}
    [note, *_] = replace(estate, world=replace(estate.world, instances=instances)).drift()["notes"]
    assert note.startswith(
        "23 objects can be restored all at once, once this is fixed: "
        'what breaks CL103 on vpc-a; classiclink_attachment.web["i-123"], which cannot come back, is declared. '
        "Then: cl apply."
    )


@pytest.mark.parametrize(
    "violated",
    [
        in_sync().with_route("vpc-b", "10.0.0.0/8"),
        in_sync().with_instance("i-1", private_ip="11.0.0.1"),
    ],
    ids=["another VPC", "another link"],
)
def test_a_link_that_stands_stops_no_plan_that_has_no_step_for_what_it_breaks(violated: Estate) -> None:
    both = estate_of(WEB)
    estate = replace(
        without(both, WEB), world=replace(without(both, WEB).world, route_entries=violated.world.route_entries)
    )
    estate = estate.with_instance("i-1", private_ip=violated.world.instances["i-1"].private_ip)
    document = estate.drift()
    assert "violated" in {item["bucket"] for item in document["items"]}
    [note, *_] = document["notes"]
    assert note.startswith("24 objects can be restored all at once: cl apply.")


def test_links_that_stand_without_classiclink_follow_from_its_end_and_need_no_other_declaration() -> None:
    document = in_sync().with_vpc("vpc-a", classic_link_enabled=False).drift()
    at = [group.get("rule") or group["subject"] for group in document["groups"]]
    follows = document["groups"][at.index("CL101")]
    assert follows["follows_from"] == at.index("classiclink_vpc.a")
    assert follows["remedy"][0].startswith("restore: Enable it as it is declared: cl apply --target classiclink_vpc.a")


def test_the_first_line_counts_causes_where_many_differences_have_one() -> None:
    assert drift_verdict(without(estate_of(WEB), WEB).drift()).startswith("Drift: 1 cause, 24 differences.")
    assert drift_verdict(in_sync().linked("i-1", None).drift()).startswith("Drift: 1 difference.")


def test_what_each_of_a_group_needs_is_one_way_out_and_no_choice() -> None:
    estate = estate_of(WEB)
    for number, instance_id in enumerate(("i-101", "i-102"), 1):
        estate = estate.with_instance(instance_id, private_ip=f"11.0.0.{number}")
    group = next(group for group in estate.drift()["groups"] if group.get("rule") == "CL401")
    (restore,) = group["remedy"]
    assert restore.startswith('restore: for classiclink_attachment.web["i-101"]: ')
    assert '\nfor classiclink_attachment.web["i-102"]: ' in restore
