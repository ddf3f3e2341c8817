"""Reading a directory: which files, what cannot be read, child modules."""

from __future__ import annotations

from pathlib import Path

import pytest
from configurations import addresses, desired, outputs, problems, told
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.config.load import load
from planner.diagnostics import ConfigError

FIXTURES = sorted(path.parent for path in Path(__file__).parents[2].glob("fixtures/*/*.hcl"))


@pytest.mark.parametrize("directory", FIXTURES, ids=lambda path: path.name)
def test_every_fixture_is_valid(directory):
    from planner.config.evaluation import Evaluation

    assert Evaluation(load(directory)).desired(None).warnings == ()


def test_only_configuration_files_of_the_directory_itself_are_read():
    files = {
        "a.hcl": "locals {\n  a = 1\n}\n",
        "b.hcl.json": '{"locals": {"b": 2}}',
        ".hidden.hcl": "nonsense",
        "backup.hcl~": "nonsense",
        "#lock.hcl#": "nonsense",
        "notes.txt": "nonsense",
        "below/c.hcl": "nonsense {",
        "main.hcl": 'output "sum" { value = local.a + local.b }',
    }
    assert outputs(files) == {"sum": 3}


def test_an_empty_directory_says_how_to_start(tmp_path):
    with pytest.raises(ConfigError) as error:
        load(tmp_path)
    assert "cl init --example" in error.value.diagnostics[0].remedy


def test_a_missing_directory_is_told(tmp_path):
    with pytest.raises(ConfigError) as error:
        load(tmp_path / "gone")
    assert error.value.diagnostics[0].code == "CFG407"


def test_the_syntax_problems_of_all_files_are_told_together():
    found = told({"a.hcl": "locals {\n  a = \n}\n", "b.hcl": "locals {\n  b = )\n}\n", "c.hcl.json": "{"})
    assert [line.split(" ")[1].partition(":")[0] for line in found] == ["a.hcl", "b.hcl", "c.hcl.json"]


def test_a_file_that_is_no_text_is_told(tmp_path):
    (tmp_path / "main.hcl").write_bytes(b'locals {\n  a = "\xff"\n}\n')
    with pytest.raises(ConfigError) as error:
        load(tmp_path)
    assert error.value.diagnostics[0].code == "CFG104"
    assert "line 2" in error.value.diagnostics[0].detail


JSON = """\
{
  "variable": {"ids": {"type": "set(string)", "default": ["i-1", "i-2"]}},
  "resource": {
    "classiclink_vpc": {"shop": {"vpc_id": "vpc-a"}},
    "classiclink_attachment": {
      "web": {
        "for_each": "${var.ids}",
        "instance_id": "${each.key}",
        "vpc_id": "${classiclink_vpc.shop.vpc_id}",
        "depends_on": ["classiclink_vpc.shop"],
        "provider": "mock",
        "lifecycle": {"ignore_changes": ["vswitch_ids"], "prevent_destroy": true}
      }
    }
  },
  "moved": [{"from": "classiclink_vpc.old", "to": "classiclink_vpc.shop"}],
  "cl": {"limits": {"max_detach_percent": 50, "waive": {"CL106": {"reason": "known", "until": "2027-01-31"}}}}
}
"""


def test_the_json_syntax_says_the_same():
    found = desired({"main.hcl.json": JSON})
    assert addresses(found) == [
        'classiclink_attachment.web["i-1"]',
        'classiclink_attachment.web["i-2"]',
        "classiclink_vpc.shop",
    ]
    assert found.objects[0].prevent_destroy
    assert found.objects[0].ignore_changes == {"vswitch_ids"}
    assert [str(needed) for needed in found.objects[0].depends_on] == ["classiclink_vpc.shop"]
    assert (found.moved[0].origin, found.moved[0].target) == ("classiclink_vpc.old", "classiclink_vpc.shop")
    assert found.limits.max_detach_percent == 50
    assert found.limits.waivers[0].rule == "CL106"


def test_problems_in_json_have_places():
    text = '{\n  "resource": {\n    "classiclink_vpc": {\n      "x": {"vpcid": "vpc-a"}\n    }\n  }\n}\n'
    found = problems({"main.hcl.json": text})
    assert [(problem.code, problem.span.start.line) for problem in found] == [("CFG303", 2), ("CFG302", 4)]


