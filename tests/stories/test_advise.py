"""The connection table, asked from the command line."""

from __future__ import annotations

import pytest
from desk import Desk


@pytest.mark.parametrize(
    ("flags", "region", "account"),
    [
        ((), "--same-region", "--same-account"),
        (("--different-region",), "--different-region", "--same-account"),
        (("--different-account",), "--same-region", "--different-account"),
    ],
)
def test_ends_are_in_one_region_and_of_one_account_where_nothing_else_is_said(
    desk: Desk, flags: tuple[str, ...], region: str, account: str
) -> None:
    ends = ("advise", "--json", "--from", "classic", "--to", "vpc")
    assert desk.cl(*ends, *flags, code=0).json == desk.cl(*ends, region, account, code=0).json


@pytest.mark.parametrize("flags", [("--from", "classic"), ("--to", "vpc"), ("i-1",), ("i-1", "vpc-a", "--same-region")])
def test_half_a_question_is_a_wrong_command_line(desk: Desk, flags: tuple[str, ...]) -> None:
    assert "Give " in desk.cl("advise", *flags, code=64).err or "give no flags" in desk.cl("advise", *flags).err
