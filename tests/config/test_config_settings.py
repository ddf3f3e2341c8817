"""Settings, providers, refactoring blocks and checks."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.config.desired import Limits
from planner.config.versions import satisfies
from planner.diagnostics import ConfigError, Severity
from planner.network.world import World
from planner.state.backends.declared import BackendBlock
from support.configurations import PROVIDER, WORLD, desired, evaluation, line_of, messages, output, problems

VPC = 'resource "classiclink_vpc" "shop" {\n  vpc_id = "vpc-a"\n}\n'
WEST = 'provider "mock" {\n  alias = "west"\n}\n'


def test_without_settings_the_defaults_count() -> None:
    with evaluation("") as found:
        assert found.settings() == (Limits(), BackendBlock())


def test_settings_are_read() -> None:
    text = """\
variable "percent" { default = 50 }
locals {
  waived = { CL104 = "route is a blackhole", CL106 = "known" }
}
cl {
  required_version = "~> 0.1"
  backend "local" {
    path = "other.json"
  }
}
cl {
  limits {
    adopt              = false
    max_detach_percent = var.percent
    min_links          = 20
    max_unavailable    = 5
    waive "CL302" {
      reason = "we know"
      until  = "2027-01-31"
    }
    dynamic "waive" {
      for_each = local.waived
      iterator = rule
      labels   = [rule.key]
      content {
        reason = rule.value
      }
    }
  }
}
"""
    with evaluation(text) as found:
        limits, backend = found.settings()
    assert (limits.adopt, limits.max_detach_percent, limits.min_links, limits.max_unavailable) == (False, 50, 20, 5)
    assert [(waiver.rule, waiver.reason, waiver.until) for waiver in limits.waivers] == [
        ("CL302", "we know", date(2027, 1, 31)),
        ("CL104", "route is a blackhole", None),
        ("CL106", "known", None),
    ]
    assert limits.waivers[1].span.start.line == 21
    assert (backend.type, backend.settings) == ("local", {"path": "other.json"})


CONFIDENTIAL = 'variable "token" {\n  default   = "hunter2"\n  sensitive = true\n}\n'


@pytest.mark.parametrize(
    ("backend", "setting", "line"),
    [
        ("local", "pth", 3),
        ("local", "x", 3),
        ("local", "workspace_dir", 3),
        ("http", "password", 2),
        ("http", "pasword", 2),
        ("s3", "acces_key", 2),
        ("none", "path", 3),
    ],
)
def test_a_backend_setting_has_its_place_unless_its_line_may_hold_a_secret(
    backend: str, setting: str, line: int
) -> None:
    with evaluation(f'cl {{\n  backend "{backend}" {{\n    {setting} = "hunter2"\n  }}\n}}\n') as found:
        span = found.settings()[1].place(setting)
    assert span is not None
    assert span.start.line == line


def test_a_backend_setting_may_be_an_expression_a_secret_or_a_block() -> None:
    text = """\
locals { project = 7 }
cl {
  backend "http" {
    address  = "https://gitlab.example/${local.project}"
    password = var.token
    headers  = { X = "Bearer ${var.token}" }
  }
}
"""
    with evaluation(CONFIDENTIAL + text) as found:
        _, backend = found.settings()
    assert backend.settings == {
        "address": "https://gitlab.example/7",
        "password": "hunter2",
        "headers": {"X": "Bearer hunter2"},
    }
    assert "hunter2" not in repr(backend)
    with evaluation('cl {\n  backend "oss" {\n    assume_role {\n      role_arn = "acs:x"\n    }\n  }\n}\n') as found:
        _, backend = found.settings()
    assert backend.settings == {"assume_role": {"role_arn": "acs:x"}}


def test_a_backend_setting_that_plans_show_is_not_secret() -> None:
    with (
        evaluation(CONFIDENTIAL + 'cl {\n  backend "http" {\n    username = var.token\n  }\n}\n') as found,
        pytest.raises(ConfigError) as caught,
    ):
        found.settings()
    assert [problem.code for problem in caught.value.diagnostics] == ["CFG506"]


@pytest.mark.parametrize(
    ("constraint", "version", "expected"),
    [
        ("1.2.3", "1.2.3", True),
        ("= 1.2.3", "1.2.4", False),
        ("!= 1.2.3", "1.2.4", True),
        (">= 1.2, < 2", "1.9.9", True),
        (">= 1.2, < 2", "2.0.0", False),
        ("~> 1.2", "1.9.0", True),
        ("~> 1.2", "2.0.0", False),
        ("~> 1.2.3", "1.2.9", True),
        ("~> 1.2.3", "1.3.0", False),
        ("> 1", "1.0.1", True),
        ("<= v1.0", "1.0.0", True),
    ],
)
def test_version_constraints(constraint: str, version: str, expected: bool) -> None:
    assert satisfies(version, constraint) is expected


@given(st.text(max_size=12).filter(lambda text: not any(char.isdecimal() for char in text)))
def test_a_text_without_a_number_is_no_version_constraint(text: str) -> None:
    with pytest.raises(ValueError, match="is not a version constraint"):
        satisfies("1.2.3", text)


def test_provider_settings_are_plain_values_and_may_use_variables_and_locals() -> None:
    text = """\
