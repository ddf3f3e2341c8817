"""What a person reads who sits at a terminal, where stdout and stderr are one screen."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.clouds import EmulatedDesk
from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc
from support.terminal import at_terminal, on_terminal


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
    for messages in (apart.out, apart.err):
        assert " ".join(messages.split()).count("100.64.0.0/16, which does not lie within") == 1


@pytest.mark.parametrize("command", [["plan"], ["plan", "--summary"], ["show", "p"]])
def test_what_to_do_next_is_the_last_line_where_findings_and_plan_are_read_in_one_place(
    desk: Desk, command: list[str]
) -> None:
    estate(desk)
    if command[0] == "show":
        desk.write(main__hcl=(desk.directory / "main.hcl").read_text().replace("vpc-b", "vpc-a"))
        desk.cl("plan", "--out", "p")
    nexts = re.findall("(?m)^Next:  .*$", desk.cl(*command).out)
    assert len(nexts) == 1, "apart, it ends the plan"
    for columns in (40, 200):
        seen = on_terminal(desk, columns, *command)
        assert seen.count("Next:") == 1
        assert seen.endswith(f"\n\n{nexts[0]}\n")


def test_a_report_in_a_file_has_all_of_the_plan_and_no_broken_line(desk: Desk) -> None:
    estate(desk)
    on_terminal(desk, 40, "plan", "-o", "text=plan.txt", "-o", "json")
    assert (desk.directory / "plan.txt").read_text() == desk.cl("plan", code=1, COLUMNS="").out


def test_an_address_is_in_one_piece_on_a_narrow_terminal(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-b", "100.64.0.0/16")], instances=instances(1))
    link = 'resource "classiclink_attachment" "x" {\n  for_each = { "web 1 | of `the` shop" = "i-0001" }\n'
    link += '  instance_id = each.value\n  vpc_id = "vpc-b"\n}\n'
    desk.write(main__hcl=PROVIDER + link)
    address = 'classiclink_attachment.x["web 1 | of `the` shop"]'
    for columns in (40, 80):
        for format_ in ("text", "markdown"):
            assert on_terminal(desk, columns, "plan", "-o", format_).count(address) >= 3
    assert "CL101" in desk.cl("plan", "--target", address, code=1).out


@pytest.mark.parametrize("columns", [60, 80])
def test_no_line_of_a_plan_is_wider_than_the_terminal(desk: Desk, columns: int) -> None:
    estate(desk)
    desk.write(main__hcl=(desk.directory / "main.hcl").read_text().replace("vpc-b", "vpc-a"))
    for command in (["plan"], ["apply", "--auto-approve"], ["plan", "--destroy"], ["drift"]):
        seen = on_terminal(desk, columns, *command)
        assert "vpc-a" in seen or command == ["drift"]
        assert [line for line in seen.split("\n") if len(line.split("\r")[-1]) > columns and "cl " not in line] == []


COMMANDS = (
    ["plan"],
    ["apply", "--auto-approve"],
    ["drift"],
    ["refresh", "--auto-approve"],
    ["import", "--all"],
    ["reach", "i-0001", "i-0002"],
)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_user_who_waits_for_a_cloud_to_be_read_sees_that_it_is(tmp_path: Path, command: list[str]) -> None:
    desk = EmulatedDesk(tmp_path)
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(2))
    slow = PROVIDER.replace("{", '{\n  latency_ms = 300\n  faults = "faults.json"', 1)
    held = {"action": "DescribeVpcs", "kind": "hang", "seconds": 3600, "until": "go"}
    desk.write(main__hcl=slow + enable("shop", "vpc-a"), faults__json=json.dumps([held]), go="")
    try:
        piped = desk.cl(*command)
        assert "Reading the cloud" not in piped.out + piped.err
        (desk.directory / "go").unlink()
        with at_terminal(desk, 80, *command) as terminal:
            terminal.until(r"Reading the cloud: [^\r\n]*\d+ calls?[^\r\n]* … \d+ s")
            (desk.directory / "go").touch()
            terminal.end()
        assert not [line for line in terminal.screen.lines if line.startswith("Reading")], "no such line stays"
        desk.environment["CL_IN_AUTOMATION"] = "1"
        assert "Reading the cloud" not in on_terminal(desk, 80, *command)
    finally:
        desk.close()


def test_init_names_a_cloud_that_cannot_be_opened_on_a_terminal_too(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")])
    gone = 'provider "mock" {\n  alias = "gone"\n  world = "gone.json"\n}\n'
    desk.write(main__hcl=PROVIDER + gone)
    seen = on_terminal(desk, 80, "init")
    assert "gone.json" in seen
    assert "Ready." not in seen


def test_an_open_bracket_continues_an_expression_at_the_prompt_of_the_console(desk: Desk) -> None:
    seen = on_terminal(desk, 120, "console", typed=b"{ for k in [1, 2] :\nk => k * 2\n}\nexit\n")
    assert '{\n  "1" = 2\n  "2" = 4\n}' in seen
    assert "Error" not in seen


def test_each_of_many_steps_has_a_line_where_that_is_wanted(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(60))
    links = "".join(attach(f"n{number}", f"i-{number:04}", "vpc-a") for number in range(1, 61))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + links)
    ended = desk.cl("apply", "--auto-approve", "--every-step", code=0)
    assert len(re.findall(r"\d+  attach i-\d{4} to vpc-a: done \(", ended.err)) == 60
    assert len(re.findall(r"attach i-\d{4} \(", ended.out)) == 60
    seen = on_terminal(desk, 80, "destroy", "--auto-approve", "--every-step", "--accept-detach=60")
    assert len(re.findall(r"\d+  detach i-\d{4} from vpc-a: done \(", seen)) == 60
    ended = desk.cl("apply", "--auto-approve", code=0)
    assert "61 steps; with --every-step each has a line.\n" in ended.err
    assert "attach i-0001 to vpc-a: done" not in ended.err


def _held(desk: Desk, action: str, *faults: dict[str, object]) -> None:
    """A cloud of three VPCs in which one action hangs until there is a file `go`."""
    desk.world(vpcs=[vpc(f"vpc-{letter}") for letter in "abc"], instances=instances(2))
    hangs = {"action": action, "kind": "hang", "seconds": 3600, "until": "go"}
    desk.write(
        main__hcl=PROVIDER.replace("{", '{\n  faults = "faults.json"', 1) + enable("shop", "vpc-a"),
        faults__json=json.dumps([*faults, hangs]),
    )


@pytest.mark.parametrize("kind", [Desk, EmulatedDesk])
def test_a_user_who_waits_for_a_cloud_to_be_read_sees_how_far_it_is_and_throttles(
    tmp_path: Path, kind: type[Desk]
) -> None:
    desk = kind(tmp_path)
    action = "DescribeVSwitches"
    _held(desk, action, {"action": "DescribeVpcs", "kind": "throttle", "nth": 1})
    parts = r"VPC 3 of 3, instance 2 of 2" if kind is EmulatedDesk else r"listing \d of \d"
    if isinstance(desk, EmulatedDesk):
        desk.serve()
    try:
        with at_terminal(desk, 120, "import", "--all") as terminal:
            terminal.until(rf"Reading the cloud: [^\r\n]*{parts}, throttled 1 time, \d+ calls … \d+ s")
            (desk.directory / "go").touch()
            terminal.end()
    finally:
        if isinstance(desk, EmulatedDesk):
            desk.close()


def test_a_user_who_waits_for_a_cloud_that_is_silent_sees_its_host(tmp_path: Path) -> None:
    desk = EmulatedDesk(tmp_path)
    _held(desk, "DescribeVpcs")
    desk.serve()
    try:
        with at_terminal(desk, 120, "import", "--all") as terminal:
            terminal.until(r"Reading the cloud: waiting for 127\.0\.0\.1:\d+, [^\r\n]* … \d+ s")
            terminal.interrupt()
            assert terminal.end() == 130
        assert not [line for line in terminal.screen.lines if line.startswith("Reading")]
    finally:
        desk.close()
