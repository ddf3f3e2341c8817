"""The parts of the plan document, made from changes, steps and the world."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import cast

from planner.diagnostics import RangeEntry
from planner.documents.plan import (
    ObjectAttributes,
    ProofEntry,
    ResourceChange,
    Sides,
    SlotEntry,
    StepEntry,
    SummaryEntry,
    UnreadEntry,
)
from planner.hcl.cty.values import UNKNOWN
from planner.network.identity import Action, GuestRoute
from planner.network.ranges import needs_guest_route
from planner.network.world import World
from planner.plan.changes import Change, ChangeKind, Side
from planner.plan.outputs import as_json
from planner.steps import Place, Slot, Step


def resource_changes(changes: Iterable[Change]) -> list[ResourceChange]:
    """The entries of `resource_changes` or `resource_drift`. Neighbours from one block share its range."""
    entries: list[ResourceChange] = []
    place: Place | None = None
    declared_at: RangeEntry | None = None
    for change in changes:
        if change.place is not place:
            place = change.place
            declared_at = place.block.to_json() if place else None
        entries.append(_resource_change(change, declared_at))
    return entries


def _resource_change(change: Change, declared_at: RangeEntry | None) -> ResourceChange:
    address = change.address
    side = change.after or change.before
    entry: ResourceChange = {
        "address": str(address),
        "mode": address.mode if change.managed else "unmanaged",
        "type": address.type,
        "name": address.name,
        "provider": side.provider if side else "",
        "change": _sides(change),
        "action_reason": change.reason.value,
        "dependencies": [str(dependency) for dependency in change.dependencies],
        "prevent_destroy": change.prevent_destroy,
        "range": declared_at,
    }
    if change.previous_address is not None:
        entry["previous_address"] = str(change.previous_address)
    if address.key is not None:
        entry["index"] = address.key
    if address.module:
        entry["module_address"] = address.module_address
    return entry


def _sides(change: Change) -> Sides:
    before, after = change.before, change.after
    sides: Sides = {
        "actions": change.kind.actions,
        "before": _attributes(before),
        "after": _attributes(after),
        "after_unknown": {name: True for name, value in after.attributes.items() if value is UNKNOWN} if after else {},
        "before_sensitive": _hidden(before),
        "after_sensitive": _hidden(after),
        "diff": [
            {"path": each.path, "before": as_json(each.before), "after": as_json(each.after)} for each in change.diff
        ],
    }
    if change.importing is not None:
        sides["importing"] = {"id": change.importing}
    return sides


def _attributes(side: Side | None) -> ObjectAttributes | None:
    """The attributes that may be shown; which ones there are, the schema of the resource type says."""
    if side is None:
        return None
    values = {name: value if type(value) is str else as_json(value) for name, value in side.attributes.items()}
    for name in side.sensitive:
        values.pop(name, None)
    return cast(ObjectAttributes, values)


def _hidden(side: Side | None) -> dict[str, bool]:
    return dict.fromkeys(sorted(side.sensitive), True) if side and side.sensitive else {}


def step_json(step: Step) -> StepEntry:
    """An entry of `steps`."""
    target = step.target
    entry: StepEntry = {
        "id": step.id,
        "action": step.action.value,
        "address": str(step.address) if step.address else None,
        "provider": step.provider,
        "needs": list(step.needs),
        "reason": step.reason.value,
    }
    if target.instance_id is not None:
        entry["instance_id"] = target.instance_id
    if target.vpc_id is not None:
        entry["vpc_id"] = target.vpc_id
    if isinstance(target, GuestRoute):
        entry["destination_cidr_block"] = target.destination_cidr_block
    if step.action is Action.ATTACH:
        entry["slot"] = _slot_json(step.slot)
    if step.parked:
        entry["parked"] = True
    return entry


def _slot_json(slot: Slot | None) -> SlotEntry | None:
    if slot is None:
        return None
    return {"from": "free"} if slot.step is None else {"from": "step", "step": slot.step}


def proof_facts(
    steps: Iterable[Step],
    world: World,
    *,
    quota: int,
    max_unavailable: int | None,
    lanes: Iterable[Iterable[int]],
    offline: bool,
) -> ProofEntry:
    """The facts at the start that the order relies on, of the VPCs and instances that steps touch.

    `offline`, a VPC that nothing is known of counts as enabled where no step enables it: apply looks before it begins.
    """
    enabling: set[str | None] = set()
    vpc_ids: set[str | None] = set()
    instance_ids: dict[str | None, None] = {}  # nearly in order already, as no set would be
    for step in steps:
        target = step.target
        vpc_ids.add(target.vpc_id)
        instance_ids[target.instance_id] = None
        if step.action is Action.ENABLE:
            enabling.add(target.vpc_id)
    return {
        "vpcs": {
            vpc_id: {
                "linked": len(world.linked_by_vpc.get(vpc_id, ())),
                "quota": quota,
                "enabled": world.vpcs[vpc_id].classic_link_enabled
                if vpc_id in world.vpcs
                else offline and vpc_id not in enabling,
                "guest_route": needs_guest_route(vpc_id, world),
            }
            for vpc_id in sorted(filter(None, vpc_ids))
        },
        "instances": {instance_id: world.links.get(instance_id) for instance_id in sorted(filter(None, instance_ids))},
        "max_unavailable": max_unavailable,
        "lanes": [list(lane) for lane in lanes],
    }


def unread(world: World) -> list[UnreadEntry]:
    """What could not be read; without a subject, all of its kind."""
    found = sorted(world.unread, key=lambda gap: (gap.kind, gap.subject or "", gap.reason))
    return [{"kind": gap.kind.value, "subject": gap.subject, "reason": gap.reason} for gap in found]


def summary(changes: Sequence[Change], unchanged: int, steps: int) -> SummaryEntry:
    """How many objects are added, changed, … . What is made anew is added and destroyed; a move is neither."""
    kinds: Counter[ChangeKind] = Counter()
    moves = readdressed = imported = 0
    for change in changes:
        kinds[change.kind] += 1
        moves += change.is_move
        readdressed += change.previous_address is not None and change.kind not in (ChangeKind.DELETE, ChangeKind.FORGET)
        imported += change.importing is not None
    anew = kinds[ChangeKind.REPLACE] - moves
    return {
        "add": kinds[ChangeKind.CREATE] + anew,
        "change": kinds[ChangeKind.UPDATE],
        "move": moves,
        "destroy": kinds[ChangeKind.DELETE] + anew,
        "forget": kinds[ChangeKind.FORGET],
        "readdress": readdressed,
        "import": imported,
        "unchanged": unchanged,
        "steps": steps,
    }
