"""The world as it will be: a world, and what the steps taken so far change of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from planner.network.identity import (
    GUEST_ROUTE_NEXT_HOP,
    Action,
    Authorization,
    Enablement,
    Identity,
    Link,
    RuleSettings,
)
from planner.network.rule_changes import after_change
from planner.network.security_groups import SecurityGroup
from planner.network.world import GuestRouteEntry, Instance, RouteEntry, Vpc, VSwitch, World
from planner.values import replace


class Forecast:
    """A world that steps are taken in, one by one, in memory. A step costs the same in a small and a large world."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._links: dict[str, str | None] = {}
        self._counts: dict[str, int] = defaultdict(int)
        self._enabled: dict[str, bool] = {}
        self._guest_routes: dict[tuple[str, str], bool] = {}
        self._groups: dict[str, SecurityGroup] = {}

    def vpc(self, vpc_id: str) -> Vpc | None:
        return self.world.vpcs.get(vpc_id)

    def instance(self, instance_id: str) -> Instance | None:
        return self.world.instances.get(instance_id)

    def vswitches(self, vpc_id: str) -> tuple[VSwitch, ...]:
        return self.world.vswitches_by_vpc.get(vpc_id, ())

    def custom_routes(self, vpc_id: str) -> tuple[RouteEntry, ...]:
        return self.world.custom_routes_by_vpc.get(vpc_id, ())

    def enabled(self, vpc_id: str) -> bool:
        vpc = self.vpc(vpc_id)
        return self._enabled.get(vpc_id, vpc is not None and vpc.classic_link_enabled)

    def link_of(self, instance_id: str) -> str | None:
        """The VPC this instance is linked to."""
        if instance_id in self._links:
            return self._links[instance_id]
        return self.world.links.get(instance_id)

    def linked_count(self, vpc_id: str) -> int:
        return len(self.world.linked_by_vpc.get(vpc_id, ())) + self._counts.get(vpc_id, 0)

    def linked_to(self, vpc_id: str) -> tuple[str, ...]:
        """The ids of the instances linked to this VPC, in id order. Goes through all the links that steps changed."""
        stay = (found for found in self.world.linked_by_vpc.get(vpc_id, ()) if self.link_of(found) == vpc_id)
        come = (instance_id for instance_id, now in self._links.items() if now == vpc_id)
        return tuple(sorted({*stay, *come}))

    def has_guest_route(self, instance_id: str, destination: str) -> bool | None:
        """Whether the route is there; None if that is unknown."""
        known = self._guest_routes.get((instance_id, destination))
        if known is not None:
            return known
        instance = self.instance(instance_id)
        if instance is None or instance.guest_routes is None:
            return None
        return any(
            route.destination_cidr_block == destination and route.next_hop == GUEST_ROUTE_NEXT_HOP
            for route in instance.guest_routes
        )

    def security_group(self, security_group_id: str) -> SecurityGroup | None:
        """This group with its rules; None if it is not there or not known."""
        return self._groups.get(security_group_id) or self.world.security_group(security_group_id)

    @property
    def security_groups(self) -> Mapping[str, SecurityGroup] | None:
        """The groups with their rules as they are by now; the world's own where no step changed any."""
        groups = self.world.security_groups
        return {**groups, **self._groups} if groups is not None and self._groups else groups

    def take(self, action: Action, target: Identity, settings: RuleSettings | None = None) -> None:
        """Let this step happen, legal or not: judging is the rules' work. `settings` are those of a security rule."""
        if isinstance(target, Link):
            self._set_link(target.instance_id, target.vpc_id if action is Action.ATTACH else None)
        elif isinstance(target, Enablement):
            self._enabled[target.vpc_id] = action is Action.ENABLE
        elif isinstance(target, Authorization):
            self._change_rule(action, target, settings or RuleSettings())
        else:
            key = (target.instance_id, target.destination_cidr_block)
            self._guest_routes[key] = action is Action.ADD_GUEST_ROUTE

    def outcome(self) -> World:
        """The world as it is after the steps taken so far; what reads worlds can be asked about it."""
        vpcs, instances = dict(self.world.vpcs), dict(self.world.instances)
        for vpc_id, enabled in self._enabled.items():
            if vpc_id in vpcs:
                vpcs[vpc_id] = replace(vpcs[vpc_id], classic_link_enabled=enabled)
        for (instance_id, destination), present in self._guest_routes.items():
            if instance_id in instances:
                instances[instance_id] = _with_route(instances[instance_id], destination, present=present)
        links = {**self.world.links, **self._links}
        return replace(
            self.world,
            vpcs=vpcs,
            instances=instances,
            links={instance_id: vpc_id for instance_id, vpc_id in links.items() if vpc_id is not None},
            security_groups=self.security_groups,
        )

    def _change_rule(self, action: Action, rule: Authorization, settings: RuleSettings) -> None:
        group = self.security_group(rule.security_group_id)
        if group is not None:
            self._groups[group.security_group_id] = after_change(group, action, rule, settings)

    def _set_link(self, instance_id: str, vpc_id: str | None) -> None:
        links = self._links
        before = links[instance_id] if instance_id in links else self.world.links.get(instance_id)
        if before is not None:
            self._counts[before] -= 1
        if vpc_id is not None:
            self._counts[vpc_id] += 1
        links[instance_id] = vpc_id


def _with_route(instance: Instance, destination: str, *, present: bool) -> Instance:
    kept = [route for route in instance.guest_routes or () if route.destination_cidr_block != destination]
    if present:
        kept.append(GuestRouteEntry(destination, GUEST_ROUTE_NEXT_HOP))
    return replace(instance, guest_routes=tuple(kept))
