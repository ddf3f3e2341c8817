"""The state after an apply: the state before it, the plan, and which of its steps were done.

An object is in the state when it stands in the cloud and is declared:

* one that was to be made is there when every step of it is done;
* one that was to go stays until its step is done;
* one that was to move is at its new place when both steps are done, at its old one when none is, and in between, linked
  to nothing, it is no object of the state: its instance is noted as cut short, and the next plan links it before it
  moves anything else;
* one that others removed, and that was to be made again, stays until it is made: it is still missing;
* one whose old self could not be removed stands twice, where its new one was made: the new one at its address, the old
  one beside it, as an object that is not declared, so that the next plan removes it, whatever is declared by then.

What needs no step (adopting, re-addressing, forgetting, what changed outside) is folded in any case, as far as the plan
shows it: a plan of a part (`--target`, `--exclude`, `--drain`) shows only its part. Outputs and checks are folded only
where the whole plan was carried out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import count, takewhile
from typing import TYPE_CHECKING

from planner.address import Address, parse_address
from planner.collector import without_collector
from planner.network.identity import DELETES, Action, Identity, Link, Subject, identity_of
from planner.state.model import State, StateObject, StateOutput
from planner.values import replace

if TYPE_CHECKING:
    from planner.documents.plan import FoldedPlan, ObjectAttributes, OutputChange, ResourceChange, StepEntry

PLANS_REMEMBERED = 100
"""A plan from an older serial is refused for its serial; the ids only show why, and mark a journal as folded."""

_DELETING = frozenset(action.value for action in DELETES.values())


def standing_twice(state: State, document: FoldedPlan, done: Collection[int]) -> Iterator[tuple[Address, Address]]:
    """Of the replaced objects whose old selves still stand: where these are in this state, in which the plan is folded.

    Each comes with the address of its new self, which is first.
    """
    steps = _steps_by_address(document)
    for entry in document["resource_changes"]:
        if _stands_twice(entry, steps, done):
            address = parse_address(entry["address"])
            beside = _found_beside(entry, address, state.objects)
            if beside is not None:
                yield address, beside


@without_collector()
def fold(prior: State, document: FoldedPlan, done: Collection[int], outputs: Mapping[str, StateOutput]) -> State:
    """The state after those steps of the plan; `outputs` are the values that the plan may not show.

    The plan counts as applied where anything came of it. Folding the same again changes nothing.
    """
    objects = dict(prior.objects)
    _fold_drift(objects, document)
    _fold_changes(objects, document, done)
    whole = all(step["id"] in done for step in document["steps"])
    folded = replace(
        prior,
        objects=objects,
        cut_short=_cut_short(prior.cut_short, document, done, objects),
        outputs=_fold_outputs(prior, document, outputs) if whole else prior.outputs,
        checks=tuple(document.get("checks_blocks", ())) if whole else prior.checks,
    )
    if not done and folded == prior:
        return prior
    plans = [plan_id for plan_id in prior.applied_plans if plan_id != document["plan_id"]]
    return replace(folded, applied_plans=(*plans, document["plan_id"])[-PLANS_REMEMBERED:])


def _fold_drift(objects: dict[Address, StateObject], document: FoldedPlan) -> None:
    """What changed outside: taken over as it is now. What is to be made again is left to the change that makes it."""
    made_again = {
        entry.get("previous_address") or entry["address"]
        for entry in document["resource_changes"]
        if entry["change"]["actions"] == ["create"]
    }
    for entry in document["resource_drift"]:
        if entry["mode"] != "managed":
            continue
        was_at = entry.get("previous_address") or entry["address"]
        after = entry["change"]["after"]
        if after is None and was_at in made_again:
            continue
        address = parse_address(was_at)
        known = objects.pop(address, None)
        if after is not None:
            objects[address] = _object(address, entry, after, known)


def _fold_changes(objects: dict[Address, StateObject], document: FoldedPlan, done: Collection[int]) -> None:
    steps = _steps_by_address(document)
    entries = [entry for entry in document["resource_changes"] if entry["mode"] == "managed"]
    addresses = [parse_address(entry["address"]) for entry in entries]
    before = [
        objects.pop(parse_address(entry["previous_address"]) if entry.get("previous_address") else address, None)
        for entry, address in zip(entries, addresses, strict=True)
    ]
    before = [
        _from_beside(entry, address, old, objects) if old is not None and len(entry["change"]["actions"]) > 1 else old
        for entry, address, old in zip(entries, addresses, before, strict=True)
    ]
    left: list[tuple[Address, StateObject]] = []
    for entry, address, old in zip(entries, addresses, before, strict=True):
        found = _outcome(entry, address, old, steps, done)
        if found is not None:
            objects[address] = found
            if old is not None and _stands_twice(entry, steps, done):
                left.append((address, old))
    for address, old in left:
        beside = next(each for each in _beside(address) if each not in objects)
        objects[beside] = replace(old, address=beside)


def _beside(address: Address) -> Iterator[Address]:
    """Where the state may have the old self of a replaced object, in the order of choice."""
    for number in count(1):
        yield replace(address, name=f"{address.name}_replaced{number if number > 1 else ''}")


def _from_beside(
    entry: ResourceChange, address: Address, old: StateObject, objects: dict[Address, StateObject]
) -> StateObject:
    """What the entry replaces, which is no longer at its address where a part of the plan has been folded already."""
    beside = None if old.identity == _replaced(entry, address) else _found_beside(entry, address, objects)
    return old if beside is None else objects.pop(beside)


def _found_beside(entry: ResourceChange, address: Address, objects: Mapping[Address, StateObject]) -> Address | None:
    """Where the state has the old self of this replaced object, if it has it beside the new one."""
    was = _replaced(entry, address)
    return next(
        (each for each in takewhile(objects.__contains__, _beside(address)) if objects[each].identity == was), None
    )


def _replaced(entry: ResourceChange, address: Address) -> Identity | None:
    was = entry["change"]["before"]
    return identity_of(address.type, was) if was is not None else None


def _stands_twice(entry: ResourceChange, steps: Mapping[str, Collection[StepEntry]], done: Collection[int]) -> bool:
    """Whether a replaced object was created again, and its old self is not removed."""
    if len(entry["change"]["actions"]) == 1:
        return False
    own = steps.get(entry["address"], ())
    made = [step["id"] in done for step in own if step["action"] not in _DELETING]
    return bool(made) and all(made) and any(step["id"] not in done for step in own if step["action"] in _DELETING)


def _steps_by_address(document: FoldedPlan) -> dict[str, list[StepEntry]]:
    found: dict[str, list[StepEntry]] = {}
    for step in document["steps"]:
        if (address := step["address"]) is not None:
            found.setdefault(address, []).append(step)
    return found


def _outcome(
    entry: ResourceChange,
    address: Address,
    old: StateObject | None,
    steps: Mapping[str, Collection[StepEntry]],
    done: Collection[int],
) -> StateObject | None:
    """The object at this address after the apply, or None."""
    actions = entry["change"]["actions"]
    if actions == ["forget"]:
        return None
    deleted = made = True
    for step in steps.get(entry["address"], ()):
        if step["id"] not in done:
            if step["action"] in _DELETING:
                deleted = False
            else:
                made = False
    if "delete" in actions and not deleted and not _stands_twice(entry, steps, done):
        return replace(old, address=address) if old else None
    if actions == ["delete"] or not made:
        return None if "delete" in actions or old is None else replace(old, address=address)
    after = entry["change"]["after"]
    if after is None:
        return replace(old, address=address) if old else None
    return _object(address, entry, after, old)


def _cut_short(
    before: Collection[Subject], document: FoldedPlan, done: Collection[int], objects: Mapping[Address, StateObject]
) -> tuple[Subject, ...]:
    """The instances in the middle of a move: detached by this plan or an earlier one, and linked to nothing."""
    detached = _instances(document, Action.DETACH)
    attached = _instances(document, Action.ATTACH)
    arrived = {name for name, step in attached.items() if step in done}
    left = {name for name, step in detached.items() if name in attached and step in done}
    found = {*before, *left} - arrived - {("", instance_id) for _, instance_id in arrived}
    if not found:
        return ()
    links = (found for found in objects.values() if isinstance(found.identity, Link))
    linked = {(found.provider, found.identity.instance_id) for found in links}
    return tuple(sorted(found - linked - {("", instance_id) for _, instance_id in linked}))


def _instances(document: FoldedPlan, action: Action) -> dict[Subject, int]:
    """The instances that steps of this kind are about, with the step."""
    return {
        (step["provider"], step["instance_id"]): step["id"] for step in document["steps"] if step["action"] == action
    }


def _object(address: Address, entry: ResourceChange, after: ObjectAttributes, old: StateObject | None) -> StateObject:
    return StateObject(
        address=address,
        identity=identity_of(address.type, after),
        attributes=dict(after),
        provider=entry["provider"],
        dependencies=tuple(parse_address(dependency) for dependency in entry["dependencies"]),
        sensitive=old.sensitive if old else frozenset(),
        prevent_destroy=entry["prevent_destroy"],
    )


def _fold_outputs(prior: State, document: FoldedPlan, given: Mapping[str, StateOutput]) -> dict[str, StateOutput]:
    """The outputs after the plan. One whose value the plan may not show and that was not given keeps its old value."""
    found = dict(prior.outputs)
    for name, change in document["output_changes"].items():
        if change["actions"] == ["delete"]:
            found.pop(name, None)
        elif name in given:
            found[name] = given[name]
        elif not _is_hidden(change):
            found[name] = StateOutput(change["after"], change["type"], sensitive=False)
    return found


def _is_hidden(change: OutputChange) -> bool:
    return change["before_sensitive"] or change["after_sensitive"] or change["after_unknown"]
