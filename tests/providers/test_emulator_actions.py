"""The actions answer as the API's pages say: paging, limits, filters, required parameters, formats, tokens."""

from __future__ import annotations

import base64
import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from providers.emulator.actions.catalogue import ACTIONS
from support.emulating import REGION, Emulate
from support.mock_worlds import Record
from support.rpc_client import RpcClient


@pytest.fixture
def client(emulate: Emulate) -> RpcClient:
    return RpcClient(emulate().authority)


def many(world: Record, instances: int = 0, vpcs: int = 0, routes: int = 0) -> Record:
    """The small world with as many more of each."""
    for number in range(instances):
        world["instances"].append({**world["instances"][2], "instance_id": f"i-more-{number:04}", "name": "more"})
    for number in range(vpcs):
        world["vpcs"].append({**world["vpcs"][0], "vpc_id": f"vpc-more-{number:03}"})
    for number in range(routes):
        route = {"vpc_id": "vpc-b", "destination_cidr_block": f"10.{number}.0.0/16", "next_hop_id": f"i-{number}"}
        world["route_entries"].append(route)
    return world


def ids(answer: Any, outer: str, inner: str, key: str) -> list[str]:
    return [found[key] for found in answer[outer][inner]]


def test_vpcs_come_fifty_a_page(emulate: Emulate, world: Record) -> None:
    client = RpcClient(emulate(many(world, vpcs=60)).authority)
    first = client.call("DescribeVpcs", PageSize="50").json
    second = client.call("DescribeVpcs", PageSize="50", PageNumber="2").json
    assert (first["TotalCount"], first["PageNumber"], second["PageNumber"]) == (63, 1, 2)
    found = ids(first, "Vpcs", "Vpc", "VpcId") + ids(second, "Vpcs", "Vpc", "VpcId")
    assert len(set(found)) == 63
    assert len(client.call("DescribeVpcs").json["Vpcs"]["Vpc"]) == 10, "ten, where no size is asked for"
    for wrong in ({"PageSize": "51"}, {"PageSize": "0"}, {"PageNumber": "0"}, {"PageNumber": "x"}):
        assert client.call("DescribeVpcs", **wrong).code == "InvalidParameter"
    assert client.call("DescribeVpcs", VpcId=",".join(found[:21])).code == "InvalidParameter", "20 ids at most"
    assert client.call("DescribeVpcs", VpcId="vpc-a,vpc-0, vpc-b").json["TotalCount"] == 2


def test_a_vpc_says_whether_it_is_enabled_only_when_it_is_asked_for_alone(client: RpcClient) -> None:
    listed = client.call("DescribeVpcs", VpcId="vpc-a").json["Vpcs"]["Vpc"][0]
    alone = client.call("DescribeVpcAttribute", VpcId="vpc-a").json
    assert "ClassicLinkEnabled" not in listed
    assert alone["ClassicLinkEnabled"] is True
    assert listed["RouterTableIds"] == {"RouterTableIds": ["vtb-a"]}
    assert alone["VSwitchIds"] == listed["VSwitchIds"] == {"VSwitchId": ["vsw-1"]}
    assert alone["OwnerId"] == 1001


