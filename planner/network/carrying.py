"""Whether a link carries anything: what security groups let pass between an instance and what is in a VPC."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from ipaddress import IPv4Network

from planner.network.filtering import Groups, Host
from planner.network.passages import Passages, kind_of
from planner.network.ranges import in_any, reachable_ranges
from planner.network.world import Instance, World


class Carrying:
    """Which links carry anything, in a world with these security groups. Instances of one kind are judged once."""

    def __init__(self, world: World, groups: Groups) -> None:
        self._world = world
        self._passages = Passages(groups)
        self._blocks: dict[str, tuple[IPv4Network, ...] | None] = {}
        self._answers: dict[tuple[object, ...], bool] = {}

    def carries(self, instance: Instance, vpc_id: str) -> bool | None:
        """Whether groups let anything pass between the instance and something in the VPC, in one direction at least.

        None where groups are unknown, and where nothing is known to be in what the link leads to.
        """
        host = Host(instance.private_ip, instance.security_group_ids)
        if vpc_id not in self._blocks:
            self._blocks[vpc_id] = self._blocks_of(vpc_id)
        blocks = self._blocks[vpc_id]
        if blocks is None or not self._passages.knows(host):
            return None
        key = vpc_id, kind_of(host, blocks)
        if key not in self._answers:
            self._answers[key] = self._passages.any_between(host, self._inside[vpc_id])
        return self._answers[key]

    def _blocks_of(self, vpc_id: str) -> tuple[IPv4Network, ...] | None:
        """The CIDR blocks that rules of the groups in the VPC name; None if a group there is unknown."""
        inside = self._inside.get(vpc_id, ())
        if not inside or not all(map(self._passages.knows, inside)):
            return None
        kinds = {host.group_ids or () for host in inside}
        return tuple(dict.fromkeys(block for group_ids in sorted(kinds) for block in self._passages.blocks(group_ids)))

    @cached_property
    def _inside(self) -> dict[str, list[Host]]:
        """What links lead to in each VPC, as security groups see it."""
        ranges = {vpc_id: reachable_ranges(self._world, vpc) for vpc_id, vpc in self._world.vpcs.items()}
        found: dict[str, list[Host]] = {}
        for host in self._hosts():
            if host.vpc_id in ranges and in_any(host.private_ip, ranges[host.vpc_id]):
                found.setdefault(host.vpc_id, []).append(host)
        return found

    def _hosts(self) -> Iterator[Host]:
        for resource in self._world.cloud_resources.values():
            yield Host(resource.private_ip, resource.security_group_ids, resource.vpc_id)
        for instance in self._world.instances.values():
            if instance.network_type != "classic":
                yield Host(instance.private_ip, instance.security_group_ids, instance.vpc_id)
