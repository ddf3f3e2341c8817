"""What waits for what, and where users' wishes would turn it into a circle.

Some needs are facts of ClassicLink: nothing can lift them, and they never form a circle. Others are what users wrote
(`depends_on`, references), and some are only for the better (a detach that waits, so that an instance is not without
its link for longer than it must). Where the latter close a circle with the former, they give way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import heapify, heappop, heappush

Needs = list[set[int]]
"""For each node, the nodes that must come before it."""


def in_order(needs: Needs) -> list[int]:
    """The nodes, each after what it needs, and otherwise by number. Nodes on a circle, or after one, are left out."""
    if all(not wanted or max(wanted) < node for node, wanted in enumerate(needs)):
        return list(range(len(needs)))  # as most are numbered from the start
    missing = [len(wanted) for wanted in needs]
    needed_by: list[list[int]] = [[] for _ in needs]
    for node, wanted in enumerate(needs):
        for earlier in wanted:
            needed_by[earlier].append(node)
    ready = [node for node, count in enumerate(missing) if count == 0]
    heapify(ready)
    order: list[int] = []
    while ready:
        node = heappop(ready)
        order.append(node)
        for later in needed_by[node]:
            missing[later] -= 1
            if missing[later] == 0:
                heappush(ready, later)
    return order


def add_where_possible(firm: Needs, loose: Mapping[int, set[int]]) -> list[tuple[int, int]]:
    """Add the loose needs to the firm ones, but for those on a circle; these are given back as (node, needed).

    The firm needs must be free of circles. `loose` holds needs by node.
    """
    added = {node: new for node, wanted in loose.items() if (new := wanted.difference(firm[node], (node,)))}
    for node, wanted in added.items():
        firm[node] |= wanted
    if not added or len(in_order(firm)) == len(firm):
        return []
    group = _groups(firm)
    refused: list[tuple[int, int]] = []
    for node, wanted in added.items():
        on_circle = {earlier for earlier in wanted if group[node] == group[earlier]}
        firm[node] -= on_circle
        refused.extend((node, earlier) for earlier in sorted(on_circle))
    return refused


def _groups(needs: Needs) -> list[int]:
    """For each node, the number of its group: nodes on a common circle share one (Tarjan's algorithm, unrolled)."""
    group = [-1] * len(needs)
    index = [-1] * len(needs)
    low = [0] * len(needs)
    stack: list[int] = []
    counter = groups = 0
    for root in range(len(needs)):
        if index[root] >= 0:
            continue
        work: list[tuple[int, Iterator[int]]] = []
        counter = _enter(root, needs, index, low, stack, work, counter)
        while work:
            node, rest = work[-1]
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    parent = work[-1][0]
                    low[parent] = min(low[parent], low[node])
                if low[node] == index[node]:
                    _close(node, stack, group, groups)
                    groups += 1
            elif index[following] < 0:
                counter = _enter(following, needs, index, low, stack, work, counter)
            elif group[following] < 0:
                low[node] = min(low[node], index[following])
    return group


def _enter(
    node: int,
    needs: Needs,
    index: list[int],
    low: list[int],
    stack: list[int],
    work: list[tuple[int, Iterator[int]]],
    counter: int,
) -> int:
    index[node] = low[node] = counter
    stack.append(node)
    work.append((node, iter(needs[node])))
    return counter + 1


def _close(node: int, stack: list[int], group: list[int], number: int) -> None:
    while True:
        member = stack.pop()
        group[member] = number
        if member == node:
            return


@dataclass(frozen=True, slots=True)
class Absence:
    """When an instance is without its link, by place: from its detach (None: from the start) until its attach.

    Several that are away from the start can be one absence, which ends with the last of their attaches.
    """

    detach: int | None
    attaches: tuple[int, ...]

    @property
    def span(self) -> tuple[int, int]:
        return (-1 if self.detach is None else self.detach, max(self.attaches))


def lanes(absences: Iterable[Absence], width: int) -> list[list[Absence]] | None:
    """Share absences out to at most `width` lanes in which none overlap.

    Each goes to the lane that has been idle for longest. Of those from the start, no more than one lane holds several.
    Returns None where more than `width` others overlap.
    """
    found: list[list[Absence]] = []
    idle_since: list[tuple[int, int]] = []
    for absence in sorted(_crowded(absences, width), key=lambda absence: absence.span):
        start, end = absence.span
        if len(found) < width:
            found.append([])
            lane = len(found) - 1
        elif idle_since[0][0] < start:
            _, lane = heappop(idle_since)
        else:
            return None
        found[lane].append(absence)
        heappush(idle_since, (end, lane))
    return found


def most_at_once(absences: Iterable[Absence]) -> int:
    """How many absences overlap at most; so many lanes are enough for them."""
    ends = sorted(end for absence in absences for end in zip(absence.span, (1, -1), strict=True))
    now = most = 0
    for _, change in ends:
        now += change
        most = max(most, now)
    return most


def _crowded(absences: Iterable[Absence], width: int) -> Iterator[Absence]:
    """The same, with those that are away from the start and too many drawn together: the ones that are back first."""
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
