"""The words for what a plan does: the same in text, markdown, HTML and in the progress of an apply."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from planner.diagnostics import counted
from planner.documents.plan_steps import rule_of
from planner.network.identity import RULE_ACTIONS, Action
from planner.network.names import in_natural_order
from planner.render.terminal import id_ranges
from planner.render.values import value_text
from planner.steps import RULE_VERBS, call_words, rule_words

if TYPE_CHECKING:
    from planner.documents.plan import ResourceChange, SlotEntry, StepEntry

CREATE, DELETE, MOVE, UPDATE, ADOPT, READDRESS, FORGET, READ = "+", "-", "±", "~", "·", "→", "×", "?"
QUOTED = "These findings are from the saved plan. Before its first step, cl apply checks every step again."
"""Said of findings that nothing in the plan proves: they rest on the cloud as it was read then."""
REASONS = {
    "not_declared": "no longer declared",
    "attributes_differ": "arguments differ",
    "identity_changed": "stands for something else now",
    "provider_changed": "goes to another provider, which does not have it yet",
    "detached_outside": "was detached outside of cl",
    "disabled_outside": "was disabled outside of cl",
    "instance_gone": "its instance is no longer there",
    "vpc_gone": "its VPC is no longer there",
    "security_group_gone": "a security group of it is no longer there",
    "route_removed_outside": "was removed outside of cl",
    "rule_revoked_outside": "was revoked outside of cl",
    "moved_outside": "was linked elsewhere outside of cl",
    "move_cut_short": "its move was cut short",
    "removed_block": "a removed block says so",
    "replace_asked": "replaced on request",
    "replace_triggered": "replaced because of replace_triggered_by",
}
"""Why a change is in the plan, where its steps do not say it by themselves."""

REMOVED = {
    "detached_outside": "was detached",
    "disabled_outside": "ClassicLink was disabled",
    "instance_gone": "its instance is no longer there",
    "vpc_gone": "its VPC is no longer there",
    "security_group_gone": "a security group of it is no longer there",
    "rule_revoked_outside": "was revoked",
}
"""What happened in the cloud to an object that is gone from it."""
REMOVED_MANY = {
    "detached_outside": "were detached",
    "disabled_outside": "ClassicLink was disabled on each",
    "instance_gone": "their instances are no longer there",
    "vpc_gone": "their VPC is no longer there",
    "security_group_gone": "a security group of each is no longer there",
    "rule_revoked_outside": "were revoked",
}
"""The same of many objects."""

_OF_ITSELF = {
    Action.ENABLE: "its VPC is enabled",
    Action.DISABLE: "its VPC is disabled",
    Action.ATTACH: "it is attached",
    Action.DETACH: "it is detached",
    Action.ADD_GUEST_ROUTE: "its guest route exists",
    Action.REMOVE_GUEST_ROUTE: "its guest route is gone",
}
_OF_RULES = {
    Action.AUTHORIZE_SECURITY_RULE: "its rules are authorized",
    Action.REVOKE_SECURITY_RULE: "rules are revoked",
    Action.MODIFY_SECURITY_RULE: "its rules are modified",
}
_OF_OTHERS = {Action.ATTACH: "another is attached", Action.DETACH: "another is detached"}
"""What one of many equal steps waits for, said of all of them."""
_RUNS_SHOWN = 3
_DIGITS = 19
"""A number with so many digits or more is no part of a range."""

QUIET_MANY = {
    ADOPT: "exist already, adopted into the state",
    READDRESS: "declared at other addresses, re-addressed in the state; --every-step lists them",
    FORGET: "dropped from the state; nothing is done to the cloud",
    UPDATE: "change arguments that only the state keeps",
    READ: "read after the last step: what they depend on is not known before",
    CREATE: "recorded in the state",
    DELETE: "gone from the cloud, dropped from the state",
}


def quiet_words(change: ResourceChange, symbol: str) -> str:
    """What becomes of one object that no step is needed for."""
    importing = change["change"].get("importing")
    words = {
        ADOPT: f"exists already ({importing and importing['id']}), adopted into the state",
        READDRESS: f"{_was(change)}; re-addressed in the state, nothing is done to the cloud",
        FORGET: "dropped from the state; nothing is done to the cloud",
        READ: _read_words(change),
        CREATE: "recorded in the state",
        DELETE: "gone from the cloud, dropped from the state",
    }
    return "; ".join(filter(None, [words.get(symbol), *diff_words(change)]))


def _read_words(change: ResourceChange) -> str:
    """When a data source is read, and why not before."""
    waits_for = " and ".join(change["dependencies"])
    why = f"it depends on {waits_for}, which this plan changes" if waits_for else "its arguments are not known before"
    return f"read after the last step: {why}"


def _was(change: ResourceChange) -> str:
    """Where an object was that goes to another address, or to another provider."""
    address, provider = change.get("previous_address"), change.get("previous_provider")
    was = [f"was {address}"] if address else []
    return ", ".join([*was, f"goes from {provider} to {change['provider']}"] if provider else was)


def diff_words(change: ResourceChange) -> list[str]:
    """The changed arguments only: `vswitch_ids: ["vsw-1"] → ["vsw-2"]`."""
    return [
        f"{one['path']}: {value_text(one.get('before'))} → {value_text(one.get('after'))}"
        for one in change["change"].get("diff") or ()
    ]


def calls_words(group: Sequence[StepEntry]) -> str:
    """Many steps of one action in words. Not yet escaped."""
    vpcs = list(dict.fromkeys(step.get("vpc_id") for step in group))
    vpc = vpcs[0] if len(vpcs) == 1 else f"{len(vpcs):,} VPCs"
    instances = f"{len(group):,} instances"
    action = Action(group[0]["action"])
    if action in RULE_ACTIONS:
        return _rules_words(action, group)
    if action in (Action.ENABLE, Action.DISABLE):
        return call_words(action, None, vpc, ids_listed(filter(None, vpcs)))
    words = call_words(action, instances, vpc)
    return f"{words} ({ids_listed(step.get('instance_id') or '' for step in group)})"


def _rules_words(action: Action, group: Sequence[StepEntry]) -> str:
    """Many steps of security rules: how many of which groups."""
    groups = ids_listed(step["security_group_id"] for step in group)
    return f"{RULE_VERBS[action]} {len(group):,} rules of {groups}"


def step_words(step: StepEntry, instance: str | None = None, fact: str | None = None) -> str:
    """What one step does. `instance` is what to call its instance, `fact` helps to know what it is about.

    Not yet escaped.
    """
    action = Action(step["action"])
    if action in RULE_ACTIONS:
        return rule_words(action, rule_of(step))
    known = step.get("destination_cidr_block") or fact
    return call_words(action, instance or step.get("instance_id"), step.get("vpc_id"), known)


def ids_listed(ids: Iterable[str]) -> str:
    """`i-1 … i-70`, where these are all the ids from the one to the other; otherwise the first ones, and how many more.

    Nothing is suggested of an id that is not among them. Not yet escaped.
    """
    ordered = in_natural_order(dict.fromkeys(ids))
    runs: list[list[str]] = []
    for one in ordered:
        if runs and _next_of(runs[-1][-1]) == one:
            runs[-1][1:] = [one]
        elif len(runs) == _RUNS_SHOWN:
            return f"{', '.join(ordered[:_RUNS_SHOWN])} and {len(ordered) - _RUNS_SHOWN:,} more"
        else:
            runs.append([one])
    return ", ".join(" … ".join(run) for run in runs)


def _next_of(name: str) -> str:
    """The id that comes just after in a row of numbered ids; empty where it does not end in a number."""
    stem = name.rstrip("0123456789")
    digits = name[len(stem) :]
    return f"{stem}{int(digits) + 1:0{len(digits)}}" if digits and len(digits) < _DIGITS else ""


def wait_words(group: Sequence[StepEntry], steps: Mapping[int, StepEntry]) -> str:
    """What a line waits for, and where its slots come from. `steps` are all the steps by their ids."""
    slots = [slot for step in group if (slot := step.get("slot"))]
    freeing = {slot["step"] for slot in slots if slot["from"] == "step"}
    needs = [set(step["needs"]) - freeing for step in group]
    parked = sum(bool(step.get("parked")) for step in group)
    common = set.intersection(*needs)
    parts = [f"after {id_ranges(common)}"] if common else []
    own = Counter(
        words
        for step, needed in zip(group, needs, strict=True)
        for words in {_need_words(step, steps[need]) for need in needed - common}
    )
    if of_each := sorted(words for words, count in own.items() if count == len(group)):
        parts.append(f"each after {' and '.join(of_each)}")
    parts += [
        f"{count:,} of {len(group):,} after {words}" for words, count in sorted(own.items()) if count < len(group)
    ]
    if parked:
        parts.append("parked until its slot is free" if len(group) == 1 else f"{parked:,} parked until a slot is free")
    return "; ".join([*parts, *_slot_words(len(group), slots, freeing)])


def _need_words(step: StepEntry, earlier: StepEntry) -> str:
    action, done = Action(step["action"]), Action(earlier["action"])
    if done in _OF_RULES:
        return _OF_RULES[done]
    if earlier["provider"] != step["provider"]:
        return _OF_OTHERS.get(done, "other steps are done")
    if step.get("instance_id") and earlier.get("instance_id") == step["instance_id"]:
        return _OF_ITSELF[done]
    if earlier.get("vpc_id") == step.get("vpc_id"):
        if action is Action.DISABLE and done is Action.DETACH:
            return "its instances are detached"
        if done in (Action.ENABLE, Action.DISABLE):
            return _OF_ITSELF[done]
    return _OF_OTHERS.get(done, "other steps are done")


def _slot_words(count: int, slots: Sequence[SlotEntry], freeing: set[int]) -> list[str]:
    if not slots:
        return []
    if not freeing:
        return ["slot free" if count == 1 else "slots free"]
    if count == 1:
        return [f"takes the slot that {id_ranges(freeing)} frees"]
    free = len(slots) - len(freeing)
    taken = f"{counted(len(freeing), 'slot')} from detaches"
    return [f"{counted(free, 'slot')} free, {taken}" if free else taken]
