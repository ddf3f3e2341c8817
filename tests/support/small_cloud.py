"""A model of the cloud in a few lines: what each step does to it, and when it refuses. Knows nothing of the planner.

It takes the steps of a plan document, and nothing else of it.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

Document = dict[str, Any]


Place = tuple[tuple[str, str], ...]
"""Of each instance that has not arrived: its id, and "here" or "parked"."""


class Refused(Exception):
    """The cloud would not do this step now."""


@dataclass
class SmallCloud:
    quota: int
    enabled: set[str]
    links: dict[str, str]
    routes: set[tuple[str, str]] = field(default_factory=set)

    def take(self, step: Mapping[str, Any]) -> None:
        """Do one step. Raises Refused."""
        getattr(self, f"_{step['action']}")(step)

    def _refuse(self, step: Mapping[str, Any], where: bool) -> None:
        if where:
            raise Refused(f"{step['action']} {step.get('instance_id')} {step.get('vpc_id')}: {self}")

    def _enable_classic_link(self, step: Mapping[str, Any]) -> None:
        self._refuse(step, step["vpc_id"] in self.enabled)
        self.enabled.add(step["vpc_id"])

    def _disable_classic_link(self, step: Mapping[str, Any]) -> None:
        self._refuse(step, step["vpc_id"] not in self.enabled or step["vpc_id"] in self.links.values())
        self.enabled.remove(step["vpc_id"])

    def _attach(self, step: Mapping[str, Any]) -> None:
        vpc_id = step["vpc_id"]
        self._refuse(step, step["instance_id"] in self.links or vpc_id not in self.enabled)
        self._refuse(step, sum(linked == vpc_id for linked in self.links.values()) >= self.quota)
        self.links[step["instance_id"]] = vpc_id

    def _detach(self, step: Mapping[str, Any]) -> None:
        self._refuse(step, self.links.get(step["instance_id"]) != step["vpc_id"])
        del self.links[step["instance_id"]]

    def _add_guest_route(self, step: Mapping[str, Any]) -> None:
        self.routes.add((step["instance_id"], step["destination_cidr_block"]))

    def _remove_guest_route(self, step: Mapping[str, Any]) -> None:
        self.routes.discard((step["instance_id"], step["destination_cidr_block"]))

    def copy(self) -> SmallCloud:
        return SmallCloud(self.quota, set(self.enabled), dict(self.links), set(self.routes))


def sampled_order(steps: Sequence[Mapping[str, Any]], random: Random) -> Iterator[Mapping[str, Any]]:
    """The steps in one of the orders that their needs allow; any of them may come."""
    missing = {step["id"]: set(step["needs"]) for step in steps}
    left = {step["id"]: step for step in steps}
    while left:
        ready = sorted(number for number in left if not missing[number])
        chosen = random.choice(ready)
        yield left.pop(chosen)
        for needs in missing.values():
            needs.discard(chosen)


def fewest_parked(moves: Mapping[str, tuple[str, str]], counts: Mapping[str, int], quota: int) -> int | None:
    """How many instances must be parked at least so that all `moves` (instance → from, to) can be made.

    Found by trying everything: a move whose new VPC has a slot costs nothing, taking an instance out to wait costs one.
    None where no order leads to the end.
    """
    start: Place = tuple((instance_id, "here") for instance_id in sorted(moves))
    best: dict[Place, int] = {start: 0}
    work: deque[tuple[int, Place]] = deque([(0, start)])
    while work:
        cost, place = work.popleft()
        if best[place] < cost:
            continue
        if not place:
            return cost
        held = _held(place, moves, counts)
        for number, (instance_id, where) in enumerate(place):
            rest = place[:number] + place[number + 1 :]
            target = moves[instance_id][1]
            if held[target] < quota:
                _offer(best, work, cost, rest)
            elif where == "here":
                _offer(best, work, cost + 1, (*place[:number], (instance_id, "parked"), *place[number + 1 :]))
    return None


def _offer(best: dict[Any, int], work: deque[tuple[int, Any]], cost: int, place: Any) -> None:
    if cost < best.get(place, cost + 1):
        best[place] = cost
        if work and work[0][0] < cost:
            work.append((cost, place))
        else:
            work.appendleft((cost, place))


def _held(
    place: Sequence[tuple[str, str]], moves: Mapping[str, tuple[str, str]], counts: Mapping[str, int]
) -> Counter[str]:
    held = Counter(counts)
    here = dict(place)
    for instance_id, (origin, target) in moves.items():
        if here.get(instance_id) != "here":
            held[origin] -= 1
        if instance_id not in here:
            held[target] += 1
    return held
