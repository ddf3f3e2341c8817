"""The diagnostics of a plan, errors and warnings alike: everything beside the findings of the rules."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from planner.diagnostics import Diagnostic
from planner.plan import safety
from planner.plan.changes import ChangeKind
from planner.plan.descriptions import descriptions_kept
from planner.plan.drain_problems import drain_problems, undecided
from planner.plan.import_problems import not_importable
from planner.plan.left_behind import left_behind
from planner.plan.options import PlanContext, PlanOptions
from planner.plan.planned import Planned
from planner.plan.reads import unplannable
from planner.plan.same_cloud import shared
from planner.plan.selector import Selector


def find_problems(plan: Planned, options: PlanOptions, context: PlanContext) -> tuple[Diagnostic, ...]:
    """All diagnostics of a plan, in the order in which they are shown."""
    return (
        *plan.desired.warnings,
        *plan.report.diagnostics,
        *_of_the_selection(plan, options),
        *_of_the_configuration(plan, options),
        *unplannable(plan, options),
        *_of_other_workspaces(plan, context),
        *shared(plan, context.made_in["providers"], options),
        *(left_behind(plan, context.made_in["providers"]) if options.changing else ()),
        *_of_the_drain(plan, options),
        *_of_the_changes(plan),
        *_of_the_order(plan),
    )


def _of_the_selection(plan: Planned, options: PlanOptions) -> Iterator[Diagnostic]:
    """Addresses that match nothing, and what a plan of a part leaves out."""
    mistyped = [
        *_without_a_match(plan, "--target", options.targets),
        *_without_a_match(plan, "--exclude", options.excludes),
    ]
    yield from mistyped
    yield from _without_a_match(plan, "--replace", options.replace)
    if (options.targets or options.excludes) and not mistyped:
        left_out = safety.left_out(plan.decided.changes, plan.changes, plan.drift_left_out)
        yield from safety.partial(left_out, plan.report.findings)


def _without_a_match(plan: Planned, flag: str, patterns: Sequence[str]) -> Iterator[Diagnostic]:
    if patterns:
        addresses = [*plan.prior.objects, *(each.address for each in plan.desired.objects)]
        yield from safety.meant_nothing(flag, Selector(patterns).unmatched(addresses), addresses)


def _of_the_configuration(plan: Planned, options: PlanOptions) -> Iterator[Diagnostic]:
    """What the configuration asks for and cannot have; it counts only where the plan follows it."""
    if options.changing:
        yield from safety.repeated(plan.matching.repeats.repeated, plan.worlds)
        yield from not_importable(plan.matching.imports_refused, plan.worlds)
        yield from safety.adoption_refused(plan.changes, plan.desired.limits, plan.worlds)
        yield from safety.moves_blocked(plan.matching.moves_blocked, plan.prior, plan.worlds)
        yield from safety.moves_unfollowed(plan.matching.moves_unfollowed, plan.prior, plan.worlds)
        replaced = {change.address for change in plan.decided.changes if change.kind is ChangeKind.REPLACE}
        yield from descriptions_kept(plan.matching.pairs, replaced, plan.worlds)


def _of_other_workspaces(plan: Planned, context: PlanContext) -> Iterator[Diagnostic]:
    """What is adopted and managed elsewhere."""
    adopted = [(change.address, change.after) for change in plan.changes if change.importing and change.after]
    if adopted:
        yield from context.taken_over(adopted, plan.desired.limits)


def _of_the_drain(plan: Planned, options: PlanOptions) -> Iterator[Diagnostic]:
    if plan.drained is not None:
        yield from drain_problems(plan.drained, plan.desired.objects, plan.decided.changes, plan.worlds)
    elif options.drain is not None:
        yield undecided(options.drain, plan.worlds)


def _of_the_changes(plan: Planned) -> Iterator[Diagnostic]:
    """What must not be removed, or will be missed."""
    yield from safety.prevented(plan.changes, plan.worlds)
    yield from safety.routes_lost(plan.changes, plan.worlds)


def _of_the_order(plan: Planned) -> Iterator[Diagnostic]:
    """What no order of the steps can keep to."""
    ordered, steps = plan.ordered, plan.ordered.steps
    yield from safety.contradicted(ordered.contradicted, steps, plan.worlds)
    if ordered.down_at_once is not None:
        yield safety.too_many_down(plan.desired.limits, ordered.down_at_once, steps, plan.worlds)
    yield from safety.without_slot(steps, plan.report.findings, plan.worlds)
