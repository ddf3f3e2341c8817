"""A cloud that shows later what it has accepted: a step begins once its needs are seen, and nothing is repeated."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Mapping
from pathlib import Path

import pytest

from planner.apply.engine import apply_plan
from planner.apply.options import ApplyOptions, RetryPolicy
from planner.apply.outcome import Outcome
from planner.exit_codes import ExitCode
from planner.network.identity import Action, Enablement, Identity, Link, Target
from planner.network.world import World
from planner.recovery.recover import recover
from planner.state.journal import DONE
from providers.base import Unsure
from support.applying import Fault, LostReply, MemoryCloud, PlanMaker, not_done
from support.stores import FileStore

QUICK = RetryPolicy(first_wait=0.0005, longest_wait=0.002, unsure_tries=4)


class Lagging(MemoryCloud):
    """A cloud whose readers see what it was so many looks ago."""

    def __init__(
        self,
        links: Mapping[str, str] | None = None,
        *,
        behind: int,
        settle_seconds: float = 600.0,
        fault: Fault | None = None,
    ) -> None:
        super().__init__(["vpc-a"], links, fault)
        self.settle_seconds = settle_seconds
        self.shown_at: list[tuple[str, int]] = []
        self._shown = deque([super().look(())] * behind)

    def perform(self, action: Action, target: Target) -> None:
        self.shown_at.append((target.id, self.reads))
        super().perform(action, target)

    def look(self, targets: Collection[Identity]) -> World:
        self._shown.append(super().look(targets))
        return self._shown.popleft()


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "cl.state.json")


def fleet(size: int) -> PlanMaker:
    plan = PlanMaker()
    enable = plan.enable("vpc-a")
    for number in range(size):
        plan.attach(f"i-{number}", "vpc-a", enable)
    return plan


def applied(plan: PlanMaker, cloud: MemoryCloud, store: FileStore, parallelism: int = 10) -> Outcome:
    with store.locked("apply"):
        return apply_plan(plan.document, {"mock": cloud}, store, ApplyOptions(parallelism=parallelism, retry=QUICK))


def test_a_step_begins_when_what_it_needs_was_seen(store: FileStore) -> None:
    cloud = Lagging(behind=2)
    outcome = applied(fleet(20), cloud, store)
    assert outcome.exit_code is ExitCode.DONE
    enabled_at = dict(cloud.shown_at)["vpc-a"]
    assert all(read >= enabled_at + 3 for target, read in cloud.shown_at if target != "vpc-a")
    assert set(Counter(cloud.log).values()) == {1}
    assert len(outcome.state.objects) == 21


def test_all_accepted_steps_are_looked_for_together(store: FileStore) -> None:
    cloud = Lagging(behind=2)
    applied(fleet(80), cloud, store)
    assert cloud.reads == 1 + 3 + 3  # before all, for the VPC, for the links


def test_what_was_accepted_and_never_seen_is_not_called_done(store: FileStore) -> None:
    cloud = Lagging(behind=10_000, settle_seconds=0.5)
    outcome = applied(fleet(1), cloud, store)
    assert outcome.exit_code is ExitCode.ERROR
    assert [problem.code for problem in outcome.failed.values()] == ["PRV302"]
    assert outcome.done == ()
    assert store.journal_path.exists()


def test_what_a_defect_of_the_provider_does_not_show_is_not_waited_for_for_ever(store: FileStore) -> None:
    class Broken(MemoryCloud):
        settle_seconds = 0.3

        def look(self, targets: Collection[Identity]) -> World:
            raise ZeroDivisionError("oops")

    outcome = applied(fleet(1), Broken(["vpc-a"]), store)
    assert [problem.code for problem in outcome.failed.values()] == ["PRV302"]
    assert store.journal_path.exists()


def test_a_lost_reply_is_believed_undone_only_after_the_cloud_had_time_to_show_it(store: FileStore) -> None:
    cloud = Lagging(behind=4, fault=lambda call, *_: LostReply() if call == 2 else None)
    outcome = applied(fleet(1), cloud, store)
    assert outcome.exit_code is ExitCode.DONE
    assert cloud.log == [("enable_classic_link", "vpc-a"), ("attach", "i-0/vpc-a")]


def test_a_call_that_was_not_made_is_made_again_after_that_time(store: FileStore) -> None:
    def fault(call: int, *_: object) -> Unsure | None:
        cloud.settle_seconds = 0.3 if call == 2 else 600.0
        return not_done() if call == 2 else None

    cloud = Lagging(behind=1, fault=fault)
    outcome = applied(fleet(1), cloud, store)
    assert outcome.exit_code is ExitCode.DONE
    assert cloud.log == [("enable_classic_link", "vpc-a"), ("attach", "i-0/vpc-a")]


def test_recovery_waits_until_the_cloud_shows_what_it_accepted(store: FileStore) -> None:
    plan = fleet(1)
    with store.left_behind(plan.document) as journal:
        journal.intent(1)
        journal.intent(2)
        journal.fact(1, DONE)
        journal.commit()
    cloud = Lagging(behind=3)
    cloud.perform(Action.ENABLE, Enablement("vpc-a"))
    cloud.perform(Action.ATTACH, Link("i-0", "vpc-a"))
    with store.locked("apply"):
        recover(store, {"mock": cloud})
    assert len(store.read().objects) == 2
    assert not store.journal_path.exists()


class Counted(MemoryCloud):
    """A cloud that takes a hundred objects in one call, and counts these calls: so many for each look."""

    settle_seconds = 600.0

    def __init__(self) -> None:
        super().__init__(["vpc-a"])
        self.portions: list[int] = []

    def look(self, targets: Collection[Identity]) -> World:
        self.portions.append(-(-len(targets) // 100))
        return super().look(targets)


def test_accepted_steps_are_looked_for_in_whole_calls_however_the_threads_take_turns(store: FileStore) -> None:
    cloud = Counted()
    applied(fleet(1_000), cloud, store, 32)
    assert sum(cloud.portions) == 1 + 10, cloud.portions
