"""What an object stands for, and what can be done to it.

An identity is not an address: the same link declared at another address is the same link.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

VPC = "classiclink_vpc"
ATTACHMENT = "classiclink_attachment"
GUEST_ROUTE = "classiclink_guest_route"


class Action(StrEnum):
    """One call to the cloud, or one manual act."""

    ENABLE = "enable_classic_link"
    DISABLE = "disable_classic_link"
    ATTACH = "attach"
    DETACH = "detach"
    ADD_GUEST_ROUTE = "add_guest_route"
    REMOVE_GUEST_ROUTE = "remove_guest_route"


@dataclass(frozen=True, slots=True, order=True)
class Enablement:
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


@dataclass(frozen=True, slots=True, order=True)
class Link:
    """This classic instance is joined to this VPC."""

    instance_id: str
    vpc_id: str

    @property
    def type(self) -> str:
        return ATTACHMENT

    @property
    def id(self) -> str:
        return f"{self.instance_id}/{self.vpc_id}"


@dataclass(frozen=True, slots=True, order=True)
class GuestRoute:
    """The route entry inside this instance, to `destination_cidr_block` by its private NIC (overview, Limits)."""

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


Identity = Enablement | Link | GuestRoute

Subject = tuple[str, str]
"""A VPC or an instance: the provider that sees it, and its id."""

ObjectKey = tuple[str, Identity]
"""An object: the provider that it belongs to, and what it stands for there."""

CREATES: dict[str, Action] = {VPC: Action.ENABLE, ATTACHMENT: Action.ATTACH, GUEST_ROUTE: Action.ADD_GUEST_ROUTE}
DELETES: dict[str, Action] = {VPC: Action.DISABLE, ATTACHMENT: Action.DETACH, GUEST_ROUTE: Action.REMOVE_GUEST_ROUTE}

IDENTITY_ARGUMENTS: dict[str, tuple[str, ...]] = {
    VPC: ("vpc_id",),
    ATTACHMENT: ("instance_id", "vpc_id"),
    GUEST_ROUTE: ("instance_id", "destination_cidr_block"),
}
"""The arguments that say, for each type, what an object of it stands for, in the order of an import id."""

_KINDS: dict[str, type[Enablement] | type[Link] | type[GuestRoute]] = {
    VPC: Enablement,
    ATTACHMENT: Link,
    GUEST_ROUTE: GuestRoute,
}


def identity_of(resource_type: str, attributes: Mapping[str, object]) -> Identity:
    """What an object of this type with these attributes stands for. Raises KeyError where one of them is missing."""
    return _KINDS[resource_type](*[str(attributes[name]) for name in IDENTITY_ARGUMENTS[resource_type]])


def identity_from(resource_type: str, object_id: str) -> Identity | None:
    """The identity that an import id stands for; None where the type is unknown or the id has another shape."""
    names = IDENTITY_ARGUMENTS.get(resource_type)
    if names is None:
        return None
    parts = object_id.split("/", len(names) - 1)
    if len(parts) != len(names) or not all(parts) or (resource_type != GUEST_ROUTE and "/" in parts[-1]):
        return None
    return identity_of(resource_type, dict(zip(names, parts, strict=True)))


def arguments(identity: Identity) -> dict[str, str]:
    """The arguments that make up an identity, by name."""
    return {name: getattr(identity, name) for name in IDENTITY_ARGUMENTS[identity.type]}
