"""A directory that `cl` may read and not write: nothing is done to the cloud, and planning goes on."""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.killing import APPLY, Desk
from support.mixed_estate import PLACE

NOBODY = 65534
ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


@pytest.fixture
def desk() -> Iterator[Desk]:
    """A project of root's, and a simulated cloud that everybody may write; both in a place that everybody may enter."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for directory, mode in ((root, 0o755), (root / "project", 0o755), (root / "cloud", 0o777)):
            directory.mkdir(exist_ok=True)
            directory.chmod(mode)
        world = {
            "vpcs": [{"vpc_id": "vpc-a", **PLACE, "cidr_block": "172.16.0.0/12"}],
            "instances": [{"instance_id": "i-1", **PLACE, "network_type": "classic", "private_ip": "10.1.1.1"}],
        }
        (root / "cloud" / "world.json").write_text(json.dumps(world))
        (root / "cloud" / "world.json").chmod(0o666)
        (root / "project" / "main.hcl").write_text(
            'provider "mock" {\n  world    = "../cloud/world.json"\n  call_log = "../cloud/calls.jsonl"\n}\n'
            'resource "classiclink_vpc" "shop" {\n  vpc_id = "vpc-a"\n}\n'
        )
        (root / "project" / "said.txt").touch()
        (root / "project" / "said.txt").chmod(0o666)
        desk = Desk(root / "project")
        load_everything(desk)
        yield desk


def load_everything(desk: Desk) -> None:
    """Another user may not be able to read the program, so it is loaded first."""
    for module in pkgutil.walk_packages([str(ROOT / "planner")], "planner."):
        importlib.import_module(module.name)
    desk.cl_here("plan")
    desk.cl_here("apply", "--no-such-option")


def as_nobody() -> None:
    os.setgid(NOBODY)
    os.setuid(NOBODY)


def world_of(desk: Desk) -> dict[str, object]:
    world: dict[str, object] = json.loads((desk.directory / "../cloud/world.json").read_text())
    return world


def test_a_user_who_may_not_write_here_is_informed_before_anything_is_done(desk: Desk) -> None:
    before = world_of(desk)
    assert desk.cl("plan", "--detailed-exitcode", first=as_nobody) == 2, desk.said
    assert desk.cl(*APPLY, first=as_nobody) == 1
    assert "Lock cannot be written" in desk.said
    assert "Permission denied" in desk.said
    assert world_of(desk) == before
    assert not (desk.directory / "../cloud/calls.jsonl").exists()


def test_a_user_who_may_not_read_the_state_is_shown_how_to_get_permission(desk: Desk) -> None:
    assert desk.cl(*APPLY) == 0, desk.said
    (desk.directory / "../cloud/calls.jsonl").chmod(0o666)
    for reading in ("plan", "drift", "state list", "output"):
        assert desk.cl(*reading.split(), first=as_nobody) == 1
        assert "chmod u+rw cl.state.json" in desk.said
    (desk.directory / "cl.state.json").chmod(0o644)
    assert desk.cl("plan", "--detailed-exitcode", first=as_nobody) == 0, desk.said
    for command in (("state", "rm", "classiclink_vpc.shop"), ("import", "classiclink_vpc.shop", "vpc-a")):
        assert desk.cl(*command, first=as_nobody) == 1
        assert "Lock cannot be written" in desk.said, desk.said


def test_where_only_the_state_may_not_be_replaced_what_was_done_can_be_pushed(desk: Desk) -> None:
    """A directory whose files belong to others and stay (its sticky bit is set), as /tmp is."""
    assert desk.cl("plan") == 0
    (desk.directory / "cl.state.json").write_text(json.dumps({"version": 1, "serial": 1, "lineage": "l"}))
    (desk.directory / "cl.state.json").chmod(0o644)
    desk.directory.chmod(0o1777)
    assert desk.cl(*APPLY, first=as_nobody) == 1
    assert "State cannot be written" in desk.said
    assert "cl state push errored.cl.state.json" in desk.said
    assert desk.cl("state", "push", "errored.cl.state.json") == 0, desk.said
    assert desk.cl("plan", "--detailed-exitcode") == 0, desk.said
