"""One account in one region of Alibaba Cloud."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, partial

from planner.diagnostics import Diagnostic, ProviderError
from planner.network.identity import Action, Identity, RuleBatch, Target
from planner.network.security_groups import SecurityGroup
from planner.network.world import World
from planner.remedy import Remedy
from planner.values import replace
from providers.alicloud import rule_calls
from providers.alicloud.account import account_of
from providers.alicloud.asking import Asker, ReadFailed
from providers.alicloud.client import Client
from providers.alicloud.endings import Ending, Judged
from providers.alicloud.fields import Malformed
from providers.alicloud.glance import find_more, glance
from providers.alicloud.own_steps import OwnSteps
from providers.alicloud.products import Product
from providers.alicloud.refusals import Failed
from providers.alicloud.region import read_region
from providers.alicloud.security_groups import group_with_rules
from providers.alicloud.settings import Settings
from providers.alicloud.transport import Transport
from providers.base import EVERYTHING, Busy, CallFailed, Progress, Refused, Scope, Throttled, TooEarly, Unsure

CALLS: Mapping[Action, tuple[Product, str]] = {
    Action.ENABLE: (Product.VPC, "EnableVpcClassicLink"),
    Action.DISABLE: (Product.VPC, "DisableVpcClassicLink"),
    Action.ATTACH: (Product.ECS, "AttachClassicLinkVpc"),
    Action.DETACH: (Product.ECS, "DetachClassicLinkVpc"),
    **rule_calls.CALLS,
}
"""The call that carries out each action. The others are done by a person, inside the guest."""

_WITH_TOKEN = frozenset({Action.ENABLE, Action.DISABLE})
"""The calls about VPCs and instances that have a ClientToken, by which the cloud knows a repeated one."""
_TRIES = 3
"""How often a call is tried whose connection cannot be made."""
_PAUSE = 0.5
"""Seconds before such a call is tried again; doubled each time."""


class AlicloudProvider:
    """Reads a region and changes its links. Safe to use from several threads."""

    def __init__(
        self,
        transport: Transport,
        client: Client,
        settings: Settings,
        warnings: Sequence[Diagnostic] = (),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.read_only, self.settle_seconds = settings.read_only, settings.settle_seconds
        self.credentials, self.warnings = settings.credentials.found_in, warnings
        self._transport, self._client, self._asker = transport, client, Asker(client, sleep=sleep)
        self._settings, self._sleep = settings, sleep
        self._own_steps = OwnSteps()
        self._tables: dict[str, Sequence[str]] = {}
        self._vpc_of_group: dict[str, str] = {}
        self._tokens: dict[tuple[Action, Target], str] = {}
        self._lock = threading.Lock()

    @cached_property
    def account_id(self) -> str:
        """The account that the keys belong to. Raises ProviderError, also where it is not the expected one."""
        found = account_of(self._asker)
        expected = self._settings.account_id
        if expected is not None and found != expected:
            raise ProviderError(_another_account(found, expected))
        return found

    @property
    def cloud(self) -> Mapping[str, str]:
        """The account and the region. Raises ProviderError."""
        return {"account_id": self.account_id, "region_id": self._client.region_id}

    @property
    def progress(self) -> Progress:
        """How far reading the region has come."""
        return replace(self._asker.progress, awaited=self._transport.awaited())

    def read(self, scope: Scope = EVERYTHING) -> World:
        """The region's VPCs and classic instances. Raises ProviderError where nothing can be read at all."""
        world = read_region(self._asker, self.account_id, self._settings.read_parallelism, scope, self._tables)
        return replace(self._noting_groups(world), region_id=self._client.region_id)

    def find(
        self, instance_ids: Collection[str], routes_of: Collection[str] = (), rules_of: Collection[str] | None = ()
    ) -> World:
        """Those of these instances that there are, of whatever network, without their links; the custom routes of VPCs
        that were read before; these security groups with their rules. Raises ProviderError.
        """
        tables = {vpc_id: self._tables[vpc_id] for vpc_id in routes_of if vpc_id in self._tables}
        parallelism = self._settings.read_parallelism
        found = find_more(self._asker, self.account_id, parallelism, instance_ids, tables, rules_of)
        return self._noting_groups(found)

    def look(self, targets: Collection[Identity]) -> World:
        """Whether these links, enabled VPCs and rules are there; 100 instances a call. Raises ProviderError."""
        return glance(self._asker, self.account_id, self._settings.read_parallelism, targets)

    def perform(self, action: Action, target: Target) -> None:
        """Carry a step out, or several steps of one security group: one call, which is never sent twice.

        Where the answer to a revocation is that a rule is gone, calls for the others follow. A guest route is a
        person's work, and no call is. Raises CallFailed.
        """
        if self.read_only:
            raise Refused("Forbidden.ReadOnly", 'The provider "alicloud" is set to read_only: it changes nothing.')
        if action not in CALLS:
            return
        try:
            answer = self._change_rules(action, target) if isinstance(target, RuleBatch) else self._call(action, target)
        except ProviderError as problem:
            raise Refused("CredentialsMissing", str(problem)) from None
        if answer.ending is Ending.DONE:
            self._own_steps.note(action, target)
            return
        raise self._failure(action, target, answer)

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def _call(self, action: Action, target: Identity) -> Judged:
        product, name = CALLS[action]
        parameters = {"VpcId": str(target.vpc_id)}
        if target.instance_id is not None:
            parameters["InstanceId"] = target.instance_id
        if action not in _WITH_TOKEN:
            return self._send(product, name, parameters)
        parameters["ClientToken"] = self._token(action, target)
        return self._forgetting_token(action, target, self._send(product, name, parameters))

    def _change_rules(self, action: Action, batch: RuleBatch) -> Judged:
        """Raises CallFailed where rules cannot be looked up, and ProviderError."""
        send = partial(self._send, Product.ECS)
        if action is Action.AUTHORIZE_SECURITY_RULE:
            answer = rule_calls.authorize(send, batch.calls, self._token(action, batch))
            return self._forgetting_token(action, batch, answer)
        if action is Action.REVOKE_SECURITY_RULE:
            return rule_calls.revoke(send, self._group_now, batch.calls)
        for call in batch.calls:
            answer = rule_calls.modify(send, self._group_now, call)
            if answer.ending is not Ending.DONE:
                break
        return answer

    def _group_now(self, group_id: str) -> SecurityGroup | None:
        """Raises Refused where the group cannot be read."""
        try:
            return group_with_rules(self._asker, self.account_id, group_id)
        except ReadFailed as failure:
            raise Refused(failure.failed.answer.code, failure.failed.reason, failure.failed.remedy) from None
        except Malformed as problem:
            message = f"the answer of the API cannot be understood: {problem}"
            raise Refused("InvalidAnswer", message) from None

    def _send(self, product: Product, name: str, parameters: Mapping[str, str]) -> Judged:
        """Make the call. One that could not be sent at all is tried a few times: that repeats nothing."""
        for failures in range(_TRIES - 1):
            answer = self._client.call(product, name, parameters)
            if answer.ending is not Ending.NOT_SENT:
                return answer
            self._sleep(_PAUSE * 2.0**failures)
        return self._client.call(product, name, parameters)

    def _token(self, action: Action, target: Target) -> str:
        """The token of this call: kept while its reply is lost, so that a repeat is known as one."""
        with self._lock:
            return self._tokens.setdefault((action, target), secrets.token_hex(16))

    def _forgetting_token(self, action: Action, target: Target, answer: Judged) -> Judged:
        if answer.ending is not Ending.UNSURE:
            with self._lock:
                self._tokens.pop((action, target), None)
        return answer

    def _noting_groups(self, world: World) -> World:
        """The world. Which VPC each group belongs to is kept: it explains refusals."""
        groups = (world.security_groups or {}).values()
        self._vpc_of_group |= {group.security_group_id: group.vpc_id for group in groups if group.vpc_id}
        return world

    def _vpcs_of(self, target: Target) -> set[str]:
        """The VPCs of the groups that rules are about, as far as they are known."""
        if not isinstance(target, RuleBatch):
            return set()
        groups = {target.security_group_id, *(call.rule.source_security_group_id for call in target.calls)}
        return {self._vpc_of_group[group_id] for group_id in groups if group_id in self._vpc_of_group}

    def _failure(self, action: Action, target: Target, answer: Judged) -> CallFailed:
        failed = Failed(*CALLS[action], answer)
        words = failed.words
        match answer.ending:
            case Ending.UNSURE:
                return Unsure(answer.code, words)
            case Ending.THROTTLED:
                return Throttled(answer.code, words)
            case Ending.BUSY:
                return Busy(answer.code, words)
            case Ending.LOCKED:
                return TooEarly(answer.code, words)
            case Ending.PREMATURE if self._own_steps.explain(action, target, self._vpcs_of(target)):
                return TooEarly(answer.code, words)
            case _:
                return Refused(answer.code, words, failed.remedy)


def _another_account(found: str, expected: str) -> Diagnostic:
    return Diagnostic(
        "PRV407",
        "Another account than expected",
        f"The credentials belong to account {found}, not to {expected}, which the block names. Nothing was read.",
        Remedy.of("Use credentials of that account, or correct account_id."),
        setting="account_id",
    )
