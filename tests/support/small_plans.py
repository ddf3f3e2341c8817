"""Small plan documents, and a model of the cloud that tries every order of their steps. Uses nothing of the checker."""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from hypothesis import strategies as st

from planner.address import parse_address
from planner.network.world import Instance, Vpc, World
from planner.network.worlds import Worlds
from support.documents import change, plan

Document = dict[str, Any]
TYPES = {
    "enable_classic_link": ("classiclink_vpc", "create"),
    "disable_classic_link": ("classiclink_vpc", "delete"),
    "attach": ("classiclink_attachment", "create"),
    "detach": ("classiclink_attachment", "delete"),
    "add_guest_route": ("classiclink_guest_route", "create"),
    "remove_guest_route": ("classiclink_guest_route", "delete"),
}


def step(number: int, text: str, needs: tuple[int, ...] = (), slot: int | None = None) -> Document:
    """A step such as `attach i-1 vpc-a`; `slot` is 0 for a free one, or the id of a detach."""
    action, *ids = text.split()
    made: Document = {"id": number, "action": action, "address": f"{TYPES[action][0]}.s{number}", "provider": "mock"}
    made |= {("instance_id" if name.startswith("i-") else "vpc_id"): name for name in ids}
    if action.endswith("guest_route"):
        made["destination_cidr_block"] = "192.168.0.0/16"
    made["needs"] = list(needs)
    if slot is not None:
        made["slot"] = {"from": "step", "step": slot} if slot else {"from": "free"}
    return made


def document(steps: list[Document], vpcs: Mapping[str, Document], links: Mapping[str, str | None]) -> Document:
    tell_why(steps)
    facts = {"worlds": {"mock": {"account_id": "1001"}}, "vpcs": dict(vpcs), "instances": dict(links)}
    made: Document = plan(
        steps=steps,
        resource_changes=[change_of(step) for step in steps],
        proof={"max_unavailable": None, "lanes": [], **facts},
        applicable=bool(steps),
    )
    return made


def tell_why(steps: list[Document]) -> None:
    """Give each step its reason, and mark the detaches that do not wait for their instance's new slot."""
    of_instance: dict[str, list[Document]] = defaultdict(list)
    for step in steps:
        of_instance[step.get("instance_id", "")].append(step)
    for step in steps:
        theirs = of_instance[step.get("instance_id", "")]
        attach = next((one for one in theirs if one["id"] > step["id"] and one["action"] == "attach"), None)
        if step["action"] == "detach" and attach is not None:
            taken = attach["slot"].get("step", step["id"])
            if taken not in (step["id"], *step["needs"]):
                step["parked"] = True
        link = step["action"] in ("attach", "detach")
        plain = "declared" if TYPES[step["action"]][1] == "create" else "undeclared"
        moved = link and {"attach", "detach"} <= {one["action"] for one in theirs}
        step["reason"] = "moved" if moved else plain


def change_of(step: Document) -> Document:
    _, action = TYPES[step["action"]]
    names = ("instance_id", "vpc_id", "destination_cidr_block")
    attributes = {name: step[name] for name in names if name in step}
    before, after = (None, attributes) if action == "create" else (attributes, None)
    reason = "declared" if action == "create" else "not_declared"
    made: Document = change(parse_address(step["address"]), [action], before, after, action_reason=reason)
    return made


def world_of(plan: Document) -> Worlds:
    """A world in which the facts of this plan's proof hold."""
    facts = plan["proof"]
    links = {instance_id: vpc_id for instance_id, vpc_id in facts["instances"].items() if vpc_id}
    for vpc_id, vpc in facts["vpcs"].items():
        missing = vpc["linked"] - sum(linked_to == vpc_id for linked_to in links.values())
        links |= {f"i-other-{vpc_id}-{number}": vpc_id for number in range(missing)}
    world = World(
        vpcs={
            vpc_id: Vpc(
                vpc_id,
                "1001",
                "cn-hangzhou",
                "192.168.0.0/16" if vpc.get("guest_route") else "172.16.0.0/12",
                classic_link_enabled=vpc["enabled"],
            )
            for vpc_id, vpc in facts["vpcs"].items()
        },
        instances={i: Instance(i, "1001", "cn-hangzhou", "classic", "10.0.0.1") for i in facts["instances"]},
        links=links,
    )
    return Worlds({"mock": world})


class Illegal(Exception):
    pass


