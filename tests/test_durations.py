"""Durations as users write them."""

from __future__ import annotations

import pytest

from planner.durations import written


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
def test_a_duration_is_shown_as_it_is_written(seconds: float, text: str) -> None:
    assert written(seconds) == text
