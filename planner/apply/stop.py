"""Stopping an apply: first gently, then at once."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


class StopSignal:
    """Asked once, no new step begins and what runs may end; asked twice, everything stops now.

    `by_signal` says whether a signal has asked. Safe to ask from a signal handler and from any thread.
    """

    def __init__(self) -> None:
        self._gently = threading.Event()
        self._now = threading.Event()
        self.by_signal = False
        self._given_up: Exception | None = None

    @property
    def gently(self) -> bool:
        return self._gently.is_set()

    @property
    def now(self) -> bool:
        return self._now.is_set()

    def ask(self) -> None:
        """Ask to stop; a second time, to stop at once."""
        (self._now if self._gently.is_set() else self._gently).set()

    def wait(self, seconds: float) -> bool:
        """Wait this long, or until asked to stop: then True. Not for the thread that takes signals."""
        return self._gently.wait(seconds)

    @contextlib.contextmanager
    def ending(self, given_up: Exception | None) -> Iterator[None]:
        """Let a signal that asks to stop at once end what the block waits for: it raises `given_up` there, once.

        With None, the block is not to be ended.
        """
        self._given_up = given_up
        try:
            yield
        finally:
            self._given_up = None

    @classmethod
    def unasked(cls) -> contextlib.AbstractContextManager[StopSignal]:
        """One that no signal asks."""
        return contextlib.nullcontext(cls())

    @contextlib.contextmanager
    def on_signals(self) -> Iterator[StopSignal]:
        """Let Ctrl-C, SIGTERM and, except under nohup, the end of the terminal ask. For the main thread."""

        def handler(_number: int, _frame: FrameType | None) -> None:
            self.by_signal = True
            self.ask()
            if self.now and self._given_up is not None:
                given_up, self._given_up = self._given_up, None
                raise given_up

        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            numbers.append(signal.SIGHUP)
        before = {number: signal.signal(number, handler) for number in numbers}
        try:
            yield self
        finally:
            for number, old in before.items():
                signal.signal(number, old)
