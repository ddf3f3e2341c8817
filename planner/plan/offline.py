"""The world as the state remembers it: for `--refresh=false`, and where links could not be read."""

from __future__ import annotations

from collections.abc import Iterable

from planner.network.identity import Enablement, GuestRoute, Link
from planner.network.kinds import Kind
from planner.network.presence import Presence, presence
from planner.network.world import GuestRouteEntry, Instance, Unread, Vpc, World
from planner.network.worlds import Worlds
from planner.remedy import Remedy, cl
from planner.state.model import State, StateObject
from planner.values import replace

_REASON = "--refresh=false was given"
_REMEDY = Remedy.of(
    "Plan again without --refresh=false, so that the cloud is read; ", cl("apply"), " reads it in any case."
)


def offline_worlds(prior: State, providers: Iterable[str]) -> Worlds:
    """What the state knows of each provider's cloud; all else counts as unread."""
    objects: dict[str, list[StateObject]] = {provider: [] for provider in providers}
    for found in prior.objects.values():
        objects.setdefault(found.provider, []).append(found)
    return Worlds({provider: _world(known) for provider, known in objects.items()})


def with_links_remembered(worlds: Worlds, prior: State) -> Worlds:
    """The same, where links that could not be read are as the state has them; they still count as unread."""
    remembered: dict[str, dict[str, str]] = {}
    for found in prior.objects.values() if any(world.unread for world in worlds.by_provider.values()) else ():
        link, world = found.identity, worlds.of(found.provider)
        if isinstance(link, Link) and presence(link, world) is Presence.UNKNOWN:
            remembered.setdefault(found.provider, {})[link.instance_id] = link.vpc_id
    return Worlds(
        {
            provider: replace(world, links={**world.links, **remembered[provider]}) if provider in remembered else world
            for provider, world in worlds.by_provider.items()
        }
    )


def _world(objects: Iterable[StateObject]) -> World:
    vpcs: dict[str, Vpc] = {}
    instances: dict[str, Instance] = {}
    links: dict[str, str] = {}
    routes: dict[str, list[GuestRouteEntry]] = {}
    for found in objects:
        match found.identity:
            case Enablement(vpc_id):
                vpcs[vpc_id] = _vpc(vpc_id, found)
            case Link(instance_id, vpc_id):
                links[instance_id] = vpc_id
                instances[instance_id] = _instance(instance_id, found)
            case GuestRoute(instance_id, destination):
                routes.setdefault(instance_id, []).append(GuestRouteEntry(destination))
    return World(
        vpcs=vpcs,
        instances={
            instance_id: _with_routes(instance, routes.get(instance_id)) for instance_id, instance in instances.items()
        },
        links=links,
        unread=tuple(Unread(kind, None, _REASON, _REMEDY) for kind in Kind),
    )


def _vpc(vpc_id: str, found: StateObject) -> Vpc:
    return Vpc(
        vpc_id=vpc_id,
        account_id=_text(found, "account_id"),
        region_id=_text(found, "region_id"),
        cidr_block=_text(found, "cidr_block"),
        classic_link_enabled=True,
    )


def _instance(instance_id: str, found: StateObject) -> Instance:
    return Instance(
        instance_id=instance_id,
        account_id=_text(found, "account_id"),
        region_id=_text(found, "region_id"),
        network_type="classic",
        private_ip=_text(found, "private_ip"),
    )


def _with_routes(instance: Instance, routes: list[GuestRouteEntry] | None) -> Instance:
    return replace(instance, guest_routes=tuple(routes)) if routes else instance


def _text(found: StateObject, name: str) -> str:
    value = found.attributes.get(name)
    return value if isinstance(value, str) else ""