variable "world" { default = "world.json" }
locals { latency = 5 * 10 }
provider "mock" {
  world      = var.world
  latency_ms = local.latency
  read_only  = true
}
"""
    with evaluation(text, provider=False) as found:
        (provider,) = found.providers()
    assert (provider.key, provider.alias) == ("mock", None)
    assert provider.settings == {"world": "world.json", "latency_ms": 50, "read_only": True}
    assert provider.place.at("world").start.line == 4


def test_a_provider_that_depends_on_a_resource_is_refused() -> None:
    text = VPC + 'provider "mock" {\n  world = classiclink_vpc.shop.vpc_id\n}\n'
    assert messages(text, provider=False) == ["CFG309 main.hcl:5:11 Invalid reference"]


def test_without_a_provider_the_error_says_how_to_add_one() -> None:
    with evaluation(VPC, provider=False) as found, pytest.raises(ConfigError) as error:
        found.providers()
    assert [problem.code for problem in error.value.diagnostics] == ["CFG325"]
    assert 'provider "mock"' in str(error.value.diagnostics[0].remedy)


def test_a_module_alone_is_valid_without_a_provider() -> None:
    assert messages(VPC, provider=False, world=None) == []


def test_without_anything_to_serve_no_provider_is_needed() -> None:
    with evaluation('output "a" { value = 1 }', provider=False) as found:
        assert found.providers() == ()


@pytest.mark.parametrize(
    ("providers", "argument", "expected"),
    [
        (PROVIDER, "", "mock"),
        (WEST, "", "mock.west"),
        (PROVIDER + WEST, "", "mock"),
        (PROVIDER + WEST, "provider = mock.west", "mock.west"),
        (PROVIDER + WEST, "provider = mock", "mock"),
    ],
)
def test_the_provider_of_a_resource(providers: str, argument: str, expected: str) -> None:
    text = f'{providers}resource "classiclink_vpc" "x" {{\n  vpc_id = "vpc-a"\n  {argument}\n}}\n'
    assert desired(text, provider=False).objects[0].provider == expected


@pytest.mark.parametrize(
    ("providers", "argument", "summary"),
    [
        (PROVIDER + 'provider "alicloud" {}\n', "", "Ambiguous provider"),
        (WEST + WEST.replace("west", "east"), "", "Ambiguous provider"),
        (PROVIDER, "provider = mock.wset", "Provider not configured"),
        (PROVIDER, "provider = 7", "Invalid provider reference"),
        (PROVIDER + PROVIDER, "", "Duplicate provider configuration mock"),
    ],
)
def test_a_provider_that_is_unknown_is_an_error(providers: str, argument: str, summary: str) -> None:
    text = f'{providers}resource "classiclink_vpc" "x" {{\n  vpc_id = "vpc-a"\n  {argument}\n}}\n'
    assert [problem.summary for problem in problems(text, provider=False)] == [summary]


def test_modules_are_given_providers() -> None:
    call = 'module "a" {\n  source = "./a"\n  providers = { mock = mock.west }\n}\n'
    files = {"main.hcl": PROVIDER + WEST + call, "a/main.hcl": VPC}
    assert desired(files, provider=False).objects[0].provider == "mock.west"
    plain = {"main.hcl": PROVIDER + WEST + call.replace("  providers = { mock = mock.west }\n", ""), "a/main.hcl": VPC}
    assert desired(plain, provider=False).objects[0].provider == "mock"


def test_a_module_is_given_a_provider_under_an_alias() -> None:
    call = 'module "a" {\n  source = "./a"\n  providers = { mock.east = mock.west }\n}\n'
    inside = 'resource "classiclink_vpc" "x" {\n  vpc_id   = "vpc-a"\n  provider = mock.east\n}\n'
    files = {"main.hcl": PROVIDER + WEST + call, "a/main.hcl": inside}
    assert desired(files, provider=False).objects[0].provider == "mock.west"


def test_moved_removed_and_import() -> None:
    text = (
        VPC
        + """\
