"""Errors from closing a file, which is when a network file system says that what was written is lost."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from planner.network.identity import Action, Link
from providers.base import Unsure
from support.failing_calls import failing, is_file
from support.killing import APPLY, Desk
from support.mock_worlds import Calls, Opener, Record

FILES = ("world.json.log", "calls.jsonl", "world.json.lock")


@pytest.mark.parametrize("name", FILES)
def test_the_outcome_of_a_call_whose_files_cannot_be_closed_is_unknown(
    name: str, world: Record, open_cloud: Opener, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = open_cloud(world)
    with monkeypatch.context() as patch:
        failed = failing(patch, "close", errno.EIO, is_file(name))
        with pytest.raises(Unsure, match=r"ended as ok, and the world could not be closed: Input/output error"):
            cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
        assert len(failed) == 1
    assert cloud.read().links["i-3"] == "vpc-a"
    cloud.close()
    assert open_cloud().read().links["i-3"] == "vpc-a"
    assert [(call["instance_id"], call["outcome"]) for call in calls()] == [("i-3", "ok")]


def test_an_effect_that_was_lost_when_its_file_was_closed_did_not_happen(
    world: Record, open_cloud: Opener, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cloud = open_cloud(world)
    cloud.perform(Action.ATTACH, Link("i-3", "vpc-a"))
    kept = (tmp_path / "world.json.log").stat().st_size

    def is_lost(fd: int) -> bool:
        if not is_file("world.json.log")(fd):
            return False
        os.ftruncate(fd, kept)
        return True

    with monkeypatch.context() as patch:
        failing(patch, "close", errno.ENOSPC, is_lost)
        with pytest.raises(Unsure):
            cloud.perform(Action.ATTACH, Link("i-4", "vpc-a"))
    links = cloud.read().links
    assert ("i-3" in links, "i-4" in links) == (True, False)


@pytest.mark.parametrize("name", FILES)
def test_an_apply_asks_for_what_it_cannot_know_and_the_state_is_right(name: str, tmp_path: Path) -> None:
    (tmp_path / "desk").mkdir()
    desk = Desk(tmp_path / "desk")
    desk.prepare()
    code = desk.cl(*APPLY, first=lambda: failing(pytest.MonkeyPatch(), "close", errno.EIO, is_file(name)))
    assert "bug in cl" not in desk.said
    assert code == 0, desk.said
    desk.assert_all_is_as_declared()
