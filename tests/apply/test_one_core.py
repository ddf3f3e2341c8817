"""Threads of an apply whose cloud is in this process keep to one core, and to their old ones afterwards."""

from __future__ import annotations

import os
import sys
import threading

import pytest

from planner.apply.one_core import on_one_core
from support.applying import MemoryCloud

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process choose its cores")


def cores_of_a_thread() -> set[int]:
    found: list[set[int]] = []
    thread = threading.Thread(target=lambda: found.append(os.sched_getaffinity(0)))
    thread.start()
    thread.join()
    return found[0]


def test_threads_that_are_started_within_it_share_one_core() -> None:
    allowed = os.sched_getaffinity(0)
    with on_one_core([MemoryCloud()]):
        mine = os.sched_getaffinity(0)
        assert len(mine) == 1
        assert cores_of_a_thread() == mine
    assert os.sched_getaffinity(0) == allowed


def test_beside_a_cloud_that_is_far_away_no_core_is_chosen() -> None:
    allowed = os.sched_getaffinity(0)
    far = MemoryCloud()
    far.settle_seconds = 60.0
    with on_one_core([MemoryCloud(), far]):
        assert cores_of_a_thread() == allowed


def test_where_the_system_refuses_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError("not allowed")

    allowed = os.sched_getaffinity(0)
    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    with on_one_core([MemoryCloud()]):
        assert os.sched_getaffinity(0) == allowed
