"""`cl apply` as a process: stale plans, a cloud that moved, a lock, Ctrl-C and crashes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from planner.state.backends.local.lock import lock
from support.forked import start_cl
from support.watching import PATIENCE, until

CONFIGURATION = """
provider "mock" {{
  world    = "world.json"
  call_log = "calls.jsonl"
  {settings}
}}

resource "classiclink_vpc" "shop" {{
  vpc_id = "vpc-a"
}}

resource "classiclink_attachment" "web" {{
  for_each    = toset([for n in range(12) : "i-${{n}}"])
  instance_id = each.key
  vpc_id      = classiclink_vpc.shop.vpc_id
}}
"""
STEPS = 13


class Desk:
    """A directory with a configuration, and `cl` to be run in it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.configure("")
        place = {"account_id": "1", "region_id": "r"}
        instances = [
            {"instance_id": f"i-{n}", **place, "network_type": "classic", "private_ip": f"10.1.1.{n}"}
            for n in range(12)
        ]
        vpcs = [{"vpc_id": f"vpc-{letter}", **place, "cidr_block": "172.16.0.0/12"} for letter in "ab"]
        self.world(vpcs=vpcs, instances=instances)

    def configure(self, settings: str) -> None:
        (self.directory / "main.hcl").write_text(CONFIGURATION.format(settings=settings))

    def world(self, **changes: Any) -> None:
        path = self.directory / "world.json"
        world = json.loads(path.read_text()) if path.exists() else {"format_version": "1.0", "account_id": "1"}
        path.write_text(json.dumps({**world, **changes}))

    def faults(self, *faults: dict[str, Any]) -> None:
        (self.directory / "faults.json").write_text(json.dumps(faults))
        self.configure('faults = "faults.json"')

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("CL_")}
        return start_cl(arguments, self.directory, environment)

    def cl(self, *arguments: str) -> tuple[int, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=PATIENCE)
        assert "Traceback" not in err
        return process.returncode, out + err

    def calls(self) -> list[tuple[str, str | None]]:
        log = self.directory / "calls.jsonl"
        calls = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return [(call["action"], call["instance_id"]) for call in calls if call["outcome"] in ("ok", "lost_reply")]

    def assert_all_is_as_declared(self) -> None:
        code, said = self.cl("plan", "--detailed-exitcode")
        assert code == 0, said
        assert len(self.calls()) == len(set(self.calls())) == STEPS


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("kind", ["crash_before", "crash_after"])
def test_an_apply_that_crashed_is_completed_by_the_next_one(desk: Desk, kind: str) -> None:
    desk.faults({"action": "AttachClassicLinkVpc", "nth": 6, "kind": kind})
    assert desk.cl("apply", "--auto-approve")[0] == -signal.SIGKILL
    assert (desk.directory / "cl.state.json.journal").exists()
    desk.configure("")
    code, said = desk.cl("apply", "--auto-approve")
    assert code == 0
    assert "State was completed after a crash" in said
    desk.assert_all_is_as_declared()


def test_a_first_ctrl_c_ends_what_runs_and_shows_what_is_left(desk: Desk) -> None:
    desk.faults({"action": "AttachClassicLinkVpc", "nth": 2, "kind": "hang", "seconds": 3600, "until": "go"})
    process = desk.start("apply", "--auto-approve", "--parallelism=1", "--json")
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["type"] == "apply_complete":
            process.send_signal(signal.SIGINT)
            (desk.directory / "go").touch()
            break
    rest = [json.loads(line) for line in process.stdout]
    assert process.wait(PATIENCE) == 130
    [summary] = [event for event in rest if event["type"] == "change_summary"]
    assert summary["interrupted"]
    assert summary["left"] > 0
    assert not (desk.directory / "cl.state.json.journal").exists()
    desk.configure("")
    assert desk.cl("apply", "--auto-approve")[0] == 0
    desk.assert_all_is_as_declared()


def test_a_second_ctrl_c_stops_at_once_and_the_next_apply_goes_on(desk: Desk) -> None:
    desk.faults({"action": "AttachClassicLinkVpc", "nth": 4, "kind": "hang", "seconds": 3600})
    process = desk.start("apply", "--auto-approve", "--parallelism=1")
    assert process.stderr is not None
    until(lambda: len(desk.calls()) == 5)
    process.send_signal(signal.SIGINT)
    assert any("Apply is stopping" in line for line in process.stderr)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 130
    assert (desk.directory / "cl.state.json.journal").exists()
    desk.configure("")
    assert desk.cl("apply", "--auto-approve")[0] == 0
    desk.assert_all_is_as_declared()


def test_a_saved_plan_of_a_state_that_has_moved_is_refused(desk: Desk) -> None:
    assert desk.cl("apply", "--auto-approve")[0] == 0
    assert desk.cl("plan", "--destroy", "--accept-detach=12", "--out", "plan.json")[0] == 0
    assert desk.cl("state", "rm", 'classiclink_attachment.web["i-0"]')[0] == 0
    code, said = desk.cl("apply", "plan.json")
    assert code == 1
    assert "serial 1" in said
    assert "serial 2" in said
    assert "cl state rm" in said
    assert len(desk.calls()) == STEPS


def test_where_the_cloud_has_moved_since_the_plan_nothing_is_applied(desk: Desk) -> None:
    assert desk.cl("plan", "--out", "plan.json")[0] == 0
    world = json.loads((desk.directory / "world.json").read_text())
    world["vpcs"][1]["classic_link_enabled"] = True
    desk.world(vpcs=world["vpcs"], links=[{"instance_id": "i-3", "vpc_id": "vpc-b"}])
    code, said = desk.cl("apply", "plan.json")
    assert code == 1
    assert "CL202" in said
    assert "i-3" in said
    assert not desk.calls()
    assert not (desk.directory / "cl.state.json").exists()


def test_an_apply_beside_another_is_refused_and_reported_who_it_is(desk: Desk) -> None:
    with lock(desk.directory / "cl.state.json.lock", "apply"):
        code, said = desk.cl("apply", "--auto-approve")
        assert code == 1
        assert f"process {os.getpid()}" in " ".join(said.split())
        assert desk.cl("plan")[0] == 0
    assert not desk.calls()
