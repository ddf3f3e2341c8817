"""Walks over a graph: an order in which each node comes after all that it leads to, and which nodes lie on a circle.

The circles are the strongly connected components, found in two walks (Kosaraju's algorithm). The first, along the
arrows, notes the order in which nodes are finished: each after all that it leads to. The second takes the nodes from
the last one finished to the first, and goes from each against the arrows. A node that it reaches leads to the one it
came from, and is reached from there too, or it would have been finished later. So what one such walk reaches for the
first time is one component. Linear in nodes and arrows.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

Graph = Sequence[Collection[int]]
"""For each node, the nodes that its arrows lead to."""


def components(graph: Graph) -> list[int]:
    """For each node, the number of its component: two nodes share one where each can be reached from the other."""
    component = [-1] * len(graph)
    against = _reversed(graph)
    for number, start in enumerate(reversed(finishing_order(graph))):
        if component[start] < 0:
            _mark(start, number, against, component)
    return component


def circles(graph: Graph, finished: Sequence[int]) -> list[list[int]]:
    """The nodes of each circle, one that leads to itself included. `finished` is the finishing order of the graph.

    Without a circle every node is finished after all that it leads to, so that the search for circles can be skipped.
    """
    place = [0] * len(graph)
    for number, node in enumerate(finished):
        place[node] = number
    if all(place[target] < place[node] for node, targets in enumerate(graph) for target in targets):
        return []
    members: dict[int, list[int]] = {}
    for node, component in enumerate(components(graph)):
        members.setdefault(component, []).append(node)
    return [group for group in members.values() if len(group) > 1 or group[0] in graph[group[0]]]


def finishing_order(graph: Graph) -> list[int]:
    """The nodes as a walk in depth finishes them: each after all that it leads to, but for what lies on a circle."""
    finished: list[int] = []
    begun = [False] * len(graph)
    for root in range(len(graph)):
        if begun[root]:
            continue
        begun[root] = True
        if all(begun[target] for target in graph[root]):  # all of them are finished
            finished.append(root)
            continue
        path: list[tuple[int, Iterator[int]]] = [(root, iter(graph[root]))]
        while path:
            node, arrows = path[-1]
            following = next((target for target in arrows if not begun[target]), None)
            if following is None:
                finished.append(node)
                path.pop()
            else:
                begun[following] = True
                path.append((following, iter(graph[following])))
    return finished


def _mark(start: int, number: int, graph: Graph, component: list[int]) -> None:
    """Give this number to all that can be reached from `start` and has none yet."""
    work = [start]
    component[start] = number
    while work:
        for node in graph[work.pop()]:
            if component[node] < 0:
                component[node] = number
                work.append(node)


def _reversed(graph: Graph) -> list[list[int]]:
    against: list[list[int]] = [[] for _ in graph]
    for node, targets in enumerate(graph):
        for target in targets:
            against[target].append(node)
    return against
