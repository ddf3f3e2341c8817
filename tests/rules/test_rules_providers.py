"""Each rule where there are three providers: it looks at the world of the step's own one, and names it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from planner.address import Address
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.rules.labels import Labels
from planner.rules.run import Circumstances, Report, judge_steps
from planner.steps import Step
from planner.values import replace
from support.example_worlds import example_steps, example_world, judge
from support.rule_cases import CASES, flat_cases

TODAY = date(2026, 11, 23)
RESOURCE = re.compile(r'resource "[^{]*\{\n(.*?)\n\}', re.DOTALL)
OTHERS = {"mock": example_world(), "mock.old": World(account_id="1003")}


def steps_of(case: dict[str, Any], provider: str) -> tuple[Step, ...]:
    steps = example_steps(case.get("steps", ["attach i-1 vpc-a"]))
    return tuple(replace(step, provider=provider) for step in steps)


def judged(provider: str, case: dict[str, Any], others: dict[str, World], **more: Any) -> Report:
    worlds = Worlds({**others, provider: example_world(case)})
    return judge_steps(steps_of(case, provider), worlds, today=TODAY, **more)


@pytest.mark.parametrize("kind", ["fails", "holds"])
@pytest.mark.parametrize("rule", CASES)
def test_what_other_providers_see_changes_no_verdict_and_the_message_names_the_own_one(rule: str, kind: str) -> None:
    for case in CASES[rule][kind]:
        alone = judge(steps_of(case, "mock"), example_world(case), today=TODAY)
        lab = judged("mock.lab", case, {"mock": World(account_id="1001"), "mock.old": World(account_id="1003")})
        assert [(found.rule, found.status, found.steps) for found in lab.findings] == [
            (found.rule, found.status, found.steps) for found in alone.findings
        ]
        assert lab.passed == alone.passed
        assert [found.message for found in lab.findings] == [f"mock.lab: {found.message}" for found in alone.findings]
        assert {found.provider for found in lab.findings} <= {"mock.lab"}


@pytest.mark.parametrize(("rule", "case"), flat_cases("fails"))
def test_a_rule_that_fails_at_one_provider_fails_though_another_has_the_same_ids_in_order(
    rule: str, case: dict[str, Any]
) -> None:
    report = judged("mock.lab", case, OTHERS)
    assert {(found.rule, found.provider) for found in report.findings} == {
        (only, "mock.lab") for only in case.get("only", [rule])
    }


@pytest.mark.parametrize(("rule", "case"), flat_cases("fails"))
def test_what_breaks_a_rule_at_another_provider_is_no_business_of_this_one(rule: str, case: dict[str, Any]) -> None:
    worlds = Worlds({"mock": example_world(), "mock.lab": example_world(case)})
    assert judge_steps(example_steps(["attach i-1 vpc-a"]), worlds, today=TODAY).findings == ()


@pytest.mark.parametrize(("rule", "case"), flat_cases("fails"))
def test_every_block_that_is_offered_names_the_provider_that_is_not_the_default_one(
    rule: str, case: dict[str, Any]
) -> None:
    for provider in ("mock.lab", "mock"):
        for finding in judged(provider, case, {**OTHERS, provider: World()}).findings:
            for body in RESOURCE.findall(str(finding.remedy)):
                assert bool(re.search(r"^  provider += mock.lab$", body, re.MULTILINE)) == (provider == "mock.lab")


def test_offered_blocks_of_two_providers_and_of_the_configuration_have_names_of_their_own() -> None:
    case = {"vpcs": [{"vpc_id": "vpc-a", "classic_link_enabled": False}]}
    worlds = Worlds({"mock": example_world(case), "mock.lab": example_world(case)})
    labels = Labels([Address("classiclink_vpc", "vpc-a")])
    steps = (*steps_of(case, "mock"), *(replace(step, id=2) for step in steps_of(case, "mock.lab")))
    report = judge_steps(steps, worlds, today=TODAY, circumstances=Circumstances(labels=lambda: labels))
    offered = [str(found.remedy) for found in report.findings]
    assert ['resource "classiclink_vpc" "vpc-a-2"' in offered[0], "provider" in offered[0]] == [True, False]
    assert 'resource "classiclink_vpc" "vpc-a-3" {\n  provider = mock.lab\n  vpc_id   = "vpc-a"\n}' in offered[1]


def test_commands_that_a_remedy_names_say_which_provider_is_meant() -> None:
    elsewhere = {"instances": [{"instance_id": "i-1", "account_id": "9"}]}
    (finding,) = judged("mock.lab", elsewhere, OTHERS).findings
    assert "cl advise i-1 vpc-a --provider mock.lab" in str(finding.remedy)
    linked = {"links": [{"instance_id": "i-1", "vpc_id": "vpc-a"}], "steps": ["disable vpc-a"]}
    (finding,) = judged("mock.lab", linked, OTHERS).findings
    assert "cl apply --drain mock.lab/vpc-a --include-unmanaged" in str(finding.remedy)
    (finding,) = judged("mock.lab", linked, {"mock": World()}).findings
    assert "cl apply --drain vpc-a --include-unmanaged" in str(finding.remedy)
