"""The security rules that would let traffic in, where security groups do not let it in yet."""

from __future__ import annotations

from msgspec import Struct

from planner.network.ends import End
from planner.network.forecast import Forecast
from planner.network.hops import Decision, Hop
from planner.network.identity import Action, Authorization
from planner.network.security_groups import ACCEPT, ENTERPRISE, SecurityGroup
from planner.network.security_hops import at_security_groups
from planner.network.traffic import ALL, Traffic
from planner.network.world import World
from planner.values import replace


class RuleAdvice(Struct, frozen=True):
    """What the groups of the target say, and the rules that would let in what they do not; none where nothing would.

    `fixed` is the group that cannot be edited, and `in_no_group` the end that is in no group, where that is why. `into`
    is the group that lacks a rule, where the group that the rule has to name is not known.
    """

    hop: Hop
    rules: tuple[Authorization, ...] = ()
    fixed: SecurityGroup | None = None
    in_no_group: End | None = None
    into: str | None = None


_SOME_GROUP = "?"
"""Stands for a group of an end whose groups are not known."""


def advise_rules(world: World, origin: End, target: End, traffic: Traffic) -> RuleAdvice | None:
    """The rules that let any of this traffic in; None if the groups of the target are not known."""
    hop = at_security_groups(world, origin, target, traffic)
    if hop is None or world.security_groups is None:
        return None
    if hop.decision is not Decision.BLOCK:
        return RuleAdvice(hop)
    own = [world.security_groups[group_id] for group_id in target.security_group_ids or ()]
    lonely = next((end for end in (target, origin) if end.security_group_ids == ()), None)
    if lonely is not None:
        return RuleAdvice(hop, in_no_group=lonely)
    editable = next((group for group in own if is_editable(group)), None)
    if editable is None:
        return RuleAdvice(hop, fixed=own[0])
    source = origin.security_group_ids[0] if origin.security_group_ids else _SOME_GROUP
    rules = _rules(editable.security_group_id, source, traffic)
    if not _let_in_by(world, rules, replace(origin, security_group_ids=(source,)), target, traffic):
        return RuleAdvice(hop)
    return RuleAdvice(hop, into=editable.security_group_id) if source == _SOME_GROUP else RuleAdvice(hop, rules)


def is_editable(group: SecurityGroup) -> bool:
    """Whether a rule that names another group can be added to it."""
    return group.type != ENTERPRISE and not group.service_managed


def _rules(group_id: str, source_id: str, traffic: Traffic) -> tuple[Authorization, ...]:
    """A rule for each protocol; one for all of them where everything is asked for."""
    if traffic.is_all:
        return (Authorization(group_id, source_id, ALL, "-1/-1", ACCEPT),)
    return tuple(Authorization(group_id, source_id, span.protocol, span.port_range, ACCEPT) for span in traffic.spans())


def _let_in_by(world: World, rules: tuple[Authorization, ...], origin: End, target: End, traffic: Traffic) -> bool:
    forecast = Forecast(replace(world, vpcs={}, instances={}, links={}))
    for rule in rules:
        forecast.take(Action.AUTHORIZE_SECURITY_RULE, rule)
    hop = at_security_groups(forecast.outcome(), origin, target, traffic)
    return hop is not None and hop.decision is Decision.PASS
