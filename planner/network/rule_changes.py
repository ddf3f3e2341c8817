"""What a step does to the rules of a security group."""

from __future__ import annotations

from planner.network.identity import Action, Authorization, RuleSettings
from planner.network.security_groups import SecurityGroup, SecurityRule
from planner.values import replace


def is_rule(found: SecurityRule, rule: Authorization) -> bool:
    """Whether this rule of the group is the one that the identity stands for."""
    return (
        found.source_security_group_id == rule.source_security_group_id
        and found.ip_protocol == rule.ip_protocol
        and found.port_range == rule.port_range
        and found.policy == rule.policy
    )


def after_change(
    group: SecurityGroup, action: Action, rule: Authorization, settings: RuleSettings, rule_id: str | None = None
) -> SecurityGroup:
    """The group after this step. To authorize a rule that is there, as to revoke one that is gone, changes nothing."""
    present = any(is_rule(found, rule) for found in group.rules)
    if action is Action.AUTHORIZE_SECURITY_RULE:
        return group if present else replace(group, rules=(*group.rules, _made(rule, settings, rule_id)))
    if not present:
        return group
    if action is Action.REVOKE_SECURITY_RULE:
        return replace(group, rules=tuple([found for found in group.rules if not is_rule(found, rule)]))
    return replace(
        group,
        rules=tuple(
            [
                replace(found, priority=settings.priority, description=settings.description)
                if is_rule(found, rule)
                else found
                for found in group.rules
            ]
        ),
    )


def _made(rule: Authorization, settings: RuleSettings, rule_id: str | None) -> SecurityRule:
    return SecurityRule(
        rule.source_security_group_id,
        None,
        rule.ip_protocol,
        rule.port_range,
        rule.policy,
        settings.priority,
        settings.description,
        rule_id,
    )