resource "classiclink_attachment" "web" {
  for_each    = toset(["i-1", "i-2"])
  instance_id = each.key
  vpc_id      = "vpc-a"
}
moved {
  from = classiclink_vpc.old["x"]
  to   = classiclink_vpc.shop
}
moved {
  from = module.gone
  to   = module.here
}
removed {
  from = classiclink_attachment.legacy
  lifecycle {
    destroy = false
  }
}
import {
  to = classiclink_vpc.shop
  id = "vpc-a"
}
import {
  for_each = toset(["i-1", "i-2"])
  to       = classiclink_attachment.web[each.key]
  id       = "${each.key}/vpc-a"
}
"""
    )
    found = desired(text)
    assert [(moved.origin, moved.target) for moved in found.moved] == [
        ('classiclink_vpc.old["x"]', "classiclink_vpc.shop"),
        ("module.gone", "module.here"),
    ]
    assert [(removed.origin, removed.destroy) for removed in found.removed] == [
        ("classiclink_attachment.legacy", False)
    ]
    assert [(str(wanted.to), wanted.id) for wanted in found.imports] == [
        ("classiclink_vpc.shop", "vpc-a"),
        ('classiclink_attachment.web["i-1"]', "i-1/vpc-a"),
        ('classiclink_attachment.web["i-2"]', "i-2/vpc-a"),
    ]


TWO_PROVIDERS = 'provider "mock" {}\nprovider "mock" {\n  alias = "lab"\n}\n'
IMPORTED = """
resource "classiclink_vpc" "here" {
  vpc_id = "vpc-a"
}
resource "classiclink_vpc" "lab" {
  provider = mock.lab
  for_each = toset(["vpc-b"])
  vpc_id   = each.key
}
module "m" {
  source    = "./m"
  providers = { mock = mock.lab }
}
import {
  to       = %s
  id       = "vpc-b"
  provider = %s
}
"""


@pytest.mark.parametrize(
    ("target", "provider", "problem"),
    [
        ('classiclink_vpc.lab["vpc-b"]', "mock.lab", None),
        ("classiclink_vpc.here", "mock", None),
        ("module.m.classiclink_vpc.shop", "mock.lab", None),
        ("classiclink_vpc.here", "mock.lab", "CFG340 main.hcl:17:14 Import from another provider"),
        ('classiclink_vpc.lab["vpc-b"]', "mock", "CFG340 main.hcl:17:14 Import from another provider"),
        ("module.m.classiclink_vpc.shop", "mock", "CFG340 main.hcl:17:14 Import from another provider"),
        ("classiclink_vpc.here", "mock.gone", "CFG314 main.hcl:17:14 Provider not configured"),
        ("classiclink_vpc.here", '"%"', "CFG338 main.hcl:17:14 Invalid provider reference"),
    ],
)
@pytest.mark.parametrize("world", [WORLD, None], ids=["planning", "checking"])
def test_an_import_is_from_the_provider_of_its_resource(
    target: str, provider: str, problem: str | None, world: World | None
) -> None:
    files = {"main.hcl": IMPORTED % (target, provider), "m/main.hcl": VPC, "providers.hcl": TWO_PROVIDERS}
    assert messages(files, world=world, provider=False) == ([problem] if problem else [])


def test_an_import_from_another_provider_says_where_to_write_it() -> None:
    text = IMPORTED % ("classiclink_vpc.here", "mock.lab")
    files = {"main.hcl": text, "m/main.hcl": VPC, "providers.hcl": TWO_PROVIDERS}
    (problem,) = problems(files, provider=False)
    assert problem.detail.startswith("classiclink_vpc.here belongs to mock, but the import block says mock.lab.")
    assert [line_of(related) for related in problem.related] == [2]
    assert str(problem.remedy) == "Name mock.lab in the resource, or delete the argument from the import block."


def test_a_key_with_a_template_in_it_is_one_key_everywhere() -> None:
    text = 'resource "classiclink_vpc" "shop" {\n  for_each = { "$${x}" = "vpc-a" }\n  vpc_id   = each.value\n}\n'
    text += 'moved {\n  from = classiclink_vpc.old["$${x}"]\n  to   = classiclink_vpc.shop["$${x}"]\n}\n'
    text += 'import {\n  to = classiclink_vpc.shop["$${x}"]\n  id = "vpc-a"\n}\n'
    found = desired(text)
    (address,) = (each.address for each in found.objects)
    assert address.key == "${x}"
    assert [str(address), found.imports[0].to, found.moved[0].target] == [found.moved[0].target, address, str(address)]


def test_moves_inside_a_module_are_reported_from_the_root() -> None:
    files = {
        "main.hcl": 'module "m" {\n  source = "./m"\n  for_each = toset(["a"])\n}\n',
        "m/main.hcl": VPC + "moved {\n  from = classiclink_vpc.old\n  to = classiclink_vpc.shop\n}\n",
    }
    (moved,) = desired(files).moved
    assert moved.origin == 'module.m["a"].classiclink_vpc.old'
    assert moved.target == 'module.m["a"].classiclink_vpc.shop'


CHECK = """\
check "links" {
  data "classiclink_instances" "own" {
    linked = true
  }
  assert {
    condition     = length(data.classiclink_instances.own.ids) CONDITION
    error_message = "There are ${length(data.classiclink_instances.own.ids)} links."
  }
}
"""


@pytest.mark.parametrize(
    ("condition", "status", "messages"),
    [("== 1", "pass", ()), ("== 2", "fail", ("There are 1 links.",)), ('== "x" + 1', "error", ())],
)
def test_a_check_never_stops_a_plan(condition: str, status: str, messages: tuple[str, ...]) -> None:
    found = desired(CHECK.replace("CONDITION", condition))
    assert [(check.address, check.status, check.messages) for check in found.checks] == [
        ("check.links", status, messages)
    ]
    assert len(found.warnings) == (0 if status == "pass" else 1)
    assert all(warning.severity is Severity.WARNING for warning in found.warnings)


def test_a_check_without_a_world_is_unknown() -> None:
    assert [check.status for check in desired(CHECK.replace("CONDITION", "== 1"), world=None).checks] == ["unknown"]


def test_conditions_are_results_too() -> None:
    text = """\
