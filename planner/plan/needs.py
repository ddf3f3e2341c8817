"""Which step waits for which, and where the wishes of users would close a circle.

Some needs are facts of ClassicLink: they hold in any case, and never form a circle. Others are what users asked for
(`depends_on`, references), and some only shorten the time that an instance has no link. Where the latter would close
a circle with the former, they are dropped.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from heapq import heapify, heappop, heappush

from planner.graphs import components

Needs = list[list[int]]
"""For each node, the nodes that must come before it, in any order; one can be named twice.

They are lists because most nodes have one or two needs: as sets, those of 100,000 nodes would take three times the
memory.
"""


def in_order(needs: Needs) -> list[int]:
    """The nodes, each after what it needs, and otherwise by number. Nodes on a circle, or after one, are left out."""
    if all(not earlier or max(earlier) < node for node, earlier in enumerate(needs)):
        return list(range(len(needs)))  # the usual case: the numbers are such an order already
    missing = [len(earlier) for earlier in needs]
    needed_by: list[list[int]] = [[] for _ in needs]
    for node, before in enumerate(needs):
        for earlier in before:
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


def add_where_possible(needs: Needs, wishes: Mapping[int, Collection[int]]) -> list[tuple[int, int]]:
    """Add the wishes to the needs, except those on a circle; these are returned as (node, the node it wished for).

    The needs must be free of circles. `wishes` holds, for some nodes, further nodes that should come before them.
    """
    added = {node: new for node, earlier in wishes.items() if (new := {*earlier}.difference(needs[node], (node,)))}
    for node, earlier in added.items():
        needs[node] += earlier
    if not added or len(in_order(needs)) == len(needs):
        return []
    component = components(needs)
    dropped: list[tuple[int, int]] = []
    for node, earlier in added.items():
        on_circle = {other for other in earlier if component[node] == component[other]}
        if on_circle:
            needs[node] = [other for other in needs[node] if other not in on_circle]
        dropped.extend((node, other) for other in sorted(on_circle))
    return dropped
