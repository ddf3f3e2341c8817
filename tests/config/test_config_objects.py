"""From blocks to objects: repetition, references, computed attributes, dependencies."""

from __future__ import annotations

import pytest

from planner.address import parse_address
from planner.hcl.cty.unknowns import UNKNOWN
from planner.network.identity import Enablement, GuestRoute, Link
from planner.network.kinds import Kind
from planner.network.world import Unread, World
from planner.state.model import State, StateObject
from planner.values import replace
from support.configurations import WORLD, addresses, desired, messages, output, problems

VPC = 'resource "classiclink_vpc" "shop" {\n  vpc_id = "vpc-a"\n}\n'


def test_a_block_becomes_an_object_with_its_place_and_the_facts_of_the_cloud() -> None:
    (found,) = desired(VPC).objects
    assert str(found.address) == "classiclink_vpc.shop"
    assert found.identity == Enablement("vpc-a")
    assert found.attributes == {
        "vpc_id": "vpc-a",
        "region_id": "cn-hangzhou",
        "account_id": "1001",
        "cidr_block": "172.16.0.0/12",
    }
    assert found.provider == "mock"
    assert (found.place.block.filename, found.place.block.start.line) == ("main.hcl", 1)
    assert found.place.at("vpc_id").start.line == 2


def test_a_link_and_a_guest_route_take_their_defaults() -> None:
    found = desired(
        """
        resource "classiclink_attachment" "web" {
          instance_id = "i-1"
          vpc_id      = "vpc-a"
        }
        resource "classiclink_guest_route" "web" {
          instance_id = "i-1"
        }
        """
    )
    link, route = found.objects
    assert link.identity == Link("i-1", "vpc-a")
    assert link.attributes["vswitch_ids"] is None
    assert link.attributes["private_ip"] == "10.1.2.3"
    assert link.vswitch_ids == ()
    assert route.identity == GuestRoute("i-1", "192.168.0.0/16")
    assert route.attributes["next_hop"] == "private_nic"


def test_vswitch_ids_are_a_set() -> None:
    found = desired(
        """
        resource "classiclink_attachment" "web" {
          instance_id = "i-1"
          vpc_id      = "vpc-a"
          vswitch_ids = ["vsw-2", "vsw-1", "vsw-2"]
        }
        """
    )
    assert found.objects[0].vswitch_ids == ("vsw-1", "vsw-2")


def test_what_the_world_does_not_hold_is_null_and_what_could_not_be_read_is_unknown() -> None:
    block = 'resource "classiclink_vpc" "x" {\n  vpc_id = "vpc-gone"\n}\n'
    assert desired(block).objects[0].attributes["cidr_block"] is None
    unread = replace(WORLD, unread=(Unread(Kind.VPCS, "vpc-gone", "denied"),))
    assert desired(block, world=unread).objects[0].attributes["cidr_block"] is UNKNOWN


def test_for_each_makes_an_object_for_each_key_of_a_map() -> None:
    found = desired(
        """
        resource "classiclink_attachment" "web" {
          for_each    = { i-1 = "vpc-a", i-2 = "vpc-b" }
          instance_id = each.key
          vpc_id      = each.value
        }
        """
    )
    assert addresses(found) == ['classiclink_attachment.web["i-1"]', 'classiclink_attachment.web["i-2"]']
    assert [wanted.identity for wanted in found.objects] == [Link("i-1", "vpc-a"), Link("i-2", "vpc-b")]


def test_count_makes_numbered_objects() -> None:
    found = desired(
        """
        variable "ids" { default = ["i-1", "i-2"] }
        resource "classiclink_attachment" "web" {
          count       = length(var.ids)
          instance_id = var.ids[count.index]
          vpc_id      = "vpc-a"
        }
        """
    )
    assert addresses(found) == ["classiclink_attachment.web[0]", "classiclink_attachment.web[1]"]


@pytest.mark.parametrize("repetition", ["count = 0", "for_each = {}", "for_each = toset([])"])
def test_a_block_repeated_zero_times_makes_nothing(repetition: str) -> None:
    block = f'resource "classiclink_vpc" "x" {{\n  {repetition}\n  vpc_id = "vpc-a"\n}}\n'
    assert desired(block).objects == ()


