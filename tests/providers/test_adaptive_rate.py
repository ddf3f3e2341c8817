"""The pace: near the cloud's limit, without being told it. Time is simulated."""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable
from itertools import count

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.apply.retry import Line
from planner.network.identity import Action
from providers.adaptive_rate import AdaptiveRate
from support.applying import MemoryCloud

Limit = Callable[[float], bool]
"""Whether the cloud takes a call at this moment."""


def sliding(limit: float) -> Limit:
    """So many calls in any second."""
    taken: deque[float] = deque()

    def takes(now: float) -> bool:
        while taken and now - taken[0] >= 1.0:
            taken.popleft()
        if len(taken) >= limit:
            return False
        taken.append(now)
        return True

    return takes


def bucket(limit: float) -> Limit:
    """A token bucket that holds the calls of one second."""
    tokens, filled = limit, 0.0

    def takes(now: float) -> bool:
        nonlocal tokens, filled
        tokens, filled = min(limit, tokens + (now - filled) * limit), now
        tokens -= (taken := tokens >= 1.0)
        return taken

    return takes


def calendar(limit: float) -> Limit:
    """So many calls in each second of the clock."""
    second, taken = 0, 0.0

    def takes(now: float) -> bool:
        nonlocal second, taken
        if int(now) != second:
            second, taken = int(now), 0.0
        taken += taken < limit
        return taken < limit

    return takes


def minutes(limit: float) -> Limit:
    """So many calls in each minute of the clock."""
    takes = calendar(limit + 1)
    return lambda now: takes(now / 60)


def changing(first: Limit, moment: float, then: Limit) -> Limit:
    return lambda now: (first if now < moment else then)(now)


def nothing(_now: float) -> bool:
    return False


def everything(_now: float) -> bool:
    return True


class Simulation:
    """Callers at a cloud with a limit; no time passes really."""

    def __init__(self, takes: Limit, *, latency: float = 0.05, callers: int = 10) -> None:
        self.now = 0.0
        self.rate = AdaptiveRate(lambda: self.now)
        self.taken: list[float] = []
        self.refused: list[float] = []
        self._takes, self._latency = takes, latency
        self._random = random.Random(7)  # noqa: S311
        self._line = callers
        self._is_first_waiting = False
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._numbers = count()

    def run(self, *, calls: float = float("inf"), until: float = float("inf")) -> float:
        """Go on until so many calls were taken, or until that moment; how long it took from the start."""
        self._begin_next()
        while len(self.taken) < calls and self._events[0][0] < until:
            self.now, _, happen = heapq.heappop(self._events)
            happen()
        return self.now

    def _after(self, seconds: float, happen: Callable[[], None]) -> None:
        heapq.heappush(self._events, (self.now + seconds, next(self._numbers), happen))

    def _begin_next(self) -> None:
        """The first in line waits for its turn, all others behind it."""
        if self._line and not self._is_first_waiting:
            self._is_first_waiting = True
            self._after(self.rate.due_in(), self._turn)

    def _turn(self) -> None:
        self._is_first_waiting = False
        if self.rate.due_in() <= 1e-9:
            self._line -= 1
            era = self.rate.take()
            self._after(self._latency * self._random.uniform(1.0, 1.2), lambda: self._answer(era))
        self._begin_next()

    def _answer(self, era: int) -> None:
        if self._takes(self.now):
            self.taken.append(self.now)
            self.rate.succeeded(era)
        else:
            self.refused.append(self.now)
            self.rate.throttled(era)
        self._come_back()

    def _come_back(self) -> None:
        self._line += 1
        self._begin_next()

    def taken_between(self, start: float, end: float) -> int:
        return sum(start <= moment < end for moment in self.taken)

    def refused_between(self, start: float, end: float) -> int:
        return sum(start <= moment < end for moment in self.refused)


def test_without_a_refusal_there_is_no_limit() -> None:
    simulation = Simulation(everything)
    assert simulation.run(calls=1000) == pytest.approx(5.5, rel=0.05)
    assert simulation.rate.rate is None


@pytest.mark.parametrize("callers", [10, 64])
def test_a_thousand_calls_stay_within_a_tenth_of_the_limit_and_few_are_refused(callers: int) -> None:
    simulation = Simulation(sliding(100), callers=callers)
    assert simulation.run(calls=1000) <= 11.0
    assert len(simulation.refused) <= 100


@pytest.mark.parametrize("kind", [sliding, bucket, calendar])
@given(limit=st.integers(20, 300), callers=st.integers(1, 64), latency=st.floats(0.0, 0.2))
@settings(max_examples=25, deadline=None)
def test_whatever_the_limit_it_is_used_and_few_calls_are_refused(
    kind: Callable[[float], Limit], limit: int, callers: int, latency: float
) -> None:
    simulation = Simulation(kind(limit), latency=latency, callers=callers)
    possible = min(float(limit), callers / (latency * 1.1) if latency else float("inf"))
    assert simulation.run(calls=20 * limit) <= 20 * limit / possible * 1.25 + 1.0
    assert len(simulation.refused) <= callers + 0.1 * 20 * limit


