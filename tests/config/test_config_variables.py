"""Where variables get their values from, and how those are read and checked."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from planner.config.variables import collect
from planner.diagnostics import ConfigError
from support.configurations import desired, evaluation, line_of, messages, outputs, place, problems

X = 'variable "x" { default = "default" }\noutput "it" { value = var.x }\n'


def it(files: str | dict[str, str], **given: Any) -> Any:
    return outputs(files, **given)["it"]


LATER = [
    ({}, {}, (), "default"),
    ({}, {"CL_VAR_x": "environment"}, (), "environment"),
    ({"cl.clvars": 'x = "1"'}, {"CL_VAR_x": "environment"}, (), "1"),
    ({"cl.clvars": 'x = "1"', "cl.clvars.json": '{"x": "2"}'}, {}, (), "2"),
    ({"cl.clvars.json": '{"x": "2"}', "a.auto.clvars": 'x = "3"'}, {}, (), "3"),
    ({"a.auto.clvars.json": '{"x": "3"}', "b.auto.clvars": 'x = "4"'}, {}, (), "4"),
    ({"b.auto.clvars": 'x = "4"', "a.auto.clvars.json": '{"x": "3"}'}, {}, [("var", "x=5")], "5"),
    ({"f.clvars": 'x = "6"'}, {}, [("var", "x=5"), ("file", "f.clvars")], "6"),
    ({"f.clvars": 'x = "6"'}, {}, [("file", "f.clvars"), ("var", "x=5")], "5"),
]


@pytest.mark.parametrize(("files", "environment", "options", "expected"), LATER)
def test_the_last_source_wins(
    files: dict[str, str], environment: dict[str, str], options: list[tuple[str, ...]], expected: str
) -> None:
    assert it({"main.hcl": X, **files}, environment=environment, options=options) == expected


@pytest.mark.parametrize(
    ("type_", "text", "expected"),
    [
        ("", "[1]", "[1]"),
        ("type = string", "[1]", "[1]"),
        ("type = string", 'a"b', 'a"b'),
        ("type = number", "12", 12),
        ("type = bool", "true", True),
        ("type = list(string)", '["a", "b"]', ["a", "b"]),
        ("type = set(string)", '["b", "a"]', ["a", "b"]),
        ("type = map(number)", "{ a = 1 }", {"a": 1}),
        ("type = any", "[1]", [1]),
        ("type = list", "[1, 2]", [1, 2]),
        ("type = map", "{ a = 1 }", {"a": 1}),
        ("type = object({ a = number, b = optional(string, 'c') })".replace("'", '"'), "{ a = 1 }", {"a": 1, "b": "c"}),
    ],
)
def test_a_text_is_read_by_the_declared_type(type_: str, text: str, expected: object) -> None:
    files = f'variable "x" {{\n  {type_}\n}}\noutput "it" {{ value = var.x }}\n'
    assert it(files, environment={"CL_VAR_x": text}) == expected
    assert it(files, options=[("var", f"x={text}")]) == expected


def test_a_default_is_converted() -> None:
    files = 'variable "x" {\n  type = set(string)\n  default = ["b", "a", "b"]\n}\noutput "it" { value = var.x }\n'
    assert it(files) == ["a", "b"]


def test_null_takes_the_default_where_null_is_not_allowed() -> None:
    files = 'variable "x" {\n  default = "d"\n  nullable = NULLABLE\n}\noutput "it" { value = var.x }\n'
    assert it({"main.hcl": files.replace("NULLABLE", "false"), "cl.clvars": "x = null"}) == "d"
    assert it({"main.hcl": files.replace("NULLABLE", "true"), "cl.clvars": "x = null"}) is None


def test_a_missing_value_is_reported_with_the_ways_to_give_it() -> None:
    (problem,) = problems('variable "x" {}\noutput "it" { value = var.x }\n')
    assert (problem.code, place(problem)) == ("CFG402", "main.hcl:1:1")
    assert "--var 'x=…'" in str(problem.remedy)
    assert "CL_VAR_x" in str(problem.remedy)
    assert "cl.clvars" in str(problem.remedy)


def test_a_configuration_is_valid_without_values_for_its_variables() -> None:
    text = """
    variable "world" {}
    variable "ids" { type = set(string) }
    variable "percent" { type = number }
    provider "mock" { world = var.world }
    cl {
      limits { max_detach_percent = var.percent }
    }
    resource "classiclink_attachment" "web" {
      for_each    = var.ids
      instance_id = each.key
      vpc_id      = "vpc-a"
    }
    """
    assert messages(text, provider=False, world=None) == []
    assert [line.split(" ")[0] for line in messages(text, provider=False)] == ["CFG402"] * 3


def test_what_is_missing_can_be_asked_for_and_answered() -> None:
    with evaluation('variable "x" {}\nvariable "y" { default = 1 }\n', environment={}) as found:
        assert [variable.name for variable in found.missing_variables()] == ["x"]


def test_answers_count_like_options() -> None:
    from planner.config.variables import Values

    values = Values().with_answers({"x": "1"})
    assert [(given.name, given.value) for given in values.given] == [("x", "1")]


def test_values_of_undeclared_variables() -> None:
    assert messages("", environment={"CL_VAR_nothing": "1"}) == []
    assert messages("", options=[("var", "nothing=1")]) == ["CFG411 - Value for an undeclared variable"]
    files = {"main.hcl": 'variable "region" { default = 1 }', "cl.clvars": "\nregoin = 1"}
    (problem,) = problems(files)
    assert (problem.severity, place(problem)) == ("warning", "cl.clvars:2:1")
    assert 'Did you mean "region"?' in problem.detail


ONE = 'variable "x" { default = 1 }'


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"main.hcl": ONE, "cl.clvars": "x = "}, "CFG102 cl.clvars:1:5 Missing expression"),
        (
            {"main.hcl": ONE, "cl.clvars": "x = var.y"},
            "CFG401 cl.clvars:1:5 Variables not allowed",
        ),
        (
            {"main.hcl": ONE, "cl.clvars": "x {}"},
            "CFG301 cl.clvars:1:1 Unsupported block type",
        ),
        (
            {"main.hcl": ONE, "cl.clvars.json": '{"x": }'},
            "CFG107 cl.clvars.json:1:7 Invalid JSON",
        ),
        (
            {"main.hcl": ONE, "cl.clvars.json": "[]"},
            "CFG107 cl.clvars.json:1:1 Invalid JSON",
        ),
        (
            {"main.hcl": 'variable "x" { type = number }', "cl.clvars": 'x = "many"'},
            "CFG403 cl.clvars:1:5 Invalid value for variable",
        ),
        (
            {"main.hcl": 'variable "x" {\n  type = number\n  default = "many"\n}'},
            "CFG404 main.hcl:3:13 Invalid default value for variable",
        ),
        (
            {"main.hcl": 'variable "x" {\n  nullable = false\n  default = null\n}'},
            "CFG404 main.hcl:3:13 Invalid default value for variable",
        ),
        ({"main.hcl": 'variable "x" { default = local.y }'}, "CFG401 main.hcl:1:26 Variables not allowed"),
        ({"main.hcl": 'variable "count" {}'}, "CFG405 main.hcl:1:10 Invalid variable name"),
        ({"main.hcl": 'variable "x" { sensitive = 7 }'}, "CFG306 main.hcl:1:28 Incorrect attribute value type"),
        (
            {"main.hcl": 'variable "x" { nullable = false }', "cl.clvars": "x = null"},
            "CFG403 cl.clvars:1:5 Invalid value for variable",
        ),
    ],
)
def test_a_wrong_value_is_reported_where_it_was_given(files: dict[str, str], expected: str) -> None:
    assert expected in messages(files)


def test_an_unreadable_expression_says_which_variable_and_how_to_write_it() -> None:
    (problem,) = problems('variable "x" { type = list(string) }', environment={"CL_VAR_x": "a, b"})
    assert problem.code == "CFG403"
    assert "the environment variable CL_VAR_x" in problem.detail
    assert 'CL_VAR_x=\'["a", "b"]\'' in str(problem.remedy)


def test_a_missing_variables_file_and_an_option_without_a_value_are_reported_together() -> None:
    assert messages("", options=[("file", "gone.clvars"), ("var", "x")]) == [
        "CFG410 - Cannot read variables file",
        "CFG409 - Invalid --var option",
    ]


VALIDATED = """\
variable "region" { default = "cn-hangzhou" }
variable "vpc_id" {
  validation {
    condition     = startswith(var.vpc_id, "vpc-")
    error_message = "${var.vpc_id} is no VPC's id."
  }
  validation {
    condition     = length(var.vpc_id) < 10 || var.region != "cn-hangzhou"
    error_message = "Too long for ${var.region}."
  }
}
output "it" { value = var.vpc_id }
"""


def test_every_validation_that_fails_is_reported_where_the_value_was_given() -> None:
    found = problems({"main.hcl": VALIDATED, "cl.clvars": 'vpc_id = "something long"'})
    assert [(problem.code, place(problem)) for problem in found] == [("CFG403", "cl.clvars:1:10")] * 2
    assert found[0].detail.startswith("something long is no VPC's id.")
    assert [line_of(other) for other in found[0].related] == [4]
    assert found[1].detail.startswith("Too long for cn-hangzhou.")


LOOKS = """\
variable "p" {
  default = 80
  validation {
    condition     = var.p > 100 && alltrue([for x in var.list : length(x) < var.n])
    error_message = "No."
  }
  validation {
    condition     = var.text == "x" || var.secret == var.p || var.o.list[0] == var.nothing || var.o.list == []
    error_message = "No."
  }
}
variable "list" { default = ["aaa", "b"] }
variable "n" { default = 9 }
variable "nothing" { default = null }
variable "o" { default = { list = ["c"] } }
variable "text" { default = "TEXT" }
variable "secret" {
  default   = 5
  sensitive = true
}
"""


def test_a_failed_validation_shows_the_values_it_looked_at_but_no_secret() -> None:
    long = "a\\n" + "b" * 98
    first, second = problems(LOOKS.replace("TEXT", long))
    assert "\nValues: var.list is tuple with 2 elements; var.n is 9; var.p is 80.\n" in first.detail
    shown = "a\\n" + "b" * 78
    assert (
        '\nValues: var.nothing is null; var.o.list is tuple with 1 element; var.o.list[0] is "c"; var.p is 80; '
        f'var.text is "{shown}"… (100 characters).\n'
    ) in second.detail


def test_a_valid_value_passes() -> None:
    assert it(VALIDATED, options=[("var", "vpc_id=vpc-a")]) == "vpc-a"


def test_a_sensitive_variable_makes_what_uses_it_sensitive() -> None:
    text = 'variable "x" {\n  default = "s"\n  sensitive = true\n}\n'
    assert messages(text + 'output "o" { value = "${var.x}!" }') == [
        "CFG321 main.hcl:5:22 Output refers to sensitive values"
    ]
    assert desired(text + 'output "o" {\n  value = var.x\n  sensitive = true\n}').outputs["o"].sensitive


def test_only_variables_that_are_no_secret_are_given_to_plans() -> None:
    with evaluation('variable "a" { default = [1] }\nvariable "b" {\n  default = 1\n  sensitive = true\n}\n') as found:
        assert found.plain_variables() == {"a": [1]}


def test_the_sources_of_all_files_are_kept_for_excerpts() -> None:
    with evaluation({"main.hcl": "locals {}\n", "cl.clvars": "x = 1\n"}) as found:
        assert found.sources["main.hcl"] == "locals {}\n"
        assert found.sources["cl.clvars"] == "x = 1\n"


@pytest.mark.parametrize("name", ["cl.clvars", "cl.clvars.json", "a.auto.clvars"])
@pytest.mark.parametrize("kind", ["dangling link", "pipe"])
def test_a_variables_file_that_cannot_be_read_is_reported_and_not_passed_over(
    tmp_path: Path, name: str, kind: str
) -> None:
    if kind == "pipe":
        os.mkfifo(tmp_path / name)
    else:
        (tmp_path / name).symlink_to("gone")
    with pytest.raises(ConfigError) as error:
        collect(tmp_path, {})
    assert [problem.code for problem in error.value.diagnostics] == ["CFG410"]


def test_a_directory_with_the_name_of_a_variables_file_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "cl.clvars").mkdir()
    (tmp_path / "a.auto.clvars").mkdir()
    assert collect(tmp_path, {}).given == ()


@pytest.mark.parametrize("type_", ["string", "list(string)", "map"])
def test_a_type_has_quotes_in_json_only(type_: str) -> None:
    with pytest.raises(ConfigError) as refused:
        it(f'variable "x" {{\n  type = "{type_}"\n  default = null\n}}\noutput "it" {{ value = var.x }}\n')
    (problem,) = refused.value.diagnostics
    assert (problem.code, str(problem.remedy)) == ("CFG206", f"Remove the quotes: type = {type_}")
    declared = {"variable": {"x": {"type": type_, "default": None}}, "output": {"it": {"value": "${var.x}"}}}
    assert it({"main.hcl.json": json.dumps(declared)}) is None