CHILD = """\
variable "instances" { type = set(string) }
variable "vpc_id" { default = "vpc-a" }
resource "classiclink_attachment" "it" {
  for_each    = var.instances
  instance_id = each.key
  vpc_id      = var.vpc_id
}
output "ids" { value = [for link in classiclink_attachment.it : link.instance_id] }
output "place" { value = "${path.module} ${path.root}" }
"""


def test_modules_have_inputs_and_outputs():
    files = {
        "main.hcl": """
        module "web" {
          source    = "./links"
          instances = ["i-1", "i-2"]
        }
        output "ids" { value = module.web.ids }
        output "place" { value = module.web.place }
        """,
        "links/main.hcl": CHILD,
    }
    found = desired(files)
    assert addresses(found) == [
        'module.web.classiclink_attachment.it["i-1"]',
        'module.web.classiclink_attachment.it["i-2"]',
    ]
    assert outputs(files) == {"ids": ["i-1", "i-2"], "place": "links ."}
    assert found.objects[0].place.block.filename == "links/main.hcl"


@pytest.mark.parametrize(
    ("repetition", "expression", "expected"),
    [
        ('for_each = toset(["i-1", "i-2"])', 'module.web["i-2"].ids', ["i-2"]),
        (
            'for_each = toset(["i-1", "i-2"])',
            "{ for key, web in module.web : key => web.ids }",
            {"i-1": ["i-1"], "i-2": ["i-2"]},
        ),
        ('for_each = toset(["i-1"])', "keys(module.web)", ["i-1"]),
        ("count = 2", "module.web[1].ids", ["i-1"]),
        ("count = 2", "module.web[*].ids", [["i-1"], ["i-1"]]),
        ("count = 0", "module.web[*].ids", []),
    ],
)
def test_modules_are_repeated(repetition, expression, expected):
    instances = "[each.key]" if "for_each" in repetition else '["i-1"]'
    files = {
        "main.hcl": f"""
        module "web" {{
          source    = "./links"
          {repetition}
          instances = {instances}
          vpc_id    = "vpc-a"
        }}
        output "it" {{ value = {expression} }}
        """,
        "links/main.hcl": CHILD,
    }
    assert outputs(files)["it"] == expected


def test_modules_lie_in_modules():
    files = {
        "main.hcl": 'module "a" {\n  source = "./a"\n}\noutput "it" { value = module.a.it }',
        "a/main.hcl": 'module "b" {\n  source = "../b"\n  x = path.module\n}\noutput "it" { value = module.b.it }',
        "b/main.hcl": 'variable "x" {}\noutput "it" { value = "${var.x} ${path.module}" }',
    }
    assert outputs(files) == {"it": "a b"}


def test_what_a_module_keeps_secret_stays_secret():
    files = {
        "main.hcl": 'module "a" {\n  source = "./a"\n}\noutput "it" { value = module.a.it }',
        "a/main.hcl": 'output "it" {\n  value = "s"\n  sensitive = true\n}',
    }
    assert told(files) == ["CFG321 main.hcl:4:23 Output refers to sensitive values"]


def test_data_read_in_a_module_can_be_used_outside():
    files = {
        "main.hcl": """
        module "find" { source = "./find" }
        resource "classiclink_attachment" "web" {
          for_each    = toset(module.find.ids)
          instance_id = each.key
          vpc_id      = "vpc-a"
        }
        """,
        "find/main.hcl": 'data "classiclink_instances" "x" { network_type = "classic" }\n'
        'output "ids" { value = data.classiclink_instances.x.ids }',
    }
    assert addresses(desired(files)) == ['classiclink_attachment.web["i-1"]', 'classiclink_attachment.web["i-2"]']
    assert told(files, world=None) == []