def test_vswitches_and_tables_and_routes_are_listed(emulate: Emulate, world: Record) -> None:
    client = RpcClient(emulate(many(world, routes=120)).authority)
    vswitch = client.call("DescribeVSwitches").json["VSwitches"]["VSwitch"][0]
    assert (vswitch["VSwitchId"], vswitch["VpcId"], vswitch["CidrBlock"]) == ("vsw-1", "vpc-a", "172.16.1.0/24")
    assert client.call("DescribeVSwitches", VpcId="vpc-b").json["TotalCount"] == 0
    assert client.call("DescribeVSwitches", RegionId="", VpcId="vpc-a").json["TotalCount"] == 1
    assert client.call("DescribeVSwitches", RegionId="", VpcId="vpc-0").json["TotalCount"] == 0
    assert client.call("DescribeVSwitches", RegionId="").code == "MissingRegionId"
    tables = client.call("DescribeRouteTableList", VpcId="vpc-b").json["RouterTableList"]["RouterTableListType"]
    assert [table["RouteTableId"] for table in tables] == ["vtb-b"]
    found: list[str] = []
    token = ""
    for size in (100, 20):
        page = client.call("DescribeRouteEntryList", RouteTableId="vtb-b", MaxResult="100", NextToken=token).json
        entries = page["RouteEntrys"]["RouteEntry"]
        assert len(entries) == size
        found += [entry["DestinationCidrBlock"] for entry in entries]
        token = page["NextToken"]
    assert (token, len(set(found))) == ("", 120)
    only = client.call("DescribeRouteEntryList", RouteTableId="vtb-b", DestCidrBlockList_1="10.7.0.0/16").json
    assert [entry["NextHops"]["NextHop"][0]["NextHopId"] for entry in only["RouteEntrys"]["RouteEntry"]] == ["i-7"]
    assert client.call("DescribeRouteEntryList", RouteTableId="vtb-b", RouteEntryType="System").json["TotalCount"] == 0
    assert client.call("DescribeRouteEntryList", RouteTableId="vtb-0").code == "InvalidRouteTable.NotFound"
    assert client.call("DescribeRouteEntryList", RouteTableId="vtb-b", MaxResult="101").code == "InvalidParameter"


def test_instances_come_as_a_chain_of_tokens(emulate: Emulate, world: Record) -> None:
    client = RpcClient(emulate(many(world, instances=150)).authority)
    found: list[str] = []
    token, pages = "", 0
    while pages == 0 or token:
        answer = client.call(
            "DescribeInstances", InstanceNetworkType="classic", MaxResults="1000", NextToken=token
        ).json
        found += ids(answer, "Instances", "Instance", "InstanceId")
        token, pages = answer["NextToken"], pages + 1
        assert answer["TotalCount"] == 154
    assert (pages, len(set(found))) == (2, 154)
    assert len(client.call("DescribeInstances", MaxResults="1").json["Instances"]["Instance"]) == 10, "no fewer than 10"


def test_a_token_is_good_for_its_own_list_only(emulate: Emulate, world: Record) -> None:
    client = RpcClient(emulate(many(world, instances=20)).authority)
    token = client.call("DescribeInstances", MaxResults="10").json["NextToken"]
    assert client.call("DescribeInstances", NextToken=token, Status="Stopped").code == "InvalidParameter.NextToken"
    assert client.call("DescribeInstances", NextToken="%%%").code == "InvalidParameter.NextToken"
    assert client.call("DescribeInstances", NextToken=token).status == 200


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"InstanceIds": '["i-1","i-0","i-2"]'}, ["i-1", "i-2"]),
        ({"InstanceNetworkType": "vpc"}, ["i-vpc"]),
        ({"Status": "Stopped"}, ["i-2"]),
        ({"InnerIpAddresses": '["10.1.0.3"]'}, ["i-3"]),
        ({"PrivateIpAddresses": '["172.16.1.9"]'}, ["i-vpc"]),
        ({"VpcId": "vpc-a"}, ["i-vpc"]),
        ({"InstanceName": "*4"}, ["i-4"]),
        ({"Tag.1.Key": "app", "Tag.1.Value": "shop"}, ["i-3"]),
        ({"Tag.1.Key": "app"}, ["i-3", "i-4"]),
        ({"Tag.1.Key": "app", "Tag.2.Key": "tier"}, ["i-4"]),
    ],
)
def test_instances_are_filtered(emulate: Emulate, world: Record, filters: Any, expected: list[str]) -> None:
    world["instances"][2]["tags"] = {"app": "shop"}
    world["instances"][3].update(tags={"app": "mail", "tier": "web"}, name="number 4")
    answer = RpcClient(emulate(world).authority).call("DescribeInstances", **filters).json
    assert ids(answer, "Instances", "Instance", "InstanceId") == expected


