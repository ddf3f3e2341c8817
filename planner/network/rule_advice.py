"""What the security groups of two ends add to the advice for them: a rule, where they let nothing in."""

from __future__ import annotations

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
from planner.values import replace

Ends = tuple[End, End]


def with_rules(world: World, advice: Advice, ends: Ends, traffic: Traffic) -> Advice:
    """The advice for a link, with the security rule that lets this traffic over it, where one is missing."""
    links = any(solution.links for solution in advice.solutions)
    if advice.obstacles or any(end.is_vpc for end in ends) or not (links or advice.offer or _is_ready(advice)):
        return advice
    found = advise_rules(world, *ends, traffic)
    if found is None:
        return advice.noting([_not_known(ends[1])]) if _is_ready(advice) else advice
    advice = replace(advice, notes=tuple(note for note in advice.notes if note.source != PROCEDURE))
    if not advice.same_account:
        return advice.noting([_after_a_transfer(ends)])
    if not found.rules and found.into is None:
        return _settled(advice, found)
    step = Measure(Act.AUTHORIZE, _rule_text(found, ends, traffic), PROCEDURE)
    ready = _is_ready(advice)
    solutions = [Solution((step,))] if ready else [_extended(solution, step) for solution in advice.solutions]
    if found.into is not None:
        return replace(advice, solutions=tuple(solutions)).noting([Note(Remedy.of(found.hop.reason), found.hop.source)])
    offer = advice.offer or _rules_alone(ends)
    return replace(
        advice,
        solutions=tuple(solutions),
        offer=replace(offer, rules=dict.fromkeys(found.rules, "")) if offer else None,
    )


def in_one_network(world: World, advice: Advice, ends: Ends, traffic: Traffic) -> Advice:
    """The advice for two ends in the classic network of one region, or in one VPC: if the traffic is not let in, a rule
    in the security group, for Terraform.
    """
    if any(end.is_vpc for end in ends):
        return advice
    found = advise_rules(world, *ends, traffic)
    if found is None:
        return advice.noting([_not_known(ends[1])]) if _is_ready(advice) else advice
    if found.hop.decision is Decision.PASS:
        ready = Solution((Measure(Act.READY, f"Nothing to do: {found.hop.reason}", found.hop.source),))
        return replace(advice, solutions=(ready,), notes=())
    if not found.rules and found.into is None:
        return _settled(advice, found)
    why = Note(Remedy.of(found.hop.reason), found.hop.source)
    origin, target = ends
    if origin.plane is Plane.VPC or found.into is not None:
        step = Measure(Act.AUTHORIZE, _rule_text(found, ends, traffic), found.hop.source)
        advice = replace(advice, solutions=(Solution((step,)),))
    if found.into is not None:
        return advice.noting([why])
    offer = AuthorizationOffer(found.rules, target.account_id or "", origin.account_id or "")
    text = "cl does not manage a rule between two groups of one network, because it does not need ClassicLink."
    return replace(advice, authorization=offer).noting([why, Note(Remedy.of(text), TABLE)])


def _settled(advice: Advice, found: RuleAdvice) -> Advice:
    """The advice where no rule is to be added: the traffic passes, or no rule that can be added lets it in."""
    if found.hop.decision is Decision.PASS:
        return advice.noting([Note(Remedy.of(found.hop.reason), found.hop.source)])
    if found.hop.decision is Decision.UNKNOWN:
        doubtful = _connected(advice, "whether security groups let the traffic in is not known")
        return doubtful.noting([Note(Remedy.of(found.hop.reason), found.hop.source)])
    stopped = _connected(advice, "security groups stop the traffic")
    if found.fixed is not None:
        whose = "a service of the cloud manages it" if found.fixed.service_managed else "it is an enterprise group"
        text = f"No rule that names a group can be added to {found.fixed.security_group_id}: {whose}."
        return replace(stopped, obstacles=(Obstacle(f"{found.hop.reason} {text}", PRECEDENCE),))
    if found.in_no_group is not None:
        remedy = Remedy.of(f"Put {found.in_no_group} into a security group, then ask again: a rule names a group.")
    else:
        remedy = Remedy.of("Remove or narrow the rule that drops it: no rule that is added takes precedence over it.")
    return replace(stopped, obstacles=(Obstacle(found.hop.reason, found.hop.source, None, remedy),))


def _connected(advice: Advice, but: str) -> Advice:
    """The advice where the network needs nothing: that is not all there is to it."""
    if not _is_ready(advice):
        return advice
    return replace(advice, solutions=(Solution((Measure(Act.READY, f"The network is connected; {but}.", TABLE),)),))


def _not_known(target: End) -> Note:
    """Where reach answers "as far as security groups let it"."""
    text = f"The security groups of {target} are not known; they still have to let the traffic in."
    return Note(Remedy.of(text), PROCEDURE)


def _rule_text(found: RuleAdvice, ends: Ends, traffic: Traffic) -> str:
    what = traffic_words(traffic.spans())
    if found.into is not None:
        return (
            f"Let {what} in: add a rule to {found.into} that names a security group of {ends[0]}. Its groups are not "
            "known here."
        )
    rule = found.rules[0]
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
