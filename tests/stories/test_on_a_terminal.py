"""What a person reads who sits at a terminal, where stdout and stderr are one screen."""

from __future__ import annotations

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc
from support.terminal import on_terminal


def estate(desk: Desk) -> None:
    """Two links that a rule warns of, and one that a rule forbids."""
    desk.world(
        vpcs=[vpc("vpc-a", secondary_cidr_blocks=["172.31.0.0/16"]), vpc("vpc-b", "100.64.0.0/16")],
        instances=instances(3),
    )
    links = (
        attach("first", "i-0001", "vpc-a") + attach("second", "i-0002", "vpc-a") + attach("third", "i-0003", "vpc-b")
    )
    desk.write(main__hcl=PROVIDER + enable("shop_with_quite_a_long_name", "vpc-a") + links)


@pytest.mark.parametrize("command", [["plan"], ["apply", "--auto-approve"]])
def test_each_finding_is_read_once_on_a_terminal(desk: Desk, command: list[str]) -> None:
    estate(desk)
    seen = on_terminal(desk, 200, *command)
    assert seen.count("has a secondary CIDR block") + seen.count("has secondary CIDR blocks") == 1
    assert seen.count("100.64.0.0/16, which does not lie within") == 1
    apart = desk.cl(*command, code=1)
    for told in (apart.out, apart.err):
        assert " ".join(told.split()).count("100.64.0.0/16, which does not lie within") == 1


@pytest.mark.parametrize("columns", [60, 80])
def test_no_line_of_a_plan_is_wider_than_the_terminal(desk: Desk, columns: int) -> None:
    estate(desk)
    desk.write(main__hcl=(desk.directory / "main.hcl").read_text().replace("vpc-b", "vpc-a"))
    for command in (["plan"], ["apply", "--auto-approve"], ["plan", "--destroy"], ["drift"]):
        seen = on_terminal(desk, columns, *command)
        assert "vpc-a" in seen or command == ["drift"]
        assert [line for line in seen.split("\n") if len(line.split("\r")[-1]) > columns and "cl " not in line] == []


def test_an_open_bracket_continues_an_expression_at_the_prompt_of_the_console(desk: Desk) -> None:
    seen = on_terminal(desk, 120, "console", typed=b"{ for k in [1, 2] :\nk => k * 2\n}\nexit\n")
    assert '{\n  "1" = 2\n  "2" = 4\n}' in seen
    assert "Error" not in seen
