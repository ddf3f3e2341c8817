"""The examples of the pages are true: what is shown as wrong is, and what is shown instead is right."""

from __future__ import annotations

import json
import os
import runpy
from pathlib import Path

import pytest

from planner.cli.main import run
from planner.cli.session import Session
from planner.diagnostics import ConfigError
from planner.explain.library import own_families, pages
from support.page_examples import Example, examples

SHOWN = [example for example in examples() if not example.is_typed]


@pytest.mark.parametrize("example", [one for one in SHOWN if not one.program], ids=str)
def test_an_example_of_a_configuration_is_judged_as_its_page_says(
    example: Example, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    example.lay_out(tmp_path)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CL_")}
    run(Session(environment), ["validate", "--json"])
    document = json.loads(capsys.readouterr().out)
    codes = [problem["code"] for problem in document["diagnostics"]]
    if example.good:
        assert codes == []
    else:
        assert example.code in codes


@pytest.mark.parametrize("example", [one for one in SHOWN if one.program], ids=str)
def test_an_example_of_a_program_is_judged_as_its_page_says(example: Example, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(example.program, encoding="utf-8")
    if example.good:
        runpy.run_path(str(program))
        return
    with pytest.raises(ConfigError) as caught:
        runpy.run_path(str(program))
    assert [problem.code for problem in caught.value.diagnostics] == [example.code]


def test_most_pages_show_something_that_is_run() -> None:
    shown = {example.code for example in examples()}
    of_the_configuration = {code for code in pages() if code.startswith("CFG")}
    assert of_the_configuration - shown == {"CFG109", "CFG501"}, "these cannot be shown in a few lines"
    assert len(shown) > len([page for family in own_families() for page in family.pages]) / 2
