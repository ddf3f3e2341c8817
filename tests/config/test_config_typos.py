"""One slip is one problem: what is missing because it is mistyped is not reported a second time."""

from __future__ import annotations

import pytest

from planner.diagnostics import listed, mistyped
from support.configurations import messages, problems

VPC = 'resource "classiclink_vpc" "shop" {\n  vpc_id = "vpc-a"\n}\n'
LINK = 'resource "classiclink_attachment" "web" {\n  instance_id = "i-1"\n  vpc_id = classiclink_vpc.shop.vpc_id\n}\n'

CASES = {
    "a required argument": (VPC.replace("vpc_id", "vpcid"), ["CFG302 main.hcl:2:3 Unsupported argument"]),
    "two of them": (
        'resource "classiclink_attachment" "web" {\n  instanceid = "i-1"\n  vpc = "vpc-a"\n}\n',
        ["CFG302 main.hcl:2:3 Unsupported argument", "CFG302 main.hcl:3:3 Unsupported argument"],
    ),
    "an optional argument beside a missing one": (
        'resource "classiclink_attachment" "web" {\n  instance_id = "i-1"\n  vswitch_id = ["vsw-1"]\n}\n',
        ["CFG303 main.hcl:1:1 Missing required argument", "CFG302 main.hcl:3:3 Unsupported argument"],
    ),
    "one argument in place of another, which is unlike it": (
        'resource "classiclink_vpc" "shop" {\n  region = "x"\n}\n',
        ["CFG303 main.hcl:1:1 Missing required argument", "CFG302 main.hcl:2:3 Unsupported argument"],
    ),
    "the type of a resource": (
        VPC.replace("classiclink_vpc", "classiclink_vcp") + LINK,
        ["CFG301 main.hcl:1:10 Invalid resource type"],
    ),
    "a data source in place of a resource": (
        VPC.replace("resource", "data") + LINK,
        ["CFG301 main.hcl:1:6 Invalid data source"],
    ),
    "the type of a block": (VPC.replace("resource", "resorce") + LINK, ["CFG301 main.hcl:1:1 Unsupported block type"]),
    "locals and a variable": (
        'local {\n  x = "vpc-a"\n}\nvarible "y" {}\n' + VPC.replace('"vpc-a"', "local.x == var.y ? local.x : var.y"),
        ["CFG301 main.hcl:1:1 Unsupported block type", "CFG301 main.hcl:4:1 Unsupported block type"],
    ),
    "a module and an output of it": (
        'modul "m" {\n  source = "./m"\n}\noutput "x" {\n  value = module.m.id\n}\n',
        ["CFG301 main.hcl:1:1 Unsupported block type"],
    ),
    "the reason of a waiver": (
        'cl {\n  limits {\n    waive "CL104" {\n      reson = "x"\n      until = "2099-01-01"\n    }\n  }\n}\n',
        ["CFG302 main.hcl:4:7 Unsupported argument"],
    ),
    "a reference alone": (
        VPC + LINK.replace("classiclink_vpc.", "classiclink_vcp."),
        ["CFG307 main.hcl:6:12 Reference to undeclared resource"],
    ),
}


WRONG_DECLARATIONS = {
    "a variable": ('variable "instance" {\n  tpye = string\n}\n', "var.instence", "instance"),
    "a variable with a mistyped block": ('variable "instance" {\n  validaton {}\n}\n', "var.instence", "instance"),
    "a mistyped variable block": ('varible "instance" {}\n', "var.instence", "instance"),
    "a module": ('module "network" {}\n', "module.netwrok.id", "network"),
    "a resource": ('resource "classiclink_vpc" "shop" {}\n', "classiclink_vpc.shpo.id", "classiclink_vpc.shop"),
    "a resource with a mistyped type": (
        'resource "classiclink_vcp" "shop" {}\n',
        "classiclink_vpc.shpo.id",
        "classiclink_vpc.shop",
    ),
}


@pytest.mark.parametrize("case", WRONG_DECLARATIONS)
def test_a_mistyped_reference_to_a_wrong_declaration_gets_its_hint(case: str) -> None:
    declaration, reference, meant = WRONG_DECLARATIONS[case]
    (problem,) = (
        found
        for found in problems({"main.hcl": f'{declaration}output "a" {{\n  value = {reference}\n}}\n'})
        if found.code == "CFG307"
    )
    assert problem.detail.endswith(f'Did you mean "{meant}"?')


@pytest.mark.parametrize("value", ['{"x": {}}', '[{"x": {}}]', '"x"'])
def test_a_mistyped_block_in_json_gets_its_hint(value: str) -> None:
    (problem,) = problems({"a.hcl.json": f'{{"varable": {value}}}'})
    assert (problem.code, problem.summary) == ("CFG301", "Unsupported block type")
    assert problem.detail == 'There is no block "varable" here. Did you mean "variable"?'


@pytest.mark.parametrize(
    ("block", "reference"),
    [
        ('"varible": {"a": {"default": "x"}}', "var.a"),
        ('"varible": [{"a": {}}]', "var.a"),
        ('"local": {"a": 1}', "local.a"),
        ('"modul": {"m": {"source": "./m"}}', "module.m.x"),
        ('"resorce": {"classiclink_vpc": {"a": {"vpc_id": "vpc-a"}}}', "classiclink_vpc.a.vpc_id"),
    ],
)
def test_a_mistyped_block_in_json_and_what_refers_to_it_are_one_problem(block: str, reference: str) -> None:
    text = f'{{{block}, "output": {{"o": {{"value": "${{{reference}}}"}}}}}}'
    assert messages({"a.hcl.json": text}) == ["CFG301 a.hcl.json:1:2 Unsupported block type"]


def test_a_mistyped_source_of_a_module_is_named() -> None:
    (problem,) = problems({"main.hcl": 'module "m" {\n  sorce = "./m"\n}\n'})
    assert problem.code == "CFG302"
    assert problem.span is not None
    assert problem.span.start.line == 2
    assert problem.detail == 'There is no argument "sorce" here. Did you mean "source"?'
    (problem,) = problems({"main.hcl": 'module "m" {\n  vpc_id = "vpc-a"\n}\n'})
    assert problem.detail == 'This block does not set "source", which is required.'


@pytest.mark.parametrize("case", CASES)
def test_a_slip_is_reported_once(case: str) -> None:
    text, expected = CASES[case]
    assert messages({"main.hcl": text}) == expected


def test_a_mistyped_input_of_a_module_is_reported_once() -> None:
    files = {
        "main.hcl": 'module "m" {\n  source = "./m"\n  vpcid = "vpc-a"\n}\noutput "x" {\n  value = module.m.id\n}\n',
        "m/main.hcl": 'variable "vpc_id" {\n  type = string\n}\noutput "id" {\n  value = var.vpc_id\n}\n',
    }
    assert messages(files) == ["CFG302 main.hcl:3:3 Unsupported argument"]


def test_each_missing_name_is_meant_by_one_mistyped_name_only() -> None:
    assert mistyped(["vpcid", "vpc_idd"], ["vpc_id"]) == {"vpcid": "vpc_id"}
    assert mistyped(["vswitch_id"], ["vpc_id", "vswitch_ids"]) == {"vswitch_id": "vswitch_ids"}
    assert mistyped(["region"], ["vpc_id"]) == {}


def test_names_are_listed_as_they_are_in_a_sentence() -> None:
    assert [listed(["a", "b", "c"][:count]) for count in range(4)] == ["", "a", "a and b", "a, b and c"]
