"""The plan, from end to end: Desired × State × World → document."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC
from functools import cache, partial
from typing import TYPE_CHECKING, TypeVar

from planner import __version__
from planner.address import Address, in_address_order
from planner.collector import without_collector
from planner.config.desired import Desired, DesiredObject
from planner.diagnostics import Diagnostic, Severity
from planner.documents.plan_head import FORMAT_VERSION, Mode, plan_checksum
from planner.network.identity import CREATES, Authorization, GuestRoute, Link, ObjectKey, Subject
from planner.network.worlds import Worlds
from planner.plan import safety
from planner.plan.changes import key_of
from planner.plan.decide import Decided, decide
from planner.plan.dependencies import Dependencies, Dependent, Remembered
from planner.plan.document import (
    check_entries,
    is_complete,
    proof_of,
    reachability,
    resource_changes,
    step_json,
    summary,
    unread,
)
from planner.plan.match import Matching, match
from planner.plan.offline import offline_worlds, with_links_remembered
from planner.plan.options import PlanContext, PlanOptions
from planner.plan.order import order
from planner.plan.outputs import as_json, output_changes
from planner.plan.planned import Planned
from planner.plan.problems import find_problems
from planner.plan.reads import deferred_reads
from planner.plan.refresh import PriorObject, refresh
from planner.plan.removals import destroy, drain, is_of_vpc
from planner.plan.selection import part, select, select_drift
from planner.plan.selector import Selector
from planner.proof import verify
from planner.remedy import Command
from planner.rules.base import Finding
from planner.rules.catalogue import RULES
from planner.rules.joined import Joined
from planner.rules.labels import Labels
from planner.rules.run import Circumstances, Report, judge_steps
from planner.state.guest_routes import with_guest_routes
from planner.state.model import State
from planner.steps import Step

if TYPE_CHECKING:
    from planner.documents.plan import PlanDocument

_Found = TypeVar("_Found", Finding, Joined, Diagnostic)


def make_plan(
    desired: Desired, prior: State, worlds: Worlds, options: PlanOptions, context: PlanContext
) -> PlanDocument:
    """The plan document, complete with proof and checksum.

    The same input always gives the same document, in whatever order its files, objects and links come. Nothing is
    raised for what a user can cause: every problem is in the document, which is then `errored`.
    """
    with without_collector():
        if options.refresh:
            worlds = with_guest_routes(with_links_remembered(worlds, prior), prior)
        else:
            worlds = offline_worlds(prior, desired.providers)
        # No name for what was planned: its memory is free again when the proof is made.
        return _prove(_document(_plan(desired, prior, worlds, options, context), options, context))


def _plan(desired: Desired, prior: State, worlds: Worlds, options: PlanOptions, context: PlanContext) -> Planned:
    objects, drifted = refresh(prior, worlds)
    matching = match(desired, objects, worlds)
    known = _known(matching, objects, options)
    dependencies = Dependencies(known)
    drained = _drained(options.drain, objects, worlds) if options.drain is not None else None
    decided = _decide(desired, prior, objects, matching, worlds, options, drained)
    targets, excludes = Selector(options.targets), Selector(options.excludes)
    changes = select(decided.changes, dependencies, targets=targets, excludes=excludes)
    of_drain = partial(is_of_vpc, drained, world=worlds.of(drained[0])) if drained is not None else None
    drift = select_drift(drifted, decided.changes, changes, targets=targets, excludes=excludes, drained=of_drain)
    ordered = order(changes, worlds, dependencies, quota=context.quota, max_unavailable=desired.limits.max_unavailable)
    report = judge_steps(
        ordered.steps,
        worlds,
        today=context.now.date(),
        circumstances=Circumstances(
            declarations=matching.repeats.declarations if options.mode is Mode.NORMAL else {},
            managed=cache(partial(_managed, known)),
            labels=cache(partial(_labels, desired, prior)),
            remembered=lambda: prior.named,
            declared=tuple(_as_if_made(desired.objects)) if desired.limits.waivers else (),
        ),
        limits=desired.limits,
        of_the_plan=tuple(
            safety.too_many_links_lost(safety.links_lost(changes), prior, desired.limits, options.accept_detach)
        ),
    )
    return Planned(
        desired=desired,
        prior=prior,
        worlds=worlds,
        matching=matching,
        decided=decided,
        changes=changes,
        drift=drift,
        drift_left_out=len(drifted) - len(drift),
        part=part((*decided.changes, *drifted), (*changes, *drift)),
        ordered=ordered,
        report=report,
        drained=drained,
    )


def _decide(
    desired: Desired,
    state: State,
    prior: Mapping[Address, PriorObject],
    matching: Matching,
    worlds: Worlds,
    options: PlanOptions,
    drained: Subject | None,
) -> Decided:
    if options.mode is Mode.REFRESH_ONLY:
        return Decided((), len(prior))
    if options.mode is Mode.DESTROY:
        return Decided(tuple(in_address_order(destroy(prior, desired))))
    if options.drain is not None:
        if drained is None:
            return Decided((), len(prior))
        world = worlds.of(drained[0])
        changes = in_address_order(drain(drained, prior, desired, world, unmanaged=options.include_unmanaged))
        return Decided(tuple(changes), len(prior) - sum(change.managed for change in changes))
    cut_short = {
        (provider, instance_id)
        for owner, instance_id in state.cut_short
        for provider in ([owner] if owner else worlds.by_provider)
        if instance_id not in worlds.of(provider).links
    }
    return decide(matching, desired, worlds, Selector(options.replace), cut_short)


def _drained(text: str, prior: Mapping[Address, PriorObject], worlds: Worlds) -> Subject | None:
    """The VPC that `--drain VPC_ID` or `--drain PROVIDER/VPC_ID` means; None where its provider is ambiguous."""
    named, slash, vpc_id = text.rpartition("/")
    if slash:
        return (named, vpc_id) if named in worlds.by_provider else None
    managed = dict.fromkeys(found.now.provider for found in prior.values() if found.now.identity.vpc_id == text)
    meant = worlds.who_sees_vpc(text) or tuple(managed) or tuple(worlds.by_provider) or ("",)
    return (meant[0], text) if len(meant) == 1 else None


def _as_if_made(objects: Iterable[DesiredObject]) -> Iterator[Step]:
    """All that is declared, as steps that would make it."""
    for number, each in enumerate(objects, 1):
        action = CREATES[each.identity.type]
        yield Step(number, action, each.identity, each.address, each.provider, vswitch_ids=each.vswitch_ids)


def _known(matching: Matching, prior: Mapping[Address, PriorObject], options: PlanOptions) -> dict[Address, Dependent]:
    """All objects with their dependencies: as declared, or as remembered where the state alone counts."""
    if options.mode is Mode.DESTROY or options.drain is not None:
        return {address: _remembered(found) for address, found in prior.items()}
    known: dict[Address, Dependent] = {pair.desired.address: pair.desired for pair in matching.pairs}
    known.update((address, _remembered(found)) for address, found in matching.undeclared)
    return known


def _managed(known: Mapping[Address, Dependent]) -> dict[ObjectKey, Address]:
    return {
        key_of(found): at
        for at, found in known.items()
        if isinstance(found.identity, Link | GuestRoute | Authorization)
    }


def _labels(desired: Desired, prior: State) -> Labels:
    return Labels([*prior.objects, *(each.address for each in desired.objects)])


def _remembered(prior: PriorObject) -> Remembered:
    return Remembered(prior.now.provider, prior.now.identity, prior.dependencies)


def _document(plan: Planned, options: PlanOptions, context: PlanContext) -> PlanDocument:
    desired, prior, worlds, steps = plan.desired, plan.prior, plan.worlds, plan.ordered.steps
    outputs = {}
    is_incomplete = any(world.unread for world in worlds.by_provider.values())
    if options.drain is None:
        outputs = output_changes(desired.outputs, prior.outputs, options.mode, plan.part, is_incomplete=is_incomplete)
    problems = find_problems(plan, options, context)
    errored = _blocks(plan.report, options) or any(problem.severity is Severity.ERROR for problem in problems)
    to_do = bool((plan.drift if options.mode is Mode.REFRESH_ONLY else plan.changes) or outputs)
    document: PlanDocument = {
        "format_version": FORMAT_VERSION,
        "cl_version": __version__,
        "plan_id": context.plan_id,
        "created_at": context.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "mode": options.mode.value,
        "drain": options.drain,
        "accept_detach": options.accept_detach,
        "workspace": context.workspace,
        "made_in": context.made_in,
        "lineage": prior.lineage,
        "serial": prior.serial,
        "errored": errored,
        "applicable": not errored and to_do,
        "refreshed": options.refresh,
        "complete": is_complete(plan, options) or not options.refresh,
        "unread": unread(worlds) if options.refresh else [],
        "variables": {name: {"value": as_json(value)} for name, value in sorted(context.variables.items())},
        "secret_variables": context.secret_variables,
        "resource_drift": resource_changes(plan.drift),
        "resource_changes": [*resource_changes(plan.changes), *deferred_reads(plan, options)],
        "output_changes": outputs,
        "checks_blocks": check_entries(desired.checks),
        "steps": [
            step_json(step, worlds.of(step.provider), by_hand=step.action in context.by_hand.get(step.provider, ()))
            for step in steps
        ],
        "rules": [finding.to_json() for finding in _repeating(plan.report.findings, context.command)],
        "rules_passed": dict(plan.report.passed),
        "rule_names": {rule.id: rule.name for rule in RULES if rule.id in plan.report.passed},
        "reachability": reachability(() if errored else steps, worlds),
        "summary": summary(plan.changes, plan.decided.unchanged, len(steps)),
        "diagnostics": [found.to_json() for found in _repeating(problems, context.command)],
        "proof": proof_of(
            plan.ordered,
            worlds,
            quota=context.quota,
            max_unavailable=desired.limits.max_unavailable,
            offline=not options.refresh,
        ),
    }
    if plan.report.joined:
        document["rule_groups"] = [joined.to_json() for joined in _repeating(plan.report.joined, context.command)]
    return {**document, "sources_sha256": dict(sorted(context.sources.items()))} if context.sources else document


def _repeating(found: Iterable[_Found], command: Command | None) -> Iterable[_Found]:
    """The same, with remedies that repeat the command that asks for the plan, where it is known."""
    return found if command is None else (one.again(command) for one in found)


def _blocks(report: Report, options: PlanOptions) -> bool:
    """Offline, what is unknown does not block: apply reads the cloud and judges again before its first step."""
    return any(finding.blocks and (options.refresh or finding.status == "fail") for finding in report.findings)


def _prove(document: PlanDocument) -> PlanDocument:
    """The document with its checksum; where the checker refuses what should hold, the plan is errored."""
    if not document["errored"]:
        problems = [safety.broken_proof(problem) for problem in verify(document)]
        if problems:
            document["diagnostics"] += [problem.to_json() for problem in problems]
            document["errored"], document["applicable"] = True, False
            document["reachability"] = reachability((), Worlds())
    document["checksum"] = plan_checksum(document)
    return document
