"""What waits for what, and where users' wishes would turn it into a circle.

Some needs are facts of ClassicLink: nothing can lift them, and they never form a circle. Others are what users wrote
(`depends_on`, references), and some are only for the better (a detach that waits, so that an instance is not without
its link for longer than it must). Where the latter close a circle with the former, they give way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from heapq import heapify, heappop, heappush

Needs = list[set[int]]
"""For each node, the nodes that must come before it."""


def in_order(needs: Needs) -> list[int]:
    """The nodes, each after what it needs, and otherwise by number. Nodes on a circle, or after one, are left out."""
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
    added = {node: wanted - firm[node] - {node} for node, wanted in loose.items()}
    for node, wanted in added.items():
        firm[node] |= wanted
    if not any(added.values()) or len(in_order(firm)) == len(firm):
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


def lanes(spans: Iterable[tuple[int, int]], width: int) -> list[list[tuple[int, int]]] | None:
    """Share out spans (first place, last place), sorted, to at most `width` lanes in which none overlap.

    Each goes to the lane that has been idle for longest. Returns None where more than `width` spans overlap.
    """
    found: list[list[tuple[int, int]]] = []
    last: list[tuple[int, int]] = []
    for span in spans:
        if len(found) < width:
            found.append([])
            lane = len(found) - 1
        elif last[0][0] < span[0]:
            _, lane = heappop(last)
        else:
            return None
        found[lane].append(span)
        heappush(last, (span[1], lane))
    return found