@pytest.mark.parametrize("calls", [300, 1000])
def test_calls_that_go_on_in_the_next_minute_end_within_seconds_of_it(calls: int) -> None:
    simulation = Simulation(minutes(100), latency=0.1, callers=32)
    assert simulation.run(calls=calls) <= 60 * (calls / 100 - 1) + 3.5
    assert len(simulation.refused) <= 32 + 85 * calls / 100


@pytest.mark.parametrize("callers", [10, 64])
def test_a_limit_that_rises_is_found_within_seconds(callers: int) -> None:
    simulation = Simulation(changing(sliding(50), 10.0, sliding(150)), callers=callers)
    simulation.run(until=25.0)
    assert simulation.taken_between(20.0, 25.0) >= 0.9 * 5 * 150
    assert simulation.refused_between(10.0, 25.0) <= 0.1 * simulation.taken_between(10.0, 25.0)


def test_a_limit_that_is_lifted_is_no_limit_any_more() -> None:
    simulation = Simulation(changing(sliding(50), 10.0, everything), callers=10)
    simulation.run(until=25.0)
    assert simulation.taken_between(24.0, 25.0) >= 0.9 * 10 / (0.05 * 1.1)


def test_a_limit_that_falls_is_kept_within_seconds() -> None:
    simulation = Simulation(changing(sliding(200), 10.0, sliding(50)), callers=64)
    simulation.run(until=30.0)
    assert simulation.taken_between(20.0, 30.0) >= 0.85 * 10 * 50
    assert simulation.refused_between(20.0, 30.0) <= 0.1 * 10 * 50


def test_while_the_cloud_takes_nothing_it_is_asked_ever_less_and_then_as_before() -> None:
    simulation = Simulation(lambda now: not 5.0 <= now < 25.0 and limit(now), callers=10)
    limit = sliding(100)
    simulation.run(until=60.0)
    assert simulation.refused_between(5.0, 25.0) <= 60
    assert simulation.refused_between(15.0, 25.0) <= 11
    assert simulation.taken_between(50.0, 60.0) >= 0.85 * 10 * 100


def test_a_cloud_that_refuses_everything_is_asked_once_a_second() -> None:
    simulation = Simulation(nothing, callers=64)
    simulation.run(until=60.0)
    assert simulation.rate.rate == 1.0
    assert simulation.refused_between(30.0, 60.0) <= 31


def test_refusals_that_do_not_depend_on_the_pace_do_not_bring_it_to_a_halt() -> None:
    numbers = count(1)
    simulation = Simulation(lambda _now: next(numbers) % 3 != 0, callers=4)
    assert simulation.run(calls=20) <= 5.0


def after_a_hundred() -> Simulation:
    """A cloud that took a hundred calls within the last second."""
    simulation = Simulation(nothing)
    for _ in range(100):
        simulation.rate.succeeded(simulation.rate.take())
    simulation.now = 1.0
    return simulation


def test_a_refusal_halves_the_rate_and_it_comes_back_when_a_call_is_taken() -> None:
    simulation = after_a_hundred()
    rate = simulation.rate
    rate.throttled(rate.take())
    assert rate.rate == pytest.approx(50)
    simulation.now = 2.0
    assert rate.rate == pytest.approx(50)
    rate.succeeded(rate.take())
    assert rate.rate == pytest.approx(50)
    simulation.now = 2.2
    assert rate.rate == pytest.approx(98)
    simulation.now = 5.0
    assert rate.rate is not None
    assert rate.rate > 120


def test_calls_that_began_before_the_pace_was_halved_say_nothing_new() -> None:
    rate = after_a_hundred().rate
    eras = [rate.take() for _ in range(10)]
    for era in eras:
        rate.throttled(era)
    assert rate.rate == pytest.approx(50)
    rate.succeeded(eras[0])
    assert rate.rate == pytest.approx(50)
    rate.throttled(rate.take())
    assert rate.rate == pytest.approx(25)


def test_a_process_in_line_waits_for_its_place_and_leaves_when_the_waiting_is_over() -> None:
    simulation = after_a_hundred()
    rate, waited = simulation.rate, list[float]()

    def wait(seconds: float) -> bool:
        waited.append(seconds)
        simulation.now += seconds
        return False

    assert rate.turn(wait) == 0
    rate.throttled(0)
    assert [rate.turn(wait), rate.turn(wait)] == [1, 1]
    assert waited == pytest.approx([1 / 50, 1 / 50])
    assert rate.turn(lambda _seconds: True) is None


def test_each_action_of_each_provider_has_a_pace_of_its_own() -> None:
    one, other = Line(MemoryCloud()), Line(MemoryCloud())
    one.rates[Action.ATTACH].throttled(0)
    rates = [line.rates[action].rate for line in (one, other) for action in Action]
    assert [rate for rate in rates if rate is not None] == [one.rates[Action.ATTACH].rate]
