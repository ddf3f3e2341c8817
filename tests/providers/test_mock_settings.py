"""The settings of the simulated cloud, its call log and its rate limit."""

from __future__ import annotations

import errno
import json
from decimal import Decimal
from pathlib import Path

import pytest

from planner.diagnostics import ProviderError
from planner.network.identity import Action, Enablement, GuestRoute, Link
from providers.base import Refused, Throttled, Unsure
from providers.mock.call_log import CallLog
from providers.mock.provider import open_mock
from providers.mock.rate import RateLimit
from providers.mock.world_log import WorldLog
from support.mock_worlds import Calls, Opener, Record

WRONG = [
    ({}, "PRV103", "names the file is missing"),
    ({"world": ["x"]}, "PRV102", "world: expected a string that is not empty, found"),
    ({"world": "w", "wrld": "x"}, "PRV101", 'Did you mean "world"?'),
    ({"world": "w", "latency_ms": "fast"}, "PRV102", "latency_ms"),
    ({"world": "w", "latency_ms": -1}, "PRV102", "found -1"),
    ({"world": "w", "rate_limit": 0}, "PRV102", "above 0"),
    ({"world": "w", "rate_limit": True}, "PRV102", "found true"),
    ({"world": "w", "read_only": "yes"}, "PRV102", "expected true or false"),
    ({"world": "w", "faults": ["f"]}, "PRV102", "faults"),
    ({"world": "none.json"}, "PRV201", "none.json: No such file"),
    ({"world": "."}, "PRV201", "directory"),
    ({"world": "bytes.json"}, "PRV202", "UTF-8"),
    ({"world": "world.json", "call_log": "none/calls.jsonl"}, "PRV106", "call_log"),
    ({"world": "world.json", "call_log": "."}, "PRV106", "call_log"),
]


@pytest.mark.parametrize(("settings", "code", "words"), WRONG)
def test_a_wrong_setting_is_reported(
    tmp_path: Path,
    settings: dict[str, bool | str]
    | dict[str, int | str]
    | dict[str, int]
    | dict[str, list[str] | str]
    | dict[str, str],
    code: str,
    words: str,
) -> None:
    (tmp_path / "world.json").write_text("{}")
    (tmp_path / "bytes.json").write_bytes(b'{"account_id": "\xff"}')
    with pytest.raises(ProviderError) as error:
        open_mock(settings, tmp_path)
    (problem,) = error.value.diagnostics
    assert problem.code == code
    assert words in problem.detail
    assert problem.remedy
    assert problem.span is None
    overwrites = "echo" in problem.remedy.text
    assert overwrites == (settings.get("world") == "none.json"), "what is there is not to be overwritten"


def test_all_wrong_settings_are_reported_at_once(tmp_path: Path) -> None:
    with pytest.raises(ProviderError) as error:
        open_mock({"wrld": "w", "latency_ms": "x", "read_only": 1}, tmp_path)
    assert sorted(problem.code for problem in error.value.diagnostics) == ["PRV101", "PRV102", "PRV102"]


def test_numbers_may_be_exact_ones_and_a_null_setting_is_one_left_out(tmp_path: Path) -> None:
    (tmp_path / "world.json").write_text("{}")
    settings = {"world": "world.json", "latency_ms": Decimal("0.5"), "rate_limit": Decimal(50), "call_log": None}
    assert open_mock(settings, tmp_path).read().vpcs == {}


def test_the_call_log_has_one_line_a_call_and_counts_on(world: Record, open_cloud: Opener, calls: Calls) -> None:
    cloud = open_cloud(world)
    cloud.perform(Action.ENABLE, Enablement("vpc-off"))
    cloud.perform(Action.ATTACH, Link("i-3", "vpc-off"))
    again = open_cloud()
    again.perform(Action.ADD_GUEST_ROUTE, GuestRoute("i-3", "192.168.0.0/16"))
    again.perform(Action.REMOVE_GUEST_ROUTE, GuestRoute("i-3", "192.168.0.0/16"))
    cloud.perform(Action.DETACH, Link("i-3", "vpc-off"))
    cloud.perform(Action.DISABLE, Enablement("vpc-off"))
    found = calls()
    assert [list(call) for call in found] == [["seq", "time", "action", "instance_id", "vpc_id", "outcome"]] * 6
    assert [(call["seq"], call["action"], call["instance_id"], call["vpc_id"]) for call in found] == [
        (1, "EnableVpcClassicLink", None, "vpc-off"),
        (2, "AttachClassicLinkVpc", "i-3", "vpc-off"),
        (3, "AddGuestRoute", "i-3", None),
        (4, "RemoveGuestRoute", "i-3", None),
        (5, "DetachClassicLinkVpc", "i-3", "vpc-off"),
        (6, "DisableVpcClassicLink", None, "vpc-off"),
    ]
    assert all(call["time"].endswith("Z") and "T" in call["time"] for call in found)


