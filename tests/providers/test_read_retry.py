"""A read that may succeed later is tried again, so often and so long, and no longer."""

from __future__ import annotations

from collections.abc import Iterable

from providers.read_retry import ReadRetry


class Watch:
    """A clock that only sleeping moves on."""

    def __init__(self) -> None:
        self.time = 0.0
        self.waits: list[float] = []

    def now(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += seconds


def read(answers: Iterable[str], watch: Watch, *, tries: int = 5, timeout: float = 10.0) -> str:
    """Reads with these answers in turn; `busy` may pass."""
    asked = iter(answers)
    retry = ReadRetry(tries=tries, first_wait=1.0, timeout=timeout, clock=watch.now, sleep=watch.sleep)
    return retry.read(lambda: next(asked), lambda answer: answer == "busy")


def test_an_answer_is_taken_at_once() -> None:
    watch = Watch()
    assert read(["seen"], watch) == "seen"
    assert watch.waits == []


def test_a_failure_that_does_not_pass_is_not_tried_again() -> None:
    assert read(["denied"], Watch()) == "denied"


def test_a_read_that_was_throttled_is_tried_again_after_waits_that_grow() -> None:
    watch = Watch()
    assert read(["busy", "busy", "busy", "seen"], watch, timeout=100.0) == "seen"
    assert len(watch.waits) == 3
    assert all(wait <= 2.0**number for number, wait in enumerate(watch.waits))


def test_the_tries_are_bounded() -> None:
    watch = Watch()
    assert read(["busy"] * 5, watch, tries=5, timeout=100.0) == "busy"
    assert len(watch.waits) == 4


def test_no_wait_ends_after_the_time_for_all_tries() -> None:
    watch = Watch()
    assert read(["busy"] * 100, watch, tries=100, timeout=10.0) == "busy"
    assert watch.time <= 10.0


def test_a_try_that_took_all_the_time_is_the_last() -> None:
    watch = Watch()

    def slow() -> str:
        watch.time += 11.0
        return "busy"

    assert ReadRetry(clock=watch.now, sleep=watch.sleep).read(slow, lambda answer: True) == "busy"
    assert watch.waits == []
