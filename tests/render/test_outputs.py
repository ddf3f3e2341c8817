from __future__ import annotations

from pathlib import Path

import pytest

from planner.diagnostics import ConfigError
from planner.documents.validation import ValidationDocument
from planner.remedy import Caller
from planner.render.formats import DRIFT, PLAN, VALIDATE
from planner.render.outputs import Output, parse_outputs, write_outputs
from planner.render.setting import Setting
from planner.render.terminal import Style
from support import documents


def test_every_document_has_every_format() -> None:
    assert list(PLAN) == list(DRIFT) == list(VALIDATE)
    assert list(PLAN) == ["text", "json", "markdown", "html", "sarif", "junit", "github"]


def test_a_format_may_name_a_file() -> None:
    assert parse_outputs(["text", "html=out/a=b.html"], PLAN) == (Output("text"), Output("html", "out/a=b.html"))
    assert parse_outputs(["json=-"], PLAN) == (Output("json"),)


@pytest.mark.parametrize(
    ("texts", "messages"),
    [
        (["htm"], 'There is no report format "htm". Did you mean "html"?'),
        (["html="], "names no file"),
        (["json", "text"], "The reports json and text would both go to standard output."),
        (["json=a", "html=a"], "The reports json and html would both go to a."),
    ],
)
def test_a_request_that_cannot_be_met_is_refused(texts: list[str], messages: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse_outputs(texts, PLAN)
    assert messages in str(caught.value)


def test_each_report_goes_where_it_was_asked_for_and_files_have_no_colours(tmp_path: Path) -> None:
    said: list[str] = []
    outputs = (Output("text"), Output("text", str(tmp_path / "plan.txt")))
    write_outputs(outputs, PLAN, documents.shop_plan(), Setting(style=Style(color=True)), said.append)
    assert "\x1b[" in said[0]
    assert "\x1b[" not in (tmp_path / "plan.txt").read_text(encoding="utf-8")


def test_a_report_that_cannot_be_written_is_an_error_and_the_others_are_written(tmp_path: Path) -> None:
    outputs = (Output("json", str(tmp_path / "none" / "plan.json")), Output("junit", str(tmp_path / "plan.xml")))
    with pytest.raises(ConfigError) as caught:
        write_outputs(outputs, PLAN, documents.shop_plan(), Setting(), print)
    assert [problem.code for problem in caught.value.diagnostics] == ["CFG590"]
    assert (tmp_path / "plan.xml").exists()


@pytest.mark.parametrize(
    ("filename", "directory", "seen"),
    [
        ("main.hcl", "", "main.hcl"),
        ("main.hcl", "infra/prod", "infra/prod/main.hcl"),
        ("../mod/main.hcl", "infra/prod", "infra/mod/main.hcl"),
        ("main.hcl", "../prod", "../prod/main.hcl"),
        ("/etc/values.hcl", "infra/prod", "/etc/values.hcl"),
        ("<--var>", "infra/prod", "<--var>"),
    ],
)
def test_a_file_is_named_from_where_cl_was_called(filename: str, directory: str, seen: str) -> None:
    assert Caller(path=directory).name(filename) == seen


def test_a_scanner_without_any_place_is_given_a_file_of_the_configuration() -> None:
    validation: ValidationDocument = {
        "format_version": "1.0",
        "valid": False,
        "error_count": 1,
        "warning_count": 0,
        "diagnostics": [documents.diagnostic(range=None)],
    }
    log = VALIDATE["sarif"](validation, Setting(caller=Caller(path="infra")))
    assert '"uri": "infra/main.hcl"' in log
