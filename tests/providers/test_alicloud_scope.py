"""What a reading costs, and that it sees what it has to, however little of the region that is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from planner.network.kinds import Kind
from providers.alicloud.asking import Asker, ReadFailed
from providers.alicloud.fields import Fields, Malformed
from providers.alicloud.links import LinkReading
from providers.alicloud.products import Product
from providers.alicloud.tasks import Tasks
from providers.base import NO_ROUTES, Scope
from support.alicloud import calls, estate, opened
from support.emulating import Emulate

LINKS = "DescribeClassicLinkInstances"
ROUTES = "DescribeRouteEntryList"


@pytest.mark.parametrize(
    ("vpcs", "instances", "linked", "most"),
    [
        (1, 1_000, 1_000, 30),
        (3, 10_000, 2_500, 220),
        (10, 10_000, 10_000, 220),
        (50, 10_000, 10_000, 260),
        (50, 10_000, 5_000, 260),
        (50, 10_000, 0, 210),
        (50, 1_000, 1_000, 130),
    ],
)
def test_a_read_of_many_costs_few_calls(emulate: Emulate, vpcs: int, instances: int, linked: int, most: int) -> None:
    document = estate(vpcs, instances, linked)
    cloud = emulate(document)
    found = opened(cloud).read(NO_ROUTES)
    assert len(found.instances) == instances
    assert found.links == {link["instance_id"]: link["vpc_id"] for link in document.get("links", [])}
    assert not found.unread
    assert sum(calls(cloud).values()) <= most, calls(cloud)


def test_where_no_vpc_has_classiclink_no_links_are_asked_for(emulate: Emulate) -> None:
    document = estate(3, 300, 0)
    for vpc in document["vpcs"]:
        vpc["classic_link_enabled"] = False
    cloud = emulate(document)
    assert not opened(cloud).read().links
    assert LINKS not in calls(cloud)


def test_routes_are_read_of_the_vpcs_that_are_asked_for(emulate: Emulate) -> None:
    document = estate(3, 1, 0)
    document["route_entries"] = [
        {"vpc_id": f"vpc-00{number}", "destination_cidr_block": "10.0.0.0/8", "type": "Custom"} for number in range(3)
    ]
    cloud = emulate(document)
    provider = opened(cloud)
    assert provider.read(NO_ROUTES).route_entries == ()
    assert ROUTES not in calls(cloud)
    assert [entry.vpc_id for entry in provider.find([], ["vpc-001"]).route_entries] == ["vpc-001"]
    assert [entry.vpc_id for entry in provider.read(Scope(routes_of=frozenset({"vpc-002"}))).route_entries] == [
        "vpc-002"
    ]
    assert calls(cloud)[ROUTES] == 2
    assert len(provider.read().route_entries) == 3


def test_a_part_is_read_by_its_ids(emulate: Emulate) -> None:
    cloud = emulate(estate(50, 10_000, 10_000))
    provider = opened(cloud)
    part = Scope(frozenset({"vpc-007"}), frozenset({"i-00007", "i-00008", "i-nobody"}), frozenset({"vpc-007"}))
    found = provider.read(part)
    assert set(found.vpcs) == {"vpc-007"}
    assert set(found.vswitches) == {"vsw-007"}
    assert set(found.instances) == {"i-00007", "i-00008"}
    assert len(found.linked_by_vpc["vpc-007"]) == 200
    assert found.links["i-00008"] == "vpc-008"
    assert not found.unread
    assert sum(calls(cloud).values()) <= 10, calls(cloud)


def test_what_is_not_there_is_missing_in_a_part(emulate: Emulate) -> None:
    found = opened(emulate(estate(1, 1, 0))).read(Scope(frozenset({"vpc-nobody"}), frozenset({"i-nobody"})))
    assert (dict(found.vpcs), dict(found.instances), dict(found.links), found.unread) == ({}, {}, {}, ())


def test_a_part_that_is_large_is_read_as_a_whole(emulate: Emulate) -> None:
    ids = frozenset(f"i-{number:05}" for number in range(1_001))
    assert len(opened(emulate(estate(1, 1_500, 0))).read(Scope(frozenset({"vpc-000"}), ids)).instances) == 1_500


@pytest.mark.parametrize("part", [Scope(), Scope(frozenset({"vpc-000"}), frozenset({"i-00000", "i-00001"}))])
def test_links_that_may_not_be_read_are_unread(emulate: Emulate, part: Scope) -> None:
    denied = {"action": LINKS, "kind": "error", "code": "Forbidden.RAM", "message": "User not authorized."}
    found = opened(emulate(estate(1, 2, 1), faults=[denied])).read(part)
    assert {(one.kind, one.subject) for one in found.unread} == {
        (Kind.LINKS, "vpc-000"), (Kind.LINKS, "i-00000"), (Kind.LINKS, "i-00001")
    }  # fmt: skip
    assert "ecs:DescribeClassicLinkInstances" in found.unread[0].reason


class Listings(Asker):
    """A cloud whose links are those of each moment: a moment is a call."""

    def __init__(self, moments: Sequence[Mapping[str, str]], *, count: int = 0) -> None:
        self._moments, self._more = moments, count
        self.asked: list[str] = []

    def ask(self, product: Product, action: str, parameters: Mapping[str, str]) -> Fields:
        links = self._moments[min(len(self.asked), len(self._moments) - 1)]
        if "VpcId" in parameters:
            all_ids = sorted(one for one, vpc_id in links.items() if vpc_id == parameters["VpcId"])
            first = 100 * (int(parameters["PageNumber"]) - 1)
            ids, count = all_ids[first : first + 100], len(all_ids) + self._more
            self.asked.append(f"page {parameters['PageNumber']}")
        else:
            ids = [one for one in parameters["InstanceId"].split(",") if one in links]
            count = len(ids)
            self.asked.append(f"{parameters['InstanceId'].count(',') + 1} ids")
        return {"Links": {"Link": [{"InstanceId": one, "VpcId": links[one]} for one in ids]}, "TotalCount": count}


def linked(*numbers: int) -> dict[str, str]:
    return {f"i-{number:03}": "vpc-a" for number in numbers}


def reading(cloud: Asker) -> LinkReading:
    def note(kind: Kind, subject: str | None, failure: ReadFailed | Malformed) -> None:
        raise AssertionError((kind, subject)) from failure

    return LinkReading(cloud, Tasks(1), note)


def complete(cloud: Asker, instances: Sequence[int]) -> LinkReading:
    links = reading(cloud)
    links.add_vpc("vpc-a")
    links.complete(list(linked(*instances)), ask_for_each=False)
    return links


def test_a_vpc_with_a_page_of_links_is_known_from_one_answer() -> None:
    cloud = Listings([linked(*range(100))])
    assert complete(cloud, range(500)).found == linked(*range(100))
    assert cloud.asked == ["page 1"]


def test_more_links_are_asked_for_by_instances() -> None:
    cloud = Listings([linked(*range(250))])
    assert complete(cloud, range(300)).found == linked(*range(250))
    assert cloud.asked == ["page 1", "100 ids", "100 ids"]


def test_links_of_instances_that_no_listing_has_are_found_by_name_and_asked_for() -> None:
    cloud = Listings([linked(*range(250))])
    assert complete(cloud, range(200)).found == linked(*range(250))
    assert cloud.asked == ["page 1", "100 ids", "page 2", "page 3", "50 ids"]


def test_links_that_change_while_they_are_read_are_read_again() -> None:
    cloud = Listings([linked(*range(150)), linked(*range(149))])
    found = complete(cloud, range(150))
    assert found.found == linked(*range(149))
    assert not found.unread


def test_links_that_never_are_as_many_as_they_should_be_are_unread() -> None:
    found = complete(Listings([linked(*range(150))], count=1), range(150))
    assert [(one.kind, one.subject) for one in found.unread] == [(Kind.LINKS, "vpc-a")]
    assert "changed while they were read" in found.unread[0].reason


def test_a_listing_that_fails_leaves_its_instances_to_be_asked_for() -> None:
    class Failing(Listings):
        def ask(self, product: Product, action: str, parameters: Mapping[str, str]) -> Fields:
            if "VpcId" in parameters:
                return {"Links": {"Link": []}}
            return super().ask(product, action, parameters)

    notes: list[Any] = []
    links = LinkReading(Failing([linked(1)]), Tasks(1), lambda *note: notes.append(note[:2]))
    links.add_vpc("vpc-a")
    links.complete(["i-001", "i-002"], ask_for_each=False)
    assert (links.found, notes) == (linked(1), [(Kind.LINKS, "vpc-a")])
