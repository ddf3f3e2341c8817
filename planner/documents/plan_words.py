"""What a plan says to people, compared with its changes and steps, which an apply follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Literal

from planner.documents.plan_facts import facts_by_provider, has_several_providers
from planner.network.identity import ATTACHMENT, CREATES, DELETES, IDENTITY_ARGUMENTS, UPDATES, Action
from planner.network.names import natural_key
from planner.network.openings import IDS_SHOWN
from planner.schema.validator import Mismatch

if TYPE_CHECKING:
    from planner.documents.plan import PlanDocument, Sides, StepEntry

_LINKING = (Action.ATTACH, Action.DETACH)
_ROUTING = (Action.ADD_GUEST_ROUTE, Action.REMOVE_GUEST_ROUTE)
_MAKING = frozenset((*CREATES.values(), *UPDATES.values()))
_TYPE_OF = {str(action): type_ for table in (CREATES, DELETES, UPDATES) for type_, action in table.items()}
_Path = tuple[str | int, ...]
_Vpc = tuple[str, str]
"""A provider, empty where there is only one, and a VPC."""
_Linked = Mapping[_Vpc, set[str]]
_Routed = Mapping[str, set[str]]


def contradicted_words(document: PlanDocument) -> Iterator[Mismatch]:
    """Each part for people that does not follow from the changes and the steps. Of a plan that fits its schema."""
    yield from _differing(("summary",), document["summary"], _counted(document))
    yield from _contradicted_verdict(document)
    yield from _contradicted_accounts(document)
    yield from _contradicted_mode(document)
    yield from _contradicted_completeness(document)
    yield from _contradicted_differences(document)
    if document["errored"]:
        return  # its steps may be such as the cloud refuses
    yield from _contradicted_changes(document)
    opened, closed, routed = _links(document)
    yield from _contradicted_openings(document, "opened", opened, routed)
    yield from _contradicted_openings(document, "closed", closed, routed)


def _differing(path: _Path, said: Mapping[str, object], follows: Mapping[str, object]) -> Iterator[Mismatch]:
    for name, value in follows.items():
        if said[name] != value:
            yield Mismatch((*path, name), "contradiction", f"{value}, as the steps and changes say", said[name])


def _counted(document: PlanDocument) -> dict[str, object]:
    """The summary that follows from what is written. How many objects stay as they are is in no change.

    It is counted apart from `planner.plan.document`, which counts changes before they are written: so a summary that
    holds says that the entries have what the planner meant.
    """
    kinds: Counter[tuple[str, ...]] = Counter()
    moves = readdressed = imported = 0
    for entry in document["resource_changes"]:
        change = entry["change"]
        actions = tuple(change["actions"])
        kinds[actions] += 1
        imported += "importing" in change
        elsewhere = "previous_address" in entry or entry["action_reason"] == "provider_changed"
        readdressed += elsewhere and actions not in (("delete",), ("forget",))
        before, after = change["before"] or {}, change["after"] or {}
        moves += (
            actions == ("delete", "create")
            and entry["type"] == ATTACHMENT
            and "importing" not in change
            and "previous_provider" not in entry
            and before.get("instance_id") == after.get("instance_id")
            and before.get("vpc_id") != after.get("vpc_id")
        )
    replaced = kinds["delete", "create"] - moves
    return {
        "add": kinds["create",] + replaced,
        "change": kinds["update",],
        "move": moves,
        "destroy": kinds["delete",] + replaced,
        "forget": kinds["forget",],
        "readdress": readdressed,
        "import": imported,
        "steps": len(document["steps"]),
    }


def _contradicted_verdict(document: PlanDocument) -> Iterator[Mismatch]:
    """Whether it may be applied, where findings or diagnostics say otherwise; findings of steps that there are not."""
    failed = any(rule["status"] == "fail" and rule["severity"] == "error" for rule in document["rules"])
    failed = failed or any(problem["severity"] == "error" for problem in document["diagnostics"])
    if failed and not document["errored"]:
        yield Mismatch(("errored",), "contradiction", "true, as there are errors", False)
    changes = document["resource_drift"] if document["mode"] == "refresh-only" else document["resource_changes"]
    to_do = any(entry["mode"] != "data" for entry in changes) or bool(document["output_changes"])
    if document["applicable"] != (to_do and not document["errored"]):
        needed = f"{str(not document['applicable']).lower()}, as its changes and errors say"
        yield Mismatch(("applicable",), "contradiction", needed, document["applicable"])
    for place, rule in enumerate(document["rules"]):
        if any(step > len(document["steps"]) for step in rule["steps"]):
            yield Mismatch(("rules", place, "steps"), "reference", "the ids of steps of this plan", rule["steps"])


def _contradicted_accounts(document: PlanDocument) -> Iterator[Mismatch]:
    """Accounts of steps that are not those of the worlds which the proof is of.

    In a plan with errors an instance of another account may be among what is refused (CL203).
    """
    if document["errored"]:
        return
    facts = facts_by_provider(document["proof"])
    for place, step in enumerate(document["steps"]):
        world, said = facts.get(step["provider"]), step.get("account_id")
        account = world["account_id"] if world else None
        if account and said and said != account:
            yield Mismatch(("steps", place, "account_id"), "contradiction", f"{account}, as the proof says", said)


def _contradicted_mode(document: PlanDocument) -> Iterator[Mismatch]:
    """Steps that make something, in a plan that is said only to remove."""
    makes = any(step["action"] in _MAKING for step in document["steps"])
    if makes and document["mode"] == "destroy":
        yield Mismatch(("mode",), "contradiction", "another, as there are steps that make something", "destroy")
    if makes and document["drain"] is not None:
        yield Mismatch(("drain",), "contradiction", "null, as there are steps that make something", document["drain"])


def _contradicted_completeness(document: PlanDocument) -> Iterator[Mismatch]:
    """A plan that is said to be complete, where something of a provider whose objects it changes could not be read."""
    unread = {gap.get("provider") for gap in document["unread"]}
    changed = {entry["provider"] for entry in (*document["resource_changes"], *document["resource_drift"])}
    if document["complete"] and unread and (None in unread or unread & changed):
        yield Mismatch(("complete",), "contradiction", "false, as something could not be read", True)


def _contradicted_differences(document: PlanDocument) -> Iterator[Mismatch]:
    """Differences of an object that its two sides do not have."""
    parts: tuple[Literal["resource_drift", "resource_changes"], ...] = ("resource_drift", "resource_changes")
    for part in parts:
        for place, entry in enumerate(document[part]):
            change = entry["change"]
            sides: dict[str, Mapping[str, object]] = {
                "before": change["before"] or {},
                "after": change["after"] or {},
            }
            for number, difference in enumerate(change["diff"]):
                if not any(difference["path"] in attributes for attributes in sides.values()):
                    continue  # prevent_destroy, or what differs within a list
                for side, attributes in sides.items():
                    said, follows = difference[side], attributes.get(difference["path"])  # type: ignore[literal-required]
                    if said != follows:
                        path: _Path = (part, place, "change", "diff", number, side)
                        yield Mismatch(path, "contradiction", f"what {side} says", said)


def _contradicted_changes(document: PlanDocument) -> Iterator[Mismatch]:
    """Objects that come and go without a step, and steps that no object asks for."""
    asked: Counter[tuple[object, ...]] = Counter()
    for entry in document["resource_changes"]:
        actions, change = entry["change"]["actions"], entry["change"]
        if entry["type"] not in CREATES:
            continue
        if "delete" in actions:
            owner = entry.get("previous_provider", entry["provider"])
            asked[entry["address"], owner, DELETES[entry["type"]], *_ids(entry["type"], change["before"])] += 1
        if "create" in actions and "importing" not in change:
            asked[
                entry["address"], entry["provider"], CREATES[entry["type"]], *_ids(entry["type"], change["after"])
            ] += 1
        if "update" in actions and entry["type"] in UPDATES and _settings_differ(change):
            asked[
                entry["address"], entry["provider"], UPDATES[entry["type"]], *_ids(entry["type"], change["after"])
            ] += 1
    for place, step in enumerate(document["steps"]):
        key = (step["address"], step["provider"], step["action"], *_ids(_TYPE_OF[step["action"]], step))
        if not asked[key]:
            yield Mismatch(("steps", place), "contradiction", "a step that a change asks for", step["address"])
        asked[key] -= 1
    for address, _, action, *ids in (+asked).elements():
        needed = f"a step {action} of {'/'.join(map(str, ids))}, as the change of {address} says"
        yield Mismatch(("steps",), "contradiction", needed, None)


def _settings_differ(change: Sides) -> bool:
    """Whether the cloud has something to change: in the priority or the description of a security rule."""
    before: Mapping[str, object] = change["before"] or {}
    after: Mapping[str, object] = change["after"] or {}
    return any(before.get(name) != after.get(name) for name in ("priority", "description"))


def _ids(type_: str, of: object) -> tuple[object, ...]:
    """What an object of this type is known by, in its attributes or in a step."""
    known: Mapping[str, object] = of if isinstance(of, dict) else {}
    return tuple(known.get(name) for name in IDENTITY_ARGUMENTS[type_])


def _links(document: PlanDocument) -> tuple[_Linked, _Linked, _Routed]:
    """The instances that the steps link and unlink, by VPC, and by provider those whose guest routes change."""
    several = has_several_providers(document["proof"])
    first: dict[tuple[str, str], StepEntry] = {}
    last: dict[tuple[str, str], StepEntry] = {}
    for step in document["steps"]:
        if step["action"] in _LINKING:
            instance = (step["provider"] if several else "", step["instance_id"])
            first.setdefault(instance, step)
            last[instance] = step
    opened: dict[_Vpc, set[str]] = {}
    closed: dict[_Vpc, set[str]] = {}
    for (provider, instance_id), step in first.items():
        end = last[provider, instance_id]
        before = step["vpc_id"] if step["action"] == Action.DETACH else None
        after = end["vpc_id"] if end["action"] == Action.ATTACH else None
        if before != after and after is not None:
            opened.setdefault((provider, after), set()).add(instance_id)
        if before != after and before is not None:
            closed.setdefault((provider, before), set()).add(instance_id)
    routed: dict[str, set[str]] = {}
    for step in document["steps"]:
        if step["action"] in _ROUTING:
            routed.setdefault(step["provider"] if several else "", set()).add(step["instance_id"])
    return opened, closed, routed


def _contradicted_openings(
    document: PlanDocument, side: Literal["opened", "closed"], linked: _Linked, routed: _Routed
) -> Iterator[Mismatch]:
    """What is said to open or close, where the steps do not do it, or do more.

    Whether a link to a VPC in 192.168.0.0/16 leads anywhere depends on guest routes that a plan does not show.
    """
    entries = document["reachability"][side]
    named = {(entry.get("provider", ""), entry["vpc_id"]) for entry in entries}
    path: _Path = ("reachability", side)
    several = has_several_providers(document["proof"])
    needing = {
        (provider if several else "", vpc_id)
        for provider, facts in facts_by_provider(document["proof"]).items()
        for vpc_id, fact in facts.get("vpcs", {}).items()
        if fact.get("guest_route")
    }
    for provider, vpc_id in sorted(linked.keys() - named):
        if (provider, vpc_id) not in needing:
            yield Mismatch(path, "contradiction", f"an entry of {vpc_id}, as the steps say", provider or None)
    for place, entry in enumerate(entries):
        instances, vpc = entry["instances"], (entry.get("provider", ""), entry["vpc_id"])
        members, routes = linked.get(vpc, set()), routed.get(vpc[0], set())
        follows = sorted(members, key=natural_key)
        at = (*path, place, "instances")
        if vpc in needing or (not follows and routes):
            known = members | routes
            if not known.issuperset(instances["ids"]) or instances["count"] > len(known):
                yield Mismatch(at, "contradiction", "instances that steps are about", instances)
            continue
        yield from _differing(at, instances, {"count": len(follows), "ids": follows[:IDS_SHOWN]})
    totals = {
        "vpcs": len(entries),
        "instances": sum(entry["instances"]["count"] for entry in entries),
        "pairs": sum(entry["instances"]["count"] * entry["resource_count"] for entry in entries),
    }
    yield from _differing(("reachability", "counts", side), document["reachability"]["counts"][side], totals)
