"""The blocks that remedies offer, for what one provider has and nobody declares."""

from __future__ import annotations

from dataclasses import dataclass

from planner.address import Address
from planner.drift.labels import Labels
from planner.hcl.writing.literals import string_literal
from planner.network.identity import IDENTITY_ARGUMENTS, Identity


@dataclass(frozen=True, slots=True)
class Blocks:
    """Blocks for the objects of `provider`. `is_default` says that a block need not name it."""

    labels: Labels
    provider: str
    is_default: bool

    def address(self, identity: Identity) -> Address:
        """The address that the block of this object has."""
        return self.labels.address(self.provider, identity)

    def text(self, identity: Identity) -> str:
        """The block, as `cl fmt` writes it."""
        values = [(name, string_literal(getattr(identity, name))) for name in IDENTITY_ARGUMENTS[identity.type]]
        if not self.is_default:
            values.insert(0, ("provider", self.provider))
        width = max(len(name) for name, _ in values)
        lines = [f"  {name:<{width}} = {value}" for name, value in values]
        return "\n".join([f'resource "{identity.type}" "{self.address(identity).name}" {{', *lines, "}"])
