"""Override files: blocks merged into those of other files."""

from __future__ import annotations

import pytest

from support.configurations import desired, evaluation, messages

MAIN = """\
locals {
  vpc   = "vpc-a"
  other = "vpc-b"
}

resource "classiclink_vpc" "a" {
  vpc_id = local.vpc
  lifecycle {
    prevent_destroy = true
  }
}

output "o" {
  value       = local.other
  description = "The other one."
}
"""


def files(override: str, name: str = "override.hcl") -> dict[str, str]:
    return {"main.hcl": MAIN, name: override}


def test_an_argument_replaces_the_one_of_the_same_name() -> None:
    override = 'resource "classiclink_vpc" "a" {\n  vpc_id = "vpc-b"\n}\n'
    for name in ("override.hcl", "a_override.hcl"):
        (found,) = desired(files(override, name)).objects
        assert found.attributes["vpc_id"] == "vpc-b"
        assert found.prevent_destroy


def test_override_files_may_be_json() -> None:
    override = '{"resource": {"classiclink_vpc": {"a": {"vpc_id": "vpc-b"}}}}'
    (found,) = desired(files(override, "x_override.hcl.json")).objects
    assert found.attributes["vpc_id"] == "vpc-b"


def test_the_arguments_of_lifecycle_are_merged_one_by_one() -> None:
    override = 'resource "classiclink_vpc" "a" {\n  lifecycle {\n    ignore_changes = all\n  }\n}\n'
    (found,) = desired(files(override)).objects
    assert found.prevent_destroy
    assert found.ignore_changes == {"vpc_id"}


def test_local_values_are_replaced_one_by_one() -> None:
    found = desired(files('locals {\n  vpc = "vpc-b"\n}\n'))
    assert found.objects[0].attributes["vpc_id"] == "vpc-b"
    assert found.outputs["o"].value.raw == "vpc-b"


def test_settings_are_replaced_one_by_one_and_may_be_new() -> None:
    assert desired(files("cl {\n  limits {\n    min_links = 3\n  }\n}\n")).limits.min_links == 3
    main = MAIN + 'cl {\n  required_version = ">= 99"\n  limits {\n    max_detach_percent = 5\n  }\n}\n'
    limits = desired({"main.hcl": main, "override.hcl": 'cl {\n  required_version = ">= 0.1"\n}\n'}).limits
    assert limits.max_detach_percent == 5


def test_the_last_of_several_override_files_wins() -> None:
    first = {"a_override.hcl": 'output "o" {\n  value = 1\n}\n', "b_override.hcl": 'output "o" {\n  value = 2\n}\n'}
    assert desired({"main.hcl": MAIN, **first}).outputs["o"].value.raw == 2


def test_a_provider_is_overridden_by_its_alias() -> None:
    plain, west = 'provider "mock" {}\n', 'provider "mock" {\n  alias = "west"\n  world = "WORLD"\n}\n'
    given = {"main.hcl": plain + west, "override.hcl": west.replace("WORLD", "new.json")}
    with evaluation(given, provider=False) as found:
        assert [(config.key, dict(config.settings)) for config in found.providers()] == [
            ("mock", {}),
            ("mock.west", {"world": "new.json"}),
        ]


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ('output "p" {\n  value = 1\n}\n', "CFG330 override.hcl:1:1 Nothing to override"),
        ("locals {\n  new = 1\n}\n", "CFG330 override.hcl:2:3 Nothing to override"),
        ('output "o" {\n  depends_on = [classiclink_vpc.a]\n}\n', "CFG331 override.hcl:2:3 Unsupported override"),
        ("moved {\n  from = module.a\n  to = module.b\n}\n", "CFG331 override.hcl:1:1 Unsupported override"),
        ("x = 1\n", "CFG302 override.hcl:1:1 Unsupported argument"),
        ('output "o" {\n  nope = 1\n}\n', "CFG302 override.hcl:2:3 Unsupported argument"),
    ],
)
def test_what_cannot_be_overridden_is_refused(override: str, expected: str) -> None:
    assert messages(files(override)) == [expected]


def test_a_directory_of_nothing_but_override_files_overrides_nothing() -> None:
    assert messages({"override.hcl": 'output "o" {\n  value = 1\n}\n'}) == [
        "CFG330 override.hcl:1:1 Nothing to override"
    ]
