"""What the tests of an apply share: a cloud in memory, and plans made by hand."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from planner.address import parse_address
from planner.network.identity import Action, Enablement, Identity, Link, Target
from planner.network.world import Instance, Vpc, World
from planner.state.model import State, StateObject
from providers.base import EVERYTHING, NO_PROGRESS, CallFailed, Refused, Scope, Unsure
from support.documents import plan as plan_document
from support.made_documents import makes

Fault = Callable[[int, Action, Target], CallFailed | None]
"""Called with the number of the call (from 1) before it has an effect: what it fails with, or None."""


class MemoryCloud:
    """A cloud in memory that refuses what cannot be, with faults to order."""

    read_only = False
    settle_seconds = 0.0
    warnings = ()
    credentials = ""
    progress = NO_PROGRESS
    cloud: Mapping[str, str] = MappingProxyType({})

    def __init__(
        self, vpcs: Iterable[str] = (), links: Mapping[str, str] | None = None, fault: Fault | None = None
    ) -> None:
        self.enabled = dict.fromkeys(vpcs, False)
        self.links = dict(links or {})
        for vpc_id in self.links.values():
            self.enabled[vpc_id] = True
        self.fault = fault
        self.log: list[tuple[str, str]] = []
        self.calls = 0
        self.reads = 0
        self._lock = threading.Lock()

    def read(self, scope: Scope = EVERYTHING) -> World:
        return self.look(())

    def find(
        self, instance_ids: Collection[str], routes_of: Collection[str] = (), rules_of: Collection[str] | None = ()
    ) -> World:
        return World()

    def look(self, targets: Collection[Identity]) -> World:
        with self._lock:
            self.reads += 1
            vpcs = {v: Vpc(v, "1", "r", "172.16.0.0/12", classic_link_enabled=on) for v, on in self.enabled.items()}
            instances = {i: Instance(i, "1", "r", "classic", "10.1.1.1", guest_routes=()) for i in self.links}
            return World("1", vpcs=vpcs, instances=instances, links=dict(self.links))

    def perform(self, action: Action, target: Target) -> None:
        with self._lock:
            self.calls += 1
            failure = self.fault(self.calls, action, target) if self.fault else None
            if failure is not None and not isinstance(failure, LostReply):
                raise failure
            self._take(action, target)
            self.log.append((action.value, target.id))
            if failure is not None:
                raise failure

    def _take(self, action: Action, target: Target) -> None:
        match target:
            case Enablement(vpc_id):
                self.enabled[vpc_id] = action is Action.ENABLE
            case Link(instance_id, vpc_id) if action is Action.ATTACH:
                if not self.enabled.get(vpc_id) or instance_id in self.links:
                    raise Refused("OperationDenied", "The instance does not allow link to vpc.")
                self.links[instance_id] = vpc_id
            case Link(instance_id, vpc_id):
                if self.links.get(instance_id) != vpc_id:
                    raise Refused("OperationDenied", "The instances are not allowed to detach from the linked vpc.")
                del self.links[instance_id]

    def close(self) -> None:
        pass


class LostReply(Unsure):
    """Done, but the reply is lost."""

    def __init__(self) -> None:
        super().__init__("ConnectionLost", "The connection broke.")


def not_done() -> Unsure:
    """Not done, and the reply is lost too."""
    return Unsure("ConnectionLost", "The connection broke.")


def attachment(instance_id: str, vpc_id: str) -> dict[str, Any]:
    return {"instance_id": instance_id, "vpc_id": vpc_id, "vswitch_ids": []}


def address_of(instance_id: str) -> str:
    return f'classiclink_attachment.web["{instance_id}"]'


def linked(instance_id: str, vpc_id: str) -> StateObject:
    address = parse_address(address_of(instance_id))
    return StateObject(address, Link(instance_id, vpc_id), attachment(instance_id, vpc_id), "mock")


def state_of(links: Mapping[str, str]) -> State:
    objects = [linked(instance_id, vpc_id) for instance_id, vpc_id in links.items()]
    return State(objects={found.address: found for found in objects})


def entry_of(address: str, actions: list[str], *, before: Any = None, after: Any = None, **more: Any) -> dict[str, Any]:
    """What a plan says of one object; `more` of it, and of its `change`."""
    parsed = parse_address(address)
    marks: dict[str, Any] = {"after_unknown": {}, "before_sensitive": {}, "after_sensitive": {}, "diff": []}
    change = {"actions": actions, "before": before, "after": after, **marks, **more.pop("change", {})}
    named = {"type": parsed.type, "name": parsed.name, **({} if parsed.key is None else {"index": parsed.key})}
    return {
        "address": address, "mode": "managed", **named, "provider": "mock", "change": change, "dependencies": [],
        "prevent_destroy": False, "action_reason": "declared", "range": None, **more,
    }  # fmt: skip


class PlanMaker:
    """Builds a plan document, entry by entry, as the planner would."""

    def __init__(self, plan_id: str = "p1", lineage: str = "", serial: int = 0) -> None:
        parts: Any = {"steps": [], "resource_changes": [], "resource_drift": []}
        self._document = plan_document(plan_id=plan_id, lineage=lineage, serial=serial, applicable=True, **parts)

    @property
    @makes("plan")
    def document(self) -> Any:
        """The plan as it is by now."""
        return self._document

    def with_misfit(self, **parts: Any) -> Any:
        """The plan with these parts, which no schema allows."""
        return {**self._document, **parts}

    def enable(self, vpc_id: str) -> int:
        address = f"classiclink_vpc.{vpc_id}"
        self.entry(address, ["create"], after={"vpc_id": vpc_id})
        return self.step("enable_classic_link", address, (), vpc_id=vpc_id)

    def attach(self, instance_id: str, vpc_id: str, *needs: int) -> int:
        address = address_of(instance_id)
        self.entry(address, ["create"], after=attachment(instance_id, vpc_id))
        return self.step("attach", address, needs, instance_id=instance_id, vpc_id=vpc_id)

    def detach(self, instance_id: str, vpc_id: str, *needs: int) -> int:
        address = address_of(instance_id)
        self.entry(address, ["delete"], before=attachment(instance_id, vpc_id))
        return self.step("detach", address, needs, instance_id=instance_id, vpc_id=vpc_id)

    def move(self, instance_id: str, origin: str, target: str, *needs: int) -> tuple[int, int]:
        address = address_of(instance_id)
        before, after = attachment(instance_id, origin), attachment(instance_id, target)
        self.entry(address, ["delete", "create"], before=before, after=after)
        first = self.step("detach", address, needs, instance_id=instance_id, vpc_id=origin)
        return first, self.step("attach", address, (*needs, first), instance_id=instance_id, vpc_id=target)

    def entry(self, address: str, actions: list[str], **more: Any) -> None:
        self._document["resource_changes"].append(entry_of(address, actions, **more))

    def add(self, **parts: Any) -> None:
        """Let these parts of the plan be others."""
        self._document |= parts

    def drift(self, entry: Any) -> None:
        self._document["resource_drift"].append(entry)

    def step(self, action: str, address: str, needs: Iterable[int], **ids: str) -> int:
        number = len(self._document["steps"]) + 1
        slot = {"from": "free"} if action == "attach" else None
        step = {"id": number, "action": action, "address": address, "provider": "mock", **ids, "needs": sorted(needs),
                "reason": "declared"}  # fmt: skip
        self._document["steps"].append({**step, "slot": slot} if slot else step)
        return number


@dataclass(frozen=True)
class Wanted:
    """What a configuration would declare: VPCs to be enabled, and the VPC of each linked instance."""

    vpcs: frozenset[str]
    links: Mapping[str, str]


def plan_for(wanted: Wanted, state: State, world: World, plan_id: str) -> Any:
    """A plan from here to there: the simplest one, made without the planner."""
    plan = PlanMaker(plan_id, state.lineage, state.serial)
    enabling = {vpc_id: _enable(plan, vpc_id, state, world) for vpc_id in sorted(wanted.vpcs)}
    emptying: dict[str, list[int]] = {}
    known = {one.identity.instance_id for one in state.objects.values() if one.identity.instance_id is not None}
    for instance_id in sorted(wanted.links.keys() | known):
        need = enabling.get(wanted.links.get(instance_id, ""))
        _link(plan, instance_id, wanted.links.get(instance_id), state, world, [need] if need else [], emptying)
    for found in state.objects.values():
        if isinstance(found.identity, Enablement) and found.identity.vpc_id not in wanted.vpcs:
            _disable(plan, found, world, emptying)
    return plan.document


def _enable(plan: PlanMaker, vpc_id: str, state: State, world: World) -> int | None:
    address = f"classiclink_vpc.{vpc_id}"
    if not world.vpcs[vpc_id].classic_link_enabled:
        return plan.enable(vpc_id)
    if parse_address(address) not in state.objects:
        plan.entry(address, ["no-op"], after={"vpc_id": vpc_id}, change={"importing": {"id": vpc_id}})
    return None


def _link(
    plan: PlanMaker, instance_id: str, wanted: str | None, state: State, world: World, needs: list[int],
    emptying: dict[str, list[int]],
) -> None:  # fmt: skip
    address = address_of(instance_id)
    known = state.objects.get(parse_address(address))
    present = world.links.get(instance_id)
    if known and present != known.identity.vpc_id:
        after = attachment(instance_id, present) if present else None
        before = attachment(instance_id, known.identity.vpc_id or "")
        drifted = entry_of(address, ["update"] if present else ["delete"], before=before, after=after)
        plan.drift(drifted)
    if wanted is None:
        if known and present is not None and present == known.identity.vpc_id:
            emptying.setdefault(present, []).append(plan.detach(instance_id, present))
    elif present is None:
        plan.attach(instance_id, wanted, *needs)
    elif present != wanted:
        detach, _ = plan.move(instance_id, present, wanted, *needs)
        emptying.setdefault(present, []).append(detach)
    elif known is None or known.identity.vpc_id != wanted:
        after = attachment(instance_id, wanted)
        plan.entry(address, ["no-op"], after=after, change={"importing": {"id": f"{instance_id}/{wanted}"}})


def _disable(plan: PlanMaker, found: StateObject, world: World, emptying: Mapping[str, list[int]]) -> None:
    vpc_id = found.identity.vpc_id or ""
    address = str(found.address)
    if world.vpcs[vpc_id].classic_link_enabled:
        plan.entry(address, ["delete"], before=dict(found.attributes))
        plan.step("disable_classic_link", address, emptying.get(vpc_id, []), vpc_id=vpc_id)
    else:
        plan.entry(address, ["forget"], before=dict(found.attributes))
