"""Starting threads, and waiting for what they do."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

import pytest

from planner.apply.read_timeout import with_read_timeout
from planner.network.world import World
from planner.threads import interruptibly, side_by_side, start
from providers.alicloud.tasks import Tasks
from providers.base import EVERYTHING, Scope
from support.applying import MemoryCloud
from support.watching import PATIENCE


def test_where_there_is_no_memory_for_a_thread_that_is_what_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_more)
    with pytest.raises(MemoryError):
        start(threading.Thread())


def test_work_returns_or_raises_what_it_would_without_a_thread() -> None:
    assert interruptibly(lambda: 7) == 7
    with pytest.raises(KeyError, match="gone"):
        interruptibly(lambda: dict[str, int]()["gone"])


def test_only_the_main_thread_has_the_work_done_in_another() -> None:
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(interruptibly(lambda: threading.current_thread().name)))
    thread.start()
    thread.join()
    assert found == [thread.name]
    assert interruptibly(lambda: threading.current_thread().name) != threading.current_thread().name


def test_a_signal_ends_the_wait() -> None:
    forever = threading.Event()

    def work() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        forever.wait()

    with pytest.raises(KeyboardInterrupt):
        interruptibly(work)
    forever.set()


def _in_tasks(work: Callable[[], None]) -> None:
    tasks = Tasks(2)
    tasks.add(work)
    tasks.run()


def _side_by_side(work: Callable[[], None]) -> None:
    side_by_side(lambda _: work(), [None], 2)


def _as_a_reading_with_a_timeout(work: Callable[[], None]) -> None:
    class Cloud(MemoryCloud):
        def read(self, scope: Scope = EVERYTHING) -> World:
            work()
            return super().read(scope)

    with_read_timeout({"mock": Cloud()}, PATIENCE)["mock"].read()


@pytest.mark.parametrize("wait_for", [interruptibly, _side_by_side, _in_tasks, _as_a_reading_with_a_timeout])
def test_a_signal_ends_the_wait_also_where_it_reaches_another_thread(
    wait_for: Callable[[Callable[[], None]], None],
) -> None:
    over, ended = threading.Event(), []

    def work() -> None:
        signal.pthread_kill(threading.get_ident(), signal.SIGINT)
        ended.append(over.wait(PATIENCE))

    with pytest.raises(KeyboardInterrupt):
        wait_for(work)
    assert not ended, "the wait ended with the work"
    over.set()


def test_work_side_by_side_gives_its_results_in_the_order_of_the_items() -> None:
    second = threading.Event()

    def work(item: int) -> int:
        if item == 1:
            assert second.wait(PATIENCE)
        else:
            second.set()
        return 10 * item

    assert side_by_side(work, [1, 2, 3], 2) == [10, 20, 30]
    assert side_by_side(work, [], 2) == []


def test_the_first_failure_of_work_side_by_side_is_raised_and_nothing_more_is_begun() -> None:
    begun: list[int] = []

    def work(item: int) -> None:
        begun.append(item)
        raise KeyError(item)

    with pytest.raises(KeyError, match="1"):
        side_by_side(work, [1, 2, 3], 1)
    assert begun == [1]
