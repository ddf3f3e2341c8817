"""How long a backend that cannot be reached is asked again, and what is said when it still cannot be.

A backend's own code does one request at a time, and raises `Unreachable` where the request may be sent again: the
connection failed, no reply came, the server was overloaded. Whether the lost request had an effect is for the backend
to settle, by reading back before it asks again. `Denied` is final at once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from planner.diagnostics import Diagnostic, StateError
from planner.remedy import Remedy

PATIENCE_SECONDS = 60.0
"""How long one request is tried again."""
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_LONGEST_REASON = 300

T = TypeVar("T")


class Unreachable(Exception):
    """A request that got no reply, or only one that says to come back later. `why` is one line, without secrets."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Denied(Exception):
    """A request that the backend refused to this user. `why` is one line, without secrets."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Patience:
    """Repeats requests to the backend `name` until they succeed, a minute has passed, or they are denied.

    Once a minute has passed in vain, each later request is tried once only, until one succeeds: a command that gives up
    ends soon. Threads may share it.
    """

    def __init__(
        self,
        name: str,
        seconds: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._name, self._seconds, self._clock, self._pause = name, seconds, clock, pause
        self._is_over = False

    def trying(self, request: Callable[[], T], check: Callable[[], None] = lambda: None) -> T:
        """What `request` returns. Calls `check` before each repetition: what it raises ends the trying.

        Raises StateError, STA446 where the backend could not be reached and STA447 where it denied the request.
        """
        deadline = self._clock() + (0.0 if self._is_over else self._seconds)
        longest = _FIRST_PAUSE
        while True:
            try:
                done = request()
            except Denied as problem:
                raise StateError(denied(self._name, problem.why)) from None
            except Unreachable as problem:
                wait = random.uniform(longest / 2, longest)  # noqa: S311
                if self._clock() + wait > deadline:
                    self._is_over = True
                    raise StateError(unreachable(self._name, problem.why)) from None
                self._pause(wait)
                check()
                longest = min(_LONGEST_PAUSE, 2 * longest)
            else:
                self._is_over = False
                return done


def unreachable(name: str, why: str) -> Diagnostic:
    return Diagnostic(
        "STA446",
        "Backend cannot be reached",
        f"{name}: {cleaned(why)}. Nothing is lost: whatever was done is in the state or in its journal there.",
        Remedy.of("Check the network and the backend's settings, then run the command again."),
    )


def denied(name: str, why: str) -> Diagnostic:
    return Diagnostic(
        "STA447",
        "Backend denied access",
        f"{name}: {cleaned(why)}.",
        Remedy.of("Check the credentials, and that they may read and write there."),
    )


def cleaned(text: str) -> str:
    """What a server or a library said, in one line of bounded length that a terminal cannot take for commands."""
    words = " ".join("".join(mark if mark.isprintable() else " " for mark in text).split()).rstrip(". ")
    return words if len(words) <= _LONGEST_REASON else f"{words[:_LONGEST_REASON]}…"
