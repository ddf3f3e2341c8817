"""Security groups, and their inbound rules as they are read."""

from __future__ import annotations

from collections.abc import Callable
from fnmatch import fnmatchcase

from planner.network.security_groups import GROUP_TYPES, SecurityGroup, SecurityRule
from providers.emulator.actions.action import ECS, Answer, ApiAction, Request
from providers.emulator.cloud.errors import ApiError, from_refusal
from providers.emulator.cloud.estate import View
from providers.emulator.cloud.paging import Chain, Page
from providers.emulator.cloud.permissions import INTRANET, NIC_TYPES
from providers.mock.rule_calls import security_group_not_found

MOST_GROUPS = 100
"""How many groups one request can name, and how many one answer lists."""
MOST_RULES = 1_000
DEFAULT_RULES = 500
FEWEST_RULES = 10

Matches = Callable[[SecurityGroup], bool]


def _describe_groups(request: Request) -> Answer:
    parameters = request.parameters
    is_chain = bool(parameters.text("NextToken") or parameters.text("MaxResults"))
    with request.view() as view:
        tests = _filters(request)
        matching = [group for group in view.security_groups if all(test(group) for test in tests)]
        if is_chain:
            chain = Chain.requested(parameters, _chain_size(request), request.services.token_ttl)
            part, token = chain.of(matching, lambda group: group.security_group_id)
            totals: dict[str, object] = {"NextToken": token}
        else:
            page = Page.requested(parameters, MOST_GROUPS)
            part, totals = page.of(matching), page.totals(len(matching))
        groups = [_listed_group(view, group) for group in part]
    return {"SecurityGroups": {"SecurityGroup": groups}, "RegionId": view.region_id, **totals}


def _chain_size(request: Request) -> int:
    size = request.parameters.number("MaxResults", 10)
    if size is None or not 1 <= size <= MOST_GROUPS:
        raise ApiError("InvalidParameter.MaxResults", "The specified MaxResults is not valid.")
    return size


def _filters(request: Request) -> list[Matches]:
    parameters = request.parameters
    tests: list[Matches] = []
    ids = parameters.json_list("SecurityGroupIds", "InvalidSecurityGroupIds.Malformed")
    if len(ids) > MOST_GROUPS:
        raise ApiError("InvalidParamNum.ExceedLimit", "The maximum number of security group ids is exceeded.")
    if ids or (ids := [parameters.text("SecurityGroupId")]) != [""]:
        tests.append(lambda group: group.security_group_id in ids)
    if network := parameters.one_of("NetworkType", ("classic", "vpc")):
        tests.append(lambda group: (group.vpc_id is None) == (network == "classic"))
    if kind := parameters.one_of("SecurityGroupType", GROUP_TYPES):
        tests.append(lambda group: group.type == kind)
    if parameters.text("ServiceManaged"):
        managed = parameters.flag("ServiceManaged")
        tests.append(lambda group: group.service_managed is managed)
    if vpc_id := parameters.text("VpcId"):
        tests.append(lambda group: group.vpc_id == vpc_id)
    if name := parameters.text("SecurityGroupName"):
        tests.append(lambda group: fnmatchcase(group.name, name))
    return tests


def _describe_group(request: Request) -> Answer:
    parameters = request.parameters
    size = parameters.number("MaxResults", DEFAULT_RULES)
    if size is None or not FEWEST_RULES <= size <= MOST_RULES:
        raise ApiError("InvalidParameter.MaxResults", "The specified MaxResults is not valid.")
    nic_type = parameters.one_of("NicType", NIC_TYPES)
    direction = parameters.one_of("Direction", ("ingress", "egress", "all"))
    with request.view() as view:
        group = view.security_group(parameters.text("SecurityGroupId"))
        if group is None:
            raise from_refusal(security_group_not_found())
    is_intranet = group.vpc_id is not None or nic_type == INTRANET
    rules = list(enumerate(group.rules)) if is_intranet and direction != "egress" else []
    chain = Chain.requested(parameters, size, request.services.token_ttl)
    part, token = chain.of(rules, lambda numbered: f"{numbered[0]:09d}")
    return {
        "SecurityGroupId": group.security_group_id,
        "SecurityGroupName": group.name,
        "Description": "",
        "RegionId": group.region_id,
        "VpcId": group.vpc_id or "",
        "InnerAccessPolicy": "Accept" if group.inner_access else "Drop",
        "Permissions": {"Permission": [_permission(rule) for _, rule in part]},
        "NextToken": token,
    }


def _listed_group(view: View, group: SecurityGroup) -> dict[str, object]:
    return {
        "SecurityGroupId": group.security_group_id,
        "SecurityGroupName": group.name,
        "Description": "",
        "VpcId": group.vpc_id or "",
        "SecurityGroupType": group.type,
        "ServiceManaged": group.service_managed,
        "RuleCount": len(group.rules),
        "GroupToGroupRuleCount": sum(rule.source_security_group_id is not None for rule in group.rules),
        "CreationTime": "2014-06-01T00:00Z",
        "ResourceGroupId": "",
        "Tags": {"Tag": []},
    }


def _permission(rule: SecurityRule) -> dict[str, object]:
    return {
        "SecurityGroupRuleId": rule.rule_id or "",
        "Direction": "ingress",
        "NicType": INTRANET,
        "IpProtocol": rule.ip_protocol.upper(),
        "PortRange": rule.port_range,
        "Policy": rule.policy.capitalize(),
        "Priority": str(rule.priority),
        "Description": rule.description,
        "SourceGroupId": rule.source_security_group_id or "",
        "SourceGroupName": "",
        "SourceGroupOwnerAccount": "",
        "SourceCidrIp": rule.source_cidr_block or "",
        "SourcePortRange": "",
        "SourcePrefixListId": "",
        "SourcePrefixListName": "",
        "Ipv6SourceCidrIp": "",
        "DestGroupId": "",
        "DestGroupName": "",
        "DestGroupOwnerAccount": "",
        "DestCidrIp": "",
        "DestPrefixListId": "",
        "DestPrefixListName": "",
        "Ipv6DestCidrIp": "",
        "PortRangeListId": "",
        "PortRangeListName": "",
        "CreateTime": "2014-06-01T00:00:00Z",
    }


ACTIONS = (
    ApiAction(
        "DescribeSecurityGroups",
        ECS,
        _describe_groups,
        ("RegionId",),
        (
            "SecurityGroupIds",
            "SecurityGroupId",
            "SecurityGroupName",
            "SecurityGroupType",
            "NetworkType",
            "ServiceManaged",
            "VpcId",
            "NextToken",
            "MaxResults",
            "PageNumber",
            "PageSize",
        ),
    ),
    ApiAction(
        "DescribeSecurityGroupAttribute",
        ECS,
        _describe_group,
        ("RegionId", "SecurityGroupId"),
        ("Direction", "NicType", "NextToken", "MaxResults"),
    ),
)
