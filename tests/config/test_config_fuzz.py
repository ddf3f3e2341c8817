"""Whatever stands in a file, the answer is a value or a diagnostic."""

from __future__ import annotations

import re

from hypothesis import given, settings
from hypothesis import strategies as st

from planner.diagnostics import ClError, Diagnostic
from planner.network.world import World
from support.configurations import WORLD, Everywhere, evaluation

WHOLE = """\
cl {
  required_version = ">= 0.1"
  backend "local" { path = "x.json" }
  limits {
    adopt = false
    waive "CL106" { reason = "x" }
    dynamic "waive" {
      for_each = { CL104 = "y" }
      labels   = [waive.key]
      content { reason = waive.value }
    }
  }
}
provider "mock" {
  alias = "west"
  world = var.world
}
variable "world" {
  type     = string
  default  = "world.json"
  nullable = false
  validation {
    condition     = length(var.world) > 0
    error_message = "Empty."
  }
}
locals {
  ids = toset(["i-1", "i-2"])
  vpc = classiclink_vpc.shop.vpc_id
}
data "classiclink_instances" "all" {
  tags = { app = "shop" }
}
resource "classiclink_vpc" "shop" {
  vpc_id   = "vpc-a"
  provider = mock.west
}
resource "classiclink_attachment" "web" {
  for_each    = local.ids
  instance_id = each.key
  vpc_id      = local.vpc
  depends_on  = [data.classiclink_instances.all]
  lifecycle {
    prevent_destroy      = each.key == "i-1"
    ignore_changes       = [vswitch_ids]
    replace_triggered_by = [classiclink_vpc.shop]
    precondition {
      condition     = each.value != ""
      error_message = "No ${each.key}."
    }
    postcondition {
      condition     = self.private_ip != null
      error_message = "No address."
    }
  }
}
moved {
  from = classiclink_vpc.old
  to   = classiclink_vpc.shop
}
import {
  for_each = local.ids
  to       = classiclink_attachment.web[each.key]
  id       = "${each.key}/vpc-a"
}
removed {
  from = classiclink_vpc.gone
  lifecycle { destroy = false }
}
check "c" {
  data "classiclink_vpcs" "own" {}
  assert {
    condition     = length(data.classiclink_vpcs.own.ids) > 0
    error_message = "None."
  }
}
output "ips" {
  value       = { for id, link in classiclink_attachment.web : id => link.private_ip }
  description = "Addresses"
  precondition {
    condition     = path.root != ""
    error_message = "No."
  }
}
"""
PIECES = re.findall(r'"[^"]*"|\w+|\s+|[^\w\s]', WHOLE)
SPARE = (
    "null",
    "[]",
    "{}",
    '""',
    "-1",
    "sensitive(1)",
    "each.key",
    "self",
    "count.index",
    "var.gone",
    "module.x.y",
    "x",
)


def messages(text: str, world: World | None) -> tuple[Diagnostic, ...]:
    """What is wrong with the configuration; any exception but a diagnostic is a defect."""
    try:
        with evaluation(text, provider=False) as found:
            return found.desired(None if world is None else Everywhere.seeing(world)).warnings
    except ClError as error:
        return error.diagnostics


def answered(text: str) -> bool:
    """Whether all that is told has words, and nothing is told twice."""
    found = [messages(text, world) for world in (None, WORLD)]
    return all(len(set(each)) == len(each) and all(p.code and p.summary for p in each) for each in found)


def test_the_whole_is_right_before_it_is_spoilt() -> None:
    with evaluation(WHOLE, provider=False) as found:
        assert len(found.desired(Everywhere.seeing(WORLD)).objects) == 3


@given(st.data())
@settings(max_examples=150)
def test_a_piece_changed_gives_an_answer(data: st.DataObject) -> None:
    pieces = list(PIECES)
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(pieces) - 1))
        pieces[index] = data.draw(st.one_of(st.just(""), st.sampled_from(SPARE), st.sampled_from(PIECES)))
    assert answered("".join(pieces))


@given(st.text(alphabet='abc{}[]()"=.$%\n #<-,123', max_size=60))
@settings(max_examples=100)
def test_any_text_gives_an_answer(text: str) -> None:
    assert answered(text)
