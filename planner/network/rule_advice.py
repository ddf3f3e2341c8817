"""What the security groups of two ends add to the advice for them: a rule, where they let nothing in."""

from __future__ import annotations

from dataclasses import replace

from planner.network.ends import End, Plane
from planner.network.hops import Decision
from planner.network.rule_offers import RuleAdvice, advise_rules
from planner.network.scenarios import (
    LIMITS,
    PROCEDURE,
    TABLE,
    Act,
    Advice,
    AuthorizationOffer,
    LinkOffer,
    Measure,
    Note,
    Obstacle,
    Solution,
)
from planner.network.security_hops import PRECEDENCE
from planner.network.traffic import Traffic, traffic_words
from planner.network.world import World
from planner.remedy import Remedy

Ends = tuple[End, End]


def with_rules(world: World, advice: Advice, ends: Ends, traffic: Traffic) -> Advice:
    """The advice for a link, with the security rule that lets this traffic over it, where one is missing."""
    links = any(solution.links for solution in advice.solutions)
    if advice.obstacles or any(end.is_vpc for end in ends) or not (links or advice.offer or _is_ready(advice)):
        return advice
    found = advise_rules(world, *ends, traffic)
    if found is None:
        return advice
    advice = replace(advice, notes=tuple(note for note in advice.notes if note.source != PROCEDURE))
    if not advice.same_account:
        return advice.noting([_after_a_transfer(ends)])
    if not found.rules:
        return _settled(advice, found)
    step = Measure(Act.AUTHORIZE, _rule_text(found, traffic), PROCEDURE)
    ready = _is_ready(advice)
    solutions = [Solution((step,))] if ready else [_extended(solution, step) for solution in advice.solutions]
    offer = advice.offer or _rules_alone(ends)
    return replace(
        advice,
        solutions=tuple(solutions),
        offer=replace(offer, rules=dict.fromkeys(found.rules, "")) if offer else None,
    )


def between_classic(world: World, advice: Advice, ends: Ends, traffic: Traffic) -> Advice:
    """The advice for two classic instances of one region: a rule in the security group, for Terraform."""
    found = advise_rules(world, *ends, traffic)
    if found is None:
        return advice
    if not found.rules:
        ready = Solution((Measure(Act.READY, f"Nothing: {found.hop.reason}", found.hop.source),))
        done = replace(advice, solutions=(ready,), notes=()) if found.hop.decision is Decision.PASS else advice
        return _settled(done, found)
    origin, target = ends
    offer = AuthorizationOffer(found.rules, target.account_id or "", origin.account_id or "")
    text = "cl does not manage a rule between two groups of the classic network, because it does not need ClassicLink."
    return replace(advice, authorization=offer).noting(
        [Note(Remedy.of(found.hop.reason), found.hop.source), Note(Remedy.of(text), TABLE)]
    )


def _settled(advice: Advice, found: RuleAdvice) -> Advice:
    """The advice where no rule is to be added: the traffic passes, or no rule that can be added lets it in."""
    if found.hop.decision is not Decision.BLOCK:
        return advice.noting([Note(Remedy.of(found.hop.reason), found.hop.source)])
    if found.fixed is not None:
        whose = "a service of the cloud manages it" if found.fixed.service_managed else "it is an enterprise group"
        text = f"No rule that names a group can be added to {found.fixed.security_group_id}: {whose}."
        return replace(advice, obstacles=(Obstacle(f"{found.hop.reason} {text}", PRECEDENCE),))
    remedy = Remedy.of("Remove or narrow the rule that drops it: no rule that is added takes precedence over it.")
    return replace(advice, obstacles=(Obstacle(found.hop.reason, found.hop.source, None, remedy),))


def _rule_text(found: RuleAdvice, traffic: Traffic) -> str:
    rule = found.rules[0]
    what = traffic_words(traffic.spans())
    return f"Let {what} from {rule.source_security_group_id} in: add a rule to {rule.security_group_id}."


def _after_a_transfer(ends: Ends) -> Note:
    """A rule across accounts and networks is refused by the API, and the instance changes its groups on the way."""
    classic = next(end for end in ends if end.plane is Plane.CLASSIC)
    text = (
        f"No rule joins a classic group and a group of a VPC across accounts: once {classic.id} is in the VPC's "
        "account, ask again for the rule that names the group that it is in then."
    )
    return Note(Remedy.of(text), LIMITS)


def _extended(solution: Solution, step: Measure) -> Solution:
    return Solution((*solution.steps, step), solution.name) if solution.links or _is_route(solution) else solution


def _is_route(solution: Solution) -> bool:
    return any(step.act is Act.GUEST_ROUTE for step in solution.steps)


def _is_ready(advice: Advice) -> bool:
    return any(step.act is Act.READY for solution in advice.solutions for step in solution.steps)


def _rules_alone(ends: Ends) -> LinkOffer | None:
    """The offer that declares the rules and nothing else: the link is there."""
    classic, inside = ends if ends[0].plane is Plane.CLASSIC else (ends[1], ends[0])
    if classic.id is None or inside.vpc_id is None:
        return None
    return LinkOffer(classic.id, inside.vpc_id, enable=False, guest_route=False, link=False)
