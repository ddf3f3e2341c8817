"""What the configuration forbids a saved plan to do, whatever the plan says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from planner.address import import_command, parse_address
from planner.app.other_workspaces import Claim, refuse_taken_over
from planner.app.project import Project, read_worlds, with_what_is_named
from planner.apply.run import LockedState
from planner.config.desired import Desired, DesiredObject
from planner.diagnostics import Diagnostic, PlanError
from planner.documents.plan import Mode, PlanDocument, ResourceChange
from planner.documents.reasons import Reason
from planner.network.identity import identity_of
from planner.network.worlds import Worlds
from planner.plan.changes import Snapshot
from planner.plan.make import entries_of_all
from planner.plan.offline import offline_worlds
from planner.plan.options import PlanOptions
from planner.plan.pending import PendingChanges
from planner.remedy import PLAN_AGAIN, Remedy
from planner.rules.plan_safety import EXISTS_ALREADY, MUST_NOT_BE_DESTROYED
from planner.state.model import State
from providers.base import NO_ROUTES


def refuse_unguarded(document: PlanDocument, project: Project, locked: LockedState, touched: Worlds) -> None:
    """Raises PlanError where a plan does what the configuration does not ask for, or forbids.

    That is all but the steps `--replace` asks for, and how much of it `--target` and `--exclude` leave: of these, the
    plan alone knows. The steps follow from the changes, which is looked at where a plan is read.

    `touched` is what the steps touch: where a plan only makes objects, and no data source says which, no more is read.
    """
    changes = [entry for entry in document["resource_changes"] if entry["mode"] != "data"]
    adopted = [entry for entry in changes if "importing" in entry["change"]]
    refuse_taken_over(project, [_claim(entry) for entry in adopted])
    limits, _ = project.evaluation.settings()
    options = _options(document)
    if options.refresh and not document["resource_drift"] and changes and all(map(_is_made, changes)):
        desired = project.desired(touched, changing=False)
        if not desired.data_read and not desired.deferred:
            if problems := [*_unasked(document, desired, entries_of_all(desired, locked.state, touched, options))]:
                raise PlanError(problems)
            return
    if document.get("refreshed", True):
        worlds = read_worlds(locked.providers, NO_ROUTES)
    else:
        worlds = offline_worlds(locked.state, project.provider_keys)
    pending = PendingChanges(locked.state, worlds, options.replace) if options.changing else None
    desired = project.desired(worlds, changing=options.changing, pending=pending)
    removing = [entry for entry in changes if "delete" in entry["change"]["actions"]]
    problems = [
        *_protected(removing, desired, locked.state),
        *_not_adopted([] if limits.adopt else adopted, desired),
    ]
    if not problems:
        worlds = with_what_is_named(worlds, desired, locked.providers, changing_all=False)
        problems = [*_unasked(document, desired, entries_of_all(desired, locked.state, worlds, options))]
    if problems:
        raise PlanError(problems)


def _is_made(entry: ResourceChange) -> bool:
    return entry["change"]["actions"] == ["create"] and "importing" not in entry["change"]


def _options(document: PlanDocument) -> PlanOptions:
    """The options of a plan of everything that has in it all that this one has."""
    return PlanOptions(
        mode=Mode(document["mode"]),
        refresh=document.get("refreshed", True),
        replace=tuple(
            entry["address"] for entry in document["resource_changes"] if entry["action_reason"] == Reason.REPLACE_ASKED
        ),
        drain=document["drain"],
        include_unmanaged=True,
    )


def _unasked(
    document: PlanDocument, desired: Desired, follows: tuple[list[ResourceChange], list[ResourceChange]]
) -> Iterator[Diagnostic]:
    """What the plan has, and a plan of everything that is made now has not, or otherwise."""
    for said, now in zip((document["resource_changes"], document["resource_drift"]), follows, strict=True):
        known = {entry["address"]: entry for entry in now}
        for entry in said:
            found = known.get(entry["address"])
            if entry["mode"] != "data" and (found is None or _content(found) != _content(entry)):
                yield _differs(entry["address"], _words(entry, found), _words(found, entry) if found else "nothing")
    if document["mode"] == Mode.NORMAL and document["drain"] is None:
        for name, output in document["output_changes"].items():
            if (output["actions"] == ["delete"]) == (name in desired.outputs):
                declared = "declared" if name in desired.outputs else "not declared"
                yield _differs(f"output.{name}", output["actions"][0], f"that it is {declared}")


def _differs(address: str, said: str, now: str) -> Diagnostic:
    detail = f"{address}: the plan has {said}; configuration, state and cloud give {now}. Nothing was done."
    return Diagnostic("STA414", "Plan is not what would be planned now", detail, PLAN_AGAIN, address=address)


def _words(entry: ResourceChange, other: ResourceChange | None) -> str:
    """What is done to an object, and in whose hands; of two entries that agree in this, what differs first."""
    done = _done(entry)
    if other is None or done != _done(other):
        return done
    mine, others = (_flat(_content(each)) for each in (entry, other))
    path = next(path for path in sorted({*mine, *others}) if mine.get(path) != others.get(path))
    return f"{done} with {path} {json.dumps(mine.get(path), ensure_ascii=True)}"


def _done(entry: ResourceChange) -> str:
    change = entry["change"]
    done = " and ".join(change["actions"]) + (" (import)" if "importing" in change else "")
    side = change["after"] or change["before"] or {}
    return f"{done} {identity_of(entry['type'], side).id}"


def _flat(content: Mapping[str, object]) -> dict[str, object]:
    change = content["change"]
    sides = change.items() if isinstance(change, dict) else ()
    nested = {f"{name}.{key}": value for name, side in sides if isinstance(side, dict) for key, value in side.items()}
    return {**content, **dict(sides), **nested, "change": None}


def _content(entry: ResourceChange) -> dict[str, object]:
    """The entry without the place of its block, which another line may move."""
    return {name: value for name, value in entry.items() if name != "range"}


def _claim(entry: ResourceChange) -> Claim:
    after = entry["change"]["after"] or {}
    return parse_address(entry["address"]), Snapshot(identity_of(entry["type"], after), after, entry["provider"])


def _protected(removing: Sequence[ResourceChange], desired: Desired, state: State) -> Iterator[Diagnostic]:
    declared = {str(each.address): each for each in desired.objects}
    for entry in removing:
        if _is_protected(entry, declared, state):
            yield MUST_NOT_BE_DESTROYED.diagnostic(
                detail=f"The plan removes {entry['address']}, but its lifecycle says prevent_destroy.",
                remedy=PLAN_AGAIN,
                address=entry["address"],
            )


def _is_protected(entry: ResourceChange, declared: Mapping[str, DesiredObject], state: State) -> bool:
    """Whether the object may not be removed: its declaration says so or, without one, the state does."""
    found = declared.get(entry["address"])
    removed = entry["change"]["before"] or {}
    if found is not None and ("create" in entry["change"]["actions"] or _stands_for(found, removed)):
        return found.prevent_destroy
    known = state.objects.get(parse_address(entry.get("previous_address", entry["address"])))
    return known is not None and known.prevent_destroy


def _stands_for(declared: DesiredObject, attributes: Mapping[str, object]) -> bool:
    ids = ("instance_id", "vpc_id", "destination_cidr_block")
    return all(getattr(declared.identity, name, None) in (None, attributes.get(name)) for name in ids)


def _not_adopted(adopting: Sequence[ResourceChange], desired: Desired) -> Iterator[Diagnostic]:
    asked = {str(block.to) for block in desired.imports}
    for entry in adopting:
        change = entry["change"]
        if entry["address"] not in asked and change["actions"] == ["no-op"] and "importing" in change:
            exists = change["importing"]["id"]
            yield EXISTS_ALREADY.diagnostic(
                detail=f"{entry['address']} stands for {exists}, which exists but is not managed here.",
                remedy=Remedy.of(f"Adopt it: {import_command(parse_address(entry['address']), exists)}"),
                address=entry["address"],
            )
