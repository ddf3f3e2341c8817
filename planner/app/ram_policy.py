"""The policy that RAM needs for `cl`."""

from __future__ import annotations


def ram_policy_text(*, read_only: bool) -> str:
    """The smallest policy, as JSON for the console; with `read_only` what plans and drift reports need."""
    from providers.alicloud.ram import policy

    return policy(read_only=read_only)
