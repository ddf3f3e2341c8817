"""Starting threads, and waiting for what they do."""

from __future__ import annotations

import os
import signal
import threading

import pytest

from planner.threads import interruptibly, start


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
