"""`provider "alicloud"` reads security groups and changes their rules, over the emulator, in few calls."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from planner.network.identity import (
    Action,
    Authorization,
    Enablement,
    RuleBatch,
    RuleCall,
    RuleSettings,
)
from planner.network.kinds import Kind
from planner.network.world import World
from providers.alicloud.fields import Malformed
from providers.alicloud.group_parsing import group_of_pages, security_rule
from providers.alicloud.ram import policy
from providers.alicloud.rule_calls import permissions
from providers.base import EVERYTHING, NO_ROUTES, CallFailed, Provider, Refused, Scope, Throttled, TooEarly, Unsure
from providers.mock.provider import open_mock
from support.alicloud import calls, estate, opened
from support.emulating import REGION, Emulate, Emulated
from support.mock_worlds import Record

AUTHORIZE, REVOKE, MODIFY = Action.AUTHORIZE_SECURITY_RULE, Action.REVOKE_SECURITY_RULE, Action.MODIFY_SECURITY_RULE
LISTING, RULES = "DescribeSecurityGroups", "DescribeSecurityGroupAttribute"
ALL_GROUPS = Scope(routes_of=frozenset(), rules_of=None)


def group(group_id: str, **more: Any) -> Record:
    return {"security_group_id": group_id, "region_id": REGION, "account_id": "1001", **more}


def rule(source: str, port: int, **more: Any) -> Record:
    return {"source_security_group_id": source, "ip_protocol": "tcp", "port_range": f"{port}/{port}", **more}


def grouped(*rules: Record, groups: Sequence[Record] = (), instances: int = 2) -> Record:
    """A VPC with ClassicLink, a group of the classic network that has these rules, and one of the VPC."""
    world = estate(1, instances, 0)
    world["security_groups"] = [group("sg-classic", rules=list(rules)), group("sg-vpc", vpc_id="vpc-000"), *groups]
    return world


def web(port: int = 80, policy: str = "accept") -> Authorization:
    return Authorization("sg-classic", "sg-vpc", "tcp", f"{port}/{port}", policy)


def batch(*rules: Authorization, ids: Sequence[str | None] = (), **settings: Any) -> RuleBatch:
    named = [*ids, *[None] * len(rules)]
    return RuleBatch(
        tuple(RuleCall(one, RuleSettings(**settings), rule_id) for one, rule_id in zip(rules, named, strict=False))
    )


def rules_in(world: World, group_id: str = "sg-classic") -> dict[str, tuple[int, str, str | None]]:
    """By their ports: priority, description and id."""
    found = world.security_group(group_id)
    assert found is not None
    return {one.port_range: (one.priority, one.description, one.rule_id) for one in found.rules}


def left_in(cloud: Emulated) -> list[str]:
    """The ports of the rules that the world file has in the end."""
    cloud.stop()
    found = json.loads(cloud.world.read_text())["security_groups"][0]["rules"]
    return [one["port_range"] for one in found]


# Reading


def test_groups_are_read_as_the_mock_reads_them(emulate: Emulate) -> None:
    by_address = {"source_cidr_block": "10.0.0.0/8", "ip_protocol": "all", "port_range": "-1/-1", "policy": "drop"}
    more = [
        group("sg-big", vpc_id="vpc-000", type="enterprise"),
        group("sg-alone", vpc_id="vpc-000", inner_access_policy="drop", name="alone", service_managed=True),
    ]
    world = grouped(rule("sg-vpc", 80, priority=3, description="web"), by_address, groups=more)
    world["instances"][0]["security_group_ids"] = ["sg-classic"]
    cloud = emulate(world)
    provider = opened(cloud)
    mock = open_mock({"world": str(cloud.world)}, Path()).read()
    found = provider.read(ALL_GROUPS)
    assert found.security_groups == dict(sorted((mock.security_groups or {}).items()))
    assert [one.security_group_ids for one in found.instances.values()] == [("sg-classic",), None]
    assert found.unread == ()
    part = provider.read(Scope(frozenset({"vpc-000"}), frozenset(), frozenset(), frozenset({"sg-big", "sg-nobody"})))
    named = provider.find([], rules_of=["sg-big", "sg-nobody"])
    assert part.security_groups == named.security_groups == {"sg-big": (mock.security_groups or {})["sg-big"]}
    assert part.unread == named.unread == ()


@pytest.mark.parametrize("scope", [EVERYTHING, NO_ROUTES])
def test_groups_are_not_read_unless_they_are_asked_for(emulate: Emulate, scope: Scope) -> None:
    cloud = emulate(grouped())
    assert opened(cloud).read(scope).security_groups is None
    assert not {LISTING, RULES} & calls(cloud).keys()


def test_two_hundred_rules_of_a_group_cost_a_call_and_a_hundred_groups_another(emulate: Emulate) -> None:
    groups = [group(f"sg-{number:03}", rules=[rule("sg-vpc", port) for port in range(1, 201)]) for number in range(98)]
    cloud = emulate(grouped(groups=groups))
    found = opened(cloud).read(ALL_GROUPS)
    assert len(found.security_groups or {}) == 100
    assert len(rules_in(found, "sg-097")) == 200
    assert (calls(cloud)[LISTING], calls(cloud)[RULES]) == (1, 100)


def test_more_than_a_hundred_groups_come_in_pages(emulate: Emulate) -> None:
    cloud = emulate(grouped(groups=[group(f"sg-{number:03}") for number in range(148)]))
    provider = opened(cloud)
    assert len(provider.read(ALL_GROUPS).security_groups or {}) == 150
    assert calls(cloud)[LISTING] == 2
    ids = [f"sg-{number:03}" for number in range(148)]
    assert len(provider.find([], rules_of=ids).security_groups or {}) == 148
    assert calls(cloud)[LISTING] == 4


def test_more_than_a_thousand_rules_come_in_pages(emulate: Emulate) -> None:
    cloud = emulate(grouped(*[rule("sg-vpc", port) for port in range(1, 1_201)]))
    assert len(rules_in(opened(cloud).read(ALL_GROUPS))) == 1_200
    assert calls(cloud)[RULES] == 3


def test_a_listing_of_rules_whose_next_page_has_expired_begins_again(emulate: Emulate) -> None:
    expired = {"kind": "error", "code": "InvalidParameter.NextToken", "message": "The NextToken is not valid."}
    rules = [rule("sg-vpc", port) for port in range(1, 1_201)]
    cloud = emulate(grouped(*rules), faults=[{"action": RULES, "nth": 2, **expired}])
    found = opened(cloud).find([], rules_of=["sg-classic"])
    assert len(rules_in(found)) == 1_200
    assert found.unread == ()


@pytest.mark.parametrize(
    ("action", "subjects"),
    [(LISTING, {None}), (RULES, {"sg-classic", "sg-vpc"})],
)
def test_what_may_not_be_read_is_unread_and_names_the_permission(
    emulate: Emulate, action: str, subjects: set[str | None]
) -> None:
    denied = {"action": action, "kind": "error", "code": "Forbidden.RAM", "message": "User not authorized."}
    found = opened(emulate(grouped(), faults=[denied])).read(ALL_GROUPS)
    assert {one.subject for one in found.unread} == subjects
    assert {one.kind for one in found.unread} == {Kind.SECURITY_GROUPS}
    assert all(f"ecs:{action}" in str(one.remedy) for one in found.unread)
    assert found.security_groups == (None if action == LISTING else {})
    assert found.vpcs, "nothing else is lost with it"


def test_a_group_that_goes_while_it_is_read_is_not_there(emulate: Emulate) -> None:
    gone = {"kind": "error", "code": "InvalidSecurityGroupId.NotFound", "message": "It does not exist."}
    faults = [{"action": RULES, "match": {"security_group_id": "sg-vpc"}, **gone}]
    found = opened(emulate(grouped(), faults=faults)).read(ALL_GROUPS)
    assert set(found.security_groups or {}) == {"sg-classic"}
    assert found.unread == ()


def test_a_look_at_rules_asks_once_for_each_group(emulate: Emulate) -> None:
    cloud = emulate(grouped(rule("sg-vpc", 80)))
    provider = opened(cloud)
    found = provider.look([web(80), web(443), Authorization("sg-nobody", "sg-vpc", "all", "-1/-1", "drop")])
    assert [one in found.rules_by_source for one in (web(80), web(443))] == [True, False]
    assert (set(found.security_groups or {}), found.unread) == ({"sg-classic"}, ())
    assert calls(cloud)[RULES] == 2
    assert LISTING not in calls(cloud)
    assert provider.look([Enablement("vpc-000")]).security_groups is None


def test_a_look_that_may_not_be_is_unread(emulate: Emulate) -> None:
    denied = {"action": RULES, "kind": "error", "code": "Forbidden.RAM", "message": "User not authorized."}
    found = opened(emulate(grouped(), faults=[denied])).look([web()])
    assert [(one.kind, one.subject) for one in found.unread] == [(Kind.SECURITY_GROUPS, "sg-classic")]


PERMISSION = {
    "SecurityGroupRuleId": "sgr-1", "IpProtocol": "TCP", "PortRange": "80/80", "SourceGroupId": "sg-vpc",
    "Policy": "Accept", "Priority": "7", "Direction": "ingress", "NicType": "intranet",
}  # fmt: skip


@pytest.mark.parametrize(
    "narrower",
    [
        {"SourceGroupId": "", "SourcePrefixListId": "pl-1"},
        {"SourceGroupId": "", "Ipv6SourceCidrIp": "::/0"},
        {"IpProtocol": "ICMPv6", "PortRange": "-1/-1"},
        {"SourcePortRange": "1/1023"},
        {"DestCidrIp": "10.1.2.3"},
        {"PortRangeListId": "prl-1", "PortRange": ""},
    ],
)
def test_a_rule_that_a_world_has_no_words_for_is_skipped(narrower: Record) -> None:
    assert security_rule(PERMISSION) is not None
    assert security_rule({**PERMISSION, **narrower}) is None


def test_a_rule_with_a_group_and_a_cidr_block_is_one_for_the_block() -> None:
    found = security_rule({**PERMISSION, "SourceCidrIp": "10.0.0.0/8", "SourcePortRange": "-1/-1"})
    assert found is not None
    assert (found.source_security_group_id, found.source_cidr_block) == (None, "10.0.0.0/8")


@pytest.mark.parametrize("broken", [{"Priority": "high"}, {"IpProtocol": None}, {"PortRange": ["80"]}])
def test_a_rule_of_another_shape_is_no_answer(broken: Record) -> None:
    with pytest.raises(Malformed):
        security_rule({**PERMISSION, **broken})


def test_a_page_that_comes_twice_counts_once() -> None:
    page = {"SecurityGroupId": "sg-1", "RegionId": REGION, "Permissions": {"Permission": [PERMISSION]}}
    assert len(group_of_pages([page, page], "1001").rules) == 1


# Writing


def test_rules_are_added_changed_and_removed(emulate: Emulate) -> None:
    cloud = emulate(grouped())
    provider = opened(cloud)
    provider.perform(AUTHORIZE, batch(web(80), web(443), web(22, "drop"), priority=5, description="web"))
    found = provider.look([web()])
    assert {one in found.rules_by_source for one in (web(80), web(443), web(22, "drop"))} == {True}
    assert rules_in(found)["80/80"][:2] == (5, "web")
    provider.perform(MODIFY, batch(web(80), priority=9, description="shop"))
    provider.perform(MODIFY, batch(web(22, "drop"), ids=[rules_in(found)["22/22"][2]], priority=1, description="web"))
    found = provider.look([web()])
    assert {ports: one[:2] for ports, one in rules_in(found).items()} == {
        "80/80": (9, "shop"),
        "443/443": (5, "web"),
        "22/22": (1, "web"),
    }
    provider.perform(REVOKE, batch(web(443), web(22, "drop")))
    provider.perform(REVOKE, batch(web(80), ids=[rules_in(found)["80/80"][2]]))
    assert left_in(cloud) == []


def test_authorizing_what_exists_is_done(emulate: Emulate) -> None:
    cloud = emulate(grouped(rule("sg-vpc", 80)))
    provider = opened(cloud)
    for _ in range(2):
        provider.perform(AUTHORIZE, batch(web(80), web(443)))
    assert calls(cloud)["AuthorizeSecurityGroup"] == 2
    assert left_in(cloud) == ["80/80", "443/443"]


def ids_of(provider: Provider) -> list[str | None]:
    return [one[2] for one in rules_in(provider.look([web()])).values()]


@pytest.mark.parametrize("by_id", [True, False])
def test_revoking_what_is_gone_is_done_and_the_others_are_revoked(emulate: Emulate, by_id: bool) -> None:
    cloud = emulate(grouped(*[rule("sg-vpc", port) for port in range(1, 101)]))
    provider = opened(cloud)
    all_rules = [web(port) for port in range(1, 101)]
    ids = ids_of(provider) if by_id else []
    provider.perform(REVOKE, batch(*all_rules[10:20]))
    before = calls(cloud)
    provider.perform(REVOKE, batch(*all_rules[:50], ids=ids[:50]))
    assert calls(cloud)["RevokeSecurityGroup"] == before["RevokeSecurityGroup"] + 2
    assert calls(cloud)[RULES] == before.get(RULES, 0) + 1
    provider.perform(REVOKE, batch(*all_rules[:50], ids=ids[:50]))
    provider.perform(REVOKE, batch(web(1), ids=ids[:1]))
    assert left_in(cloud) == [f"{port}/{port}" for port in range(51, 101)]


@pytest.mark.parametrize("by_id", [True, False])
def test_rules_that_are_gone_and_still_shown_are_revoked_one_by_one(emulate: Emulate, by_id: bool) -> None:
    cloud = emulate(grouped(*[rule("sg-vpc", port) for port in (1, 2, 3)]), lag=3600.0)
    provider = opened(cloud)
    ids = ids_of(provider) if by_id else []
    provider.perform(REVOKE, batch(web(2)))
    assert len(ids_of(provider)) == 3
    provider.perform(REVOKE, batch(web(1), web(2), web(3), ids=ids))
    assert left_in(cloud) == []


def test_a_rule_that_was_made_again_is_revoked_by_what_it_says(emulate: Emulate) -> None:
    cloud = emulate(grouped(rule("sg-vpc", 80, rule_id="sgr-now")))
    opened(cloud).perform(REVOKE, batch(web(80), ids=["sgr-before"]))
    assert left_in(cloud) == []


@pytest.mark.parametrize(
    "code", ["InvalidSecurityGroupRule.RuleNotExist", "InvalidSecurityGroupRuleId.NotFound",
             "InvalidParam.SecurityGroupRuleId"],
)  # fmt: skip
def test_whatever_the_api_says_of_a_rule_that_is_gone_is_done(emulate: Emulate, code: str) -> None:
    fault = {"action": "RevokeSecurityGroup", "kind": "error", "code": code, "message": "It is gone."}
    opened(emulate(grouped(), faults=[fault])).perform(REVOKE, batch(web(80)))


def test_a_rule_is_modified_by_the_id_that_it_has_now(emulate: Emulate) -> None:
    cloud = emulate(grouped(rule("sg-vpc", 80, rule_id="sgr-now")))
    provider = opened(cloud)
    provider.perform(MODIFY, batch(web(80), ids=["sgr-before"], priority=2, description="web"))
    assert rules_in(provider.look([web()]))["80/80"] == (2, "web", "sgr-now")
    with pytest.raises(Refused) as gone:
        provider.perform(MODIFY, batch(web(443), ids=["sgr-before"], priority=2, description="web"))
    assert gone.value.code == "InvalidSecurityGroupRule.RuleNotExist"


def test_a_description_cannot_be_removed_and_the_refusal_says_what_helps(emulate: Emulate) -> None:
    cloud = emulate(grouped(rule("sg-vpc", 80, description="web"), rule("sg-vpc", 443)))
    provider = opened(cloud)
    with pytest.raises(Refused) as refused:
        provider.perform(MODIFY, batch(web(80), priority=2))
    assert "'web'" in refused.value.message
    assert "--replace" in str(refused.value.remedy)
    assert "ModifySecurityGroupRule" not in calls(cloud)
    provider.perform(MODIFY, batch(web(443), priority=2))
    assert rules_in(provider.look([web()]))["443/443"][:2] == (2, "")


def test_a_reply_that_is_lost_is_repeated_with_its_token_and_a_refusal_with_another(emulate: Emulate) -> None:
    action = "AuthorizeSecurityGroup"
    faults = [
        {"action": action, "nth": 1, "kind": "lost_reply"},
        {"action": action, "nth": 3, "kind": "throttle"},
    ]
    cloud = emulate(grouped(), faults=faults)
    provider = opened(cloud)
    with pytest.raises(Unsure):
        provider.perform(AUTHORIZE, batch(web(80)))
    provider.perform(AUTHORIZE, batch(web(80)))
    with pytest.raises(Throttled):
        provider.perform(AUTHORIZE, batch(web(443)))
    provider.perform(AUTHORIZE, batch(web(443)))
    assert left_in(cloud) == ["80/80", "443/443"]


def test_a_token_that_was_refused_is_not_used_again(emulate: Emulate) -> None:
    world = grouped()
    world["vpcs"][0]["classic_link_enabled"] = False
    cloud = emulate(world)
    provider = opened(cloud)
    with pytest.raises(Refused):
        provider.perform(AUTHORIZE, batch(web(80)))
    provider.perform(Action.ENABLE, Enablement("vpc-000"))
    provider.perform(AUTHORIZE, batch(web(80)))
    assert left_in(cloud) == ["80/80"]


NOT_ENABLED = {
    "action": "AuthorizeSecurityGroup", "kind": "error", "code": "InvalidSecurityGroup.InvalidNetworkType",
    "message": "For VPC security groups, ClassicLink must be enabled.", "nth": 1,
}  # fmt: skip


def test_a_rule_right_after_our_own_enable_is_refused_for_a_moment(emulate: Emulate) -> None:
    provider = opened(emulate(grouped(), faults=[NOT_ENABLED]))
    provider.read(ALL_GROUPS)
    provider.perform(Action.ENABLE, Enablement("vpc-000"))
    with pytest.raises(TooEarly):
        provider.perform(AUTHORIZE, batch(web()))


def test_a_rule_after_an_enable_of_another_vpc_is_refused(emulate: Emulate) -> None:
    world = grouped()
    world["vpcs"].append({**world["vpcs"][0], "vpc_id": "vpc-001"})
    provider = opened(emulate(world, faults=[NOT_ENABLED]))
    provider.read(ALL_GROUPS)
    provider.perform(Action.ENABLE, Enablement("vpc-001"))
    with pytest.raises(Refused) as refused:
        provider.perform(AUTHORIZE, batch(web()))
    assert type(refused.value) is Refused


@pytest.mark.parametrize(
    ("kind", "failure", "is_done"),
    [
        ({"kind": "throttle"}, Throttled, False),
        ({"kind": "error", "code": "InternalError", "message": "oops"}, Unsure, False),
        ({"kind": "error", "code": "Forbidden.RAM", "message": "no"}, Refused, False),
        ({"kind": "lost_reply"}, Unsure, True),
        ({"kind": "not_done"}, Unsure, False),
        ({"kind": "html_502", "when": "after"}, Unsure, True),
    ],
)
@pytest.mark.parametrize(
    ("action", "name"),
    [(AUTHORIZE, "AuthorizeSecurityGroup"), (REVOKE, "RevokeSecurityGroup"), (MODIFY, "ModifySecurityGroupRule")],
)
def test_each_call_ends_as_the_table_says(
    emulate: Emulate, action: Action, name: str, kind: Record, failure: type[CallFailed], is_done: bool
) -> None:
    world = grouped(*([] if action is AUTHORIZE else [rule("sg-vpc", 80, rule_id="sgr-1")]))
    cloud = emulate(world, faults=[{"action": name, "nth": 1, **kind}])
    provider = opened(cloud)
    with pytest.raises(CallFailed) as failed:
        provider.perform(action, batch(web(80), ids=["sgr-1"], priority=4, description="web"))
    assert type(failed.value) is failure
    assert calls(cloud)[name] == 1
    found = rules_in(provider.look([web()])).get("80/80")
    expected = {AUTHORIZE: found is not None, REVOKE: found is None, MODIFY: found is not None and found[0] == 4}
    assert expected[action] is is_done


def test_what_is_left_to_revoke_cannot_be_looked_up(emulate: Emulate) -> None:
    denied = {"action": RULES, "kind": "error", "code": "Forbidden.RAM", "message": "User not authorized."}
    cloud = emulate(grouped(rule("sg-vpc", 80)), faults=[denied])
    with pytest.raises(Refused) as refused:
        opened(cloud).perform(REVOKE, batch(web(80), web(443)))
    assert f"ecs:{RULES}" in str(refused.value.remedy)


def test_a_provider_that_is_read_only_changes_no_rules(emulate: Emulate) -> None:
    with pytest.raises(Refused) as refused:
        opened(emulate(grouped()), read_only=True).perform(AUTHORIZE, batch(web()))
    assert refused.value.code == "Forbidden.ReadOnly"


def test_a_thousand_rules_in_ten_groups_cost_ten_calls(emulate: Emulate) -> None:
    cloud = emulate(grouped(groups=[group(f"sg-{number}") for number in range(10)]))
    provider = opened(cloud)
    for number in range(10):
        rules = [Authorization(f"sg-{number}", "sg-vpc", "tcp", f"{port}/{port}", "accept") for port in range(1, 101)]
        provider.perform(AUTHORIZE, batch(*rules))
    assert calls(cloud)["AuthorizeSecurityGroup"] == 10


# What the official SDK says


def test_permissions_are_written_as_the_official_sdk_writes_them() -> None:
    models = pytest.importorskip("alibabacloud_ecs20140526.models", reason="the official SDK is not installed")
    from alibabacloud_tea_openapi.utils import Utils

    rules = [web(80), web(22, "drop"), Authorization("sg-classic", "sg-vpc", "all", "-1/-1", "accept")]
    described = [*batch(*rules[:2], priority=7, description="web").calls, *batch(rules[2]).calls]
    request = models.AuthorizeSecurityGroupRequest(
        permissions=[
            models.AuthorizeSecurityGroupRequestPermissions(
                ip_protocol=call.rule.ip_protocol.upper(),
                port_range=call.rule.port_range,
                source_group_id=call.rule.source_security_group_id,
                nic_type="intranet",
                policy=call.rule.policy,
                priority=str(call.settings.priority),
                description=call.settings.description or None,
            )
            for call in described
        ]
    )
    assert permissions(described) == Utils.query(request.to_map())


def test_the_policy_names_the_calls_for_rules_where_they_are_needed(emulate: Emulate) -> None:
    cloud = emulate(grouped())
    provider = opened(cloud)
    provider.read(ALL_GROUPS)

    def allowed(*, read_only: bool, security_rules: bool) -> set[str]:
        statements = json.loads(policy(read_only=read_only, security_rules=security_rules))["Statement"]
        return {action for statement in statements for action in statement["Action"]}

    def added(*, read_only: bool) -> set[str]:
        return allowed(read_only=read_only, security_rules=True) - allowed(read_only=read_only, security_rules=False)

    def called() -> set[str]:
        return {f"ecs:{name}" for name in calls(cloud) if "SecurityGroup" in name}

    assert added(read_only=True) == called()
    provider.perform(AUTHORIZE, batch(web()))
    provider.perform(MODIFY, batch(web(), priority=2))
    provider.perform(REVOKE, batch(web()))
    assert added(read_only=False) == called()
