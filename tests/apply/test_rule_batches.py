"""Calls that are about several rules of a security group: which steps they gather, and how each of these ends."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from planner.apply.options import RetryPolicy
from planner.apply.pending_calls import PendingCalls
from planner.apply.retry import Attempt, Ending, Line
from planner.apply.schedule import Schedule
from planner.apply.stop import StopSignal
from planner.network.identity import Action, Authorization, RuleBatch, RuleSettings, Target
from planner.network.security_groups import SecurityGroup, SecurityRule
from planner.network.world import World
from planner.steps import Step
from providers.base import Refused, Unsure
from support.applying import MemoryCloud

AUTHORIZE, REVOKE, MODIFY = (
    Action.AUTHORIZE_SECURITY_RULE,
    Action.REVOKE_SECURITY_RULE,
    Action.MODIFY_SECURITY_RULE,
)


def step(number: int, action: Action = AUTHORIZE, group: str = "sg-a", needs: tuple[int, ...] = ()) -> Step:
    rule = Authorization(group, "sg-web", "tcp", f"{number}/{number}", "accept")
    return Step(number, action, rule, None, "mock", needs=needs, settings=RuleSettings())


@dataclass
class Rules(MemoryCloud):
    """A cloud of rules: refuses what is `bad`, and loses the first replies, of which so many rules were done."""

    bad: frozenset[int] = frozenset()
    lost: int | None = None
    done: dict[Authorization, None] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._guard = threading.Lock()

    def perform(self, action: Action, target: Target) -> None:
        assert isinstance(target, RuleBatch)
        self.sizes.append(len(target.calls))
        rules = [call.rule for call in target.calls]
        if any(int(rule.port_range.partition("/")[0]) in self.bad for rule in rules):
            raise Refused("InvalidParam", "one of them")
        count, self.lost = (len(rules) if self.lost is None else self.lost), None
        self.done.update(dict.fromkeys(rules[:count]))
        if count < len(rules):
            raise Unsure("ConnectionLost", "The connection broke.")

    def look(self, targets: object) -> World:
        rules = [SecurityRule("sg-web", None, "tcp", rule.port_range) for rule in self.done]
        return World("1", security_groups={"sg-a": SecurityGroup("sg-a", "r", "1", "vpc-a", rules=tuple(rules))})


def performed(cloud: Rules, count: int) -> list[Ending]:
    steps = tuple(step(number) for number in range(1, count + 1))
    policy = RetryPolicy(first_wait=0.0, longest_wait=0.0)
    results = Attempt(steps, Line(cloud), policy, StopSignal(), PendingCalls()).run()
    assert results is not None
    assert [result.step for result in results] == [each.id for each in steps]
    return [result.ending for result in results]


def test_the_steps_of_a_group_that_may_start_together_are_one_call_of_a_hundred_at_most() -> None:
    steps = [step(number) for number in range(1, 131)]
    steps += [step(131, group="sg-b"), step(132, REVOKE), step(133, MODIFY), step(134, MODIFY), step(135, needs=(131,))]
    schedule = Schedule(steps)
    taken = schedule.take(9)
    assert [[each.id for each in call] for call in taken] == [
        list(range(1, 101)),
        list(range(101, 131)),
        [131],
        [132],
        [133],
        [134],
    ]
    schedule.done(131)
    assert [[each.id for each in call] for call in schedule.take(9)] == [[135]]


def test_no_more_calls_are_taken_than_asked_for() -> None:
    schedule = Schedule([step(number, group=f"sg-{number}") for number in range(1, 6)])
    assert [call[0].id for call in schedule.take(2)] == [1, 2]
    assert [call[0].id for call in schedule.take(0)] == []
    assert [call[0].id for call in schedule.take(9)] == [3, 4, 5]


def test_where_a_call_is_refused_its_halves_are_tried_until_the_refusal_is_of_one_rule() -> None:
    cloud = Rules(bad=frozenset({5}))
    endings = performed(cloud, 8)
    assert [number for number, ending in enumerate(endings, 1) if ending is Ending.REFUSED] == [5]
    assert endings.count(Ending.DONE) == 7
    assert cloud.sizes == [8, 4, 4, 2, 1, 1, 2]


def test_what_is_refused_for_every_rule_is_not_asked_of_each_of_a_hundred() -> None:
    cloud = Rules(bad=frozenset(range(1, 101)))
    assert set(performed(cloud, 100)) == {Ending.REFUSED}
    assert len(cloud.sizes) < 20


def test_after_a_lost_reply_only_what_is_not_there_is_asked_for_again() -> None:
    cloud = Rules(lost=3)
    assert set(performed(cloud, 5)) == {Ending.DONE}
    assert cloud.sizes == [5, 2]


def test_a_call_that_fails_for_good_after_a_lost_reply_ends_each_step_as_it_is() -> None:
    cloud = Rules(lost=3)
    perform = cloud.perform

    def once(action: Action, target: Target) -> None:
        if cloud.sizes:
            raise Refused("Forbidden", "no")
        perform(action, target)

    cloud.perform = once  # type: ignore[method-assign]
    assert performed(cloud, 5) == [Ending.DONE] * 3 + [Ending.REFUSED] * 2
