"""What each provider saw. An id means something in one world alone: two accounts may both have an `i-1`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from msgspec import Struct, field

from planner.network.identity import Identity
from planner.network.presence import Presence, presence
from planner.network.provider_keys import only_one_without_alias
from planner.network.world import World

_NOTHING: Final = World()


class Worlds(Struct, frozen=True):
    """The world that each provider saw, by the provider's key (`mock`, or `mock.lab` with an alias)."""

    by_provider: Mapping[str, World] = field(default_factory=dict)

    def of(self, provider: str) -> World:
        """What this provider saw: nothing if there is no such provider."""
        return self.by_provider.get(provider, _NOTHING)

    @property
    def are_several(self) -> bool:
        """Whether there is more than one provider, so that messages have to name the one that is meant."""
        return len(self.by_provider) > 1

    def prefix(self, provider: str) -> str:
        """What a message about this provider begins with: its key, where there are several; otherwise nothing."""
        return f"{provider}: " if self.are_several else ""

    def who_sees_vpc(self, vpc_id: str) -> tuple[str, ...]:
        """The providers that see this VPC."""
        return tuple(provider for provider, world in self.by_provider.items() if vpc_id in world.vpcs)

    def who_sees_instance(self, instance_id: str) -> tuple[str, ...]:
        """The providers that see this instance."""
        return tuple(provider for provider, world in self.by_provider.items() if instance_id in world.instances)

    def who_sees_group(self, security_group_id: str) -> tuple[str, ...]:
        """The providers that see this security group."""
        return tuple(
            provider for provider, world in self.by_provider.items() if world.security_group(security_group_id)
        )

    def who_has(self, identity: Identity) -> tuple[str, ...]:
        """The providers in whose world this object stands."""
        return tuple(
            provider for provider, world in self.by_provider.items() if presence(identity, world) is Presence.THERE
        )


def default_provider(keys: Collection[str]) -> str | None:
    """The provider of these that serves blocks which name none: the only one, or the only one without an alias."""
    return next(iter(keys)) if len(keys) == 1 else only_one_without_alias(keys)
