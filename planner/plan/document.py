"""The plan document: one plain JSON value from which everything that is shown or done is taken.

`build` makes it, `load_document` reads it back from a file.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import isfinite
from shlex import quote
from typing import Any

from planner.collector import without_collector
from planner.diagnostics import Diagnostic, StateError
from planner.hcl.cty.values import UNKNOWN
from planner.network.identity import (
    Action,
    GuestRoute,
)
from planner.network.world import World
from planner.plan.changes import Change, Kind, Side
from planner.plan.format import misshapen
from planner.plan.outputs import as_json
from planner.steps import Place, Slot, Step

Document = dict[str, Any]
FORMAT_VERSION = "1.0"

_PIECE = 50
"""So many entries of a list make up one piece of canonical text."""

_MARKS = frozenset({"plan_id", "checksum"})
"""What a plan has, altered or not, and a world or a report of drift has not, which tell their format likewise."""


def checksum(document: Mapping[str, Any]) -> str:
    """sha256 of the document without its `checksum`, in canonical JSON: sorted keys, no spaces, UTF-8."""
    digest = hashlib.sha256()
    for text in _canonical({key: value for key, value in document.items() if key != "checksum"}):
        digest.update(text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def _canonical(document: Mapping[str, Any]) -> Iterator[str]:
    """The text piece by piece: that of 100,000 steps is never in memory as a whole."""
    encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
    opening = "{"
    for key in sorted(document):
        yield f"{opening}{encode(key)}:"
        opening = ","
        value = document[key]
        if not isinstance(value, list) or len(value) <= _PIECE:
            yield encode(value)
            continue
        for start in range(0, len(value), _PIECE):
            yield ("," if start else "[") + encode(value[start : start + _PIECE])[1:-1]
        yield "]"
    yield "}"


def resource_changes(changes: Iterable[Change]) -> list[dict[str, Any]]:
    """The entries of `resource_changes` or `resource_drift`. Neighbours from one block share the range they tell."""
    entries: list[dict[str, Any]] = []
    place: Place | None = None
    told: dict[str, Any] | None = None
    for change in changes:
        if change.place is not place:
            place = change.place
            told = place.block.to_json() if place else None
        entries.append(_resource_change(change, told))
    return entries


def _resource_change(change: Change, declared_at: dict[str, Any] | None) -> dict[str, Any]:
    address = change.address
    side = change.after or change.before
    return {
        "address": str(address),
        **({} if change.previous_address is None else {"previous_address": str(change.previous_address)}),
        "mode": address.mode if change.managed else "unmanaged",
        "type": address.type,
        "name": address.name,
        **({} if address.key is None else {"index": address.key}),
        **({"module_address": address.module_address} if address.module else {}),
        "provider": side.provider if side else "",
        "change": _sides(change),
        "action_reason": change.reason.value,
        "dependencies": [str(dependency) for dependency in change.dependencies],
        "prevent_destroy": change.prevent_destroy,
        "range": declared_at,
    }


def _sides(change: Change) -> dict[str, Any]:
    before, after = change.before, change.after
    return {
        "actions": change.kind.actions,
        "before": _attributes(before),
        "after": _attributes(after),
        "after_unknown": {name: True for name, value in after.attributes.items() if value is UNKNOWN} if after else {},
        "before_sensitive": _hidden(before),
        "after_sensitive": _hidden(after),
        **({} if change.importing is None else {"importing": {"id": change.importing}}),
        "diff": [
            {"path": each.path, "before": as_json(each.before), "after": as_json(each.after)} for each in change.diff
        ],
    }


def _attributes(side: Side | None) -> dict[str, Any] | None:
    if side is None:
        return None
    told = {name: value if type(value) is str else as_json(value) for name, value in side.attributes.items()}
    return {name: value for name, value in told.items() if name not in side.sensitive} if side.sensitive else told


def _hidden(side: Side | None) -> dict[str, bool]:
    return dict.fromkeys(sorted(side.sensitive), True) if side and side.sensitive else {}


def step_json(step: Step) -> dict[str, Any]:
    """An entry of `steps`."""
    target = step.target
    entry: dict[str, Any] = {
        "id": step.id,
        "action": step.action.value,
        "address": str(step.address) if step.address else None,
        "provider": step.provider,
    }
    if target.instance_id is not None:
        entry["instance_id"] = target.instance_id
    if target.vpc_id is not None:
        entry["vpc_id"] = target.vpc_id
    if isinstance(target, GuestRoute):
        entry["destination_cidr_block"] = target.destination_cidr_block
    entry["needs"] = list(step.needs)
    if step.action is Action.ATTACH:
        entry["slot"] = _slot_json(step.slot)
    if step.parked:
        entry["parked"] = True
    entry["reason"] = step.reason.value
    return entry


def _slot_json(slot: Slot | None) -> dict[str, Any] | None:
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
) -> dict[str, Any]:
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
            }
            for vpc_id in sorted(filter(None, vpc_ids))
        },
        "instances": {instance_id: world.links.get(instance_id) for instance_id in sorted(filter(None, instance_ids))},
        "max_unavailable": max_unavailable,
        "lanes": [list(lane) for lane in lanes],
    }


def summary(changes: Sequence[Change], unchanged: int, steps: int) -> dict[str, int]:
    """How many objects are added, changed, … . What is made anew is added and destroyed; a move is neither."""
    kinds: Counter[Kind] = Counter()
    moves = readdressed = imported = 0
    for change in changes:
        kinds[change.kind] += 1
        moves += change.is_move
        readdressed += change.previous_address is not None and change.kind not in (Kind.DELETE, Kind.FORGET)
        imported += change.importing is not None
    anew = kinds[Kind.REPLACE] - moves
    return {
        "add": kinds[Kind.CREATE] + anew,
        "change": kinds[Kind.UPDATE],
        "move": moves,
        "destroy": kinds[Kind.DELETE] + anew,
        "forget": kinds[Kind.FORGET],
        "readdress": readdressed,
        "import": imported,
        "unchanged": unchanged,
        "steps": steps,
    }


@without_collector()
def load_document(text: str, filename: str = "plan.json") -> Document:
    """The document of a saved plan.

    Raises StateError where the text is no whole, unaltered plan of a known format, with every part that is not what
    the format says (at most 20).
    """
    try:
        document = json.loads(text, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError) as problem:
        detail = f"{filename} cannot be read: {problem}."
        raise StateError(Diagnostic("STA401", "Plan is not JSON", detail, NAME_A_PLAN)) from None
    if not isinstance(document, dict) or "format_version" not in document or not _MARKS & document.keys():
        raise StateError(Diagnostic("STA402", "Not a plan", f"{filename} is JSON, but not a plan of cl.", NAME_A_PLAN))
    again = made_anew(filename)
    version, known = document["format_version"], FORMAT_VERSION.partition(".")[0]
    if not isinstance(version, str) or not re.fullmatch(rf"{known}\.[0-9]+", version):
        detail = f"{filename} has format {json.dumps(version)}; this cl knows {known}.x."
        raise StateError(Diagnostic("STA403", "Plan has an unknown format", detail, again))
    if document.get("checksum") != checksum(document):
        detail = f"{filename} is not what cl wrote: its checksum does not hold. It was altered or cut short."
        raise StateError(Diagnostic("STA404", "Plan was altered", detail, again))
    if told := misshapen(document):
        raise StateError(Diagnostic("STA402", "Not a plan", f"{filename}: {sentence}", again) for sentence in told)
    return document


def _finite(text: str) -> float:
    """A number as JSON has it: neither NaN nor without end."""
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text} is no number of JSON")
    return number


def made_anew(filename: str) -> str:
    """What can be done about a plan in this file that is of no use."""
    return f"Make a new plan: cl plan --out {quote(filename)}"


NAME_A_PLAN = f"Name a file that holds a plan. {made_anew('plan.json')}"
"""What can be done about a file that may be anything: nobody is told to write over it."""
