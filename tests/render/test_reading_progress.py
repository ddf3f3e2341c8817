"""The line that says that a cloud is being read."""

from __future__ import annotations

import time

import pytest

from planner.render.reading import ReadingProgress, reading_words
from planner.render.terminal import CLEAR, Style


def test_a_reading_that_is_over_at_once_says_nothing() -> None:
    written: list[str] = []
    with ReadingProgress(written.append, Style(color=False, width=80), patience=60.0)(lambda: 5):
        pass
    assert written == []


def test_a_longer_one_shows_the_calls_since_it_began_and_clears_its_line() -> None:
    written: list[str] = []
    calls = iter([100, *range(103, 10_000)])
    with ReadingProgress(written.append, Style(color=False, width=80), patience=0.0)(lambda: next(calls)):
        while not written:
            time.sleep(0.001)
    assert written[0] == f"{CLEAR}Reading the cloud: 3 calls, 0 s"
    assert written[-1] == CLEAR


def test_it_keeps_to_one_line() -> None:
    written: list[str] = []
    with ReadingProgress(written.append, Style(color=False, width=12), patience=0.0)(lambda: 1):
        while not written:
            time.sleep(0.001)
    assert written[0] == f"{CLEAR}Reading th…"


def test_a_failure_clears_the_line_too() -> None:
    written: list[str] = []

    def fail() -> None:
        with ReadingProgress(written.append, Style(color=False, width=80), patience=0.0)(lambda: 1):
            while not written:
                time.sleep(0.001)
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert written[-1] == CLEAR


def test_a_cloud_whose_calls_are_not_counted_is_read_all_the_same() -> None:
    assert reading_words(0, 4.2) == "Reading the cloud: 4 s"
    assert reading_words(1_234, 65.0) == "Reading the cloud: 1,234 calls, 65 s"
