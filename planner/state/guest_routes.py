"""Guest routes that no provider can see: what the state remembers counts as there.

A cloud cannot look inside an instance. A person added the route, or said that it is there; nothing else can be known
of it. So wherever a world is judged, it is judged with these routes in it.
"""

from __future__ import annotations

from planner.network.identity import GuestRoute
from planner.network.world import GuestRouteEntry, Instance, World
from planner.network.worlds import Worlds
from planner.state.model import State
from planner.values import replace


def with_guest_routes(worlds: Worlds, prior: State) -> Worlds:
    """The same worlds; an instance whose routes could not be read has those of the state.

    An instance of which the state has none stays as it is: whether it has any is not known.
    """
    remembered: dict[str, dict[str, tuple[GuestRouteEntry, ...]]] = {}
    for found in prior.objects.values():
        if isinstance(found.identity, GuestRoute):
            routes = remembered.setdefault(found.provider, {})
            known = routes.get(found.identity.instance_id, ())
            routes[found.identity.instance_id] = (*known, GuestRouteEntry(found.identity.destination_cidr_block))
    if not remembered:
        return worlds
    return Worlds(
        {
            provider: _with_routes(world, remembered[provider]) if provider in remembered else world
            for provider, world in worlds.by_provider.items()
        }
    )


def _with_routes(world: World, routes: dict[str, tuple[GuestRouteEntry, ...]]) -> World:
    unseen: dict[str, Instance] = {
        instance_id: replace(instance, guest_routes=entries)
        for instance_id, entries in routes.items()
        if (instance := world.instances.get(instance_id)) is not None and instance.guest_routes is None
    }
    return replace(world, instances={**world.instances, **unseen}) if unseen else world
