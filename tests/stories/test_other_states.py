"""The outputs of another configuration's state, wherever that is kept, by real commands and servers."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from support.backends import KINDS, Servers
from support.desk import Desk
from support.gitlab_state import TOKEN, GitLab, Running
from support.story_estates import PROVIDER, vpc

KEY = {"CL_ENCRYPTION_KEY": b64encode(b"k" * 32).decode()}
READS = 'resource "classiclink_vpc" "it" {\n  vpc_id = data.cl_state.net.outputs.vpc\n}\n'


@pytest.fixture(scope="module")
def servers() -> Iterator[Servers]:
    running = Servers()
    yield running
    running.close()


def other_team(desk: Desk, block: str, environment: dict[str, str], workspace: str = "default") -> None:
    """Another team's configuration, which has an output in its state."""
    directory = desk.directory / "net"
    directory.mkdir()
    net = desk.beside(directory)
    net.environment |= environment
    net.world()
    net.write(main__hcl=PROVIDER + block + 'output "vpc" {\n  value = "vpc-a"\n}\n')
    if workspace != "default":
        net.cl("workspace", "new", workspace, code=0)
    net.cl("apply", "-auto-approve", code=0)


def data(kind: str, config: object, workspace: str = "default") -> str:
    settings = f"  backend   = {json.dumps(kind)}\n  config    = {json.dumps(config)}\n"
    return f'data "cl_state" "net" {{\n{settings}  workspace = "{workspace}"\n}}\n'


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", [{}, KEY], ids=["plain", "encrypted"])
def test_the_outputs_of_a_state_on_each_backend_can_be_used(
    desk: Desk, servers: Servers, kind: str, key: dict[str, str]
) -> None:
    spot = servers.spot(kind)
    workspace = "test" if spot.has("workspaces") else "default"
    desk.environment |= {**spot.server.environment, **key}
    other_team(desk, spot.block, {**spot.server.environment, **key}, workspace)
    desk.world(vpcs=[vpc("vpc-a")])
    desk.write(main__hcl=PROVIDER + data(spot.server.type, spot.settings, workspace) + READS)
    desk.cl("apply", "-auto-approve", code=0)
    assert [call[:3] for call in desk.calls()] == [("EnableVpcClassicLink", None, "vpc-a")]
    desk.write(main__hcl=PROVIDER + data(spot.server.type, spot.settings, "gone") + READS)
    refused = desk.cl("plan", code=1).err
    assert "CFG324" in refused
    assert 'has no workspace "gone"' in " ".join(refused.split())
    assert f"there are: default{', test' if workspace == 'test' else ''}" in " ".join(refused.split())


def test_a_secret_of_the_settings_is_nowhere_and_the_environment_gives_what_is_left_out(desk: Desk) -> None:
    running = Running(GitLab())
    settings = running.gitlab.settings()
    variables = {f"CL_HTTP_{name.upper()}": str(value) for name, value in settings.items()}
    try:
        other_team(desk, 'cl {\n  backend "http" {}\n}\n', variables)
        desk.world(vpcs=[vpc("vpc-a")])
        declared = 'variable "token" {\n  sensitive = true\n}\n'
        block = 'data "cl_state" "net" {\n  backend = "http"\n  config  = { password = var.token }\n}\n'
        desk.write(main__hcl=PROVIDER + declared + block + READS)
        given = {name: value for name, value in variables.items() if name != "CL_HTTP_PASSWORD"}
        planned = desk.cl("plan", "-out=p", "-json", code=0, CL_VAR_token=TOKEN, **given)
        applied = desk.cl("apply", "p", code=0, CL_VAR_token=TOKEN, **given)
        wrong = desk.cl("plan", code=1, CL_VAR_token="hunter2-hunter2", **given)
        running.stop()
        away = desk.cl("plan", code=1, CL_VAR_token=TOKEN, CL_HTTP_RETRY_MAX="0", **given)
    finally:
        running.stop()
    assert "STA447" in wrong.err
    assert "STA446" in away.err
    assert "The outputs of that state are needed here." in " ".join(away.err.split())
    for refused in (wrong, away):
        assert "main.hcl line 9, with data.cl_state.net" in refused.err
    for said in (planned, applied, wrong, away):
        assert TOKEN not in said.out + said.err
        assert "hunter2" not in said.out + said.err
    assert not [path for path in files_of(desk.directory) if TOKEN.encode() in path.read_bytes()]


def files_of(directory: Path) -> list[Path]:
    return [path for path in directory.rglob("*") if path.is_file()]
