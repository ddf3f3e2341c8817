"""Instances with the same texts in `each.value` share the values of arguments: those that each would have by itself."""

from __future__ import annotations

from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from planner.config.each_texts import EachTexts
from planner.config.module_instance import ModuleInstance
from planner.diagnostics import ConfigError
from planner.hcl.syntax.parser import parse_expression
from support.configurations import desired

ROWS = (
    'i-1 = { vpc = "vpc-a", list = ["x"], n = 1, inner = { s = "vsw-1" } }',
    'i-2 = { vpc = "vpc-a", list = ["y"], n = 2, inner = { s = "vsw-1" } }',
    'i-3 = { vpc = "vpc-b", list = ["z"], n = 1, inner = { s = "vsw-2" } }',
    'i-4 = { vpc = "vpc-b", list = ["z"], n = 1, inner = { s = sensitive("vsw-2") } }',
    'i-5 = { vpc = "a b", list = [null], n = null, inner = { s = null } }',
)
VALUES = (
    "each.value.vpc",
    'each.value["vpc"]',
    '"${each.value.vpc}-${each.value.inner.s}"',
    "local.vpcs[each.value.vpc]",
    "each.value.list[0]",
    "each.value.inner[local.name]",
    'each.value.n == 1 ? "vpc-a" : each.value.vpc',
    'each.value.n == 1 ? "vpc-${each.key}" : each.value.inner.s',
    "upper(each.value.vpc)",
    '"${uuid()}${each.value.vpc}"',
    "{ for name, value in each.value : name => value }.vpc",
    "[for each in [each] : each.value.vpc][0]",
    "sensitive(each.value.vpc)",
    "each.value.gone",
    "each.value.vpc.more",
)


def made(rows: str, vpc_id: str, vswitch_ids: str) -> object:
    """The attributes of each object, or everything that is wrong."""
    text = (
        'locals {\n  name = "s"\n  vpcs = { vpc-a = "vpc-1", vpc-b = "vpc-2" }\n}\n'
        f'resource "classiclink_attachment" "web" {{\n  for_each = {rows}\n  instance_id = each.key\n'
        f"  vpc_id = {vpc_id}\n  vswitch_ids = {vswitch_ids}\n}}\n"
    )
    try:
        with mock.patch("uuid.uuid4", iter(range(1000)).__next__):
            found = desired(text)
    except ConfigError as refused:
        return refused.diagnostics
    return [(str(one.address), one.attributes) for one in found.objects]


@given(
    st.integers(2, len(ROWS)), st.sampled_from(VALUES), st.sampled_from(["null", *(f"[{value}]" for value in VALUES)])
)
def test_instances_are_what_each_is_by_itself(count: int, vpc_id: str, vswitch_ids: str) -> None:
    rows = "{\n" + "\n".join(ROWS[:count]) + "\n}"
    shared = made(rows, vpc_id, vswitch_ids)
    with mock.patch.object(EachTexts, "of", return_value=None):
        assert shared == made(rows, vpc_id, vswitch_ids)


def test_an_argument_is_evaluated_once_for_each_text() -> None:
    evaluate = ModuleInstance.value
    with mock.patch.object(ModuleInstance, "value", autospec=True, side_effect=evaluate) as evaluated:
        found = made('{ for n in range(20) : "i-${n}" => { vpc = "vpc-${n % 2}" } }', "each.value.vpc", "null")
    assert isinstance(found, list)
    assert [attributes["vpc_id"] for _, attributes in found] == ["vpc-0", "vpc-1"] * 10
    asked = [call.args[1].text for call in evaluated.call_args_list]
    assert (asked.count("each.value.vpc"), asked.count("each.key")) == (2, 20)


@pytest.mark.parametrize(
    "text", ["each.key", "each.value + count.index", "upper(each.value)", "[each.value, each.key]"]
)
def test_nothing_is_shared_where_more_than_the_texts_counts(text: str) -> None:
    assert EachTexts.of(parse_expression(text, "main.hcl")) is None
