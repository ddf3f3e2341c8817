"""What users of Terraform type and leave in a directory out of habit is answered by what to do here."""

from __future__ import annotations

import json

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instance, vpc

HABITS = [
    (("help",), "cl --help"),
    (("help", "state", "mv"), "cl state mv --help"),
    (("taint", "classiclink_vpc.a"), "cl apply -replace=ADDR"),
    (("untaint", "classiclink_vpc.a"), "-replace=ADDR"),
    (("get",), "Nothing is downloaded"),
    (("login",), "cl providers"),
    (("test",), 'provider "mock"'),
    (("state", "replace-provider", "a", "b"), "provider argument"),
    (("plan", "-chdir=net"), "cl -chdir=net plan"),
    (("state", "list", "-chdir", "net"), "cl -chdir=net state list"),
    (("state", "-chdir=net", "list"), "cl -chdir=net state"),
    (("init", "-upgrade"), "Nothing is downloaded"),
    (("init", "-backend=false"), "cl validate"),
    (("plan", "-state=other.json"), 'backend "local"'),
    (("plan", "-generate-config-out=links.hcl"), "cl import --all --write FILE.hcl"),
    (("destroy", "-force"), "--auto-approve"),
    (("help", "nonsense"), "For the list of commands: cl --help"),
    (("plan", "-auto-approve"), "Leave it out"),
    (("apply", "-out=plan.json"), "cl plan --out FILE"),
    (("plan", "plan.json"), "To show a saved plan: cl show plan.json; to apply one: cl apply plan.json"),
    (("plan", "--var", "a=1", "b=secret"), "Each variable needs its own --var: --var 'b=…'"),
    (("plan", "classiclink_vpc.shop"), "cl plan --target classiclink_vpc.shop"),
    (("destroy", 'classiclink_vpc.shop["a"]'), "cl destroy --target 'classiclink_vpc.shop[\"a\"]'"),
    (("destroy", "plan.json"), "cl apply plan.json"),
    (("apply", "plan.json", "other.json"), "takes no more than [PLAN]. Leave out: other.json"),
    (("validate", "."), "cl -chdir=. validate"),
    (("graph", "plan.json"), "cl graph --plan plan.json"),
    (("console", "1 + 2"), "echo '1 + 2' | cl console"),
    (("state", "pull", "state.json"), "cl state pull > FILE"),
    (("providers", "lock"), "Nothing is downloaded"),
    (("version", "x=secret"), "takes no arguments. Leave out: x=…"),
    (("state", "show"), "needs ADDR. Addresses are shown by: cl state list"),
    (("state", "rm"), "needs ADDR. Addresses are shown by: cl state list"),
    (("state", "mv", "classiclink_vpc.shop"), "needs TO. Addresses are shown by: cl state list"),
    (("state", "push"), "needs PATH. It is the name of a file"),
    (("state", "rollback"), "needs SERIAL. Serials are shown by: cl state history"),
    (("workspace", "new"), "needs NAME. Such as: cl workspace new prod"),
    (("workspace", "select"), "needs NAME. Names are shown by: cl workspace list"),
    (("workspace", "delete"), "needs NAME. Names are shown by: cl workspace list"),
    (("force-unlock",), "needs ID. The error about the lock shows the id."),
    (("emulate",), "cl emulate needs WORLD."),
]


@pytest.mark.parametrize(("typed", "said"), HABITS, ids=lambda value: " ".join(value) if type(value) is tuple else "")
def test_a_habit_is_answered_by_what_to_type_instead(desk: Desk, typed: tuple[str, ...], said: str) -> None:
    answer = desk.cl(*typed, code=64).err
    assert said in " ".join(answer.split())
    assert "secret" not in answer, "the value of a variable may be one"


