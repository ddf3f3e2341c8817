"""Carrying a plan out: a saved one, or one that is made and agreed to first."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from msgspec import Struct

from planner.app.by_hand import steps_by_hand
from planner.app.late_values import outputs_of
from planner.app.places import refuse_other_cloud, refuse_other_place
from planner.app.planning import is_to_be_applied, make, refuse_incomplete
from planner.app.project import Project
from planner.app.safeguards import refuse_unguarded
from planner.app.secret_variables import refuse_other_values
from planner.apply.events import ApplyErrored, Event
from planner.apply.options import ApplyOptions
from planner.apply.outcome import Outcome
from planner.apply.preflight import still_to_accept
from planner.apply.read_timeout import with_read_timeout
from planner.apply.run import LockedState, lock_state
from planner.apply.stop import StopSignal
from planner.diagnostics import ClError
from planner.documents.plan import PlanDocument, StepEntry
from planner.plan.options import PlanOptions
from planner.values import replace
from planner.waits import plainly
from providers.base import Provider


class Audience(Protocol):
    """Who follows an apply."""

    def hear(self, event: Event) -> None:
        """Take what happens, when it happens."""

    def see(self, plan: PlanDocument) -> None:
        """Take a plan that was just made."""

    def agree(self, plan: PlanDocument) -> bool:
        """Say whether the plan may be applied. Raises PlanError where that is not possible."""

    def confirm(self, plan: PlanDocument, steps: Sequence[StepEntry]) -> bool:
        """Say whether these steps by hand are confirmed. Raises PlanError where that is not possible."""

    def stopping(self) -> contextlib.AbstractContextManager[StopSignal]:
        """What may stop the steps, while they are performed. Before and after, an interrupt ends the command."""


class Applied(Struct, frozen=True):
    """A plan, and how its apply ended: without an outcome it was not begun, for it had no need or was `declined`.

    `to_accept` is how many links the plan of what is left must accept to lose.
    """

    plan: PlanDocument
    outcome: Outcome | None = None
    declined: bool = False
    to_accept: int | None = None


def apply_saved(
    project: Project, plan: PlanDocument, path: Path, options: ApplyOptions, audience: Audience, *, confirmed: bool
) -> Applied:
    """Apply a saved plan. There is no question but for steps by hand: the user has named the plan. Raises ClError."""
    refuse_other_place(plan, project, path)
    refuse_incomplete(plan, path)
    refuse_other_values(plan, project, path)
    with _providers(project, options) as providers:
        refuse_other_cloud(plan, project, path, providers)
        if not confirmed and (steps := steps_by_hand(plan)) and not audience.confirm(plan, steps):
            return Applied(plan, declined=True)
        with _locked(project, providers, options, audience) as locked:
            refuse_unguarded(plan, project, locked)
            return _apply(project, plan, locked, audience)


def plan_and_apply(
    project: Project,
    planning: PlanOptions,
    options: ApplyOptions,
    audience: Audience,
    *,
    auto_approve: bool,
    confirmed: bool,
) -> Applied:
    """Plan, show the plan, ask, and apply. The lock is held from the plan on, but never during a question.

    `auto_approve` agrees to the plan in advance, `confirmed` confirms its steps by hand.
    """
    with _providers(project, options) as providers:
        if auto_approve:
            with _locked(project, providers, options, audience) as locked:
                plan = _shown(project, planning, providers, audience)
                if not is_to_be_applied(plan):
                    return Applied(plan)
                if confirmed or not steps_by_hand(plan):
                    return _apply(project, plan, locked, audience)
        else:
            if project.store.has_journal() or project.store.to_reseal():
                with _locked(project, providers, options, audience):
                    pass  # an apply that was cut short is complete now, and the state under the present key
            plan = _shown(project, planning, providers, audience)
            if not is_to_be_applied(plan):
                return Applied(plan)
            if not audience.agree(plan):
                return Applied(plan, declined=True)
        if not confirmed and (steps := steps_by_hand(plan)) and not audience.confirm(plan, steps):
            return Applied(plan, declined=True)
        with _locked(project, providers, options, audience) as locked:
            return _apply(project, plan, locked, audience)


def _shown(
    project: Project, planning: PlanOptions, providers: Mapping[str, Provider], audience: Audience
) -> PlanDocument:
    plan = make(project, planning, providers)
    audience.see(plan)
    return plan


@contextlib.contextmanager
def _providers(project: Project, options: ApplyOptions) -> Iterator[Mapping[str, Provider]]:
    """The providers of the project, none of which may take longer to be read than the options allow."""
    with project.providers() as providers:
        yield with_read_timeout(providers, options.read_timeout)


def _locked(
    project: Project, providers: Mapping[str, Provider], options: ApplyOptions, audience: Audience
) -> contextlib.AbstractContextManager[LockedState]:
    return lock_state(project.store, providers, options, audience.hear)


def _apply(project: Project, plan: PlanDocument, locked: LockedState, audience: Audience) -> Applied:
    """Apply the plan; every remedy of it that says how to go on names the command for that."""
    go_on = project.surroundings.command_line.go_on
    following = go_on(plan["mode"], plan["variables"])
    limits = project.evaluation.settings()[0]

    def hear(event: Event) -> None:
        if isinstance(event, ApplyErrored) and event.diagnostic is not None:
            event = dataclasses.replace(event, diagnostic=event.diagnostic.again(following))
        locked.events(event)

    try:
        with project.surroundings.watch(plainly("Checking the plan")):
            outcome = replace(locked, events=hear).apply(
                plan,
                today=project.now.date(),
                limits=limits,
                outputs=outputs_of(project, plan, locked.providers),
                stopping=audience.stopping,
            )
    except ClError as error:
        raise error.again(following) from None
    to_accept = still_to_accept(plan, outcome, limits)
    following = go_on(plan["mode"], plan["variables"], to_accept)
    return Applied(plan, outcome.again(following), to_accept=to_accept)
