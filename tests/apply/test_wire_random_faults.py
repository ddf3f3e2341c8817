"""Whatever becomes of requests and answers on the wire: nothing is done twice, and in the end all is as declared.

The provider "alicloud" over the emulator, with lag, VPCs that stay Pending, and faults at random. The suite runs a few
schedules; `CL_SCHEDULES=100` runs as many.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from planner.apply.engine import apply_plan
from planner.apply.options import ApplyOptions, RetryPolicy
from planner.diagnostics import ProviderError
from planner.exit_codes import ExitCode
from planner.network.identity import Enablement, Link
from planner.recovery.recover import recover
from providers.alicloud.client import Client
from providers.alicloud.keys import FixedKeys
from providers.alicloud.products import Product
from providers.alicloud.provider import AlicloudProvider
from providers.alicloud.settings import Settings as AlicloudSettings
from providers.alicloud.sources import Chosen, KeyPair
from providers.alicloud.transport import Route, Transport
from providers.emulator.emulator import Settings
from support.applying import Wanted, plan_for
from support.emulating import KEY, REGION, SECRET, emulated
from support.stores import FileStore
from support.story_estates import instance, vpc
from support.watching import PATIENCE

SCHEDULES = int(os.environ.get("CL_SCHEDULES", "5"))
VPCS = ("vpc-a", "vpc-b", "vpc-c")
INSTANCES = tuple(f"i-{number}" for number in range(8))
WRITES = ("EnableVpcClassicLink", "DisableVpcClassicLink", "AttachClassicLinkVpc", "DetachClassicLinkVpc")
READS = ("DescribeVpcs", "DescribeVpcAttribute", "DescribeVSwitches", "DescribeInstances")
LINKS = "DescribeClassicLinkInstances"
SPOILED = ("reset", "close", "truncate", "garbage", "html_502", "html_200", "empty", "redirect")
BUSY = ("IncorrectVpcStatus", "TaskConflict")
LAG, SETTLE = 0.1, 0.6
"""Seconds. What has happened is seen long before "not there" is believed."""
QUICK = RetryPolicy(first_wait=0.01, longest_wait=0.1)
ATTEMPTS = 8


def fault_of(chance: random.Random) -> dict[str, Any]:
    action = chance.choice([*WRITES, *WRITES, *READS, LINKS])
    fault: dict[str, Any] = {"action": action, "nth": chance.randint(1, 8)}
    if chance.random() < 0.15:
        return fault | {"kind": "throttle"}
    return fault | {"kind": chance.choice(SPOILED), "when": chance.choice(["before", "after"])}


def wanted_of(chance: random.Random) -> Wanted:
    links = {one: chance.choice(VPCS) for one in INSTANCES if chance.random() < 0.7}
    return Wanted(frozenset(links.values()), links)


def opened(authority: str) -> AlicloudProvider:
    """The provider; it waits a tenth of its time before it asks again."""
    settings = AlicloudSettings(
        REGION,
        Chosen(KeyPair(KEY, SECRET), "the test"),
        Route("http", no_proxy="*", read_timeout=PATIENCE),
        read_parallelism=4,
        settle_seconds=SETTLE,
    )
    transport = Transport(settings.route, 8)
    client = Client(transport, FixedKeys(KeyPair(KEY, SECRET)), REGION, dict.fromkeys(Product, authority))
    return AlicloudProvider(transport, client, settings, sleep=lambda seconds: time.sleep(seconds / 10))


def apply_once(wanted: Wanted, cloud: AlicloudProvider, store: FileStore, plan_id: str) -> bool:
    """What `cl apply` does: complete what was cut short, read, plan, carry out. Whether all went well."""
    with store.locked("apply"):
        try:
            state = recover(store, {"mock": cloud}).state
            world = cloud.read()
        except ProviderError:
            return False
        if world.unread:
            return False
        document = plan_for(wanted, state, world, plan_id)
        outcome = apply_plan(document, {"mock": cloud}, store, ApplyOptions(parallelism=4, retry=QUICK))
    assert (outcome.exit_code is ExitCode.DONE) == (not outcome.failed)
    return outcome.exit_code is ExitCode.DONE


def carry_out(wanted: Wanted, cloud: AlicloudProvider, store: FileStore, name: str) -> None:
    """Apply until all has gone well. Then cloud and state are as declared."""
    if not any(apply_once(wanted, cloud, store, f"{name}.{attempt}") for attempt in range(ATTEMPTS)):
        pytest.fail(f"{name}: no apply went well")
    found = cloud.look([Link(one, "") for one in INSTANCES] + [Enablement(one) for one in VPCS])
    assert not found.unread
    assert found.links == wanted.links
    assert {vpc_id for vpc_id, one in found.vpcs.items() if one.classic_link_enabled} == wanted.vpcs
    links = {Link(*each) for each in wanted.links.items()}
    assert {one.identity for one in store.read().objects.values()} == links | set(map(Enablement, wanted.vpcs))
    assert not store.journal_path.exists()


@pytest.mark.parametrize("seed", range(SCHEDULES))
def test_after_any_schedule_of_faults_the_cloud_and_the_state_are_as_declared(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311
    world = {
        "format_version": "1.0",
        "account_id": "1001",
        "vpcs": [vpc(vpc_id) for vpc_id in VPCS],
        "instances": [instance(one, f"10.1.1.{number + 1}") for number, one in enumerate(INSTANCES)],
    }
    faults = [fault_of(chance) for _ in range(chance.randint(4, 16))]
    (tmp_path / "world.json").write_text(json.dumps(world))
    (tmp_path / "faults.json").write_text(json.dumps(faults))
    log = tmp_path / "calls.jsonl"
    settings = Settings(
        tmp_path / "world.json", lag=LAG, pending=LAG, faults=tmp_path / "faults.json", call_log=log, patience=5.0
    )
    store = FileStore(tmp_path / "cl.state.json")
    with emulated(settings) as running:
        cloud = opened(running.authority)
        seen = 0
        for stage in range(2):
            carry_out(wanted_of(chance), cloud, store, f"seed {seed}, stage {stage}")
            calls = [json.loads(line) for line in log.read_text().splitlines()]
            effects = Counter(
                (call["action"], call["instance_id"], call["vpc_id"])
                for call in calls[seen:]
                if call["outcome"] == "ok"
            )
            assert set(effects.values()) <= {1}, faults
            assert {call["outcome"] for call in calls} <= {"ok", *BUSY}, "a call was made again that had taken effect"
            seen = len(calls)
        cloud.close()
