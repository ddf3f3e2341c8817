"""What the cloud itself says to a call about the rules of a security group, in its API's codes and messages.

A call is judged as a whole: where one of its rules is refused, none is added, removed or changed.
"""

from __future__ import annotations

from planner.network.identity import Action, Authorization, RuleBatch
from planner.network.rule_changes import is_rule
from planner.network.security_groups import (
    ENTERPRISE,
    FIRST_PRIORITY,
    LAST_PRIORITY,
    RULES_A_CALL,
    RULES_PER_GROUP,
    SOURCES_PER_GROUP,
    SecurityGroup,
    check_ports,
)
from providers.base import Refused, description_stays
from providers.mock.cloud import Cloud


def raise_if_rules_refused(cloud: Cloud, action: Action, batch: RuleBatch, caller: str) -> None:
    """Raises Refused where the cloud would not let this call change it; `caller` is the account that makes it."""
    rules = [call.rule for call in batch.calls]
    if len(rules) > RULES_A_CALL:
        raise Refused("InvalidParam.Permissions", f"The number of permissions must not exceed {RULES_A_CALL}.")
    if len(set(rules)) < len(rules):
        raise Refused(
            "InvalidParam.DuplicatePermissions",
            "There are duplicate permissions in the specified parameter Permissions.",
        )
    if any(rule.security_group_id != batch.security_group_id for rule in rules):
        raise Refused("InvalidSecurityGroupId.Malformed", "One call is about one security group.")
    group = _group(cloud, batch.security_group_id, caller)
    if group.service_managed:
        raise Refused(
            "InvalidOperation.ResourceManagedByCloudProduct",
            "The security group has been managed by another cloud product.",
        )
    if action is Action.MODIFY_SECURITY_RULE:
        _may_modify(group, batch)
        return
    for rule in rules:
        _check_sides(cloud, group, rule, caller)
    if action is Action.AUTHORIZE_SECURITY_RULE:
        _may_authorize(group, batch)


def _group(cloud: Cloud, group_id: str, caller: str) -> SecurityGroup:
    group = cloud.security_groups.get(group_id)
    if group is None or group.account_id != (caller or group.account_id):
        raise security_group_not_found()
    return group


def security_group_not_found() -> Refused:
    """The refusal where there is no such security group, or none that the caller owns."""
    return Refused("InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist.")


def _check_sides(cloud: Cloud, group: SecurityGroup, rule: Authorization, caller: str) -> None:
    """One group is of the classic network, the other one of a VPC on which ClassicLink is enabled."""
    source = cloud.security_groups.get(rule.source_security_group_id)
    if source is None or source.region_id != group.region_id:
        raise Refused("InvalidSourceGroupId.NotFound", "The SourceGroupId provided does not exist in our records.")
    _refuse_enterprise(group, source)
    if source.account_id != group.account_id or (group.vpc_id is None) == (source.vpc_id is None):
        raise Refused(
            "InvalidSourceGroupId.Mismatch", "Specified security group and source group are not in the same VPC."
        )
    vpc = cloud.vpcs.get(group.vpc_id or source.vpc_id or "")
    if vpc is None or not vpc.classic_link_enabled:
        raise Refused(
            "InvalidSecurityGroup.InvalidNetworkType",
            "The specified security group network type is not support this operation, please check the security group "
            "network types. For VPC security groups, ClassicLink must be enabled.",
        )


def _refuse_enterprise(*groups: SecurityGroup) -> None:
    if any(group.type == ENTERPRISE for group in groups):
        raise Refused(
            "InvalidGroupAuthParameter.OperationDenied",
            "The security group can not authorize to enterprise level security group.",
        )


def _may_authorize(group: SecurityGroup, batch: RuleBatch) -> None:
    for call in batch.calls:
        try:
            check_ports(call.rule.ip_protocol, call.rule.port_range)
        except ValueError as problem:
            raise Refused("InvalidParam.PortRange", f"{problem}.") from None
        _check_priority(call.settings.priority)
    new = [call.rule for call in batch.calls if not any(is_rule(found, call.rule) for found in group.rules)]
    sources = {found.source_security_group_id for found in group.rules} - {None}
    sources |= {rule.source_security_group_id for rule in new}
    if new and len(group.rules) + len(new) > RULES_PER_GROUP:
        raise Refused("AuthorizationLimitExceed", "The limit of authorization records in the security group reaches.")
    if new and len(sources) > SOURCES_PER_GROUP:
        raise Refused(
            "AuthorizedGroupRule.LimitExceed",
            "You have reached the limit on the number of group authorization rules that you can add to a security "
            "group.When authorization object of rule is security group, the limit is 20.",
        )


def _may_modify(group: SecurityGroup, batch: RuleBatch) -> None:
    _refuse_enterprise(group)
    for call in batch.calls:
        rule = next((found for found in group.rules if is_rule(found, call.rule)), None)
        if rule is None:
            raise Refused("InvalidSecurityGroupRule.RuleNotExist", "The specified rule does not exist.")
        if rule.description and not call.settings.description:
            raise description_stays(rule.description)
        _check_priority(call.settings.priority)


def _check_priority(priority: int) -> None:
    if not FIRST_PRIORITY <= priority <= LAST_PRIORITY:
        raise Refused("InvalidPriority.ValueNotSupported", "The parameter Priority is invalid.")
