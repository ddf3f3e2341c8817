"""What is wrong with a configuration is told with its place, all of it, and none of it twice."""

from __future__ import annotations

import pytest

from planner.config.evaluation import Evaluation
from planner.diagnostics import ConfigError
from support.configurations import evaluation, line_of, messages, problems

VPC = 'resource "classiclink_vpc" "shop" {\n  vpc_id = "vpc-a"\n}\n'
KEYED = 'resource "classiclink_vpc" "shop" {\n  for_each = toset(["vpc-a"])\n  vpc_id   = each.key\n}\n'


def attachment(*lines: str, name: str = "web") -> str:
    """An attachment with further lines; the first of them is line 4 where nothing stands before."""
    inside = "".join(f"  {line}\n" for line in lines)
    return f'resource "classiclink_attachment" "{name}" {{\n  instance_id = "i-1"\n  vpc_id = "vpc-a"\n{inside}}}\n'


CASES = {
    # blocks and arguments
    "unknown block": ('resourc "x" "y" {}\n', ["CFG301 main.hcl:1:1 Unsupported block type"]),
    "argument at the top": ("region = 1\n", ["CFG302 main.hcl:1:1 Unsupported argument"]),
    "unknown resource type": ('resource "classiclink_vcp" "x" {}\n', ["CFG301 main.hcl:1:10 Invalid resource type"]),
    "unknown data source": ('data "classiclink_vpc" "x" {}\n', ["CFG301 main.hcl:1:6 Invalid data source"]),
    "missing label": ('resource "classiclink_vpc" {}\n', ["CFG304 main.hcl:1:1 Missing name for resource"]),
    "extra label": ('variable "a" "b" {}\n', ["CFG304 main.hcl:1:14 Extraneous label for variable"]),
    "a name that is none": (
        'resource "classiclink_vpc" "a b" {\n  vpc_id = "vpc-a"\n}\n',
        ["CFG304 main.hcl:1:28 Invalid name for resource"],
    ),
    "a variable name that is none": (
        'variable "1" { default = 1 }',
        ["CFG304 main.hcl:1:10 Invalid name for variable"],
    ),
    "a waiver without a rule": (
        'cl {\n  limits {\n    dynamic "waive" {\n      for_each = [1]\n      content {}\n    }\n  }\n}\n',
        ["CFG326 main.hcl:3:5 Invalid dynamic block"],
    ),
    "unknown argument": (
        'resource "classiclink_vpc" "x" {\n  vpc_id = "vpc-a"\n  vpcid = 1\n}\n',
        ["CFG302 main.hcl:3:3 Unsupported argument"],
    ),
    "computed argument": (
        'resource "classiclink_vpc" "x" {\n  vpc_id = "vpc-a"\n  region_id = "x"\n}\n',
        ["CFG302 main.hcl:3:3 Unsupported argument"],
    ),
    "missing argument": (
        'resource "classiclink_attachment" "x" {\n}\n',
        [
            "CFG303 main.hcl:1:1 Missing required argument",
            "CFG303 main.hcl:1:1 Missing required argument",
        ],
    ),
    "unknown nested block": (attachment("tags {}"), ["CFG301 main.hcl:4:3 Unsupported block type"]),
    "dynamic of an unknown block": (
        attachment('dynamic "tags" {', "  for_each = []", "  content {}", "}"),
        ["CFG301 main.hcl:4:11 Unsupported block type"],
    ),
    "argument written as a block": (
        'resource "classiclink_vpc" "x" {\n  vpc_id {}\n}\n',
        ["CFG303 main.hcl:1:1 Missing required argument", "CFG301 main.hcl:2:3 Unsupported block type"],
    ),
    "block written as an argument": (
        attachment("lifecycle = {}"),
        ["CFG302 main.hcl:4:3 Unsupported argument"],
    ),
    "lifecycle twice": (
        attachment("lifecycle {}", "lifecycle {}"),
        ["CFG305 main.hcl:5:3 Duplicate lifecycle block"],
    ),
    "the same resource twice": (
        VPC + VPC,
        ["CFG305 main.hcl:4:1 Duplicate resource classiclink_vpc.shop"],
    ),
    "the same variable twice": (
        'variable "a" { default = 1 }\nvariable "a" { default = 2 }\n',
        ["CFG305 main.hcl:2:1 Duplicate input variable a"],
    ),
    "the same variable twice, without a value": (
        'variable "a" {}\nvariable "a" { type = number }\noutput "x" { value = var.a }\n',
        ["CFG305 main.hcl:2:1 Duplicate input variable a"],
    ),
    "the same local twice": (
        "locals {\n  a = 1\n}\nlocals {\n  a = 2\n}\n",
        ["CFG305 main.hcl:5:3 Duplicate local value a"],
    ),
    "wrong type": (
        'resource "classiclink_vpc" "x" {\n  vpc_id = ["vpc-a"]\n}\n',
        ["CFG306 main.hcl:2:12 Incorrect attribute value type"],
    ),
    "wrong element type": (
        attachment("vswitch_ids = [{}]"),
        ["CFG306 main.hcl:4:17 Incorrect attribute value type"],
    ),
    # references
    "undeclared variable": (
        "locals {\n  a = var.b\n}\n",
        ["CFG307 main.hcl:2:7 Reference to undeclared input variable"],
    ),
    "undeclared local": ("locals {\n  a = local.b\n}\n", ["CFG307 main.hcl:2:7 Reference to undeclared local value"]),
    "undeclared resource": (
        "locals {\n  a = classiclink_vpc.x.vpc_id\n}\n",
        ["CFG307 main.hcl:2:7 Reference to undeclared resource"],
    ),
    "undeclared data source": (
        "locals {\n  a = data.classiclink_vpcs.x.ids\n}\n",
        ["CFG307 main.hcl:2:7 Reference to undeclared data source"],
    ),
    "undeclared module": ("locals {\n  a = module.x.y\n}\n", ["CFG307 main.hcl:2:7 Reference to undeclared module"]),
    "a word": ("locals {\n  a = hello\n}\n", ["CFG307 main.hcl:2:7 Invalid reference"]),
    "a resource type alone": ("locals {\n  a = classiclink_vpc\n}\n", ["CFG307 main.hcl:2:7 Invalid reference"]),
    "all variables": ("locals {\n  a = var\n}\n", ["CFG307 main.hcl:2:7 Invalid reference"]),
    "unsupported attribute": (
        VPC + "locals {\n  a = classiclink_vpc.shop.cidr\n}\n",
        ["CFG308 main.hcl:5:7 Unsupported attribute"],
    ),
    "unknown path": ("locals {\n  a = path.modul\n}\n", ["CFG308 main.hcl:2:7 Unsupported attribute"]),
    "each without for_each": (
        'resource "classiclink_vpc" "x" {\n  vpc_id = each.key\n}\n',
        ['CFG309 main.hcl:2:12 Reference to "each" without "for_each"'],
    ),
    "count without count": (
        'resource "classiclink_vpc" "x" {\n  vpc_id = "vpc-${count.index}"\n}\n',
        ['CFG309 main.hcl:2:19 Reference to "count" without "count"'],
    ),
    "each with a wrong attribute": (
        'resource "classiclink_vpc" "x" {\n  for_each = {}\n  vpc_id = each.id\n}\n',
        ["CFG308 main.hcl:3:12 Unsupported attribute"],
    ),
    "self outside of a postcondition": (
        'resource "classiclink_vpc" "x" {\n  vpc_id = self.region_id\n}\n',
        ['CFG309 main.hcl:2:12 Invalid "self" reference'],
    ),
    "no key where there are several": (
        'resource "classiclink_vpc" "x" {\n  count = 1\n  vpc_id = "vpc-a"\n}\n'
        "locals {\n  a = classiclink_vpc.x.vpc_id\n}\n",
        ["CFG309 main.hcl:6:7 Missing resource instance key"],
    ),
    "a key where there is one": (
        VPC + "locals {\n  a = classiclink_vpc.shop[0].vpc_id\n}\n",
        ["CFG309 main.hcl:5:7 Unexpected resource instance key"],
    ),
    "a cycle of locals": ("locals {\n  a = local.b\n  b = local.a\n}\n", ["CFG310 main.hcl:2:3 Cycle"]),
    "a local of itself": ("locals {\n  a = 1 + local.a\n}\n", ["CFG310 main.hcl:2:11 Cycle"]),
    "a resource of itself": (
        'resource "classiclink_vpc" "x" {\n  vpc_id = classiclink_vpc.x.region_id\n}\n',
        ["CFG311 main.hcl:2:12 Self-referential block"],
    ),
    "a resource of itself, by its long name, beside one whose name begins alike": (
        'resource "classiclink_vpc" "x-y" {\n  vpc_id = "vpc-a"\n}\n'
        'resource "classiclink_vpc" "x" {\n'
        '  vpc_id = "${classiclink_vpc.x-y.vpc_id}${resource.classiclink_vpc.x.region_id}"\n}\n',
        ["CFG311 main.hcl:5:44 Self-referential block"],
    ),
    "an instance that refers to another of its block": (
        'resource "classiclink_vpc" "x" {\n  count  = 2\n  vpc_id = classiclink_vpc.x[0].vpc_id\n}\n',
        ["CFG311 main.hcl:3:12 Self-referential block"],
    ),
    "depends_on of a text": (attachment('depends_on = ["a b"]'), ["CFG316 main.hcl:4:17 Invalid depends_on reference"]),
    "depends_on of a variable": (
        attachment("depends_on = [path.root]"),
        ["CFG316 main.hcl:4:17 Invalid depends_on reference"],
    ),
    "depends_on of one": (attachment("depends_on = local.a"), ["CFG316 main.hcl:4:16 A list of names is required"]),
    "depends_on of nothing there": (
        attachment("depends_on = [classiclink_vpc.gone]"),
        ["CFG307 main.hcl:4:17 Reference to undeclared resource"],
    ),
    # repetition
    "count and for_each": (
        'resource "classiclink_vpc" "x" {\n  count = 1\n  for_each = {}\n  vpc_id = "vpc-a"\n}\n',
        ['CFG312 main.hcl:3:3 Invalid combination of "count" and "for_each"'],
    ),
    **{
        f"count = {count}": (
            f'resource "classiclink_vpc" "x" {{\n  count = {count}\n  vpc_id = "vpc-a"\n}}\n',
            ["CFG312 main.hcl:2:11 Invalid count argument"],
        )
        for count in ("-1", "1.5", "null", '"many"', "sensitive(1)", "[]", "10000000")
    },
    **{
        f"for_each = {keys}": (
            f'resource "classiclink_vpc" "x" {{\n  for_each = {keys}\n  vpc_id = "vpc-a"\n}}\n',
            ["CFG312 main.hcl:2:14 Invalid for_each argument"],
        )
        for keys in ('["a"]', '"a"', "null", "1", "toset([1])", 'sensitive(toset(["a"]))', "toset([tostring(null)])")
    },
    # identifiers
    "null id": (
        'resource "classiclink_vpc" "x" {\n  vpc_id = null\n}\n',
        ["CFG335 main.hcl:2:12 Required argument is null"],
    ),
    "empty id": ('resource "classiclink_vpc" "x" {\n  vpc_id = ""\n}\n', ["CFG313 main.hcl:2:12 Invalid identifier"]),
    "id with a space": (
        'resource "classiclink_vpc" "x" {\n  vpc_id = "vpc a"\n}\n',
        ["CFG313 main.hcl:2:12 Invalid identifier"],
    ),
    **{
        f"id {reference} in quotes": (
            f'resource "classiclink_vpc" "x" {{\n  vpc_id = "{reference}"\n}}\n',
            ["CFG313 main.hcl:2:12 Quoted reference"],
        )
        for reference in (
            "classiclink_vpc.shop.vpc_id",
            "var.vpc_id",
            "each.value",
            "module.net[0].vpc_id",
            "local.a.b",
        )
    },
    "reference in quotes in a list": (
        attachment('vswitch_ids = ["vsw-1", "classiclink_vswitch.x.id"]'),
        ["CFG313 main.hcl:4:17 Quoted reference"],
    ),
    "id that only looks a little like a reference": ('resource "classiclink_vpc" "x" {\n  vpc_id = "vpc-a.b"\n}\n', []),
    "sensitive id": (
        'resource "classiclink_vpc" "x" {\n  vpc_id = sensitive("vpc-a")\n}\n',
        ["CFG313 main.hcl:2:12 Sensitive value in an identifier"],
    ),
    "sensitive vswitch": (
        attachment('vswitch_ids = [sensitive("vsw-1")]'),
        ["CFG313 main.hcl:4:17 Sensitive value in an identifier"],
    ),
    "null vswitch": (attachment("vswitch_ids = [null]"), ["CFG313 main.hcl:4:17 Invalid identifier"]),
    "bad cidr": (
        'resource "classiclink_guest_route" "x" {\n  instance_id = "i-1"\n'
        '  destination_cidr_block = "192.168.0.1/16"\n}\n',
        ["CFG313 main.hcl:3:28 Invalid CIDR block"],
    ),
    # lifecycle
    "create_before_destroy": (
        attachment("lifecycle {", "  create_before_destroy = true", "}"),
        ["CFG315 main.hcl:5:29 Unsupported create_before_destroy"],
    ),
    "ignore_changes of nothing there": (
        attachment("lifecycle {", "  ignore_changes = [vpcid]", "}"),
        ["CFG315 main.hcl:5:23 Unsupported ignore_changes"],
    ),
    "replaced by a variable": (
        attachment("lifecycle {", "  replace_triggered_by = [path.root]", "}"),
        ["CFG322 main.hcl:5:29 Invalid address"],
    ),
    "sensitive prevent_destroy": (
        attachment("lifecycle {", "  prevent_destroy = sensitive(true)", "}"),
        ["CFG315 main.hcl:5:23 Invalid prevent_destroy"],
    ),
    # conditions
    "precondition": (
        attachment(
            "lifecycle {",
            "  precondition {",
            '    condition = path.root == ""',
            '    error_message = "No."',
            "  }",
            "}",
        ),
        ["CFG318 main.hcl:6:19 Precondition failed"],
    ),
    "postcondition": (
        attachment(
            "lifecycle {",
            "  postcondition {",
            '    condition = self.private_ip != "10.1.2.3"',
            '    error_message = "No."',
            "  }",
            "}",
        ),
        ["CFG319 main.hcl:6:19 Postcondition failed"],
    ),
    "condition that is no condition": (
        attachment(
            "lifecycle {", "  precondition {", "    condition = [path.root]", '    error_message = "No."', "  }", "}"
        ),
        ["CFG317 main.hcl:6:19 Invalid condition result"],
    ),
    "sensitive output": (
        'output "o" {\n  value = sensitive(1)\n}\n',
        ["CFG321 main.hcl:2:11 Output refers to sensitive values"],
    ),
    "infinite output": (
        'output "o" {\n  value = { a = [1, -1 / 0] }\n}\n',
        ["CFG328 main.hcl:2:11 Output is infinite"],
    ),
    "output of too many digits": (
        'output "o" {\n  value = { a = [1e5000] }\n}\n',
        ["CFG329 main.hcl:2:11 Output is too large"],
    ),
    "output precondition": (
        'output "o" {\n  value = 1\n  precondition {\n    condition = path.root == ""\n'
        '    error_message = "No."\n  }\n}\n',
        ["CFG318 main.hcl:4:17 Precondition failed"],
    ),
    "check without assert": ('check "c" {}\n', ["CFG336 main.hcl:1:1 Missing assert block"]),
    "check that fails": (
        'check "c" {\n  assert {\n    condition = path.root == ""\n    error_message = "No."\n  }\n}\n',
        ["CFG320 main.hcl:3:17 Check block assertion failed"],
    ),
    "condition that refers to nothing": (
        'variable "x" {\n  default = 1\n  validation {\n    condition = 1 == 1\n    error_message = "No."\n  }\n}\n',
        ["CFG317 main.hcl:4:17 Invalid condition"],
    ),
    # refactoring
    "moved from nowhere": (
        "moved {\n  from = 1\n  to = classiclink_vpc.a\n}\n",
        ["CFG322 main.hcl:2:10 Invalid address"],
    ),
    "moved but there": (
        VPC + "moved {\n  from = classiclink_vpc.shop\n  to = classiclink_vpc.new\n}\n",
        ["CFG327 main.hcl:4:1 Moved object still exists"],
    ),
    "moved into its own key": (VPC + "moved {\n  from = classiclink_vpc.shop\n  to = classiclink_vpc.shop[0]\n}\n", []),
    "moved to itself": (
        "moved {\n  from = classiclink_vpc.a\n  to = classiclink_vpc.a\n}\n",
        ["CFG327 main.hcl:1:1 Redundant move"],
    ),
    "moved to another type": (
        "moved {\n  from = classiclink_vpc.a\n  to = classiclink_attachment.a\n}\n",
        ["CFG327 main.hcl:1:1 Type mismatch in a move"],
    ),
    "moved out of a module": (
        "moved {\n  from = module.m.classiclink_vpc.a\n  to = classiclink_vpc.a\n}\n"
        'moved {\n  from = module.n["k"]\n  to = module.o.module.p\n}\n',
        [],
    ),
    "moved to half an address": (
        "moved {\n  from = classiclink_vpc.a\n  to = classiclink_vpc\n}\n",
        ["CFG322 main.hcl:3:8 Invalid address"],
    ),
    "removed data": ("removed {\n  from = data.classiclink_vpcs.a\n}\n", ["CFG322 main.hcl:2:10 Invalid address"]),
    "moved twice": (
        "moved {\n  from = module.a\n  to = module.b\n}\nmoved {\n  from = module.a\n  to = module.c\n}\n",
        ["CFG327 main.hcl:5:1 Ambiguous move"],
    ),
    "moved from two places to one": (
        "moved {\n  from = module.a\n  to = module.c\n}\nmoved {\n  from = module.b\n  to = module.c\n}\n",
        ["CFG327 main.hcl:5:1 Ambiguous move"],
    ),
    "moved along a chain": (
        "moved {\n  from = module.x\n  to = module.a\n}\nmoved {\n  from = module.a\n  to = module.b\n}\n"
        "moved {\n  from = module.b\n  to = module.c\n}\nmoved {\n  from = module.c\n  to = module.d\n}\n",
        [],
    ),
    "moved round and round": (
        "moved {\n  from = module.a\n  to = module.b\n}\nmoved {\n  from = module.b\n  to = module.a\n}\n",
        ["CFG327 main.hcl:1:1 Circular move"],
    ),
    "the same move said twice": (
        "moved {\n  from = module.a\n  to = module.c\n}\nmoved {\n  from = module.a\n  to = module.c\n}\n",
        [],
    ),
    "both forgotten and destroyed": (
        "removed {\n  from = classiclink_vpc.a\n  lifecycle {\n    destroy = false\n  }\n}\n"
        "removed {\n  from = classiclink_vpc.a\n}\n",
        ["CFG343 main.hcl:7:1 Contradictory removal"],
    ),
    "removed but there": (
        VPC + "removed {\n  from = classiclink_vpc.shop\n}\n",
        ["CFG342 main.hcl:4:1 Removed object still exists"],
    ),
    "an instance removed but there": (
        KEYED
        + 'removed {\n  from = classiclink_vpc.shop["vpc-a"]\n}\nremoved {\n  from = classiclink_vpc.shop["b"]\n}\n',
        ["CFG342 main.hcl:5:1 Removed object still exists"],
    ),
    "imported twice": (
        VPC + 2 * 'import {\n  to = classiclink_vpc.shop\n  id = "vpc-a"\n}\n',
        ["CFG305 main.hcl:8:1 Duplicate import to classiclink_vpc.shop"],
    ),
    "import to nowhere": (
        'import {\n  to = classiclink_vpc.x\n  id = "vpc-a"\n}\n',
        ["CFG339 main.hcl:2:8 Import target not declared"],
    ),
    "import of nothing": (
        VPC + "import {\n  to = classiclink_vpc.shop\n  id = null\n}\n",
        ["CFG341 main.hcl:6:8 Invalid import id"],
    ),
    # data
    "bad regex": (
        'data "classiclink_vpcs" "x" {\n  name_regex = "("\n}\n',
        ["CFG323 main.hcl:2:16 Invalid regular expression"],
    ),
    "no state file": (
        'data "cl_state" "x" {\n  path = "gone.json"\n}\n',
        ["CFG324 main.hcl:2:10 Cannot read state"],
    ),
    # settings
    "version": (
        'cl {\n  required_version = ">= 99.0"\n}\n',
        ["CFG503 main.hcl:2:22 Unsupported cl version"],
    ),
    "version that is none": (
        'cl {\n  required_version = "new"\n}\n',
        ["CFG502 main.hcl:2:22 Invalid version constraint"],
    ),
    "limit out of range": (
        "cl {\n  limits {\n    max_detach_percent = 101\n  }\n}\n",
        ["CFG504 main.hcl:3:26 Invalid limit"],
    ),
    "limit of a wrong type": (
        "cl {\n  limits {\n    adopt = 7\n  }\n}\n",
        ["CFG306 main.hcl:3:13 Incorrect attribute value type"],
    ),
    "unknown limit": ("cl {\n  limits {\n    adapt = true\n  }\n}\n", ["CFG302 main.hcl:3:5 Unsupported argument"]),
    "limits twice": ("cl {\n  limits {}\n  limits {}\n}\n", ["CFG305 main.hcl:3:3 Duplicate limits block"]),
    "limits twice in two blocks": (
        "cl {\n  limits {}\n}\ncl {\n  limits {}\n}\n",
        ["CFG305 main.hcl:5:3 Duplicate limits block"],
    ),
    "waiver until never": (
        'cl {\n  limits {\n    waive "CL106" {\n      reason = "x"\n      until = "soon"\n    }\n  }\n}\n',
        ["CFG505 main.hcl:5:15 Invalid date"],
    ),
    "waiver without a reason": (
        'cl {\n  limits {\n    waive "CL106" {}\n  }\n}\n',
        ["CFG554 main.hcl:3:5 Waiver without a reason"],
    ),
    "waiver with a blank reason of what is no rule": (
        'cl {\n  limits {\n    waive "CL1060" {\n      reason = " "\n    }\n  }\n}\n',
        ["CFG552 main.hcl:3:5 Waiver of an unknown rule", "CFG554 main.hcl:3:5 Waiver without a reason"],
    ),
    "settings from a resource": (
        VPC + "cl {\n  limits {\n    min_links = length(classiclink_vpc.shop)\n  }\n}\n",
        ["CFG309 main.hcl:6:24 Invalid reference"],
    ),
    "settings from a local from a resource": (
        VPC + "locals {\n  n = length(classiclink_vpc.shop)\n}\ncl {\n  limits {\n    min_links = local.n\n  }\n}\n",
        ["CFG309 main.hcl:7:1 Invalid reference"],
    ),
    "expressions": (
        'locals {\n  a = 1 + "x"\n  b = nofunction(1)\n}\n',
        ["CFG201 main.hcl:2:11 Invalid operand", "CFG205 main.hcl:3:7 Call to unknown function"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_a_problem_is_reported_with_its_place(name: str) -> None:
    text, expected = CASES[name]
    assert messages(text) == expected


def test_a_wrong_block_hides_no_other_problem_and_what_needs_it_is_not_blamed() -> None:
    text = """\
resource "classiclink_vpc" "bad" {
  vpcid = "vpc-a"
  vpc_id = ["x"]
}
resource "classiclink_attachment" "one" {
  instance_id = "i 1"
  vpc_id      = classiclink_vpc.bad.vpc_id
}
locals {
  broken = 1 + "x"
  next   = local.broken + 1
  other  = upper(null)
}
output "o" { value = local.next }
output "p" { value = var.gone }
variable "t" { type = strin }
output "q" { value = var.t }
"""
    assert [line.split(" ")[:2] for line in messages(text)] == [
        ["CFG302", "main.hcl:2:3"],
        ["CFG306", "main.hcl:3:12"],
        ["CFG313", "main.hcl:6:17"],
        ["CFG201", "main.hcl:10:16"],
        ["CFG204", "main.hcl:12:18"],
        ["CFG307", "main.hcl:15:22"],
        ["CFG206", "main.hcl:16:23"],
    ]


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('variabel "a" {}', 'Did you mean "variable"?'),
        ('resource "classiclink_atachment" "x" {}', 'Did you mean "classiclink_attachment"?'),
        ('resource "classiclink_vpcs" "x" {}', 'Did you mean "classiclink_vpc"?'),
        ('resource "classiclink_vpc" "x" { vpcid = 1 }', 'Did you mean "vpc_id"?'),
        ('variable "region" { default = 1 }\nlocals { a = var.regoin }', 'Did you mean "region"?'),
        ("locals {\n  link = 1\n  b = local.lnik\n}", 'Did you mean "link"?'),
        (VPC + "locals { a = classiclink_vpc.shpo.vpc_id }", 'Did you mean "classiclink_vpc.shop"?'),
        (VPC + "locals { a = classiclink_vcp.shop.vpc_id }", 'Did you mean "classiclink_vpc.shop"?'),
        (VPC + "locals { a = classiclink_vpc.shop.regionid }", 'Did you mean "region_id"?'),
        ("terraform {}", 'in a "cl" block'),
        ("locals { a = vra.region }", 'Did you mean "var"?'),
        (attachment("lifecycle {", "  ignore_change = [vpc_id]", "}"), 'Did you mean "ignore_changes"?'),
    ],
)
def test_a_slip_of_the_pen_gets_a_suggestion(text: str, hint: str) -> None:
    assert any(hint in problem.detail for problem in problems(text))


def test_a_cycle_is_reported_as_a_path_with_every_place() -> None:
    text = "locals {\n  a = local.b\n  b = local.c\n  c = local.a\n  d = local.a\n}\n"
    (problem,) = problems(text)
    assert "local.a → local.b → local.c → local.a" in problem.detail
    assert [line_of(related) for related in problem.related] == [2, 3, 4]


def test_a_value_of_itself_is_named() -> None:
    (problem,) = problems("locals {\n  a = local.a\n}\n")
    assert problem.detail == "local.a refers to itself, so it cannot be evaluated."
    assert problem.address == "local.a"


def test_an_unknown_input_of_a_module_is_shown_with_those_that_it_has() -> None:
    files = {
        "main.hcl": 'module "m" {\n  source = "./m"\n  zone = 1\n}\n',
        "m/main.hcl": 'variable "n" { default = 1 }\n',
    }
    (problem,) = problems(files)
    assert problem.detail == 'The module has no variable named "zone". It has n.'


def test_a_move_to_itself_is_shown_with_its_address() -> None:
    (problem,) = problems(VPC + "moved {\n  from = classiclink_vpc.shop\n  to = classiclink_vpc.shop\n}\n")
    assert problem.detail == '"from" and "to" are both classiclink_vpc.shop, so nothing moves.'


@pytest.mark.parametrize(
    "block",
    [
        "removed {\n  from = classiclink_vpc.shop\n}\n",
        "moved {\n  from = classiclink_vpc.shop\n  to = classiclink_vpc.b\n}\n",
    ],
)
def test_what_is_removed_or_moved_but_still_declared_is_shown(block: str) -> None:
    (problem,) = problems(VPC + block)
    assert [(related.message, line_of(related)) for related in problem.related] == [("declared here", 1)]


def test_an_instance_that_is_removed_but_still_declared_is_shown() -> None:
    (problem,) = problems(KEYED + 'removed {\n  from = classiclink_vpc.shop["vpc-a"]\n}\n')
    assert list(map(line_of, problem.related)) == [1]


def test_a_cycle_through_a_module_is_found() -> None:
    files = {
        "main.hcl": 'module "m" {\n  source = "./m"\n  a = module.m.b\n}\n',
        "m/main.hcl": 'variable "a" {}\noutput "b" { value = var.a }\n',
    }
    (problem,) = problems(files)
    assert problem.summary == "Cycle"
    assert "module.m.output.b → module.m.var.a → module.m.output.b" in problem.detail


def test_what_a_module_declares_is_not_removed() -> None:
    main = 'module "m" {\n  source = "./m"\n}\n'
    for origin, expected in (("module.m.classiclink_vpc.shop", 1), ("module.m", 1), ("module.m.classiclink_vpc.b", 0)):
        found = problems({"main.hcl": f"{main}removed {{\n  from = {origin}\n}}\n", "m/main.hcl": VPC})
        assert [problem.summary for problem in found] == ["Removed object still exists"] * expected


def test_a_module_cannot_move_into_itself() -> None:
    files = {
        "main.hcl": 'module "a" {\n  source = "./w"\n}\nmoved {\n  from = module.a\n  to = module.a.module.b\n}\n',
        "w/main.hcl": 'module "b" {\n  source = "../m"\n}\n',
        "m/main.hcl": "locals {}\n",
    }
    (problem,) = problems(files)
    assert problem.summary == "Moved object still exists"


def test_a_long_chain_of_locals_is_no_problem() -> None:
    lines = ["  a0 = 1", *(f"  a{n} = local.a{n - 1} + 1" for n in range(1, 3000))]
    assert messages("locals {\n" + "\n".join(lines) + "\n}\n") == []


def test_a_problem_of_every_instance_is_reported_once() -> None:
    text = 'resource "classiclink_vpc" "x" {\n  count  = 50\n  vpc_id = count.index > 60 ? "x" : ""\n}\n'
    assert messages(text) == ["CFG313 main.hcl:3:12 Invalid identifier"]


@pytest.mark.parametrize(
    ("written", "detail"),
    [
        ("", "An empty text in vpc_id is not an id."),
        ("vpc-a\\n", r'"vpc-a\n" in vpc_id is not an id: it has a line break in it.'),
        ("vpc/a b", '"vpc/a b" in vpc_id is not an id: it has a slash and a space in it.'),
        ("a\\u001b[2J", r'"a\u001b[2J" in vpc_id is not an id: it has the invisible character U+001B in it.'),
        ("a\\u007f", r'"a\u007f" in vpc_id is not an id: it has the invisible character U+007F in it.'),
        ("a\\u00a0b", r'"a\u00a0b" in vpc_id is not an id: it has the invisible character U+00A0 in it.'),
    ],
)
def test_what_is_no_id_is_shown_with_what_is_wrong_with_it(written: str, detail: str) -> None:
    (problem,) = problems('resource "classiclink_vpc" "x" {\n  vpc_id = "' + written + '"\n}\n')
    assert problem.detail == detail
    assert ("trimspace" in str(problem.remedy)) is written.endswith("\\n")


def test_settings_and_providers_show_everything_that_is_wrong() -> None:
    text = 'cl {\n  required_version = ">= 99"\n}\nlocals {\n  a = var.gone\n}\n'
    for part in (Evaluation.settings, Evaluation.providers):
        with evaluation(text) as found, pytest.raises(ConfigError) as error:
            part(found)
        assert {problem.code for problem in error.value.diagnostics} == {"CFG503", "CFG307"}


REMEDIES: dict[str, tuple[str, str, dict[str, str]]] = {
    "one value where several are wanted": (
        'resource "classiclink_attachment" "x" {\n  instance_id = "i-1"\n'
        '  vpc_id = "vpc-a"\n  vswitch_ids = "vsw-1"\n}',
        'Put it in brackets: ["vsw-1"].',
        {},
    ),
    "one value for a variable that holds several": (
        'variable "x" {\n  type    = set(string)\n}',
        'Put it in brackets: ["i-1"].',
        {"cl.clvars": 'x = "i-1"'},
    ),
    "an argument without quotes": (
        'resource "classiclink_vpc" "x" {\n  vpc_id = vpc-a\n}',
        'A string needs quotes: "vpc-a".',
        {},
    ),
    "a default without quotes": ('variable "x" {\n  default = i-1\n}', 'A string needs quotes: "i-1".', {}),
    "a value without quotes in a file": ('variable "x" {}', 'A string needs quotes: "i-1".', {"cl.clvars": "x = i-1"}),
}


@pytest.mark.parametrize("name", REMEDIES)
def test_a_problem_says_what_to_write(name: str) -> None:
    text, remedy, files = REMEDIES[name]
    found = problems({"main.hcl": text, **files})
    assert remedy in [str(problem.remedy) for problem in found]


def test_a_reference_that_leads_nowhere_needs_no_quotes() -> None:
    (found,) = problems('resource "classiclink_vpc" "x" {\n  vpc_id = foo.bar\n}')
    assert "quotes" not in str(found.remedy)


@pytest.mark.parametrize(
    ("given", "example"),
    [
        ({"options": [("var", "x=i-web-1")]}, """--var 'x=["a", "b"]'"""),
        ({"environment": {"CL_VAR_x": "i-web-1"}}, """CL_VAR_x='["a", "b"]'"""),
    ],
)
def test_a_value_that_cannot_be_read_is_reported_with_an_example_of_where_it_was_given(
    given: dict[str, dict[str, str]] | dict[str, list[tuple[str, ...]]], example: str
) -> None:
    (found,) = problems('variable "x" { type = set(string) }', **given)
    assert (found.code, str(found.remedy)) == ("CFG403", f"Write it as HCL, such as {example} for a list of strings.")
