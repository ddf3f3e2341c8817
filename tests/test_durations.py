"""Durations as users write them."""

from __future__ import annotations

import pytest

from planner.durations import seconds_of, written


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0s"),
        (45, "45s"),
        (300, "5m"),
        (90, "1m30s"),
        (7200, "2h"),
        (3661, "1h1m1s"),
        (0.5, "500ms"),
        (1.25, "1s250ms"),
    ],
)
def test_a_duration_is_shown_as_it_is_written_and_read(seconds: float, text: str) -> None:
    assert written(seconds) == text
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "1.5.5s", ".5s", "5m ", "1m30", "5x", "-5s"])
def test_a_text_with_anything_else_in_it_is_no_duration(text: str) -> None:
    assert seconds_of(text) is None
