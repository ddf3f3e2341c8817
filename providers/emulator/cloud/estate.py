"""The world behind the API: the mock's world file, judged by the mock's rules, and seen with lag."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from planner.diagnostics import ProviderError
from planner.network.identity import Action, Enablement, Link, RuleBatch, Target
from planner.network.rule_changes import is_rule
from planner.network.security_groups import SecurityGroup, SecurityRule
from planner.network.world import Instance, Vpc
from planner.values import replace
from providers.base import CallFailed, Refused
from providers.emulator.cloud.delays import Lag, Pending
from providers.emulator.cloud.errors import ApiError, from_refusal
from providers.emulator.cloud.index import Index
from providers.mock.call_log import OK
from providers.mock.calls import raise_if_refused
from providers.mock.cloud import Cloud
from providers.mock.store import WorldStore

PATIENCE = 1.0
"""Seconds that a call waits for another process to let go of the world; until then every other call waits."""

_logger = logging.getLogger("cl.emulator")


class View:
    """What one account sees of one region, at one moment."""

    def __init__(self, estate: Estate, cloud: Cloud, account_id: str, region_id: str) -> None:
        self._estate = estate
        self._cloud = cloud
        self.index = estate.index_of(cloud)
        self.account_id = account_id
        self.region_id = region_id

    def around(self, vpc_id: str) -> View:
        """What the account sees of the region of a VPC; nothing where there is no such VPC."""
        vpc = self._cloud.vpcs.get(vpc_id)
        return View(self._estate, self._cloud, self.account_id, vpc.region_id if vpc else "")

    @property
    def vpcs(self) -> Iterable[Vpc]:
        """In the order of their ids."""
        ids = self.index.vpc_ids.get((self.account_id, self.region_id), ())
        return (self._estate.seen_vpc(self._cloud.vpcs[vpc_id]) for vpc_id in ids)

    @property
    def instances(self) -> Iterable[Instance]:
        """In the order of their ids."""
        ids = self.index.instance_ids.get((self.account_id, self.region_id), ())
        return (self._cloud.instances[instance_id] for instance_id in ids)

    def vpc(self, vpc_id: str) -> Vpc | None:
        """The VPC, where this account has it in this region."""
        vpc = self._cloud.vpcs.get(vpc_id)
        is_here = vpc is not None and (vpc.account_id, vpc.region_id) == (self.account_id, self.region_id)
        return self._estate.seen_vpc(vpc) if vpc is not None and is_here else None

    def instance(self, instance_id: str) -> Instance | None:
        """The instance, where there is one in this region, of any owner."""
        instance = self._cloud.instances.get(instance_id)
        return instance if instance is not None and instance.region_id == self.region_id else None

    @property
    def security_groups(self) -> Iterable[SecurityGroup]:
        """In the order of their ids."""
        ids = self.index.security_group_ids.get((self.account_id, self.region_id), ())
        return (self._estate.seen_group(self._cloud.security_groups[group_id]) for group_id in ids)

    def security_group(self, group_id: str) -> SecurityGroup | None:
        """The security group with the rules that a reader sees, where this account has it in this region."""
        group = self.group_as_it_is(group_id)
        return group and self._estate.seen_group(group)

    def group_as_it_is(self, group_id: str) -> SecurityGroup | None:
        """The same with the rules that the cloud itself knows."""
        group = self._cloud.security_groups.get(group_id)
        is_here = group is not None and (group.account_id, group.region_id) == (self.account_id, self.region_id)
        return group if is_here else None

    def linked_vpc(self, instance_id: str) -> str | None:
        """The VPC that an instance is linked to."""
        return self._estate.links.seen(instance_id, self._cloud.links.get(instance_id))

    def linked_to(self, vpc_id: str) -> list[str]:
        """The ids of the instances linked to this VPC, in order."""
        unseen = set(self._estate.links.unseen())
        current = {instance_id for instance_id, linked in self._cloud.links.items() if linked == vpc_id}
        return sorted(
            (current - unseen) | {instance_id for instance_id in unseen if self.linked_vpc(instance_id) == vpc_id}
        )


class Estate:
    """The world of one emulator. For one thread at a time."""

    def __init__(self, store: WorldStore, lag: float, pending: float) -> None:
        """`lag` and `pending` are seconds."""
        self._store = store
        self.links: Lag[str, str | None] = Lag(lag)
        self._enabled: Lag[str, bool] = Lag(lag)
        self._rules: Lag[str, tuple[SecurityRule, ...]] = Lag(lag)
        self._pending = Pending(pending)
        self._indexed: tuple[Cloud, Index] | None = None

    def perform(self, action: Action, target: Target, caller: str) -> None:
        """Carry a write out for this account. Raises ApiError: then nothing happened."""
        try:
            with self._store.writing(PATIENCE) as cloud:
                try:
                    raise_if_refused(cloud, action, target, caller, self._pending)
                    if action is Action.REVOKE_SECURITY_RULE and isinstance(target, RuleBatch):
                        _raise_if_gone(cloud, target)
                except CallFailed as refusal:
                    self._store.write_down(action, target, refusal.code)
                    raise
                before = _condition(cloud, target)
                self._store.record(action, target)
                self._note(target, before, _condition(cloud, target))
                self._store.write_down(action, target, OK)
        except CallFailed as refusal:
            raise from_refusal(refusal) from None
        except (OSError, ProviderError) as problem:
            raise _out_of_order(problem) from None

    @contextmanager
    def viewed(self, account_id: str, region_id: str) -> Iterator[View]:
        """What this account sees of this region now. Raises ApiError."""
        try:
            with self._store.reading() as cloud:
                yield View(self, cloud, account_id, region_id)
        except (OSError, ProviderError) as problem:
            raise _out_of_order(problem) from None

    def account_ids(self) -> list[str]:
        """The account that the world acts for; where it does not say, all that own something."""
        with self._store.reading() as cloud:
            owners = {vpc.account_id for vpc in cloud.vpcs.values()}
            owners |= {instance.account_id for instance in cloud.instances.values()}
            owners |= {group.account_id for group in cloud.security_groups.values()}
            return [cloud.account_id] if cloud.account_id else sorted(owners)

    def close(self) -> None:
        """Fold what happened into the world file."""
        self._store.fold()
        self._store.close()

    def index_of(self, cloud: Cloud) -> Index:
        """The index of this cloud, made once."""
        if self._indexed is None or self._indexed[0] is not cloud:
            self._indexed = cloud, Index(cloud.world())
        return self._indexed[1]

    def seen_vpc(self, vpc: Vpc) -> Vpc:
        """The VPC as a reader sees it."""
        enabled = self._enabled.seen(vpc.vpc_id, vpc.classic_link_enabled)
        status = "Pending" if vpc.vpc_id in self._pending else vpc.status
        if (enabled, status) == (vpc.classic_link_enabled, vpc.status):
            return vpc
        return replace(vpc, classic_link_enabled=enabled, status=status)

    def seen_group(self, group: SecurityGroup) -> SecurityGroup:
        """The security group as a reader sees it."""
        rules = self._rules.seen(group.security_group_id, group.rules)
        return group if rules is group.rules else replace(group, rules=rules)

    def _note(self, target: Target, before: _Condition, after: _Condition) -> None:
        """Hide a change for as long as the lag, and keep the VPC Pending where it was switched."""
        match target, before:
            case Link(), (str() | None):
                self.links.note(target.instance_id, before)
            case Enablement(), bool() if before is not after:
                self._enabled.note(target.vpc_id, before)
                self._pending.begin(target.vpc_id)
            case RuleBatch(), tuple():
                self._rules.note(target.security_group_id, before)


_Condition = str | bool | tuple[SecurityRule, ...] | None


def _condition(cloud: Cloud, target: Target) -> _Condition:
    """What a call changes: the VPC of an instance, whether a VPC is enabled, or the rules of a security group."""
    if isinstance(target, Link):
        return cloud.links.get(target.instance_id)
    if isinstance(target, RuleBatch):
        return cloud.security_groups[target.security_group_id].rules
    return isinstance(target, Enablement) and cloud.vpcs[target.vpc_id].classic_link_enabled


def _raise_if_gone(cloud: Cloud, batch: RuleBatch) -> None:
    """Raises Refused where a rule of this call does not exist: the API has refused such calls since 2024."""
    rules = cloud.security_groups[batch.security_group_id].rules
    if not all(any(is_rule(found, call.rule) for found in rules) for call in batch.calls):
        raise Refused("InvalidSecurityGroupRule.RuleNotExist", "The specified rule does not exist.")


def _out_of_order(problem: OSError | ProviderError) -> ApiError:
    """The world cannot be used now. The reason goes to the terminal of the emulator, not to the client."""
    _logger.warning("the world cannot be used: %s", problem)
    return ApiError("ServiceUnavailable", "The request has failed due to a temporary failure of the server.")
