"""`cl` that ends, as by SIGKILL, at a chosen point: `python -m support.killed_cl POINT ARGUMENT…`.

Points are the moments before and after each write to the backend and each call to the simulated cloud, from 1. With
point 0 it is left alone, and the last line that it says is how many there are.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from typing import Any

from planner.cli.main import main as cl
from planner.state.journal import Journal
from planner.state.store import Store
from providers.mock.provider import MockProvider

PLACES = (
    (Store, "begin_journal"),
    (Journal, "commit"),
    (Journal, "close"),
    (Store, "write"),
    (Store, "remove_journal"),
    (MockProvider, "perform"),
)


def be_killed(point: int) -> Callable[[], int]:
    """Let this process end at that point; how many there were so far."""
    numbers, last = count(1), 0

    def tick() -> None:
        nonlocal last
        last = next(numbers)
        if last == point:
            os.kill(os.getpid(), signal.SIGKILL)

    def around(real: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(real)
        def call(*arguments: Any, **named: Any) -> Any:
            tick()
            try:
                return real(*arguments, **named)
            finally:
                tick()

        return call

    for owner, name in PLACES:
        setattr(owner, name, around(getattr(owner, name)))
    return lambda: last


def main() -> None:
    """Run `cl` with all arguments but the first."""
    points = be_killed(int(sys.argv[1]))
    try:
        cl(sys.argv[2:])
    finally:
        print(points(), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
