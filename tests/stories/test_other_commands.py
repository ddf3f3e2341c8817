"""The commands around plan, apply and drift."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc

Fixture = Callable[[str], Desk]


def test_an_empty_directory_becomes_an_estate(desk: Desk) -> None:
    messages = Desk(desk.directory.parent).cl(f"-chdir={desk.directory.name}", "init", "--example", code=0)
    assert f"cl -chdir={desk.directory.name} plan" in messages.out
    assert f"Wrote {desk.directory.name}/main.hcl." in messages.err
    desk.cl("fmt", "-check", code=0)
    desk.cl("validate", code=0)
    desk.cl("plan", code=0)
    desk.cl("apply", "-auto-approve", code=0)
    desk.cl("plan", "-detailed-exitcode", code=0)
    desk.cl("init", "--example", code=1)


def test_reach_says_why_now_and_after_a_plan(fixture_desk: Fixture) -> None:
    desk = fixture_desk("quickstart")
    desk.cl("plan", "-out=p.json", code=0)
    world = desk.read_world()
    target = next(one["resource_id"] for one in world["cloud_resources"] if one["vpc_id"] == "vpc-shop")
    now = desk.cl("reach", "i-web-1", target, "--json", code=0).json
    assert now["reachable"] is False
    assert all(hop["source"] for hop in now["hops"])
    assert desk.cl("reach", "i-web-1", target, "--plan", "p.json", "--json", code=0).json["reachable"] is True
    assert "i-web-1" in desk.cl("reach", "--all-to", target, code=0).out
    assert "i-nobody" in desk.cl("reach", "i-nobody", target, code=1).err


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        (("--from", "classic", "--to", "vpc", "--same-region", "--same-account"), "ClassicLink"),
        (("--from", "vpc", "--to", "vpc", "--same-region", "--different-account"), "Connect the two VPCs"),
        (("--from", "classic", "--to", "classic", "--same-region", "--different-account"), "cross-account"),
        (("--from", "vpc", "--to", "classic", "--different-region", "--same-account"), "Migrate"),
    ],
)
def test_advise_gives_the_solution_of_the_table(desk: Desk, flags: tuple[str, ...], words: str) -> None:
    assert words in desk.cl("advise", *flags, code=0).out
    assert desk.cl("advise", *flags, "--json", code=0).json["solutions"]


def test_addresses_show_what_can_talk_to_the_classic_network(fixture_desk: Fixture) -> None:
    desk = fixture_desk("class-10")
    document = desk.cl("addresses", "--free", "24", "--json", code=0).json
    assert document["vpcs"][0]["cidr_block"] == "10.0.0.0/8"
    assert "10.111.1.0/24" not in document["free"]["blocks"]
    desk.cl("addresses", "--free", "8", code=64)


def test_addresses_of_one_vpc_are_reported_alone(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a", "172.16.0.0/16"), vpc("vpc-b", "10.0.0.0/16")])
    desk.write(main__hcl=PROVIDER)
    document = desk.cl("addresses", "--free", "24", "--vpc", "vpc-a", "--json", code=0).json
    assert [verdict["vpc_id"] for verdict in document["vpcs"]] == ["vpc-a"]
    assert document["free"]["within"] == "172.16.0.0/16"
    text = desk.cl("addresses", "--free", "24", "--vpc", "vpc-b", code=0).out
    assert "No free block of size /24: vpc-b, 10.0.0.0/16, has no address in 10.111.0.0/16" in text
    assert "vpc-a" not in text
    assert "vpc-a" in desk.cl("addresses", "--vpc", "vpc-a", code=0).out
    assert "There is no VPC vpc-x" in desk.cl("addresses", "--vpc", "vpc-x", code=64).err


def test_the_console_evaluates_in_the_configuration(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + 'locals {\n  ids = ["b", "a"]\n}\n')
    assert desk.cl("console", stdin="sort(local.ids)\n", code=0).out.split() == ["tolist([", '"a",', '"b",', "])"]
    answers = desk.cl("console", "--json", stdin="1 + 1\nlocal.nope\nclasslink_vpc.shop\n", code=0).out.splitlines()
    first, second, third = map(json.loads, answers)
    assert first == {"value": 2, "type": "number"}
    assert second["error"]["summary"]
    assert third["error"]["range"]["start"] == {"line": 1, "column": 1}
    assert "nope" in desk.cl("console", stdin="local.nope\n", code=1).err


def test_the_console_has_the_names_of_every_directory_without_a_configuration(desk: Desk) -> None:
    asked = "path.module\npath.root\npath.cwd\nterraform.workspace\ncl.workspace\n"
    here = f'"{desk.directory}"'
    shown = desk.cl("console", stdin=asked, code=0).out.splitlines()
    assert shown == ['"."', '"."', here, '"default"', '"default"']
    of_dev = desk.cl("console", stdin="terraform.workspace\n", code=0, CL_WORKSPACE="dev").out
    assert of_dev == '"dev"\n'


def test_an_open_bracket_continues_an_expression_on_the_next_line_of_the_console(desk: Desk) -> None:
    desk.write(main__hcl="locals {\n  ids = [1, 2]\n}\n")
    expressions = "{ for k in local.ids :\nk => k * 2\n\n}\n<<E\nhello\nE\n"
    assert desk.cl("console", stdin=expressions, code=0).out == '{\n  "1" = 2\n  "2" = 4\n}\n<<EOT\nhello\n\nEOT\n'
    assert "Unterminated" in desk.cl("console", stdin="[1,\n", code=1).err


def test_the_console_writes_infinite_numbers_as_text(desk: Desk) -> None:
    desk.write(main__hcl="")
    answer = desk.cl("console", "--json", stdin="{a = [1 / 0, -1 / 0, -0]}\n", code=0).out
    assert json.loads(answer)["value"] == {"a": ["+Inf", "-Inf", 0]}


def test_fmt_rewrites_checks_and_shows(desk: Desk) -> None:
    desk.write(main__hcl='provider "mock" {\nworld="world.json" # here\n}\n')
    assert desk.cl("fmt", "-check", "-list=false", code=3).out == ""
    assert '+  world = "world.json" # here' in desk.cl("fmt", "-check", "-diff", code=3).out
    assert desk.cl("fmt", "-", stdin="a=1\n", code=0).out == "a = 1\n"
    desk.cl("fmt", code=0)
    assert (desk.directory / "main.hcl").read_text() == 'provider "mock" {\n  world = "world.json" # here\n}\n'
    desk.cl("fmt", "-check", code=0)
    desk.write(main__hcl="a = = 1\n")
    assert "main.hcl line 1" in desk.cl("fmt", code=1).err
    assert (desk.directory / "main.hcl").read_text() == "a = = 1\n"


def test_the_graph_names_resources_and_steps(fixture_desk: Fixture) -> None:
    desk = fixture_desk("quickstart")
    assert '"classiclink_attachment.web" -> "classiclink_vpc.shop"' in desk.cl("graph", code=0).out
    desk.cl("plan", "-out=p.json", code=0)
    assert desk.cl("graph", "--plan", "p.json", "--format", "mermaid", code=0).out.startswith("flowchart LR\n")


def test_reports_of_every_format_are_written_beside_each_other(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(2))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + attach("web", "i-0001", "vpc-a"))
    formats = ["json", "markdown", "html", "sarif", "junit", "github"]
    ended = desk.cl("plan", *(word for name in formats for word in ("-o", f"{name}=plan.{name}")), code=0)
    assert ended.out.startswith("Plan: 2 to add")
    assert all((desk.directory / f"plan.{name}").stat().st_size > 0 for name in formats)
    desk.cl("plan", "-o", "html=nowhere/x.html", code=1)


def test_a_configuration_that_is_wrong_is_reported_too(desk: Desk) -> None:
    desk.world()
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a").replace("vpc_id", "vpc_ids"))
    ended = desk.cl("plan", "-o", "sarif=p.sarif", "--json", code=1)
    assert ended.json["errored"]
    assert ended.json["diagnostics"][0]["range"]["filename"] == "main.hcl"
    assert "main.hcl" in (desk.directory / "p.sarif").read_text()
    assert "vpc_ids" in ended.err


PREFIXED = """
moved {
  from = resource.classiclink_vpc.old
  to   = resource.classiclink_vpc.shop
}
removed {
  from = resource.classiclink_vpc.gone
}
import {
  to = resource.classiclink_vpc.shop
  id = "vpc-a"
}
resource "classiclink_vpc" "b" {
  vpc_id     = "vpc-b"
  depends_on = [resource.classiclink_vpc.shop]
  lifecycle {
    replace_triggered_by = [resource.classiclink_vpc.shop, resource.classiclink_attachment.web["i-0001"]]
  }
}
output "ids" {
  value = [resource.classiclink_vpc.shop.vpc_id, classiclink_vpc.shop.vpc_id]
}
"""


def test_an_address_may_begin_with_the_word_resource_wherever_one_goes(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a", classic_link_enabled=True), vpc("vpc-b")], instances=instances(2))
    links = 'resource "classiclink_attachment" "web" {\n  for_each = toset(["i-0001"])\n  instance_id = each.key\n'
    links += "  vpc_id = resource.classiclink_vpc.shop.vpc_id\n}\n"
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + links + PREFIXED)
    desk.cl("validate", code=0)
    plan = desk.cl("plan", "-json", "-target=resource.classiclink_vpc.shop", code=0).json
    assert [change["address"] for change in plan["resource_changes"]] == ["classiclink_vpc.shop"]
    desk.cl("apply", "-auto-approve", code=0)
    assert desk.cl("output", "-json", "ids", code=0).json == ["vpc-a", "vpc-a"]
    web = 'resource.classiclink_attachment.web["i-0001"]'
    assert len(desk.cl("plan", "-json", f"-replace={web}", code=0).json["steps"]) >= 2
    assert desk.cl("plan", "-json", "-destroy", "-exclude=resource.classiclink_*.*", code=0).json["steps"] == []
    assert desk.cl("state", "list", "resource.classiclink_attachment.web", code=0).out.count("\n") == 1
    desk.cl("state", "show", "resource.classiclink_vpc.shop", code=0)
    desk.cl("state", "mv", "-dry-run", "resource.classiclink_vpc.shop", "resource.classiclink_vpc.c", code=0)
    desk.cl("state", "rm", "-dry-run", web, code=0)
    assert desk.cl("console", stdin="resource.classiclink_vpc.shop.vpc_id\n", code=0).out == '"vpc-a"\n'
    assert "classiclink_vpc" in desk.cl("console", stdin="resource.classiclink_vpc\n", code=1).err
    assert "classiclink_vpc.shop" in desk.cl("console", stdin="resource\n", code=1).err


WAIVERS = """\
variable "until" {}
cl {
  limits {
    waive "CL103" {
      reason = "r"
      until  = "2099-01-31"
    }
    waive "CL104" {
      reason = "r"
      until  = "2020-01-31"
    }
    waive "CL106" {
      reason = "r"
      until  = var.until
    }
    waive "CL402" { reason = "r" }
  }
}
"""


def test_validate_reports_the_waivers_that_are_wrong_and_none_whose_end_is_not_known_yet(desk: Desk) -> None:
    desk.write(main__hcl=WAIVERS)
    messages = desk.cl("validate", "--json", code=1).json["diagnostics"]
    found = [(one["code"], one["range"]["start"]["line"]) for one in messages]
    assert found == [("CFG553", 4), ("CFG555", 8), ("CFG557", 16)]
