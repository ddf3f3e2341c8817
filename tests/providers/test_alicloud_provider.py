"""`provider "alicloud"` over the emulator: real sockets, real signatures."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from planner.app.by_hand import BY_HAND
from planner.diagnostics import ProviderError
from planner.network.identity import Action, Enablement, GuestRoute, Link
from planner.network.kinds import Kind
from planner.recovery.verify_outcome import took_effect
from providers.alicloud.endings import Ending, Judged
from providers.alicloud.keys import TemporaryKeys
from providers.alicloud.provider import CALLS
from providers.alicloud.ram import policy
from providers.base import Busy, CallFailed, Refused, Throttled, TooEarly, Unsure
from providers.mock.provider import open_mock
from support.alicloud import calls, estate, opened
from support.emulating import REGION, Emulate
from support.mock_worlds import Record

ENABLE = (Action.ENABLE, Enablement("vpc-a"))


def test_the_region_is_read_as_the_mock_reads_it(emulate: Emulate, world: Record) -> None:
    cloud = emulate(world)
    found = opened(cloud).read()
    mock = open_mock({"world": str(cloud.world)}, Path()).read()
    assert found.unread == ()
    assert found.account_id == "1001"
    in_region = {one.vpc_id for one in mock.vpcs.values() if one.region_id == REGION and one.account_id == "1001"}
    assert found.vpcs == {vpc_id: mock.vpcs[vpc_id] for vpc_id in sorted(in_region)}
    assert set(found.vswitches) == {one.vswitch_id for one in mock.vswitches.values() if one.vpc_id in in_region}
    assert found.links == {key: vpc_id for key, vpc_id in mock.links.items() if vpc_id in in_region}
    assert all(one.guest_routes is None for one in found.instances.values())


def test_an_instance_of_a_vpc_is_found_where_it_is_named(emulate: Emulate) -> None:
    document = estate(1, 1, 0)
    document["instances"].append(
        {"instance_id": "i-vpc", "account_id": "1001", "region_id": REGION, "network_type": "vpc",
         "private_ip": "172.16.1.9", "vpc_id": "vpc-000", "vswitch_id": "vsw-000"}
    )  # fmt: skip
    provider = opened(emulate(document))
    assert "i-vpc" not in provider.read().instances
    found = provider.find(["i-vpc", "i-nobody"])
    assert found.instances["i-vpc"].network_type == "vpc"
    assert "i-nobody" not in found.instances


def test_a_look_at_many_links_asks_for_a_hundred_at_a_time(emulate: Emulate) -> None:
    cloud = emulate(estate(2, 250, 250))
    found = opened(cloud).look([Link(f"i-{number:05}", "vpc-000") for number in range(250)] + [Enablement("vpc-000")])
    assert len(found.links) == 250
    assert found.vpcs["vpc-000"].classic_link_enabled
    assert calls(cloud) == {"DescribeClassicLinkInstances": 3, "DescribeVpcAttribute": 1, "GetCallerIdentity": 1}


def test_a_look_at_what_is_not_there_sees_that(emulate: Emulate) -> None:
    found = opened(emulate(estate(1, 1, 0))).look([Link("i-00000", "vpc-000"), Enablement("vpc-nobody")])
    assert (dict(found.links), dict(found.vpcs), found.unread) == ({}, {}, ())


def test_steps_are_carried_out(emulate: Emulate) -> None:
    document = estate(1, 2, 0)
    document["vpcs"][0]["classic_link_enabled"] = False
    cloud = emulate(document)
    provider = opened(cloud)
    vpc, link = Enablement("vpc-000"), Link("i-00001", "vpc-000")
    provider.perform(Action.ENABLE, vpc)
    provider.perform(Action.ATTACH, link)
    assert provider.look([link]).links == {"i-00001": "vpc-000"}
    provider.perform(Action.DETACH, link)
    provider.perform(Action.DISABLE, vpc)
    provider.perform(Action.ADD_GUEST_ROUTE, GuestRoute("i-00001", "192.168.0.0/16"))  # by a person: no call
    cloud.stop()
    left = json.loads(cloud.world.read_text())
    assert left.get("links", []) == []
    assert not left["vpcs"][0].get("classic_link_enabled", False)


def test_the_policy_that_is_printed_allows_just_what_is_called(emulate: Emulate) -> None:
    cloud = emulate(estate(1, 400, 0))
    reading = opened(cloud)
    reading.read()

    def permissions() -> set[str]:
        names = set(calls(cloud)) - {"GetCallerIdentity"}
        return {f"{'vpc' if re.match('Describe[VR]|Enable|Disable', name) else 'ecs'}:{name}" for name in names}

    def allowed(*, read_only: bool) -> set[str]:
        statements = json.loads(policy(read_only=read_only))["Statement"]
        return {action for statement in statements for action in statement["Action"]}

    assert permissions() == allowed(read_only=True)
    vpc, link = Enablement("vpc-000"), Link("i-00001", "vpc-000")
    reading.perform(Action.ATTACH, link)
    reading.perform(Action.DETACH, link)
    reading.perform(Action.DISABLE, vpc)
    reading.perform(Action.ENABLE, vpc)
    assert permissions() == allowed(read_only=False)


def test_a_refusal_has_the_code_the_words_and_the_request(emulate: Emulate) -> None:
    provider = opened(emulate(estate(1, 1, 0)))
    with pytest.raises(Refused) as refused:
        provider.perform(Action.ATTACH, Link("i-nobody", "vpc-000"))
    assert refused.value.code == "InvalidInstanceId.NotFound"
    assert "RequestId: " in refused.value.message


@pytest.mark.parametrize(
    ("kind", "failure", "done"),
    [
        ({"kind": "throttle"}, Throttled, False),
        ({"kind": "error", "code": "TaskConflict", "message": "The operation is too frequent"}, Busy, False),
        ({"kind": "error", "code": "InternalError", "message": "oops"}, Unsure, False),
        ({"kind": "lost_reply"}, Unsure, True),
        ({"kind": "not_done"}, Unsure, False),
        *[({"kind": kind, "when": "after"}, Unsure, True)
          for kind in ("reset", "close", "truncate", "garbage", "html_502", "html_200", "empty", "redirect")],
        *[({"kind": kind, "when": "before"}, Unsure, False)
          for kind in ("reset", "close", "truncate", "garbage", "html_502", "html_200", "empty", "redirect")],
    ],
)  # fmt: skip
def test_each_fault_of_the_wire_ends_as_the_table_says(
    emulate: Emulate, kind: Record, failure: type[CallFailed], done: bool
) -> None:
    cloud = emulate(estate(1, 1, 0), faults=[{"action": "AttachClassicLinkVpc", "nth": 1, **kind}])
    provider = opened(cloud)
    with pytest.raises(CallFailed) as failed:
        provider.perform(Action.ATTACH, Link("i-00000", "vpc-000"))
    assert type(failed.value) is failure
    assert calls(cloud)["AttachClassicLinkVpc"] == 1
    assert provider.look([Link("i-00000", "vpc-000")]).links == ({"i-00000": "vpc-000"} if done else {})


def test_what_our_own_step_explains_passes_within_moments(emulate: Emulate) -> None:
    refusal = {"kind": "error", "code": "InvalidAction", "message": "The VPC has been connected."}
    cloud = emulate(estate(1, 1, 1), faults=[{"action": "DisableVpcClassicLink", "nth": 1, **refusal}])
    provider = opened(cloud)
    provider.perform(Action.DETACH, Link("i-00000", "vpc-000"))
    with pytest.raises(TooEarly):
        provider.perform(Action.DISABLE, Enablement("vpc-000"))


def test_what_nothing_of_ours_explains_is_refused(emulate: Emulate) -> None:
    with pytest.raises(Refused) as refused:
        opened(emulate(estate(1, 1, 1))).perform(Action.DISABLE, Enablement("vpc-000"))
    assert type(refused.value) is Refused


def test_what_may_not_be_read_is_unread_and_names_the_permission(emulate: Emulate) -> None:
    denied = {"kind": "error", "code": "Forbidden.RAM", "message": "User not authorized."}
    cloud = emulate(estate(1, 3, 1), faults=[{"action": "DescribeVSwitches", **denied}])
    found = opened(cloud).read()
    (unread,) = found.unread
    assert (unread.kind, unread.subject) == (Kind.VSWITCHES, None)
    assert "vpc:DescribeVSwitches" in unread.reason
    assert '"Action": ["vpc:DescribeVSwitches"]' in str(unread.remedy)
    assert len(found.instances) == 3


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"secret_key": "wrong"}, "PRV404"),
        ({"access_key": "nobody"}, "PRV403"),
        ({"account_id": "2002"}, "PRV407"),
        ({"region": "nowhere-1"}, "PRV412"),
    ],
)
def test_what_is_wrong_with_the_block_is_named(emulate: Emulate, change: Record, code: str) -> None:
    with pytest.raises(ProviderError) as error:
        opened(emulate(estate(1, 1, 0)), **change).read()
    assert [problem.code for problem in error.value.diagnostics] == [code]


def test_a_cloud_that_cannot_be_reached_is_named(emulate: Emulate) -> None:
    cloud = emulate(estate(1, 1, 0))
    cloud.stop()
    with pytest.raises(ProviderError) as error:
        opened(cloud).read()
    (problem,) = error.value.diagnostics
    assert problem.code == "PRV406"
    assert cloud.authority in problem.detail


def test_a_role_is_assumed_and_its_token_renewed(emulate: Emulate) -> None:
    role = {"role_arn": "acs:ram::1001:role/cl"}
    cloud = emulate(estate(1, 1, 0), token_ttl=0.5)
    provider = opened(cloud, assume_role=role)
    for _ in range(3):
        provider.look([Link("i-00000", "vpc-000")])
    assert calls(cloud)["AssumeRole"] >= 1


def test_a_role_is_assumed_though_answers_of_sts_get_lost(emulate: Emulate) -> None:
    faults = [{"action": "AssumeRole", "nth": nth, "kind": kind} for nth, kind in ((1, "reset"), (2, "html_502"))]
    cloud = emulate(estate(1, 1, 0), faults=[*faults, {"action": "AssumeRole", "nth": 3, "kind": "throttle"}])
    found = opened(cloud, assume_role={"role_arn": "acs:ram::1001:role/cl"}).read()
    assert set(found.vpcs) == {"vpc-000"}
    assert calls(cloud)["AssumeRole"] == 4


def test_keys_that_still_hold_are_used_on_where_sts_does_not_answer() -> None:
    now = datetime(2030, 1, 1, tzinfo=UTC)
    asked = 0

    def ask() -> Judged:
        nonlocal asked
        asked += 1
        if asked > 1:
            return Judged(Ending.UNSURE, "ConnectionLost", "no answer", "", {})
        given = {"AccessKeyId": "A", "AccessKeySecret": "S", "SecurityToken": "T", "Expiration": "2030-01-01T01:00:00Z"}
        return Judged(Ending.DONE, "", "", "", {"Credentials": given})

    keys = TemporaryKeys(ask, "AssumeRole", clock=lambda: now, sleep=lambda _: None)
    first = keys.keys()
    now += timedelta(minutes=56)
    assert [keys.keys() for _ in range(3)] == [first] * 3
    assert asked == 5, "STS was asked again for each call"
    now += timedelta(minutes=5)
    with pytest.raises(ProviderError):
        keys.keys()


def test_a_role_is_assumed_by_a_token_of_another_provider(emulate: Emulate, tmp_path: Path) -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"iss": "ci", "aud": "cl", "sub": "job"}).encode()).decode()
    (tmp_path / "token").write_text(f"e30.{claims}.c2ln\n")
    oidc = {
        "oidc_provider_arn": "acs:ram::1001:oidc-provider/ci",
        "role_arn": "acs:ram::1001:role/cl",
        "oidc_token_file": str(tmp_path / "token"),
    }
    cloud = emulate(estate(1, 1, 0))
    found = opened(cloud, access_key=None, secret_key=None, assume_role_with_oidc=oidc).read()
    assert set(found.vpcs) == {"vpc-000"}
    assert calls(cloud)["AssumeRoleWithOIDC"] == 1


def test_a_provider_that_is_read_only_changes_nothing(emulate: Emulate) -> None:
    cloud = emulate(estate(1, 1, 0))
    with pytest.raises(Refused):
        opened(cloud, read_only=True).perform(Action.ATTACH, Link("i-00000", "vpc-000"))
    assert "AttachClassicLinkVpc" not in calls(cloud)


def test_a_look_at_a_guest_route_says_that_it_cannot_be_seen(emulate: Emulate) -> None:
    provider = opened(emulate(estate(vpcs=1, instances=1, linked=0)))
    route = GuestRoute("i-00000", "192.168.0.0/16")
    world = provider.look([route])
    assert [took_effect(action, route, world) for action in (Action.ADD_GUEST_ROUTE, Action.REMOVE_GUEST_ROUTE)] == [
        None,
        None,
    ]


def test_what_has_no_call_is_done_by_hand() -> None:
    assert BY_HAND["alicloud"] == set(Action) - set(CALLS)


@pytest.mark.parametrize("code", ["InvalidInstanceId.NotFound", "InvalidInstanceID.NotFound"])
def test_an_instance_that_is_gone_does_not_hide_the_links_of_the_others(emulate: Emulate, code: str) -> None:
    gone = {"action": "DescribeClassicLinkInstances", "match": {"instance_id": "i-00042"}, "kind": "error"}
    cloud = emulate(estate(vpcs=1, instances=100, linked=100), faults=[{**gone, "code": code, "message": "No."}])
    found = opened(cloud).look([Link(f"i-{number:05}", "vpc-000") for number in range(100)])
    assert not found.unread
    assert set(found.links) == {f"i-{number:05}" for number in range(100)} - {"i-00042"}
    assert calls(cloud)["DescribeClassicLinkInstances"] <= 15


@pytest.mark.parametrize(
    ("of_ecs", "of_vpc"),
    [
        ("InvalidParameter.NextToken", "IllegalParam.NextToken"),
        ("InValidParameter.NextToken", "InvalidParameter.NextToken.Length"),
        ("InvalidNextToken", "InvalidParam.NextToken"),
    ],
)
def test_a_listing_whose_next_page_has_expired_begins_again(emulate: Emulate, of_ecs: str, of_vpc: str) -> None:
    def expired(action: str, nth: int, code: str) -> Record:
        return {"action": action, "nth": nth, "kind": "error", "code": code, "message": "The NextToken has expired."}

    world = estate(vpcs=1, instances=250, linked=250)
    world["route_entries"] = [
        {"vpc_id": "vpc-000", "destination_cidr_block": f"10.{number}.0.0/16"} for number in range(150)
    ]
    cloud = emulate(
        world, faults=[expired("DescribeInstances", 3, of_ecs), expired("DescribeRouteEntryList", 2, of_vpc)]
    )
    found = opened(cloud).read()
    assert not found.unread
    assert len(found.instances) == len(found.links) == 250
    assert len(found.route_entries) == 150


def test_a_listing_whose_pages_always_expire_is_unread(emulate: Emulate) -> None:
    world = estate(vpcs=1, instances=150, linked=0)
    world["route_entries"] = [
        {"vpc_id": "vpc-000", "destination_cidr_block": f"10.{number}.0.0/16"} for number in range(150)
    ]
    cloud = emulate(world, token_ttl=0.0)
    found = opened(cloud).read()
    assert {(one.kind, one.subject) for one in found.unread} == {
        (Kind.INSTANCES, None), (Kind.ROUTE_ENTRIES, "vpc-000")
    }  # fmt: skip
    assert calls(cloud)["DescribeInstances"] <= 6
    assert calls(cloud)["DescribeRouteEntryList"] <= 6
