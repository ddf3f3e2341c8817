"""What RAM has to allow: the actions of each command, as policy statements."""

from __future__ import annotations

import json
from collections.abc import Iterable

READS = (
    "ecs:DescribeClassicLinkInstances",
    "ecs:DescribeInstances",
    "ecs:DescribeZones",
    "vpc:DescribeRouteEntryList",
    "vpc:DescribeVSwitches",
    "vpc:DescribeVpcAttribute",
    "vpc:DescribeVpcs",
)
"""What reading a region needs. Who one is, GetCallerIdentity, needs no permission."""
WRITES = (
    "ecs:AttachClassicLinkVpc",
    "ecs:DetachClassicLinkVpc",
    "vpc:DisableVpcClassicLink",
    "vpc:EnableVpcClassicLink",
)
"""What an apply needs beside."""

RULE_READS = ("ecs:DescribeSecurityGroupAttribute", "ecs:DescribeSecurityGroups")
"""What reading security groups needs beside."""
RULE_WRITES = ("ecs:AuthorizeSecurityGroup", "ecs:ModifySecurityGroupRule", "ecs:RevokeSecurityGroup")
"""What an apply needs that changes their rules."""


def policy(*, read_only: bool, security_rules: bool = False) -> str:
    """The smallest policy that `cl` works with, as JSON for the console; for security rules on demand."""
    groups = [(READS, WRITES), *([(RULE_READS, RULE_WRITES)] if security_rules else [])]
    reads, writes = (sorted(action for group in groups for action in group[at]) for at in (0, 1))
    statements = [_statement(reads)] if read_only else [_statement(reads), _statement(writes)]
    return json.dumps({"Version": "1", "Statement": statements}, indent=2)


def missing_statement(action: str) -> str:
    """The statement that allows one action, in one line."""
    return json.dumps(_statement([action]))


def _statement(actions: Iterable[str]) -> dict[str, object]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
