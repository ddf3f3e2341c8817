"""The same configurations on both clouds, at random: the same plans, the same calls, the same ends.

The suite takes a few; `CL_EXAMPLES=200` takes as many.
"""

from __future__ import annotations

import json
import os
import random
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from providers.emulator.emulator import Settings
from providers.mock.provider import open_mock
from support.emulating import emulated, provider_of
from support.grouped_estates import group, rule, world_rule
from support.killing import Desk
from support.story_estates import PROVIDER, attach, enable, instance, link, vpc

EXAMPLES = int(os.environ.get("CL_EXAMPLES", "4"))
VPCS = ("vpc-a", "vpc-b", "vpc-c")
PORTS = ("22/22", "80/80", "443/443")
INSTANCES = tuple(f"i-{number}" for number in range(7))
RULE_STEP = ("security_group_id", "source_security_group_id", "port_range", "priority", "security_group_rule_id")
STEP = ("action", "instance_id", "vpc_id", "reason", "needs", "slot", *RULE_STEP)
RULE = ("rule", "status", "severity", "address")


def world_of(chance: random.Random) -> dict[str, Any]:
    """An estate in which some VPCs are enabled, some instances linked, and something may be in the way."""
    enabled = [vpc_id for vpc_id in VPCS if chance.random() < 0.5]
    linked = [one for one in INSTANCES if enabled and chance.random() < 0.4]
    blocked = [vpc_id for vpc_id in VPCS if vpc_id not in enabled and chance.random() < 0.1]
    return {
        "format_version": "1.0",
        "account_id": "1001",
        "vpcs": [vpc(one, classic_link_enabled=one in enabled) for one in VPCS],
        "route_entries": [{"vpc_id": one, "destination_cidr_block": "10.0.0.0/8", "type": "Custom"} for one in blocked],
        "instances": [
            instance(one, f"10.1.1.{number + 1}", status=chance.choice(["Running"] * 9 + ["Stopped", "Starting"]))
            for number, one in enumerate(INSTANCES)
        ],
        "links": [link(one, chance.choice(enabled)) for one in linked],
        "security_groups": [
            group("sg-classic"),
            *(group(f"sg-{one}", one, *(world_rule("sg-classic", ports) for ports in PORTS if chance.random() < 0.3))
              for one in VPCS),
        ],
    }  # fmt: skip


def resources_of(chance: random.Random) -> str:
    """Some links, and the VPCs that they go to."""
    links = {one: chance.choice(VPCS) for one in INSTANCES if chance.random() < 0.7}
    if chance.random() < 0.1:
        links["i-nowhere"] = chance.choice(VPCS)
    vpcs = sorted({*links.values(), *(one for one in VPCS if chance.random() < 0.2)})
    rules = [(one, ports) for one in vpcs for ports in PORTS if chance.random() < 0.5]
    return (
        "".join(enable(one, one) for one in vpcs)
        + "".join(attach(one, one, to) for one, to in links.items())
        + "".join(_rule(one, ports, chance) for one, ports in rules)
        + 'data "classiclink_security_groups" "all" {}\n'  # so that a real cloud is asked for them in each stage
    )


def _rule(vpc_id: str, ports: str, chance: random.Random) -> str:
    """A rule that lets the classic group into the VPC, or the other way round."""
    name = f"{vpc_id}-{ports.partition('/')[0]}"
    priority = f"  priority = {chance.randint(1, 3)}\n"
    ends = ("sg-classic", f"sg-{vpc_id}") if chance.random() < 0.3 else (f"sg-{vpc_id}", "sg-classic")
    return rule(name, *ends, ports, priority)


def shown(plan: Any) -> dict[str, Any]:
    """What a plan says that has nothing to do with the name of its provider."""
    return {
        "steps": [[step.get(key) for key in STEP] for step in plan["steps"]],
        "changes": [
            (one["address"], one["change"]["actions"], one["action_reason"]) for one in plan["resource_changes"]
        ],
        "rules": sorted([str(rule.get(key)) for key in RULE] for rule in plan["rules"]),
        "proof": {name: part for name, part in plan["proof"].items() if name != "worlds"},
        "summary": plan["summary"],
        "verdict": [plan[key] for key in ("applicable", "complete", "errored")],
    }


def calls_of(desk: Desk) -> dict[str, list[tuple[str, ...]]]:
    """For each instance and each VPC its calls in their order; for each group its rules that were
    changed, in whatever order: how many are in a call depends on what is ready.
    """
    log = desk.directory / "calls.jsonl"
    calls = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    found: dict[str, list[tuple[str, ...]]] = defaultdict(list)
    for call in calls:
        subject = call["instance_id"] or call["vpc_id"] or call["security_group_id"]
        entry = (call["action"], call["vpc_id"] or "", call["outcome"])
        found[subject] += [entry] * call.get("rules", 1)
    return {subject: sorted(calls) if subject.startswith("sg-") else calls for subject, calls in found.items()}


def end_of(desk: Desk) -> Any:
    world = open_mock({"world": "world.json"}, desk.directory).read()
    enabled = {vpc_id for vpc_id, one in world.vpcs.items() if one.classic_link_enabled}
    state = {str(one.address): one.identity.id for one in desk.store.read().objects.values()}
    rules = {one.id: (rule.priority, rule.rule_id) for one, rule in world.rules_by_source.items()}
    return dict(world.links), enabled, state, rules


@pytest.mark.parametrize("seed", range(EXAMPLES))
def test_both_clouds_get_the_same_plans_and_calls_and_end_alike(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)  # noqa: S311
    world = json.dumps(world_of(chance))
    stages = [resources_of(chance), resources_of(chance), ""]
    parallelism = f"--parallelism={chance.choice([1, 4])}"
    desks = [Desk(tmp_path / name) for name in ("mock", "alicloud")]
    for desk in desks:
        desk.directory.mkdir()
        (desk.directory / "world.json").write_text(world)
    simulated, wired = desks
    served = Settings(wired.directory / "world.json", call_log=wired.directory / "calls.jsonl")
    with emulated(served) as cloud:
        blocks = {simulated: PROVIDER, wired: provider_of(cloud.authority)}
        for number, resources in enumerate(stages):
            after = f"seed {seed}, stage {number}\n"
            plans, codes, ends = [], [], []
            for desk, block in blocks.items():
                (desk.directory / "main.hcl").write_text(block + resources)
                codes.append(desk.cl("plan", "--out", "plan.json", "-o", "json=seen.json"))
                plan = json.loads((desk.directory / "seen.json").read_text())
                plans.append(shown(plan))
                if plan["applicable"]:
                    codes.append(desk.cl("apply", parallelism, "plan.json"))
                    assert desk.cl("plan", "--detailed-exitcode") == 0, after + desk.said
                ends.append(end_of(desk))
            assert plans[0] == plans[1], after
            assert codes[: len(codes) // 2] == codes[len(codes) // 2 :], after + simulated.said + wired.said
            assert ends[0] == ends[1], after
    assert calls_of(simulated) == calls_of(wired), f"seed {seed}"
