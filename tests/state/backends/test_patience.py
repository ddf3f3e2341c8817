"""A backend that cannot be reached: how long it is asked again, and what is said then."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import ClassVar

import pytest

from planner.diagnostics import Diagnostic, Severity, StateError
from planner.state.backends.patience import NOTICE_SECONDS, Away, Denied, Notice, Patience, Unreachable, cleaned


class Time:
    """A clock that moves by the pauses and the requests alone."""

    def __init__(self) -> None:
        self.now = 0.0
        self.pauses: list[float] = []

    def clock(self) -> float:
        return self.now

    def pause(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


class Timer(threading.Timer):
    """One that never fires by itself."""

    running: ClassVar[list[threading.Timer]] = []

    def start(self) -> None:
        self.running.append(self)

    def cancel(self) -> None:
        if self in self.running:
            self.running.remove(self)


@pytest.fixture
def reported() -> list[Diagnostic]:
    return []


@pytest.fixture
def patience(time: Time, reported: list[Diagnostic]) -> Patience:
    Timer.running.clear()
    notice = Notice("s3://b/k", reported.append, timer=Timer)
    return Patience("s3://b/k", clock=time.clock, pause=time.pause, notice=notice)


def refused(patience: Patience, problem: Exception) -> str:
    def request() -> None:
        raise problem

    with pytest.raises(StateError) as caught:
        patience.trying(request)
    [diagnostic] = caught.value.diagnostics
    assert diagnostic.detail.startswith("s3://b/k: no reply") or diagnostic.code == "STA447"
    assert diagnostic.remedy
    return diagnostic.code


def test_a_request_that_fails_for_a_while_is_repeated_with_growing_jittered_pauses(
    patience: Patience, time: Time
) -> None:
    failures = iter([True] * 9 + [False])

    def request() -> str:
        if next(failures):
            raise Unreachable("no reply")
        return "done"

    assert patience.trying(request) == "done"
    assert len(time.pauses) == 9
    longest = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5, 5, 5]
    assert all(most / 2 <= pause <= most for pause, most in zip(time.pauses, longest, strict=True))


def test_after_a_minute_it_is_reported_that_nothing_is_lost(patience: Patience, time: Time) -> None:
    assert refused(patience, Unreachable("no reply")) == "STA446"
    assert 54 < time.now <= 60


def test_after_a_minute_without_success_later_requests_are_tried_once_until_one_succeeds(
    patience: Patience, time: Time
) -> None:
    refused(patience, Unreachable("no reply"))
    before = time.now
    refused(patience, Unreachable("no reply"))
    assert time.now == before
    assert patience.trying(lambda: 7) == 7
    refused(patience, Unreachable("no reply"))
    assert time.now > before + 50


@pytest.mark.parametrize("moment", ["request", "pause"])
def test_after_the_wait_was_given_up_later_requests_are_tried_once(time: Time, moment: str) -> None:
    def give_up(_seconds: float = 0.0) -> None:
        raise Away("s3://b/k", "no reply")

    def request() -> None:
        raise Unreachable("no reply")

    patience = Patience("s3://b/k", clock=time.clock, pause=give_up)
    with pytest.raises(Away):
        patience.trying(give_up if moment == "request" else request)
    assert refused(patience, Unreachable("no reply")) == "STA446"
    assert not time.pauses


def test_what_is_denied_names_the_variables_of_the_credentials() -> None:
    def request() -> None:
        raise Denied("the key is unknown")

    with pytest.raises(StateError) as caught:
        Patience("s3://b/k", keys="KEY and SECRET").trying(request)
    assert "credentials (KEY and SECRET)" in caught.value.diagnostics[0].remedy.text


def test_what_is_denied_is_not_repeated(patience: Patience, time: Time) -> None:
    assert refused(patience, Denied("the key is unknown")) == "STA447"
    assert not time.pauses


def test_a_check_between_two_tries_ends_them(patience: Patience) -> None:
    def request() -> None:
        raise Unreachable("no reply")

    def lost() -> None:
        raise KeyError

    with pytest.raises(KeyError):
        patience.trying(request, lost)


def fire() -> None:
    """Let two seconds pass."""
    while Timer.running:
        timer = Timer.running.pop()
        assert timer.interval == NOTICE_SECONDS
        timer.function()


def test_a_backend_that_does_not_answer_the_first_request_is_reported_while_that_is_tried(
    patience: Patience, reported: list[Diagnostic]
) -> None:
    patience.trying(fire)
    [problem] = reported
    assert (problem.code, problem.severity) == ("STA464", Severity.WARNING)
    assert "s3://b/k has not answered for 2 s" in problem.detail
    assert "60 s" in problem.remedy.text
    assert not Timer.running


def test_a_server_that_answered_is_reported_when_it_fails_and_once_until_it_answers_again(
    patience: Patience, reported: list[Diagnostic]
) -> None:
    patience.trying(lambda: None)
    patience.trying(fire)
    assert not reported, "a request is slow, and has not failed"
    for times in (1, 2):
        failures = iter([True] * 5 + [False])

        def request(failures: Iterator[bool] = failures) -> None:
            fire()
            if next(failures):
                raise Unreachable("no reply")

        patience.trying(request)
        assert len(reported) == times
    refused(patience, Denied("no"))
    refused(patience, Unreachable("no reply"))
    assert not Timer.running


def test_what_a_server_says_becomes_one_short_line() -> None:
    assert cleaned("one\r\n\x1b[31m::error::two\u202e. ") == "one ::error::two"
    for hidden in (
        "\x1b[1;31m",
        "\x9b2J",
        "\x1b]0;title\x07",
        "\x1b]8;;http://x\x1b\\",
        "\x1b(B",
        "\x1bc",
        "\x1b[",
        "\x1b",
    ):
        assert cleaned(f"one{hidden}") == "one", hidden
    assert len(cleaned("x" * 10_000)) == 301
