"""Files behind symbolic links: the state is one, whichever link leads there, and a circle is told in words."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc
from support.watching import PATIENCE


@pytest.fixture
def pair(desk: Desk) -> tuple[Desk, Desk]:
    """Two directories with one configuration, whose states are links to one file."""
    both: list[Desk] = []
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(3))
    for name in ("one", "two"):
        directory = desk.directory / name
        directory.mkdir()
        (directory / "world.json").symlink_to("../world.json")
        (directory / "cl.state.json").symlink_to("../shared.json")
        both.append(Desk(directory))
        links = attach("web", "i-0001", "vpc-a") + attach("app", "i-0002", "vpc-a")
        both[-1].write(main__hcl=PROVIDER.replace("}", '  faults = "faults.json"\n}') + enable("shop", "vpc-a") + links)
        both[-1].write(faults__json="[]")
    return both[0], both[1]


def test_an_apply_by_one_link_keeps_out_who_comes_by_another(pair: tuple[Desk, Desk]) -> None:
    one, two = pair
    one.cl("apply", "-auto-approve", "-target=classiclink_vpc.shop", code=0)
    fault = {"action": "AttachClassicLinkVpc", "nth": 2, "kind": "hang", "seconds": 3600}
    one.write(faults__json=json.dumps([fault]))
    process = one.start("apply", "-auto-approve", "-json", "-parallelism=1")
    assert process.stdout is not None
    assert any('"apply_complete"' in line for line in process.stdout)
    refused = two.cl("state", "rm", "classiclink_vpc.shop", code=1)
    assert f"process {process.pid}" in " ".join(refused.err.split())
    process.kill()
    process.communicate(timeout=PATIENCE)
    assert process.returncode == -signal.SIGKILL
    assert "An apply was interrupted" in two.cl("state", "rm", "classiclink_vpc.shop", code=1).err
    assert "State was completed after a crash" in two.cl("apply", "-auto-approve", code=0).err
    one.write(faults__json="[]")
    one.cl("plan", "-detailed-exitcode", code=0)
    for desk in pair:
        assert (desk.directory / "cl.state.json").is_symlink()
    assert sorted(path.name for path in one.directory.parent.glob("shared*")) == [
        "shared.json",
        "shared.json.backup",
        "shared.json.history",
    ]


def test_links_in_a_circle_are_reported_in_words(desk: Desk) -> None:
    (desk.directory / "circle").symlink_to("circle")
    desk.world(vpcs=[vpc("vpc-a")])
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a"))
    for command in (["plan", "-out=circle"], ["apply", "circle"], ["import", "--all", "--write", "circle/x.hcl"]):
        desk.cl(*command, code=1)
    (desk.directory / "cl.state.json").symlink_to("cl.state.json")
    for command in (["plan"], ["apply", "-auto-approve"], ["state", "list"], ["workspace", "list"]):
        ended = desk.cl(*command)
        assert ("STA101" in ended.err) == (command != ["workspace", "list"])
    desk.write(main__hcl='provider "mock" {\n  world = "circle"\n}\n')
    assert "circle" in desk.cl("plan", code=1).err
    desk.write(main__hcl='module "m" {\n  source = "./circle"\n}\n')
    assert "circle" in desk.cl("plan", code=1).err


def test_a_plan_is_written_into_a_pipe_and_does_not_replace_it(pair: tuple[Desk, Desk]) -> None:
    one, _ = pair
    pipe = one.directory / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["cat", str(pipe)], stdout=subprocess.PIPE, text=True) as reader:
        one.cl("plan", "-out=pipe", code=0)
        assert json.loads(reader.communicate(timeout=PATIENCE)[0])["format_version"]
    assert pipe.is_fifo()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a device")
def test_a_plan_does_not_replace_a_device_whatever_link_leads_there(pair: tuple[Desk, Desk]) -> None:
    one, _ = pair
    null = one.directory / "null"
    os.mknod(null, 0o666 | stat.S_IFCHR, os.makedev(1, 3))
    (one.directory / "link").symlink_to("null")
    for name in ("null", "link"):
        one.cl("plan", f"-out={name}", code=0)
    assert null.is_char_device()
