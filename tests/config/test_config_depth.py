"""Configurations that are very deep: each is evaluated or refused with a diagnostic, and nothing else happens."""

from __future__ import annotations

import pytest

from support.configurations import outputs, problems

DEEP = 5_000

PLACES = {
    "local": "locals {\n  a = %s\n}",
    "argument": 'resource "classiclink_vpc" "x" {\n  vpc_id = %s\n}',
    "count": 'resource "classiclink_vpc" "x" {\n  count  = %s\n  vpc_id = "vpc-a"\n}',
    "for_each": 'resource "classiclink_vpc" "x" {\n  for_each = %s\n  vpc_id   = "vpc-a"\n}',
    "ignore_changes": 'resource "classiclink_vpc" "x" {\n  vpc_id = "vpc-a"\n'
    "  lifecycle {\n    ignore_changes = [%s]\n  }\n}",
    "depends_on": 'resource "classiclink_vpc" "x" {\n  vpc_id     = "vpc-a"\n  depends_on = [%s]\n}',
    "data": 'data "classiclink_vpcs" "x" {\n  region_id = %s\n}',
    "type": 'variable "x" {\n  type = %s\n}',
    "default": 'variable "x" {\n  default = %s\n}',
    "validation": 'variable "x" {\n  default = 1\n  validation {\n'
    '    condition     = %s\n    error_message = "wrong"\n  }\n}',
    "output": 'output "x" {\n  value = %s\n}',
    "module": 'module "x" {\n  source = %s\n}',
    "moved": "moved {\n  from = %s\n  to   = classiclink_vpc.b\n}",
    "import": "import {\n  to = classiclink_vpc.b\n  id = %s\n}",
    "limits": "cl {\n  limits {\n    min_links = %s\n  }\n}",
    "backend": 'cl {\n  backend "local" {\n    path = %s\n  }\n}',
    "provider": 'provider "mock" {\n  alias = "b"\n  world = %s\n}',
    "check": 'check "x" {\n  assert {\n    condition     = %s\n    error_message = "wrong"\n  }\n}',
    "dynamic": 'cl {\n  limits {\n    dynamic "waive" {\n      for_each = %s\n'
    '      labels   = ["CL106"]\n      content {\n        reason = "x"\n      }\n    }\n  }\n}',
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("expression", ["!" * DEEP + "true", "x" + ".a" * DEEP], ids=["operators", "attributes"])
def test_a_deep_expression_is_reported_wherever_it_stands(place: str, expression: str) -> None:
    found = problems(PLACES[place] % expression)
    assert found
    if expression[0] == "!":
        assert [problem.summary for problem in found] == ["Too deeply nested"]


@pytest.mark.parametrize(("first", "next_"), [("[]", "[local.a%d]"), ("{}", "{ x = local.a%d }")])
def test_a_value_that_grows_deeper_from_local_to_local_is_reported(first: str, next_: str) -> None:
    lines = [f"  a0 = {first}", *(f"  a{i} = {next_ % (i - 1)}" for i in range(1, 600))]
    found = problems("locals {\n" + "\n".join(lines) + '\n}\noutput "it" { value = jsonencode(local.a599) }')
    assert [problem.summary for problem in found] == ["Too deeply nested"]


def test_locals_can_refer_to_one_another_in_a_long_chain() -> None:
    lines = ["  a0 = 1", *(f"  a{i} = local.a{i - 1}" for i in range(1, 2_000))]
    assert outputs("locals {\n" + "\n".join(lines) + '\n}\noutput "it" { value = local.a1999 }') == {"it": 1}


@pytest.mark.parametrize("depth", [150, 800, DEEP])
def test_deep_values_of_variables_are_reported(depth: int) -> None:
    files = {"main.hcl": 'variable "x" {}', "cl.clvars.json": '{"x": ' + "[" * depth + "]" * depth + "}"}
    assert [problem.summary for problem in problems(files)] == ["Too deeply nested"]
    found = problems({"main.hcl": 'variable "x" {}', "cl.clvars": "x = " + "-" * DEEP + "1"})
    assert [problem.summary for problem in found] == ["Too deeply nested"]
    found = problems('variable "x" { type = list(number) }', options=[("var", "x=" + "-" * DEEP + "1")])
    assert [problem.code for problem in found] == ["CFG403"]