def test_the_zones_of_a_region_part_its_instances(emulate: Emulate, world: Record) -> None:
    world["vswitches"][0]["zone_id"] = f"{REGION}-k"
    client = RpcClient(emulate(many(world, instances=40)).authority)
    zones = ids(client.call("DescribeZones").json, "Zones", "Zone", "ZoneId")
    assert f"{REGION}-k" in zones
    counts = [client.call("DescribeInstances", ZoneId=zone).json["TotalCount"] for zone in zones]
    assert sum(counts) == 45
    assert min(counts) > 0


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({}, "InvalidParameter.InvalidInstanceIdAndVpcId"),
        ({"InstanceId": ",".join(f"i-{number}" for number in range(101))}, "InvalidParameter.ToManyInstanceIds"),
        ({"InstanceId": "i-1,i-0"}, "InvalidInstanceId.NotFound"),
        ({"VpcId": "vpc-0"}, "InvalidVpc.NotBelong"),
        ({"VpcId": "vpc-a", "PageSize": "101"}, "InvalidParameter.PageSize"),
        ({"VpcId": "vpc-a", "PageNumber": "-1"}, "InvalidParameter.PageNumber"),
    ],
)
def test_links_are_not_listed_for_a_question_that_makes_no_sense(client: RpcClient, parameters: Any, code: str) -> None:
    answer = client.call("DescribeClassicLinkInstances", **parameters)
    assert (answer.code, answer.status) == (code, 403)


def test_links_are_listed_by_instances_and_by_vpc(client: RpcClient) -> None:
    client.call("AttachClassicLinkVpc", InstanceId="i-3", VpcId="vpc-b")

    def links(**parameters: str) -> list[tuple[str, str]]:
        found = client.call("DescribeClassicLinkInstances", **parameters).json["Links"]["Link"]
        return [(link["InstanceId"], link["VpcId"]) for link in found]

    assert links(InstanceId="i-3,i-2,i-1") == [("i-1", "vpc-a"), ("i-3", "vpc-b")]
    assert links(VpcId="vpc-b") == [("i-3", "vpc-b")]
    assert links(VpcId="vpc-b", InstanceId="i-1") == []


def test_every_action_names_the_first_parameter_that_is_missing(client: RpcClient) -> None:
    for action in ACTIONS.values():
        given = {name.replace(".", "_"): "x" for name in action.required}
        for name in action.required:
            rest = {key: value for key, value in given.items() if key != name.replace(".", "_")}
            answer = client.call(action.name, **{"RegionId": "", **rest})
            assert (answer.status, answer.code) == (400, f"Missing{name.replace('.', '')}"), action.name


def test_every_action_refuses_a_parameter_that_it_does_not_have(client: RpcClient) -> None:
    for action in ACTIONS.values():
        given = {name.replace(".", "_"): "x" for name in action.required}
        answer = client.call(action.name, **given, Nonsense="1")
        assert (answer.status, answer.code) == (400, "UnsupportedParameter"), action.name
        assert "Nonsense" in answer.json["Message"]


def test_unknown_actions_versions_regions_and_methods_are_refused(client: RpcClient) -> None:
    assert client.call("DescribeNothing").code == "InvalidAction.NotFound"
    assert client.call("DescribeNothing").status == 404
    wrong = client.signed("DescribeVpcs", "1999-01-01", {"RegionId": REGION})
    assert client.send(*wrong).code == "InvalidVersion"
    answer = client.call("DescribeVpcs", RegionId="mars-1")
    assert (answer.code, answer.status) == ("InvalidRegionId.NotFound", 404)
    assert client.with_(method="PUT").call("DescribeVpcs").status == 405


def test_another_region_has_nothing_of_this_one(client: RpcClient) -> None:
    assert client.call("DescribeVpcs", RegionId="cn-beijing").json["TotalCount"] == 0
    assert client.call("DescribeVpcAttribute", RegionId="cn-beijing", VpcId="vpc-a").code == "InvalidVpcId.NotFound"
    answer = client.call("AttachClassicLinkVpc", RegionId="cn-beijing", InstanceId="i-3", VpcId="vpc-a")
    assert answer.code == "InvalidInstanceId.NotFound"


