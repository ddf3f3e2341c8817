"""An import that writes blocks, ended anywhere: what it leaves is never a state of what no block declares.

The next plan takes no link away then, and the same import, made again, ends as if it were the first. The suite ends it
at every third point; `CL_KILLS=all` does at every one.
"""

from __future__ import annotations

import errno
import json
import os
import resource
import signal
import sys
from itertools import count
from pathlib import Path

import pytest

from support.killing import Desk, count_points, full_after, killed_at

IMPORT = ("import", "--all", "--write", "links.hcl")
LINKS = 40
EVERY = os.environ.get("CL_KILLS") == "all"


@pytest.fixture(autouse=True, scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> None:
    """All that an import and a plan load, so that the processes that are forked need not."""
    desk = estate(tmp_path_factory.mktemp("loaded") / "desk")
    desk.cl_here(*IMPORT)
    desk.cl_here("plan", "--out", "plan.json")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return estate(tmp_path / "desk")


def estate(directory: Path) -> Desk:
    """Unmanaged links."""
    directory.mkdir()
    place = {"account_id": "1001", "region_id": "cn-hangzhou"}
    ids = [f"i-{number:04}" for number in range(LINKS)]
    world = {
        "format_version": "1.0",
        "account_id": "1001",
        "vpcs": [{"vpc_id": "vpc-a", "cidr_block": "172.16.0.0/12", "classic_link_enabled": True, **place}],
        "instances": [
            {"instance_id": one, "network_type": "classic", "private_ip": f"10.1.0.{number + 1}", **place}
            for number, one in enumerate(ids)
        ],
        "links": [{"instance_id": one, "vpc_id": "vpc-a"} for one in ids],
    }
    (directory / "world.json").write_text(json.dumps(world))
    (directory / "main.hcl").write_text('provider "mock" {\n  world = "world.json"\n}\n')
    return Desk(directory)


def plan_of(desk: Desk) -> list[str]:
    """The actions that the next plan has."""
    assert desk.cl("plan", "--out", "plan.json") == 0, desk.said
    return [step["action"] for step in json.loads((desk.directory / "plan.json").read_text())["steps"]]


def assert_nothing_is_lost(desk: Desk, after: str) -> None:
    """Whatever is there, no plan takes a link away; the import made again takes over all of them."""
    assert plan_of(desk) == [], f"{after}\n{desk.said}"
    assert desk.cl(*IMPORT) == 0, f"{after}\n{desk.said}"
    assert len(desk.store.read().objects) == LINKS + 1
    assert (desk.directory / "links.hcl").read_text().count("i-") == LINKS
    assert desk.cl("plan", "--detailed-exitcode") == 0, f"{after}\n{desk.said}"


def test_an_import_that_is_killed_anywhere_loses_nothing(tmp_path: Path) -> None:
    points = count_points(estate(tmp_path / "counted"), IMPORT)
    assert points > 20
    for point in range(1, points + 1, 1 if EVERY else 3):
        desk = estate(tmp_path / f"killed at {point}")
        assert desk.cl(*IMPORT, first=killed_at(point)) == -signal.SIGKILL
        assert_nothing_is_lost(desk, f"killed at point {point}")


def test_an_import_whose_disk_is_full_anywhere_loses_nothing(tmp_path: Path) -> None:
    step = 700 if EVERY else 2_100
    for room in count(0, step):
        desk = estate(tmp_path / f"room for {room}")
        code = desk.cl(*IMPORT, first=full_after(room))
        if code == 0:
            assert room > step
            break
        assert code == 1, desk.said
        assert "No space left on device" in " ".join(desk.said.split())
        assert list(desk.directory.glob(".*")) == []
        assert_nothing_is_lost(desk, f"room for {room} bytes")


def test_no_part_of_the_blocks_is_left_where_they_have_no_room(desk: Desk) -> None:
    def small_files() -> None:
        sys.dont_write_bytecode = True  # half a module would be left for everybody
        resource.setrlimit(resource.RLIMIT_FSIZE, (500, 500))

    assert desk.cl(*IMPORT, first=small_files) == 1
    said = " ".join(desk.said.split())
    assert "links.hcl: File too large. Nothing was imported." in said
    assert "To fix: Raise the limit on the size of a file: ulimit -f shows it." in said
    assert sorted(path.name for path in desk.directory.iterdir()) == ["main.hcl", "said.txt", "world.json"]
    assert_nothing_is_lost(desk, "small files")


def test_on_a_file_system_without_hard_links_a_new_file_is_whole_too(desk: Desk, tmp_path: Path) -> None:
    def without_links() -> None:
        def link(*_names: object) -> None:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))

        os.link = link  # type: ignore[assignment]

    assert desk.cl(*IMPORT, first=without_links) == 0, desk.said
    assert_nothing_is_lost(desk, "no hard links")
    assert desk.cl("import", "--all", "--write", "main.hcl", first=without_links) == 0
    taken = (desk.directory / "main.hcl").read_text()
    bare = estate(tmp_path / "bare")
    assert bare.cl("import", "--all", "--write", "main.hcl", first=without_links) == 1
    assert "main.hcl: File exists. Nothing was imported." in " ".join(bare.said.split())
    assert (bare.directory / "main.hcl").read_text() == taken
