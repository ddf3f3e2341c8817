"""Data that depends on what a plan changes: read after the last step, and true in the state then."""

from __future__ import annotations

import json
import os
import signal
from typing import Any

import pytest

from support.desk import Desk
from support.watching import PATIENCE, sleeps, until

PROVIDER = 'provider "mock" {\n  world  = "world.json"\n  faults = "faults.json"\n}\n'
WEB = """
resource "classiclink_vpc" "c" {
  vpc_id = "vpc-c"
}

resource "classiclink_attachment" "web" {
  instance_id = "i-1"
  vpc_id      = classiclink_vpc.c.vpc_id
}
"""
LINKED = """
data "classiclink_instances" "linked" {
  linked     = true
  depends_on = [classiclink_attachment.web]
}
"""
IDS = 'output "ids" {\n  value = data.classiclink_instances.linked.ids\n}\n'
FLEET = """
resource "classiclink_attachment" "fleet" {
  for_each    = toset(data.classiclink_instances.linked.ids)
  instance_id = each.key
  vpc_id      = "vpc-d"
}
"""
DENIED = {"action": "DescribeInstances", "kind": "error", "code": "Forbidden.RAM", "message": "User not authorized."}


@pytest.fixture
def shop(desk: Desk) -> Desk:
    home = {"account_id": "1001", "region_id": "cn-hangzhou"}
    desk.world(
        vpcs=[{"vpc_id": f"vpc-{name}", "cidr_block": f"172.{18 + n}.0.0/16", **home} for n, name in enumerate("cd")],
        instances=[
            {"instance_id": f"i-{n}", "network_type": "classic", "private_ip": f"10.1.2.{n}", **home} for n in (1, 2)
        ],
    )
    desk.write(faults__json="[]")
    return desk


def declare(shop: Desk, *parts: str) -> None:
    shop.write(main__hcl=PROVIDER + "".join(parts))


def reads(plan: Any) -> dict[str, str]:
    entries = plan["resource_changes"]
    return {entry["address"]: entry["action_reason"] for entry in entries if entry["change"]["actions"] == ["read"]}


def outputs(shop: Desk) -> dict[str, Any]:
    return {name: found["value"] for name, found in shop.cl("output", "-json", code=0).json.items()}


def test_data_that_depends_on_a_new_link_is_read_after_the_last_step(shop: Desk) -> None:
    declare(shop, WEB, LINKED, IDS)
    plan = shop.cl("plan", "-json", code=0).json
    assert reads(plan) == {"data.classiclink_instances.linked": "read_because_dependency_pending"}
    assert plan["output_changes"]["ids"]["after_unknown"] is True
    shown = " ".join(shop.cl("plan", code=0).out.split())
    assert "it depends on classiclink_attachment.web, which this plan changes" in shown
    assert "ids = (known after apply)" in shown
    shop.cl("apply", "-auto-approve", code=0)
    assert outputs(shop) == {"ids": ["i-1"]}
    again = shop.cl("plan", "-detailed-exitcode", "-json", code=0).json
    assert reads(again) == {}


@pytest.mark.parametrize("argument", ["linked = true", 'vpc_id = "vpc-c"'])
def test_data_that_refers_to_nothing_that_changes_is_read_by_the_plan(shop: Desk, argument: str) -> None:
    """What it finds changes with the plan, but it does not say so; the next plan sees what the last one left."""
    declare(shop, WEB, f'data "classiclink_instances" "linked" {{\n  {argument}\n}}\n', IDS)
    plan = shop.cl("plan", "-json", code=0).json
    assert (reads(plan), plan["output_changes"]["ids"]["after"]) == ({}, [])
    for ids in ([], ["i-1"]):
        shop.cl("apply", "-auto-approve", code=0)
        assert outputs(shop) == {"ids": ids}


def test_a_saved_plan_reads_it_too(shop: Desk) -> None:
    declare(shop, WEB, LINKED, IDS)
    shop.cl("plan", "-out=plan.json", code=0)
    shop.cl("apply", "plan.json", code=0)
    assert outputs(shop) == {"ids": ["i-1"]}


def test_what_a_move_changes_is_unknown_and_true_afterwards(shop: Desk) -> None:
    where = 'output "where" {\n  value = data.classiclink_instances.linked.instances[*].linked_vpc_id\n}\n'
    other = 'resource "classiclink_vpc" "d" {\n  vpc_id = "vpc-d"\n}\n'
    declare(shop, WEB, other, LINKED, where)
    shop.cl("apply", "-auto-approve", code=0)
    assert outputs(shop) == {"where": ["vpc-c"]}
    declare(shop, WEB.replace("= classiclink_vpc.c.vpc_id", "= classiclink_vpc.d.vpc_id"), other, LINKED, where)
    change = shop.cl("plan", "-json", code=0).json["output_changes"]["where"]
    assert (change["before"], change["after"], change["after_unknown"]) == (["vpc-c"], None, True)
    shop.cl("apply", "-auto-approve", code=0)
    assert outputs(shop) == {"where": ["vpc-d"]}


