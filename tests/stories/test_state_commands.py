"""The state: looked into, mended by hand, and kept safe."""

from __future__ import annotations

import json
import re
import shlex
import stat
from pathlib import Path

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc


@pytest.fixture
def applied(desk: Desk) -> Desk:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(2))
    outputs = (
        'variable "key" {\n  default   = "s3cr3t"\n  sensitive = true\n}\n'
        'output "range" {\n  value = classiclink_vpc.shop.cidr_block\n}\n'
        'output "key" {\n  value     = var.key\n  sensitive = true\n}\n'
        'output "count" {\n  value = 2\n}\n'
    )
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a") + outputs)
    desk.cl("apply", "-auto-approve", code=0)
    return desk


def test_the_state_has_terraforms_shape(applied: Desk) -> None:
    state = json.loads((applied.directory / "cl.state.json").read_text())
    assert {"version", "lineage", "serial", "outputs", "resources"} <= state.keys()
    resource = next(one for one in state["resources"] if one["type"] == "classiclink_attachment")
    assert resource["name"] == "web"
    assert resource["mode"] == "managed"
    (one,) = resource["instances"]
    assert one["attributes"]["instance_id"] == "i-0001"
    assert one["attributes"]["private_ip"]


def test_state_mv_keeps_the_link_and_the_next_plan_is_empty(applied: Desk) -> None:
    applied.cl("state", "mv", "--dry-run", "classiclink_attachment.web", "classiclink_attachment.app", code=0)
    assert "classiclink_attachment.web" in applied.state_addresses()
    applied.cl("state", "mv", "classiclink_attachment.web", "classiclink_attachment.app", code=0)
    assert (applied.directory / "cl.state.json.backup").exists()
    text = (applied.directory / "main.hcl").read_text().replace('"web"', '"app"')
    applied.write(main__hcl=text)
    applied.cl("plan", "-detailed-exitcode", code=0)
    wrong = applied.cl("state", "mv", "classiclink_attachment.wob", "classiclink_attachment.x", code=1)
    assert "classiclink_attachment" in wrong.err


def test_state_rm_forgets_and_the_next_plan_adopts(applied: Desk) -> None:
    calls = applied.calls()
    applied.cl("state", "rm", "classiclink_attachment.web", code=0)
    plan = applied.cl("plan", "--json", code=0).json
    assert plan["summary"]["import"] == 1
    assert plan["steps"] == []
    assert applied.calls() == calls


def test_outputs_are_shown_and_sensitive_ones_only_when_asked_for(applied: Desk) -> None:
    assert "s3cr3t" not in applied.cl("output", code=0).out
    assert applied.cl("output", "-raw", "key", code=0).out == "s3cr3t"
    assert applied.cl("output", "-raw", "range", code=0).out == "172.16.0.0/12"
    assert applied.cl("output", "-json", code=0).json["count"] == {"sensitive": False, "type": "number", "value": 2}
    assert "count" in applied.cl("output", "cont", code=1).err


def test_a_sensitive_value_is_never_in_a_plan(applied: Desk) -> None:
    text = (applied.directory / "main.hcl").read_text().replace("s3cr3t", "n3w-s3cr3t")
    applied.write(main__hcl=text)
    ended = applied.cl("plan", "-out=p.json", "-o", "json", code=0)
    assert "s3cr3t" not in ended.out + ended.err + (applied.directory / "p.json").read_text()
    applied.cl("apply", "p.json", code=0)
    assert applied.cl("output", "-raw", "key", code=0).out == "n3w-s3cr3t"


def test_state_pull_and_push_bring_an_older_state_back_only_by_force(applied: Desk) -> None:
    old = applied.cl("state", "pull", code=0).out
    applied.cl("state", "rm", "classiclink_attachment.web", code=0)
    applied.write(old__json=old)
    applied.cl("state", "push", "old.json", code=1)
    applied.cl("state", "push", "--force", "old.json", code=0)
    assert "classiclink_attachment.web" in applied.state_addresses()
    applied.cl("plan", "-detailed-exitcode", code=0)


def kept(desk: Desk) -> dict[str, bytes]:
    """All that is kept of a state."""
    return desk.contents("cl.state") | desk.contents("errored.cl.state")


