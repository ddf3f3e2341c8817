"""Reports for programs name files from where `cl` was called, also under `-chdir`; documents do not."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, vpc

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
