"""An apply that is killed anywhere: the next one ends right, no step is done twice and none is forgotten.

The suite kills at some points, spread over the run, and at each of the last ones. `CL_KILLS=all` kills at every one::

    CL_KILLS=all pytest tests/apply/test_apply_kills.py
"""

from __future__ import annotations

import json
import os
import shutil
from itertools import count
from pathlib import Path

import pytest
from killing import Desk, count_points, full_after, in_child, killed_at, start_child, wait_for

SPREAD, LAST = 30, 16


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("template")
    Desk(directory).prepare()
    return directory


@pytest.fixture(scope="module")
def points(template: Path, tmp_path_factory: pytest.TempPathFactory) -> int:
    directory = tmp_path_factory.mktemp("counted") / "desk"
    shutil.copytree(template, directory)
    return count_points(Desk(directory))


def test_an_apply_that_is_left_alone_does_each_step_once(template: Path, tmp_path: Path) -> None:
    desk = Desk(shutil.copytree(template, tmp_path / "desk"))
    assert in_child(desk.apply) == 0
    desk.assert_all_is_as_declared()


def test_an_apply_that_is_killed_anywhere_is_completed_by_the_next(template: Path, points: int, tmp_path: Path) -> None:
    assert points > 300
    every = os.environ.get("CL_KILLS") == "all"
    chosen = range(1, points + 1) if every else {*range(1, points, points // SPREAD), *range(points - LAST, points + 1)}
    killed = 0
    for point in sorted(chosen):
        desk = Desk(shutil.copytree(template, tmp_path / f"killed at {point}"))

        def work(desk: Desk = desk, point: int = point) -> bool:
            killed_at(point)
            return desk.apply()

        killed += in_child(work) == -9
        assert in_child(desk.apply) == 0, f"killed at point {point}"
        desk.assert_all_is_as_declared(calls_may_be_missing=1)
        shutil.rmtree(desk.directory)
    # How many records share one fsync differs from run to run, and with it how many points there are at the end.
    assert killed >= sum(point < 0.8 * points for point in chosen)


def test_an_apply_that_is_killed_again_while_it_recovers_is_completed_by_the_next(
    template: Path, points: int, tmp_path: Path
) -> None:
    for point in range(1, 40, 4):
        desk = Desk(shutil.copytree(template, tmp_path / f"killed at {point}"))
        for at in (points // 2, point, point + 1):

            def work(desk: Desk = desk, at: int = at) -> bool:
                killed_at(at)
                return desk.apply()

            assert in_child(work) == -9
        assert in_child(desk.apply) == 0
        desk.assert_all_is_as_declared(calls_may_be_missing=3)


@pytest.mark.parametrize(
    "fault",
    [
        {"action": "AttachClassicLinkVpc", "kind": "lost_reply"},
        {"action": "DetachClassicLinkVpc", "kind": "lost_reply"},
        {"action": "AttachClassicLinkVpc", "nth": 3, "kind": "not_done"},
        {"action": "DetachClassicLinkVpc", "nth": 1, "kind": "not_done"},
        {"action": "AttachClassicLinkVpc", "nth": 7, "kind": "throttle"},
        {"action": "AttachClassicLinkVpc", "nth": 7, "kind": "error", "code": "Forbidden", "message": "no"},
        {"action": "AttachClassicLinkVpc", "nth": 5, "kind": "crash_before"},
        {"action": "AttachClassicLinkVpc", "nth": 5, "kind": "crash_after"},
        {"action": "DisableVpcClassicLink", "nth": 1, "kind": "crash_after"},
    ],
    ids=lambda fault: "-".join(map(str, fault.values())),
)
def test_a_cloud_that_fails_is_put_right_by_the_next_apply(
    fault: dict[str, object], template: Path, tmp_path: Path
) -> None:
    desk = Desk(shutil.copytree(template, tmp_path / "desk"))
    (desk.directory / "faults.json").write_text(json.dumps([fault]))
    ended = in_child(lambda: desk.apply(faults="faults.json"))
    assert ended == {"error": 1, "crash_before": -9, "crash_after": -9}.get(str(fault["kind"]), 0)
    assert in_child(desk.apply) == 0
    desk.assert_all_is_as_declared()


def test_a_throttle_on_every_third_call_only_takes_longer(template: Path, tmp_path: Path) -> None:
    desk = Desk(shutil.copytree(template, tmp_path / "desk"))
    faults = [
        {"action": action, "nth": nth, "kind": "throttle"}
        for action in ("AttachClassicLinkVpc", "DetachClassicLinkVpc")
        for nth in range(3, 60, 3)
    ]
    (desk.directory / "faults.json").write_text(json.dumps(faults))
    assert in_child(lambda: desk.apply(faults="faults.json")) == 0
    desk.assert_all_is_as_declared()


def test_a_full_disk_stops_the_apply_and_loses_nothing(template: Path, tmp_path: Path) -> None:
    for number in count():
        desk = Desk(shutil.copytree(template, tmp_path / f"desk {number}"))

        def with_a_full_disk(desk: Desk = desk, room: int = number * 3_000) -> bool:
            full_after(room)
            return desk.apply()

        ended = in_child(with_a_full_disk)
        assert in_child(desk.apply) == 0
        desk.assert_all_is_as_declared()
        if ended == 0:
            break
    assert number > 5


@pytest.mark.parametrize("timeout", [0.0, 60.0])
def test_of_two_applies_at_once_one_waits_or_is_refused_and_all_ends_right(
    timeout: float, template: Path, tmp_path: Path
) -> None:
    desk = Desk(shutil.copytree(template, tmp_path / "desk"))
    children = [start_child(lambda: desk.apply(timeout=timeout, latency_ms=2)) for _ in range(2)]
    ended = [wait_for(child) for child in children]
    assert ended == [0, 0] if timeout else 0 in ended
    assert in_child(desk.apply) == 0
    desk.assert_all_is_as_declared()
