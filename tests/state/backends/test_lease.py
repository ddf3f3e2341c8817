"""Leases: when a holder stops, and when a waiter takes over, by clocks that the test sets."""

from __future__ import annotations

import threading

import pytest

from planner.diagnostics import Severity, StateError
from planner.state.backends.lease import Lease, LockLost, Tenure, Watch, awake_or_asleep, taken_over
from planner.state.backends.patience import Unreachable
from planner.state.backends.protocol import LockInfo
from planner.state.backends.refusals import lock_lost, locked_by

LEASE = Lease(60)


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.time = 1000.0

    def __call__(self) -> float:
        return self.time


def codes(problem: LockLost) -> list[str]:
    return [diagnostic.code for diagnostic in problem.diagnostics]


def test_a_lease_is_renewed_every_sixth_and_sure_for_two_thirds() -> None:
    assert (LEASE.renewal, LEASE.sure) == (10, 40)


def test_a_holder_begins_nothing_once_it_has_not_renewed_for_two_thirds_of_the_lease() -> None:
    clock = Clock()
    tenure = Tenure("s3://b/k", LEASE, lambda: None, clock(), clock)
    clock.time += 39.9
    assert tenure.is_sure()
    clock.time += 0.1
    assert not tenure.is_sure()
    tenure.check()  # it may still be its own
    tenure.ensure()
    assert tenure.is_sure()


def test_a_holder_stops_a_minute_after_its_first_renewal_failed() -> None:
    clock = Clock()

    def renew() -> None:
        raise Unreachable("connection refused")

    tenure = Tenure("s3://b/k", LEASE, renew, clock(), clock)
    for _ in range(7):
        tenure.check()
        clock.time += 10
        with pytest.raises(Unreachable):
            tenure.renew()
    with pytest.raises(StateError) as caught:
        tenure.check()
    assert [problem.code for problem in caught.value.diagnostics] == ["STA446"]
    assert "connection refused" in caught.value.diagnostics[0].detail


def test_a_holder_that_was_paused_for_hours_asks_before_it_stops() -> None:
    clock = Clock()
    tenure = Tenure("s3://b/k", LEASE, lambda: None, clock(), clock)
    clock.time += 9999
    assert not tenure.is_sure()
    tenure.check()


def test_a_renewal_counts_from_its_start() -> None:
    clock = Clock()

    def slow() -> None:
        clock.time += 30

    tenure = Tenure("s3://b/k", LEASE, slow, clock(), clock)
    tenure.renew()
    clock.time += 9.9
    assert tenure.is_sure()
    clock.time += 0.1
    assert not tenure.is_sure()


def test_a_lock_that_is_lost_stays_lost_and_is_renewed_no_more() -> None:
    clock, asked = Clock(), 0

    def renew() -> None:
        nonlocal asked
        asked += 1
        raise LockLost(lock_lost("s3://b/k"))

    tenure = Tenure("s3://b/k", LEASE, renew, clock(), clock)
    for _ in range(2):
        with pytest.raises(LockLost):
            tenure.renew()
    with pytest.raises(LockLost) as caught:
        tenure.check()
    assert codes(caught.value) == ["STA207"]
    assert asked == 1


def test_what_another_request_shows_of_the_lock_counts_too() -> None:
    tenure = Tenure("s3://b/k", LEASE, lambda: None, awake_or_asleep())
    tenure.lose(LockLost(lock_lost("s3://b/k")))
    with pytest.raises(LockLost):
        tenure.check()


def test_the_thread_renews_every_sixth_and_goes_on_after_failures_until_the_lock_is_lost() -> None:
    clock, waits, answers = Clock(), [], iter(["ok", "away", "ok", "lost"])
    states: list[bool] = []
    over = threading.Event()

    def renew() -> None:
        answer = next(answers)
        if answer == "away":
            raise Unreachable("connection refused")
        if answer == "lost":
            raise LockLost(lock_lost("s3://b/k"))

    def pause(_ended: threading.Event, seconds: float) -> bool:
        waits.append(seconds)
        clock.time += 30
        states.append(tenure.is_sure())
        return False

    tenure = Tenure("s3://b/k", LEASE, renew, clock(), clock)
    with tenure.kept(pause):
        while threading.active_count() > 1 and any(t.name == "lock renewal" for t in threading.enumerate()):
            over.wait(0.001)
    assert waits == [10, 10, 1, 10]
    assert states == [True, True, False, True]
    with pytest.raises(LockLost):
        tenure.check()


def test_the_thread_ends_with_the_block() -> None:
    asked: list[None] = []
    tenure = Tenure("s3://b/k", LEASE, lambda: asked.append(None), awake_or_asleep())
    with tenure.kept():
        pass
    assert not any(thread.name == "lock renewal" for thread in threading.enumerate())
    assert not asked


def test_a_waiter_takes_over_only_what_it_saw_unchanged_for_a_whole_lease() -> None:
    clock = Clock()
    watch = Watch(clock)
    assert not watch.is_abandoned("1", LEASE, clock())
    clock.time += 59.9
    assert not watch.is_abandoned("1", LEASE, clock())
    assert not watch.is_abandoned("2", LEASE, clock())
    clock.time += 60
    assert watch.is_abandoned("2", LEASE, clock())


def test_a_waiter_counts_from_the_end_of_the_first_read_to_the_start_of_the_last() -> None:
    clock = Clock()
    watch = Watch(clock)
    began = clock()
    clock.time += 30  # the first read took that long
    assert not watch.is_abandoned("1", LEASE, began)
    began = clock() + 59
    clock.time += 70  # so did the last
    assert not watch.is_abandoned("1", LEASE, began)


def test_the_holder_s_own_lease_counts_whatever_the_waiter_s_is() -> None:
    clock = Clock()
    watch = Watch(clock)
    watch.is_abandoned("1", Lease(300), clock())
    clock.time += 100
    assert not watch.is_abandoned("1", Lease(300), clock())


def test_a_holder_stops_before_any_waiter_takes_over() -> None:
    clock = Clock()
    tenure, watch = Tenure("s3://b/k", LEASE, lambda: None, clock(), clock), Watch(clock)
    watch.is_abandoned("1", LEASE, clock())
    while tenure.is_sure():
        clock.time += 1
        assert not watch.is_abandoned("1", LEASE, clock())
    clock.time += 19
    assert not watch.is_abandoned("1", LEASE, clock())


def test_a_takeover_is_a_warning_that_says_from_whom() -> None:
    holder = LockInfo("1", "ann@desk", 7, "desk", "2026-01-01T00:00:00Z", "apply", "2026-01-01T00:00:00Z")
    warning = taken_over("s3://b/k", holder, LEASE)
    assert (warning.code, warning.severity) == ("STA208", Severity.WARNING)
    assert "ann@desk (process 7 on desk)" in warning.detail
    assert "no sign of life for 1m." in warning.detail


def test_a_lock_with_a_lease_says_how_long_a_wait_takes_it_over_and_one_without_does_not() -> None:
    holder = LockInfo("an-id", "me@here", 7, "here", "", "destroy", "")
    said = locked_by("s3://b/k.lock", holder, 60.0).remedy.text
    assert "--lock-timeout=5m, which also takes it over once it has shown no sign of life for 1m" in said
    assert "--lock-timeout=20m, " in locked_by("s3://b/k.lock", holder, 600.0).remedy.text
    assert "sign of life" not in locked_by("cl.state.json.lock", holder).remedy.text
