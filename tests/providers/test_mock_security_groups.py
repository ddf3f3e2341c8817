"""The security groups of the simulated cloud: what a world file may say, and what the cloud says to calls."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planner.diagnostics import ProviderError
from planner.network.identity import Action, Authorization, Enablement, RuleBatch, RuleCall, RuleSettings
from planner.network.kinds import Kind
from providers.base import CallFailed, Unsure
from providers.mock.world_file import parse_world
from support.mock_worlds import Calls, Opener, Record

AUTHORIZE, REVOKE, MODIFY = (
    Action.AUTHORIZE_SECURITY_RULE,
    Action.REVOKE_SECURITY_RULE,
    Action.MODIFY_SECURITY_RULE,
)


def group(group_id: str, vpc_id: str | None = None, *rules: Record, **more: Any) -> Record:
    place = {"vpc_id": vpc_id} if vpc_id else {}
    return {
        "security_group_id": group_id,
        "account_id": "1001",
        "region_id": "cn-hangzhou",
        **place,
        "rules": list(rules),
        **more,
    }


def rule(source: str = "sg-web", ports: str = "80/80", **more: Any) -> Record:
    return {"source_security_group_id": source, "ip_protocol": "tcp", "port_range": ports, **more}


@pytest.fixture
def grouped(world: Record) -> Record:
    """The small world, with a group of the classic network, one of each VPC, and some that cannot be edited."""
    world["security_groups"] = [
        group("sg-web"),
        group("sg-web2"),
        group("sg-db", "vpc-a", rule(ports="22/22", description="shell", priority=5)),
        group("sg-off", "vpc-off"),
        group("sg-big", "vpc-a", type="enterprise"),
        group("sg-slb", "vpc-a", service_managed=True),
        group("sg-foreign", account_id="2002"),
        group("sg-far", region_id="cn-beijing"),
    ]
    return world


def allowed(group_id: str = "sg-db", source: str = "sg-web", ports: str = "80/80") -> Authorization:
    return Authorization(group_id, source, "tcp", ports, "accept")


def batch(*rules: Authorization, **settings: Any) -> RuleBatch:
    return RuleBatch(tuple(RuleCall(rule, RuleSettings(**settings)) for rule in rules))


BROKEN = [
    ([group("sg-1"), group("sg-1")], "security_groups[1].security_group_id"),
    ([group("sg-1", "vpc-x")], "security_groups[0].vpc_id"),
    ([group("sg-1", None, rule("sg-2"))], "security_groups[0].rules[0].source_security_group_id"),
    ([group("sg-1", None, rule("sg-1"), rule("sg-1", policy="accept"))], "is repeated in its group"),
    ([group("sg-1", None, rule("sg-1", source_cidr_block="10.0.0.0/8"))], "found both"),
    ([group("sg-1", None, {"ip_protocol": "tcp", "port_range": "80/80"})], "found neither"),
    ([group("sg-1", None, rule("sg-1", "-1/-1"))], "a rule for tcp needs ports"),
    ([group("sg-1", None, rule("sg-1", ip_protocol="icmp"))], "icmp has no ports"),
    ([group("sg-1", None, rule("sg-1", "90/80"))], "the smaller one first"),
    ([group("sg-1", None, rule("sg-1", "080/080"))], "the smaller one first"),
    ([group("sg-1", None, rule("sg-1", "0/80"))], "between 1 and 65535"),
    ([group("sg-1", None, rule("sg-1", "80"))], "is not a port range"),
    ([group("sg-1", None, rule("sg-1", priority=0))], "a whole number from 1 to 100"),
    ([group("sg-1", None, rule("sg-1", priority=101))], "a whole number from 1 to 100"),
    ([group("sg-1", None, rule("sg-1", policy="Accept"))], 'one of "accept" or "drop"'),
    ([group("sg-1", None, rule("sg-1", ip_protocol="TCP"))], "rules[0].ip_protocol"),
    ([group("sg-1", type="huge")], "security_groups[0].type"),
    ([group("sg-1", None, rule("sg-1", rule_id="r"), rule("sg-1", "81/81", rule_id="r"))], 'the rule_id "r"'),
]


@pytest.mark.parametrize(("groups", "messages"), BROKEN)
def test_a_world_with_security_groups_that_cannot_be_is_refused(groups: list[Record], messages: str) -> None:
    with pytest.raises(ProviderError) as refused:
        parse_world(json.dumps({"security_groups": groups}), "world.json")
    assert messages in str(refused.value)


def test_the_groups_of_an_instance_are_known_ones_or_nothing_is_known_of_groups(grouped: Record) -> None:
    grouped["instances"][0]["security_group_ids"] = ["sg-web", "sg-lost"]
    with pytest.raises(ProviderError, match=r"instances\[0\].security_group_ids\[1\].*sg-lost"):
        parse_world(json.dumps(grouped), "world.json")
    del grouped["security_groups"]
    world = parse_world(json.dumps(grouped), "world.json")
    assert world.security_groups is None
    assert world.instances["i-1"].security_group_ids == ("sg-web", "sg-lost")
    assert world.instances["i-2"].security_group_ids is None


REFUSED = [
    (AUTHORIZE, batch(allowed("sg-lost")), "InvalidSecurityGroupId.NotFound"),
    (AUTHORIZE, batch(allowed(source="sg-lost")), "InvalidSourceGroupId.NotFound"),
    (AUTHORIZE, batch(allowed(source="sg-far")), "InvalidSourceGroupId.NotFound"),
    (AUTHORIZE, batch(allowed(source="sg-foreign")), "InvalidSourceGroupId.Mismatch"),
    (AUTHORIZE, batch(allowed(source="sg-off")), "InvalidSourceGroupId.Mismatch"),
    (AUTHORIZE, batch(allowed("sg-web2")), "InvalidSourceGroupId.Mismatch"),
    (AUTHORIZE, batch(allowed("sg-off")), "InvalidSecurityGroup.InvalidNetworkType"),
    (REVOKE, batch(allowed("sg-off")), "InvalidSecurityGroup.InvalidNetworkType"),
    (AUTHORIZE, batch(allowed("sg-big")), "InvalidGroupAuthParameter.OperationDenied"),
    (AUTHORIZE, batch(allowed("sg-slb")), "InvalidOperation.ResourceManagedByCloudProduct"),
    (REVOKE, batch(allowed("sg-slb")), "InvalidOperation.ResourceManagedByCloudProduct"),
    (AUTHORIZE, batch(allowed(), allowed()), "InvalidParam.DuplicatePermissions"),
    (AUTHORIZE, batch(*[allowed(ports=f"{n}/{n}") for n in range(1, 102)]), "InvalidParam.Permissions"),
    (AUTHORIZE, batch(allowed(), priority=101), "InvalidPriority.ValueNotSupported"),
    (AUTHORIZE, batch(allowed(ports="-1/-1")), "InvalidParam.PortRange"),
    (MODIFY, batch(allowed()), "InvalidSecurityGroupRule.RuleNotExist"),
    (MODIFY, batch(allowed("sg-big")), "InvalidGroupAuthParameter.OperationDenied"),
    (MODIFY, batch(allowed("sg-slb")), "InvalidOperation.ResourceManagedByCloudProduct"),
]


@pytest.mark.parametrize(("action", "rules", "code"), REFUSED)
def test_the_cloud_refuses_what_the_api_refuses_and_changes_nothing(
    action: Action, rules: RuleBatch, code: str, grouped: Record, open_cloud: Opener, calls: Calls
) -> None:
    cloud = open_cloud({**grouped, "account_id": "1001"})
    before = cloud.read().security_groups
    with pytest.raises(CallFailed) as refused:
        cloud.perform(action, rules)
    assert (refused.value.code, cloud.read().security_groups) == (code, before)
    assert [call["outcome"] for call in calls()] == [code]


def test_a_group_has_two_hundred_rules_and_names_twenty_groups_at_most(grouped: Record, open_cloud: Opener) -> None:
    grouped["security_groups"] += [group(f"sg-{n}") for n in range(21)]
    cloud = open_cloud(grouped)
    cloud.perform(AUTHORIZE, batch(*[allowed(ports=f"{n}/{n}") for n in range(100, 200)]))
    cloud.perform(AUTHORIZE, batch(*[allowed(ports=f"{n}/{n}") for n in range(200, 299)]))
    with pytest.raises(CallFailed, match="AuthorizationLimitExceed"):
        cloud.perform(AUTHORIZE, batch(allowed(ports="299/299")))
    cloud.perform(AUTHORIZE, batch(allowed(ports="100/100")))  # it is there already
    cloud.perform(REVOKE, batch(*[allowed(ports=f"{n}/{n}") for n in range(200, 299)]))
    for number in range(19):
        cloud.perform(AUTHORIZE, batch(allowed(source=f"sg-{number}")))
    with pytest.raises(CallFailed, match=r"AuthorizedGroupRule\.LimitExceed"):
        cloud.perform(AUTHORIZE, batch(allowed(source="sg-19")))


def test_a_call_of_many_rules_is_one_line_and_what_is_so_already_is_done(
    grouped: Record, open_cloud: Opener, calls: Calls, tmp_path: Path
) -> None:
    shell, web = allowed(ports="22/22"), allowed()
    cloud = open_cloud(grouped)
    cloud.perform(AUTHORIZE, batch(shell, web, priority=7, description="both"))
    rules = cloud.read().rules_by_source
    assert (rules[shell].description, rules[shell].priority) == ("shell", 5)  # an existing rule stays as it was
    assert (rules[web].description, rules[web].priority) == ("both", 7)
    cloud.perform(MODIFY, batch(web, priority=9, description="web"))
    cloud.perform(REVOKE, batch(shell, allowed(ports="1/1")))
    again = open_cloud()
    assert again.read().security_groups == cloud.read().security_groups
    cloud.close()
    left = json.loads((tmp_path / "world.json").read_text())["security_groups"][2]["rules"]
    assert left == [{"rule_id": rules[web].rule_id, **rule(), "priority": 9, "description": "web"}]
    assert [(call["action"], call["security_group_id"], call["rules"], call["outcome"]) for call in calls()] == [
        ("AuthorizeSecurityGroup", "sg-db", 2, "ok"),
        ("ModifySecurityGroupRule", "sg-db", 1, "ok"),
        ("RevokeSecurityGroup", "sg-db", 2, "ok"),
    ]


def test_faults_strike_the_calls_and_the_reads_of_one_group(grouped: Record, open_cloud: Opener) -> None:
    faults = [
        {"action": "AuthorizeSecurityGroup", "match": {"security_group_id": "sg-db"}, "kind": "lost_reply"},
        {"action": "DescribeSecurityGroupAttribute", "match": {"security_group_id": "sg-web"}, "kind": "error"}
        | {"code": "Forbidden.RAM", "message": "no"},
    ]
    cloud = open_cloud(grouped, faults)
    cloud.perform(AUTHORIZE, batch(allowed("sg-web", "sg-db")))
    with pytest.raises(Unsure):
        cloud.perform(AUTHORIZE, batch(allowed()))
    world = cloud.read()
    assert allowed() in world.rules_by_source
    assert [(gap.kind, gap.subject) for gap in world.unread] == [(Kind.SECURITY_GROUPS, "sg-web")]
    assert "sg-web" not in (world.security_groups or {})


def test_rules_stay_in_a_group_whose_vpc_is_switched_off(grouped: Record, open_cloud: Opener) -> None:
    del grouped["links"]
    cloud = open_cloud(grouped)
    cloud.perform(Action.DISABLE, Enablement("vpc-a"))
    assert allowed(ports="22/22") in cloud.read().rules_by_source
