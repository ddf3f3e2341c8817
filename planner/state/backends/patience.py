"""How long a backend that cannot be reached is asked again, and what is said when it still cannot be.

A backend's own code does one request at a time, and raises `Unreachable` where the request may be sent again: the
connection failed, no reply came, the server was overloaded. Whether the lost request had an effect is for the backend
to settle, by reading back before it asks again. `Denied` is final at once.
"""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from planner.diagnostics import Diagnostic, Report, Severity, StateError, ignore
from planner.remedy import Remedy
from planner.threads import start
from planner.waits import Watch, plainly, unwatched

PATIENCE_SECONDS = 60.0
"""How long one request is tried again."""
NOTICE_SECONDS = 2.0
"""After how long without an answer the user is informed."""
_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 5.0
_LONGEST_REASON = 300
_SEQUENCE = (
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # colours, and moves of the cursor
    r"|(?:\x1b[]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"  # titles, links, and other strings
    r"|\x1b[ -/]*[0-~]?"
)
"""A sequence that a terminal takes for a command (ECMA-48); without its first byte the rest would be read as text."""

T = TypeVar("T")


class Unreachable(Exception):
    """A request that got no reply, or only one that says to come back later. `why` is one line, without secrets."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class Denied(Exception):
    """A request that the backend refused to this user. `why` is one line, without secrets.

    `settings` are those to check, as words of a sentence; empty where the credentials are the problem.
    """

    def __init__(self, why: str, settings: str = "") -> None:
        super().__init__(why)
        self.why, self.settings = why, settings


class Untrusted(Denied):
    """A server whose certificate is not trusted. `why` is one line; `settings` are those that name what to trust."""


class Away(StateError):
    """A backend that could not be reached. `name` is what messages call it, `why` the end of a sentence."""

    def __init__(self, name: str, why: str) -> None:
        super().__init__(unreachable(name, why))
        self.name, self.why = name, cleaned(why)


class Notice:
    """Reports a backend that does not answer, once until it answers again. Threads may share it."""

    def __init__(
        self,
        name: str,
        report: Report = ignore,
        how_long: str = f"for up to {PATIENCE_SECONDS:g} s",
        timer: Callable[[float, Callable[[], None]], threading.Timer] = threading.Timer,
        watch: Watch = unwatched,
    ) -> None:
        """`how_long` it is tried, as the end of a sentence. `watch` shows that it is waited for."""
        self._name, self._report, self._how_long, self._timer = name, report, how_long, timer
        self._watch = watch
        self._has_answered = self._is_reported = False

    @contextlib.contextmanager
    def trying(self) -> Iterator[Callable[[], None]]:
        """A request is tried until the block ends. What is yielded is called each time that it fails.

        The first request of all is watched from its start, others from their first failure.
        """
        watching: list[threading.Timer] = []

        def watch() -> None:
            if not watching and not self._is_reported:
                timer = self._timer(NOTICE_SECONDS, self._say)
                timer.daemon = True
                start(timer)
                watching.append(timer)

        def failed() -> None:
            self._has_answered = False
            watch()

        try:
            if not self._has_answered:
                watch()
            with self._watch(plainly(f"Waiting for {self._name}")):
                yield failed
            self._has_answered, self._is_reported = True, False
        finally:
            for timer in watching:
                timer.cancel()

    def _say(self) -> None:
        self._is_reported = True
        self._report(
            Diagnostic(
                "STA464",
                "Backend does not answer yet",
                f"{self._name} has not answered for {NOTICE_SECONDS:g} s.",
                Remedy.of(f"nothing yet; trying {self._how_long}. Ctrl-C ends it, during an apply twice."),
                Severity.WARNING,
            )
        )


class Patience:
    """Repeats requests to the backend `name` until they succeed, a minute has passed, or they are denied.

    After a minute without success, each later request is tried only once, until one succeeds: a command that cannot go
    on ends soon. Threads may share it.
    """

    def __init__(
        self,
        name: str,
        seconds: float = PATIENCE_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
        *,
        notice: Notice | None = None,
        keys: str = "",
    ) -> None:
        """`keys` are the variables of the credentials, as words of a sentence."""
        self._notice, self._keys = notice or Notice(name), keys
        self._name, self._seconds, self._clock, self._pause = name, seconds, clock, pause
        self._is_over = False

    def trying(self, request: Callable[[], T], check: Callable[[], None] = lambda: None) -> T:
        """What `request` returns. Calls `check` before each repetition: what it raises ends the trying.

        Raises StateError, STA446 where the backend could not be reached and STA447 where it denied the request.
        """
        try:
            with self._notice.trying() as failed:
                return self._trying(request, check, failed)
        except Away:  # after a minute, or earlier where the user has given it up
            self._is_over = True
            raise

    def _trying(self, request: Callable[[], T], check: Callable[[], None], failed: Callable[[], None]) -> T:
        deadline = self._clock() + (0.0 if self._is_over else self._seconds)
        longest = _FIRST_PAUSE
        while True:
            try:
                done = request()
            except Denied as problem:
                raise StateError(refusal(self._name, problem, self._keys)) from None
            except Unreachable as problem:
                from random import uniform

                failed()
                wait = uniform(longest / 2, longest)  # noqa: S311
                if self._clock() + wait > deadline:
                    raise Away(self._name, problem.why) from None
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


def refusal(name: str, problem: Denied, keys: str = "") -> Diagnostic:
    """What is said of a request that is not repeated; `keys` are the variables of the credentials."""
    if isinstance(problem, Untrusted):
        remedy = Remedy.of(f"Name the certificate of its authority: {problem.settings}.")
        return Diagnostic("STA467", "Connection is not trusted", f"{name}: {cleaned(problem.why)}.", remedy)
    return denied(name, problem.why, keys, problem.settings)


def denied(name: str, why: str, keys: str = "", settings: str = "") -> Diagnostic:
    """`keys` are the variables of the credentials, `settings` those to check instead, as words of a sentence."""
    remedy = f"Check the credentials{f' ({keys})' if keys else ''}, and that they may read and write there."
    if settings:
        remedy = f"Check the settings {settings}."
    return Diagnostic("STA447", "Backend denied access", f"{name}: {cleaned(why)}.", Remedy.of(remedy))


def cleaned(text: str) -> str:
    """What a server or a library said, in one line of bounded length that a terminal cannot take for commands."""
    plain = re.sub(_SEQUENCE, "", text)
    words = " ".join("".join(mark if mark.isprintable() else " " for mark in plain).split()).rstrip(". ")
    return words if len(words) <= _LONGEST_REASON else f"{words[:_LONGEST_REASON]}…"