def test_an_import_with_its_arguments_swapped_is_answered_by_the_right_order(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")])
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a"))
    refused = desk.cl("import", "vpc-a", "classiclink_vpc.shop", code=1).err
    assert "Write the address first: cl import classiclink_vpc.shop vpc-a" in " ".join(refused.split())
    desk.cl("import", "classiclink_vpc.shop", "vpc-a", code=1)


@pytest.mark.parametrize(("theirs", "ours"), [("main.tf", "main.hcl"), ("a.tfvars", "a.clvars")])
def test_a_file_of_terraform_is_not_formatted_but_can_be_renamed(desk: Desk, theirs: str, ours: str) -> None:
    (desk.directory / theirs).write_text("a = 1\n")
    assert f"rename it: mv {theirs} {ours}" in " ".join(desk.cl("fmt", theirs, code=1).err.split())


@pytest.mark.parametrize("group", ["state", "workspace"])
@pytest.mark.parametrize("columns", ["80", "40"])
def test_the_list_of_the_commands_of_a_group_has_whole_sentences(desk: Desk, group: str, columns: str) -> None:
    shown = desk.cl(group, "--help", code=0, COLUMNS=columns).out
    assert "..." not in shown.partition("Commands:")[2]
    assert "\n  list" in shown


def test_other_words_are_refused_as_before(desk: Desk) -> None:
    assert 'Did you mean "plan"?' in desk.cl("plann", code=64).err
    assert "--nope" in desk.cl("plan", "-nope", code=64).err
    assert "here." not in desk.cl("plan", "-nope", code=64).err
    assert "Did you mean" not in desk.cl("addresses", "--check", "x", code=64).err
    assert "Did you mean '--free'?" in desk.cl("addresses", "--fre", "24", code=64).err


@pytest.fixture
def shop(desk: Desk) -> Desk:
    desk.world(vpcs=[vpc("vpc-a"), vpc("vpc-b")], instances=[instance("i-1")])
    variables = 'variable "vpc" {\n  default = "vpc-a"\n}\n\nvariable "web" {\n  default = "i-1"\n}\n'
    objects = enable("shop", "VPC") + attach("web", "i-1", "VPC")
    desk.write(main__hcl=variables + PROVIDER + objects.replace('"VPC"', "var.vpc"))
    return desk


def test_values_in_a_file_for_terraform_are_noticed_once_with_the_command_that_has_them_read(shop: Desk) -> None:
    shop.write(terraform__tfvars='vpc = "vpc-b"\nother = 1\n')
    ended = shop.cl("plan", code=0)
    assert ended.err.count("CFG413") == 1
    assert 'terraform.tfvars gives the variable "vpc" a value' in " ".join(ended.err.split())
    assert "mv terraform.tfvars cl.clvars" in ended.err
    assert "vpc-b" not in ended.out
    (shop.directory / "terraform.tfvars").rename(shop.directory / "cl.clvars")
    shop.write(**{"cl.clvars": 'vpc = "vpc-b"\n'})
    ended = shop.cl("plan", code=0)
    assert "CFG413" not in ended.err
    assert "vpc-b" in ended.out


def test_a_file_of_that_name_is_not_written_over_by_the_remedy(shop: Desk) -> None:
    shop.write(**{"prod.auto.tfvars.json": json.dumps({"vpc": "vpc-b"}), "prod.auto.clvars.json": "{}"})
    said = shop.cl("plan", code=0).err
    assert "Add its lines to prod.auto.clvars.json" in said
    assert "mv " not in said


def test_variables_of_the_environment_for_terraform_are_noticed(shop: Desk) -> None:
    said = shop.cl("plan", "--json", code=0, TF_VAR_vpc="vpc-b", TF_VAR_web="i-1", TF_VAR_unrelated="x").err
    assert "TF_VAR_vpc, TF_VAR_web in the environment" in " ".join(said.split())
    assert "Set CL_VAR_vpc, CL_VAR_web." in said
    assert said.count("CFG413") == 1


def test_a_variable_that_has_a_value_here_is_not_mentioned(shop: Desk) -> None:
    shop.write(terraform__tfvars='vpc = "vpc-b"\n')
    ended = shop.cl("plan", "--var", "vpc=vpc-a", code=0, TF_VAR_vpc="vpc-b")
    assert "CFG413" not in ended.err


def test_a_missing_value_is_an_error_beside_the_hint(shop: Desk) -> None:
    shop.write(more__hcl='variable "zone" {}\n')
    said = shop.cl("plan", code=1, TF_VAR_zone="b").err
    assert "CFG402" in said
    assert "Set CL_VAR_zone." in said


def test_files_that_terraform_cannot_read_either_are_left_to_it(shop: Desk) -> None:
    shop.write(terraform__tfvars="vpc = = 1\n")
    assert "tfvars" not in shop.cl("plan", code=0).err


def test_init_names_the_configuration_of_terraform_that_it_leaves_alone(shop: Desk) -> None:
    shop.write(network__tf='variable "x" {}\n')
    ended = shop.cl("init", code=0)
    assert "This directory has network.tf" in " ".join(ended.err.split())
    assert "CFG413" not in shop.cl("plan", code=0).err


def test_a_directory_of_terraform_alone_gets_the_command_that_renames_the_file(desk: Desk) -> None:
    desk.write(main__tf='variable "x" {}\n')
    for command in ("init", "plan"):
        assert "mv main.tf main.hcl" in desk.cl(command, code=1).err
