"""Starting a thread where memory may be short, and waits that a signal always ends."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from threading import Condition, Thread
from typing import TypeVar

TICK = 0.1
"""Seconds after which a wait looks for a signal.

A signal that arrives just before a wait without a limit begins, or in another thread, does not end that wait: Python
runs its handler only once the main thread goes on.
"""

Item = TypeVar("Item")
T = TypeVar("T")


def start(thread: Thread) -> None:
    """Start a new thread. Raises MemoryError where there is no memory for one."""
    try:
        thread.start()
    except RuntimeError as problem:
        raise MemoryError("no memory for another thread") from problem


def wait_until(changed: Condition, is_so: Callable[[], bool]) -> None:
    """Wait like `changed.wait_for(is_so)`, under its lock. A signal ends the wait, whenever it arrives."""
    while not changed.wait_for(is_so, TICK):
        pass


def side_by_side(work: Callable[[Item], T], items: Sequence[Item], threads: int) -> list[T]:
    """What `work` returns for each item, done by so many threads at most. Raises what it raises first.

    A signal ends the wait for them: the threads end with the process, and what they do until then is not known.
    """
    changed, waiting = Condition(), deque(enumerate(items))
    results, problems = dict[int, T](), list[BaseException]()

    def run() -> None:
        while True:
            with changed:
                if not waiting:
                    return
                number, item = waiting.popleft()
            try:
                result = work(item)
            except BaseException as problem:  # noqa: BLE001 - it is raised by who waits
                with changed:
                    waiting.clear()
                    problems.append(problem)
                    changed.notify_all()
                return
            with changed:
                results[number] = result
                changed.notify_all()

    try:
        for _ in range(min(threads, len(items))):
            start(Thread(target=run, name="side by side", daemon=True))
        with changed:
            wait_until(changed, lambda: bool(problems) or len(results) == len(items))
    finally:
        waiting.clear()
    if problems:
        raise problems[0]
    return [results[number] for number in range(len(items))]


def interruptibly(work: Callable[[], T]) -> T:
    """What `work` returns or raises. A signal ends the wait for it, though a library of machine code does all of it.

    It goes on then, in a thread that ends with the process, and its outcome is not known.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    return side_by_side(lambda _: work(), [None], 1)[0]
