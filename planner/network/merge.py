"""Several providers' worlds as one: ids are unique across accounts and regions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from planner.network.world import World

T = TypeVar("T")


def merge(worlds: Iterable[World]) -> World:
    """One world that holds what each of them saw; where two saw the same thing, the last one's word stands."""
    all_worlds = tuple(worlds)
    if len(all_worlds) == 1:
        return all_worlds[0]
    return World(
        account_id=all_worlds[0].account_id if all_worlds else "",
        vpcs=_joined(world.vpcs for world in all_worlds),
        vswitches=_joined(world.vswitches for world in all_worlds),
        route_entries=tuple(dict.fromkeys(entry for world in all_worlds for entry in world.route_entries)),
        instances=_joined(world.instances for world in all_worlds),
        cloud_resources=_joined(world.cloud_resources for world in all_worlds),
        links=_joined(world.links for world in all_worlds),
        unread=tuple(dict.fromkeys(unread for world in all_worlds for unread in world.unread)),
    )


def _joined(parts: Iterable[Mapping[str, T]]) -> dict[str, T]:
    return {key: value for part in parts for key, value in part.items()}
