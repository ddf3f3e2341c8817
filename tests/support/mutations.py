"""A campaign: plans altered at random, with a checksum that holds, and what an apply would make of them.

    PYTHONPATH=tests python -m support.mutations [COUNT [SEED]]

Each alteration of a plan of the mixed estate is refused when it is read or before its first step; or it is carried out,
in several orders that its needs allow, without one call that the simulated cloud refuses, without a link that lacks
its guest route, and into a state that says nothing that is not so.
"""

from __future__ import annotations

import contextlib
import io
import json
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from planner.apply.preflight import preflight
from planner.config.desired import Limits
from planner.documents.plan_loading import mismatches
from planner.documents.plan_steps import read_steps
from planner.network.identity import ATTACHMENT, VPC, Action
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.recovery.fold import fold
from planner.state.model import State
from planner.steps import Step
from providers.base import Refused
from providers.mock.calls import raise_if_refused
from providers.mock.cloud import Cloud
from providers.mock.provider import open_mock
from support.killing import Desk
from support.mixed_estate import GUEST_CIDR

Plan = dict[str, Any]
ORDERS = 3
"""In how many orders a plan that is accepted is tried."""


@dataclass(frozen=True)
class Case:
    """A plan, and what it was made from."""

    plan: Plan
    world: World
    prior: State

    def refused(self, plan: Plan) -> bool:
        """Whether an apply refuses to begin with this plan."""
        if mismatches(plan) or plan["errored"]:
            return True
        today = datetime.now(UTC).date()
        document: Any = plan
        return bool(preflight(document, Worlds({"mock": self.world}), today, Limits(), self.prior))


def prepared(directory: Path) -> Case:
    """The mixed estate before its change, and a plan of that."""
    desk = Desk(directory)
    desk.prepare()
    provider = open_mock({"world": "world.json"}, directory)
    plan = json.loads((directory / "plan.json").read_text())
    return Case(plan, provider.read(), desk.store.read())


def altered(plan: Plan, chance: random.Random) -> tuple[str, Plan]:
    """The plan with one to three alterations of what an apply goes by, and what they are."""
    found = deepcopy(plan)
    names = []
    for _ in range(chance.choice((1, 1, 1, 2, 3))):
        alter = chance.choice(ALTERATIONS)
        names.append(alter.__name__)
        alter(found, chance)
    found["summary"]["steps"] = len(found["steps"])
    return " ".join(names), found


def _leaves(value: Any) -> Iterator[tuple[Any, Any]]:
    listed = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in listed:
        if isinstance(part, dict | list):
            yield from _leaves(part)
        else:
            yield value, key


def swap_values(plan: Plan, chance: random.Random) -> None:
    """Give a part another value that the plan has in some such place."""
    part = chance.choice(("steps", "steps", "resource_changes", "proof"))
    leaves = list(_leaves(plan[part]))
    holder, key = chance.choice(leaves)
    values = [other[name] for other, name in leaves if name == key and other[name] != holder[key]]
    if values:
        holder[key] = chance.choice(values)


def drop_a_need(plan: Plan, chance: random.Random) -> None:
    needing = [step for step in plan["steps"] if step["needs"]]
    needs = chance.choice(needing)["needs"]
    needs.remove(chance.choice(needs))


def drop_all_needs(plan: Plan, chance: random.Random) -> None:
    chance.choice(plan["steps"])["needs"] = []


def add_a_need(plan: Plan, chance: random.Random) -> None:
    first, second = sorted(chance.sample(range(len(plan["steps"])), 2))
    needs = plan["steps"][second]["needs"]
    needs[:] = sorted({*needs, first + 1})


def reverse_an_action(plan: Plan, chance: random.Random) -> None:
    other = {"attach": "detach", "enable_classic_link": "disable_classic_link", "add_guest_route": "remove_guest_route"}
    other |= {value: key for key, value in other.items()}
    step = chance.choice(plan["steps"])
    step["action"] = other[step["action"]]


def change_a_slot(plan: Plan, chance: random.Random) -> None:
    step = chance.choice([step for step in plan["steps"] if step.get("slot")])
    detaches = [other["id"] for other in plan["steps"] if other["action"] == "detach"]
    step["slot"] = chance.choice(({"from": "free"}, {"from": "step", "step": chance.choice(detaches)}))


def change_a_fact(plan: Plan, chance: random.Random) -> None:
    facts = chance.choice(list(plan["proof"]["vpcs"].values()))
    key = chance.choice(list(facts))
    facts[key] = not facts[key] if isinstance(facts[key], bool) else chance.choice((0, 1, 999, 1000, 5000))


def drop_a_fact(plan: Plan, chance: random.Random) -> None:
    facts = plan["proof"][chance.choice(("vpcs", "instances"))]
    del facts[chance.choice(list(facts))]


def drop_a_step(plan: Plan, chance: random.Random) -> None:
    gone = chance.randrange(len(plan["steps"]))
    _arrange(plan, [step for place, step in enumerate(plan["steps"]) if place != gone])


def repeat_a_step(plan: Plan, chance: random.Random) -> None:
    place = chance.randrange(len(plan["steps"]))
    copy = deepcopy(plan["steps"][place])
    copy["id"] = len(plan["steps"]) + 1
    plan["steps"].append(copy)


