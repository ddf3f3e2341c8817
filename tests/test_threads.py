"""Starting threads."""

from __future__ import annotations

import threading

import pytest

from planner.threads import start


def test_where_there_is_no_memory_for_a_thread_that_is_what_is_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_more(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_more)
    with pytest.raises(MemoryError):
        start(threading.Thread())
