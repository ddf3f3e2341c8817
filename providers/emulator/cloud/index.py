"""What no call changes of a world, in the order in which the API lists it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property

from planner.network.world import Instance, RouteEntry, VSwitch, World
from providers.emulator.cloud.regions import REGIONS, zone_of, zones_of

MOST_LISTS = 16
"""How many lists of instances are kept."""

Place = tuple[str, str]
"""An account and a region."""


class Index:
    """Ids by account and region, all in order. As good as the world that it was made of."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._lists: OrderedDict[Hashable, Sequence[Instance]] = OrderedDict()

    @cached_property
    def regions(self) -> tuple[str, ...]:
        """Every region that is known."""
        own = {vpc.region_id for vpc in self._world.vpcs.values()}
        own |= {instance.region_id for instance in self._world.instances.values()}
        own |= {group.region_id for group in (self._world.security_groups or {}).values()}
        return tuple(dict.fromkeys((*sorted(own), *REGIONS)))

    @cached_property
    def vpc_ids(self) -> dict[Place, list[str]]:
        ids: dict[Place, list[str]] = {}
        for vpc_id, vpc in sorted(self._world.vpcs.items()):
            ids.setdefault((vpc.account_id, vpc.region_id), []).append(vpc_id)
        return ids

    @cached_property
    def instance_ids(self) -> dict[Place, list[str]]:
        ids: dict[Place, list[str]] = {}
        for instance_id, instance in sorted(self._world.instances.items()):
            ids.setdefault((instance.account_id, instance.region_id), []).append(instance_id)
        return ids

    @cached_property
    def security_group_ids(self) -> dict[Place, list[str]]:
        ids: dict[Place, list[str]] = {}
        for group_id, group in sorted((self._world.security_groups or {}).items()):
            ids.setdefault((group.account_id, group.region_id), []).append(group_id)
        return ids

    @cached_property
    def _vswitches(self) -> dict[str, list[VSwitch]]:
        vswitches: dict[str, list[VSwitch]] = {}
        for _, vswitch in sorted(self._world.vswitches.items()):
            vswitches.setdefault(vswitch.vpc_id, []).append(vswitch)
        return vswitches

    @cached_property
    def _routes(self) -> dict[str, list[RouteEntry]]:
        entries: dict[str, list[RouteEntry]] = {}
        for entry in self._world.route_entries:
            entries.setdefault(entry.vpc_id, []).append(entry)
        return entries

    def matching_instances(self, query: Hashable, find: Callable[[], Sequence[Instance]]) -> Sequence[Instance]:
        """The result of `find` for this query. The last results are kept: a long list is read page by page."""
        if query not in self._lists:
            self._lists[query] = find()
            if len(self._lists) > MOST_LISTS:
                self._lists.popitem(last=False)
        return self._lists[query]

    def vswitches_of(self, vpc_id: str) -> list[VSwitch]:
        """In the order of their ids."""
        return self._vswitches.get(vpc_id, [])

    def routes_of(self, vpc_id: str) -> list[RouteEntry]:
        """In the order of the file."""
        return self._routes.get(vpc_id, [])

    def zone_ids(self, region_id: str) -> list[str]:
        """The zones of a region."""
        own = {
            vswitch.zone_id
            for vpc in self._world.vpcs.values()
            if vpc.region_id == region_id
            for vswitch in self.vswitches_of(vpc.vpc_id)
            if vswitch.zone_id
        }
        return sorted({*own, *zones_of(region_id)})

    def zone_id_of(self, instance: Instance) -> str:
        """The zone that an instance is in."""
        vswitch = self._world.vswitches.get(instance.vswitch_id or "")
        if vswitch and vswitch.zone_id:
            return vswitch.zone_id
        return zone_of(instance.instance_id, instance.region_id)


def table_id(vpc_id: str) -> str:
    """The id of a VPC's system route table: a world file has none."""
    return f"vtb-{vpc_id.removeprefix('vpc-')}"


def router_id(vpc_id: str) -> str:
    """The id of a VPC's router."""
    return f"vrt-{vpc_id.removeprefix('vpc-')}"


def vpc_ids_of_table(table: str) -> list[str]:
    """The ids of VPCs whose system route table could have this id."""
    rest = table.removeprefix("vtb-")
    return [f"vpc-{rest}", rest] if rest else []
