"""The state of the simulated cloud in memory. A step costs the same in a small and a large one."""

from __future__ import annotations

import hashlib
from collections import Counter

from planner.network.identity import Action, Enablement, GuestRoute, Link, RuleBatch, RuleCall, Target
from planner.network.rule_changes import after_change
from planner.network.security_groups import SecurityGroup, SecurityRule
from planner.network.world import GuestRouteEntry, Instance, Vpc, World
from planner.values import replace


class Cloud:
    """A world that calls change. Judges nothing: `calls` does."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.vpcs: dict[str, Vpc] = dict(world.vpcs)
        self.instances: dict[str, Instance] = dict(world.instances)
        self.links: dict[str, str] = dict(world.links)
        self.linked_counts = Counter(self.links.values())
        self.security_groups: dict[str, SecurityGroup] = {
            group_id: _with_ids(group) for group_id, group in (world.security_groups or {}).items()
        }

    @property
    def account_id(self) -> str:
        """The account that the world's provider acts for; empty where the world does not say."""
        return self._world.account_id

    def world(self) -> World:
        """How it stands, as something that later calls do not change."""
        return replace(
            self._world,
            vpcs=dict(self.vpcs),
            instances=dict(self.instances),
            links=dict(self.links),
            security_groups=None if self._world.security_groups is None else dict(self.security_groups),
        )

    def custom_destinations(self, vpc_id: str) -> list[str]:
        """Where the custom route entries of this VPC lead."""
        return [entry.destination_cidr_block for entry in self._world.custom_routes_by_vpc.get(vpc_id, ())]

    def take(self, action: Action, target: Target) -> None:
        """Let this happen. Taking the same steps again, in order, ends in the same cloud.

        What is gone from the world file in the meantime stays gone.
        """
        if isinstance(target, Enablement):
            vpc = self.vpcs.get(target.vpc_id)
            if vpc is not None:
                self.vpcs[target.vpc_id] = replace(vpc, classic_link_enabled=action is Action.ENABLE)
        elif isinstance(target, Link):
            self._set_link(target.instance_id, target.vpc_id if action is Action.ATTACH else None)
        elif isinstance(target, GuestRoute):
            self._set_guest_route(target, present=action is Action.ADD_GUEST_ROUTE)
        else:
            for call in target.calls if isinstance(target, RuleBatch) else (RuleCall(target),):
                self._change_rule(action, call)

    def _change_rule(self, action: Action, call: RuleCall) -> None:
        group = self.security_groups.get(call.rule.security_group_id)
        if group is not None:
            changed = after_change(group, action, call.rule, call.settings, _rule_id(call.rule.id))
            self.security_groups[group.security_group_id] = changed

    def _set_link(self, instance_id: str, vpc_id: str | None) -> None:
        before = self.links.pop(instance_id, None)
        if before is not None:
            self.linked_counts[before] -= 1
        if vpc_id in self.vpcs and vpc_id is not None and instance_id in self.instances:
            self.links[instance_id] = vpc_id
            self.linked_counts[vpc_id] += 1

    def _set_guest_route(self, target: GuestRoute, *, present: bool) -> None:
        instance = self.instances.get(target.instance_id)
        if instance is None:
            return
        kept = [
            route
            for route in instance.guest_routes or ()
            if route.destination_cidr_block != target.destination_cidr_block
        ]
        if present:
            kept.append(GuestRouteEntry(target.destination_cidr_block))
        self.instances[target.instance_id] = replace(instance, guest_routes=tuple(kept))


def _with_ids(group: SecurityGroup) -> SecurityGroup:
    """The group, each of whose rules has an id: made up, always the same one, where the world file names none."""
    if all(rule.rule_id is not None for rule in group.rules):
        return group
    return replace(
        group,
        rules=tuple(
            [
                rule
                if rule.rule_id is not None
                else replace(rule, rule_id=_rule_id(f"{group.security_group_id}:{_facts(rule)}"))
                for rule in group.rules
            ]
        ),
    )


def _facts(rule: SecurityRule) -> str:
    source = rule.source_security_group_id or rule.source_cidr_block
    return f"{source}:{rule.ip_protocol}:{rule.port_range}:{rule.policy}"


def _rule_id(facts: str) -> str:
    return f"sgr-{hashlib.sha256(facts.encode()).hexdigest()[:17]}"
