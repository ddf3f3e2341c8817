"""Conditions stop a plan that changes the cloud to what is declared; where a plan only removes or looks, they warn."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from planner.config.desired import Desired
from planner.diagnostics import ConfigError, Severity
from support.configurations import WORLD, Everywhere, evaluation

VPC = 'resource "classiclink_vpc" "it" {\n  vpc_id = "vpc-a"\n%s}\n'
LIFECYCLE = '  lifecycle {\n    %s {\n      condition     = %s\n      error_message = "No."\n    }\n  }\n'
DATA = 'data "classiclink_vpcs" "all" {\n%s}\n'
OUTPUT = 'output "it" {\n  value = 1\n  precondition {\n    condition     = %s\n    error_message = "No."\n  }\n}\n'
SITES = {
    "precondition of a resource": lambda condition: VPC % (LIFECYCLE % ("precondition", condition)),
    "postcondition of a resource": lambda condition: VPC % (LIFECYCLE % ("postcondition", condition)),
    "precondition of data": lambda condition: DATA % (LIFECYCLE % ("precondition", condition)),
    "postcondition of data": lambda condition: DATA % (LIFECYCLE % ("postcondition", condition)),
    "precondition of an output": lambda condition: OUTPUT % condition,
}
CONDITIONS = {"does not hold": 'path.root == ""', "cannot be evaluated": "element([], 0) == path.root"}


def evaluated(text: str, *, changing: bool) -> Desired:
    with evaluation(text) as found:
        return found.desired(Everywhere.seeing(WORLD), changing=changing)


@pytest.mark.parametrize("condition", CONDITIONS.values(), ids=list(CONDITIONS))
@pytest.mark.parametrize("site", SITES.values(), ids=list(SITES))
def test_a_condition_is_an_error_where_the_cloud_is_changed_and_a_warning_elsewhere(
    site: Callable[[str], str], condition: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        evaluated(site(condition), changing=True)
    assert [problem.severity for problem in raised.value.diagnostics] == [Severity.ERROR]
    (problem,) = raised.value.diagnostics
    (warning,) = evaluated(site(condition), changing=False).warnings
    assert (warning.code, warning.detail, warning.span) == (problem.code, problem.detail, problem.span)


def test_what_has_a_condition_that_warns_still_exists() -> None:
    text = (
        VPC % (LIFECYCLE % ("postcondition", 'path.root == ""'))
        + 'output "id" {\n  value = classiclink_vpc.it.vpc_id\n}\n'
    )
    found = evaluated(text, changing=False)
    assert [str(each.address) for each in found.objects] == ["classiclink_vpc.it"]
    assert found.outputs["id"].value.to_python() == "vpc-a"
    assert [check.status for check in found.checks] == ["fail"]


def test_a_validation_is_an_error_in_any_case() -> None:
    validation = '  validation {\n    condition     = var.it > 1\n    error_message = "No."\n  }\n'
    with pytest.raises(ConfigError):
        evaluated(f'variable "it" {{\n  default = 1\n{validation}}}\n', changing=False)
