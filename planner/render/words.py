"""The words for what a plan does: the same in text, markdown, HTML and in the progress of an apply."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from planner.network.identity import Action
from planner.render.setting import Document
from planner.render.terminal import id_ranges
from planner.render.values import value_text
from planner.steps import call_words

CREATE, DELETE, MOVE, UPDATE, ADOPT, READDRESS, FORGET, READ = "+", "-", "±", "~", "·", "→", "×", "?"
REASONS = {
    "not_declared": "no longer declared",
    "attributes_differ": "arguments differ",
    "identity_changed": "stands for something else now",
    "detached_outside": "was detached outside of cl",
    "disabled_outside": "was disabled outside of cl",
    "route_removed_outside": "was removed outside of cl",
    "moved_outside": "was linked elsewhere outside of cl",
    "move_cut_short": "its move was cut short",
    "removed_block": "a removed block says so",
    "replace_asked": "made anew on request",
    "replace_triggered": "made anew by replace_triggered_by",
}
"""Why a change is in the plan, where its steps do not say it by themselves."""

QUIET_MANY = {
    ADOPT: "exist already, adopted into the state",
    READDRESS: "declared at another address, re-addressed in the state",
    FORGET: "forgotten; they stay in the cloud",
    UPDATE: "change arguments that only the state keeps",
    READ: "read from the cloud",
    CREATE: "recorded in the state",
    DELETE: "gone from the cloud, dropped from the state",
}


def quiet_words(change: Document, symbol: str) -> str:
    """What becomes of one object that no step is needed for."""
    told = {
        ADOPT: f"exists already ({(change['change'].get('importing') or {}).get('id')}), adopted into the state",
        READDRESS: f"was {change.get('previous_address')}; re-addressed in the state, nothing is done to the cloud",
        FORGET: "forgotten; it stays in the cloud",
        READ: "read from the cloud",
        CREATE: "recorded in the state",
        DELETE: "gone from the cloud, dropped from the state",
    }
    return "; ".join(filter(None, [told.get(symbol), *diff_words(change)]))


def diff_words(change: Document) -> list[str]:
    """The changed arguments only: `vswitch_ids: ["vsw-1"] → ["vsw-2"]`."""
    return [
        f"{_path(one['path'])}: {value_text(one.get('before'))} → {value_text(one.get('after'))}"
        for one in change["change"].get("diff") or ()
    ]


def _path(path: Any) -> str:
    return path if isinstance(path, str) else ".".join(str(part) for part in path)


def calls_words(group: Sequence[Document]) -> str:
    """Many steps of one action in words. Not yet escaped."""
    vpcs = list(dict.fromkeys(step.get("vpc_id") for step in group))
    vpc = vpcs[0] if len(vpcs) == 1 else f"{len(vpcs):,} VPCs"
    instances = f"{len(group):,} instances"
    action = Action(group[0]["action"])
    if action in (Action.ENABLE, Action.DISABLE):
        return call_words(action, None, vpc, _first_to_last(vpcs))
    ends = _first_to_last([step.get("instance_id") for step in group])
    words = call_words(action, instances, vpc)
    return f"{words} ({ends})"


def _first_to_last(names: Sequence[str | None]) -> str:
    return f"{names[0]} … {names[-1]}"


def wait_words(group: Sequence[Document]) -> str:
    """What a line waits for, and where its slots come from."""
    slots = [step["slot"] for step in group if step.get("slot")]
    freeing = {slot["step"] for slot in slots if slot["from"] == "step"}
    needs = [set(step["needs"]) - freeing for step in group]
    parked = sum(bool(step.get("parked")) for step in group)
    common = set.intersection(*needs)
    own = set().union(*needs) - common
    parts = [f"after {id_ranges(common)}"] if common else []
    if own:
        parts.append(f"each after its own of {id_ranges(own)}")
    if parked:
        parts.append("parked until its slot is free" if len(group) == 1 else f"{parked:,} parked until a slot is free")
    return "; ".join([*parts, *_slot_words(len(group), slots, freeing)])


def _slot_words(count: int, slots: Sequence[Document], freeing: set[int]) -> list[str]:
    if not slots:
        return []
    if not freeing:
        return ["slot free" if count == 1 else "slots free"]
    if count == 1:
        return [f"takes the slot that {id_ranges(freeing)} frees"]
    free = len(slots) - len(freeing)
    return [*([f"{free:,} slots free"] if free else []), f"{len(freeing):,} slots freed by {id_ranges(freeing)}"]
