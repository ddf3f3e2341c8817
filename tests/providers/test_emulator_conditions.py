"""How badly an emulated cloud can work: lag, pending VPCs, throttling, and faults of calls and of the wire."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from planner.diagnostics import ProviderError
from providers.emulator.cloud.accounts import AccessKey
from providers.emulator.cloud.delays import Lag, Pending
from providers.emulator.emulator import Emulator, Settings
from providers.emulator.rate import Rate, RateLimit
from providers.mock.lock import locked
from support.emulating import Emulate, emulated
from support.mock_worlds import Record
from support.rpc_client import RpcClient

FOREVER = 1e6
ATTACH = {"InstanceId": "i-3", "VpcId": "vpc-b"}


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_a_change_is_unseen_for_as_long_as_the_lag() -> None:
    clock = Clock()
    lag: Lag[str, str] = Lag(3.0, clock)
    lag.note("i", "first")
    clock.now += 2
    lag.note("i", "second")
    assert lag.seen("i", "third") == "first"
    clock.now += 1
    assert lag.seen("i", "third") == "second"
    assert list(lag.unseen()) == ["i"]
    clock.now += 2
    assert lag.seen("i", "third") == "third"
    assert list(lag.unseen()) == []


def test_a_vpc_is_pending_for_as_long_as_is_said() -> None:
    clock = Clock()
    pending = Pending(5.0, clock)
    pending.begin("vpc-a")
    clock.now += 4.9
    assert "vpc-a" in pending
    assert "vpc-b" not in pending
    clock.now += 0.1
    assert "vpc-a" not in pending


def test_an_account_that_is_throttled_in_one_minute_may_call_in_the_next() -> None:
    clock = Clock()
    limit = RateLimit(Rate(2, 60.0), clock)
    clock.now += 50
    assert [limit.take("1001", "Attach") for _ in range(3)] == [0.0, 0.0, 10.0]
    assert limit.take("1001", "Detach") == limit.take("2002", "Attach") == 0.0, "each action and account by itself"
    clock.now += 10
    assert [limit.take("1001", "Attach") for _ in range(3)] == [0.0, 0.0, 60.0]


def test_with_lag_links_and_enablements_are_made_and_not_seen(emulate: Emulate) -> None:
    emulator = emulate(lag=FOREVER)
    client = RpcClient(emulator.authority)
    assert client.call("AttachClassicLinkVpc", **ATTACH).status == 200
    assert client.call("DetachClassicLinkVpc", InstanceId="i-1", VpcId="vpc-a").status == 200
    assert client.call("EnableVpcClassicLink", VpcId="vpc-off").status == 200
    assert client.call("DescribeClassicLinkInstances", InstanceId="i-3").json["TotalCount"] == 0
    assert client.call("DescribeClassicLinkInstances", VpcId="vpc-b").json["TotalCount"] == 0
    links = client.call("DescribeClassicLinkInstances", VpcId="vpc-a").json["Links"]["Link"]
    assert links == [{"InstanceId": "i-1", "VpcId": "vpc-a"}]
    assert client.call("DescribeVpcAttribute", VpcId="vpc-off").json["ClassicLinkEnabled"] is False
    assert client.call("AttachClassicLinkVpc", **ATTACH).code == "OperationDenied", "the cloud itself knows"


def test_a_vpc_that_is_switched_is_pending_and_refuses_writes(emulate: Emulate) -> None:
    client = RpcClient(emulate(pending=FOREVER).authority)
    client.call("EnableVpcClassicLink", VpcId="vpc-off")
    assert client.call("DescribeVpcAttribute", VpcId="vpc-off").json["Status"] == "Pending"
    for action in ("EnableVpcClassicLink", "DisableVpcClassicLink"):
        assert client.call(action, VpcId="vpc-off").code == "IncorrectVpcStatus"
    assert client.call("AttachClassicLinkVpc", InstanceId="i-3", VpcId="vpc-off").code == "IncorrectVpcStatus"
    assert client.call("AttachClassicLinkVpc", **ATTACH).status == 200, "other VPCs are Available"
    client.call("EnableVpcClassicLink", VpcId="vpc-a")
    assert client.call("DescribeVpcAttribute", VpcId="vpc-a").json["Status"] == "Available", "it was enabled before"


def test_one_call_too_many_is_throttled_and_given_the_time_to_come_back(emulate: Emulate) -> None:
    keys = (AccessKey("one", "s", "1001"), AccessKey("two", "s", "2002"))
    one = RpcClient(emulate(keys=keys, rate=Rate(2, FOREVER)).authority, key="one", secret="s")
    answers = [one.call("DescribeVpcs") for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 400]
    assert answers[2].code == "Throttling.User"
    assert 0 < int(answers[2].headers["x-acs-retry-after"]) <= FOREVER * 1000 + 1
    assert one.call("DescribeVSwitches").status == 200
    assert one.with_(key="two").call("DescribeVpcs").status == 200


def broken(client: RpcClient, action: str = "AttachClassicLinkVpc", **parameters: str) -> str:
    """How the connection breaks, as http.client has it."""
    try:
        answer = client.call(action, **(parameters or ATTACH))
    except (http.client.HTTPException, OSError) as problem:
        return type(problem).__name__
    return f"{answer.status} {answer.headers['content-type'].partition(';')[0]}"


WIRE = {
    "reset": "ConnectionResetError",
    "close": "RemoteDisconnected",
    "truncate": "IncompleteRead",
    "garbage": "BadStatusLine",
    "html_502": "502 text/html",
    "html_200": "200 text/html",
    "empty": "200 application/json",
    "redirect": "302 text/html",
}


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("kind", WIRE)
def test_the_wire_breaks_before_or_after_the_effect(emulate: Emulate, kind: str, when: str) -> None:
    emulator = emulate(faults=[{"action": "AttachClassicLinkVpc", "kind": kind, "when": when, "nth": 1}])
    client = RpcClient(emulator.authority)
    assert broken(client) == WIRE[kind]
    is_there = client.call("DescribeClassicLinkInstances", InstanceId="i-3").json["TotalCount"] == 1
    assert is_there == (when == "after")
    assert client.call("AttachClassicLinkVpc", **ATTACH).code == ("OperationDenied" if is_there else "")


def test_a_client_that_follows_a_redirect_is_counted(emulate: Emulate) -> None:
    emulator = emulate(faults=[{"action": "AttachClassicLinkVpc", "kind": "redirect"}])
    client = RpcClient(emulator.authority)
    location = client.call("AttachClassicLinkVpc", **ATTACH).headers["location"]
    assert client.send("GET", location.removeprefix(f"http://{emulator.authority}"), b"", {}).status == 200
    assert client.stats()["redirects_followed"] == 1


@pytest.mark.parametrize(("kind", "is_done"), [("lost_reply", True), ("not_done", False)])
def test_a_reply_is_lost(emulate: Emulate, kind: str, is_done: bool) -> None:
    client = RpcClient(emulate(faults=[{"action": "AttachClassicLinkVpc", "kind": kind, "nth": 1}]).authority)
    assert broken(client) == "RemoteDisconnected"
    assert (client.call("DescribeClassicLinkInstances", InstanceId="i-3").json["TotalCount"] == 1) == is_done


@pytest.mark.parametrize(
    ("fault", "code", "status", "is_done"),
    [
        ({"kind": "throttle"}, "Throttling.User", 400, False),
        ({"kind": "error", "code": "TaskConflict", "message": "m"}, "TaskConflict", 400, False),
        ({"kind": "error", "code": "Forbidden.RAM"}, "Forbidden.RAM", 403, False),
        ({"kind": "error", "code": "InternalError", "when": "after"}, "InternalError", 500, True),
        ({"kind": "error", "code": "ServiceUnavailable"}, "ServiceUnavailable", 503, False),
        ({"kind": "hang", "seconds": 0.01}, "", 200, True),
        ({"kind": "hang", "seconds": 3600, "until": "world.json"}, "", 200, True),
    ],
)
def test_a_call_fails_as_ordered(emulate: Emulate, fault: Any, code: str, status: int, is_done: bool) -> None:
    client = RpcClient(emulate(faults=[{"action": "AttachClassicLinkVpc", **fault}]).authority)
    answer = client.call("AttachClassicLinkVpc", **ATTACH)
    assert (answer.code, answer.status) == (code, status)
    assert (client.call("DescribeClassicLinkInstances", InstanceId="i-3").json["TotalCount"] == 1) == is_done


@pytest.mark.parametrize(
    ("action", "match", "hit", "missed"),
    [
        ("DescribeInstances", {"instance_id": "i-2"}, {"InstanceIds": '["i-1","i-2"]'}, {"InstanceIds": '["i-1"]'}),
        ("DescribeClassicLinkInstances", {"instance_id": "i-2"}, {"InstanceId": "i-1,i-2"}, {"InstanceId": "i-1"}),
        ("DescribeVpcAttribute", {"vpc_id": "vpc-a"}, {"VpcId": "vpc-a"}, {"VpcId": "vpc-b"}),
        ("DescribeVpcs", {"vpc_id": "vpc-a"}, {"VpcId": "vpc-b,vpc-a"}, {"VpcId": "vpc-b"}),
        ("DescribeRouteEntryList", {"vpc_id": "vpc-a"}, {"RouteTableId": "vtb-a"}, {"RouteTableId": "vtb-b"}),
    ],
)
def test_a_fault_matches_what_a_request_names(
    emulate: Emulate, action: str, match: Any, hit: dict[str, str], missed: dict[str, str]
) -> None:
    client = RpcClient(emulate(faults=[{"action": action, "match": match, "kind": "throttle"}]).authority)
    assert client.call(action, **hit).code == "Throttling.User"
    assert client.call(action, **missed).status == 200


def test_stats_count_calls_by_action_and_ending(emulate: Emulate) -> None:
    faults = [{"action": "DescribeVpcs", "kind": kind, "nth": nth} for nth, kind in ((1, "reset"), (2, "lost_reply"))]
    client = RpcClient(emulate(faults=faults).authority)
    for _ in range(3):
        broken(client, "DescribeVpcs", RegionId="cn-hangzhou")
    client.call("AttachClassicLinkVpc", InstanceId="i-1", VpcId="vpc-b")
    client.call("Nonsense")
    stats = client.stats()
    assert stats["calls"] == {"AttachClassicLinkVpc": 1, "DescribeVpcs": 3, "unknown": 1}
    assert stats["endings"]["DescribeVpcs"] == {"no_reply": 1, "ok": 1, "reset": 1}
    assert stats["endings"]["AttachClassicLinkVpc"] == {"OperationDenied": 1}


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ({"action": "AddGuestRoute", "kind": "throttle"}, "expected one of"),
        ({"action": "AssumeRole", "kind": "error", "code": "X", "match": {"vpc_id": "v"}}, "no ids to match"),
        ({"action": "DescribeVpcs", "kind": "throttle", "when": "after"}, "can strike before or after the effect"),
        ({"action": "DescribeVpcs", "kind": "reset", "when": "later"}, "expected one of before, after"),
    ],
)
def test_a_fault_that_cannot_be_is_refused_at_the_start(tmp_path: Path, world: Record, fault: Any, words: str) -> None:
    (tmp_path / "world.json").write_text(json.dumps(world))
    (tmp_path / "faults.json").write_text(json.dumps([fault]))
    with pytest.raises(ProviderError, match=words):
        Emulator(Settings(tmp_path / "world.json", faults=tmp_path / "faults.json"))


def test_changes_that_others_make_to_the_world_are_seen(emulate: Emulate, world: Record) -> None:
    emulator = emulate()
    client = RpcClient(emulator.authority)
    world["vpcs"].append({**world["vpcs"][0], "vpc_id": "vpc-new"})
    emulator.world.write_text(json.dumps(world))
    assert client.call("DescribeVpcs").json["TotalCount"] == 4
    emulator.world.write_text("{")
    answer = client.call("DescribeVpcs")
    assert (answer.code, answer.status) == ("ServiceUnavailable", 503)
    emulator.world.write_text(json.dumps(world))
    assert client.call("DescribeVpcs").status == 200


def test_an_address_in_use_is_refused(tmp_path: Path, world: Record) -> None:
    (tmp_path / "world.json").write_text(json.dumps(world))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = Settings(tmp_path / "world.json", port=taken.getsockname()[1])
        with pytest.raises(ProviderError) as refused, emulated(settings):
            pass
    assert refused.value.diagnostics[0].code == "PRV120"


def test_a_world_of_several_accounts_needs_the_account_of_the_keys(emulate: Emulate, world: Record) -> None:
    world["vpcs"][0]["account_id"] = "2002"
    with pytest.raises(ProviderError, match=r"1001.*2002") as refused:
        emulate(world)
    assert refused.value.diagnostics[0].code == "PRV121"
    keys = (AccessKey("two", "s", "2002"),)
    found = RpcClient(emulate(world, keys=keys).authority, key="two", secret="s").call("DescribeVpcs").json
    assert found["TotalCount"] == 1


def test_an_empty_world_can_be_served(emulate: Emulate) -> None:
    client = RpcClient(emulate({}).authority)
    assert client.call("GetCallerIdentity").json["AccountId"] == "1001"
    assert client.call("DescribeVpcs").json["Vpcs"]["Vpc"] == []


def test_a_world_that_another_process_keeps_is_refused_for_the_moment(emulate: Emulate) -> None:
    emulator = emulate()
    client = RpcClient(emulator.authority)
    with patch("providers.emulator.cloud.estate.PATIENCE", 0.0), locked(Path(f"{emulator.world}.lock"), 0.0):
        answer = client.call("AttachClassicLinkVpc", **ATTACH)
    assert (answer.code, answer.status) == ("ServiceUnavailable", 503)
    assert client.call("AttachClassicLinkVpc", **ATTACH).status == 200
