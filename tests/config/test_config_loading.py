"""Reading a directory: which files, what cannot be read, child modules."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.config.load import load
from planner.diagnostics import ConfigError, Diagnostic
from support.configurations import addresses, desired, line_of, messages, outputs, problems

FIXTURES = sorted(path.parent for path in Path(__file__).parents[2].glob("fixtures/*/*.hcl"))


@pytest.mark.parametrize("directory", FIXTURES, ids=lambda path: path.name)
def test_every_fixture_is_valid(directory: Path) -> None:
    from planner.config.evaluation import Evaluation

    assert Evaluation(load(directory)).desired(None).warnings == ()


def test_only_configuration_files_of_the_directory_itself_are_read() -> None:
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


def test_an_empty_directory_says_how_to_start(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path)
    assert "cl init --example" in str(error.value.diagnostics[0].remedy)


def test_a_missing_directory_is_reported(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as error:
        load(tmp_path / "gone")
    assert error.value.diagnostics[0].code == "CFG407"


def test_the_syntax_problems_of_all_files_are_reported_together() -> None:
    found = messages({"a.hcl": "locals {\n  a = \n}\n", "b.hcl": "locals {\n  b = )\n}\n", "c.hcl.json": "{"})
    assert [line.split(" ")[1].partition(":")[0] for line in found] == ["a.hcl", "b.hcl", "c.hcl.json"]


def test_a_file_that_is_no_text_is_reported(tmp_path: Path) -> None:
    (tmp_path / "main.hcl").write_bytes(b'locals {\n  a = "\xff"\n}\n')
    with pytest.raises(ConfigError) as error:
        load(tmp_path)
    assert error.value.diagnostics[0].code == "CFG104"
    assert "line 2" in error.value.diagnostics[0].detail


def unreadable(directory: Path) -> Diagnostic:
    with pytest.raises(ConfigError) as error:
        load(directory)
    (problem,) = error.value.diagnostics
    return problem


@pytest.fixture
def beside_others(tmp_path: Path) -> Path:
    (tmp_path / "main.hcl").write_text("locals {\n  a = 1\n}\n")
    return tmp_path


@pytest.mark.parametrize("target", ["gone.hcl", "links.hcl"], ids=["dangling", "to itself"])
def test_a_link_that_leads_nowhere_is_reported_and_not_passed_over(beside_others: Path, target: str) -> None:
    (beside_others / "links.hcl").symlink_to(target)
    problem = unreadable(beside_others)
    assert problem.code == "CFG105"
    assert f"links.hcl is a link to {target}" in problem.detail


def test_a_pipe_is_reported_and_never_opened(beside_others: Path) -> None:
    os.mkfifo(beside_others / "links.hcl")
    problem = unreadable(beside_others)
    assert (problem.code, "not a regular file" in problem.detail) == ("CFG105", True)


def test_a_socket_is_reported(beside_others: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(beside_others)
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("links.hcl")
    assert unreadable(beside_others).code == "CFG105"


def test_a_directory_with_a_configuration_name_is_passed_over(beside_others: Path) -> None:
    (beside_others / "more.hcl").mkdir()
    assert set(load(beside_others).sources) == {"main.hcl"}


def test_a_link_to_a_file_is_read(beside_others: Path) -> None:
    (beside_others / "links.hcl").symlink_to("main.txt")
    (beside_others / "main.txt").write_text("locals {\n  b = 1\n}\n")
    assert set(load(beside_others).sources) == {"links.hcl", "main.hcl"}


@pytest.mark.parametrize(
    ("names", "detail", "remedy"),
    [
        (("main.tf",), "There is main.tf, but", "Rename it: mv {0}/main.tf {0}/main.hcl"),
        (("main.tf.json", "vars.tf"), "There is main.tf.json and 1 more, but", "mv {0}/main.tf.json {0}/main.hcl.json"),
    ],
)
def test_files_of_terraform_are_shown_where_there_are_no_others(
    tmp_path: Path, names: tuple[str, ...], detail: str, remedy: str
) -> None:
    for name in names:
        (tmp_path / name).touch()
    problem = unreadable(tmp_path)
    assert problem.code == "CFG106"
    assert detail in problem.detail
    assert remedy.format(tmp_path) in str(problem.remedy)


@pytest.mark.parametrize(
    "expression", ['file("${path.module}/x.txt")', 'templatefile("${path.module}/x.txt", {})', 'file("./x.txt")']
)
def test_a_module_reads_its_own_files_wherever_it_lies(expression: str) -> None:
    files = {
        "root/main.hcl": 'provider "mock" {}\n'
        'module "a" {\n  source = "../shared"\n}\noutput "it" { value = module.a.it }',
        "root/x.txt": "the root's",
        "shared/main.hcl": f'output "it" {{ value = {expression} }}',
        "shared/x.txt": "the module's",
        "other/x.txt": "of nobody",
    }
    expected = "the root's" if "path" not in expression else "the module's"
    assert outputs(files, root="root") == {"it": expected}


def test_what_lies_in_no_module_is_not_read() -> None:
    files = {
        "root/main.hcl": 'output "it" { value = file("../other/x.txt") }',
        "other/x.txt": "of nobody",
    }
    assert messages(files, root="root") == ["CFG204 main.hcl:1:28 Invalid function argument"]


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


def test_the_json_syntax_says_the_same() -> None:
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


def test_problems_in_json_have_places() -> None:
    text = '{\n  "resource": {\n    "classiclink_vpc": {\n      "x": {"vpcid": "vpc-a"}\n    }\n  }\n}\n'
    found = problems({"main.hcl.json": text})
    assert [(problem.code, line_of(problem)) for problem in found] == [("CFG302", 4)]


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


def test_modules_have_inputs_and_outputs() -> None:
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
def test_modules_are_repeated(
    repetition: str, expression: str, expected: dict[str, list[str]] | list[list[str]] | list[str]
) -> None:
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


def test_modules_lie_in_modules() -> None:
    files = {
        "main.hcl": 'module "a" {\n  source = "./a"\n}\noutput "it" { value = module.a.it }',
        "a/main.hcl": 'module "b" {\n  source = "../b"\n  x = path.module\n}\noutput "it" { value = module.b.it }',
        "b/main.hcl": 'variable "x" {}\noutput "it" { value = "${var.x} ${path.module}" }',
    }
    assert outputs(files) == {"it": "a b"}


def test_what_a_module_keeps_secret_stays_secret() -> None:
    files = {
        "main.hcl": 'module "a" {\n  source = "./a"\n}\noutput "it" { value = module.a.it }',
        "a/main.hcl": 'output "it" {\n  value = "s"\n  sensitive = true\n}',
    }
    assert messages(files) == ["CFG321 main.hcl:4:23 Output refers to sensitive values"]


def test_data_read_in_a_module_can_be_used_outside() -> None:
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
    assert messages(files, world=None) == []


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
        ["CFG407 main.hcl:2:12 Directory of a module does not exist"],
    ),
    "a module that contains itself": (
        {"main.hcl": 'module "a" {\n  source = "./a"\n}', "a/main.hcl": 'module "b" {\n  source = "../a"\n}'},
        ["CFG408 a/main.hcl:2:12 Module contains itself"],
    ),
    "the root in itself": (
        {"main.hcl": 'module "a" {\n  source = "./"\n}'},
        ["CFG408 main.hcl:2:12 Module contains itself"],
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
def test_problems_with_modules_are_reported_with_their_place(name: str) -> None:
    files, expected = MODULE_PROBLEMS[name]
    assert messages(files) == expected


BLOCKS = (
    "locals {\n  a = local.b\n}\n",
    "locals {\n  b = var.c\n}\n",
    'variable "c" { default = "vpc-a" }\n',
    'resource "classiclink_vpc" "x" {\n  vpc_id = local.a\n}\n',
    'resource "classiclink_attachment" "y" {\n  instance_id = "i-1"\n  vpc_id = classiclink_vpc.x.vpc_id\n}\n',
    'output "o" { value = classiclink_attachment.y.private_ip }\n',
)


@given(st.permutations(BLOCKS), st.lists(st.sampled_from(["a.hcl", "b.hcl", "c.hcl"]), min_size=6, max_size=6))
@settings(max_examples=25)
def test_neither_the_order_of_blocks_nor_of_files_matters(blocks: list[str], names: list[str]) -> None:
    files: dict[str, str] = {}
    for name, block in zip(names, blocks, strict=True):
        files[name] = files.get(name, "") + block
    found = desired(files)
    assert addresses(found) == ["classiclink_attachment.y", "classiclink_vpc.x"]
    assert [wanted.identity.vpc_id for wanted in found.objects] == ["vpc-a", "vpc-a"]
    assert [str(needed) for needed in found.objects[0].depends_on] == ["classiclink_vpc.x"]
    assert found.outputs["o"].value.to_python() == "10.1.2.3"


def test_a_directory_without_configuration_does_not_widen_what_may_be_read(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for name in ("root", "secret", "shared"):
        (tmp_path / name).mkdir()
    (root / "anything").symlink_to("/")
    (tmp_path / "shared" / "main.hcl").write_text("")
    calls = {"s": "../secret", "l": "./anything", "m": "../shared"}
    (root / "main.hcl").write_text("".join(f'module "{k}" {{\n  source = "{v}"\n}}\n' for k, v in calls.items()))
    assert set(load(root).directories) == {root.resolve(), (tmp_path / "shared").resolve()}
