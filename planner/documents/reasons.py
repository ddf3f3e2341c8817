"""What a plan can list, and why."""

from __future__ import annotations

from enum import StrEnum

DATA_SOURCES = (
    "classiclink_instances",
    "classiclink_vpcs",
    "classiclink_vswitches",
    "classiclink_security_groups",
    "cl_state",
    "terraform_state",
)
"""The types of what is only read."""


class Reason(StrEnum):
    """Why an object changes: the closed set."""

    DECLARED = "declared"
    NOT_DECLARED = "not_declared"
    ATTRIBUTES_DIFFER = "attributes_differ"
    VPC_CHANGED = "vpc_changed"
    IDENTITY_CHANGED = "identity_changed"
    DETACHED_OUTSIDE = "detached_outside"
    DISABLED_OUTSIDE = "disabled_outside"
    INSTANCE_GONE = "instance_gone"
    VPC_GONE = "vpc_gone"
    SECURITY_GROUP_GONE = "security_group_gone"
    ROUTE_REMOVED_OUTSIDE = "route_removed_outside"
    RULE_REVOKED_OUTSIDE = "rule_revoked_outside"
    MOVED_OUTSIDE = "moved_outside"
    MOVE_CUT_SHORT = "move_cut_short"
    CHANGED_OUTSIDE = "changed_outside"
    GONE_OUTSIDE = "gone_outside"
    HELD_TWICE = "held_twice"
    ADOPTED = "adopted"
    IMPORT_BLOCK = "import_block"
    READDRESSED = "readdressed"
    MOVED_BLOCK = "moved_block"
    PROVIDER_CHANGED = "provider_changed"
    REMOVED_BLOCK = "removed_block"
    REPLACE_ASKED = "replace_asked"
    REPLACE_TRIGGERED = "replace_triggered"
    DESTROY = "destroy"
    DRAIN = "drain"
    READ_ARGUMENTS_UNKNOWN = "read_because_config_unknown"
    READ_DEPENDENCY_CHANGES = "read_because_dependency_pending"
