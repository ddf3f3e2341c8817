"""What the configuration forbids a saved plan to do, whatever the plan says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from planner.address import import_command, parse_address
from planner.app.groups_read import evaluated
from planner.app.other_workspaces import Claim, refuse_taken_over
from planner.app.project import Project
from planner.app.readings import read_worlds
from planner.apply.run import LockedState
from planner.config.desired import Desired, DesiredObject
from planner.diagnostics import Diagnostic, PlanError
from planner.documents.plan import PlanDocument, ResourceChange
from planner.documents.plan_head import Mode
from planner.network.identity import identity_of
from planner.network.worlds import Worlds
from planner.plan.changes import Snapshot
from planner.plan.pending import PendingChanges
from planner.remedy import PLAN_AGAIN, Remedy
from planner.rules.plan_safety import EXISTS_ALREADY, MUST_NOT_BE_DESTROYED
from planner.state.model import State
from providers.base import NO_ROUTES


def refuse_unguarded(document: PlanDocument, project: Project, locked: LockedState) -> None:
    """Raises PlanError where a plan removes what `prevent_destroy` keeps, or adopts what `adopt = false` leaves alone.

    The configuration is evaluated only for a plan that removes or adopts something.
    """
    changes = document["resource_changes"]
    removing = [entry for entry in changes if "delete" in entry["change"]["actions"]]
    adopted = [entry for entry in changes if "importing" in entry["change"]]
    refuse_taken_over(project, [_claim(entry) for entry in adopted])
    limits, _ = project.evaluation.settings()
    adopting = [] if limits.adopt else adopted
    if not removing and not adopting:
        return
    changing = document["mode"] == Mode.NORMAL and document["drain"] is None
    worlds = read_worlds(locked.providers, project.scope(NO_ROUTES))

    def evaluate(worlds: Worlds) -> Desired:
        pending = PendingChanges(locked.state, worlds) if changing else None
        return project.desired(worlds, changing=changing, pending=pending)

    desired, _ = evaluated(project, evaluate, worlds, locked.state, locked.providers)
    if problems := (*_protected(removing, desired, locked.state), *_not_adopted(adopting, desired)):
        raise PlanError(problems)


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
