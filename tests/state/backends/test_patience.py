"""A backend that cannot be reached: how long it is asked again, and what is said then."""

from __future__ import annotations

import pytest

from planner.diagnostics import StateError
from planner.state.backends.patience import Denied, Patience, Unreachable, cleaned


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


@pytest.fixture
def patience(time: Time) -> Patience:
    return Patience("s3://b/k", clock=time.clock, pause=time.pause)


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


def test_after_a_minute_it_is_told_that_nothing_is_lost(patience: Patience, time: Time) -> None:
    assert refused(patience, Unreachable("no reply")) == "STA446"
    assert 54 < time.now <= 60


def test_once_a_minute_was_in_vain_later_requests_are_tried_once_until_one_succeeds(
    patience: Patience, time: Time
) -> None:
    refused(patience, Unreachable("no reply"))
    before = time.now
    refused(patience, Unreachable("no reply"))
    assert time.now == before
    assert patience.trying(lambda: 7) == 7
    refused(patience, Unreachable("no reply"))
    assert time.now > before + 50


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


def test_what_a_server_says_becomes_one_short_line() -> None:
    assert cleaned("one\r\n\x1b[31m::error::two\u202e. ") == "one [31m::error::two"
    assert len(cleaned("x" * 10_000)) == 301
