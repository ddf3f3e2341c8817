"""Security groups and their inbound rules: what lets traffic over a link, and what drops it.

A link carries only what security groups let through. Traffic from the classic network into a VPC needs a rule in a
group of the VPC whose source is the classic group; the other way round it is a rule in the classic group.
"""

from __future__ import annotations

from msgspec import Struct

ACCEPT, DROP = "accept", "drop"
POLICIES = (ACCEPT, DROP)
PROTOCOLS = ("tcp", "udp", "icmp", "gre", "all")
WITH_PORTS = frozenset({"tcp", "udp"})
"""The protocols that have ports."""
ALL_PORTS = "-1/-1"
"""The port range of a rule for a protocol that has no ports, or for all protocols."""
ENTERPRISE = "enterprise"
GROUP_TYPES = ("normal", ENTERPRISE)

FIRST_PRIORITY, LAST_PRIORITY = 1, 100
"""A smaller number takes precedence; of rules with the same one, a drop does."""
RULES_PER_GROUP = 200
SOURCES_PER_GROUP = 20
"""How many other groups the rules of one group can name."""
RULES_A_CALL = 100
"""How many rules one call can add, or remove."""

_LAST_PORT = 65_535


class SecurityRule(Struct, frozen=True):
    """An inbound rule of a security group, by its source: either another group or a CIDR block."""

    source_security_group_id: str | None
    source_cidr_block: str | None
    ip_protocol: str
    port_range: str
    policy: str = ACCEPT
    priority: int = FIRST_PRIORITY
    description: str = ""
    rule_id: str | None = None


class SecurityGroup(Struct, frozen=True):
    """A security group. One without a VPC is of the classic network.

    `service_managed` says that a service of the cloud manages it, which alone can edit it. `inner_access` says
    that its members reach each other; a group of the type "enterprise" never lets them.
    """

    security_group_id: str
    region_id: str
    account_id: str
    vpc_id: str | None = None
    type: str = "normal"
    rules: tuple[SecurityRule, ...] = ()
    name: str = ""
    service_managed: bool = False
    inner_access: bool = True


def ports(port_range: str) -> tuple[int, int] | None:
    """The first and the last port of a range such as `80/443`; None for `-1/-1`. Raises ValueError for other texts."""
    if port_range == ALL_PORTS:
        return None
    first, slash, last = port_range.partition("/")
    if not slash or not (first.isascii() and first.isdigit() and last.isascii() and last.isdigit()):
        raise ValueError(f'"{port_range}" is not a port range such as 80/80 or 8000/8099')
    low, high = int(first), int(last)
    if not 1 <= low <= high <= _LAST_PORT or (str(low), str(high)) != (first, last):
        raise ValueError(f'"{port_range}" is not a range of ports between 1 and {_LAST_PORT}, the smaller one first')
    return low, high


def check_ports(ip_protocol: str, port_range: str) -> None:
    """Raises ValueError if this protocol cannot have this port range."""
    found = ports(port_range)
    if ip_protocol in WITH_PORTS and found is None:
        raise ValueError(f"a rule for {ip_protocol} needs ports, such as 80/80; 1/{_LAST_PORT} is all of them")
    if ip_protocol not in WITH_PORTS and found is not None:
        raise ValueError(f"{ip_protocol} has no ports: its port range is {ALL_PORTS}")
