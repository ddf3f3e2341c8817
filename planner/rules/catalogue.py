"""Every rule, in the order of ids, and its manual page."""

from __future__ import annotations

import inspect
from dataclasses import dataclass

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
from planner.rules.quota import QuotaExceeded, QuotaNearlyUsed
from planner.rules.routes import CustomRouteShadowsClassic, CustomRouteToClassic, GuestRouteMissing
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
)

_WHEN = {
    Action.ENABLE: "enable",
    Action.DISABLE: "disable",
    Action.ATTACH: "attach",
    Action.DETACH: "detach",
    Action.ADD_GUEST_ROUTE: "guest route",
    Action.REMOVE_GUEST_ROUTE: "guest route",
}


@dataclass(frozen=True, slots=True)
class RulePage:
    """A rule's manual page. `title` is its first sentence, `text` the rest in Markdown, `when` what it judges."""

    id: str
    name: str
    level: str
    source: str
    title: str
    text: str
    waivable: bool
    when: tuple[str, ...]


TOO_MANY_LINKS_LOST = RulePage(
    id="CL901",
    name="too-many-links-lost",
    level="error",
    source="limits of the configuration",
    title="The plan detaches more links for good than allowed.",
    text=(
        "## Why it matters\n"
        "A list that is empty by mistake, a wrong workspace or a wrong variable looks to a planner like a wish to\n"
        "detach everything. At most `limits.max_detach_percent` (30) percent of the links known to the state may\n"
        "go for good in one plan, once there are `limits.min_links` (10) of them. A move is no loss.\n\n"
        "## What to do\n"
        "Read the list of what is destroyed, then put the configuration right, or accept exactly that number.\n\n"
        "## Bad\n"
        "A state of 1,000 links and a configuration that declares 588 of them: 412 would be lost (41 %).\n\n"
        "## Good\n"
        "The same plan, accepted with the exact number: `cl apply --accept-detach 412`."
    ),
    waivable=True,
    when=("plan",),
)


def catalogue() -> tuple[RulePage, ...]:
    """The manual page of every rule, in the order of ids."""
    return (*(_page(rule) for rule in RULES), TOO_MANY_LINKS_LOST)


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
