"""What an object stands for, and what can be done to it.

An identity is not an address: the same link declared at another address is the same link.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

VPC = "classiclink_vpc"
ATTACHMENT = "classiclink_attachment"
GUEST_ROUTE = "classiclink_guest_route"
SECURITY_RULE = "classiclink_security_rule"

GUEST_ROUTE_NEXT_HOP = "private_nic"
"""Where a guest route inside an instance leads to."""


class Action(StrEnum):
    """One call to the cloud, or one manual act."""

    ENABLE = "enable_classic_link"
    DISABLE = "disable_classic_link"
    ATTACH = "attach"
    DETACH = "detach"
    ADD_GUEST_ROUTE = "add_guest_route"
    REMOVE_GUEST_ROUTE = "remove_guest_route"
    AUTHORIZE_SECURITY_RULE = "authorize_security_rule"
    REVOKE_SECURITY_RULE = "revoke_security_rule"
    MODIFY_SECURITY_RULE = "modify_security_rule"


RULE_ACTIONS = frozenset({Action.AUTHORIZE_SECURITY_RULE, Action.REVOKE_SECURITY_RULE, Action.MODIFY_SECURITY_RULE})
"""What is done to security rules: one call can do it to several rules of a group."""


class Enablement(Struct, frozen=True, order=True, gc=False):
    """ClassicLink is switched on for this VPC."""

    vpc_id: str

    @property
    def type(self) -> str:
        return VPC

    @property
    def id(self) -> str:
        return self.vpc_id

    @property
    def instance_id(self) -> None:
        return None


class Link(Struct, frozen=True, order=True, gc=False):
    """This classic instance is joined to this VPC."""

    instance_id: str
    vpc_id: str

    @property
    def type(self) -> str:
        return ATTACHMENT

    @property
    def id(self) -> str:
        return f"{self.instance_id}/{self.vpc_id}"


class GuestRoute(Struct, frozen=True, order=True, gc=False):
    """The route entry inside this instance, to `destination_cidr_block` through its private NIC (overview, Limits)."""

    instance_id: str
    destination_cidr_block: str

    @property
    def type(self) -> str:
        return GUEST_ROUTE

    @property
    def id(self) -> str:
        return f"{self.instance_id}/{self.destination_cidr_block}"

    @property
    def vpc_id(self) -> None:
        return None


class Authorization(Struct, frozen=True, order=True, gc=False):
    """Traffic of this protocol and these ports from one security group is let into another one, or dropped there.

    One of the two groups is of the classic network, the other one of a VPC. Protocol and policy are in lower case.
    """

    security_group_id: str
    source_security_group_id: str
    ip_protocol: str
    port_range: str
    policy: str

    @property
    def type(self) -> str:
        return SECURITY_RULE

    @property
    def id(self) -> str:
        groups = f"{self.security_group_id}:{self.source_security_group_id}"
        return f"{groups}:{self.ip_protocol}:{self.port_range}:{self.policy}"

    @property
    def vpc_id(self) -> None:
        return None

    @property
    def instance_id(self) -> None:
        return None


class RuleSettings(Struct, frozen=True):
    """What can be changed of a security rule while it stays the same rule."""

    priority: int = 1
    description: str = ""


class RuleCall(Struct, frozen=True):
    """One rule of a call. `rule_id` is the cloud's own name of the rule, where it is known."""

    rule: Authorization
    settings: RuleSettings = RuleSettings()
    rule_id: str | None = None


class RuleBatch(Struct, frozen=True):
    """The rules of one security group that one call is about: at most RULES_A_CALL, none of them twice."""

    calls: tuple[RuleCall, ...]

    @property
    def security_group_id(self) -> str:
        return self.calls[0].rule.security_group_id

    @property
    def id(self) -> str:
        return self.security_group_id

    @property
    def vpc_id(self) -> None:
        return None

    @property
    def instance_id(self) -> None:
        return None


Identity = Enablement | Link | GuestRoute | Authorization

Target = Identity | RuleBatch
"""What one call is about. A call about security rules is about a batch of them, be it of one."""

Subject = tuple[str, str]
"""A VPC or an instance: the provider that sees it, and its id."""

ObjectKey = tuple[str, Identity]
"""An object: the provider that it belongs to, and what it stands for there."""

CREATES: dict[str, Action] = {
    VPC: Action.ENABLE,
    ATTACHMENT: Action.ATTACH,
    GUEST_ROUTE: Action.ADD_GUEST_ROUTE,
    SECURITY_RULE: Action.AUTHORIZE_SECURITY_RULE,
}
DELETES: dict[str, Action] = {
    VPC: Action.DISABLE,
    ATTACHMENT: Action.DETACH,
    GUEST_ROUTE: Action.REMOVE_GUEST_ROUTE,
    SECURITY_RULE: Action.REVOKE_SECURITY_RULE,
}
UPDATES: dict[str, Action] = {SECURITY_RULE: Action.MODIFY_SECURITY_RULE}
"""What changes an object of the type in place; of the other types nothing can be changed in the cloud."""

IDENTITY_ARGUMENTS: dict[str, tuple[str, ...]] = {
    VPC: ("vpc_id",),
    ATTACHMENT: ("instance_id", "vpc_id"),
    GUEST_ROUTE: ("instance_id", "destination_cidr_block"),
    SECURITY_RULE: ("security_group_id", "source_security_group_id", "ip_protocol", "port_range", "policy"),
}
"""The arguments that say, for each type, what an object of it stands for, in the order of an import id."""

_KINDS: dict[str, type[Enablement] | type[Link] | type[GuestRoute] | type[Authorization]] = {
    VPC: Enablement,
    ATTACHMENT: Link,
    GUEST_ROUTE: GuestRoute,
    SECURITY_RULE: Authorization,
}
_SEPARATORS = {SECURITY_RULE: ":"}
"""What stands between the parts of an import id, where it is not a slash."""


def identity_of(resource_type: str, attributes: Mapping[str, object]) -> Identity:
    """What an object of this type with these attributes stands for. Raises KeyError if one of them is missing."""
    return _KINDS[resource_type](*[str(attributes[name]) for name in IDENTITY_ARGUMENTS[resource_type]])


def identity_from(resource_type: str, object_id: str) -> Identity | None:
    """The identity that an import id stands for; None if the type is unknown or the id has another shape.

    A security rule's may also be `GROUP/RULE_ID`, which only a world can tell: see `presence.imported`.
    """
    names = IDENTITY_ARGUMENTS.get(resource_type)
    if names is None:
        return None
    parts = object_id.split(_SEPARATORS.get(resource_type, "/"), len(names) - 1)
    if len(parts) != len(names) or not all(parts) or (resource_type != GUEST_ROUTE and "/" in parts[-1]):
        return None
    return identity_of(resource_type, dict(zip(names, parts, strict=True)))


def arguments(identity: Identity) -> dict[str, str]:
    """The arguments that make up an identity, by name."""
    return {name: getattr(identity, name) for name in IDENTITY_ARGUMENTS[identity.type]}
