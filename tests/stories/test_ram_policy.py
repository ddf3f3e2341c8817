"""`cl providers --ram-policy`: the permissions that a configuration needs, and no others."""

from __future__ import annotations

import json

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, enable

RULES = {
    "ecs:DescribeSecurityGroups",
    "ecs:DescribeSecurityGroupAttribute",
    "ecs:AuthorizeSecurityGroup",
    "ecs:RevokeSecurityGroup",
    "ecs:ModifySecurityGroupRule",
}


def allowed(desk: Desk, *flags: str) -> set[str]:
    statements = json.loads(desk.cl("providers", "--ram-policy", *flags, code=0).out)["Statement"]
    return {action for statement in statements for action in statement["Action"]}


def test_a_configuration_of_links_needs_nothing_of_security_groups(desk: Desk) -> None:
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a"))
    assert not RULES & allowed(desk)
    assert allowed(desk, "--security-groups") == allowed(desk) | RULES


def test_it_is_printed_without_a_configuration(desk: Desk) -> None:
    assert not RULES & allowed(desk)
    assert allowed(desk, "--security-groups") >= RULES


def test_to_read_takes_no_permission_to_write(desk: Desk) -> None:
    reading = allowed(desk, "--read-only", "--security-groups")
    assert reading & RULES == {"ecs:DescribeSecurityGroups", "ecs:DescribeSecurityGroupAttribute"}
    assert all(":Describe" in action for action in reading)


@pytest.mark.parametrize("flag", ["--read-only", "--security-groups"])
def test_what_a_policy_is_for_goes_with_a_policy(desk: Desk, flag: str) -> None:
    assert f"{flag} needs --ram-policy" in desk.cl("providers", flag, code=64).err


def test_a_configuration_that_cannot_be_read_is_an_error(desk: Desk) -> None:
    desk.write(main__hcl="resource {")
    assert "main.hcl" in desk.cl("providers", "--ram-policy", code=1).err
