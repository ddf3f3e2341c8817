"""How moves are held back so that few instances are without their link at once: `max_unavailable`.

Each move is put into one of so many lanes, and each lane has one move under way at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from heapq import heappop, heappush

from msgspec import Struct


class Absence(Struct, frozen=True):
    """When an instance is without its link, by ids of steps: from its detach (None: from the start) until its attach.

    Several that are away from the start can be one absence, which ends with the last of their attaches.
    """

    detach: int | None
    attaches: tuple[int, ...]

    @property
    def span(self) -> tuple[int, int]:
        return (-1 if self.detach is None else self.detach, max(self.attaches))


def share_out(absences: Iterable[Absence], width: int) -> list[list[Absence]] | None:
    """Share absences out to at most `width` lanes in which none overlap; None where more than that overlap.

    Each goes to the lane that has been idle for longest. Of those away from the start, at most one lane holds several.
    """
    lanes: list[list[Absence]] = []
    idle_since: list[tuple[int, int]] = []
    for absence in sorted(_merged_at_start(absences, width), key=lambda absence: absence.span):
        start, end = absence.span
        if len(lanes) < width:
            lanes.append([])
            lane = len(lanes) - 1
        elif idle_since[0][0] < start:
            _, lane = heappop(idle_since)
        else:
            return None
        lanes[lane].append(absence)
        heappush(idle_since, (end, lane))
    return lanes


def most_at_once(absences: Iterable[Absence]) -> int:
    """How many absences overlap at most; as many lanes are enough for them."""
    ends = sorted(end for absence in absences for end in zip(absence.span, (1, -1), strict=True))
    now = most = 0
    for _, change in ends:
        now += change
        most = max(most, now)
    return most


def marks(lane: Sequence[Absence]) -> Iterator[int]:
    """What marks the absences of a lane, in turn: the detach of a move, the attaches of those away from the start."""
    for absence in lane:
        yield from absence.attaches if absence.detach is None else (absence.detach,)


def _merged_at_start(absences: Iterable[Absence], width: int) -> Iterator[Absence]:
    """The same, but where more are away from the start than there are lanes, those that are back first are one."""
    at_start: list[int] = []
    for absence in absences:
        if absence.detach is None:
            at_start += absence.attaches
        else:
            yield absence
    at_start.sort()
    too_many = max(0, len(at_start) - width)
    if at_start:
        yield Absence(None, tuple(at_start[: too_many + 1]))
    for attach in at_start[too_many + 1 :]:
        yield Absence(None, (attach,))
