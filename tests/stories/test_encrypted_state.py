"""A state goes under a key, from key to key, and back, by commands that change nothing else."""

from __future__ import annotations

import pytest
from desk import Desk
from story_estates import PROVIDER, attach, enable, instances, vpc

FIRST = {"CL_ENCRYPTION_PASSPHRASE": "first secret number one"}
SECOND = {"CL_ENCRYPTION_PASSPHRASE": "second secret number two"}
ROLLOVER = {**SECOND, "CL_ENCRYPTION_FALLBACK_PASSPHRASE": FIRST["CL_ENCRYPTION_PASSPHRASE"]}
BACK = {"CL_ENCRYPTION": "off", "CL_ENCRYPTION_FALLBACK_PASSPHRASE": FIRST["CL_ENCRYPTION_PASSPHRASE"]}


@pytest.fixture
def applied(desk: Desk) -> Desk:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a"))
    desk.cl("apply", "-auto-approve", code=0)
    return desk


@pytest.mark.parametrize("command", [["apply"], ["apply", "--auto-approve"], ["refresh"]])
def test_a_state_goes_over_to_another_key_where_nothing_else_changes(applied: Desk, command: list[str]) -> None:
    assert "was not encrypted" in applied.cl(*command, code=0, **FIRST).err
    assert "Key is missing" in applied.cl("plan", code=1).err
    assert "encrypted with the fallback key" in applied.cl("plan", code=0, **ROLLOVER).err
    assert "was encrypted with the fallback key" in applied.cl(*command, code=0, **ROLLOVER).err
    assert "fallback" not in applied.cl("plan", "-detailed-exitcode", code=0, **ROLLOVER).err
    applied.cl("plan", "-detailed-exitcode", code=0, **SECOND)
    applied.cl("state", "push", "--force", "cl.state.json.backup", code=0, **SECOND)
    assert "Key does not fit" in applied.cl("plan", code=1, **FIRST).err


def test_a_state_goes_back_to_plaintext_only_where_that_is_said(applied: Desk) -> None:
    applied.cl("apply", code=0, **FIRST)
    only_fallback = {name: value for name, value in BACK.items() if name != "CL_ENCRYPTION"}
    assert "CL_ENCRYPTION=off" in applied.cl("apply", code=1, **only_fallback).err
    assert "plaintext now" in applied.cl("apply", code=0, **BACK).err
    assert "classiclink_vpc" in (applied.directory / "cl.state.json.backup").read_text()
    applied.cl("plan", "-detailed-exitcode", code=0)


def test_a_push_of_what_the_state_holds_puts_it_under_the_present_key(applied: Desk) -> None:
    applied.write(s__json=applied.cl("state", "pull", code=0).out)
    assert "encrypted with the present key" in applied.cl("state", "push", "s.json", code=0, **FIRST).err
    applied.cl("state", "push", "s.json", code=0, **ROLLOVER)
    applied.cl("plan", "-detailed-exitcode", code=0, **SECOND)


def test_a_plan_that_was_saved_before_the_rollover_is_applied_with_it(applied: Desk) -> None:
    applied.cl("apply", code=0, **FIRST)
    applied.write(more__hcl='output "n" {\n  value = 2\n}\n')
    applied.cl("plan", "-out=p.json", code=0, **FIRST)
    assert "fallback key" in applied.cl("apply", "p.json", code=0, **ROLLOVER).err
    assert applied.cl("output", "-raw", "n", code=0, **SECOND).out == "2"