def test_a_push_by_way_of_trial_says_what_it_would_do_and_writes_nothing(applied: Desk) -> None:
    old = applied.cl("state", "pull", code=0).out
    applied.cl("state", "rm", "classiclink_attachment.web", code=0)
    applied.write(old__json=old, broken__json=old[:50])
    before = kept(applied)
    assert "State has changed" in applied.cl("state", "push", "--dry-run", "old.json", code=1).err
    assert "State is truncated" in applied.cl("state", "push", "--dry-run", "broken.json", code=1).err
    would = applied.cl("state", "push", "--dry-run", "--force", "old.json", code=0)
    assert would.err == (
        "Would push: the state would have serial 3. It would hold 2 objects instead of 1: 1 added, 0 forgotten.\n"
    )
    assert kept(applied) == before
    applied.cl("state", "push", "--force", "old.json", code=0)
    assert json.loads(applied.cl("state", "pull", code=0).out)["serial"] == 3


def test_a_push_by_way_of_trial_onto_a_broken_state_says_so_and_leaves_it(applied: Desk) -> None:
    applied.write(whole__json=applied.cl("state", "pull", code=0).out)
    (applied.directory / "cl.state.json").write_text("{")
    assert "in place of a file that holds no state" in applied.cl("state", "push", "-dry-run", "whole.json", code=0).err
    assert (applied.directory / "cl.state.json").read_text() == "{"


def test_a_broken_state_is_replaced_by_its_backup_as_its_remedy_says(applied: Desk) -> None:
    applied.cl("state", "mv", "classiclink_attachment.web", "classiclink_attachment.app", code=0)
    state = applied.directory / "cl.state.json"
    state.write_text(state.read_text()[:100])
    damaged, backup = state.read_bytes(), (applied.directory / "cl.state.json.backup").read_bytes()
    assert "cl state push cl.state.json.backup" in applied.cl("plan", code=1).err
    pushed = applied.cl("state", "push", "cl.state.json.backup", code=0)
    assert "it is kept as cl.state.json.damaged." in pushed.err
    kept = applied.directory / "cl.state.json.damaged"
    assert (kept.read_bytes(), stat.S_IMODE(kept.stat().st_mode)) == (damaged, 0o600)
    assert (applied.directory / "cl.state.json.backup").read_bytes() == backup
    applied.cl("plan", "-detailed-exitcode", code=0)


@pytest.mark.parametrize("broken", ["", "{", "garbage", '{"version": 1, "checksum": "x"}'])
def test_a_broken_state_of_a_workspace_is_replaced_by_its_own_backup_as_its_remedy_says(
    applied: Desk, broken: str
) -> None:
    applied.cl("workspace", "new", "blue", code=0)
    applied.cl("apply", "-auto-approve", code=0)
    applied.cl("state", "rm", "classiclink_attachment.web", code=0)
    state = applied.directory / "cl.state.d" / "blue" / "cl.state.json"
    state.write_text(broken)
    messages = applied.cl("state", "list", code=1).err
    (path,) = set(re.findall(r"cl state push (\S+)", messages))
    assert path == "cl.state.d/blue/cl.state.json.backup"
    applied.cl("state", "push", path, code=0)
    assert "classiclink_attachment.web" in applied.state_addresses()


def test_workspaces_keep_states_apart(applied: Desk) -> None:
    applied.cl("workspace", "new", "blue", code=0)
    assert applied.state_addresses() == []
    assert applied.cl("workspace", "show", code=0).out.strip() == "blue"
    applied.cl("apply", "-auto-approve", code=0)
    assert (applied.directory / "cl.state.d" / "blue" / "cl.state.json").exists()
    assert len(applied.cl("state", "list", code=0, CL_WORKSPACE="default").out.split()) == 2
    applied.cl("workspace", "select", "default", code=0)
    applied.cl("workspace", "delete", "blue", code=1)
    applied.cl("workspace", "delete", "-force", "blue", code=0)


