"""Workspaces: several states of one configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from planner.address import Address
from planner.diagnostics import StateError
from planner.network.identity import VPC, Enablement
from planner.state.backends.declared import BackendBlock
from planner.state.model import State, StateObject
from planner.state.opening import LOCAL, open_workspaces
from planner.state.workspace import Workspaces


@pytest.fixture
def workspaces(tmp_path: Path) -> Workspaces:
    return open_workspaces(LOCAL, tmp_path, {})


def refused(action: object, *arguments: object) -> str:
    with pytest.raises(StateError) as caught:
        action(*arguments)  # type: ignore[operator]
    return caught.value.diagnostics[0].code


def test_there_is_always_a_default(workspaces: Workspaces, tmp_path: Path) -> None:
    assert workspaces.list() == ["default"]
    assert workspaces.current == "default"
    assert workspaces.store().name == str(tmp_path / "cl.state.json")


def test_a_new_one_is_used_and_remembered(workspaces: Workspaces, tmp_path: Path) -> None:
    workspaces.new("staging")
    again = open_workspaces(LOCAL, tmp_path, {})
    assert again.current == "staging"
    assert again.list() == ["default", "staging"]
    assert again.store().name == str(tmp_path / "cl.state.d" / "staging" / "cl.state.json")
    again.select("default")
    assert workspaces.current == "default"


def test_the_environment_decides(workspaces: Workspaces, tmp_path: Path) -> None:
    workspaces.new("staging")
    forced = open_workspaces(LOCAL, tmp_path, {"CL_WORKSPACE": "default"})
    assert forced.current == "default"
    assert refused(forced.select, "staging") == "STA435"


@pytest.mark.parametrize("damage", [b"prod\xff", b"", b"\n", b"prod\x1b[31m", b"a/b", b"..", None])
def test_where_it_is_unknown_which_was_selected_none_is_used(tmp_path: Path, damage: bytes | None) -> None:
    remembered = tmp_path / ".cl" / "environment"
    remembered.parent.mkdir()
    if damage is None:
        remembered.mkdir()
    else:
        remembered.write_bytes(damage)
    damaged = open_workspaces(LOCAL, tmp_path, {})
    if damage is None:
        assert refused(damaged.select, "default") == "STA438"
    assert refused(lambda: damaged.current) == "STA438"
    assert refused(damaged.store) == "STA438"
    assert open_workspaces(LOCAL, tmp_path, {"CL_WORKSPACE": "default"}).current == "default"
    remembered.rename(remembered.with_name("aside"))
    damaged.new("staging")
    assert damaged.current == "staging"


def test_a_file_in_the_place_of_the_directory_is_reported_with_the_name_of_that_file(tmp_path: Path) -> None:
    (tmp_path / ".cl").touch()
    with pytest.raises(StateError) as caught:
        _ = open_workspaces(LOCAL, tmp_path, {}).current
    assert f"mv {tmp_path}/.cl {tmp_path}/.cl.damaged" in str(caught.value.diagnostics[0].remedy)


@pytest.mark.parametrize("blocked", [".cl", ".cl/environment"])
def test_a_workspace_that_cannot_be_selected_is_not_made(tmp_path: Path, blocked: str) -> None:
    in_the_way = tmp_path / blocked
    if blocked == ".cl":
        in_the_way.touch()
    else:
        in_the_way.mkdir(parents=True)
    workspaces = open_workspaces(LOCAL, tmp_path, {})
    assert refused(workspaces.new, "staging") == "STA438"
    assert workspaces.list() == ["default"]
    in_the_way.rename(tmp_path / "aside")
    workspaces.new("staging")
    assert workspaces.current == "staging"


def test_names_that_are_taken_unknown_or_no_names_are_refused(workspaces: Workspaces, tmp_path: Path) -> None:
    workspaces.new("staging")
    assert refused(workspaces.new, "staging") == "STA431"
    assert refused(workspaces.new, "default") == "STA431"
    with pytest.raises(StateError) as caught:
        workspaces.select("stagign")
    (problem,) = caught.value.diagnostics
    assert problem.code == "STA434"
    assert problem.detail.endswith('Workspaces: default, staging. Did you mean "staging"?')
    assert refused(workspaces.new, "../up") == "STA433"
    assert refused(workspaces.new, "..") == "STA433"
    assert refused(open_workspaces(LOCAL, tmp_path, {"CL_WORKSPACE": "a/b"}).store) == "STA433"


def test_what_is_no_name_is_reported_in_one_line(workspaces: Workspaces) -> None:
    with pytest.raises(StateError) as caught:
        workspaces.new("a\nb\x1b[2J")
    detail = caught.value.diagnostics[0].detail
    assert detail.isprintable()
    assert detail.startswith('"a b [2J" has other characters')


def test_a_workspace_that_manages_something_is_not_deleted_by_accident(workspaces: Workspaces) -> None:
    workspaces.new("staging")
    assert refused(workspaces.delete, "staging") == "STA432"
    store = workspaces.store("staging")
    address = Address(VPC, "a")
    found = StateObject(address, Enablement("v"), {"vpc_id": "v"}, "mock")
    with store.locked("x"):
        store.write(State(objects={address: found}), operation="x")
    workspaces.select("default")
    assert refused(workspaces.delete, "staging") == "STA432"
    assert refused(workspaces.delete, "default") == "STA432"
    workspaces.delete("staging", force=True)
    assert workspaces.list() == ["default"]


def test_a_workspace_whose_first_apply_was_cut_short_is_not_deleted_by_accident(workspaces: Workspaces) -> None:
    workspaces.new("staging")
    store = workspaces.store("staging")
    with store.locked("apply"):
        store.begin_journal({"plan_id": "p", "lineage": "", "steps": []}).close()
    workspaces.select("default")
    assert refused(workspaces.delete, "staging") == "STA312"
    workspaces.delete("staging", force=True)


def test_of_a_workspace_behind_a_link_only_the_link_is_deleted(workspaces: Workspaces, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    (shared / "others.txt").touch()
    workspaces.new("staging")
    workspaces.new("blue")
    (tmp_path / "cl.state.d" / "staging" / "cl.state.json").symlink_to(shared / "s.json")
    (tmp_path / "cl.state.d" / "green").symlink_to(shared)
    workspaces.select("default")
    workspaces.delete("staging")
    workspaces.delete("green")
    assert workspaces.list() == ["default", "blue"]
    assert [path.name for path in shared.iterdir()] == ["others.txt"]


def test_a_directory_that_is_no_workspace_is_not_deleted(tmp_path: Path) -> None:
    here = open_workspaces(BackendBlock(settings={"workspace_dir": "."}), tmp_path, {})
    modules = tmp_path / "modules"
    modules.mkdir()
    for name in ("m.hcl", "cl.state.json.backup/x"):
        (modules / name).parent.mkdir(exist_ok=True)
        (modules / name).touch()
        assert refused(here.delete, "modules") == "STA439"
        assert refused(lambda: here.delete("modules", force=True)) == "STA439"
        assert (modules / name).exists()
    assert sorted(path.name for path in modules.iterdir()) == ["cl.state.json.backup", "m.hcl"]


def test_only_what_is_kept_of_a_state_is_deleted(workspaces: Workspaces, tmp_path: Path) -> None:
    workspaces.new("staging")
    workspaces.select("default")
    place = tmp_path / "cl.state.d" / "staging"
    for name in ("cl.state.json.backup", ".cl.state.json.tmp", "cl.state.json.lock", "errored.cl.state.json"):
        (place / name).touch()
    assert refused(workspaces.delete, "staging") == "STA432", "what was rescued is not lost by accident"
    workspaces.delete("staging", force=True)
    assert not place.exists()
