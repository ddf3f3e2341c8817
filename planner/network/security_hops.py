"""The hop at the target's security groups: what they let in, and the rule that decides, in words."""

from __future__ import annotations

from collections.abc import Sequence

from planner.diagnostics import listed
from planner.network.ends import End, Plane
from planner.network.filtering import Basis, Host, Ruling, Verdict, let_in, rulings
from planner.network.hops import Decision, Hop, unknown
from planner.network.security_groups import ENTERPRISE, SecurityRule
from planner.network.traffic import ALL_TRAFFIC, Traffic, joined, traffic_words
from planner.network.world import World

RULES = "Alibaba Cloud documentation, Security group rules"
MEMBERS = "Alibaba Cloud documentation, ModifySecurityGroupPolicy"
PRECEDENCE = "Alibaba Cloud documentation, AuthorizeSecurityGroup"


def host_of(end: End) -> Host:
    """An end as security groups see it."""
    return Host(end.private_ip, end.security_group_ids, end.vpc_id if end.plane is Plane.VPC else None)


def at_security_groups(world: World, origin: End, target: End, traffic: Traffic) -> Hop | None:
    """What the groups of the target do with this traffic; None where its groups are unknown."""
    group_ids = target.security_group_ids
    if world.security_groups is None or group_ids is None:
        return None
    at = group_ids[0] if len(group_ids) == 1 else str(target)
    for group_id in group_ids:
        if group_id not in world.security_groups:
            return unknown(at, f"{target} is in {group_id}, whose rules are not known.")
    found = rulings(world.security_groups, host_of(origin), host_of(target), traffic)
    return Hop(at, _decision(found), _reason(found, origin, target, traffic), _source(found), found)


def arrival_words(world: World, origin: End, hop: Hop | None) -> str:
    """What arrives, at the end of the sentence that says how: `, as far as …`, ` with tcp 80, 443`, or nothing."""
    if hop is None:
        return ", as far as security groups let it"
    opened = joined(let_in(hop.rulings))
    what = "" if opened == joined(ALL_TRAFFIC.spans()) else f" with {traffic_words(opened)}"
    return what + _outbound_words(world, origin)


def _outbound_words(world: World, origin: End) -> str:
    """What an enterprise group of the origin may hold back: a world does not have its outbound rules."""
    groups = world.security_groups or {}
    unseen = [one for one in origin.security_group_ids or () if one in groups and groups[one].type == ENTERPRISE]
    return f", as far as the outbound rules of {listed(unseen)} let it" if unseen else ""


def _decision(found: Sequence[Ruling]) -> Decision:
    accepted = {ruling.verdict.accepted for ruling in found}
    if True in accepted:
        return Decision.PASS
    return Decision.UNKNOWN if None in accepted else Decision.BLOCK


def _source(found: Sequence[Ruling]) -> str:
    bases = {ruling.verdict.basis for ruling in found}
    if Basis.MEMBERS in bases:
        return MEMBERS
    return PRECEDENCE if Basis.RULE in bases else RULES


def _reason(found: Sequence[Ruling], origin: End, target: End, traffic: Traffic) -> str:
    if not target.security_group_ids:
        return f"{target} is in no security group, so nothing gets in."
    verdicts = {ruling.verdict for ruling in found}
    asked = traffic_words(ruling.span for ruling in found)
    if len(verdicts) == 1:
        return _only_reason(verdicts.pop(), "anything" if traffic.is_all else asked, origin, target)
    accept, drop = ("accepts", "drops") if len(target.security_group_ids) == 1 else ("accept", "drop")
    groups = listed(target.security_group_ids)
    opened = let_in(found)
    doubtful = traffic_words(ruling.span for ruling in found if ruling.verdict.accepted is None)
    depends = f"depends on the groups of {origin}, which are not known"
    if opened:
        rest = f"; {doubtful} {depends}" if doubtful else ""
        more = "" if doubtful else f" and {drop} the rest"
        return f"{groups} {accept} {traffic_words(opened)} from {_member(origin)}{more}{rest}."
    if doubtful:
        return f"Whether {groups} {accept} {doubtful} {depends}."
    return f"{groups} {accept} nothing from {_member(origin)}."


def _only_reason(verdict: Verdict, asked: str, origin: End, target: End) -> str:
    groups = listed(target.security_group_ids or ())
    if verdict.basis is Basis.MEMBERS:
        return f"Both are in {verdict.group_id}, a basic group whose members reach each other."
    if verdict.basis is Basis.RULE and verdict.rule is not None:
        which = f"The rule {verdict.rule.rule_id}" if verdict.rule.rule_id else "A rule"
        does = "accepts" if verdict.accepted else "drops"
        return f"{which} of {verdict.group_id} {does} {asked}: {rule_words(verdict.rule)}."
    if verdict.basis is Basis.NO_RULE:
        return f"No rule of {groups} accepts {asked} from {_member(origin)}."
    return f"Whether a rule of {groups} accepts {asked} depends on the groups of {origin}, which are not known."


def rule_words(rule: SecurityRule) -> str:
    """`tcp 80/80 from sg-web, priority 1`."""
    source = rule.source_security_group_id or rule.source_cidr_block or "nowhere"
    ports = "" if rule.port_range == "-1/-1" else f" {rule.port_range}"
    return f"{rule.ip_protocol}{ports} from {source}, priority {rule.priority}"


def _member(end: End) -> str:
    """An end with the groups that it is in."""
    return f"{end} in {listed(end.security_group_ids)}" if end.security_group_ids else str(end)
