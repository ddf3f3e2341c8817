"""Starting a thread where memory may be short, and waiting for work that heeds no signal."""

from __future__ import annotations

import threading
from collections.abc import Callable
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


def start(thread: Thread) -> None:
    """Start a new thread. Raises MemoryError where there is no memory for one."""
    try:
        thread.start()
    except RuntimeError as problem:
        raise MemoryError("no memory for another thread") from problem


def interruptibly(work: Callable[[], T]) -> T:
    """What `work` returns or raises. A signal ends the wait for it, though a library of machine code does all of it.

    It goes on then, in a thread that ends with the process, and its outcome is not known.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    ended, results, problems = threading.Event(), list[T](), list[BaseException]()

    def run() -> None:
        try:
            results.append(work())
        except BaseException as problem:  # noqa: BLE001 - it is raised by who waits
            problems.append(problem)
        finally:
            ended.set()

    start(Thread(target=run, name="interruptible work", daemon=True))
    ended.wait()
    for problem in problems:
        raise problem
    return results[0]
