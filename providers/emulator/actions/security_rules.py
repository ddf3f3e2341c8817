"""Inbound rules of security groups, as they are changed: one call is about up to a hundred rules of one group."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from planner.network.identity import Action, Authorization, RuleBatch, RuleCall, RuleSettings
from planner.network.security_groups import RULES_A_CALL, SecurityGroup, SecurityRule
from providers.emulator.actions.action import ECS, Answer, ApiAction, Request
from providers.emulator.cloud.errors import ApiError, from_refusal, invalid
from providers.emulator.cloud.parameters import Parameters
from providers.emulator.cloud.permissions import FIELDS, description_of, policy_of, priority_of, requested_rules
from providers.mock.rule_calls import security_group_not_found

Named = Callable[[Parameters, SecurityGroup], Sequence[RuleCall]]
"""Finds the rules of a group that a request names."""


def _change(action: Action, named: Named, request: Request) -> Answer:
    """Change the rules that the request names. A repeat by its ClientToken does not look for them again."""
    parameters = request.parameters

    def call() -> None:
        calls = named(parameters, _group(request))
        if not calls:
            message = "The parameter IpProtocol must be specified with case insensitive TCP, UDP, ICMP, GRE or All."
            raise ApiError("InvalidIpProtocol.ValueNotSupported", message)
        request.services.estate.perform(action, RuleBatch(tuple(calls)), request.caller.account_id)

    request.services.client_tokens.once(request.caller.account_id, request.action.name, parameters.all(), call)
    return {}


def _group(request: Request) -> SecurityGroup:
    """The group that a request names, with the rules that the cloud itself knows. Raises ApiError."""
    with request.view() as view:
        group = view.group_as_it_is(request.parameters.text("SecurityGroupId"))
    if group is None:
        raise from_refusal(security_group_not_found())
    return group


def _revoked(parameters: Parameters, group: SecurityGroup) -> Sequence[RuleCall]:
    """Rules by their ids, or by what they say, never both. Raises ApiError."""
    ids, calls = parameters.numbered("SecurityGroupRuleId"), requested_rules(parameters, group)
    if ids and calls:
        message = "The specified parameter Permissions cannot coexist with other parameters."
        raise ApiError("InvalidParam.Permissions", message)
    if len(ids) > RULES_A_CALL:
        raise invalid("SecurityGroupRuleId", f"At most {RULES_A_CALL} can be specified.")
    if len(set(ids)) < len(ids):
        message = "The specified parameter SecurityGroupRuleId is repeated."
        raise ApiError("InvalidParam.SecurityGroupRuleIdRepeated", message)
    return calls or [_call(group, _rule(group, rule_id)) for rule_id in ids]


def _modified(parameters: Parameters, group: SecurityGroup) -> Sequence[RuleCall]:
    """One rule by its id. What is not given, or is empty, stays as it is. Raises ApiError."""
    rule = _rule(group, parameters.text("SecurityGroupRuleId"))
    if policy_of(parameters.text("Policy", rule.policy)) != rule.policy:
        raise ApiError("UnsupportedParameter", 'The emulator does not support another "Policy" here.')
    priority = priority_of(parameters.text("Priority", str(rule.priority)))
    description = description_of(parameters.text("Description") or rule.description)
    return [_call(group, rule, RuleSettings(priority, description))]


_AS_IT_IS = RuleSettings()


def _rule(group: SecurityGroup, rule_id: str) -> SecurityRule:
    """The rule of this id. Raises ApiError."""
    rule = next((rule for rule in group.rules if rule.rule_id == rule_id), None)
    if rule is None:
        message = "The specified SecurityGroupRuleId is not exists."
        raise ApiError("InvalidSecurityGroupRuleId.NotFound", message)
    return rule


def _call(group: SecurityGroup, rule: SecurityRule, settings: RuleSettings = _AS_IT_IS) -> RuleCall:
    """A change of this rule. Raises ApiError."""
    if rule.source_security_group_id is None:
        raise ApiError("UnsupportedParameter", "The emulator cannot change rules whose source is a CIDR block.")
    source, ports = rule.source_security_group_id, rule.port_range
    identity = Authorization(group.security_group_id, source, rule.ip_protocol, ports, rule.policy)
    return RuleCall(identity, settings, rule.rule_id)


_GROUP = ("RegionId", "SecurityGroupId")
_RULES = tuple(f"Permissions.N.{field}" for field in FIELDS)

ACTIONS = (
    ApiAction(
        "AuthorizeSecurityGroup",
        ECS,
        partial(_change, Action.AUTHORIZE_SECURITY_RULE, requested_rules),
        _GROUP,
        ("ClientToken", *_RULES),
    ),
    ApiAction(
        "RevokeSecurityGroup",
        ECS,
        partial(_change, Action.REVOKE_SECURITY_RULE, _revoked),
        _GROUP,
        ("ClientToken", "SecurityGroupRuleId.N", *_RULES),
    ),
    ApiAction(
        "ModifySecurityGroupRule",
        ECS,
        partial(_change, Action.MODIFY_SECURITY_RULE, _modified),
        (*_GROUP, "SecurityGroupRuleId"),
        ("ClientToken", "Policy", "Priority", "Description"),
    ),
)