@pytest.mark.parametrize(
    "data",
    [
        'data "classiclink_instances" "linked" {\n  vpc_id = classiclink_vpc.c.vpc_id\n}\n',
        "locals {\n  id = classiclink_vpc.c.vpc_id\n}\n"
        'data "classiclink_instances" "linked" {\n  vpc_id = local.id\n}\n',
    ],
    ids=["by reference", "through a local"],
)
def test_a_reference_to_what_changes_defers_as_depends_on_does(shop: Desk, data: str) -> None:
    declare(shop, WEB, data, IDS)
    assert reads(shop.cl("plan", "-json", code=0).json) == {
        "data.classiclink_instances.linked": "read_because_dependency_pending"
    }


def test_data_in_a_module_waits_for_what_the_module_depends_on(shop: Desk) -> None:
    (shop.directory / "m").mkdir()
    inside = 'data "classiclink_instances" "linked" {\n  linked = true\n}\n' + IDS
    (shop.directory / "m" / "main.hcl").write_text(inside)
    call = 'module "m" {\n  source     = "./m"\n  depends_on = [classiclink_attachment.web]\n}\n'
    declare(shop, WEB, call, 'output "ids" {\n  value = module.m.ids\n}\n')
    assert list(reads(shop.cl("plan", "-json", code=0).json)) == ["module.m.data.classiclink_instances.linked"]
    shop.cl("apply", "-auto-approve", code=0)
    assert outputs(shop) == {"ids": ["i-1"]}


def test_data_whose_arguments_come_from_such_data_is_read_later_too(shop: Desk) -> None:
    second = 'data "classiclink_instances" "same" {\n  ids = data.classiclink_instances.linked.ids\n}\n'
    declare(shop, WEB, LINKED, second, 'output "names" {\n  value = data.classiclink_instances.same.ids\n}\n')
    assert reads(shop.cl("plan", "-json", code=0).json) == {
        "data.classiclink_instances.linked": "read_because_dependency_pending",
        "data.classiclink_instances.same": "read_because_config_unknown",
    }
    shop.cl("apply", "-auto-approve", code=0)
    assert outputs(shop) == {"names": ["i-1"]}


BY_COUNT = """
resource "classiclink_attachment" "fleet" {
  count       = length(data.classiclink_instances.linked.ids)
  instance_id = "i-${count.index}"
  vpc_id      = "vpc-d"
}
"""
ONE = """
resource "classiclink_attachment" "fleet" {
  instance_id = data.classiclink_instances.linked.ids[0]
  vpc_id      = "vpc-d"
}
"""


@pytest.mark.parametrize("fleet", [FLEET, BY_COUNT, ONE], ids=["for_each", "count", "an identity"])
def test_objects_that_such_data_names_are_refused_with_the_targets_to_apply_first(shop: Desk, fleet: str) -> None:
    declare(shop, WEB, LINKED, fleet)
    plan = shop.cl("plan", "-json", code=1).json
    (problem,) = plan["diagnostics"]
    assert problem["code"] == "CFG333"
    assert problem["address"].startswith("classiclink_attachment.fleet")
    assert "depends on data.classiclink_instances.linked" in problem["detail"]
    assert "cl plan --target classiclink_attachment.web" in problem["remedy"]
    shop.cl("apply", "-auto-approve", "-target=classiclink_attachment.web", code=0)
    assert shop.links() == {"i-1": "vpc-c"}
    assert reads(shop.cl("plan", "-json").json) == {}


def test_objects_in_the_state_stay_where_only_the_rest_is_targeted(shop: Desk) -> None:
    kept = FLEET.replace("toset(data.classiclink_instances.linked.ids)", 'toset(["i-2"])')
    enabled = 'resource "classiclink_vpc" "d" {\n  vpc_id = "vpc-d"\n}\n'
    declare(shop, kept, enabled)
    shop.cl("apply", "-auto-approve", code=0)
    declare(shop, WEB, LINKED, FLEET, enabled)
    shop.cl("apply", "-auto-approve", "-target=classiclink_attachment.web", code=0)
    assert shop.links() == {"i-1": "vpc-c", "i-2": "vpc-d"}


