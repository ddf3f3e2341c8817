"""A saved plan belongs to the place where it was made."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, enable, vpc

MAIN = PROVIDER + enable("shop", "vpc-a")


def project_in(directory: Path) -> Desk:
    """A project whose first plan enables ClassicLink on a VPC."""
    directory.mkdir(parents=True)
    desk = Desk(directory)
    desk.world(vpcs=[vpc("vpc-a")])
    desk.write(main__hcl=MAIN)
    return desk


def test_a_plan_of_another_world_is_refused(tmp_path: Path) -> None:
    desk = project_in(tmp_path / "project")
    desk.cl("plan", "-out=p", code=0)
    desk.write(
        main__hcl=MAIN.replace("world.json", "other.json"), other__json=(desk.directory / "world.json").read_text()
    )
    refused = desk.cl("apply", "p", code=1).err
    assert "STA412" in refused
    assert '"world.json"' in refused
    assert '"other.json"' in refused
    assert "cl plan --out p" in refused
    assert not desk.calls()


@pytest.mark.parametrize("key", ["path", "workspace_dir"])
def test_a_plan_of_another_backend_is_refused(tmp_path: Path, key: str) -> None:
    desk = project_in(tmp_path / "project")
    desk.cl("plan", "-out=p", code=0)
    desk.write(settings__hcl=f'cl {{\n  backend "local" {{\n    {key} = "elsewhere"\n  }}\n}}\n')
    assert f"The {key} of the backend is" in desk.cl("apply", "p", code=1).err


def test_a_first_plan_of_one_directory_is_refused_in_another(tmp_path: Path) -> None:
    staging, prod = project_in(tmp_path / "staging"), project_in(tmp_path / "prod")
    staging.cl("plan", "-out=../p", code=0)
    refused = " ".join(prod.cl("apply", "../p", code=1).err.split())
    assert 'The directory is "…/staging" in the plan, and "…/prod" here.' in refused
    staging.cl("apply", "../p", code=0)
    assert "STA406" in staging.cl("apply", "../p", code=1).err


def test_a_plan_of_one_directory_of_a_checkout_is_refused_in_another(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    staging, prod = project_in(tmp_path / "staging" / "network"), project_in(tmp_path / "prod" / "network")
    staging.cl("plan", "-out=p", code=0)
    shutil.copy(staging.directory / "p", prod.directory / "p")
    refused = " ".join(prod.cl("apply", "p", code=1).err.split())
    assert '"staging/network" in the plan, and "prod/network" here' in refused


@pytest.mark.parametrize("world", ['"world.json"', '"./world.json"', '"${abspath(path.root)}/world.json"'])
def test_a_plan_is_applied_in_another_checkout(tmp_path: Path, world: str) -> None:
    planned = project_in(tmp_path / "job 1" / "network")
    planned.write(main__hcl=MAIN.replace('"world.json"', world))
    (tmp_path / "job 1" / ".git").mkdir()
    planned.cl("plan", "-out=p", code=0)
    shutil.copytree(tmp_path / "job 1", tmp_path / "elsewhere" / "job 2")
    applied = Desk(tmp_path / "elsewhere" / "job 2" / "network")
    applied.cl("apply", "p", code=0)
    assert applied.state_addresses() == ["classiclink_vpc.shop"]


def test_outside_of_a_checkout_a_directory_of_the_same_name_is_another_one(tmp_path: Path) -> None:
    planned = project_in(tmp_path / "a" / "network")
    planned.cl("plan", "-out=p", code=0)
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    refused = " ".join(Desk(tmp_path / "b" / "network").cl("apply", "p", code=1).err.split())
    assert 'The directory is "…/a/network" in the plan, and "…/b/network" here.' in refused
    planned.cl("apply", "p", code=0)


@pytest.mark.parametrize("in_git", [True, False])
def test_a_directory_is_the_same_by_whatever_name_it_is_reached(tmp_path: Path, in_git: bool) -> None:
    release = project_in(tmp_path / "releases" / "1" / "network")
    if in_git:
        (tmp_path / "releases" / "1" / ".git").mkdir()
    (tmp_path / "current").symlink_to(release.directory, target_is_directory=True)
    Desk(tmp_path).cl("-chdir=current", "plan", "-out=p", code=0)
    release.cl("apply", "p", code=0)
    assert release.state_addresses() == ["classiclink_vpc.shop"]


def test_where_every_path_is_absolute_the_directory_does_not_count(tmp_path: Path) -> None:
    shared = project_in(tmp_path / "shared").directory
    main = MAIN.replace('"world.json"', f'"{shared}/world.json"') + (
        f'cl {{\n  backend "local" {{\n    path = "{shared}/s"\n    workspace_dir = "{shared}/w"\n  }}\n}}\n'
    )
    one, other = project_in(tmp_path / "one"), project_in(tmp_path / "other")
    for desk in (one, other):
        desk.write(main__hcl=main)
    assert one.cl("plan", "-out=../p", "-json", code=0).json["made_in"]["directory"] is None
    other.cl("apply", "../p", code=0)


SECRET = MAIN + (
    'variable "token" {\n  type      = string\n  sensitive = true\n}\n\nvariable "zone" {\n  default = "b"\n}\n'
    '\noutput "hash" {\n  value     = sha256(var.token)\n  sensitive = true\n}\n'
    '\noutput "zone" {\n  value = var.zone\n}\n'
)


@pytest.fixture
def secret(tmp_path: Path) -> Desk:
    """A project with a saved plan that was made with a sensitive variable."""
    desk = project_in(tmp_path / "project")
    desk.write(main__hcl=SECRET, secrets__clvars='token = "one"\n')
    planned = desk.cl("plan", "-var", "token=one", "-out=p", code=0)
    assert planned.out.endswith("Next:  cl apply --var 'token=…' p\n")
    return desk


@pytest.mark.parametrize(
    ("words", "environment"),
    [(["-var", "token=one"], {}), (["-var-file=secrets.clvars"], {}), ([], {"CL_VAR_token": "one"})],
)
def test_a_sensitive_variable_of_a_plan_is_given_again(
    secret: Desk, words: list[str], environment: dict[str, str]
) -> None:
    secret.cl("apply", *words, "p", code=0, **environment)
    assert secret.cl("output", "-raw", "hash", code=0).out == hashlib.sha256(b"one").hexdigest()


@pytest.mark.parametrize(
    ("words", "environment"), [(["-var", "token=two"], {}), ([], {"CL_VAR_token": "two"}), (["-var", "token="], {})]
)
def test_another_value_than_the_plan_was_made_with_is_refused(
    secret: Desk, words: list[str], environment: dict[str, str]
) -> None:
    refused = secret.cl("apply", *words, "p", code=1, **environment).err
    assert "STA413" in refused
    assert '"token"' in refused
    assert not secret.read_world()["vpcs"][0].get("classic_link_enabled")


def test_a_sensitive_variable_that_is_missing_is_asked_for_by_the_command_to_type(secret: Desk) -> None:
    assert "cl apply --var 'token=…' p" in secret.cl("apply", "p", code=1).err


@pytest.mark.parametrize(
    ("environment", "values", "words"),
    [
        ({}, "", "--var 'token=…' p"),
        ({"CL_VAR_token": "one"}, "", "p"),
        ({}, 'token = "one"\n', "p"),
        ({}, "token =", "--var 'token=…' p"),
    ],
)
def test_the_next_command_of_a_plan_that_is_shown_gives_what_it_will_need(
    secret: Desk, environment: dict[str, str], values: str, words: str
) -> None:
    secret.write(a__auto__clvars=values)
    assert secret.cl("show", "p", code=0, **environment).out.endswith(f"Next:  cl apply {words}\n")


def test_a_variable_that_the_plan_holds_is_not_given_another_value(secret: Desk) -> None:
    refused = secret.cl("apply", "-var", "token=one", "-var", "zone=c", "p", code=1).err
    assert "STA413" in refused
    assert '"zone"' in refused
    secret.cl("apply", "-var", "token=one", "-var", "zone=b", "p", code=0)


def test_a_plan_holds_a_salted_hash_and_never_the_value(secret: Desk) -> None:
    first = json.loads((secret.directory / "p").read_text())
    second = secret.cl("plan", "-var", "token=one", "-json", code=0).json
    assert first["secret_variables"]["names"] == ["token"]
    assert first["secret_variables"]["scrypt"] != second["secret_variables"]["scrypt"]
    assert list(first["variables"]) == ["zone"]
    assert first["output_changes"]["hash"]["after"] is None


VARIABLE = 'variable "%s" {\n  sensitive = true\n}\n'


def test_a_plan_of_elsewhere_is_refused_before_variables_are_asked_for(tmp_path: Path) -> None:
    staging, prod = project_in(tmp_path / "staging"), project_in(tmp_path / "prod")
    staging.cl("plan", "-out=../p", code=0)
    of_a_variable = 'provider "mock" {\n  world = "${var.region}.json"\n}\n' + enable("shop", "vpc-a")
    for main in (MAIN + VARIABLE % "token", of_a_variable + 'variable "region" {}\n'):
        prod.write(main__hcl=main)
        refused = " ".join(prod.cl("apply", "../p", code=1).err.split())
        assert "STA412" in refused
        assert 'The directory is "…/staging" in the plan, and "…/prod" here.' in refused
        assert "CFG402" not in refused


def test_a_plan_of_another_world_is_refused_before_variables_are_asked_for(tmp_path: Path) -> None:
    desk = project_in(tmp_path / "project")
    desk.write(secret__hcl=VARIABLE % "token")
    desk.cl("plan", "-out=p", "-var=token=t", code=0)
    desk.write(
        main__hcl=MAIN.replace("world.json", "other.json"), other__json=(desk.directory / "world.json").read_text()
    )
    refused = " ".join(desk.cl("apply", "p", code=1).err.split())
    assert 'The world of the provider mock is "world.json" in the plan, and "other.json" here.' in refused
    assert "CFG402" not in refused
    desk.write(main__hcl=MAIN)
    assert "CFG402" in desk.cl("apply", "p", code=1).err
    desk.cl("apply", "-var=token=t", "p", code=0)


def test_a_variable_that_the_plan_does_not_have_is_said_to_be_new(tmp_path: Path) -> None:
    desk = project_in(tmp_path / "project")
    desk.cl("plan", "-out=p", code=0)
    desk.write(more__hcl='variable "region" {}\n')
    refused = " ".join(desk.cl("apply", "p", code=1).err.split())
    assert "STA413" in refused
    assert 'The plan has no variable "region", which this configuration requires' in refused
    assert "Make a new plan: cl plan --out p" in refused


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"", "STA401", "p is not a saved plan. It is empty."),
        (b"PK\x03\x04\x14\x00\x08\x00\xf1\xf2", "STA421", "a zip archive, as a saved plan of Terraform or OpenTofu is"),
        (b"PK\x03\x04 and text", "STA401", "a zip archive, as a saved plan of Terraform or OpenTofu is"),
        ("Plan: 1 to add".encode("utf-16"), "STA421", "UTF-16, as > of PowerShell 5 writes it"),
        (MAIN.encode(), "STA401", "a configuration (HCL)"),
        (b"{'plan_id': 1}", "STA401", "It is not JSON: line 1, column 2: texts are in double quotes."),
        (b'{"terraform_version": "1.9.0", "planned_values": {}}', "STA402", "a plan of Terraform or OpenTofu"),
        (b'{"format_version": "1.0", "vpcs": []}', "STA402", "a world file of a mock"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_plan_is_said_to_be_what_it_is(tmp_path: Path, data: bytes, code: str, said: str) -> None:
    desk = project_in(tmp_path / "project")
    (desk.directory / "p").write_bytes(data)
    for command in (["apply", "p"], ["show", "p"]):
        refused = " ".join(desk.cl(*command, code=1).err.split())
        assert code in refused
        assert said in refused
        assert "cl plan --out plan.json" in refused
        assert "char " not in refused


def test_a_plan_that_was_cut_short_is_made_again(tmp_path: Path) -> None:
    desk = project_in(tmp_path / "project")
    desk.cl("plan", "-out=p", code=0)
    plan = (desk.directory / "p").read_bytes()
    (desk.directory / "p").write_bytes(plan[: len(plan) // 2])
    refused = " ".join(desk.cl("apply", "p", code=1).err.split())
    assert "p is incomplete: it ends at line " in refused
    assert "cl plan --out p" in refused


def test_what_the_terminal_showed_of_a_plan_is_no_plan(tmp_path: Path) -> None:
    desk = project_in(tmp_path / "project")
    (desk.directory / "p").write_text(desk.cl("plan", code=0).out, encoding="utf-8")
    refused = " ".join(desk.cl("apply", "p", code=1).err.split())
    assert "It seems to be what cl plan prints." in refused


def test_a_plan_that_cannot_be_made_says_that_the_file_has_an_earlier_one(tmp_path: Path) -> None:
    desk = project_in(tmp_path / "project")
    assert "earlier plan" not in desk.cl("plan", "-out=p", code=0).err
    earlier = (desk.directory / "p").read_text()
    desk.write(main__hcl="resource {")
    messages = Desk(tmp_path).cl("-chdir=project", "plan", "-out=p", code=1).err
    assert "\nproject/p was not written; it still contains an earlier plan." in messages
    assert "earlier plan" not in desk.cl("plan", "-out=q", code=1).err
    assert not (desk.directory / "q").exists()
    assert (desk.directory / "p").read_text() == earlier


def test_a_plan_with_errors_replaces_an_earlier_one_and_is_not_applied(tmp_path: Path) -> None:
    desk = project_in(tmp_path / "project")
    desk.cl("plan", "-out=p", code=0)
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-nowhere"))
    assert "CL109" in desk.cl("plan", "-out=p", code=1).err
    assert "CL109" in desk.cl("show", "p").out
    refused = " ".join(desk.cl("apply", "p", code=1).err.split())
    assert "STA405" in refused
    assert "Fix what cl show FILE reports" in refused
    assert "cl plan --out p" in refused
    assert desk.calls() == []
