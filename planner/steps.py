"""Steps: what a plan is made of. Rules judge them, an apply performs them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct, field

from planner.address import Address
from planner.diagnostics import Span
from planner.network.identity import (
    Action,
    Authorization,
    GuestRoute,
    Identity,
    RuleSettings,
)
from planner.network.security_groups import ACCEPT, ALL_PORTS


class Place(Struct, frozen=True):
    """Where something is declared: its block, and the value of each of its arguments by name.

    `names` has where those names are written, where that is of use: for the settings of a provider.
    """

    block: Span
    arguments: Mapping[str, Span] = field(default_factory=dict)
    names: Mapping[str, Span] = field(default_factory=dict)

    def at_name(self, argument: str | None) -> Span:
        """The place of an argument's name, or else of its value."""
        return self.names.get(argument or "") or self.at(argument)

    def at(self, argument: str | None) -> Span:
        """The place of an argument, or of the block where that argument was left out."""
        return self.arguments.get(argument, self.block) if argument else self.block


class Slot(Struct, frozen=True, gc=False):
    """Where an attach takes its place in the VPC from: one free at the start, or the detach that frees it."""

    step: int | None = None


class StepReason(StrEnum):
    """Why a step is taken: the closed set."""

    DECLARED = "declared"  # the configuration wants what is not there
    UNDECLARED = "undeclared"  # the configuration no longer wants what is there
    MOVED = "moved"  # one half of a move of an instance from one VPC to another
    REPLACED = "replaced"  # one half of an object that is replaced
    CHANGED_OUTSIDE = "changed_outside"  # undoes what was changed outside
    RESUMED = "resumed"  # ends a move that was cut short: the instance has no link
    DESTROY = "destroy"  # everything managed goes
    DRAIN = "drain"  # the VPC is emptied and switched off


class Step(Struct, frozen=True, gc=False):
    """One call to the cloud, or one manual act. Ids count from 1, in an order in which the steps can run one by one.

    `parked` marks the detach of a move whose new slot is not free yet: the instance waits without a link. Of a security
    rule, `settings` are those it gets, `rule_id` is the cloud's name of it, and `rule_vpc_id` the VPC of one of its two
    groups; both are None where they are not known.
    """

    id: int
    action: Action
    target: Identity
    address: Address | None
    provider: str
    needs: tuple[int, ...] = ()
    slot: Slot | None = None
    vswitch_ids: tuple[str, ...] = ()
    place: Place | None = None
    reason: StepReason = StepReason.DECLARED
    parked: bool = False
    settings: RuleSettings | None = None
    rule_id: str | None = None
    rule_vpc_id: str | None = None

    @property
    def instance_id(self) -> str | None:
        return self.target.instance_id

    @property
    def vpc_id(self) -> str | None:
        return self.target.vpc_id or self.rule_vpc_id

    @property
    def security_group_id(self) -> str | None:
        return self.target.security_group_id if isinstance(self.target, Authorization) else None

    @property
    def source_security_group_id(self) -> str | None:
        return self.target.source_security_group_id if isinstance(self.target, Authorization) else None

    def words(self, *, several: bool) -> str:
        """What the step does and, where there are several providers, by which: `attach i-1 to vpc-a, by mock.lab`."""
        return f"{self}, by {self.provider}" if several else str(self)

    def __str__(self) -> str:
        """What the step does, such as `attach i-1 to vpc-a`."""
        if isinstance(self.target, Authorization):
            return rule_words(self.action, self.target)
        destination = self.target.destination_cidr_block if isinstance(self.target, GuestRoute) else None
        return call_words(self.action, self.instance_id, self.vpc_id, destination)


RULE_VERBS = {
    Action.AUTHORIZE_SECURITY_RULE: "authorize",
    Action.REVOKE_SECURITY_RULE: "revoke",
    Action.MODIFY_SECURITY_RULE: "modify",
}
"""What is done to a security rule, in a word."""


def rule_words(action: Action, rule: Authorization) -> str:
    """What is done to a security rule: `authorize tcp 80/80 from sg-web to sg-db`. Not yet escaped."""
    policy = "" if rule.policy == ACCEPT else f"{rule.policy} of "
    ports = "" if rule.port_range == ALL_PORTS else f" {rule.port_range}"
    groups = f"from {rule.source_security_group_id} to {rule.security_group_id}"
    return f"{RULE_VERBS[action]} {policy}{rule.ip_protocol}{ports} {groups}"


def call_words(action: str, instance_id: str | None, vpc_id: str | None, fact: str | None = None) -> str:
    """One step in words. `fact` is the address or range that helps to know what it is about. Not yet escaped."""
    aside = f" ({fact})" if fact else ""
    match Action(action):
        case Action.ENABLE:
            return f"enable ClassicLink on {vpc_id}{aside}"
        case Action.DISABLE:
            return f"disable ClassicLink on {vpc_id}{aside}"
        case Action.ATTACH:
            return f"attach {instance_id}{aside} to {vpc_id}"
        case Action.DETACH:
            return f"detach {instance_id}{aside} from {vpc_id}"
        case Action.ADD_GUEST_ROUTE:
            return f"add the guest route{f' to {fact}' if fact else ''} inside {instance_id}"
        case Action.REMOVE_GUEST_ROUTE:
            return f"remove the guest route{f' to {fact}' if fact else ''} inside {instance_id}"
        case _:
            raise ValueError(f"rule_words describes {action}")
