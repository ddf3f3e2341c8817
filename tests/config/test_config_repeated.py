"""Resources that are like another one are what they are when each is evaluated by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.config.desired import Desired
from planner.config.resources import ResourceEvaluator
from planner.diagnostics import ConfigError
from planner.hcl.syntax.repeated_blocks import RepeatedBlocks
from planner.network.world import World
from support.configurations import WORLD, Everywhere, addresses, desired, evaluation

BASE = """
provider "mock" {}
provider "mock" {
  alias = "lab"
}
variable "vpc" {
  default = "vpc-a"
}
variable "secret" {
  default   = "vpc-b"
  sensitive = true
}
locals {
  ids  = { one = "i-1", two = "i-2" }
  shop = classiclink_vpc.shop.vpc_id
}
resource "classiclink_vpc" "shop" {
  provider = mock
  vpc_id   = var.vpc
}
"""

ARGUMENTS = (
    'instance_id = "ID"\n  vpc_id = classiclink_vpc.shop.vpc_id',
    'instance_id = "ID"\n  vpc_id = "OTHER"',
    'instance_id = "ID" # "OTHER"\n  vpc_id = local.shop',
    'instance_id = local.ids["one"]\n  vpc_id = "OTHER"',
    'instance_id = "ID"\n  vpc_id = var.secret',
    'instance_id = "ID"\n  vpc_id = classiclink_attachment.a.vpc_id',
    'instance_id = "i-${uuid()}"\n  vpc_id = "OTHER"',
    'instance_id = "ID"\n  vpc_id = classiclink_vpc.gone.vpc_id',
    'instance_id = 12\n  vpc_id = "OTHER"',
    'instance_id = "ID"\n  vpc_id = "vpc-a"\n  vswitch_ids = ["vsw-1", "OTHER"]',
    'instance_id = "ID"\n  vpc_id = "vpc-a"\n  vswitch_ids = "OTHER"',
    'count = 2\n  instance_id = "ID"\n  vpc_id = "OTHER"',
    'for_each = local.ids\n  instance_id = each.value\n  vpc_id = "OTHER"',
    'instance_id = "ID"\n  vpc_id = each.key',
    'instance_id = "ID"',
)
FURTHER = (
    "",
    "  provider = mock.lab\n",
    '  provider = "mock"\n',
    "  depends_on = [classiclink_vpc.shop]\n",
    "  lifecycle {\n    prevent_destroy = var.vpc == local.shop\n  }\n",
    "  lifecycle {\n    prevent_destroy = var.secret\n  }\n",
    "  lifecycle {\n    ignore_changes = [vpc_id]\n  }\n",
    "  lifecycle {\n    replace_triggered_by = [classiclink_vpc.shop]\n  }\n",
    "  lifecycle {\n    postcondition {\n"
    '      condition     = self.vpc_id != "ID"\n      error_message = "OTHER"\n    }\n  }\n',
)
RULE = (
    'security_group_id = "sg-1"\n  source_security_group_id = "sg-2"\n  ip_protocol = "WORD"\n  port_range = "PORTS"\n'
    "  priority = NUMBER\n"
)

RIGHT = ("i-1", "i-2", "i-9", "i-gone", "vpc-a", "vpc-b", "vpc-gone", "e\u0301")


def mostly(right: tuple[str, ...], wrong: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from((*right * (4 * len(wrong)), *wrong))


ids = mostly(RIGHT, ("", "i 1", "var.vpc"))
words = st.fixed_dictionaries(
    {
        "ID": ids,
        "OTHER": ids,
        "WORD": mostly(("tcp", "udp"), ("icmp", "TCP", "x")),
        "PORTS": mostly(("80/80", "1/9"), ("-1/-1", "80")),
        "NUMBER": mostly(("1", "100"), ("0", "1e999999999")),
    }
)


def filled(text: str, given: Mapping[str, str]) -> str:
    for word, value in given.items():
        text = text.replace(word, value)
    return text


@st.composite
def configurations(draw: st.DrawFn) -> str:
    """Blocks of one or two shapes, each of them several times, in any order."""
    blocks = []
    names = [*"abcdefghijklmnop", "\u00e9"]
    for _ in range(draw(st.integers(1, 2))):
        arguments = st.builds("  {}\n{}".format, st.sampled_from(ARGUMENTS), st.sampled_from(FURTHER))
        links = st.tuples(st.just("classiclink_attachment"), arguments)
        kind, body = draw(st.one_of(links, links, st.just(("classiclink_security_rule", f"  {RULE}"))))
        for _ in range(draw(st.integers(5, 8))):
            name = names.pop(0) if draw(st.integers(0, 20)) else draw(st.sampled_from(["a", "1x", "a b"]))
            blocks.append(f'resource "{kind}" "{name}" {{\n{filled(body, draw(words))}}}\n')
    outputs = ["", 'output "a" {\n  value = classiclink_attachment.a\n}\n']
    return BASE + "\n".join(draw(st.permutations(blocks))) + draw(st.sampled_from(outputs))


def outcome(text: str, world: World | None) -> Any:
    """All that comes of a configuration: what it desires, or what is wrong with it."""
    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("uuid.uuid4", iter(range(1000)).__next__)
            with evaluation(text, provider=False) as found:
                return shown(found.desired(None if world is None else Everywhere.seeing(world)))
    except ConfigError as refused:
        return refused.diagnostics


def shown(found: Desired) -> Any:
    outputs = {name: (each.value.to_python(), each.value.type_json()) for name, each in found.outputs.items()}
    return (
        [(each, list(each.attributes), dict(each.place.arguments)) for each in found.objects],
        outputs,
        found.warnings,
    )


def outcome_plainly(text: str, world: World | None) -> Any:
    """The same with every block parsed, decoded and evaluated by itself."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RepeatedBlocks, "block_at", lambda *_: None)
        return outcome(text, world)


@settings(max_examples=150, deadline=None)
@given(configurations(), st.sampled_from([None, WORLD]))
def test_what_is_repeated_is_what_it_is_by_itself(text: str, world: World | None) -> None:
    assert outcome(text, world) == outcome_plainly(text, world)


LINK = (
    'resource "classiclink_attachment" "l{0}" {{\n  instance_id = "i-{0}"\n  vpc_id = classiclink_vpc.shop.vpc_id\n}}\n'
)


def test_few_resources_of_a_kind_are_looked_into() -> None:
    text = BASE + "\n".join(LINK.format(number) for number in range(100))
    evaluated: list[str] = []
    evaluate = ResourceEvaluator.evaluate

    def noted(evaluator: Any, expansion: Any, **asked: Any) -> Any:
        found = evaluate(evaluator, expansion, **asked)
        evaluated.extend(str(each.address) for each in found.objects)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ResourceEvaluator, "evaluate", noted)
        found = desired(text, provider=False)
    assert len(found.objects) == 101
    assert evaluated == ["classiclink_vpc.shop", *(f"classiclink_attachment.l{number}" for number in range(3))]


def test_each_call_of_uuid_gives_another_value() -> None:
    block = 'resource "classiclink_attachment" "l{0}" {{\n  instance_id = uuid()\n  vpc_id = "vpc-{0}"\n}}\n'
    found = desired(BASE + "\n".join(block.format(number) for number in range(9)), provider=False)
    assert len(addresses(found)) == len({each.identity for each in found.objects}) == 10