def test_conditions_of_such_data_are_judged_when_it_is_read(shop: Desk) -> None:
    condition = """
  lifecycle {
    postcondition {
      condition     = length(self.ids) == %d
      error_message = "Not as many as meant."
    }
  }
}
"""
    declare(shop, WEB, LINKED.rstrip()[:-1] + condition % 1, IDS)
    shop.cl("apply", "-auto-approve", code=0)
    declare(shop, WEB.replace("i-1", "i-2"), LINKED.rstrip()[:-1] + condition % 7, IDS)
    ended = shop.cl("apply", "-auto-approve", code=1)
    assert "Not as many as meant." in ended.err
    assert shop.links() == {"i-2": "vpc-c"}
    assert shop.state_addresses() == ["classiclink_attachment.web", "classiclink_vpc.c"]


def test_a_check_of_such_data_is_judged_after_the_steps(shop: Desk) -> None:
    check = """
check "linked" {
  data "classiclink_instances" "now" {
    linked     = true
    depends_on = [classiclink_attachment.web]
  }
  assert {
    condition     = length(data.classiclink_instances.now.ids) == 1
    error_message = "Not linked."
  }
}
"""
    declare(shop, WEB, check)
    plan = shop.cl("plan", "-json", code=0).json
    assert [found["status"] for found in plan["checks_blocks"]] == ["unknown"]
    shop.cl("apply", "-auto-approve", code=0)
    state = json.loads((shop.directory / "cl.state.json").read_text())
    assert [found["status"] for found in state["check_results"]] == ["pass"]


def test_a_sensitive_output_of_such_data_is_true_in_the_state(shop: Desk) -> None:
    declare(shop, WEB, LINKED, IDS.replace("}\n", "  sensitive = true\n}\n"))
    shop.cl("apply", "-auto-approve", code=0)
    assert outputs(shop) == {"ids": ["i-1"]}


def test_what_cannot_be_read_after_the_steps_is_named_and_the_state_has_the_rest(shop: Desk) -> None:
    declare(shop, WEB, LINKED, IDS)
    shop.cl("plan", "-out=plan.json", code=0)
    # The apply reads once before its first step and once after the last.
    shop.write(faults__json=json.dumps([{**DENIED, "nth": 2}]))
    ended = shop.cl("apply", "plan.json", code=3)
    assert "PRV312" in ended.err
    assert "Forbidden.RAM" in ended.err
    assert "ids" in ended.err
    assert shop.state_addresses() == ["classiclink_attachment.web", "classiclink_vpc.c"]
    assert outputs(shop) == {}
    shop.write(faults__json="[]")
    shop.cl("apply", "-auto-approve", code=0)
    assert outputs(shop) == {"ids": ["i-1"]}


def test_a_destroy_and_a_look_read_nothing_later(shop: Desk) -> None:
    declare(shop, WEB, LINKED, IDS)
    shop.cl("apply", "-auto-approve", code=0)
    for flags in (["-destroy"], ["-refresh-only"]):
        assert reads(shop.cl("plan", "-json", *flags).json) == {}
    shop.cl("destroy", "-auto-approve", code=0)
    assert shop.links() == {}


def test_data_is_read_at_once_where_nothing_changes_in_the_cloud(shop: Desk) -> None:
    declare(shop, WEB)
    shop.cl("apply", "-auto-approve", code=0)
    moved = "moved {\n  from = classiclink_attachment.web\n  to   = classiclink_attachment.shop\n}\n"
    renamed = (WEB + LINKED).replace('"web"', '"shop"').replace("attachment.web", "attachment.shop")
    declare(shop, renamed, moved, IDS)
    plan = shop.cl("plan", "-json", code=0).json
    assert plan["steps"] == []
    assert reads(plan) == {}
    assert plan["output_changes"]["ids"]["after"] == ["i-1"]


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="knows the number of a system call")
def test_an_interrupt_ends_the_reading_after_the_steps_and_the_state_has_them(shop: Desk) -> None:
    declare(shop, WEB, LINKED, IDS)
    # One reading for the plan, one before the first step, and the third one after the last.
    hang = {"action": "DescribeInstances", "kind": "hang", "seconds": 3600, "nth": 3}
    shop.write(faults__json=json.dumps([hang]))
    process = shop.start("apply", "-auto-approve")
    until(lambda: process.poll() is not None or sleeps(process.pid))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130, out + err
    assert shop.links() == {"i-1": "vpc-c"}
    shop.write(faults__json="[]")
    assert shop.state_addresses() == ["classiclink_attachment.web", "classiclink_vpc.c"]
    assert outputs(shop) == {}
    shop.cl("apply", "-auto-approve", code=0)
    assert outputs(shop) == {"ids": ["i-1"]}
