"""Two provider blocks that are one cloud."""

from __future__ import annotations

import pytest

from support.desk import Desk
from support.story_estates import attach, enable, instances, vpc

PROVIDERS = """\
provider "mock" {
  world = "world.json"
}

provider "mock" {
  alias = "admin"
  world = "./world.json"
}
"""
BY_ADMIN = "  provider = mock.admin\n"


@pytest.fixture
def nearly_full(desk: Desk) -> Desk:
    """One slot of vpc-a is free."""
    fleet = instances(1002)
    links = [{"instance_id": each["instance_id"], "vpc_id": "vpc-a"} for each in fleet[:999]]
    vpcs = [vpc("vpc-a", classic_link_enabled=True), vpc("vpc-b", "172.16.0.0/16", classic_link_enabled=True)]
    desk.world(vpcs=vpcs, instances=fleet, links=links)
    return desk


def codes(desk: Desk, code: int) -> list[str]:
    plan = desk.cl("plan", "-json", code=code).json
    return [each["code"] for each in plan["diagnostics"] if each["severity"] == "error"]


def test_two_providers_of_one_cloud_cannot_plan_the_1001st_link_together(nearly_full: Desk) -> None:
    one, other = attach("one", "i-1000", "vpc-a"), attach("other", "i-1001", "vpc-a", BY_ADMIN)
    nearly_full.write(main__hcl=PROVIDERS + one + other)
    plan = nearly_full.cl("plan", "-json", code=1).json
    (problem,) = [each for each in plan["diagnostics"] if each["severity"] == "error"]
    assert problem["code"] == "CL914"
    assert problem["detail"].startswith("mock and mock.admin are the same cloud, and both concern vpc-a.")
    assert problem["remedy"].endswith("provider = mock in classiclink_attachment.other")
    assert problem["related"][0]["range"]["start"]["line"] == 9


def test_one_object_belongs_to_one_of_them(nearly_full: Desk) -> None:
    one, other = attach("one", "i-0001", "vpc-a"), attach("other", "i-0001", "vpc-a", BY_ADMIN)
    nearly_full.write(main__hcl=PROVIDERS + one + other)
    assert codes(nearly_full, 1) == ["CL914"]


def test_a_link_to_a_world_is_the_same_world(nearly_full: Desk) -> None:
    (nearly_full.directory / "again.json").symlink_to("world.json")
    one, other = attach("one", "i-0001", "vpc-a"), attach("other", "i-0001", "vpc-a", BY_ADMIN)
    nearly_full.write(main__hcl=PROVIDERS.replace("./world.json", "again.json") + one + other)
    assert codes(nearly_full, 1) == ["CL914"]


def test_they_may_have_different_vpcs(nearly_full: Desk) -> None:
    one, other = attach("one", "i-1000", "vpc-a"), attach("other", "i-1001", "vpc-b", BY_ADMIN)
    nearly_full.write(main__hcl=PROVIDERS + one + other)
    nearly_full.cl("apply", "-auto-approve", code=0)
    assert {nearly_full.links()[name] for name in ("i-1000", "i-1001")} == {"vpc-a", "vpc-b"}


def test_an_object_may_go_from_the_one_to_the_other(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDERS + enable("a", "vpc-a").replace("}", BY_ADMIN + "}"))
    desk.cl("apply", "-auto-approve", code=0)
    desk.write(main__hcl=PROVIDERS + enable("a", "vpc-a").replace("}", "  provider = mock\n}"))
    plan = desk.cl("plan", "-json", code=0).json
    assert (plan["steps"], [each["action_reason"] for each in plan["resource_changes"]]) == ([], ["provider_changed"])
