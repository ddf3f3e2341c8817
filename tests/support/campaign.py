"""A campaign: every small case of the order of steps, tried out.

    PYTHONPATH=tests python -m support.campaign [VPCS [SLOTS [INSTANCES]]]

Up to that many VPCs (4), slots in each (2) and instances (6): every start that keeps the slots, every end that
keeps them, up to renaming; an instance may also be in the middle of a move that was cut short. For each one the planner
must find a plan, park no more instances than an exhaustive search finds necessary, and be legal for every order that
the needs allow: each set of done steps that can come about is visited once, and each step that may come next must be
accepted by a model of the cloud that knows nothing of the planner.

The whole campaign (20,754 cases) takes some three minutes; `tests/plan/test_plan_campaign.py` runs a corner of it at
each test run.
"""

from __future__ import annotations

import sys
from collections import Counter, deque
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations_with_replacement, permutations
from typing import Any

from planner.address import Address
from planner.documents.plan import StepEntry
from planner.documents.reasons import Reason
from planner.network.identity import ATTACHMENT, Link
from planner.network.world import Vpc, World
from planner.network.worlds import Worlds
from planner.plan.changes import Change, ChangeKind, Snapshot
from planner.plan.dependencies import Dependencies
from planner.plan.document import step_json
from planner.plan.order import order
from support.small_cloud import Refused, SmallCloud, fewest_parked

Way = tuple[str | None, str | None]
"""Where an instance is at the start and at the end; None is nowhere."""
CUT = "cut"
"""The start of an instance that is nowhere since a move of it was cut short."""


def main() -> None:
    given = [int(text) for text in sys.argv[1:]]
    vpcs, slots, instances = (*given, *(4, 2, 6)[len(given) :])
    number = 0
    for number, ways in enumerate(cases(vpcs, slots, instances), 1):
        check(ways, vpcs, slots)
        if number % 1_000 == 0:
            sys.stdout.write(f"{number:,} cases, the last one {ways}\n")
    sys.stdout.write(f"{number:,} cases: every goal has a plan, and every plan is legal in every order.\n")


def cases(vpcs: int, slots: int, instances: int) -> Iterator[tuple[Way, ...]]:
    """Every case once, whatever the VPCs and instances are called."""
    names = [f"vpc-{number}" for number in range(vpcs)]
    places = [None, *names]
    ways = [*((start, end) for start in places for end in places if start or end), *((CUT, end) for end in names)]
    seen: set[tuple[Way, ...]] = set()
    for count in range(1, instances + 1):
        for case in combinations_with_replacement(ways, count):
            if fits(case, slots) and (least := canonical(case, names)) not in seen:
                seen.add(least)
                yield case


def fits(case: Sequence[Way], slots: int) -> bool:
    starts, ends = Counter(start for start, _ in case), Counter(end for _, end in case)
    return all(count <= slots for found in (starts, ends) for name, count in found.items() if name not in (None, CUT))


def canonical(case: Sequence[Way], names: Sequence[str]) -> tuple[Way, ...]:
    """The least of all cases that differ from this one in the names of VPCs only."""
    used = [name for name in names if any(name in way for way in case)]
    renamings = ({CUT: CUT} | dict(zip(used, other, strict=False)) for other in permutations(names, len(used)))
    return min(
        (tuple(sorted(((to.get(a or ""), to.get(b or "")) for a, b in case), key=str)) for to in renamings), key=str
    )


def check(ways: Sequence[Way], vpcs: int, slots: int) -> None:
    """Raises AssertionError where the planner fails this case."""
    starts = {f"i-{number}": start for number, (start, _) in enumerate(ways) if start and start != CUT}
    steps = plan(ways, starts, vpcs, slots)
    for step in steps:
        assert step["action"] != "attach" or step["slot"] is not None, (ways, "a goal is refused")
    moves = {f"i-{number}": (a, b) for number, (a, b) in enumerate(ways) if a and b and CUT != a != b}
    staying = Counter(start for start, end in ways if start and end and start != CUT)  # who leaves for good goes first
    needed = fewest_parked(moves, staying, slots)
    assert sum(bool(step.get("parked")) for step in steps) == needed, (ways, "parked", needed)
    everywhere_legal(steps, SmallCloud(slots, {f"vpc-{number}" for number in range(vpcs)}, dict(starts)))


def plan(ways: Sequence[Way], starts: Mapping[str, str], vpcs: int, slots: int) -> list[StepEntry]:
    """The steps that the planner takes from the start to the end."""
    changes = []
    for number, (start, end) in enumerate(ways):
        if start != end:
            at = starts.get(f"i-{number}")
            kind = ChangeKind.REPLACE if at and end else ChangeKind.CREATE if end else ChangeKind.DELETE
            reason = Reason.MOVE_CUT_SHORT if start == CUT else Reason.DECLARED
            before, after = (side(number, place) if place else None for place in (at, end))
            changes.append(Change(Address(ATTACHMENT, "x", number), kind, reason, before, after))
    names = [f"vpc-{number}" for number in range(vpcs)]
    network = {name: Vpc(name, "1", "r", "172.16.0.0/12", classic_link_enabled=True) for name in names}
    world = World(vpcs=network, links=dict(starts))
    return [
        step_json(step, world) for step in order(changes, Worlds({"mock": world}), Dependencies({}), quota=slots).steps
    ]


def side(number: int, vpc_id: str) -> Snapshot:
    return Snapshot(Link(f"i-{number}", vpc_id), {}, "mock")


def everywhere_legal(steps: Sequence[Mapping[str, Any]], start: SmallCloud) -> None:
    """Where a set of done steps leads to does not depend on their order, so sets stand for prefixes of all orders.

    They are visited by their size, each once.
    """
    reached: dict[frozenset[int], SmallCloud] = {frozenset(): start}
    work = deque([frozenset[int]()])
    while work:
        done = work.popleft()
        cloud = reached.pop(done)
        for step in steps:
            if step["id"] in done or not done.issuperset(step["needs"]):
                continue
            after = cloud.copy()
            try:
                after.take(step)
            except Refused as refused:
                raise AssertionError(f"after {sorted(done)}: {refused}") from None
            further = done | {step["id"]}
            if further not in reached:
                reached[further] = after
                work.append(further)


if __name__ == "__main__":
    main()
