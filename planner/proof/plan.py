"""What the proof looks at: the steps of a plan, the facts at its start, and what its changes ask for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import Struct, field

from planner.network.identity import Subject

ENABLE, DISABLE, ATTACH, DETACH = "enable_classic_link", "disable_classic_link", "attach", "detach"
ADD_ROUTE, REMOVE_ROUTE = "add_guest_route", "remove_guest_route"
LINKS = frozenset({ATTACH, DETACH})
ROUTES = frozenset({ADD_ROUTE, REMOVE_ROUTE})
AUTHORIZE, REVOKE, MODIFY = "authorize_security_rule", "revoke_security_rule", "modify_security_rule"
RULES = frozenset({AUTHORIZE, REVOKE, MODIFY})
FREE: Final = 0
"""The slot of an attach that takes one which is free at the start; any other is the id of a detach."""


class Rule(NamedTuple):
    """A security rule: whose it is, and what it lets pass or drops."""

    group: str
    source: str
    ip_protocol: str
    port_range: str
    policy: str

    def __str__(self) -> str:
        return ":".join(self)


NO_RULE: Final = Rule("", "", "", "", "")


class Call(Struct, frozen=True, gc=False):
    """What is done to what; an id that the action does not have is empty.

    `settings` are the priority and the description that a rule gets.
    """

    action: str
    instance_id: str
    vpc_id: str
    destination_cidr_block: str = ""
    rule: Rule = NO_RULE
    settings: tuple[int, str] | None = None

    def __str__(self) -> str:
        ids = (self.action, self.instance_id, self.vpc_id, self.destination_cidr_block, self.rule.group and self.rule)
        return " ".join(map(str, filter(None, ids)))


class Step(Struct, frozen=True, gc=False):
    """One step. `slot` is None for everything but an attach; `parked` marks a detach that waits for no new slot.

    `rule_vpc` is the VPC of a security rule, and `rule_id` the cloud's own name of it; empty if they are not known.
    """

    id: int
    call: Call
    address: str
    provider: str
    needs: Collection[int]
    slot: int | None
    parked: bool
    reason: str
    rule_vpc: str = ""
    rule_id: str = ""

    def __str__(self) -> str:
        return f"Step {self.id} ({self.call})"

    @property
    def action(self) -> str:
        return self.call.action

    @property
    def instance_id(self) -> str:
        return self.call.instance_id

    @property
    def vpc_id(self) -> str:
        return self.call.vpc_id

    @property
    def instance(self) -> Subject:
        return self.provider, self.call.instance_id

    @property
    def vpc(self) -> Subject:
        return self.provider, self.call.vpc_id

    @property
    def of_vpc(self) -> Subject:
        """The VPC of a security rule."""
        return self.provider, self.rule_vpc


class Change(Struct, frozen=True, gc=False):
    """What one object asks for. `provider` is that of what it becomes, or of what it was where it goes for good.

    `previous_provider` is that of what it was.
    """

    address: str
    provider: str
    previous_provider: str
    reason: str
    removes: Call | None
    adds: Call | None
    modifies: Call | None = None


class VpcAtStart(Struct, frozen=True):
    """One VPC at the start: how many instances are linked to it, how many can be, and whether it is enabled.

    `guest_route` says whether a link to it needs a route inside the instance.
    """

    linked: int
    quota: int
    enabled: bool
    guest_route: bool = False


class GroupAtStart(Struct, frozen=True):
    """One security group at the start: its VPC, how many rules it has, and how many of them name each other group."""

    vpc_id: str | None
    rules: int
    sources: Mapping[str, int]


class Plan(Struct, frozen=True):
    """What is read of a plan document.

    `accounts` has each provider, with the account that it read. A VPC or an instance is a provider and an id; `links`
    leads, by provider, from each instance that steps touch to the VPC that it is linked to at the start, or None.
    `max_unavailable` is how many moves may be under way at once (None: no limit), `lanes` are the ids of the steps that
    begin them, one lane after the other. `groups` are the security groups that are known, and `members` the groups of
    the instances whose groups are known.
    """

    steps: Sequence[Step]
    changes: Sequence[Change]
    accounts: Mapping[str, str | None]
    vpcs: Mapping[Subject, VpcAtStart]
    links: Mapping[str, Mapping[str, str | None]]
    max_unavailable: int | None
    lanes: Sequence[Sequence[int]]
    groups: Mapping[Subject, GroupAtStart] = field(default_factory=dict)
    members: Mapping[Subject, Collection[str]] = field(default_factory=dict)


def missing_needs(step: Step, earlier: Collection[Step], why: str) -> list[str]:
    """A sentence for each of the earlier steps that this one does not need directly."""
    return [f"{step} does not need step {other.id}, {why}." for other in earlier if other.id not in step.needs]
