"""When the accepted steps are looked for, and which: in a made time, so that no machine is too slow for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import count, pairwise
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.apply.looks import AcceptedStep, Looks
from planner.apply.retry import Ending, Result
from planner.documents.plan_steps import read_steps
from planner.network.identity import Action, Authorization, RuleSettings
from planner.steps import Step
from support.applying import PlanMaker

Shown = Callable[[Step], float]
"""Seconds after which the cloud shows an accepted step."""


class Look(NamedTuple):
    at: float
    steps: tuple[int, ...]


def steps_of(links: int) -> list[Step]:
    """The step that switches a VPC on, and after it one for each link."""
    plan = PlanMaker()
    enable = plan.enable("vpc-a")
    for number in range(links):
        plan.attach(f"i-{number}", "vpc-a", enable)
    return list(read_steps(plan.document))


def looked(looks: Looks, accepted: Mapping[Step, float], shown: Shown) -> list[Look]:
    """Every look, where steps are accepted at these times and nothing is left to do after the last of them."""
    made: list[Look] = []
    coming = [AcceptedStep(step, Result(step.id, Ending.DONE), since) for step, since in accepted.items()]
    now = coming[0].since
    looks.is_idle = False
    while True:
        due_at = looks.due_at()
        if coming and (due_at is None or coming[0].since <= due_at):
            now = max(now, coming[0].since)
            looks.add([coming.pop(0)])
            looks.is_idle = not coming
        elif due_at is None:
            return made
        else:
            now = max(now, due_at)
            batch = looks.due(now)
            made.append(Look(now, tuple(one.step.id for one in batch)))
            seen = {one.step.id: one.result for one in batch if now - one.since >= shown(one.step)}
            looks.learn(batch, seen, now, now)


def rules_of(groups: int, rules: int) -> list[list[Step]]:
    """For each of so many security groups, the steps that add so many rules to it."""
    numbers = count(1)

    def step(group: int, rule: int) -> Step:
        target = Authorization(f"sg-{group}", "sg-web", "tcp", f"{rule + 1}/{rule + 1}", "accept")
        return Step(next(numbers), Action.AUTHORIZE_SECURITY_RULE, target, None, "mock", settings=RuleSettings())

    return [[step(group, rule) for rule in range(rules)] for group in range(groups)]


def groups_read(batch: Sequence[AcceptedStep]) -> list[str]:
    """The groups that a look at these steps reads: each once."""
    return sorted({target.security_group_id for one in batch if isinstance(target := one.step.target, Authorization)})


def calls(made: list[Look]) -> int:
    """A call takes a hundred."""
    return sum(-(-len(look.steps) // 100) for look in made)


def test_a_step_that_others_need_is_looked_for_soon_and_after_growing_pauses() -> None:
    enable, *_ = steps_of(1)
    made = looked(Looks({enable.id}), {enable: 10.0}, lambda _: 5.0)
    pauses = [after.at - before.at for before, after in pairwise(made)]
    assert made[0].at - 10.0 <= 0.1
    assert pauses == sorted(pauses)
    assert pauses[0] <= 0.2
    assert max(pauses) <= 1.0


def test_a_hundred_are_looked_for_while_others_go_on_and_the_rest_at_the_end() -> None:
    enable, *links = steps_of(250)
    made = looked(Looks({enable.id}), {step: 0.01 * number for number, step in enumerate(links)}, lambda _: 0.0)
    assert [len(look.steps) for look in made] == [100, 100, 50]
    assert [round(look.at, 2) for look in made] == [0.99, 1.99, 2.49]


def test_how_long_the_cloud_takes_is_learned_and_not_asked_for_every_step() -> None:
    enable, *links = steps_of(1_000)
    accepted = {step: 0.002 * number for number, step in enumerate(links)}
    made = looked(Looks({enable.id}), accepted, lambda _: 0.7)
    assert calls(made) <= 10 + 3
    assert made[-1].at - accepted[links[-1]] < 0.7 + 0.1


@pytest.mark.parametrize("needed", [False, True])
@pytest.mark.parametrize("rules", [37, 100])
@given(looks_between=st.lists(st.booleans(), min_size=10, max_size=10))
def test_a_group_whose_rules_are_shown_at_once_is_read_once_for_a_call(
    looks_between: list[bool], rules: int, needed: bool
) -> None:
    calls_made = rules_of(10, rules)
    looks = Looks({step.id for steps in calls_made for step in steps} if needed else ())
    read: list[str] = []

    def look() -> None:
        batch = looks.due(1.0)
        read.extend(groups_read(batch))
        looks.learn(batch, {one.step.id: one.result for one in batch}, 1.0, 1.0)

    for steps, is_looked in zip(calls_made, looks_between, strict=True):
        looks.add([AcceptedStep(step, Result(step.id, Ending.DONE), 0.0) for step in steps])
        if is_looked and looks.due_at() is not None:
            look()
    looks.is_idle = True
    while looks.due_at() is not None:
        look()
    assert sorted(read) == [f"sg-{number}" for number in range(10)]


def test_how_long_a_vpc_takes_says_nothing_of_links() -> None:
    enable, *links = steps_of(150)
    looks = Looks({enable.id})
    ready = looked(looks, {enable: 0.0}, lambda _: 2.0)[-1].at
    made = looked(looks, dict.fromkeys(links, ready), lambda _: 0.0)
    assert [look.at for look in made] == [ready, ready]
