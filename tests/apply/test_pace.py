from __future__ import annotations

import pytest

from planner.apply.pace import Pace


def _steady(seconds: float, every: float, until: float) -> Pace:
    """A step ends every so often, each after so many seconds."""
    pace = Pace(0.0)
    for number in range(1, int(until / every) + 1):
        pace.step_done(number * every, seconds)
    return pace


@pytest.mark.parametrize(("seconds", "every"), [(0.1, 0.01), (2.0, 0.2), (20.0, 2.0)])
def test_steady_steps_take_as_long_as_they_did_so_far(seconds: float, every: float) -> None:
    pace = _steady(seconds, every, 100.0)
    left = pace.seconds_left(100.0, 1000, 10)
    assert left == pytest.approx(1000 * every, rel=0.1)


def test_a_moment_without_an_end_does_not_change_the_pace_much() -> None:
    pace = _steady(2.0, 0.2, 100.0)
    left = pace.seconds_left(102.0, 1000, 10)
    assert left == pytest.approx(200, rel=0.3)


def test_the_time_left_is_unknown_while_a_step_hangs_that_others_wait_for() -> None:
    pace = _steady(0.1, 0.1, 20.0)
    assert pace.seconds_left(21.0, 300, 1) is not None
    assert pace.seconds_left(26.0, 300, 1) is None
    assert pace.seconds_left(3600.0, 300, 1) is None
    assert pace.rate(3600.0) == 0.0


def test_the_time_left_is_unknown_where_nothing_is_done_or_all_has_begun() -> None:
    assert Pace(0.0).seconds_left(0.0, 300, 1) is None
    assert Pace(0.0).seconds_left(30.0, 300, 1) is None
    assert _steady(0.1, 0.1, 20.0).seconds_left(20.0, 3, 3) is None