def test_a_dry_run_changes_nothing(client: RpcClient) -> None:
    assert client.call("DescribeVpcs", DryRun="true").code == "DryRunOperation"


def test_xml_says_what_json_says(client: RpcClient) -> None:
    old = client.with_(is_old=True)
    answer = old.call("DescribeVpcs", Format="XML", VpcId="vpc-a")
    assert answer.headers["content-type"] == "text/xml;charset=utf-8"
    root = ET.fromstring(answer.body)  # noqa: S314 (the emulator's own)
    assert (root.tag, root.findtext("TotalCount"), root.findtext("Vpcs/Vpc/VpcId")) == (
        "DescribeVpcsResponse",
        "1",
        "vpc-a",
    )
    assert root.findtext("Vpcs/Vpc/IsDefault") == "false"
    error = ET.fromstring(old.call("DescribeVpcAttribute", Format="XML", VpcId="vpc-0").body)  # noqa: S314
    assert (error.tag, error.findtext("Code")) == ("Error", "InvalidVpcId.NotFound")
    accepted = client.with_(headers={"accept": "application/xml"}).call("DescribeVpcs")
    assert accepted.body.startswith(b"<?xml")


def test_names_that_are_hostile_to_xml_come_as_text(emulate: Emulate, world: Record) -> None:
    world["vpcs"][0]["name"] = "</Vpc>\x00\x08&<!-- ü ￿ -->"
    client = RpcClient(emulate(world).authority, is_old=True)
    root = ET.fromstring(client.call("DescribeVpcs", Format="XML", VpcId="vpc-a").body)  # noqa: S314
    assert root.findtext("Vpcs/Vpc/VpcName") == "</Vpc>��&<!-- ü � -->"


def test_a_client_token_makes_a_call_once(client: RpcClient) -> None:
    first = {"VpcId": "vpc-off", "ClientToken": "one"}
    assert client.call("EnableVpcClassicLink", **first).status == 200
    assert client.call("DisableVpcClassicLink", VpcId="vpc-off").status == 200
    assert client.call("EnableVpcClassicLink", **first).status == 200, "a repeat of what was done is done"
    assert client.call("DescribeVpcAttribute", VpcId="vpc-off").json["ClassicLinkEnabled"] is False
    other = client.call("EnableVpcClassicLink", VpcId="vpc-a", ClientToken="one")
    assert other.code == "IdempotentParameterMismatch"


def test_a_client_token_whose_call_was_refused_is_spent(client: RpcClient) -> None:
    asked = {"VpcId": "vpc-a", "ClientToken": "two"}
    assert client.call("DisableVpcClassicLink", **asked).code == "InvalidAction"
    client.call("DetachClassicLinkVpc", InstanceId="i-1", VpcId="vpc-a")
    assert client.call("DisableVpcClassicLink", **asked).code == "TaskConflict"
    assert client.call("DisableVpcClassicLink", VpcId="vpc-a", ClientToken="three").status == 200


@pytest.mark.parametrize("token", ["x" * 65, "ü"])
def test_a_client_token_is_short_and_ascii(client: RpcClient, token: str) -> None:
    answer = client.call("EnableVpcClassicLink", VpcId="vpc-off", ClientToken=token)
    assert answer.code == "InvalidClientToken.ValueNotSupported"


def test_cloud_assistant_runs_nothing(client: RpcClient) -> None:
    def run(instance_id: str) -> str:
        return client.call("RunCommand", Type="RunShellScript", CommandContent="id", InstanceId_1=instance_id).code

    assert run("i-1") == "InvalidInstance.NotMatch"
    assert run("i-0") == "InvalidInstance.NotFound"
    assert run("i-vpc") == "RegionId.ApiNotSupported"


