"""Outputs where only a part is applied or destroyed: those that depend on what was left out stay as they were."""

from __future__ import annotations

import pytest

from support.desk import Desk

MAIN = """
provider "mock" {
  world = "world.json"
}

resource "classiclink_vpc" "a" {
  vpc_id = "vpc-a"
}

resource "classiclink_attachment" "web" {
  for_each    = toset(["i-1", "i-2"])
  instance_id = each.key
  vpc_id      = classiclink_vpc.a.vpc_id
}

module "b" {
  source = "./b"
}

output "const" {
  value = "c"
}

output "vpc" {
  value = classiclink_vpc.a.cidr_block
}

output "web" {
  value = [for link in classiclink_attachment.web : link.private_ip]
}

output "b" {
  value = local.b
}

output "secret" {
  value     = sensitive(local.b)
  sensitive = true
}

locals {
  b = module.b.range
}
"""
MODULE = """
resource "classiclink_vpc" "it" {
  vpc_id = "vpc-b"
}

output "range" {
  value = classiclink_vpc.it.cidr_block
}
"""
ALL = {"const", "vpc", "web", "b", "secret"}


@pytest.fixture
def parts(desk: Desk) -> Desk:
    home = {"account_id": "1001", "region_id": "cn-hangzhou"}
    desk.world(
        vpcs=[{"vpc_id": f"vpc-{name}", "cidr_block": f"172.{16 + number}.0.0/16", **home}
              for number, name in enumerate("ab")],
        vswitches=[],
        route_entries=[],
        instances=[{"instance_id": f"i-{n}", "network_type": "classic", "private_ip": f"10.1.2.{n}", **home}
                   for n in (1, 2)],
        cloud_resources=[],
        links=[],
    )  # fmt: skip
    (desk.directory / "b").mkdir()
    (desk.directory / "b" / "main.hcl").write_text(MODULE)
    desk.write(main__hcl=MAIN)
    return desk


def outputs(desk: Desk) -> set[str]:
    return set(desk.cl("output", "-json", code=0).json)


@pytest.mark.parametrize(
    ("part", "written"),
    [
        (["-target=classiclink_vpc.a"], {"const", "vpc"}),
        (["-target=module.b"], {"const", "b", "secret"}),
        (["-target=classiclink_attachment.web"], {"const", "vpc", "web"}),
        (['-exclude=classiclink_attachment.web["i-2"]'], {"const", "vpc", "b", "secret"}),
        (["-exclude=module.b"], {"const", "vpc", "web"}),
    ],
)
def test_an_apply_of_a_part_writes_the_outputs_that_depend_on_nothing_left_out(
    parts: Desk, part: list[str], written: set[str]
) -> None:
    parts.cl("apply", "-auto-approve", *part, code=0)
    assert outputs(parts) == written
    parts.cl("apply", "-auto-approve", code=0)
    assert outputs(parts) == ALL


@pytest.mark.parametrize(
    ("part", "kept"),
    [
        (['-target=classiclink_attachment.web["i-1"]'], ALL),
        (["-target=classiclink_attachment.web"], ALL - {"web"}),
        (["-target=module.b"], ALL - {"b", "secret"}),
        (["-exclude=classiclink_vpc.a"], ALL - {"web", "b", "secret"}),
        (["-target=*"], set()),
    ],
)
def test_a_destroy_of_a_part_keeps_the_outputs_of_what_stays(parts: Desk, part: list[str], kept: set[str]) -> None:
    parts.cl("apply", "-auto-approve", code=0)
    parts.cl("destroy", "-auto-approve", *part, code=0)
    assert outputs(parts) == kept


def test_an_output_of_what_is_left_out_keeps_its_value(parts: Desk) -> None:
    parts.cl("apply", "-auto-approve", code=0)
    world = parts.read_world()
    world["vpcs"][0]["cidr_block"] = "172.20.0.0/16"
    world["vpcs"][1]["cidr_block"] = "172.21.0.0/16"
    parts.world(**world)
    parts.cl("apply", "-auto-approve", "-target=module.b", code=0)
    found = parts.cl("output", "-json", code=0).json
    assert found["vpc"]["value"] == "172.16.0.0/16"
    assert found["b"]["value"] == "172.21.0.0/16"
