"""The last look before the first step: is this still the plan for this state and this world?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from planner.apply.outcome import Outcome
from planner.config.desired import Limits
from planner.diagnostics import Diagnostic, PlanError, Severity
from planner.documents.plan import PlanDocument, StepEntry
from planner.documents.plan_facts import facts_by_provider
from planner.documents.plan_proof import ProofEntry, WorldFacts
from planner.documents.plan_steps import read_steps
from planner.network.identity import CREATES, Action
from planner.network.kinds import Kind
from planner.network.world import World
from planner.network.worlds import Worlds
from planner.plan.safety import too_many_links_lost
from planner.proof import verify
from planner.proof.messages import unproven
from planner.remedy import PLAN_AGAIN, Again, Remedy, cl
from planner.rules.base import Finding
from planner.rules.plan_safety import TOO_MANY_DOWN
from planner.rules.run import judge_steps
from planner.state.digest import digest
from planner.state.guest_routes import with_guest_routes
from planner.state.model import State
from planner.state.refusals import moved_by
from planner.steps import Step
from planner.values import replace
from providers.base import EVERYTHING, Scope

_NO_LIMITS = Limits(max_detach_percent=100)
_SINCE = "The cloud or the configuration changed since the plan was made."
_SHOWN = 20
"""How many differences between the cloud and the plan are shown one by one."""


def refuse_stale(document: PlanDocument, state: State) -> None:
    """Raises PlanError where the plan may not be applied to this state, with all the reasons."""
    problems = [*_errored(document), *_of_another_state(document, state)]
    if problems:
        raise PlanError(problems)
    if "state_sha256" in document and document["state_sha256"] != digest(state):
        detail = (
            "The plan was made while another apply was not finished, and relies on what that had done by then. That "
            f"apply ended differently.{moved_by(state)}"
        )
        raise PlanError(Diagnostic("STA408", "Plan is out of date", detail, PLAN_AGAIN))


def refuse_errored(document: PlanDocument) -> None:
    """Raises PlanError where the plan was made with errors: it has no proof."""
    if problems := tuple(_errored(document)):
        raise PlanError(problems)


def _errored(document: PlanDocument) -> Iterator[Diagnostic]:
    if document["errored"]:
        detail = "The plan was made with errors, so it cannot be applied, and no order of its steps was proven."
        remedy = Remedy.of("Fix what ", cl("show", "FILE"), " reports, then plan again: ", Again())
        yield Diagnostic("STA405", "Plan has errors", detail, remedy)


def _of_another_state(document: PlanDocument, state: State) -> Iterator[Diagnostic]:
    """Why the plan was not made from this state, and who wrote the state since."""
    since = moved_by(state) if document["serial"] != state.serial else ""
    if document["plan_id"] in state.applied_plans:
        detail = f"The plan ({document['plan_id']}) was {_progress(document, state)}. A plan can be applied only once."
        yield Diagnostic("STA406", "Plan was already applied", detail + since, PLAN_AGAIN)
    elif document["serial"] != state.serial and document["lineage"] in (state.lineage, ""):
        detail = f"The plan was made from serial {document['serial']}, but the state now has serial {state.serial}."
        yield Diagnostic("STA408", "Plan is out of date", detail + since, PLAN_AGAIN)
    elif document["lineage"] != state.lineage:
        detail = f"The plan was made from lineage {document['lineage'] or '(none)'}, the state is {state.lineage}."
        yield Diagnostic("STA407", "Plan belongs to another state", detail + since, PLAN_AGAIN)


def _progress(document: PlanDocument, state: State) -> str:
    """How much of a plan that was begun is in the state."""
    steps = read_steps(document)
    done = sum(((step.provider, step.target) in state.keys) is (step.action in CREATES.values()) for step in steps)
    if done == len(steps):
        return "applied before"
    if any(step.address is None for step in steps):
        return "begun before"  # unmanaged objects are in no state, so the rest cannot be counted
    return f"begun before, and the state now has the results of {done:,} of its {len(steps):,} steps"


def scopes_of(document: PlanDocument) -> Mapping[str, Scope]:
    """What is to be read before the first step, by the providers that have steps: what they touch.

    A step inside an instance may depend on whatever VPC that is linked to: then everything is read. Of the security
    groups it is those whose rules change.
    """
    by_provider: dict[str, list[StepEntry]] = {}
    for step in document["steps"]:
        by_provider.setdefault(step["provider"], []).append(step)
    return {key: _scope_of(steps) for key, steps in by_provider.items()}


def _scope_of(steps: Sequence[StepEntry]) -> Scope:
    group_ids = {step["security_group_id"] for step in steps if "security_group_id" in step}
    group_ids |= {step["source_security_group_id"] for step in steps if "source_security_group_id" in step}
    if not all("vpc_id" in step for step in steps):
        return replace(EVERYTHING, rules_of=frozenset(group_ids))
    vpc_ids = frozenset(step["vpc_id"] for step in steps)
    instance_ids = frozenset(step["instance_id"] for step in steps if "instance_id" in step)
    return Scope(vpc_ids, instance_ids, routes_of=vpc_ids, rules_of=frozenset(group_ids))


def preflight(
    document: PlanDocument, worlds: Worlds, today: date, limits: Limits = _NO_LIMITS, prior: State | None = None
) -> tuple[Diagnostic, ...]:
    """Everything that forbids the first step in the world as it was read just now.

    Waivers and limits are those of the configuration: what the plan says of them is for people who read it.

    Where the proof holds no longer, what has changed in the cloud since the plan was made is reported rather than the
    proof's own sentences. Where it never held, whatever the cloud says, nothing else of the document is looked at.
    """
    prior = prior or State()
    worlds = with_guest_routes(worlds, prior)
    broken = verify(document, worlds)
    if broken and (altered := verify(document)):
        return unproven(altered)
    steps = read_steps(document)
    lost = too_many_links_lost(_links_lost(steps), prior, limits, document.get("accept_detach"))
    report = judge_steps(steps, worlds, today=today, limits=limits, of_the_plan=tuple(lost))
    waived = {rule["rule"] for rule in document["rules"] if rule["status"] == "waived"}
    failing = (
        *(_no_longer_holds(found, was_waived=found.rule in waived) for found in report.findings if found.blocks),
        *_too_many_down(document, steps, limits),
    )
    moved = _limited(list(_moved(document["proof"], worlds))) if broken else ()
    if moved or failing:
        return (*moved, *failing)
    return unproven(broken)


def still_to_accept(document: PlanDocument, outcome: Outcome, limits: Limits) -> int | None:
    """How many links the plan of what is left must accept to lose, where this plan accepted some.

    None where it must accept none, or where that depends on calls whose outcome is not known.
    """
    if document.get("accept_detach") is None or outcome.is_unsure:
        return None
    done = set(outcome.done)
    lost = _links_lost([step for step in read_steps(document) if step.id not in done])
    return lost if any(too_many_links_lost(lost, outcome.state, limits, None)) else None


def _links_lost(steps: Sequence[Step]) -> int:
    """How many managed links are detached for good: no step links their instance again."""
    linked_again = {(step.provider, step.instance_id) for step in steps if step.action is Action.ATTACH}
    return sum(
        step.action is Action.DETACH
        and step.address is not None
        and (step.provider, step.instance_id) not in linked_again
        for step in steps
    )


def _too_many_down(document: PlanDocument, steps: Sequence[Step], limits: Limits) -> Iterator[Diagnostic]:
    """CL909, where the order of the plan keeps to another `max_unavailable` than the configuration has."""
    most, planned = limits.max_unavailable, document["proof"]["max_unavailable"]
    moves = any(step.action is Action.DETACH for step in steps)
    if most is not None and moves and (planned is None or planned > most):
        detail = f"The plan lets {planned or 'any number of'} links be down at once; limits.max_unavailable is {most}."
        yield TOO_MANY_DOWN.diagnostic(detail=detail, remedy=PLAN_AGAIN, span=limits.span)


def _limited(sentences: Sequence[str]) -> tuple[Diagnostic, ...]:
    """One diagnostic for each sentence; of very many, the first and how many more there are."""
    details = list(sentences[:_SHOWN])
    if len(sentences) > _SHOWN:
        details.append(f"{len(sentences) - _SHOWN:,} more facts have changed.")
    return tuple(Diagnostic("STA409", "Cloud has changed since the plan was made", one, PLAN_AGAIN) for one in details)


def _moved(proof: ProofEntry, worlds: Worlds) -> Iterator[str]:
    """Where the worlds differ from the facts that the plan was made from, as sentences."""
    for provider, facts in facts_by_provider(proof).items():
        at = f"{provider}: " if worlds.are_several else ""
        yield from (at + sentence for sentence in _moved_in(facts, worlds.of(provider)))


def _moved_in(known: WorldFacts, world: World) -> Iterator[str]:
    for instance_id, was in known.get("instances", {}).items():
        now = world.links.get(instance_id)
        if now is None and (why := world.why_unread(Kind.LINKS, instance_id)):
            yield f"{instance_id} was linked to {was or 'nothing'}, and its link cannot be read now ({why})."
        elif now != was:
            yield f"{instance_id} was linked to {was or 'nothing'}, and is linked to {now or 'nothing'} now."
    for vpc_id, facts in known.get("vpcs", {}).items():
        vpc, linked = world.vpcs.get(vpc_id), len(world.linked_by_vpc.get(vpc_id, ()))
        if vpc is None:
            why = world.why_unread(Kind.VPCS, vpc_id)
            yield f"{vpc_id} existed, and {f'cannot be read now ({why})' if why else 'does not exist now'}."
            continue
        if vpc.classic_link_enabled != facts["enabled"]:
            yield f"ClassicLink on {vpc_id} was {_on(facts['enabled'])}, and is {_on(vpc.classic_link_enabled)} now."
        if linked != facts["linked"]:
            yield f"{vpc_id} had {_links(facts['linked'])}, and has {linked:,} now."


def _on(enabled: bool) -> str:
    return "enabled" if enabled else "disabled"


def _links(count: int) -> str:
    return f"{count:,} link{'' if count == 1 else 's'}"


def _no_longer_holds(finding: Finding, *, was_waived: bool) -> Diagnostic:
    why = "The plan has a waiver for it; the configuration has none." if was_waived else _SINCE
    return Diagnostic(
        code=finding.rule,
        summary=f"Rule {finding.name} no longer holds",
        detail=f"{finding.message} {why} ({finding.source})",
        remedy=Remedy.of(finding.remedy, "\nThen plan again: ", Again()),
        severity=Severity.ERROR,
        address=str(finding.address) if finding.address else None,
        span=finding.span,
        related=finding.related,
    )
