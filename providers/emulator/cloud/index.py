"""What a world file says that no call changes, in the order in which lists give it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import cached_property

from planner.network.world import Instance, RouteEntry, VSwitch, World
from providers.emulator.cloud.regions import REGIONS, zone_of, zones_of

MOST_LISTS = 16

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
        return tuple(dict.fromkeys((*sorted(own), *REGIONS)))

    @cached_property
    def vpc_ids(self) -> dict[Place, list[str]]:
        found: dict[Place, list[str]] = {}
        for vpc_id, vpc in sorted(self._world.vpcs.items()):
            found.setdefault((vpc.account_id, vpc.region_id), []).append(vpc_id)
        return found

    @cached_property
    def instance_ids(self) -> dict[Place, list[str]]:
        found: dict[Place, list[str]] = {}
        for instance_id, instance in sorted(self._world.instances.items()):
            found.setdefault((instance.account_id, instance.region_id), []).append(instance_id)
        return found

    @cached_property
    def _vswitches(self) -> dict[str, list[VSwitch]]:
        found: dict[str, list[VSwitch]] = {}
        for _, vswitch in sorted(self._world.vswitches.items()):
            found.setdefault(vswitch.vpc_id, []).append(vswitch)
        return found

    @cached_property
    def _routes(self) -> dict[str, list[RouteEntry]]:
        found: dict[str, list[RouteEntry]] = {}
        for entry in self._world.route_entries:
            found.setdefault(entry.vpc_id, []).append(entry)
        return found

    def instances_found(self, question: Hashable, find: Callable[[], Sequence[Instance]]) -> Sequence[Instance]:
        """The answer that `find` gives to this question. The last ones are kept: a long list is read page by page."""
        if question not in self._lists:
            self._lists[question] = find()
            if len(self._lists) > MOST_LISTS:
                self._lists.popitem(last=False)
        return self._lists[question]

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

    def zone_id_of(self, instance_id: str, region_id: str, vswitch_id: str | None) -> str:
        """The zone that an instance is in."""
        vswitch = self._world.vswitches.get(vswitch_id or "")
        return vswitch.zone_id if vswitch and vswitch.zone_id else zone_of(instance_id, region_id)


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
