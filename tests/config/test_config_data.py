"""Data sources: what the cloud and other states tell."""

from __future__ import annotations

import json

import pytest

from planner.hcl.cty.unknowns import UNKNOWN
from planner.network.kinds import Kind
from planner.network.world import Unread
from planner.state.format import dumps
from planner.state.model import State, StateOutput
from planner.values import replace
from support.configurations import WORLD, desired, messages, output, problems


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", ["i-1", "i-2", "i-9"]),
        ('network_type = "classic"', ["i-1", "i-2"]),
        ('region_id = "cn-beijing"', []),
        ('tags = { app = "shop" }', ["i-1", "i-2"]),
        ('tags = { app = "shop", x = "y" }', ["i-2"]),
        ('ids = ["i-9", "i-1", "i-1", "i-gone"]', ["i-1", "i-9"]),
        ("ids = []", []),
        ('name_regex = "^web-"', ["i-1", "i-2"]),
        ('name_regex = "2$"', ["i-2"]),
        ("linked = true", ["i-1"]),
        ("linked = false", ["i-2", "i-9"]),
        ('vpc_id = "vpc-a"', ["i-1", "i-9"]),
        ('vpc_id = "vpc-a"\nlinked = true', ["i-1"]),
        ("network_type = null", ["i-1", "i-2", "i-9"]),
    ],
)
def test_instances_are_found_by_every_argument(arguments: str, expected: list[str]) -> None:
    assert (
        output("data.classiclink_instances.x.ids", f'data "classiclink_instances" "x" {{\n{arguments}\n}}') == expected
    )


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("", ["vpc-a", "vpc-b"]),
        ('region_id = "cn-beijing"', ["vpc-b"]),
        ('ids = ["vpc-b"]', ["vpc-b"]),
        ('name_regex = "sh.p"', ["vpc-a"]),
    ],
)
def test_vpcs_are_found_by_every_argument(arguments: str, expected: list[str]) -> None:
    assert output("data.classiclink_vpcs.x.ids", f'data "classiclink_vpcs" "x" {{\n{arguments}\n}}') == expected


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [("", ["vsw-1"]), ('vpc_id = "vpc-a"', ["vsw-1"]), ('vpc_id = "vpc-b"', []), ('ids = ["vsw-1"]', ["vsw-1"])],
)
def test_vswitches_are_found_by_every_argument(arguments: str, expected: list[str]) -> None:
    assert (
        output("data.classiclink_vswitches.x.ids", f'data "classiclink_vswitches" "x" {{\n{arguments}\n}}') == expected
    )


def test_what_is_found_has_every_attribute() -> None:
    (found,) = output("data.classiclink_instances.x.instances", 'data "classiclink_instances" "x" { ids = ["i-1"] }')
    assert found == {
        "instance_id": "i-1",
        "account_id": "1001",
        "region_id": "cn-hangzhou",
        "name": "web-1",
        "network_type": "classic",
        "status": "Running",
        "private_ip": "10.1.2.3",
        "operation_locks": [],
        "tags": {"app": "shop"},
        "vpc_id": None,
        "vswitch_id": None,
        "linked_vpc_id": "vpc-a",
        "security_group_ids": None,
    }
    (vpc,) = output("data.classiclink_vpcs.x.vpcs", 'data "classiclink_vpcs" "x" { ids = ["vpc-a"] }')
    assert (vpc["cidr_block"], vpc["classic_link_enabled"]) == ("172.16.0.0/12", True)
    (vswitch,) = output("data.classiclink_vswitches.x.vswitches", 'data "classiclink_vswitches" "x" {}')
    assert vswitch["zone_id"] == "cn-hangzhou-b"


def test_data_is_repeated() -> None:
    text = """
    data "classiclink_vswitches" "x" {
      for_each = toset(["vpc-a", "vpc-b"])
      vpc_id   = each.key
    }
    output "it" { value = { for id, found in data.classiclink_vswitches.x : id => found.ids } }
    """
    assert desired(text).outputs["it"].value.to_python() == {"vpc-a": ["vsw-1"], "vpc-b": []}


def test_without_a_world_and_for_what_could_not_be_read_the_answer_is_unknown() -> None:
    text = 'data "classiclink_instances" "x" {}'
    assert output("data.classiclink_instances.x.ids", text, world=None) is UNKNOWN
    unread = replace(WORLD, unread=(Unread(Kind.INSTANCES, None, "denied"),))
    assert output("data.classiclink_instances.x.ids", text, world=unread) is UNKNOWN


def test_a_postcondition_of_data_is_checked() -> None:
    text = """\
data "classiclink_instances" "x" {
  lifecycle {
    postcondition {
      condition     = length(self.ids) == 99
      error_message = "Found ${length(self.ids)}."
    }
  }
}
"""
    (problem,) = problems(text)
    shown = "Found 3.\nValues: self.ids is list of string with 3 elements."
    assert (problem.code, problem.detail) == ("CFG319", shown)
    assert messages(text, world=None) == []