resource "classiclink_vpc" "x" {
  vpc_id = "vpc-a"
  lifecycle {
    precondition {
      condition     = path.root != ""
      error_message = "No."
    }
    postcondition {
      condition     = self.cidr_block == "172.16.0.0/12"
      error_message = "No."
    }
  }
}
"""
    assert [(check.address, check.kind, check.status) for check in desired(text).checks] == [
        ("classiclink_vpc.x", "precondition", "pass"),
        ("classiclink_vpc.x", "postcondition", "pass"),
    ]


def test_the_workspace_has_a_name() -> None:
    assert output('"${cl.workspace} ${terraform.workspace}"', workspace="blue") == "blue blue"


def test_the_time_is_that_of_the_plan() -> None:
    assert output("plantimestamp()") == "2026-11-23T12:00:00Z"


WAIVED = """\
variable "why" {}
cl {
  limits {
    waive "CL106" { reason = var.why }
  }
}
"""


def test_a_reason_that_a_variable_gives_is_not_missing_while_only_checking() -> None:
    assert problems(WAIVED, world=None) == ()


def test_a_blank_reason_that_a_variable_gives_is_reported() -> None:
    (found,) = problems(WAIVED, world=None, environment={"CL_VAR_why": "  "})
    assert found.code == "CFG554"


def test_a_second_waiver_of_a_rule_is_reported_with_the_place_of_the_first() -> None:
    twice = 'cl {\n  limits {\n    waive "CL106" { reason = "a" }\n    waive "CL106" { reason = "b" }\n  }\n}\n'
    (found,) = problems(twice, world=None)
    assert (found.code, found.summary) == ("CFG305", "Duplicate waiver of CL106")
    assert [line_of(other) for other in found.related] == [3]


@pytest.mark.parametrize(
    ("block", "named", "detail", "remedy"),
    [
        ("mock", "mokc", 'There is no provider "mokc". Did you mean "mock"?', "Providers: alicloud, mock."),
        ("alicloud", "mokc", 'There is no provider "mokc". Did you mean "mock"?', "Providers: alicloud, mock."),
        ("mokc", "mock", 'The block provider "mokc" is not for a provider of cl.', 'provider "mock" {'),
        ("alicloud", "mock", 'There is no provider "mock".', 'Add one: provider "mock" {'),
    ],
)
def test_no_provider_is_suggested_that_there_is_not(block: str, named: str, detail: str, remedy: str) -> None:
    text = (
        f'resource "classiclink_vpc" "shop" {{\n  vpc_id   = "v"\n  provider = {named}\n}}\nprovider "{block}" {{}}\n'
    )
    (problem,) = problems(text, provider=False)
    assert problem.code == "CFG314"
    assert detail in problem.detail
    assert remedy in str(problem.remedy)
    assert 'Did you mean "mokc"' not in problem.detail