def test_a_first_plan_is_applied_in_the_workspace_that_it_was_made_in(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a"))
    desk.cl("plan", "-out=p.json", code=0)
    desk.cl("workspace", "new", "blue", code=0)
    refused = desk.cl("apply", "p.json", code=1).err
    assert 'p.json was made in the workspace "default"; the workspace in use is "blue".' in " ".join(refused.split())
    events = [json.loads(line) for line in desk.cl("apply", "-json", "p.json", code=1).out.splitlines()]
    assert events[-1]["diagnostic"]["code"] == "STA410"
    assert desk.calls() == []
    assert desk.state_addresses() == []
    (remedy,) = re.findall(r"CL_WORKSPACE=(\w+) cl apply p.json", refused)
    desk.cl("apply", "p.json", code=0, CL_WORKSPACE=remedy)
    assert (desk.directory / "cl.state.json").exists()


def test_a_workspace_that_is_not_there_is_reported_until_it_is_made(applied: Desk) -> None:
    applied.cl("workspace", "new", "blue", code=0)
    applied.cl("workspace", "select", "default", code=0)
    for command in (["plan"], ["state", "list"], ["state", "pull"], ["show"], ["output"], ["drift"]):
        messages = " ".join(applied.cl(*command, CL_WORKSPACE="blu").err.split())
        assert messages.count("STA437") == 1
        assert 'CL_WORKSPACE names the workspace "blu", which does not exist.' in messages
        assert 'Workspaces: default, blue. Did you mean "blue"?' in messages
        assert "cl workspace new blu" in messages
        assert "STA437" not in applied.cl(*command, CL_WORKSPACE="blue").err
        assert "STA437" not in applied.cl(*command).err
    assert applied.cl("workspace", "list", code=0).out.split() == ["*", "default", "blue"]
    assert "STA437" in applied.cl("apply", "-auto-approve", code=0, CL_WORKSPACE="green").err
    assert "STA437" not in applied.cl("plan", code=0, CL_WORKSPACE="green").err


def test_a_workspace_that_was_selected_and_has_gone_is_reported(applied: Desk) -> None:
    applied.cl("workspace", "new", "blue", code=0)
    (applied.directory / "cl.state.d" / "blue").rmdir()
    messages = applied.cl("state", "list", code=0).err
    assert "STA437" in messages
    assert "cl workspace select default" in messages


def test_where_the_workspace_in_use_cannot_be_read_no_other_is_changed(applied: Desk) -> None:
    applied.cl("workspace", "new", "blue", code=0)
    applied.cl("apply", "-auto-approve", code=0)
    applied.write(main__hcl=PROVIDER)
    for damage in (b"blue\xff", b"blue\x1b[31m"):
        (applied.directory / ".cl" / "environment").write_bytes(damage)
        for command in (["destroy", "-auto-approve"], ["plan"], ["state", "list"], ["workspace", "show"]):
            ended = applied.cl(*command, code=1)
            assert "STA438" in ended.err
            assert "\x1b[31m" not in ended.out + ended.err
    for name in ("validate", "plan"):
        assert applied.cl(name, "-json", code=1).json["diagnostics"][0]["code"] == "STA438"
    (move,) = re.findall(r"mv (.*)", ended.err)
    (applied.directory / move.split()[0]).rename(applied.directory / move.split()[1])
    applied.cl("workspace", "select", "blue", code=0)
    assert applied.state_addresses() == ["classiclink_attachment.web", "classiclink_vpc.shop"]
    assert applied.links() == {"i-0001": "vpc-a"}


def test_environment_arguments_and_variables_work_as_their_namesakes(applied: Desk) -> None:
    text = (applied.directory / "main.hcl").read_text().replace('"s3cr3t"', "null")
    applied.write(main__hcl=text.replace("default   = null\n", ""))
    assert "CL_VAR_key" in applied.cl("plan", code=1).err
    applied.cl("plan", code=0, CL_VAR_key="x")
    applied.cl("plan", code=0, CL_CLI_ARGS_plan="-var key=x")
    assert applied.cl("plan", code=0, CL_CLI_ARGS="-json -var=key=x").json["format_version"] == "1.0"
    applied.write(cl__clvars='key = "y"\n')
    applied.cl("apply", "-auto-approve", code=0, CL_VAR_key="x")
    assert applied.cl("output", "-raw", "key", code=0).out == "y"
    applied.write(z__auto__clvars='key = "z"\n', v__clvars='key = "file"\n')
    applied.cl("apply", "-auto-approve", "-var", "key=first", "-var-file=v.clvars", code=0)
    assert applied.cl("output", "-raw", "key", code=0).out == "file"
    applied.cl("apply", "-auto-approve", "-var-file=v.clvars", "-var", "key=last", code=0)
    assert applied.cl("output", "-raw", "key", code=0).out == "last"


def test_an_estate_is_imported_in_bulk_and_the_next_plan_is_empty(desk: Desk) -> None:
    fleet = instances(30)
    desk.world(
        vpcs=[vpc("vpc-a", classic_link_enabled=True), vpc("vpc-b", classic_link_enabled=True), vpc("vpc-c")],
        instances=fleet,
        links=[{"instance_id": one["instance_id"], "vpc_id": "vpc-a"} for one in fleet[:20]]
        + [{"instance_id": one["instance_id"], "vpc_id": "vpc-b"} for one in fleet[20:]],
    )
    desk.write(main__hcl=PROVIDER + "cl {\n  limits {\n    adopt = false\n  }\n}\n" + enable("shop", "vpc-b"))
    desk.cl("import", "classiclink_vpc.shop", "vpc-b", code=0)
    desk.cl("import", "--all", "--vpc", "vpc-a", "--write", "links.hcl", code=0)
    assert len(desk.state_addresses()) == 22
    desk.cl("plan", "-detailed-exitcode", code=0)
    desk.cl("import", "--all", "--write", "links.hcl", code=1)
    desk.cl("import", "--all", "--write", "rest.hcl", code=0)
    desk.cl("plan", "-detailed-exitcode", code=0)
    desk.cl("drift", code=0)
    desk.cl("fmt", "-check", code=0)
    assert len(desk.state_addresses()) == 32
    assert desk.calls() == []


def test_what_cannot_be_pushed_says_what_works(applied: Desk) -> None:
    pulled = applied.cl("state", "pull", code=0).out
    applied.cl("state", "mv", "classiclink_attachment.web", "classiclink_attachment.app", code=0)
    applied.write(old__json=pulled)
    older = " ".join(applied.cl("state", "push", "old.json", code=1).err.split())
    assert "To push it anyway: cl state push --force old.json" in older
    assert "Run the command again" not in older
    applied.write(edited__json=applied.cl("state", "pull", code=0).out.replace("i-0001", "i-0002"))
    edited = applied.cl("state", "push", "--force", "edited.json", code=1).err
    assert "backup" not in edited
    assert "checksum" in edited
    document = json.loads((applied.directory / "edited.json").read_text())
    applied.write(edited__json=json.dumps(document | {"checksum": None}))
    applied.cl("state", "push", "--force", "edited.json", code=0)


def test_from_a_state_of_terraform_the_way_is_a_bulk_import(applied: Desk) -> None:
    applied.cl("state", "rm", "classiclink_attachment.web", "classiclink_vpc.shop", code=0)
    terraforms = json.dumps({"version": 4, "terraform_version": "1.5.7", "serial": 3, "resources": []})
    applied.write(terraform__tfstate=terraforms)
    refused = applied.cl("state", "push", "--force", "terraform.tfstate", code=1).err
    assert "State is Terraform's" in refused
    assert "mv " not in refused
    (applied.directory / "cl.state.json").write_text(terraforms)
    messages = applied.cl("plan", code=1).err
    move, adopt = [shlex.split(line) for line in messages.splitlines() if line.strip().startswith(("mv ", "cl "))]
    Path(applied.directory, move[1]).rename(applied.directory / move[2])
    applied.cl(*adopt[1:], code=0)
    assert len(applied.state_addresses()) == 2
    assert (applied.directory / "cl.state.json.terraform").read_text() == terraforms


def test_what_is_no_json_at_all_is_not_said_to_be_truncated(applied: Desk) -> None:
    assert "State is not JSON" in applied.cl("state", "push", "-", stdin="x\n", code=1).err


BY_ENVIRONMENT = 'variable "env" {}\ncl {\n  backend "local" {\n    path = "states/${var.env}.json"\n  }\n}\n'


@pytest.mark.parametrize(
    "command",
    [
        "state list",
        "state show classiclink_vpc.shop",
        "state pull",
        "state rm -dry-run classiclink_vpc.shop",
        "state mv -dry-run classiclink_vpc.shop classiclink_vpc.b",
        "output",
        "show",
        "workspace list",
        "workspace show",
    ],
)
def test_commands_that_look_for_the_state_take_variables(desk: Desk, command: str) -> None:
    desk.world(vpcs=[vpc("vpc-a")])
    desk.write(main__hcl=PROVIDER + BY_ENVIRONMENT + enable("shop", "vpc-a"))
    desk.cl("apply", "-auto-approve", "-var", "env=prod", code=0)
    desk.cl(*command.split(), "-var", "env=prod", code=0)
    missing = desk.cl(*command.split(), code=1, CL_INPUT="0").err
    assert "--var 'env=…' on the command line" in missing
    assert "cl plan" not in missing
