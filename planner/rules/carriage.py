"""Whether security groups let traffic pass over a link, computed once for each kind of instance."""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property

from planner.network.filtering import Host
from planner.network.forecast import Forecast
from planner.network.identity import Authorization
from planner.network.passages import GroupIds, Kind, Passages, kind_of
from planner.network.world import World


class Carriage:
    """The traffic of links in a world after the whole plan. It answers only if groups are known."""

    def __init__(self, end: Forecast) -> None:
        self._end = end
        self._known: dict[tuple[str, Kind], bool] = {}

    def knows(self, vpc_id: str) -> bool:
        """Whether the groups are known, and this VPC has something that a link could lead to."""
        return self._end.security_groups is not None and vpc_id in self._inside

    def carries(self, instance_id: str, vpc_id: str) -> bool | None:
        """Whether any traffic passes between this instance and the resources of this VPC; None if it is not known."""
        if not self.knows(vpc_id):
            return None
        instance = self._world.instances.get(instance_id)
        inside = self._inside[vpc_id]
        if instance is None or instance.security_group_ids is None or not instance.private_ip:
            return None
        host = Host(instance.private_ip, instance.security_group_ids)
        if not self._passages.knows(host) or not all(map(self._passages.knows, inside)):
            return None
        blocks = tuple(dict.fromkeys(block for one in inside for block in self._passages.blocks(one.group_ids or ())))
        key = vpc_id, kind_of(host, blocks)
        if key not in self._known:
            self._known[key] = self._passages.any_between(host, inside)
        return self._known[key]

    def offered(self, instance_id: str, vpc_id: str) -> Authorization | None:
        """An example of a rule that would let traffic pass; None if there are no groups for it."""
        instance = self._world.instances.get(instance_id)
        own = instance.security_group_ids if instance is not None else None
        within = next((one.group_ids for one in self._inside.get(vpc_id, ()) if one.group_ids), None)
        return Authorization(within[0], own[0], "tcp", "443/443", "accept") if own and within else None

    def groups_between(self, instance_id: str, vpc_id: str) -> tuple[GroupIds, GroupIds]:
        """The groups of the instance, and the groups of the resources in the VPC."""
        instance = self._world.instances.get(instance_id)
        own = instance.security_group_ids if instance is not None else None
        within = dict.fromkeys(group for one in self._inside.get(vpc_id, ()) for group in one.group_ids or ())
        return own or (), tuple(within)

    @cached_property
    def _world(self) -> World:
        return self._end.outcome()

    @cached_property
    def _passages(self) -> Passages:
        return Passages(self._world.security_groups or {})

    @cached_property
    def _inside(self) -> dict[str, list[Host]]:
        """The hosts in each VPC, one for each combination of security groups and address."""
        found: dict[str, dict[tuple[GroupIds | None, str], Host]] = defaultdict(dict)
        if self._world.security_groups is None:
            return {}
        for instance in self._world.instances.values():
            if instance.vpc_id is not None and instance.network_type != "classic":
                host = Host(instance.private_ip, instance.security_group_ids, instance.vpc_id)
                found[instance.vpc_id][host.group_ids, host.private_ip] = host
        for resource in self._world.cloud_resources.values():
            host = Host(resource.private_ip, resource.security_group_ids, resource.vpc_id)
            found[resource.vpc_id][host.group_ids, host.private_ip] = host
        return {vpc_id: list(hosts.values()) for vpc_id, hosts in found.items()}
