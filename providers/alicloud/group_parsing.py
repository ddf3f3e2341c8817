"""Security groups and their rules as answers have them. All functions raise Malformed.

Rules are skipped whose source is neither a security group nor an IPv4 CIDR block, whose ports are a list, or which name
ports of origin or addresses of destination: a world has no words for them.
"""

from __future__ import annotations

from collections.abc import Iterable

from planner.network.security_groups import ACCEPT, ALL_PORTS, PROTOCOLS, SecurityGroup, SecurityRule
from providers.alicloud.fields import Fields, Malformed, flag, items, text

_EVERY_PORT = ("", ALL_PORTS)


def group_of_pages(pages: Iterable[Fields], account_id: str) -> SecurityGroup:
    """The group of a DescribeSecurityGroupAttribute, which comes in pages, and a page may come twice.

    Its type and who manages it are not in there.
    """
    rules: dict[SecurityRule, None] = {}
    first: Fields = {}
    for page in pages:
        first = first or page
        found = (security_rule(one) for one in items(page, "Permissions", "Permission"))
        rules.update((rule, None) for rule in found if rule is not None)
    return SecurityGroup(
        security_group_id=text(first, "SecurityGroupId"),
        region_id=text(first, "RegionId"),
        account_id=account_id,
        vpc_id=text(first, "VpcId", "") or None,
        rules=tuple(rules),
        name=text(first, "SecurityGroupName", ""),
        inner_access=text(first, "InnerAccessPolicy", ACCEPT).lower() == ACCEPT,
    )


def listed_group(fields: Fields) -> tuple[str, str, bool]:
    """The id of a group of DescribeSecurityGroups, its type, and whether a service manages it."""
    return text(fields, "SecurityGroupId"), text(fields, "SecurityGroupType", "normal"), flag(fields, "ServiceManaged")


def security_rule(fields: Fields) -> SecurityRule | None:
    """A rule, or None for one that is skipped. Where it names a group and a CIDR block, the block counts."""
    protocol = text(fields, "IpProtocol").lower()
    source, block = text(fields, "SourceGroupId", "") or None, text(fields, "SourceCidrIp", "") or None
    is_narrower = text(fields, "DestCidrIp", "") or text(fields, "SourcePortRange", "") not in _EVERY_PORT
    if protocol not in PROTOCOLS or not (source or block) or is_narrower or text(fields, "PortRangeListId", ""):
        return None
    return SecurityRule(
        source_security_group_id=None if block else source,
        source_cidr_block=block,
        ip_protocol=protocol,
        port_range=text(fields, "PortRange"),
        policy=text(fields, "Policy", ACCEPT).lower(),
        priority=_priority(text(fields, "Priority", "1")),
        description=text(fields, "Description", ""),
        rule_id=text(fields, "SecurityGroupRuleId", "") or None,
    )


def _priority(given: str) -> int:
    if not (given.isascii() and given.isdigit()):
        raise Malformed("Priority is not a whole number")
    return int(given)
