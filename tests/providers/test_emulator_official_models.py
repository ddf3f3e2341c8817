"""What the emulator takes and answers has the names of the official SDK's models: a slip of the pen shows."""

from __future__ import annotations

import importlib
from typing import Any

import pytest

from providers.emulator.actions.action import ECS, STS, VPC
from providers.emulator.actions.catalogue import ACTIONS
from providers.emulator.cloud.permissions import FIELDS
from support.emulating import Emulate
from support.mock_worlds import Record
from support.rpc_client import RpcClient

PACKAGES = {ECS: "alibabacloud_ecs20140526", VPC: "alibabacloud_vpc20160428", STS: "alibabacloud_sts20150401"}

ASKED: dict[str, dict[str, str]] = {
    "DescribeVpcs": {},
    "DescribeVpcAttribute": {"VpcId": "vpc-a"},
    "DescribeVSwitches": {},
    "DescribeRouteTableList": {},
    "DescribeRouteEntryList": {"RouteTableId": "vtb-a"},
    "DescribeInstances": {"MaxResults": "10"},
    "DescribeClassicLinkInstances": {"VpcId": "vpc-a"},
    "DescribeRegions": {"RegionId": ""},
    "DescribeZones": {},
    "GetCallerIdentity": {"RegionId": ""},
    "AssumeRole": {"RegionId": "", "RoleArn": "acs:ram::1001:role/cl", "RoleSessionName": "cl"},
    "EnableVpcClassicLink": {"VpcId": "vpc-off"},
    "AttachClassicLinkVpc": {"InstanceId": "i-4", "VpcId": "vpc-b"},
    "DescribeSecurityGroups": {"MaxResults": "10"},
    "DescribeSecurityGroupAttribute": {"SecurityGroupId": "sg-a"},
    "AuthorizeSecurityGroup": {
        "SecurityGroupId": "sg-a",
        "Permissions.1.IpProtocol": "tcp",
        "Permissions.1.PortRange": "80/80",
        "Permissions.1.SourceGroupId": "sg-classic",
    },
    "RevokeSecurityGroup": {"SecurityGroupId": "sg-a", "SecurityGroupRuleId.1": "sgr-1"},
    "ModifySecurityGroupRule": {"SecurityGroupId": "sg-a", "SecurityGroupRuleId": "sgr-1", "Priority": "2"},
}


def model(version: str, name: str) -> Any:
    module = pytest.importorskip(f"{PACKAGES[version]}.models", reason="the official SDK is not installed")
    return getattr(importlib.import_module(module.__name__), name)()


@pytest.fixture
def client(emulate: Emulate, world: Record) -> RpcClient:
    world["vpcs"][0]["secondary_cidr_blocks"] = ["10.9.0.0/16"]
    world["vswitches"][0]["zone_id"] = "cn-hangzhou-b"
    world["route_entries"][0].update(next_hop_type="Instance", next_hop_id="i-vpc")
    world["instances"][2].update(operation_locks=["security"], tags={"app": "shop"}, name="web")
    place = {"region_id": "cn-hangzhou", "account_id": "1001"}
    rule = {"rule_id": "sgr-1", "source_security_group_id": "sg-classic", "ip_protocol": "udp", "port_range": "53/53"}
    world["security_groups"] = [
        {"security_group_id": "sg-classic", **place},
        {"security_group_id": "sg-a", "vpc_id": "vpc-a", "rules": [rule], **place},
    ]
    return RpcClient(emulate(world).authority)


@pytest.mark.parametrize(("version", "name"), [key for key in ACTIONS if key[1] in ASKED])
def test_every_field_of_an_answer_is_one_that_the_sdk_knows(client: RpcClient, version: str, name: str) -> None:
    wire = client.signed(name, version, {"RegionId": "cn-hangzhou", **ASKED[name]})
    body = client.send(*wire).json
    assert "Code" not in body, body
    assert model(version, f"{name}ResponseBody").from_map(body).to_map() == body


@pytest.mark.parametrize(
    ("version", "name"), [key for key in ACTIONS if ACTIONS[key].required or ACTIONS[key].optional]
)
def test_every_parameter_of_an_action_is_one_that_the_sdk_sends(version: str, name: str) -> None:
    action = ACTIONS[version, name]
    plain = {parameter: "1" for parameter in (*action.required, *action.optional) if "." not in parameter}
    sent = model(version, f"{name}Request").from_map(plain).to_map()
    assert {parameter: value for parameter, value in sent.items() if value} == plain


@pytest.mark.parametrize("name", ["AuthorizeSecurityGroup", "RevokeSecurityGroup"])
def test_every_field_of_a_permission_is_one_that_the_sdk_sends(name: str) -> None:
    plain = dict.fromkeys(FIELDS, "1")
    sent = model(ECS, f"{name}RequestPermissions").from_map(plain).to_map()
    assert {parameter: value for parameter, value in sent.items() if value} == plain