@pytest.mark.parametrize(
    ("repetition", "expression", "value"),
    [
        ("", "classiclink_vpc.x.vpc_id", "vpc-a"),
        ("", "classiclink_vpc.x.region_id", "cn-hangzhou"),
        ("", "classiclink_vpc.x[*].vpc_id", ["vpc-a"]),
        ("count = 2", "classiclink_vpc.x[1].vpc_id", "vpc-a"),
        ("count = 2", "classiclink_vpc.x[*].vpc_id", ["vpc-a", "vpc-a"]),
        ("count = 2", "length(classiclink_vpc.x)", 2),
        ("count = 0", "classiclink_vpc.x[*].vpc_id", []),
        ('for_each = toset(["k"])', 'classiclink_vpc.x["k"].vpc_id', "vpc-a"),
        ('for_each = toset(["k"])', "values(classiclink_vpc.x)[*].vpc_id", ["vpc-a"]),
        ('for_each = toset(["k"])', "[for key, vpc in classiclink_vpc.x : key]", ["k"]),
        ('for_each = toset(["k"])', "keys(classiclink_vpc.x)", ["k"]),
        ("", "keys(classiclink_vpc.x)", ["account_id", "cidr_block", "region_id", "vpc_id"]),
    ],
)
def test_references_to_resources(repetition: str, expression: str, value: int | list[str] | str) -> None:
    block = f'resource "classiclink_vpc" "x" {{\n  {repetition}\n  vpc_id = "vpc-a"\n}}\n'
    assert output(expression, block) == value


def test_dependencies_are_found_through_locals_and_data_and_depends_on() -> None:
    found = desired(
        """
        resource "classiclink_vpc" "shop" { vpc_id = "vpc-a" }
        resource "classiclink_vpc" "lab" { vpc_id = "vpc-b" }
        locals { vpc = classiclink_vpc.shop.vpc_id }
        locals { again = local.vpc }
        data "classiclink_vswitches" "all" { vpc_id = classiclink_vpc.lab.vpc_id }
        resource "classiclink_attachment" "one" {
          instance_id = "i-1"
          vpc_id      = local.again
        }
        resource "classiclink_attachment" "two" {
          instance_id = "i-2"
          vpc_id      = data.classiclink_vswitches.all.vpc_id
          depends_on  = [classiclink_attachment.one]
        }
        """
    )
    depends = {str(wanted.address): [str(needed) for needed in wanted.depends_on] for wanted in found.objects}
    assert depends["classiclink_attachment.one"] == ["classiclink_vpc.shop"]
    assert depends["classiclink_attachment.two"] == ["classiclink_attachment.one", "classiclink_vpc.lab"]


def test_what_depends_on_a_module_depends_on_everything_in_it() -> None:
    module = """
    variable "vpc" {}
    resource "classiclink_vpc" "it" { vpc_id = var.vpc }
    """
    found = desired(
        {
            "main.hcl": """
            module "one" {
              source = "./outer"
              vpc    = "vpc-a"
            }
            module "two" {
              source     = "./inner"
              vpc        = "vpc-b"
              depends_on = [module.one]
            }
            resource "classiclink_vpc" "three" {
              vpc_id     = "vpc-c"
              depends_on = [module.two]
            }
            """,
            "inner/main.hcl": module,
            "outer/main.hcl": """
            variable "vpc" {}
            module "deep" {
              source = "../inner"
              vpc    = var.vpc
            }
            """,
        }
    )
    depends = {str(wanted.address): [str(needed) for needed in wanted.depends_on] for wanted in found.objects}
    assert depends == {
        "module.one.module.deep.classiclink_vpc.it": [],
        "module.two.classiclink_vpc.it": ["module.one.module.deep.classiclink_vpc.it"],
        "classiclink_vpc.three": ["module.one.module.deep.classiclink_vpc.it", "module.two.classiclink_vpc.it"],
    }


def test_the_objects_of_a_module_depend_on_what_the_call_depends_on() -> None:
    found = desired(
        {
            "main.hcl": """
            resource "classiclink_vpc" "shop" { vpc_id = "vpc-a" }
            module "links" {
              source     = "./links"
              for_each   = toset(["i-1", "i-2"])
              instance   = each.key
              depends_on = [classiclink_vpc.shop]
            }
            """,
            "links/main.hcl": """
            variable "instance" {}
            resource "classiclink_guest_route" "it" { instance_id = var.instance }
            resource "classiclink_attachment" "it" {
              instance_id = classiclink_guest_route.it.instance_id
              vpc_id      = "vpc-a"
            }
            """,
        }
    )
    link = next(wanted for wanted in found.objects if wanted.identity == Link("i-2", "vpc-a"))
    assert str(link.address) == 'module.links["i-2"].classiclink_attachment.it'
    assert [str(needed) for needed in link.depends_on] == [
        "classiclink_vpc.shop",
        'module.links["i-2"].classiclink_guest_route.it',
    ]


