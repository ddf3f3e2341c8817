"""`cl init --migrate-state`: from files to a server, back, and to other files."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from support.desk import Desk
from support.gitlab_state import GitLab, serving
from support.story_estates import PROVIDER, attach, enable, instances, vpc
from support.terminal import on_terminal

HTTP = 'cl {\n  backend "http" {}\n}\n'
OTHER_FILE = 'cl {\n  backend "local" {\n    path = "states/prod.json"\n  }\n}\n'
OBJECTS = ["classiclink_attachment.web", "classiclink_vpc.shop"]


@pytest.fixture
def gitlab() -> Iterator[GitLab]:
    with serving() as found:
        yield found


@pytest.fixture
def applied(desk: Desk, gitlab: GitLab) -> Desk:
    """What is kept in files, and where a server could keep it."""
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a"))
    desk.cl("apply", "-auto-approve", code=0)
    desk.environment |= {f"CL_HTTP_{name.upper()}": str(value) for name, value in gitlab.settings().items()}
    return desk


def pulled(desk: Desk) -> object:
    found = json.loads(desk.cl("state", "pull", code=0).out)
    return found["lineage"], found["serial"], found["resources"]


def test_states_go_to_a_server_and_back(applied: Desk) -> None:
    before = pulled(applied)
    applied.write(backend__hcl=HTTP)
    assert "STA451" in applied.cl("init", code=1).err
    assert "STA451" in applied.cl("plan", code=1).err
    there = applied.cl("init", "-migrate-state", code=0)
    assert 'Workspace "default": serial 1' in there.err
    assert pulled(applied) == before
    assert "No changes" in applied.cl("plan", code=0).out
    kept = applied.contents("cl.state")
    assert kept
    assert all(".migrated-" in name for name in kept)

    (applied.directory / "backend.hcl").unlink()
    assert "STA450" in applied.cl("plan", code=1).err
    back = applied.cl("init", "-migrate-state", code=0)
    assert "/state/web is kept, but cl no longer reads it." in " ".join(back.err.split())
    assert pulled(applied) == before
    assert applied.contents("cl.state.json").keys() >= {"cl.state.json", *kept}
    assert "No changes" in applied.cl("plan", code=0).out


def test_a_server_without_workspaces_is_refused_before_anything_is_written_and_the_way_out_works(
    applied: Desk, gitlab: GitLab
) -> None:
    applied.cl("workspace", "new", "blue", code=0)
    applied.write(backend__hcl=HTTP)
    err = applied.cl("init", "-migrate-state", code=1).err
    assert "STA428" in err
    assert "other workspaces that are here: blue." in " ".join(err.split())
    assert gitlab.state().latest is None
    assert not (applied.directory / ".cl" / "backend.json").exists()
    (applied.directory / "backend.hcl").unlink()
    for command in ("workspace select default", "workspace delete blue"):
        assert f"cl {command}" in err
        applied.cl(*command.split(), code=0)
    applied.write(backend__hcl=HTTP)
    applied.cl("init", "-migrate-state", code=0)
    assert applied.state_addresses() == OBJECTS


def test_a_workspace_without_a_state_is_taken_along_and_leaves_none_behind(applied: Desk) -> None:
    applied.cl("workspace", "new", "blue", code=0)
    applied.write(
        backend__hcl='cl {\n  backend "local" {\n    path = "prod.json"\n    workspace_dir = "states"\n  }\n}\n'
    )
    err = applied.cl("init", "-migrate-state", code=0).err
    assert 'Workspace "blue": it has no state yet' in err
    assert applied.cl("workspace", "list", code=0).out.split() == ["default", "*", "blue"]
    applied.cl("workspace", "select", "default", code=0)
    applied.cl("workspace", "delete", "blue", code=0)
    (applied.directory / "backend.hcl").unlink()
    applied.cl("init", "-migrate-state", code=0)
    assert applied.cl("workspace", "list", code=0).out.split() == ["*", "default"]


def test_states_go_to_another_file_and_commands_that_find_them_elsewhere_stop(applied: Desk) -> None:
    before = pulled(applied)
    applied.write(backend__hcl=OTHER_FILE)
    applied.cl("init", "-migrate-state", code=0)
    assert pulled(applied) == before
    assert (applied.directory / "states" / "prod.json").exists()
    assert not (applied.directory / "cl.state.json").exists()
    (applied.directory / "backend.hcl").unlink()
    assert "STA450" in applied.cl("state", "list", code=1).err


def test_what_was_left_of_a_migration_that_was_cut_short_is_set_aside_when_it_is_run_again(applied: Desk) -> None:
    state = (applied.directory / "cl.state.json").read_text()
    applied.write(backend__hcl=HTTP)
    applied.cl("init", "-migrate-state", code=0)
    (applied.directory / "cl.state.json").write_text(state)
    applied.cl("init", "-migrate-state", code=0)
    assert not (applied.directory / "cl.state.json").exists()
    (applied.directory / "cl.state.json").write_text(
        json.dumps({**json.loads(state), "lineage": "b", "checksum": None})
    )
    applied.cl("init", "-migrate-state", code=0)
    assert (applied.directory / "cl.state.json").exists(), "a state of another lineage is no copy"


def test_a_file_that_cannot_be_set_aside_is_named(applied: Desk) -> None:
    long = "s" * 230  # leaves no room for the name that it would get
    applied.write(backend__hcl=OTHER_FILE.replace("states/prod.json", long))
    applied.cl("init", "-migrate-state", code=0)
    applied.write(backend__hcl=HTTP)
    err = applied.cl("init", "-migrate-state", code=0).err
    assert "STA463" in err
    assert f"{long} could not be renamed: File name too long." in " ".join(err.split())
    assert (applied.directory / long).exists()
    assert "No changes" in applied.cl("plan", code=0).out


def test_reconfigure_records_the_new_backend_and_copies_nothing(applied: Desk) -> None:
    applied.write(backend__hcl=HTTP)
    applied.cl("init", "-reconfigure", code=0)
    assert applied.state_addresses() == []
    assert (applied.directory / "cl.state.json").exists()


def test_another_state_is_replaced_by_force_alone(applied: Desk) -> None:
    applied.write(backend__hcl=HTTP)
    applied.cl("init", "-reconfigure", code=0)
    applied.cl("apply", "-auto-approve", code=0)
    (applied.directory / ".cl" / "backend.json").unlink()
    assert "STA452" in applied.cl("init", "-migrate-state", code=1).err
    assert (applied.directory / "cl.state.json").exists()
    applied.cl("init", "-migrate-state", "-force-copy", code=0)
    assert applied.state_addresses() == OBJECTS


def test_at_a_terminal_init_asks_whether_to_copy(applied: Desk) -> None:
    applied.write(backend__hcl=HTTP)
    assert "Nothing was done." in on_terminal(applied, 200, "init", typed=b"no\n")
    assert (applied.directory / "cl.state.json").exists()
    assert "STA451" in on_terminal(applied, 200, "init", "-input=false", typed=b"yes\n")
    assert "Ready." in on_terminal(applied, 200, "init", typed=b"yes\n")
    assert applied.state_addresses() == OBJECTS


@pytest.mark.parametrize("options", [["-force-copy"], ["-migrate-state", "-reconfigure"]])
def test_options_that_do_not_go_together_are_refused(desk: Desk, options: list[str]) -> None:
    desk.cl("init", *options, code=64)
