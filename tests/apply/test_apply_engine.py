"""The engine: every step once, failures kept to their own branch, stops that leave nothing unsaid."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from planner.address import parse_address
from planner.apply import engine, pending_calls, workers
from planner.apply.engine import apply_plan
from planner.apply.events import ApplyComplete, ApplyErrored, ApplyStart, ChangeSummary, Event, PlannedStep
from planner.apply.options import ApplyOptions, RetryPolicy
from planner.apply.outcome import Outcome
from planner.apply.retry import Ending, Line, Result
from planner.apply.schedule import Schedule
from planner.apply.stop import StopSignal
from planner.apply.workers import Started, Workers
from planner.diagnostics import Diagnostic, ProviderError, StateError
from planner.documents.plan_steps import read_steps
from planner.exit_codes import ExitCode
from planner.network.identity import Action, Identity, Target
from planner.recovery.recover import recover
from planner.state.backends.declared import BackendBlock
from planner.state.backends.http.backend import open_http
from planner.state.backends.resolve import resolve
from planner.state.load import load_state
from planner.state.model import State
from planner.state.store import Store
from providers.base import CallFailed, Refused, Throttled
from support.applying import LostReply, MemoryCloud, PlanMaker, address_of, not_done, state_of
from support.gitlab_state import serving
from support.stores import FileStore
from support.watching import PATIENCE, until

QUICK = RetryPolicy(first_wait=0.0005, longest_wait=0.002, unsure_tries=4)


@pytest.fixture
def store(tmp_path: Path) -> FileStore:
    return FileStore(tmp_path / "cl.state.json")


def applied(plan: PlanMaker, cloud: MemoryCloud, store: FileStore, **options: Any) -> Outcome:
    chosen = ApplyOptions(
        operation=options.pop("operation", "apply"),
        parallelism=options.pop("parallelism", 10),
        run_timeout=options.pop("run_timeout", None),
        retry=options.pop("policy", QUICK),
    )
    with store.under_lock():
        return apply_plan(plan.document, {"mock": cloud}, store, chosen, **options)


def fleet(size: int) -> PlanMaker:
    plan = PlanMaker()
    enable = plan.enable("vpc-a")
    for number in range(size):
        plan.attach(f"i-{number}", "vpc-a", enable)
    return plan


def test_a_throttled_step_stands_in_line_again_and_does_not_sleep_by_itself(store: FileStore) -> None:
    cloud = MemoryCloud(["vpc-a"], fault=lambda call, *_: Throttled("Throttling.User", "") if call < 10 else None)
    began = time.monotonic()
    outcome = applied(fleet(8), cloud, store, policy=RetryPolicy(first_wait=36_000.0, longest_wait=36_000.0))
    assert outcome.exit_code is ExitCode.DONE
    assert time.monotonic() - began < PATIENCE


@pytest.mark.parametrize("parallelism", [1, 4, 32])
def test_every_step_is_taken_once_after_what_it_needs(store: FileStore, parallelism: int) -> None:
    cloud = MemoryCloud(["vpc-a"])
    outcome = applied(fleet(50), cloud, store, parallelism=parallelism)
    assert outcome.exit_code is ExitCode.DONE
    assert cloud.log[0] == ("enable_classic_link", "vpc-a")
    assert set(Counter(cloud.log).values()) == {1}
    assert len(cloud.links) == 50
    assert len(outcome.state.objects) == 51
    assert store.read() == outcome.state
    assert not store.journal_path.exists()


def test_a_plan_without_steps_only_writes_the_state(store: FileStore) -> None:
    plan = PlanMaker()
    plan.entry("classiclink_vpc.a", ["no-op"], after={"vpc_id": "vpc-a"}, change={"importing": {"id": "vpc-a"}})
    outcome = applied(plan, MemoryCloud(), store)
    assert list(map(str, outcome.state.objects)) == ["classiclink_vpc.a"]
    assert outcome.state.serial == 1


def test_a_failed_step_stops_what_needs_it_and_nothing_else(store: FileStore) -> None:
    plan = PlanMaker()
    for vpc_id in ("vpc-a", "vpc-b"):
        enable = plan.enable(vpc_id)
        plan.attach(f"i-{vpc_id}", vpc_id, enable)

    def fault(_call: int, action: Action, target: Target) -> CallFailed | None:
        refused = action is Action.ENABLE and target.vpc_id == "vpc-a"
        return Refused("IncorrectVpcStatus", "Pending.") if refused else None

    events: list[Event] = []
    cloud = MemoryCloud(["vpc-a", "vpc-b"], fault=fault)
    outcome = applied(plan, cloud, store, events=events.append)
    assert outcome.exit_code is ExitCode.ERROR
    assert list(outcome.failed) == [1]
    assert "IncorrectVpcStatus: Pending." in outcome.failed[1].detail
    assert outcome.skipped == {2: 1}
    assert sorted(outcome.done) == [3, 4]
    assert cloud.links == {"i-vpc-b": "vpc-b"}
    assert set(map(str, store.read().objects)) == {"classiclink_vpc.vpc-b", address_of("i-vpc-b")}
    messages = [(event.step, event.because_of) for event in events if isinstance(event, ApplyErrored)]
    assert messages == [(1, None), (2, 1)]


def test_where_nothing_was_done_the_plan_may_be_applied_again(store: FileStore) -> None:
    plan = fleet(1)
    outcome = applied(plan, MemoryCloud(["vpc-a"], fault=lambda *_: Refused("Forbidden", "no")), store)
    assert not outcome.done
    assert store.read().applied_plans == ()
    assert not store.path.exists()


def test_a_lost_reply_is_looked_up_and_not_called_again(store: FileStore) -> None:
    cloud = MemoryCloud(["vpc-a"], fault=lambda *_: LostReply())
    outcome = applied(fleet(20), cloud, store)
    assert len(outcome.done) == 21
    assert set(Counter(cloud.log).values()) == {1}


def test_what_did_not_happen_is_called_again(store: FileStore) -> None:
    cloud = MemoryCloud(["vpc-a"], fault=lambda call, *_: not_done() if call % 2 else None)
    outcome = applied(fleet(10), cloud, store, parallelism=1)
    assert len(outcome.done) == 11
    assert set(Counter(cloud.log).values()) == {1}


def test_a_call_that_comes_through_late_is_found_when_the_repeat_is_refused(store: FileStore) -> None:
    class Late(MemoryCloud):
        """The first attach takes effect only after it was read that it did not."""

        def perform(self, action: Action, target: Target) -> None:
            if action is Action.ATTACH and self.calls == 1:
                self.calls += 1
                raise not_done()
            if action is Action.ATTACH:
                self.links.setdefault("i-0", "vpc-a")
            super().perform(action, target)

    cloud = Late(["vpc-a"])
    outcome = applied(fleet(1), cloud, store)
    assert sorted(outcome.done) == [1, 2]


def test_a_throttle_on_every_third_call_is_waited_out(store: FileStore) -> None:
    fault = Throttled("Throttling.User", "slow down")
    cloud = MemoryCloud(["vpc-a"], fault=lambda call, *_: fault if call % 3 == 0 else None)
    plan = fleet(3)
    outcome = applied(plan, cloud, store)
    assert len(outcome.done) == 4
    assert set(Counter(cloud.log).values()) == {1}
    assert outcome.throttles >= 1


def test_a_cloud_that_throttles_for_ever_ends_the_step_in_time(store: FileStore) -> None:
    cloud = MemoryCloud(["vpc-a"], fault=lambda *_: Throttled("Throttling.User", "slow down"))
    outcome = applied(fleet(1), cloud, store, policy=RetryPolicy(first_wait=0.001, step_timeout=0.05))
    assert outcome.failed[1].code == "PRV303"
    assert outcome.skipped == {2: 1}


def test_an_outcome_that_cannot_be_read_is_said_to_be_unknown(store: FileStore) -> None:
    class Blind(MemoryCloud):
        def look(self, targets: Collection[Identity]) -> Any:
            raise ProviderError(())

    outcome = applied(
        fleet(1), Blind(["vpc-a"], fault=lambda _c, a, _t: LostReply() if a is Action.ATTACH else None), store
    )
    assert outcome.failed[2].code == "PRV302"
    assert len(outcome.state.objects) == 1


def test_a_step_whose_end_is_unknown_is_asked_about_until_the_cloud_shows(store: FileStore) -> None:
    class Blind(MemoryCloud):
        blind = True

        def look(self, targets: Collection[Identity]) -> Any:
            if self.blind:
                raise ProviderError(())
            return super().look(targets)

    cloud = Blind(["vpc-a"], fault=lambda _c, _a, target: LostReply() if target.instance_id == "i-1" else None)
    outcome = applied(fleet(3), cloud, store)
    assert [problem.code for problem in outcome.failed.values()] == ["PRV302"]
    assert {found.identity.instance_id for found in store.read().objects.values()} == {None, "i-0", "i-2"}
    with store.locked("apply"):
        with pytest.raises(ProviderError):
            recover(store, {"mock": cloud})
        cloud.blind = False
        recover(store, {"mock": cloud})
    assert {found.identity.instance_id for found in store.read().objects.values()} == {None, "i-0", "i-1", "i-2"}
    assert not store.journal_path.exists()


def test_a_command_that_lost_the_lock_begins_nothing_more_and_loses_nothing(store: FileStore) -> None:
    class Robbed(MemoryCloud):
        def perform(self, action: Action, target: Target) -> None:
            super().perform(action, target)
            if len(self.log) == 3:
                other = FileStore(store.path)
                with other.ignoring_the_lock():
                    recover(other, {"mock": self})

    cloud = Robbed(["vpc-a"])
    outcome = applied(fleet(20), cloud, store, parallelism=1)
    assert {"STA314", "STA109"} <= {problem.code for problem in outcome.diagnostics}
    assert 3 <= len(cloud.log) < 20
    kept = load_state(store.path.with_name("errored.cl.state.json"))
    assert kept is not None
    assert {found.identity.instance_id for found in kept.objects.values()} == {None, *cloud.links}


def test_a_command_that_lost_the_lock_begins_nothing_more_and_leaves_state_and_journal_alone(store: FileStore) -> None:
    class Robbed(MemoryCloud):
        def perform(self, action: Action, target: Target) -> None:
            if len(self.log) == 3 and store.lock_path.exists():
                store.lock_path.unlink()
                raise Refused("Forbidden", "no")
            super().perform(action, target)

    cloud = Robbed(["vpc-a"])
    with store.locked("apply"):
        outcome = applied(fleet(400), cloud, store, parallelism=1)
    assert [problem.code for problem in outcome.diagnostics] == ["STA207"]
    assert not outcome.folded
    assert outcome.failed
    assert not any("in the state" in problem.remedy.text for problem in outcome.failed.values())
    assert 3 <= len(cloud.log) < 300
    assert store.read() == State()
    assert store.journal_path.exists()
    kept = load_state(store.path.with_name("errored.cl.state.json"))
    assert kept is not None
    assert {found.identity.instance_id for found in kept.objects.values()} == {None, *cloud.links}


@dataclass
class Lock:
    """A lock that is lost, or that is not sure until it was asked so often."""

    is_lost: bool = False
    unsure: int = 0

    def check_lock(self) -> None:
        if self.is_lost:
            raise StateError(())

    def is_lock_sure(self) -> bool:
        self.unsure -= 1
        return self.unsure < 0


def test_a_thread_that_begins_a_step_after_a_pause_looks_at_the_lock_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_LOCK_CHECK", 0.0)
    cloud = MemoryCloud(["vpc-a"])
    threads = Workers(1, {"mock": Line(cloud)}, QUICK, StopSignal(), guard=Lock(is_lost=True))
    step = read_steps(fleet(1).document)[0]
    threads.give((step,))
    assert threads.receive(PATIENCE) == [Result(step.id, Ending.NOT_STARTED)]
    threads.close()
    assert cloud.log == []


def test_while_a_lock_is_not_sure_no_call_begins_and_then_it_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_LOCK_CHECK", 0.0)
    monkeypatch.setattr(workers, "_UNSURE", 0.0)
    cloud, lock = MemoryCloud(["vpc-a"]), Lock(unsure=3)
    threads = Workers(1, {"mock": Line(cloud)}, QUICK, StopSignal(), guard=lock)
    threads.give((read_steps(fleet(1).document)[0],))
    assert threads.receive(PATIENCE)[0] == Started(1)
    assert lock.unsure == -1
    threads.close()


def test_an_apply_that_is_stopped_waits_for_no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "_LOCK_CHECK", 0.0)
    cloud, stop = MemoryCloud(["vpc-a"]), StopSignal()

    class Stopping(Lock):
        def is_lock_sure(self) -> bool:
            stop.ask()
            return False

    threads = Workers(1, {"mock": Line(cloud)}, QUICK, stop, guard=Stopping())
    threads.give((read_steps(fleet(1).document)[0],))
    assert threads.receive(PATIENCE) == [Result(1, Ending.NOT_STARTED)]
    threads.close()
    assert cloud.log == []


def test_a_defect_of_the_provider_is_no_traceback(store: FileStore) -> None:
    class Broken(MemoryCloud):
        def perform(self, action: Action, target: Target) -> None:
            raise ZeroDivisionError("oops")

    outcome = applied(fleet(1), Broken(["vpc-a"]), store)
    assert "ZeroDivisionError: oops" in outcome.failed[1].detail


class Gate(MemoryCloud):
    """A cloud whose call number `at` asks to stop, and waits there for `release`."""

    def __init__(self, at: int, stop: StopSignal, **more: Any) -> None:
        super().__init__(["vpc-a"], **more)
        self.at, self.stop, self.asks = at, stop, 1
        self.release = threading.Event()

    def perform(self, action: Action, target: Target) -> None:
        super().perform(action, target)
        if self.calls == self.at:
            for _ in range(self.asks):
                self.stop.ask()
            self.release.wait(PATIENCE)


def test_asked_to_stop_it_ends_what_runs_and_folds_it(store: FileStore) -> None:
    stop = StopSignal()
    cloud = Gate(5, stop)
    cloud.release.set()
    outcome = applied(fleet(20), cloud, store, parallelism=1, stop=stop)
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert outcome.folded
    assert len(outcome.done) == len(cloud.log) == 5
    assert len(outcome.left) == 16
    assert len(store.read().objects) == 5
    assert not store.journal_path.exists()


def test_asked_twice_it_stops_at_once_and_leaves_the_journal(store: FileStore) -> None:
    stop = StopSignal()
    cloud = Gate(5, stop)
    cloud.asks = 2
    outcome = applied(fleet(20), cloud, store, parallelism=1, stop=stop)
    cloud.release.set()
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert not outcome.folded
    record = store.read_journal()
    assert record is not None
    assert 5 in record.unsure
    assert not store.path.exists()


class Clock:
    """Goes on when the test says so."""

    now = 0.0
    asked = 0

    def monotonic(self) -> float:
        self.asked += 1
        return self.now


def test_a_call_that_hangs_is_given_up_and_looked_up(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    clock, release = Clock(), threading.Event()
    both_hang = threading.Barrier(2, action=lambda: setattr(clock, "now", 2 * QUICK.step_timeout))
    monkeypatch.setattr(pending_calls, "time", clock)

    class Hanging(MemoryCloud):
        def perform(self, action: Action, target: Target) -> None:
            super().perform(action, target)
            if target.instance_id in ("i-0", "i-1"):
                if target.instance_id == "i-1":
                    with self._lock:
                        del self.links["i-1"]
                both_hang.wait(PATIENCE)
                release.wait(PATIENCE)

    outcome = applied(fleet(5), Hanging(["vpc-a"]), store, parallelism=2)
    release.set()
    assert sorted(outcome.done) == [1, 2, 4, 5, 6]
    assert outcome.failed[3].code == "PRV302"


def test_a_call_that_was_given_up_is_not_made_again_when_it_comes_back(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, release, back = Clock(), threading.Event(), threading.Event()
    monkeypatch.setattr(pending_calls, "time", clock)

    class Hanging(MemoryCloud):
        tries = 0
        threads: ClassVar[list[threading.Thread]] = []

        def perform(self, action: Action, target: Target) -> None:
            if target.instance_id != "i-0":
                return super().perform(action, target)
            self.tries += 1
            self.threads.append(threading.current_thread())
            until(lambda: len(self.log) == 3)
            clock.now = 2 * QUICK.step_timeout
            release.wait(PATIENCE)
            raise not_done()

        def look(self, targets: Collection[Identity]) -> Any:
            if release.is_set():
                back.set()
            return super().look(targets)

    cloud = Hanging(["vpc-a"])
    outcome = applied(fleet(3), cloud, store, parallelism=2)
    assert outcome.failed[2].code == "PRV302"
    release.set()
    assert back.wait(PATIENCE), "who comes back looks, but does not call"
    cloud.threads[0].join(PATIENCE)
    assert not cloud.threads[0].is_alive()
    assert cloud.tries == 1
    assert "i-0" not in cloud.links


@pytest.mark.parametrize("how", ["late", "asked to stop"])
def test_what_comes_during_the_last_call_cuts_nothing_short(
    store: FileStore, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, clock = StopSignal(), Clock()
    monkeypatch.setattr(engine, "time", clock)

    def pass_time() -> None:
        clock.now, clock.asked = 1.0, 0
        until(lambda: clock.asked > 1)

    class LastOne(MemoryCloud):
        def perform(self, action: Action, target: Target) -> None:
            super().perform(action, target)
            if len(self.log) == 4:
                stop.ask() if how == "asked to stop" else pass_time()

    outcome = applied(fleet(3), LastOne(["vpc-a"]), store, stop=stop, run_timeout=0.1 if how == "late" else None)
    assert outcome.exit_code is ExitCode.DONE
    assert outcome.diagnostics == ()
    assert not outcome.interrupted


def test_a_run_out_of_time_starts_nothing_more(store: FileStore) -> None:
    release = threading.Event()

    class Slow(MemoryCloud):
        def perform(self, action: Action, target: Target) -> None:
            super().perform(action, target)
            if action is Action.ATTACH:
                release.wait(0.4)

    outcome = applied(fleet(50), Slow(["vpc-a"]), store, parallelism=2, run_timeout=0.1)
    assert [problem.code for problem in outcome.diagnostics] == ["PRV305"]
    assert outcome.exit_code is ExitCode.ERROR
    assert outcome.left
    assert len(store.read().objects) == len(outcome.done)


def test_the_second_half_of_a_move_is_urgent() -> None:
    plan = PlanMaker()
    for number in range(3):
        plan.move(f"i-{number}", "vpc-a", "vpc-b")
    schedule = Schedule(read_steps(plan.document))
    assert [step.id for (step,) in schedule.take(2)] == [1, 3]
    schedule.done(1)
    schedule.done(3)
    assert [step.id for step in schedule.take_urgent()] == [2, 4]
    assert [step.id for (step,) in schedule.take(9)] == [5]
    assert schedule.take_urgent() == []


def test_an_urgent_step_goes_before_everything_that_waits_for_a_worker() -> None:
    begun, release = threading.Event(), threading.Event()

    class Slow(MemoryCloud):
        def perform(self, action: Action, target: Target) -> None:
            begun.set()
            release.wait(PATIENCE)
            super().perform(action, target)

    cloud = Slow(["vpc-a", "vpc-b", "vpc-c", "vpc-d"])
    plan = PlanMaker()
    for vpc_id in cloud.enabled:
        plan.enable(vpc_id)
    first, second, third, urgent = read_steps(plan.document)
    workers = Workers(1, {"mock": Line(cloud)}, QUICK, StopSignal())
    for step in (first, second, third):
        workers.give((step,))
    begun.wait(PATIENCE)
    workers.give((urgent,), urgent=True)
    release.set()
    ended: list[int] = []
    while len(ended) < 4:
        ended += [message.step for message in workers.receive(1.0) if isinstance(message, Result)]
    workers.close()
    assert ended == [1, 4, 2, 3]


def test_after_a_slow_step_that_others_need_an_urgent_one_has_time_to_come_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Slow(MemoryCloud):
        def perform(self, action: Action, target: Target) -> None:
            threading.Event().wait(0.02)
            super().perform(action, target)

    pauses: list[float] = []
    is_given = threading.Event()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        is_given.wait(PATIENCE)

    monkeypatch.setattr(workers, "time", SimpleNamespace(monotonic=time.monotonic, sleep=pause))
    plan = PlanMaker()
    plan.move("i-0", "vpc-a", "vpc-b")
    plan.attach("i-1", "vpc-b")
    detach, attach, other = read_steps(plan.document)
    threads = Workers(1, {"mock": Line(Slow(["vpc-b"], {"i-0": "vpc-a"}))}, QUICK, StopSignal(), {detach.id})
    threads.give((detach,))
    threads.give((other,))
    ended: list[int] = []
    while len(ended) < 3:
        found = [message.step for message in threads.receive(1.0) if isinstance(message, Result)]
        if detach.id in found:
            threads.give((attach,), urgent=True)
            is_given.set()
        ended += found
    threads.close()
    assert ended == [detach.id, attach.id, other.id]
    assert pauses == [workers._PRECEDENCE]


def test_an_instance_left_without_a_link_is_reported_and_not_in_the_state(store: FileStore) -> None:
    plan = PlanMaker()
    plan.move("i-0", "vpc-a", "vpc-b")
    store.write(state_of({"i-0": "vpc-a"}), operation="test")
    outcome = applied(plan, MemoryCloud(["vpc-b"], {"i-0": "vpc-a"}), store)
    assert list(outcome.failed) == [2]
    assert [problem.code for problem in outcome.diagnostics] == ["PRV304"]
    assert parse_address(address_of("i-0")) not in outcome.state.objects


def test_where_the_state_cannot_be_written_the_journal_stays(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any, **__: Any) -> Any:
        raise StateError(())

    monkeypatch.setattr(FileStore, "write", full)
    outcome = applied(fleet(3), MemoryCloud(["vpc-a"]), store)
    assert not outcome.folded
    assert len(outcome.state.objects) == 4
    assert store.journal_path.exists()


def test_a_step_of_an_unknown_provider_is_refused_before_anything(store: FileStore) -> None:
    with pytest.raises(ProviderError) as caught, store.locked("apply"):
        apply_plan(fleet(1).document, {}, store)
    assert caught.value.diagnostics[0].code == "PRV306"
    assert not store.journal_path.exists()


def test_every_step_is_reported_from_plan_to_end(store: FileStore) -> None:
    events: list[Event] = []
    applied(fleet(2), MemoryCloud(["vpc-a"]), store, events=events.append)
    for kind in (PlannedStep, ApplyStart, ApplyComplete):
        assert sorted(event.step for event in events if isinstance(event, kind)) == [1, 2, 3]
    summary = events[-1]
    assert isinstance(summary, ChangeSummary)
    assert (summary.done, summary.failed, summary.skipped, summary.left) == (3, 0, 0, 0)
    assert replace(events[0], time=1767323045.678).to_json() == {
        "type": "planned_step", "time": "2026-01-02T03:04:05.678Z", "step": 1, "action": "enable_classic_link",
        "address": "classiclink_vpc.vpc-a", "provider": "mock", "vpc_id": "vpc-a", "needs": [],
    }  # fmt: skip


def test_where_only_the_journal_cannot_be_removed_the_state_still_counts(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kept(*_: Any) -> Any:
        raise StateError(Diagnostic("STA307", "Journal cannot be removed"))

    monkeypatch.setattr(FileStore, "remove_journal", kept)
    outcome = applied(fleet(3), MemoryCloud(["vpc-a"]), store)
    assert outcome.folded
    assert [problem.code for problem in outcome.diagnostics] == ["STA307"]
    assert store.read() == outcome.state
    assert len(outcome.state.objects) == 4


def test_where_the_system_gives_no_more_threads_those_that_there_are_do_the_work(
    store: FileStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []
    start = threading.Thread.start

    def limited(thread: threading.Thread) -> None:
        if thread.name == "apply" and len(started) == 3:
            raise RuntimeError("can't start new thread")
        start(thread)
        started.append(thread.name)

    with store.locked("apply"):
        monkeypatch.setattr(threading.Thread, "start", limited)
        outcome = applied(fleet(50), MemoryCloud(["vpc-a"]), store, parallelism=10)
    assert outcome.exit_code is ExitCode.DONE
    assert started == ["apply"] * 3


def test_a_second_signal_ends_the_wait_for_a_backend_that_hangs_while_the_state_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server that takes the last write and does not answer it."""
    monkeypatch.chdir(tmp_path)
    main, released = threading.main_thread(), threading.Event()
    with serving() as gitlab, StopSignal().on_signals() as stop:

        def hang(method: str, _path: str) -> None:
            if method == "POST" and json.loads(gitlab.state().latest or b"{}").get("state"):
                assert main.ident is not None
                signal.pthread_kill(main.ident, signal.SIGTERM)
                until(lambda: stop.gently)
                signal.pthread_kill(main.ident, signal.SIGTERM)
                assert released.wait(PATIENCE)

        gitlab.before_reply = hang
        backend = open_http(resolve(BackendBlock("http", gitlab.settings()), {}))
        store = Store(backend.place("default"))
        try:
            with store.locked("apply"):
                outcome = apply_plan(fleet(2).document, {"mock": MemoryCloud(["vpc-a"])}, store, stop=stop)
        finally:
            released.set()
    assert outcome.exit_code is ExitCode.ERROR
    (problem,) = outcome.diagnostics
    assert problem.code == "STA446"
    assert "had not answered when the apply was interrupted" in problem.detail
    assert f"The new state is in {tmp_path / 'errored.cl.state.json'}" in problem.detail
    saved = load_state(tmp_path / "errored.cl.state.json")
    assert saved is not None
    assert len(saved.objects) == 3
    assert gitlab.state().lock is None
