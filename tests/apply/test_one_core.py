from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from planner.apply.one_core import on_one_core

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a thread choose its cores")


def test_threads_that_are_started_meanwhile_share_one_core() -> None:
    allowed = os.sched_getaffinity(0)
    with on_one_core():
        mine = os.sched_getaffinity(0)
        with ThreadPoolExecutor(3) as pool:
            theirs = {frozenset(found) for found in pool.map(os.sched_getaffinity, [0, 0, 0])}
    assert len(mine) == 1
    assert mine <= allowed
    assert theirs == {frozenset(mine)}


def test_afterwards_the_thread_may_use_every_core_again() -> None:
    allowed = os.sched_getaffinity(0)
    with pytest.raises(RuntimeError), on_one_core():
        raise RuntimeError
    assert os.sched_getaffinity(0) == allowed