def legal_in_every_order(plan: Document) -> bool:
    """Whether every order that the needs allow, and every prefix, is legal: tried out, set of steps done by set.

    What a set of legal steps leads to does not depend on their order, so sets stand for prefixes.
    """
    steps = {step["id"]: step for step in plan["steps"]}
    if sorted(steps) != list(range(1, len(plan["steps"]) + 1)):
        return False
    done: frozenset[int] = frozenset()
    seen, work = {done}, [done]
    complete = False
    while work:
        done = work.pop()
        complete = complete or len(done) == len(steps)
        for number, candidate in steps.items():
            if number in done or not done >= set(candidate["needs"]):
                continue
            try:
                take(candidate, done, plan)
            except Illegal:
                return False
            further = done | {number}
            if further not in seen:
                seen.add(further)
                work.append(further)
    return complete


def take(candidate: Document, done: frozenset[int], plan: Document) -> None:
    """Raises Illegal where the cloud would refuse this step once those steps are done."""
    links = dict(plan["proof"]["instances"])
    counts = {vpc_id: vpc["linked"] for vpc_id, vpc in plan["proof"]["vpcs"].items()}
    enabled = {vpc_id: vpc["enabled"] for vpc_id, vpc in plan["proof"]["vpcs"].items()}
    before = [step for step in plan["steps"] if step["id"] in done]
    for step in in_some_order(before):
        apply(step, links, counts, enabled)
    action, instance_id, vpc_id = candidate["action"], candidate.get("instance_id", ""), candidate.get("vpc_id", "")
    legal: dict[str, Callable[[], bool]] = {
        "attach": lambda: (
            links[instance_id] is None
            and enabled[vpc_id]
            and counts[vpc_id] < plan["proof"]["vpcs"][vpc_id]["quota"]
            and not open_steps(plan, done, "add_guest_route", instance_id)
            and not (
                plan["proof"]["vpcs"][vpc_id].get("guest_route")
                and open_steps(plan, done, "remove_guest_route", instance_id)
            )
        ),
        "detach": lambda: links[instance_id] == vpc_id,
        "enable_classic_link": lambda: not enabled[vpc_id],
        "disable_classic_link": lambda: enabled[vpc_id] and counts[vpc_id] == 0,
        "add_guest_route": lambda: not open_steps(plan, done, "remove_guest_route", instance_id),
        "remove_guest_route": lambda: not open_steps(plan, done, "detach", instance_id),
    }
    if not legal[action]():
        raise Illegal


def open_steps(plan: Document, done: frozenset[int], action: str, instance_id: str) -> bool:
    return any(
        step["action"] == action and step["instance_id"] == instance_id and step["id"] not in done
        for step in plan["steps"]
    )


def in_some_order(steps: list[Document]) -> Iterator[Document]:
    """The steps in an order that their needs allow."""
    left = list(steps)
    taken: set[int] = set()
    while left:
        ready = next(step for step in left if taken >= set(step["needs"]))
        left.remove(ready)
        taken.add(ready["id"])
        yield ready


def apply(step: Document, links: dict[str, Any], counts: dict[str, int], enabled: dict[str, bool]) -> None:
    action = step["action"]
    if action == "attach":
        links[step["instance_id"]] = step["vpc_id"]
        counts[step["vpc_id"]] += 1
    elif action == "detach":
        links[step["instance_id"]] = None
        counts[step["vpc_id"]] -= 1
    elif action.endswith("_classic_link"):
        enabled[step["vpc_id"]] = action.startswith("enable")


VPCS = ("vpc-a", "vpc-b")
INSTANCES = ("i-1", "i-2", "i-3")


@st.composite
def valid_plans(draw: st.DrawFn) -> Document:
    """A plan made by walking a small cloud legally, with no more needs than the proof asks for."""
    vpcs = {
        vpc_id: {
            "linked": 0,
            "quota": draw(st.integers(1, 2)),
            "enabled": draw(st.booleans()),
            "guest_route": draw(st.booleans()),
        }
        for vpc_id in VPCS
    }
    links: dict[str, str | None] = {}
    for instance_id in INSTANCES:
        room = [None] + [v for v in VPCS if vpcs[v]["enabled"] and vpcs[v]["linked"] < vpcs[v]["quota"]]
        links[instance_id] = draw(st.sampled_from(room))
        if links[instance_id]:
            vpcs[links[instance_id] or ""]["linked"] += 1
    walk = _Walk(copy.deepcopy(vpcs), dict(links))
    for _ in range(draw(st.integers(0, 7))):
        options = walk.options()
        if options:
            walk.take(draw(st.sampled_from(options)))
    wait_with_the_link(walk.steps)
    return document(walk.steps, vpcs, links)