def test_a_next_token_ends(emulate: Emulate, world: Record) -> None:
    client = RpcClient(emulate(many(world, instances=20), token_ttl=0.0).authority)
    token = client.call("DescribeInstances", MaxResults="10").json["NextToken"]
    ended = client.call("DescribeInstances", MaxResults="10", NextToken=token)
    assert (ended.code, ended.status) == ("InvalidParameter.NextToken", 400)


def assume(client: RpcClient, **changes: str) -> Any:
    given = {"RoleArn": "acs:ram::1001:role/cl", "RoleSessionName": "cl", **changes}
    return client.call("AssumeRole", **given)


def test_a_temporary_key_needs_its_token_and_ends(emulate: Emulate) -> None:
    client = RpcClient(emulate(token_ttl=0.0).authority)
    keys = assume(client).json["Credentials"]
    temporary = client.with_(key=keys["AccessKeyId"], secret=keys["AccessKeySecret"])
    assert temporary.call("GetCallerIdentity").code == "MissingSecurityToken"
    wrong = temporary.with_(token="wrong").call("GetCallerIdentity")
    assert wrong.code == "InvalidSecurityToken.MismatchWithAccessKey"
    ended = temporary.with_(token=keys["SecurityToken"]).call("GetCallerIdentity")
    assert (ended.code, ended.status) == ("InvalidSecurityToken.Expired", 400)


@pytest.mark.parametrize("is_old", [False, True])
def test_a_role_acts_for_its_own_account(client: RpcClient, is_old: bool) -> None:
    keys = assume(client, RoleArn="acs:ram::2002:role/other").json["Credentials"]
    temporary = client.with_(
        key=keys["AccessKeyId"], secret=keys["AccessKeySecret"], token=keys["SecurityToken"], is_old=is_old
    )
    assert temporary.call("GetCallerIdentity").json["AccountId"] == "2002"
    assert temporary.call("DescribeVpcs").json["TotalCount"] == 0


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"RoleArn": "role/cl"}, "InvalidParameter.RoleArn"),
        ({"RoleSessionName": "not a name"}, "InvalidParameter.RoleSessionName"),
        ({"DurationSeconds": "899"}, "InvalidParameter.DurationSeconds"),
        ({"DurationSeconds": "soon"}, "InvalidParameter.DurationSeconds"),
    ],
)
def test_a_role_is_asked_for_properly(client: RpcClient, changes: dict[str, str], code: str) -> None:
    assert assume(client, **changes).code == code


def web_token(**claims: Any) -> str:
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{body}.c2ln"


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (web_token(sub="repo:shop", exp=2**40), ""),
        (web_token(sub="repo:shop"), ""),
        (web_token(exp=1), "AuthenticationFail.OIDCToken.Expired"),
        (web_token(exp="never"), "AuthenticationFail.OIDCToken.Invalid"),
        ("not.a.token", "AuthenticationFail.OIDCToken.Invalid"),
        ("e30.W10.c2ln", "AuthenticationFail.OIDCToken.Invalid"),
        ("ü", "AuthenticationFail.OIDCToken.Invalid"),
    ],
)
def test_a_pipeline_gets_keys_for_its_web_token_without_a_signature(emulate: Emulate, token: str, code: str) -> None:
    client = RpcClient(emulate().authority)
    _, target, _, headers = client.signed(
        "AssumeRoleWithOIDC",
        "2015-04-01",
        {
            "OIDCProviderArn": "acs:ram::1001:oidc-provider/ci",
            "RoleArn": "acs:ram::1001:role/cl",
            "RoleSessionName": "ci",
            "OIDCToken": token,
        },
    )
    unsigned = {name: headers[name] for name in ("x-acs-action", "x-acs-version")}
    answer = client.send("POST", target, b"", unsigned)
    assert answer.code == code
    if not code:
        keys = answer.json["Credentials"]
        temporary = client.with_(key=keys["AccessKeyId"], secret=keys["AccessKeySecret"], token=keys["SecurityToken"])
        assert temporary.call("GetCallerIdentity").json["Arn"] == "acs:ram::1001:assumed-role/cl/ci"
