"""The calls that change the rules of a security group.

A rule is named by what it says, or by its id where all rules of the call have one. The API refuses to revoke what is
gone, together with all else in the call: then what is left is revoked::

    revoke [a, b, c] ──"not found"──▶ look: a is gone ──▶ revoke [b, c]
    revoke [a, b]    ──"not found"──▶ look: both are shown still ──▶ revoke [a], revoke [b]
    revoke [a]       ──"not found"──▶ done
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from planner.network.identity import Action, Authorization, RuleCall
from planner.network.rule_changes import is_rule
from planner.network.security_groups import SecurityGroup, SecurityRule
from planner.values import replace
from providers.alicloud.endings import Ending, Judged
from providers.alicloud.products import Product
from providers.base import Refused, description_stays

AUTHORIZE, REVOKE, MODIFY = "AuthorizeSecurityGroup", "RevokeSecurityGroup", "ModifySecurityGroupRule"

CALLS: Mapping[Action, tuple[Product, str]] = {
    Action.AUTHORIZE_SECURITY_RULE: (Product.ECS, AUTHORIZE),
    Action.REVOKE_SECURITY_RULE: (Product.ECS, REVOKE),
    Action.MODIFY_SECURITY_RULE: (Product.ECS, MODIFY),
}

Send = Callable[[str, Mapping[str, str]], Judged]
"""Sends one request of ECS."""
Look = Callable[[str], SecurityGroup | None]
"""Reads a security group now. Raises CallFailed."""

_NO_SUCH_RULE = (  # codes of ModifySecurityGroupRule
    "InvalidSecurityGroupRuleId.NotFound",
    "InvalidParam.SecurityGroupRuleId",
    "SecurityGroupRule.NotFound",
)


def authorize(send: Send, calls: Sequence[RuleCall], client_token: str) -> Judged:
    """Add these rules of one group. Those that exist already stay as they are."""
    return send(AUTHORIZE, {**_group(calls), "ClientToken": client_token, **permissions(calls)})


def revoke(send: Send, look: Look, calls: Sequence[RuleCall]) -> Judged:
    """Remove these rules of one group. Raises CallFailed where what is left of them cannot be looked up."""
    answer = send(REVOKE, {**_group(calls), **_named(calls)})
    if not _is_gone(answer) or (len(calls) == 1 and calls[0].rule_id is None):
        return answer
    group = look(calls[0].rule.security_group_id)
    left = [replace(call, rule_id=rule.rule_id) for call in calls if (rule := _rule_of(group, call.rule))]
    if not left or (len(calls) == 1 and left[0].rule_id == calls[0].rule_id):
        return answer
    if len(left) < len(calls) or len(calls) == 1:
        return revoke(send, look, left)
    for call in left:
        alone = revoke(send, look, [call])
        if alone.ending is not Ending.DONE:
            return alone
    return alone


def modify(send: Send, look: Look, call: RuleCall) -> Judged:
    """Give a rule another priority or description. Raises CallFailed, also where its description is to be removed."""
    group_id, rule_id = call.rule.security_group_id, call.rule_id
    if rule_id is None or not call.settings.description:
        rule_id = _modifiable(look(group_id), call)
    answer = send(MODIFY, _modification(call, rule_id))
    if answer.code in _NO_SUCH_RULE and rule_id == call.rule_id:
        found = _modifiable(look(group_id), call)
        return answer if found == rule_id else send(MODIFY, _modification(call, found))
    return answer


def permissions(calls: Sequence[RuleCall]) -> dict[str, str]:
    """Rules as a request names them by what they say."""
    found: dict[str, str] = {}
    for number, call in enumerate(calls, 1):
        fields = {
            "IpProtocol": call.rule.ip_protocol.upper(),
            "PortRange": call.rule.port_range,
            "SourceGroupId": call.rule.source_security_group_id,
            "NicType": "intranet",
            "Policy": call.rule.policy,
            "Priority": str(call.settings.priority),
            "Description": call.settings.description,
        }
        found |= {f"Permissions.{number}.{name}": value for name, value in fields.items() if value}
    return found


def _group(calls: Sequence[RuleCall]) -> dict[str, str]:
    return {"SecurityGroupId": calls[0].rule.security_group_id}


def _named(calls: Sequence[RuleCall]) -> dict[str, str]:
    """By their ids, where all are known: a call has ids or permissions, never both."""
    ids = [call.rule_id for call in calls if call.rule_id]
    if len(ids) < len(calls):
        return permissions(calls)
    return {f"SecurityGroupRuleId.{number}": rule_id for number, rule_id in enumerate(ids, 1)}


def _is_gone(answer: Judged) -> bool:
    """Whether the API says that a rule to be revoked does not exist: that is "done" for a rule alone."""
    return answer.ending is Ending.DONE and bool(answer.code)


def _rule_of(group: SecurityGroup | None, rule: Authorization) -> SecurityRule | None:
    return next((found for found in group.rules if is_rule(found, rule)), None) if group else None


def _modification(call: RuleCall, rule_id: str) -> dict[str, str]:
    """The policy is repeated: a request that names none could mean the default one."""
    settings = call.settings
    changes = {"Policy": call.rule.policy, "Priority": str(settings.priority), "Description": settings.description}
    rule = {**_group([call]), "SecurityGroupRuleId": rule_id}
    return {**rule, **{name: value for name, value in changes.items() if value}}


def _modifiable(group: SecurityGroup | None, call: RuleCall) -> str:
    """The id of the rule to be modified. Raises Refused where it is gone, or the API cannot modify it so."""
    rule = _rule_of(group, call.rule)
    if rule is None or rule.rule_id is None:
        raise Refused("InvalidSecurityGroupRule.RuleNotExist", "The specified rule does not exist.")
    if rule.description and not call.settings.description:
        raise description_stays(rule.description)
    return rule.rule_id
