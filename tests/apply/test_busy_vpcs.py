"""A VPC that is at work on something else slows its own steps, and no others."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import pytest

from planner.apply.busy_vpcs import BusyVpcs
from planner.apply.engine import apply_plan
from planner.apply.options import ApplyOptions, RetryPolicy
from planner.apply.stop import StopSignal
from planner.exit_codes import ExitCode
from planner.network.identity import Action, Target
from providers.alicloud.opening import open_alicloud
from providers.base import Busy, CallFailed, Provider, TooEarly
from providers.emulator.emulator import Settings
from providers.mock.faults import Fault, FaultKind, Faults
from providers.mock.provider import open_mock
from support.applying import MemoryCloud, PlanMaker
from support.emulating import KEY, REGION, SECRET, emulated
from support.stores import FileStore
from support.story_estates import instances, vpc

QUICK = RetryPolicy(first_wait=0.0005, longest_wait=0.002, step_timeout=3600.0)
SIZE = 40
"""Steps of each of the two VPCs."""


def conflict() -> Busy:
    return Busy("TaskConflict", "The operation is too frequent.")


def fleet(size: int = SIZE) -> PlanMaker:
    """Attaches to the busy VPC, and after them in the plan those to the other one."""
    plan = PlanMaker()
    for vpc_id in ("vpc-a", "vpc-b"):
        for number in range(size):
            plan.attach(f"i-{vpc_id[-1]}{number:04}", vpc_id)
    return plan


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FileStore]:
    store = FileStore(tmp_path / "cl.state.json")
    with store.locked("apply"):
        yield store


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_vpc_that_never_refused_lets_everybody_pass() -> None:
    vpcs = BusyVpcs[str]()
    assert [vpcs.admit("vpc-a", name, first=False) for name in "abc"] == [0, 0, 0]
    assert vpcs.admit(None, "guest route", first=False) == 0
    assert (len(vpcs), vpcs.due(), vpcs.due_in(0.1)) == (0, [], 0.1)


def test_after_a_refusal_the_steps_of_that_vpc_go_one_by_one_in_line() -> None:
    clock = Clock()
    vpcs = BusyVpcs[str](clock)
    vpcs.refused("vpc-a", 0, 0.0)
    assert [vpcs.admit("vpc-a", name, first=name == "urgent") for name in ("one", "two", "urgent")] == [None] * 3
    assert vpcs.admit("vpc-b", "other", first=False) == 0
    assert len(vpcs) == 3
    assert vpcs.due() == []
    assert 0 < vpcs.due_in(9.0) < 1
    turns = []
    for _ in range(3):
        clock.now += vpcs.due_in(9.0)
        turns += [waiter for waiter, _ in vpcs.due()]
        assert len(turns) + len(vpcs) == 3
    assert turns == ["urgent", "one", "two"]


def test_refusals_of_calls_that_were_under_way_slow_nothing_more() -> None:
    clock = Clock()
    vpcs = BusyVpcs[str](clock)
    vpcs.refused("vpc-a", 0, 100.0)
    once = vpcs.admit("vpc-a", "one", first=False), vpcs.due_in(9.0)
    for _ in range(30):
        vpcs.refused("vpc-a", 0, 100.0)
    assert (None, vpcs.due_in(9.0)) == once
    assert vpcs.due_in(9.0) == pytest.approx(1 / 50), "half of what was taken before"


def test_what_waits_is_dismissed_when_the_apply_stops() -> None:
    vpcs = BusyVpcs[str]()
    vpcs.refused("vpc-a", 0, 0.0)
    vpcs.admit("vpc-a", "one", first=False)
    assert (vpcs.dismiss(), len(vpcs)) == (["one"], 0)


def test_the_steps_of_other_vpcs_go_on_while_a_vpc_is_busy(store: FileStore) -> None:
    def fault(_call: int, _action: Action, target: Target) -> CallFailed | None:
        still_busy = sum(vpc_id == "vpc-b" for vpc_id in memory.links.values()) < SIZE
        if target.vpc_id == "vpc-a" and still_busy:
            refused[target.id] += 1
            return conflict()
        return None

    refused: Counter[str] = Counter()
    memory = MemoryCloud(["vpc-a", "vpc-b"], fault=fault)
    memory.enabled = dict.fromkeys(memory.enabled, True)
    outcome = apply_plan(fleet().document, {"mock": memory}, store, ApplyOptions(parallelism=4, retry=QUICK))
    assert outcome.exit_code is ExitCode.DONE
    assert len(memory.links) == 2 * SIZE
    assert len(refused) <= 4, "the others of the VPC do not ask, too"
    assert outcome.throttles == refused.total()


def test_a_locked_instance_slows_nothing_but_itself(store: FileStore) -> None:
    def fault(_call: int, _action: Action, target: Target) -> CallFailed | None:
        busy = target.instance_id == "i-a0000" and len(memory.links) < 2 * SIZE - 1
        return TooEarly("InvalidStatus.InstanceLocked", "TooEarly.") if busy else None

    memory = MemoryCloud(["vpc-a", "vpc-b"], fault=fault)
    memory.enabled = dict.fromkeys(memory.enabled, True)
    outcome = apply_plan(fleet().document, {"mock": memory}, store, ApplyOptions(parallelism=4, retry=QUICK))
    assert outcome.exit_code is ExitCode.DONE


def test_a_vpc_that_stays_busy_fails_its_steps_in_the_end_and_no_others(store: FileStore) -> None:
    cloud = MemoryCloud(
        ["vpc-a", "vpc-b"], fault=lambda _call, _action, target: conflict() if target.vpc_id == "vpc-a" else None
    )
    cloud.enabled = dict.fromkeys(cloud.enabled, True)
    retry = RetryPolicy(first_wait=0.0005, longest_wait=0.002, step_timeout=0.0)
    outcome = apply_plan(fleet(4).document, {"mock": cloud}, store, ApplyOptions(parallelism=2, retry=retry))
    assert {problem.code for problem in outcome.failed.values()} == {"PRV303"}
    assert len(outcome.failed) == 4
    assert len(outcome.done) == 4


def test_an_apply_that_is_stopped_does_not_wait_for_a_busy_vpc(store: FileStore) -> None:
    stop = StopSignal()

    def fault(call: int, _action: Action, _target: Target) -> CallFailed | None:
        if call == 12:
            stop.ask()
        return conflict()

    cloud = MemoryCloud(["vpc-a"], fault=fault)
    cloud.enabled = {"vpc-a": True}
    outcome = apply_plan(fleet().document, {"mock": cloud}, store, ApplyOptions(parallelism=8, retry=QUICK), stop=stop)
    assert outcome.interrupted
    assert outcome.done == ()
    assert outcome.failed == {}
    assert len(outcome.left) + len(outcome.under_way) == 2 * SIZE


# Over the wire, and in the mock


CONFLICT = Fault("AttachClassicLinkVpc", FaultKind.ERROR, code="TaskConflict", message="The operation is too frequent.")


@pytest.fixture
def refused() -> set[str | None]:
    """The instances whose calls were refused because their VPC is busy."""
    return set()


@pytest.fixture(params=["mock", "emulator"])
def cloud(
    request: pytest.FixtureRequest, tmp_path: Path, refused: set[str | None], monkeypatch: pytest.MonkeyPatch
) -> Iterator[Provider]:
    """A cloud whose vpc-a is busy until vpc-b has all its links; its calls are logged."""
    others: list[str] = []

    def strike(_faults: Faults, action: str, ids: Mapping[str, Collection[str | None]]) -> Fault | None:
        if action != CONFLICT.action:
            return None
        if "vpc-b" in ids["vpc_id"]:
            others.append(action)
            return None
        if len(others) == SIZE:
            return None
        refused.update(ids["instance_id"])
        return CONFLICT

    monkeypatch.setattr(Faults, "on_request", strike)
    machines = [{**one, "instance_id": f"i-{x}{n:04}"} for x in "ab" for n, one in enumerate(instances(SIZE))]
    world = {
        "format_version": "1.0",
        "account_id": "1001",
        "vpcs": [vpc("vpc-a", classic_link_enabled=True), vpc("vpc-b", classic_link_enabled=True)],
        "instances": machines,
    }
    path, log = tmp_path / "world.json", tmp_path / "calls.jsonl"
    path.write_text(json.dumps(world))
    if request.param == "mock":
        mock = open_mock({"world": str(path), "call_log": str(log)}, tmp_path)
        yield mock
        mock.close()
        return
    with emulated(Settings(path, call_log=log, latency=0.01)) as running:
        endpoints = dict.fromkeys(("ecs", "vpc", "sts"), running.authority)
        keys = {"access_key": KEY, "secret_key": SECRET}
        settings = {"region": REGION, "protocol": "HTTP", "no_proxy": "*", "endpoints": endpoints, **keys}
        provider = open_alicloud(settings, tmp_path, {})
        yield provider
        provider.close()


def test_task_conflicts_slow_their_own_vpc(
    cloud: Provider, store: FileStore, tmp_path: Path, refused: set[str | None]
) -> None:
    outcome = apply_plan(fleet().document, {"mock": cloud}, store, ApplyOptions(parallelism=4, retry=QUICK))
    assert outcome.exit_code is ExitCode.DONE
    calls = [json.loads(line) for line in (tmp_path / "calls.jsonl").read_text().splitlines()]
    took = [call["vpc_id"] for call in calls if call["outcome"] == "ok"]
    assert Counter(took) == {"vpc-a": SIZE, "vpc-b": SIZE}
    assert 1 <= len(refused) <= 4, "the others of the VPC do not ask, too"
