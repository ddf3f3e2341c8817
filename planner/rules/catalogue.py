"""Every rule, in the order of ids, and its manual page."""

from __future__ import annotations

import inspect

from planner.network.identity import Action
from planner.rules.addresses import AddressInVswitch, AddressOutsideClassic, SecondaryCidrUnreachable
from planner.rules.base import Rule
from planner.rules.instance import (
    AccountMismatch,
    InstanceLinkedElsewhere,
    InstanceNotClassic,
    InstanceNotFound,
    InstanceStatus,
    RegionMismatch,
)
from planner.rules.link_traffic import LinkCarriesNothing
from planner.rules.page import RulePage
from planner.rules.plan_safety import PLAN_SAFETY, TOO_MANY_LINKS_LOST
from planner.rules.quota import QuotaExceeded, QuotaNearlyUsed
from planner.rules.routes import CustomRouteShadowsClassic, CustomRouteToClassic, GuestRouteMissing
from planner.rules.security_groups import (
    RuleNeedsClassiclink,
    SecurityGroupNotEditable,
    SecurityGroupNotFound,
    SecurityGroupsNotAcross,
    SecurityRuleLimit,
    SecurityRuleShadowed,
)
from planner.rules.vpc import DisableWhileLinked, VpcCidrNotEligible, VpcNotAvailable, VpcNotEnabled, VpcNotFound
from planner.rules.vswitches import VswitchNotInVpc, VswitchOutside10111, VswitchUnreachable

RULES: tuple[Rule, ...] = (
    VpcNotEnabled(),
    VpcCidrNotEligible(),
    CustomRouteToClassic(),
    CustomRouteShadowsClassic(),
    VswitchOutside10111(),
    VswitchUnreachable(),
    GuestRouteMissing(),
    VswitchNotInVpc(),
    VpcNotFound(),
    DisableWhileLinked(),
    VpcNotAvailable(),
    InstanceNotClassic(),
    InstanceLinkedElsewhere(),
    AccountMismatch(),
    RegionMismatch(),
    InstanceStatus(),
    InstanceNotFound(),
    QuotaExceeded(),
    QuotaNearlyUsed(),
    AddressOutsideClassic(),
    AddressInVswitch(),
    SecondaryCidrUnreachable(),
    SecurityGroupNotFound(),
    SecurityGroupsNotAcross(),
    RuleNeedsClassiclink(),
    SecurityRuleLimit(),
    SecurityGroupNotEditable(),
    SecurityRuleShadowed(),
    LinkCarriesNothing(),
)

_WHEN = {
    Action.ENABLE: "enable",
    Action.DISABLE: "disable",
    Action.ATTACH: "attach",
    Action.DETACH: "detach",
    Action.ADD_GUEST_ROUTE: "guest route",
    Action.REMOVE_GUEST_ROUTE: "guest route",
    Action.AUTHORIZE_SECURITY_RULE: "authorize",
    Action.REVOKE_SECURITY_RULE: "revoke",
    Action.MODIFY_SECURITY_RULE: "modify",
}


def catalogue() -> tuple[RulePage, ...]:
    """The manual page of every rule, in the order of ids."""
    return (*(_page(rule) for rule in RULES), TOO_MANY_LINKS_LOST)


def pages() -> tuple[RulePage, ...]:
    """Every page of the manual, in the order of ids: the rules, and the limits of a plan as a whole."""
    return (*catalogue(), *(code.page for code in PLAN_SAFETY))


def _page(rule: Rule) -> RulePage:
    title, _, text = inspect.getdoc(type(rule)).partition("\n")  # type: ignore[union-attr]  # a test sees that each has one
    return RulePage(
        id=rule.id,
        name=rule.name,
        level=rule.level.value,
        source=rule.source,
        title=title,
        text=text.strip(),
        waivable=rule.waivable,
        when=tuple(dict.fromkeys(when for action, when in _WHEN.items() if action in rule.acts_on)),
    )
