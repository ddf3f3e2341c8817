"""Of security rules too the emulator refuses what the mock refuses, in the same words, and leaves the same world.

There is one difference: to revoke what is gone is done for the mock, and refused by the API.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any
from unittest.mock import patch

from hypothesis import event, given, settings
from hypothesis import strategies as st

from planner.network.identity import Action, Authorization, RuleBatch, RuleCall, RuleSettings
from providers.base import Refused
from providers.emulator.emulator import Settings
from providers.mock.calls import API_NAMES
from providers.mock.provider import open_mock
from support.emulating import REGION, emulated
from support.rpc_client import RpcClient

GROUPS = [f"sg-{number}" for number in range(5)]
VPCS = ["vpc-on", "vpc-off"]
GONE = "InvalidSecurityGroupRule.RuleNotExist"

group_ids = st.sampled_from([*GROUPS, *GROUPS, "sg-none"])
kinds = st.sampled_from([("tcp", "80/80"), ("udp", "53/53"), ("all", "-1/-1")])
policies = st.sampled_from(["accept", "accept", "drop"])


@st.composite
def worlds(draw: st.DrawFn) -> dict[str, Any]:
    """Groups in every condition that the cloud looks at, some with rules."""
    vpcs = [
        {"vpc_id": vpc_id, "account_id": "1001", "region_id": REGION, "cidr_block": "172.16.0.0/12",
         "classic_link_enabled": vpc_id == "vpc-on"}
        for vpc_id in VPCS
    ]  # fmt: skip
    groups = []
    for group_id in GROUPS:
        rules = draw(
            st.dictionaries(st.tuples(st.sampled_from(GROUPS), kinds, policies), st.integers(1, 9), max_size=3)
        )
        vpc_id = draw(st.sampled_from([None, None, "vpc-on", "vpc-on", "vpc-off"]))
        groups.append(
            {
                "security_group_id": group_id,
                "account_id": draw(st.sampled_from(["1001"] * 5 + ["2002"])),
                "region_id": draw(st.sampled_from([REGION] * 5 + ["cn-beijing"])),
                "type": draw(st.sampled_from(["normal"] * 5 + ["enterprise"])),
                "service_managed": draw(st.sampled_from([False] * 5 + [True])),
                "rules": [
                    {"source_security_group_id": source, "ip_protocol": kind[0], "port_range": kind[1],
                     "policy": policy, "priority": priority}
                    for (source, kind, policy), priority in rules.items()
                ],
                **({"vpc_id": vpc_id} if vpc_id else {}),
            }
        )  # fmt: skip
    return {"account_id": "1001", "vpcs": vpcs, "security_groups": groups}


@st.composite
def batches(draw: st.DrawFn) -> tuple[Action, RuleBatch]:
    group_id = draw(group_ids)
    rules = draw(st.sets(st.tuples(group_ids, kinds, policies), min_size=1, max_size=3))
    calls = [
        RuleCall(
            Authorization(group_id, source, *kind, policy),
            RuleSettings(draw(st.integers(1, 100)), draw(st.sampled_from(["", "web"]))),
        )
        for source, kind, policy in sorted(rules)
    ]
    action = draw(st.sampled_from([Action.AUTHORIZE_SECURITY_RULE, Action.REVOKE_SECURITY_RULE]))
    return action, RuleBatch(tuple(calls))


def parameters(batch: RuleBatch) -> dict[str, str]:
    found = {"SecurityGroupId": batch.security_group_id}
    for number, call in enumerate(batch.calls, 1):
        facts = {
            "IpProtocol": call.rule.ip_protocol,
            "PortRange": call.rule.port_range,
            "SourceGroupId": call.rule.source_security_group_id,
            "Policy": call.rule.policy,
            "Priority": str(call.settings.priority),
            "NicType": "intranet",
            "Description": call.settings.description,
        }
        found |= {f"Permissions.{number}.{name}": value for name, value in facts.items()}
    return found


def region_of(world: dict[str, Any], group_id: str) -> str:
    """Where the API is asked for: where the group is."""
    found = [one["region_id"] for one in world["security_groups"] if one["security_group_id"] == group_id]
    return found[0] if found else REGION


@settings(max_examples=60)
@given(worlds(), st.lists(batches(), min_size=1, max_size=12))
def test_the_emulator_and_the_mock_refuse_the_same_calls_about_rules(
    world: dict[str, Any], calls: list[tuple[Action, RuleBatch]]
) -> None:
    patched = patch.multiple("providers.mock.rule_calls", RULES_PER_GROUP=5, SOURCES_PER_GROUP=3)
    with tempfile.TemporaryDirectory() as directory, patched:
        mocks, emulators = Path(directory, "mock.json"), Path(directory, "emulator.json")
        for path in (mocks, emulators):
            path.write_text(json.dumps(world))
        mock = open_mock({"world": "mock.json"}, Path(directory))
        with emulated(Settings(emulators)) as emulator:
            client = RpcClient(emulator.authority)
            for action, batch in calls:
                region_id = region_of(world, batch.security_group_id)
                answer = client.call(API_NAMES[action], RegionId=region_id, **parameters(batch))
                if answer.status != 200 and answer.code == GONE:
                    event(GONE)
                    continue
                refusal = None
                try:
                    mock.perform(action, batch)
                except Refused as refused:
                    refusal = (refused.code, refused.message)
                event(refusal[0] if refusal else "done")
                assert refusal == ((answer.code, answer.json["Message"]) if answer.status != 200 else None)
        mock.close()
        assert json.loads(emulators.read_text()) == json.loads(mocks.read_text())
