"""An apply that is killed anywhere: the next one ends right, no step is done twice and none is forgotten.

The real `cl apply` of some fifty steps, in a project directory with a configuration, a state and a simulated cloud.
The suite kills at some points, spread over the run, and closer together at its end. `CL_KILLS=all` kills at every one,
in parts that can run side by side::

    CL_KILLS=all pytest -n 2 tests/apply/test_apply_kills.py
"""

from __future__ import annotations

import os
import shutil
import signal
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from providers.mock.calls import API_NAMES
from support.killing import APPLY, Desk, count_points, full_after, killed_at, wait_for
from support.mixed_estate import STEPS

EVERY = os.environ.get("CL_KILLS") == "all"
PARTS = 16
SPREAD, LAST = 7, 30
POINTS_OF_A_STEP = 6
"""Before and after its call, its line in the log of the world, and that in the log of calls."""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    desk = Desk(tmp_path_factory.mktemp("template"))
    desk.prepare()
    return desk


@pytest.fixture(scope="module")
def points(template: Desk, tmp_path_factory: pytest.TempPathFactory) -> int:
    return count_points(template.copy(tmp_path_factory.mktemp("counted") / "desk"))


@pytest.fixture
def desk(template: Desk, tmp_path: Path) -> Desk:
    return template.copy(tmp_path / "desk")


def assert_the_next_apply_ends_right(desk: Desk, after: str) -> None:
    assert desk.cl(*APPLY) == 0, f"{after}\n{desk.said}"
    desk.assert_all_is_as_declared()
    shutil.rmtree(desk.directory)


def test_an_apply_that_is_left_alone_does_each_step_once(desk: Desk) -> None:
    assert len(desk.planned) == STEPS
    assert desk.cl(*APPLY) == 0
    desk.assert_all_is_as_declared()


@pytest.mark.parametrize("part", range(PARTS) if EVERY else [0])
def test_an_apply_that_is_killed_anywhere_is_completed_by_the_next(
    part: int, template: Desk, points: int, tmp_path: Path
) -> None:
    assert points > 300
    sample = {*range(1, points, points // SPREAD), *range(points - LAST, points + 1, 6)}
    chosen = range(1 + part, points + 1, PARTS) if EVERY else sorted(sample)
    killed = 0
    for point in chosen:
        desk = template.copy(tmp_path / f"killed at {point}")
        killed += desk.cl(*APPLY, first=killed_at(point)) == -signal.SIGKILL
        assert_the_next_apply_ends_right(desk, f"killed at point {point}")
    # How many records share one fsync differs from run to run, and with it how many points there are at the end.
    assert killed >= sum(point <= POINTS_OF_A_STEP * STEPS for point in chosen)


def test_an_apply_that_is_killed_again_while_it_recovers_is_completed_by_the_next(
    template: Desk, tmp_path: Path
) -> None:
    for point in range(1, 40, 1 if EVERY else 8):
        desk = template.copy(tmp_path / f"killed at {point}")
        for at in (POINTS_OF_A_STEP * STEPS // 2, point, point + 1):
            assert desk.cl(*APPLY, first=killed_at(at)) == -signal.SIGKILL
        assert_the_next_apply_ends_right(desk, f"killed at point {point} of the recovery")


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "AttachClassicLinkVpc", "kind": "lost_reply"},
        {"action": "DetachClassicLinkVpc", "kind": "lost_reply"},
        {"action": "AddGuestRoute", "kind": "lost_reply"},
        {"action": "AttachClassicLinkVpc", "nth": 3, "kind": "not_done"},
        {"action": "DetachClassicLinkVpc", "nth": 1, "kind": "not_done"},
        {"action": "EnableVpcClassicLink", "nth": 1, "kind": "not_done"},
        {"action": "AttachClassicLinkVpc", "nth": 7, "kind": "throttle"},
        {"action": "AttachClassicLinkVpc", "nth": 7, "kind": "error", "code": "Forbidden", "message": "no"},
        {"action": "AttachClassicLinkVpc", "nth": 5, "kind": "crash_before"},
        {"action": "AttachClassicLinkVpc", "nth": 5, "kind": "crash_after"},
        {"action": "DisableVpcClassicLink", "nth": 1, "kind": "crash_after"},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_a_cloud_that_fails_is_fixed_by_the_next_apply(fault: dict[str, object], desk: Desk) -> None:
    desk.faults(fault)
    ended = desk.cl(*APPLY)
    assert ended == {"error": 1, "crash_before": -9, "crash_after": -9}.get(str(fault["kind"]), 0), desk.said
    desk.faults()
    assert_the_next_apply_ends_right(desk, str(fault))


def test_a_throttle_on_every_third_call_only_takes_longer(desk: Desk) -> None:
    actions = sorted({action for action, _, _ in desk.planned})
    desk.faults(*({"action": one, "nth": nth, "kind": "throttle"} for one in actions for nth in range(3, 60, 3)))
    assert desk.cl(*APPLY) == 0, desk.said
    desk.faults()
    desk.assert_all_is_as_declared()


def test_a_full_disk_stops_the_apply_and_loses_nothing(template: Desk, tmp_path: Path) -> None:
    for number in count():
        desk = template.copy(tmp_path / f"desk {number}")
        room = number * (1_500 if EVERY else 12_000)
        ended = desk.cl(*APPLY, first=full_after(room))
        assert ended in (0, 1)
        assert "bug in cl" not in desk.said, desk.said
        assert_the_next_apply_ends_right(desk, f"room for {room} bytes")
        if ended == 0:
            break
    assert number > 5


ORDERS = st.fixed_dictionaries(
    {
        "action": st.sampled_from(sorted(API_NAMES.values())),
        "nth": st.integers(1, 14),
        "kind": st.sampled_from(["throttle", "error", "lost_reply", "not_done", "crash_before", "crash_after"]),
    }
).map(lambda fault: {**fault, "code": "Forbidden", "message": "no"} if fault["kind"] == "error" else fault)


@settings(max_examples=200 if EVERY else 6, deadline=None)
@given(schedules=st.lists(st.tuples(st.lists(ORDERS, max_size=5), st.none() | st.integers(1, 400)), max_size=3))
def test_whatever_happened_before_an_apply_that_nothing_hinders_ends_right(
    schedules: list[tuple[list[dict[str, Any]], int | None]],
    template: Desk,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    desk = template.copy(tmp_path_factory.mktemp("schedules") / "desk")
    for faults, point in schedules:
        desk.faults(*faults)
        ended = desk.cl(*APPLY, first=killed_at(point) if point else as_it_is)
        assert ended in (0, 1, -signal.SIGKILL)
        assert "bug in cl" not in desk.said, desk.said
    desk.faults()
    assert_the_next_apply_ends_right(desk, str(schedules))


def as_it_is() -> None:
    """Nothing is prepared."""


@pytest.mark.parametrize("timeout", [0, 300])
def test_of_two_applies_at_once_one_waits_or_is_refused_and_all_ends_right(timeout: int, desk: Desk) -> None:
    children = [desk.start(*APPLY, f"--lock-timeout={timeout}s") for _ in range(2)]
    ended = [wait_for(child) for child in children]
    assert ended == [0, 0] if timeout else 0 in ended
    assert_the_next_apply_ends_right(desk, "two at once")