MODULE_PROBLEMS = {
    "source elsewhere": (
        {"main.hcl": 'module "a" {\n  source = "hashicorp/x"\n}'},
        ["CFG406 main.hcl:2:12 Unsupported module source"],
    ),
    "a path that is none": (
        {"main.hcl": 'module "a" {\n  source = "./a\\u0000"\n}'},
        ["CFG406 main.hcl:2:12 Unsupported module source"],
    ),
    "no such directory": (
        {"main.hcl": 'module "a" {\n  source = "./gone"\n}\noutput "o" { value = module.a.x }'},
        ["CFG407 main.hcl:2:12 Module directory not found"],
    ),
    "a module that contains itself": (
        {"main.hcl": 'module "a" {\n  source = "./a"\n}', "a/main.hcl": 'module "b" {\n  source = "../a"\n}'},
        ["CFG408 a/main.hcl:2:12 Module cycle"],
    ),
    "the root in itself": (
        {"main.hcl": 'module "a" {\n  source = "./"\n}'},
        ["CFG408 main.hcl:2:12 Module cycle"],
    ),
    "no source": ({"main.hcl": 'module "a" {}'}, ["CFG303 main.hcl:1:1 Missing required argument"]),
    "source that varies": (
        {"main.hcl": 'module "a" {\n  source = "./${local.x}"\n}'},
        ["CFG401 main.hcl:2:17 Variables not allowed"],
    ),
    "missing and unknown input": (
        {"main.hcl": 'module "a" {\n  source = "./a"\n  y = 1\n}', "a/main.hcl": 'variable "x" {}'},
        ["CFG303 main.hcl:1:1 Missing required argument", "CFG302 main.hcl:3:3 Unsupported argument"],
    ),
    "input of a wrong type": (
        {"main.hcl": 'module "a" {\n  source = "./a"\n  x = []\n}', "a/main.hcl": 'variable "x" { type = string }'},
        ["CFG403 main.hcl:3:7 Invalid value for variable"],
    ),
    "no such output": (
        {
            "main.hcl": 'module "a" {\n  source = "./a"\n}\nlocals {\n  x = module.a.why\n}',
            "a/main.hcl": 'output "way" { value = 1 }',
        },
        ["CFG308 main.hcl:5:7 Unsupported attribute"],
    ),
    "blocks that belong to the root": (
        {
            "main.hcl": 'module "a" {\n  source = "./a"\n}',
            "a/main.hcl": 'provider "mock" {}\ncl {}\nimport {\n  to = classiclink_vpc.x\n  id = "vpc-a"\n}\n',
        },
        [
            "CFG412 a/main.hcl:1:1 Block belongs to the root module",
            "CFG412 a/main.hcl:2:1 Block belongs to the root module",
            "CFG412 a/main.hcl:3:1 Block belongs to the root module",
        ],
    ),
}


@pytest.mark.parametrize("name", MODULE_PROBLEMS)
def test_problems_with_modules_are_told_with_their_place(name):
    files, expected = MODULE_PROBLEMS[name]
    assert told(files) == expected


BLOCKS = (
    "locals {\n  a = local.b\n}\n",
    "locals {\n  b = var.c\n}\n",
    'variable "c" { default = "vpc-a" }\n',
    'resource "classiclink_vpc" "x" {\n  vpc_id = local.a\n}\n',
    'resource "classiclink_attachment" "y" {\n  instance_id = "i-1"\n  vpc_id = classiclink_vpc.x.vpc_id\n}\n',
    'output "o" { value = classiclink_attachment.y.private_ip }\n',
)


@given(st.permutations(BLOCKS), st.lists(st.sampled_from(["a.hcl", "b.hcl", "c.hcl"]), min_size=6, max_size=6))
@settings(max_examples=25, deadline=None)
def test_neither_the_order_of_blocks_nor_of_files_matters(blocks, names):
    files: dict[str, str] = {}
    for name, block in zip(names, blocks, strict=True):
        files[name] = files.get(name, "") + block
    found = desired(files)
    assert addresses(found) == ["classiclink_attachment.y", "classiclink_vpc.x"]
    assert [wanted.identity.vpc_id for wanted in found.objects] == ["vpc-a", "vpc-a"]
    assert [str(needed) for needed in found.objects[0].depends_on] == ["classiclink_vpc.x"]
    assert found.outputs["o"].value.to_python() == "10.1.2.3"
