"""The blocks that remedies offer, for what one provider has and the configuration does not declare."""

from __future__ import annotations

from dataclasses import dataclass

from planner.address import Address
from planner.hcl.writing.literals import resource_block, string_literal
from planner.network.addressing import GUEST_ROUTE_DESTINATION
from planner.network.identity import IDENTITY_ARGUMENTS, Identity
from planner.remedy import Snippet
from planner.rules.labels import Labels

_BY_DEFAULT = ("destination_cidr_block", GUEST_ROUTE_DESTINATION)


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks for the objects of `provider`. `is_default` says that a block need not name it."""

    labels: Labels
    provider: str
    is_default: bool

    def address(self, identity: Identity) -> Address:
        """The address that the block of this object has."""
        return self.labels.address(self.provider, identity)

    def snippet(self, identity: Identity) -> Snippet:
        """The block, as `cl fmt` writes it."""
        values = {name: getattr(identity, name) for name in IDENTITY_ARGUMENTS[identity.type]}
        arguments = {name: string_literal(value) for name, value in values.items() if (name, value) != _BY_DEFAULT}
        provider = None if self.is_default else self.provider
        return Snippet(resource_block(identity.type, self.address(identity).name, arguments, provider))
