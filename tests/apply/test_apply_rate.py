"""The pace: near the cloud's limit, without being told it. Time is simulated."""

from __future__ import annotations

import heapq
from collections import deque

import pytest

from planner.apply.rate import AdaptiveRate


class Simulation:
    """Callers that take turns at a cloud with a limit on calls in any second; no time passes really."""

    def __init__(self, limit: float, latency: float, callers: int, window: float = 1.0) -> None:
        self.now = 0.0
        self._room, self._window = int(limit * window), window
        self._latency, self._callers = latency, callers
        self._taken: deque[float] = deque()
        self.rate = AdaptiveRate(lambda: self.now)
        self.throttles = 0

    def run(self, calls: int) -> float:
        """How long it takes until so many calls were taken."""
        starts = [(0.0, caller, "start") for caller in range(self._callers)]
        heapq.heapify(starts)
        while calls:
            self.now, caller, event = heapq.heappop(starts)
            if event == "start":
                arrival = self.now + self.rate.reserve() + self._latency
                heapq.heappush(starts, (arrival, caller, "arrive"))
                continue
            taken = self._is_taken()
            (self.rate.succeeded if taken else self.rate.throttled)()
            calls -= taken
            self.throttles += not taken
            heapq.heappush(starts, (self.now if taken else self.now + 0.05, caller, "start"))
        return self.now

    def _is_taken(self) -> bool:
        while self._taken and self.now - self._taken[0] >= self._window:
            self._taken.popleft()
        if len(self._taken) >= self._room:
            return False
        self._taken.append(self.now)
        return True


def test_without_a_refusal_there_is_no_limit() -> None:
    simulation = Simulation(limit=10_000, latency=0.05, callers=10)
    assert simulation.run(1000) == pytest.approx(5.0)
    assert simulation.rate.rate is None


@pytest.mark.parametrize("limit", [20, 100, 150])
@pytest.mark.parametrize("callers", [10, 32])
def test_it_stays_within_fifteen_percent_of_what_the_limit_allows(limit: int, callers: int) -> None:
    simulation = Simulation(limit=limit, latency=0.05, callers=callers)
    assert simulation.run(limit * 20) <= 20 * 1.15


def test_few_calls_are_refused_on_the_way() -> None:
    simulation = Simulation(limit=100, latency=0.05, callers=10)
    simulation.run(2000)
    assert simulation.throttles < 2000 * 0.1


def test_a_refusal_halves_the_rate_once_a_second_and_it_comes_back() -> None:
    simulation = Simulation(limit=100, latency=0.0, callers=1)
    rate = simulation.rate
    rate.reserve()
    simulation.now = 1.0
    for _ in range(100):
        rate.succeeded()
    for _ in range(5):
        rate.throttled()
    assert rate.rate == pytest.approx(50)
    simulation.now = 1.4
    assert rate.rate == pytest.approx(98)
    simulation.now = 4.0
    assert rate.rate is not None
    assert rate.rate > 100


def test_a_cloud_that_refuses_everything_is_asked_once_a_second() -> None:
    simulation = Simulation(limit=100, latency=0.0, callers=1)
    simulation.rate.reserve()
    for second in range(20):
        simulation.now = float(second)
        simulation.rate.throttled()
    assert simulation.rate.rate == 1.0


def test_places_are_given_out_one_after_the_other() -> None:
    simulation = Simulation(limit=100, latency=0.0, callers=1)
    simulation.rate.reserve()
    simulation.rate.throttled()
    first, second, third = (simulation.rate.reserve() for _ in range(3))
    assert first == 0.0
    assert second == pytest.approx(third - second, rel=0.2)
