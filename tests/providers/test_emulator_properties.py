"""The emulator refuses what the mock refuses, in the same words, and leaves the same world."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import event, given, settings
from hypothesis import strategies as st

from planner.network.identity import Action, Enablement, Identity, Link
from providers.base import Refused
from providers.emulator.emulator import Settings
from providers.mock.calls import API_NAMES
from providers.mock.provider import open_mock
from support.emulating import emulated
from support.rpc_client import RpcClient

ACCOUNTS, REGIONS = ["1001", "1001", "1001", "2002"], ["cn-hangzhou", "cn-hangzhou", "cn-beijing"]
VPCS, INSTANCES = [f"vpc-{number}" for number in range(4)], [f"i-{number}" for number in range(6)]

places = st.fixed_dictionaries({"account_id": st.sampled_from(ACCOUNTS), "region_id": st.sampled_from(REGIONS)})


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    """A few VPCs and instances in every condition that the cloud looks at; links of enabled VPCs and classic ones."""
    vpcs = [
        {
            "vpc_id": vpc_id,
            "cidr_block": draw(st.sampled_from(["172.16.0.0/12", "10.0.0.0/8", "11.0.0.0/8"])),
            "status": draw(st.sampled_from(["Available", "Available", "Available", "Pending"])),
            "classic_link_enabled": draw(st.booleans()),
            **draw(places),
        }
        for vpc_id in VPCS
    ]
    instances = [
        {
            "instance_id": instance_id,
            "private_ip": "10.1.2.3",
            "network_type": draw(st.sampled_from(["classic", "classic", "classic", "vpc"])),
            "status": draw(st.sampled_from(["Running", "Running", "Stopped", "Starting"])),
            "operation_locks": draw(st.sampled_from([[], [], [], ["security"]])),
            **draw(places),
        }
        for instance_id in INSTANCES
    ]
    routes = [
        {"vpc_id": vpc_id, "destination_cidr_block": "10.0.0.0/8", "type": draw(st.sampled_from(["Custom", "System"]))}
        for vpc_id in draw(st.sets(st.sampled_from(VPCS), max_size=2))
    ]
    enabled = [vpc["vpc_id"] for vpc in vpcs if vpc["classic_link_enabled"]]
    linked = draw(st.sets(st.sampled_from(INSTANCES), max_size=3)) if enabled else set()
    links = [{"instance_id": one, "vpc_id": draw(st.sampled_from(enabled))} for one in sorted(linked)]
    return {"account_id": "1001", "vpcs": vpcs, "instances": instances, "route_entries": routes, "links": links}


vpc_ids, instance_ids = st.sampled_from([*VPCS, "vpc-none"]), st.sampled_from([*INSTANCES, "i-none"])
switches = st.tuples(st.sampled_from([Action.ENABLE, Action.DISABLE]), st.builds(Enablement, vpc_ids))
attachments = st.tuples(st.sampled_from([Action.ATTACH, Action.DETACH]), st.builds(Link, instance_ids, vpc_ids))


def region_of(world: dict[str, Any], target: Identity) -> str:
    """Where the API is asked for: where the instance is, or the VPC."""
    lists = ("instances", "instance_id") if isinstance(target, Link) else ("vpcs", "vpc_id")
    found = [one for one in world[lists[0]] if one[lists[1]] == getattr(target, lists[1])]
    return found[0]["region_id"] if found else "cn-hangzhou"


@settings(max_examples=60)
@given(worlds(), st.lists(switches | attachments, min_size=1, max_size=15))
def test_the_emulator_and_the_mock_refuse_the_same_calls_in_the_same_words(
    world: dict[str, Any], calls: list[tuple[Action, Identity]]
) -> None:
    with tempfile.TemporaryDirectory() as directory, patch("providers.mock.calls.LINK_QUOTA", 2):
        mocks, emulators = Path(directory, "mock.json"), Path(directory, "emulator.json")
        for path in (mocks, emulators):
            path.write_text(json.dumps(world))
        mock = open_mock({"world": "mock.json"}, Path(directory))
        with emulated(Settings(emulators)) as emulator:
            client = RpcClient(emulator.authority)
            for action, target in calls:
                ids = {"InstanceId": target.instance_id or "", "VpcId": target.vpc_id or ""}
                answer = client.call(API_NAMES[action], RegionId=region_of(world, target), **ids)
                refusal = None
                try:
                    mock.perform(action, target)
                except Refused as refused:
                    refusal = (refused.code, refused.message)
                event(refusal[0] if refusal else "done")
                assert refusal == ((answer.code, answer.json["Message"]) if answer.status != 200 else None)
        mock.close()
        assert json.loads(emulators.read_text()) == json.loads(mocks.read_text())