def exchange_steps(plan: Plan, chance: random.Random) -> None:
    steps = list(plan["steps"])
    first, second = chance.sample(range(len(steps)), 2)
    steps[first], steps[second] = steps[second], steps[first]
    _arrange(plan, steps)


def _arrange(plan: Plan, steps: Sequence[dict[str, Any]]) -> None:
    """Renumber the steps; references to removed steps are dropped."""
    numbers = {step["id"]: place for place, step in enumerate(steps, 1)}
    for step in steps:
        step["id"] = numbers[step["id"]]
        step["needs"] = sorted(numbers[need] for need in step["needs"] if need in numbers)
        if step.get("slot") and step["slot"].get("from") == "step":
            freed = numbers.get(step["slot"].get("step"))
            step["slot"] = {"from": "step", "step": freed} if freed else {"from": "free"}
    for rule in plan["rules"]:
        rule["steps"] = [numbers[one] for one in rule["steps"] if one in numbers]
    plan["steps"] = list(steps)


def drop_a_change(plan: Plan, chance: random.Random) -> None:
    changes = plan["resource_changes"]
    del changes[chance.randrange(len(changes))]


def change_actions(plan: Plan, chance: random.Random) -> None:
    actions = (["create"], ["delete"], ["update"], ["no-op"], ["forget"], ["delete", "create"])
    chance.choice(plan["resource_changes"])["change"]["actions"] = chance.choice(actions)


ALTERATIONS: tuple[Callable[[Plan, random.Random], None], ...] = (
    swap_values,
    swap_values,
    drop_a_need,
    drop_all_needs,
    add_a_need,
    reverse_an_action,
    change_a_slot,
    change_a_fact,
    drop_a_fact,
    drop_a_step,
    repeat_a_step,
    exchange_steps,
    drop_a_change,
    change_actions,
)


def an_order(steps: Sequence[Step], chance: random.Random) -> Iterator[Step]:
    """The steps in some order that their needs allow."""
    left, done = list(steps), set[int]()
    while left:
        step = chance.choice([one for one in left if done.issuperset(one.needs)])
        left.remove(step)
        done.add(step.id)
        yield step


def wrong_with(case: Case, plan: Plan, chance: random.Random) -> str | None:
    """What goes wrong where an apply carries this plan out; None where nothing does."""
    document: Any = plan
    steps = read_steps(document)
    cloud = Cloud(case.world)
    for step in an_order(steps, chance):
        try:
            raise_if_refused(cloud, step.action, step.target)
        except Refused as refused:
            return f"step {step.id}, {step.action.value} {step.target.id}: {refused}"
        cloud.take(step.action, step.target)
        vpc_id = cloud.links.get(step.instance_id or "")
        if vpc_id and step.action in (Action.ATTACH, Action.REMOVE_GUEST_ROUTE) and _lacks_route(cloud, step, vpc_id):
            return f"step {step.id}, {step.action.value} {step.target.id}: the link lacks its guest route"
    return _untrue(fold(case.prior, document, {step.id for step in steps}, {}), cloud.world(), case.prior)


def _lacks_route(cloud: Cloud, step: Step, vpc_id: str) -> bool:
    routes = cloud.instances[step.instance_id or ""].guest_routes or ()
    return cloud.vpcs[vpc_id].cidr_block == GUEST_CIDR and GUEST_CIDR not in {
        one.destination_cidr_block for one in routes
    }


def _untrue(state: State, world: World, prior: State) -> str | None:
    """What the state says that is not so."""
    for found in state.objects.values():
        identity = found.identity
        if identity.type == ATTACHMENT and world.links.get(identity.instance_id or "") != identity.vpc_id:
            return f"the state has {found.address}, and {identity.id} is no link"
        if identity.type == VPC and not world.vpcs[identity.vpc_id or ""].classic_link_enabled:
            return f"the state has {found.address}, and {identity.id} is not enabled"
    return None


def campaign(case: Case, count: int, seed: int) -> tuple[Counter[str], list[str]]:
    """How many alterations were refused, accepted and unchanged; and what went wrong of those that were accepted."""
    tally: Counter[str] = Counter()
    wrong: list[str] = []
    for number in range(seed, seed + count):
        chance = random.Random(number)  # noqa: S311 - for choices that can be made again
        said, plan = altered(case.plan, chance)
        if plan == case.plan:
            tally["unchanged"] += 1
        elif case.refused(plan):
            tally["refused"] += 1
        else:
            tally["accepted"] += 1
            found = filter(None, (wrong_with(case, plan, chance) for _ in range(ORDERS)))
            wrong += [f"seed {number}, {said}: {one}" for one in dict.fromkeys(found)][:1]
    return tally, wrong


def main() -> None:
    count, seed = (*map(int, sys.argv[1:]), *(2_000, 0)[len(sys.argv) - 1 :])
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        tally, wrong = campaign(prepared(Path(folder)), count, seed)
    sys.stdout.write("\n".join([*wrong, str(dict(tally)), ""]))


if __name__ == "__main__":
    main()
