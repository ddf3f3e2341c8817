"""What is said while a cloud is read."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from planner.app.watched import watched
from planner.waits import Words
from providers.base import NO_PROGRESS, Progress
from support.applying import MemoryCloud


@dataclass
class _Watched:
    """Keeps what the words are while the cloud is read."""

    words: str = ""

    def __call__(self, words: Words) -> _Watched:
        self._words = words
        return self

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        self.words = self._words()


class _Read(MemoryCloud):
    """A cloud whose reading has come so far."""

    def __init__(self, before: Progress, now: Progress) -> None:
        super().__init__()
        self.progress, self._now = before, now

    def look(self, targets: object) -> object:  # type: ignore[override]
        self.progress = self._now
        return super().look(())


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (NO_PROGRESS, "Reading the cloud"),
        (Progress(calls=1), "Reading the cloud: 1 call"),
        (
            Progress(57, 5, (("VPC", 3, 12), ("instance", 100, 4_300))),
            "Reading the cloud: VPC 3 of 12, instance 100 of 4,300, throttled 5 times, 57 calls",
        ),
        (
            Progress(57, 5, (("VPC", 3, 12),), "vpc.x\x1b"),
            "Reading the cloud: waiting for vpc.x\\x1b, VPC 3 of 12, throttled 5 times, 57 calls",
        ),
        (Progress(awaited="sts"), "Reading the cloud: waiting for sts"),
    ],
)
def test_a_user_who_waits_sees_how_far_it_is_or_what_is_silent(now: Progress, words: str) -> None:
    seen = _Watched()
    watched(_Read(NO_PROGRESS, now), seen).read()  # type: ignore[arg-type]
    assert seen.words == words


def test_calls_and_throttles_of_earlier_readings_are_not_counted() -> None:
    seen = _Watched()
    watched(_Read(Progress(10, 2), Progress(13, 3)), seen).read()  # type: ignore[arg-type]
    assert seen.words == "Reading the cloud: throttled 1 time, 3 calls"
