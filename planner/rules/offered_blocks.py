"""The blocks that remedies offer for undeclared objects of a provider."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from planner.address import Address
from planner.hcl.writing.literals import repeated_block, resource_block, string_literal
from planner.network.addressing import GUEST_ROUTE_DESTINATION
from planner.network.identity import ATTACHMENT, GUEST_ROUTE, IDENTITY_ARGUMENTS, Identity, RuleSettings
from planner.network.security_groups import ACCEPT, ALL_PORTS, FIRST_PRIORITY
from planner.remedy import Snippet
from planner.rules.labels import Labels

_BY_DEFAULT = {
    "destination_cidr_block": GUEST_ROUTE_DESTINATION,
    "port_range": ALL_PORTS,
    "policy": ACCEPT,
}
"""What need not be written, as it is so by default."""


DEFAULT_SETTINGS = RuleSettings()


class Blocks(Struct, frozen=True):
    """Blocks for the objects of `provider`. `is_default` says that a block need not name the provider."""

    labels: Labels
    provider: str
    is_default: bool

    def address(self, identity: Identity) -> Address:
        """The address that the block of this object has."""
        return self.labels.address(self.provider, identity)

    def snippet(
        self, identity: Identity, settings: RuleSettings = DEFAULT_SETTINGS, address: Address | None = None
    ) -> Snippet:
        """The block, as `cl fmt` writes it; `settings` are those of a security rule. With `address` it is for that."""
        arguments = {**arguments_written(identity), **settings_written(settings)}
        provider = None if self.is_default else self.provider
        return Snippet(resource_block(identity.type, (address or self.address(identity)).name, arguments, provider))

    def guest_routes(self, instance_ids: Iterable[str], about: str) -> Snippet:
        """One block with the guest routes of many instances (to 192.168.0.0/16). Its name comes from `about`."""
        label = self.labels.shared(self.provider, GUEST_ROUTE, about).name
        provider = None if self.is_default else self.provider
        return Snippet(repeated_block(GUEST_ROUTE, label, instance_ids, {"instance_id": "each.key"}, provider))

    def links(self, instance_ids: Iterable[str], vpc_id: str) -> tuple[Address, Snippet]:
        """One block of the links of many instances to a VPC, which names it, and its address."""
        address = self.labels.shared(self.provider, ATTACHMENT, vpc_id)
        provider = None if self.is_default else self.provider
        arguments = {"instance_id": "each.key", "vpc_id": string_literal(vpc_id)}
        return address, Snippet(repeated_block(ATTACHMENT, address.name, instance_ids, arguments, provider))


def arguments_written(identity: Identity) -> dict[str, str]:
    """The arguments that identify an object, as source text, without those that have their default value."""
    values = {name: getattr(identity, name) for name in IDENTITY_ARGUMENTS[identity.type]}
    return {name: string_literal(value) for name, value in values.items() if _BY_DEFAULT.get(name) != value}


def settings_written(settings: RuleSettings) -> dict[str, str]:
    """The arguments for the settings of a security rule that differ from the defaults, as source text."""
    written: dict[str, str] = {}
    if settings.priority != FIRST_PRIORITY:
        written["priority"] = str(settings.priority)
    if settings.description:
        written["description"] = string_literal(settings.description)
    return written