def test_a_half_written_last_line_of_the_call_log_is_dropped(
    world: Record, open_cloud: Opener, calls: Calls, tmp_path: Path
) -> None:
    open_cloud(world).perform(Action.ATTACH, Link("i-3", "vpc-a"))
    with (tmp_path / "calls.jsonl").open("a") as file:
        file.write('{"seq": 2, "ti')
    open_cloud().perform(Action.ATTACH, Link("i-4", "vpc-a"))
    assert [(call["seq"], call["instance_id"]) for call in calls()] == [(1, "i-3"), (2, "i-4")]


def test_above_the_rate_a_call_is_throttled_and_logged(world: Record, open_cloud: Opener, calls: Calls) -> None:
    cloud = open_cloud(world, rate_limit=0.001)
    cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
    with pytest.raises(Throttled) as throttled:
        cloud.perform(Action.ATTACH, Link("i-4", "vpc-a"))
    assert throttled.value.code == "Throttling.User"
    assert [call["outcome"] for call in calls()] == ["ok", "Throttling.User"]


def test_a_read_makes_one_call_of_each_kind_and_waits_for_its_turn(world: Record, open_cloud: Opener) -> None:
    cloud = open_cloud(world, rate_limit=6)
    assert cloud.read().unread == ()
    with pytest.raises(Throttled):
        cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))


@pytest.mark.parametrize(
    ("rate", "times", "granted"),
    [
        (2, [0.0, 0.1, 0.2, 0.99, 1.0, 1.05, 1.1], [True, True, False, False, True, False, True]),
        (0.5, [0.0, 1.0, 1.9, 2.0, 3.0], [True, False, False, True, False]),
    ],
)
def test_no_second_holds_more_calls_than_the_rate(rate: float | int, times: list[float], granted: list[bool]) -> None:
    now = iter(times)
    limit = RateLimit(rate, clock=lambda: next(now))
    assert [limit.take() == 0 for _ in times] == granted


def test_the_world_is_found_relative_to_the_configuration(
    world: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "world.json").write_text(json.dumps(world))
    monkeypatch.chdir("/")
    assert len(open_mock({"world": "world.json"}, tmp_path / "deep").read().vpcs) == 3


def failing(*_: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def test_where_nothing_can_be_written_a_call_is_refused_and_did_nothing(
    world: Record, open_cloud: Opener, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = open_cloud(world)
    monkeypatch.setattr(WorldLog, "append", failing)
    with pytest.raises(Refused, match=r"WorldNotWritable: .*No space left"):
        cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
    assert "i-3" not in cloud.read().links
    assert calls() == []


def test_where_the_call_log_cannot_be_written_the_outcome_of_the_call_is_unknown(
    world: Record, open_cloud: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = open_cloud(world)
    monkeypatch.setattr(CallLog, "write", failing)
    with pytest.raises(Unsure, match="ended as ok"):
        cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
    assert cloud.read().links["i-3"] == "vpc-a"


def test_where_the_world_file_cannot_be_replaced_the_log_stays_and_nothing_is_lost(
    world: Record, open_cloud: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = open_cloud(world)
    cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", failing)
        cloud.close()
    assert (tmp_path / "world.json.log").exists()
    assert not list(tmp_path.glob(".world.json.*")), "no temporary file is left"
    assert open_cloud().read().links["i-3"] == "vpc-a"


def test_the_world_file_keeps_its_mode_and_a_symbolic_link_to_it_stays_one(world: Record, tmp_path: Path) -> None:
    real = tmp_path / "shared.json"
    real.write_text(json.dumps(world))
    real.chmod(0o640)
    (tmp_path / "world.json").symlink_to(real)
    cloud = open_mock({"world": "world.json"}, tmp_path)
    cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
    cloud.close()
    assert (tmp_path / "world.json").is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert len(json.loads(real.read_text())["links"]) == 2


@pytest.mark.parametrize("rate", [10**400, Decimal("1e400")])
def test_a_number_that_no_float_holds_is_a_wrong_value(tmp_path: Path, rate: int | Decimal) -> None:
    with pytest.raises(ProviderError, match="a number of calls a second above 0"):
        open_mock({"world": "world.json", "rate_limit": rate}, tmp_path)
