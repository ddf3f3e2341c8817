"""Reports and remedies name files from where `cl` was called, also under `-chdir`; documents do not."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instance, instances, vpc

PROD, MODULE = "infra/prod/main.hcl", "infra/mod/main.hcl"


@pytest.fixture
def caller(tmp_path: Path) -> Desk:
    """Where `cl` is called: above a configuration that has one error, and calls a module that has another."""
    prod, module = Desk(tmp_path / "infra" / "prod"), Desk(tmp_path / "infra" / "mod")
    for desk in (prod, module):
        desk.directory.mkdir(parents=True)
    prod.world(vpcs=[vpc("vpc-a", classic_link_enabled=True)])
    prod.write(main__hcl=PROVIDER + attach("a", "i-404", "vpc-a") + 'module "m" {\n  source = "../mod"\n}\n')
    module.write(main__hcl=attach("b", "i-405", "vpc-a"))
    return Desk(tmp_path)


def files_of(sarif: str) -> list[str]:
    """The files that a SARIF log names, once each."""
    run = json.loads(sarif)["runs"][0]
    assert "originalUriBaseIds" not in run
    places = [result["locations"][0]["physicalLocation"]["artifactLocation"] for result in run["results"]]
    assert all(place["uriBaseId"] == "%SRCROOT%" for place in places)
    return sorted({place["uri"] for place in places})


@pytest.mark.parametrize("absolute", [False, True])
def test_reports_name_files_from_where_cl_was_called(caller: Desk, absolute: bool) -> None:
    chdir = f"-chdir={caller.directory / 'infra' / 'prod' if absolute else 'infra/prod'}"
    assert files_of(caller.cl(chdir, "plan", "-o", "sarif", code=1).out) == [MODULE, PROD]
    annotations = caller.cl(chdir, "plan", "-o", "github", code=1).out
    junit = caller.cl(chdir, "plan", "-o", "junit", code=1).out
    for file in (MODULE, PROD):
        assert f"file={file}," in annotations
        assert f">{file}:" in junit


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("output", ["text", "markdown", "html"])
def test_people_read_places_from_where_cl_was_called_with_the_lines_there(
    caller: Desk, output: str, absolute: bool
) -> None:
    chdir = f"-chdir={caller.directory / 'infra' / 'prod' if absolute else 'infra/prod'}"
    ended = caller.cl(chdir, "plan", "-o", output, code=1)
    text = html.unescape(re.sub("<[^>]*>", "", ended.out + ended.err))
    for file, instance_id in ((PROD, "i-404"), (MODULE, "i-405")):
        assert f"{file}:" in text
        assert f'instance_id = "{instance_id}"' in text
    assert not re.search(r"(?<!prod/)(?<!mod/)main\.hcl", text)


@pytest.mark.parametrize("output", ["text", "markdown", "html"])
def test_a_saved_plan_shows_its_places_from_where_cl_was_called(caller: Desk, output: str) -> None:
    prod = Desk(caller.directory / "infra" / "prod")
    shop = vpc("vpc-a", classic_link_enabled=True, secondary_cidr_blocks=["172.20.0.0/16"])
    prod.world(vpcs=[shop], instances=[instance("i-404"), instance("i-405")])
    caller.cl("-chdir=infra/prod", "plan", "--out", "p", code=0)
    ended = caller.cl("-chdir=infra/prod", "show", "p", "-o", output, code=0)
    text = html.unescape(re.sub("<[^>]*>", "", ended.out + ended.err))
    assert f"{PROD}:" in text
    assert 'vpc_id = "vpc-a"' in text
    assert not re.search(r"(?<!prod/)(?<!mod/)main\.hcl", text)


def test_a_file_of_values_is_named_from_where_cl_was_called_and_not_quoted(caller: Desk) -> None:
    (caller.directory / PROD).write_text('variable "n" {\n  type = number\n}\n', encoding="utf-8")
    (caller.directory / "infra" / "values.hcl").write_text('n = "geheim"\n', encoding="utf-8")
    ended = caller.cl("-chdir=infra/prod", "plan", "--var-file", "../values.hcl", code=1)
    assert "on infra/values.hcl line 1" in ended.err
    assert "geheim" not in ended.err


def test_a_second_declaration_shows_the_first_one_as_the_caller_names_it(caller: Desk) -> None:
    (caller.directory / PROD).write_text("locals {\n  a = 1\n}\nlocals {\n  a = 2\n}\n", encoding="utf-8")
    text = caller.cl("-chdir=infra/prod", "validate", code=1).out
    assert f"on {PROD} line 5" in text
    assert f"first declared here, {PROD}:2:" in text
    for output in ("github", "junit"):
        assert f"first declared here: {PROD}:2" in caller.cl("-chdir=infra/prod", "validate", "-o", output, code=1).out


def test_providers_are_listed_with_places_from_where_cl_was_called(caller: Desk) -> None:
    assert f"{PROD}:1" in caller.cl("-chdir=infra/prod", "providers", code=0).out


def test_without_chdir_files_are_named_from_the_configuration(caller: Desk) -> None:
    prod = Desk(caller.directory / "infra" / "prod")
    assert files_of(prod.cl("plan", "-o", "sarif", code=1).out) == ["../mod/main.hcl", "main.hcl"]


def test_what_cannot_be_read_is_named_from_where_cl_was_called(caller: Desk) -> None:
    (caller.directory / MODULE).write_text("a = = 1\n", encoding="utf-8")
    for command in ("validate", "plan", "drift"):
        ended = caller.cl("-chdir=infra/prod", command, "-o", "sarif", code=1)
        assert files_of(ended.out) == [MODULE]


def test_documents_name_files_from_the_configuration(caller: Desk) -> None:
    plan = json.loads(caller.cl("-chdir=infra/prod", "plan", "--json", code=1).out)
    assert sorted({rule["range"]["filename"] for rule in plan["rules"]}) == ["../mod/main.hcl", "main.hcl"]


@pytest.fixture
def fleet(tmp_path: Path) -> Desk:
    """Where `cl` is called: above a configuration whose two links, of one block, were detached outside."""
    prod = Desk(tmp_path / "infra" / "prod")
    prod.directory.mkdir(parents=True)
    prod.world(vpcs=[vpc("vpc-a")], instances=instances(2))
    links = 'for_each = toset(["i-0001", "i-0002"])\n  instance_id = each.key\n  vpc_id = "vpc-a"\n'
    prod.write(main__hcl=PROVIDER + enable("a", "vpc-a") + f'resource "classiclink_attachment" "web" {{\n  {links}}}\n')
    prod.cl("apply", "-auto-approve", code=0)
    prod.world(**{**prod.read_world(), "links": prod.read_world()["links"][:1]})
    return Desk(tmp_path)


@pytest.mark.parametrize("output", ["text", "github", "markdown", "html", "sarif", "junit"])
def test_a_way_out_of_drift_names_its_files_from_where_cl_was_called(fleet: Desk, output: str) -> None:
    text = " ".join(fleet.cl("-chdir=infra/prod", "drift", "-o", output, code=2).out.split())
    place = "(infra/prod/main.hcl line "
    assert place in text
    assert "(main.hcl line" not in text
    [item] = fleet.cl("-chdir=infra/prod", "drift", "--json", code=2).json["items"]
    [named] = [file for files in item["files"] for file in files]
    way = next(way for way, files in zip(item["remedy"], item["files"], strict=True) if files)
    assert way[named["start"] : named["end"]] == "main.hcl"


@pytest.mark.parametrize("absolute", [False, True])
def test_a_remedy_of_a_plan_names_the_world_file_from_where_cl_was_called(caller: Desk, absolute: bool) -> None:
    chdir = f"-chdir={caller.directory / 'infra' / 'prod' if absolute else 'infra/prod'}"
    for output in ("text", "github"):
        ended = caller.cl(chdir, "plan", "-o", output, code=1)
        text = " ".join((ended.err + ended.out).split())
        assert "Check the id: infra/prod/world.json has the instances that the provider sees" in text
        assert "Check the id: world.json" not in text


def test_a_second_block_is_to_go_into_the_first_one_as_the_caller_names_it(caller: Desk) -> None:
    (caller.directory / PROD).write_text("cl {\n  limits {}\n}\ncl {\n  limits {}\n}\n", encoding="utf-8")
    assert f"into the block at {PROD}:" in caller.cl("-chdir=infra/prod", "validate", code=1).out


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("command", ["apply", "show", "graph --plan", "reach i-1 i-2 --plan"])
def test_a_plan_that_is_named_from_where_cl_was_called_is_named_from_the_directory(
    caller: Desk, command: str, absolute: bool
) -> None:
    prod = Desk(caller.directory / "infra" / "prod")
    prod.write(main__hcl=PROVIDER + enable("a", "vpc-a"))
    chdir = f"-chdir={prod.directory if absolute else 'infra/prod'}"
    caller.cl(chdir, "plan", "--out", "plan.json", code=0)
    hint = "Paths are relative to the directory that -chdir names. Name this plan plan.json."
    assert hint in " ".join(caller.cl(chdir, *command.split(), "infra/prod/plan.json", code=1).err.split())
    assert "-chdir names" not in caller.cl(chdir, *command.split(), "infra/prod/none.json", code=1).err


def test_an_import_names_the_file_that_it_wrote_from_where_cl_was_called(caller: Desk) -> None:
    prod = Desk(caller.directory / "infra" / "prod")
    prod.write(main__hcl=PROVIDER)
    done = caller.cl("-chdir=infra/prod", "import", "--all", "--write", "more.hcl", code=0)
    assert "infra/prod/more.hcl declares it." in done.err + done.out


@pytest.mark.parametrize("arguments", [("plan",), ("-chdir=empty", "plan")])
def test_a_directory_without_configuration_is_not_called_by_a_dot(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    (tmp_path / "empty").mkdir()
    messages = Desk(tmp_path).cl(*arguments, code=1).err
    assert "The configuration directory has no *.hcl or *.hcl.json file." in " ".join(messages.split())
