"""What the providers of a project see: their worlds, with what no listing has and is asked about by its id."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from planner.config.desired import Desired
from planner.diagnostics import ProviderError, counted
from planner.network.kinds import Kind
from planner.network.presence import Presence, presence
from planner.network.world import Unread, World
from planner.network.worlds import Worlds
from planner.values import replace
from providers.base import EVERYTHING, Provider, Scope


def read_worlds(providers: Mapping[str, Provider], scope: Scope = EVERYTHING) -> Worlds:
    """What each of the providers sees. Of several, one that cannot be read sees nothing, and its world says why.

    Raises ProviderError where the only one cannot be read.
    """
    worlds: dict[str, World] = {}
    for key, provider in providers.items():
        try:
            worlds[key] = provider.read(scope)
        except ProviderError as error:
            if len(providers) == 1:
                raise
            first, *others = error.diagnostics
            reason = f"{first.detail} {counted(len(others), 'more problem')}." if others else first.detail
            worlds[key] = World(unread=tuple(Unread(kind, None, reason, first.remedy) for kind in Kind))
    return Worlds(worlds)


def with_instances(worlds: Worlds, providers: Mapping[str, Provider], asked: Collection[str]) -> Worlds:
    """The worlds with those instances that no reading lists, of the ids that were asked about."""
    found = dict(worlds.by_provider)
    for key, provider in providers.items():
        world = found[key]
        missing = [one for one in asked if one.startswith(_INSTANCE) and one not in world.instances]
        if missing and not any(gap.kind is Kind.INSTANCES and gap.subject is None for gap in world.unread):
            more = provider.find(missing)
            instances, unread = {**world.instances, **more.instances}, (*world.unread, *more.unread)
            found[key] = replace(world, instances=instances, unread=unread)
    return Worlds(found)


_INSTANCE = "i-"
"""How the id of an instance begins."""


def with_what_is_named(
    worlds: Worlds, desired: Desired, providers: Mapping[str, Provider], *, changing_all: bool
) -> Worlds:
    """The worlds with what the configuration names and they leave out: instances that no listing has, such as those of
    a VPC, and the custom routes of VPCs that are to be changed. With `changing_all`, those of every declared VPC.

    Where a provider cannot be asked for them, its world stays as it is: they are not found then.
    """
    found = dict(worlds.by_provider)
    for key, provider in providers.items():
        world = worlds.of(key)
        objects = [one.identity for one in desired.objects if one.provider == key]
        named = {identity.instance_id for identity in objects}
        missing = {instance_id for instance_id in named if instance_id and instance_id not in world.instances}
        if any(one.kind is Kind.INSTANCES and one.subject is None for one in world.unread):
            missing = set()
        vpc_ids: set[str] = set()
        for one in objects:
            vpc_id = one.vpc_id
            if vpc_id is None or vpc_id in vpc_ids or vpc_id not in world.vpcs:
                continue
            if changing_all or presence(one, world) is not Presence.THERE:
                vpc_ids.add(vpc_id)
        more = provider.find(sorted(missing), sorted(vpc_ids)) if missing or vpc_ids else World()
        if more.instances or more.route_entries or more.unread:
            found[key] = replace(
                world,
                instances={**world.instances, **more.instances},
                route_entries=(*world.route_entries, *more.route_entries),
                unread=(*world.unread, *more.unread),
            )
    return Worlds(found)
