"""Security groups and their rules over the API: listed, added, removed and changed as its pages say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from support.emulating import REGION, Emulate
from support.mock_worlds import Record
from support.rpc_client import Response, RpcClient

CLASSIC, OF_VPC = "sg-classic", "sg-a"


def group(group_id: str, **more: Any) -> Record:
    return {"security_group_id": group_id, "region_id": REGION, "account_id": "1001", **more}


def rule(source: str, port: int = 80, **more: Any) -> Record:
    return {"source_security_group_id": source, "ip_protocol": "tcp", "port_range": f"{port}/{port}", **more}


def with_groups(world: Record, *more: Record, rules: Sequence[Record] = ()) -> Record:
    """The small world with a group of the classic network, which has these rules, and one of vpc-a."""
    world["security_groups"] = [group(CLASSIC, rules=list(rules)), group(OF_VPC, vpc_id="vpc-a"), *more]
    return world


@pytest.fixture
def client(emulate: Emulate, world: Record) -> RpcClient:
    return RpcClient(emulate(with_groups(world)).authority)


def permissions(*rules: Record) -> Record:
    """As a request names them."""
    found: Record = {}
    for number, given in enumerate(rules, 1):
        usual = {"IpProtocol": "TCP", "PortRange": "80/80", "SourceGroupId": OF_VPC, "NicType": "intranet"}
        found |= {f"Permissions.{number}.{name}": value for name, value in (usual | given).items()}
    return found


def authorize(client: RpcClient, *rules: Record, to: str = CLASSIC, **more: str) -> Response:
    return client.call("AuthorizeSecurityGroup", SecurityGroupId=to, **permissions(*rules), **more)


def revoke(client: RpcClient, *rules: Record, of: str = CLASSIC, **more: str) -> Response:
    return client.call("RevokeSecurityGroup", SecurityGroupId=of, **permissions(*rules), **more)


def rules_of(client: RpcClient, group_id: str = CLASSIC, **asked: str) -> list[Record]:
    asked = {"NicType": "intranet", "Direction": "ingress", **asked}
    answer = client.call("DescribeSecurityGroupAttribute", SecurityGroupId=group_id, **asked).json
    found: list[Record] = answer["Permissions"]["Permission"]
    return found


def ports_of(client: RpcClient, group_id: str = CLASSIC, **asked: str) -> list[str]:
    return [found["PortRange"] for found in rules_of(client, group_id, **asked)]


def test_a_rule_is_added_changed_and_removed(client: RpcClient) -> None:
    assert authorize(client, {"Policy": "Drop", "Priority": "7", "Description": "no web"}).status == 200
    (found,) = rules_of(client)
    said = {name: found[name] for name in ("IpProtocol", "PortRange", "Policy", "Priority", "Description", "NicType")}
    assert said == {
        "IpProtocol": "TCP", "PortRange": "80/80", "Policy": "Drop", "Priority": "7", "Description": "no web",
        "NicType": "intranet",
    }  # fmt: skip
    assert (found["SourceGroupId"], found["Direction"]) == (OF_VPC, "ingress")
    rule_id = found["SecurityGroupRuleId"]
    modified = client.call(
        "ModifySecurityGroupRule", SecurityGroupId=CLASSIC, SecurityGroupRuleId=rule_id, Priority="9"
    )
    assert modified.status == 200
    (found,) = rules_of(client)
    assert [found[name] for name in ("SecurityGroupRuleId", "Priority", "Description")] == [rule_id, "9", "no web"]
    removed = client.call("RevokeSecurityGroup", SecurityGroupId=CLASSIC, SecurityGroupRuleId_1=rule_id)
    assert (removed.status, rules_of(client)) == (200, [])


def test_what_exists_is_authorized_again_and_stays_as_it_was(client: RpcClient) -> None:
    authorize(client, {"Description": "first"})
    assert authorize(client, {"Description": "second"}, {"PortRange": "443/443"}).status == 200
    assert [(found["PortRange"], found["Description"]) for found in rules_of(client)] == [
        ("80/80", "first"),
        ("443/443", ""),
    ]


def test_what_is_gone_cannot_be_revoked_and_nothing_else_of_the_call_is(client: RpcClient) -> None:
    authorize(client, {})
    gone = revoke(client, {}, {"PortRange": "443/443"})
    assert (gone.status, gone.code) == (400, "InvalidSecurityGroupRule.RuleNotExist")
    by_id = client.call("RevokeSecurityGroup", SecurityGroupId=CLASSIC, SecurityGroupRuleId_1="sgr-0")
    assert (by_id.status, by_id.code) == (404, "InvalidSecurityGroupRuleId.NotFound")
    assert ports_of(client) == ["80/80"]
    assert revoke(client, {"IpProtocol": "tcp", "Policy": "ACCEPT", "Priority": "5"}).status == 200
    assert ports_of(client) == []


def test_a_call_names_rules_or_their_ids(client: RpcClient) -> None:
    authorize(client, {})
    rule_id = rules_of(client)[0]["SecurityGroupRuleId"]
    assert revoke(client, {}, SecurityGroupRuleId_1=rule_id).code == "InvalidParam.Permissions"
    twice = {"SecurityGroupRuleId_1": rule_id, "SecurityGroupRuleId_2": rule_id}
    answer = client.call("RevokeSecurityGroup", SecurityGroupId=CLASSIC, **twice)
    assert answer.code == "InvalidParam.SecurityGroupRuleIdRepeated"
    assert client.call("RevokeSecurityGroup", SecurityGroupId=CLASSIC).code == "InvalidIpProtocol.ValueNotSupported"


def test_a_call_takes_a_hundred_rules(client: RpcClient) -> None:
    many = [{"PortRange": f"{port}/{port}"} for port in range(1, 102)]
    assert authorize(client, *many).code == "InvalidParameter"
    assert authorize(client, *many[:100]).status == 200
    assert len(rules_of(client)) == 100
    ids = {f"SecurityGroupRuleId_{number}": f"sgr-{number}" for number in range(1, 102)}
    assert client.call("RevokeSecurityGroup", SecurityGroupId=CLASSIC, **ids).code == "InvalidParameter"
    assert revoke(client, *many[:100]).status == 200


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"IpProtocol": "tpc"}, "InvalidIpProtocol.ValueNotSupported"),
        ({"IpProtocol": ""}, "InvalidIpProtocol.ValueNotSupported"),
        ({"PortRange": ""}, "InvalidPortRange.Malformed"),
        ({"PortRange": "80"}, "InvalidParam.PortRange"),
        ({"PortRange": "90/80"}, "InvalidParam.PortRange"),
        ({"PortRange": "1/65536"}, "InvalidParam.PortRange"),
        ({"PortRange": "-1/-1"}, "OperationDenied"),
        ({"IpProtocol": "ICMP"}, "OperationDenied"),
        ({"Policy": "reject"}, "InvalidPolicy.Malformed"),
        ({"Priority": "high"}, "InvalidPriority.Malformed"),
        ({"Priority": "0"}, "InvalidPriority.ValueNotSupported"),
        ({"Priority": "101"}, "InvalidPriority.ValueNotSupported"),
        ({"Priority": "9" * 5000}, "InvalidPriority.ValueNotSupported"),
        ({"NicType": "wifi"}, "InvalidNicType.ValueNotSupported"),
        ({"NicType": ""}, "InvalidSourceGroupId.Mismatch"),
        ({"NicType": "internet"}, "InvalidSourceGroupId.Mismatch"),
        ({"SourceGroupId": ""}, "MissingParameter.Source"),
        ({"SourceGroupId": "sg-0"}, "InvalidSourceGroupId.NotFound"),
        ({"Description": "x" * 513}, "InvalidSecurityGroupDiscription.Malformed"),
        ({"SourceCidrIp": "10.0.0.0/8"}, "UnsupportedParameter"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(client: RpcClient, given: Record, code: str) -> None:
    assert authorize(client, {"PortRange": "22/22"}, given).code == code
    assert rules_of(client) == []


def test_the_same_rule_twice_in_a_call_is_refused(client: RpcClient) -> None:
    answer = authorize(client, {"Priority": "1"}, {"IpProtocol": "tcp", "Priority": "2"})
    assert answer.code == "InvalidParam.DuplicatePermissions"


def test_a_group_of_a_vpc_has_the_intranet_alone(client: RpcClient) -> None:
    assert authorize(client, {"SourceGroupId": CLASSIC, "NicType": ""}, to=OF_VPC).status == 200
    assert ports_of(client, OF_VPC, NicType="") == ["80/80"]
    authorize(client, {})
    assert ports_of(client, CLASSIC, NicType="") == [], "the default of the classic network is the internet"
    assert ports_of(client, CLASSIC, NicType="internet") == []
    assert ports_of(client, CLASSIC) == ["80/80"]


def test_rules_go_one_way(client: RpcClient) -> None:
    authorize(client, {})
    assert ports_of(client, Direction="all") == ["80/80"]
    assert ports_of(client, Direction="") == ["80/80"]
    assert ports_of(client, Direction="egress") == []


def test_classiclink_must_be_on_for_a_rule(emulate: Emulate, world: Record) -> None:
    client = RpcClient(emulate(with_groups(world, group("sg-off", vpc_id="vpc-off"))).authority)
    for answer in (
        authorize(client, {"SourceGroupId": "sg-off"}),
        authorize(client, {"SourceGroupId": CLASSIC}, to="sg-off"),
    ):
        assert (answer.status, answer.code) == (400, "InvalidSecurityGroup.InvalidNetworkType")
        assert "ClassicLink must be enabled" in answer.json["Message"]
    client.call("EnableVpcClassicLink", VpcId="vpc-off")
    assert authorize(client, {"SourceGroupId": "sg-off"}).status == 200


def test_the_groups_of_others_are_not_there(emulate: Emulate, world: Record) -> None:
    world["account_id"] = "1001"
    others = [{**group("sg-other"), "account_id": "2002"}, {**group("sg-beijing"), "region_id": "cn-beijing"}]
    client = RpcClient(emulate(with_groups(world, *others)).authority)
    for group_id in ("sg-other", "sg-beijing", "sg-0"):
        for answer in (
            authorize(client, {}, to=group_id),
            revoke(client, {}, of=group_id),
            client.call("DescribeSecurityGroupAttribute", SecurityGroupId=group_id),
            client.call("ModifySecurityGroupRule", SecurityGroupId=group_id, SecurityGroupRuleId="sgr-1"),
        ):
            assert (answer.status, answer.code) == (404, "InvalidSecurityGroupId.NotFound")
    assert listed(client) == [OF_VPC, CLASSIC]


def test_a_rule_cannot_be_modified_into_another_one(emulate: Emulate, world: Record) -> None:
    by_address = {"source_cidr_block": "10.0.0.0/8", "ip_protocol": "tcp", "port_range": "22/22", "rule_id": "sgr-2"}
    served = emulate(with_groups(world, rules=[rule(OF_VPC, rule_id="sgr-1", priority=3), by_address]))
    client = RpcClient(served.authority)

    def modify(rule_id: str, **given: str) -> Response:
        return client.call("ModifySecurityGroupRule", SecurityGroupId=CLASSIC, SecurityGroupRuleId=rule_id, **given)

    assert modify("sgr-1", Policy="accept", Description="web").status == 200
    assert [rules_of(client)[0][name] for name in ("Priority", "Description")] == ["3", "web"]
    assert modify("sgr-1", Description="", Priority="4").status == 200
    assert rules_of(client)[0]["Description"] == "web", "what is empty is not changed"
    assert modify("sgr-1", Policy="drop").code == "UnsupportedParameter"
    assert modify("sgr-1", Priority="101").code == "InvalidPriority.ValueNotSupported"
    assert modify("sgr-0").code == "InvalidSecurityGroupRuleId.NotFound"
    assert modify("sgr-2").code == "UnsupportedParameter"
    assert rules_of(client)[1]["SourceCidrIp"] == "10.0.0.0/8"


def listed(client: RpcClient, **asked: str) -> list[str]:
    answer = client.call("DescribeSecurityGroups", **asked).json
    return [found["SecurityGroupId"] for found in answer["SecurityGroups"]["SecurityGroup"]]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({}, [OF_VPC, "sg-big", CLASSIC]),
        ({"SecurityGroupIds": '["sg-classic","sg-0","sg-a"]'}, [OF_VPC, CLASSIC]),
        ({"SecurityGroupId": "sg-a"}, [OF_VPC]),
        ({"NetworkType": "classic"}, [CLASSIC]),
        ({"NetworkType": "vpc"}, [OF_VPC, "sg-big"]),
        ({"VpcId": "vpc-b"}, ["sg-big"]),
        ({"SecurityGroupType": "enterprise"}, ["sg-big"]),
        ({"ServiceManaged": "true"}, ["sg-big"]),
        ({"ServiceManaged": "false"}, [OF_VPC, CLASSIC]),
        ({"SecurityGroupName": "big*"}, ["sg-big"]),
    ],
)
def test_groups_are_filtered(emulate: Emulate, world: Record, filters: dict[str, str], expected: list[str]) -> None:
    big = group("sg-big", vpc_id="vpc-b", type="enterprise", service_managed=True, name="big one")
    assert listed(RpcClient(emulate(with_groups(world, big)).authority), **filters) == expected


def test_a_group_says_what_it_is(emulate: Emulate, world: Record) -> None:
    big = group("sg-big", vpc_id="vpc-b", type="enterprise", inner_access_policy="drop")
    client = RpcClient(emulate(with_groups(world, big, rules=[rule(OF_VPC), rule(OF_VPC, 443)])).authority)
    _, enterprise, classic = client.call("DescribeSecurityGroups").json["SecurityGroups"]["SecurityGroup"]
    assert (enterprise["VpcId"], enterprise["SecurityGroupType"], enterprise["RuleCount"]) == ("vpc-b", "enterprise", 0)
    assert (classic["VpcId"], classic["SecurityGroupType"], classic["GroupToGroupRuleCount"]) == ("", "normal", 2)
    policies = [
        client.call("DescribeSecurityGroupAttribute", SecurityGroupId=group_id).json["InnerAccessPolicy"]
        for group_id in ("sg-big", CLASSIC)
    ]
    assert policies == ["Drop", "Accept"]


def test_groups_come_in_pages_and_in_chains(emulate: Emulate, world: Record) -> None:
    more = [group(f"sg-more-{number:03}") for number in range(118)]
    client = RpcClient(emulate(with_groups(world, *more)).authority)
    first = client.call("DescribeSecurityGroups", MaxResults="100").json
    second = client.call("DescribeSecurityGroups", MaxResults="100", NextToken=first["NextToken"]).json
    found = [one["SecurityGroupId"] for page in (first, second) for one in page["SecurityGroups"]["SecurityGroup"]]
    assert (len(set(found)), second["NextToken"]) == (120, "")
    assert client.call("DescribeSecurityGroups", PageSize="100", PageNumber="2").json["TotalCount"] == 120
    assert len(listed(client, PageSize="100", PageNumber="2")) == 20
    assert len(listed(client)) == 10
    for wrong in ("0", "101", "x"):
        assert client.call("DescribeSecurityGroups", MaxResults=wrong).code == "InvalidParameter.MaxResults"
    ids = ",".join(f'"sg-{number}"' for number in range(101))
    assert client.call("DescribeSecurityGroups", SecurityGroupIds=f"[{ids}]").code == "InvalidParamNum.ExceedLimit"
    assert client.call("DescribeSecurityGroups", SecurityGroupIds="sg-a").code == "InvalidSecurityGroupIds.Malformed"


def test_rules_come_in_chains(emulate: Emulate, world: Record) -> None:
    rules = [rule(OF_VPC, port) for port in range(1, 25)]
    client = RpcClient(emulate(with_groups(world, rules=rules)).authority)
    found: list[str] = []
    token, pages = "", 0
    while pages == 0 or token:
        answer = client.call(
            "DescribeSecurityGroupAttribute", SecurityGroupId=CLASSIC, NicType="intranet", MaxResults="10",
            NextToken=token,
        ).json  # fmt: skip
        found += [one["SecurityGroupRuleId"] for one in answer["Permissions"]["Permission"]]
        token, pages = answer["NextToken"], pages + 1
    assert (pages, len(set(found))) == (3, 24)
    for wrong in ("9", "1001", "x"):
        answer = client.call("DescribeSecurityGroupAttribute", SecurityGroupId=CLASSIC, MaxResults=wrong)
        assert answer.code == "InvalidParameter.MaxResults"


def test_instances_say_their_groups(emulate: Emulate, world: Record) -> None:
    world["instances"][2]["security_group_ids"] = [CLASSIC]
    client = RpcClient(emulate(with_groups(world)).authority)
    found = client.call("DescribeInstances", SecurityGroupId=CLASSIC).json["Instances"]["Instance"]
    assert [(one["InstanceId"], one["SecurityGroupIds"]) for one in found] == [("i-3", {"SecurityGroupId": [CLASSIC]})]


@pytest.mark.parametrize("action", ["AuthorizeSecurityGroup", "RevokeSecurityGroup"])
def test_a_client_token_makes_a_change_of_rules_once(client: RpcClient, action: str) -> None:
    given = {"SecurityGroupId": CLASSIC, "ClientToken": "one", **permissions({})}
    if action == "RevokeSecurityGroup":
        authorize(client, {})
    assert client.call(action, **given).status == 200
    assert client.call(action, **given).status == 200
    other = client.call(action, **{**given, "Permissions.1.PortRange": "22/22"})
    assert other.code == "IdempotentParameterMismatch"


def test_with_lag_rules_are_made_and_not_seen(emulate: Emulate, world: Record) -> None:
    client = RpcClient(emulate(with_groups(world), lag=3600.0).authority)
    assert authorize(client, {}).status == 200
    assert rules_of(client) == []
    assert (
        client.call("DescribeSecurityGroups", SecurityGroupId=CLASSIC).json["SecurityGroups"]["SecurityGroup"][0][
            "RuleCount"
        ]
        == 0
    )
    assert revoke(client, {}).status == 200, "the cloud itself knows"


def test_a_fault_matches_a_group(emulate: Emulate, world: Record) -> None:
    match = {"security_group_id": OF_VPC}
    faults = [
        {"action": "AuthorizeSecurityGroup", "match": match, "kind": "throttle"},
        {"action": "DescribeSecurityGroups", "match": match, "kind": "throttle"},
    ]
    client = RpcClient(emulate(with_groups(world), faults).authority)
    assert authorize(client, {}).status == 200
    assert authorize(client, {"SourceGroupId": CLASSIC}, to=OF_VPC).code == "Throttling.User"
    assert client.call("DescribeSecurityGroups", SecurityGroupIds=f'["{OF_VPC}"]').code == "Throttling.User"
    assert listed(client) == [OF_VPC, CLASSIC]