def test_ignored_arguments_stay_as_the_state_remembers_them() -> None:
    address = parse_address("classiclink_attachment.web")
    remembered = StateObject(address, Link("i-1", "vpc-b"), {"instance_id": "i-1", "vpc_id": "vpc-b"}, "mock")
    found = desired(
        """
        resource "classiclink_attachment" "web" {
          instance_id = "i-1"
          vpc_id      = "vpc-a"
          lifecycle {
            ignore_changes = [vpc_id]
          }
        }
        """,
        prior=State(objects={address: remembered}),
    )
    assert found.objects[0].identity == Link("i-1", "vpc-b")
    assert found.objects[0].ignore_changes == {"vpc_id"}


def test_what_is_ignored_is_remembered_across_a_move() -> None:
    address = parse_address("classiclink_attachment.old")
    remembered = StateObject(address, Link("i-1", "vpc-b"), {"instance_id": "i-1", "vpc_id": "vpc-b"}, "mock")
    found = desired(
        """
        moved {
          from = classiclink_attachment.old
          to   = classiclink_attachment.web["a"]
        }
        resource "classiclink_attachment" "web" {
          for_each    = toset(["a"])
          instance_id = "i-1"
          vpc_id      = "vpc-a"
          lifecycle { ignore_changes = all }
        }
        output "vpc" { value = classiclink_attachment.web["a"].vpc_id }
        """,
        prior=State(objects={address: remembered}),
    )
    assert found.objects[0].identity == Link("i-1", "vpc-b")
    assert found.outputs["vpc"].value.to_python() == "vpc-b"


def test_prevent_destroy_is_an_expression() -> None:
    found = desired(
        """
        variable "keep" { default = ["i-1"] }
        resource "classiclink_attachment" "web" {
          for_each    = toset(["i-1", "i-2"])
          instance_id = each.key
          vpc_id      = "vpc-a"
          lifecycle { prevent_destroy = contains(var.keep, each.key) }
        }
        """
    )
    assert [wanted.prevent_destroy for wanted in found.objects] == [True, False]


def test_replace_triggered_by_names_objects() -> None:
    found = desired(
        """
        resource "classiclink_vpc" "x" {
          for_each = toset(["vpc-a", "vpc-b"])
          vpc_id   = each.key
        }
        resource "classiclink_attachment" "web" {
          for_each    = { i-1 = "vpc-a", i-2 = "vpc-b" }
          instance_id = each.key
          vpc_id      = each.value
          lifecycle { replace_triggered_by = [classiclink_vpc.x[each.value].cidr_block, classiclink_vpc.x] }
        }
        """
    )
    assert [str(trigger) for trigger in found.objects[1].replace_triggered_by] == [
        'classiclink_vpc.x["vpc-b"]',
        "classiclink_vpc.x",
    ]


def test_without_a_world_what_the_cloud_shows_is_unknown_and_that_is_no_problem() -> None:
    text = """
    data "classiclink_instances" "web" { tags = { app = "shop" } }
    resource "classiclink_attachment" "web" {
      for_each    = toset(data.classiclink_instances.web.ids)
      instance_id = each.key
      vpc_id      = "vpc-a"
    }
    resource "classiclink_vpc" "x" {
      count  = length(data.classiclink_instances.web.ids)
      vpc_id = "vpc-${count.index}"
    }
    output "ips" { value = [for link in classiclink_attachment.web : link.private_ip] }
    """
    assert problems(text, world=None) == ()


def test_instances_that_could_not_be_read_make_for_each_unknown() -> None:
    text = """
    data "classiclink_instances" "web" {}
    resource "classiclink_attachment" "web" {
      for_each    = toset(data.classiclink_instances.web.ids)
      instance_id = each.key
      vpc_id      = "vpc-a"
    }
    """
    world = World(unread=(Unread(Kind.INSTANCES, None, "denied"),))
    assert messages(text, world=world) == ["CFG332 main.hcl:3:5 Declared objects are unknown"]