def wait_with_the_link(steps: list[Document]) -> None:
    """Let the detach of each move wait for all that is listed before it and that its attach waits for."""
    for place, down in enumerate(steps):
        later = (step for step in steps[place:] if step.get("instance_id") == down.get("instance_id"))
        up = next((step for step in later if step["action"] == "attach"), None)
        if down["action"] == "detach" and up is not None:
            down["needs"] = sorted({*down["needs"], *(need for need in up["needs"] if need < down["id"])})


class _Walk:
    def __init__(self, vpcs: Mapping[str, Document], links: dict[str, str | None]) -> None:
        self.vpcs, self.links = vpcs, links
        self.steps: list[Document] = []
        self.free = {vpc_id: vpc["quota"] - vpc["linked"] for vpc_id, vpc in vpcs.items()}
        self.given_back: dict[str, list[int]] = {vpc_id: [] for vpc_id in vpcs}
        self.done: set[str] = set()

    def options(self) -> list[str]:
        found = []
        for vpc_id, vpc in self.vpcs.items():
            touched = self._of(vpc_id, "attach", "enable_classic_link")
            if vpc["enabled"] and vpc["linked"] == 0 and not touched:
                found.append(f"disable_classic_link {vpc_id}")
            if not vpc["enabled"]:
                found.append(f"enable_classic_link {vpc_id}")
            if vpc["enabled"]:
                room = self.free[vpc_id] or self.given_back[vpc_id]
                found += [f"attach {i} {vpc_id}" for i, linked_to in self.links.items() if linked_to is None and room]
        found += [f"detach {i} {linked_to}" for i, linked_to in self.links.items() if linked_to]
        for instance_id in self.links:
            if not self._of(instance_id, "attach"):
                found.append(f"add_guest_route {instance_id}")
            if self.links[instance_id] is None and not self._relies_on_its_route(instance_id):
                found.append(f"remove_guest_route {instance_id}")
        return [one for one in found if one not in self.done and not self._too_late(one)]

    def _relies_on_its_route(self, instance_id: str) -> bool:
        """Whether a step before this one added the route, or attached the instance to a VPC that needs it."""
        attached_to = [vpc_id for vpc_id, vpc in self.vpcs.items() if vpc["guest_route"]]
        return bool(self._of(instance_id, "add_guest_route")) or any(
            self._of(vpc_id, "attach") and self._of(instance_id, "attach") for vpc_id in attached_to
        )

    def _too_late(self, text: str) -> bool:
        """A detach after the guest route is gone, or after its VPC was off: no plan attaches only to detach again."""
        action, subject, *more = text.split()
        return action == "detach" and bool(
            self._of(subject, "remove_guest_route") or self._of(more[0], "disable_classic_link")
        )

    def take(self, text: str) -> None:
        action, *ids = text.split()
        needs: list[int] = []
        slot: int | None = None
        if action in ("attach", "detach"):
            instance_id, vpc_id = ids
            needs += self._of(instance_id, "attach", "detach")[-1:]
            self.links[instance_id] = vpc_id if action == "attach" else None
            self.vpcs[vpc_id]["linked"] += 1 if action == "attach" else -1
            if action == "attach":
                needs += self._of(instance_id, "add_guest_route")
                needs += self._of(instance_id, "remove_guest_route") if self.vpcs[vpc_id]["guest_route"] else []
                needs += self._of(vpc_id, "enable_classic_link")
                slot = self._slot(vpc_id)
                needs += [slot] if slot else []
            else:
                self.given_back[vpc_id].append(len(self.steps) + 1)
        elif action == "add_guest_route":
            needs += self._of(ids[0], "remove_guest_route")
        elif action == "remove_guest_route":
            needs += self._of(ids[0], "detach")
        elif action == "disable_classic_link":
            needs += self._of(ids[0], "detach")
            self.vpcs[ids[0]]["enabled"] = False
        elif action == "enable_classic_link":
            needs += self._of(ids[0], "disable_classic_link")
            self.vpcs[ids[0]]["enabled"] = True
        self.done.add(text)
        self.steps.append(step(len(self.steps) + 1, text, tuple(sorted(set(needs))), slot))

    def _of(self, subject: str, *actions: str) -> list[int]:
        return [one["id"] for one in self.steps if one["action"] in actions and subject in one.values()]

    def _slot(self, vpc_id: str) -> int:
        if self.free[vpc_id]:
            self.free[vpc_id] -= 1
            return 0
        return self.given_back[vpc_id].pop(0)