def test_the_outputs_of_another_state_can_be_used() -> None:
    outputs = {"vpc": StateOutput("vpc-a", "string"), "ids": StateOutput(["a"], ["set", "string"])}
    files = {
        "main.hcl": 'data "cl_state" "x" { path = "other/cl.state.json" }\n'
        'output "vpc" { value = data.cl_state.x.outputs.vpc }\noutput "ids" { value = data.cl_state.x.outputs["ids"] }',
        "other/cl.state.json": dumps(State(lineage="l", serial=1, outputs=outputs)),
    }
    found = desired(files).outputs
    assert found["vpc"].value.to_python() == "vpc-a"
    assert found["ids"].value.type_json() == ["set", "string"]


@pytest.mark.parametrize("path", ["gone.json", "a\\u0000b", "."])
def test_a_state_that_cannot_be_read_is_reported_when_planning_only(path: str) -> None:
    text = f'data "cl_state" "x" {{ path = "{path}" }}\noutput "o" {{ value = data.cl_state.x.outputs.vpc }}'
    assert messages(text) == ["CFG324 main.hcl:1:30 Cannot read state"]
    assert messages(text, world=None) == []


def _terraform_vpc(*attributes: dict[str, object], mode: str = "managed", **more: object) -> dict[str, object]:
    return {
        "mode": mode,
        "type": "alicloud_vpc",
        "name": "vpc",
        "provider": 'provider["registry.terraform.io/aliyun/alicloud"]',
        "instances": [{"schema_version": 0, "attributes": each} for each in attributes],
        **more,
    }


def test_a_terraform_state_gives_the_vpcs_whose_classic_link_it_manages() -> None:
    on, off = {"classic_link_enabled": True}, {"classic_link_enabled": False}
    state = {
        "version": 4,
        "outputs": {},
        "resources": [
            _terraform_vpc({"id": "vpc-b", **on}, {"id": "vpc-c", **off}, {"id": "vpc-d"}),
            _terraform_vpc({"id": "vpc-a", **on}, module="module.net"),
            _terraform_vpc({"id": "vpc-e", **on}, mode="data"),
            {"mode": "managed", "type": "alicloud_instance", "instances": [{"attributes": {"id": "i-1", **on}}]},
        ],
    }
    files = {
        "main.hcl": 'data "terraform_state" "x" { path = "t.tfstate" }\n'
        'resource "classiclink_vpc" "all" {\n  for_each = toset(data.terraform_state.x.vpc_ids)\n'
        "  vpc_id = each.key\n}",
        "t.tfstate": json.dumps(state),
    }
    assert [each.identity.id for each in desired(files).objects] == ["vpc-a", "vpc-b"]


def test_a_secret_of_another_state_stays_secret() -> None:
    files = {
        "main.hcl": 'data "terraform_state" "x" { path = "t.tfstate" }\n'
        'output "it" { value = data.terraform_state.x.outputs.secret }',
        "t.tfstate": json.dumps(
            {"version": 4, "outputs": {"secret": {"value": "s", "type": "string", "sensitive": True}}}
        ),
    }
    assert messages(files) == ["CFG321 main.hcl:2:23 Output refers to sensitive values"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        '{"version": 3}',
        '{"version": 4, "outputs": 7}',
        '{"version": 4, "outputs": {"a": 1}}',
        '{"version": 4, "resources": 7}',
        '{"version": 4, "resources": [7]}',
        '{"version": 4, "resources": [{"mode": "managed", "type": "alicloud_vpc", "instances": {}}]}',
        '{"version": 4, "resources": [{"mode": "managed", "type": "alicloud_vpc", "instances": [{}]}]}',
    ],
)
def test_a_damaged_state_is_reported(text: str) -> None:
    files = {"main.hcl": 'data "terraform_state" "x" { path = "t.tfstate" }', "t.tfstate": text}
    assert messages(files) == ["CFG324 main.hcl:1:37 Cannot read state"]


@pytest.mark.parametrize(
    ("data", "written"),
    [
        ('data "classiclink_instances" "x" {\n  vpc_id = "var.vpc_id"\n}', "vpc_id = var.vpc_id"),
        (
            'data "classiclink_vswitches" "x" {\n  vpc_id = "classiclink_vpc.shop.vpc_id"\n}',
            "vpc_id = classiclink_vpc.shop.vpc_id",
        ),
        ('data "classiclink_vpcs" "x" {\n  ids = ["vpc-a", "local.vpc_id"]\n}', 'ids = ["vpc-a", local.vpc_id]'),
    ],
)
def test_a_quoted_reference_in_a_data_source_is_to_lose_its_quotes(data: str, written: str) -> None:
    [problem] = problems(data)
    assert (problem.code, problem.summary) == ("CFG313", "Quoted reference")
    assert str(problem.remedy) == f"Remove the quotes: {written}"
