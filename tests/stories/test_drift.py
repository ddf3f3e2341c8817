"""A pipeline notices when the cloud drifts away."""

from __future__ import annotations

import html
import json
import re
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from support.clouds import BOTH_CLOUDS, EmulatedDesk, mock_alone
from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instances, vpc

pytestmark = BOTH_CLOUDS

CONFIGURATION = (
    PROVIDER
    + enable("shop", "vpc-a")
    + enable("side", "vpc-b")
    + attach("one", "i-0001", "vpc-a")
    + attach("two", "i-0002", "vpc-a")
)


@pytest.fixture
def applied(desk: Desk) -> Desk:
    """An estate that is in sync: two links to vpc-a; vpc-b has none."""
    desk.world(vpcs=[vpc("vpc-a"), vpc("vpc-b", "172.31.0.0/16"), vpc("vpc-c")], instances=instances(4))
    desk.write(main__hcl=CONFIGURATION)
    desk.cl("apply", "-auto-approve", code=0)
    return desk


def meddle(desk: Desk, change: Callable[[Any], None]) -> None:
    """The cloud is changed outside of cl."""
    world = desk.read_world()
    world["links"].sort(key=lambda link: link["instance_id"])
    change(world)
    (desk.directory / "world.json").write_text(json.dumps(world))


def items(document: Any) -> set[tuple[str, str | None, str | None]]:
    return {(item["bucket"], item.get("instance_id"), item.get("vpc_id")) for item in document["items"]}


def test_in_sync_is_exit_0_with_full_coverage(applied: Desk) -> None:
    document = applied.cl("drift", "--json", code=0).json
    assert document["in_sync"]
    assert document["complete"]
    assert document["items"] == []
    assert document["summary"]["managed"] == 4
    assert document["summary"]["coverage"].startswith("4/4")
    assert "In sync" in applied.cl("drift", code=0).out


def test_a_link_that_is_gone_is_missing(applied: Desk) -> None:
    meddle(applied, lambda world: world["links"].pop(0))
    document = applied.cl("drift", "--json", code=2).json
    assert items(document) == {("missing", "i-0001", "vpc-a")}
    (item,) = document["items"]
    assert item["what_moved"] == "cloud"
    assert item["remedy"]
    applied.cl("apply", "-auto-approve", code=0)
    applied.cl("drift", code=0)


def test_a_link_to_another_vpc_and_a_vpc_switched_off_are_changed(applied: Desk) -> None:
    def change(world: Any) -> None:
        world["links"][0]["vpc_id"] = "vpc-b"
        next(one for one in world["vpcs"] if one["vpc_id"] == "vpc-b")["classic_link_enabled"] = True

    meddle(applied, change)
    document = applied.cl("drift", "--json", code=2).json
    assert [item["bucket"] for item in document["items"]] == ["changed"]
    (item,) = document["items"]
    assert item["instance_id"] == "i-0001"
    assert json.dumps(item["before"]).count("vpc-a") == 1
    assert json.dumps(item["after"]).count("vpc-b") == 1

    def switch_off(world: Any) -> None:
        world["links"][0]["vpc_id"] = "vpc-a"
        next(one for one in world["vpcs"] if one["vpc_id"] == "vpc-b")["classic_link_enabled"] = False

    meddle(applied, switch_off)
    assert items(applied.cl("drift", "--json", code=2).json) == {("changed", None, "vpc-b")}


def test_a_link_and_a_vpc_that_are_not_declared_are_unmanaged(applied: Desk) -> None:
    def change(world: Any) -> None:
        world["links"].append({"instance_id": "i-0003", "vpc_id": "vpc-a"})
        next(one for one in world["vpcs"] if one["vpc_id"] == "vpc-c")["classic_link_enabled"] = True

    meddle(applied, change)
    document = applied.cl("drift", "--json", code=2).json
    assert items(document) == {("unmanaged", "i-0003", "vpc-a"), ("unmanaged", None, "vpc-c")}


def test_many_undeclared_links_are_accepted_by_the_command_that_drift_prints(applied: Desk) -> None:
    added = [{"instance_id": name, "vpc_id": "vpc-b"} for name in ("i-0003", "i-0004")]
    meddle(applied, lambda world: world["links"].extend(added))
    text = applied.cl("drift", code=2).out
    assert "restore: for i-0003/vpc-b, " in text, "an id, where no address exists"
    note = "2 objects that are not declared can be accepted all at once: cl "
    command = " ".join(text.split()).partition(note)[2].partition(". ")[0]
    applied.cl(*shlex.split(command), code=0)
    applied.cl("drift", code=0)
    assert "cl import" not in applied.cl("drift", code=0).out


def test_a_standing_link_that_breaks_a_rule_is_violated(applied: Desk) -> None:
    route = {"vpc_id": "vpc-a", "destination_cidr_block": "10.0.0.0/8", "type": "Custom"}
    meddle(applied, lambda world: world.setdefault("route_entries", []).append(route))
    document = applied.cl("drift", "--json", code=2).json
    assert {item["bucket"] for item in document["items"]} == {"violated"}
    assert {item["rule"] for item in document["items"]} == {"CL103"}


@pytest.mark.parametrize("status", ["Stopping", "Stopped", "Starting", "Running"])
def test_the_life_of_an_instance_is_no_drift(applied: Desk, status: str) -> None:
    def change(world: Any) -> None:
        for one in world["instances"]:
            one["status"] = status

    meddle(applied, change)
    applied.cl("drift", code=0)


def test_what_cannot_be_read_is_never_in_sync(applied: Desk) -> None:
    faults = [{"action": "DescribeVpcAttribute", "match": {"vpc_id": "vpc-a"}, "kind": "error"}]
    faults[0] |= {"code": "Forbidden.RAM", "message": "no right"}
    applied.write(faults__json=json.dumps(faults))
    applied.write(main__hcl=CONFIGURATION.replace("call_log", 'faults = "faults.json"\n  call_log'))
    document = applied.cl("drift", "--json", code=3).json
    assert not document["complete"]
    assert "unknown" in {item["bucket"] for item in document["items"]}
    applied.cl("drift", "--exit-zero", code=0)


def test_drift_is_reported_as_markdown_for_a_pull_request(applied: Desk) -> None:
    meddle(applied, lambda world: world["links"].pop(0))
    ended = applied.cl("drift", "-o", "markdown", "-o", "json=drift.json", code=2)
    assert "i-0001" in ended.out
    assert "### Drift: 1 difference." in ended.out
    assert json.loads((applied.directory / "drift.json").read_text())["summary"]["missing"] == 1


def test_drift_changes_nothing(applied: Desk) -> None:
    meddle(applied, lambda world: world["links"].pop(0))
    before = applied.contents()
    applied.cl("drift", code=2)
    assert applied.contents() == before


def test_what_is_ignored_with_a_reason_is_no_drift_until_it_expires(applied: Desk) -> None:
    meddle(applied, lambda world: world["links"].append({"instance_id": "i-0003", "vpc_id": "vpc-a"}))
    applied.cl("drift", "--baseline", ".clignore", code=2)
    ended = applied.cl("drift", "--json", code=0)
    assert ended.json["summary"]["ignored"] == 1


def test_a_baseline_over_an_existing_file_keeps_every_line_and_adds_what_is_new(applied: Desk) -> None:
    ignores = applied.directory / ".clignore"
    ours = "# ours\nclassiclink_attachment.i-0003  # the batch farm\nclassiclink_vpc.vpc-z  # ended, until 2020-01-01"
    ignores.write_text(ours)

    def change(world: Any) -> None:
        world["links"] += [{"instance_id": one, "vpc_id": "vpc-a"} for one in ("i-0003", "i-0004")]

    meddle(applied, change)
    ended = applied.cl("drift", "--baseline", ".clignore", code=2)
    assert "1 line added, 2 kept" in ended.err
    after = ignores.read_text()
    assert after.startswith(ours + "\n")
    assert after.count("i-0003") == 1
    assert after.count("/classiclink_attachment.i-0004/vpc-a  # baseline: unmanaged, until ") == 1
    again = applied.cl("drift", "--baseline", ".clignore", code=0)
    assert "0 lines added, 3 kept" in again.err
    assert ignores.read_text() == after
    assert applied.cl("drift", "--json", code=0).json["summary"]["ignored"] == 2


def ways_out(item: Any, way: str) -> list[list[str]]:
    """The words of the commands that this item offers for this way, as a shell would split them."""
    (line,) = [line for line in item["remedy"] if line.startswith(f"{way}: ")]
    command = line[line.index("cl ") :]
    return [shlex.split(part)[1:] for part in command.split(" && ")]


def follow(desk: Desk, words: list[list[str]]) -> None:
    for command in words:
        approve = ["-auto-approve"] if command[0] == "apply" else []
        desk.cl(*command, *approve, code=0)


@pytest.mark.parametrize("way", ["restore", "accept"])
def test_the_ways_out_of_a_moved_link_work_as_they_are_printed(applied: Desk, way: str) -> None:
    meddle(applied, lambda world: world["links"][0].update(vpc_id="vpc-b"))
    (item,) = applied.cl("drift", "--json", code=2).json["items"]
    if way == "accept":
        applied.write(
            main__hcl=CONFIGURATION.replace(attach("one", "i-0001", "vpc-a"), attach("one", "i-0001", "vpc-b"))
        )
    follow(applied, ways_out(item, way))
    applied.cl("drift", code=0)
    assert applied.links()["i-0001"] == {"restore": "vpc-a", "accept": "vpc-b"}[way]


def test_an_unmanaged_link_is_moved_by_the_commands_that_drift_prints(applied: Desk) -> None:
    applied.write(main__hcl=CONFIGURATION + attach("three", "i-0003", "vpc-a"))
    meddle(applied, lambda world: world["links"].append({"instance_id": "i-0003", "vpc_id": "vpc-b"}))
    (item,) = applied.cl("drift", "--json", code=2).json["items"]
    follow(applied, ways_out(item, "restore"))
    applied.cl("drift", code=0)
    assert applied.links()["i-0003"] == "vpc-a"


def test_accepting_one_lost_link_leaves_the_others_to_be_reported(applied: Desk) -> None:
    meddle(applied, lambda world: world["links"].clear())
    first, _ = applied.cl("drift", "--json", code=2).json["items"]
    applied.write(main__hcl=CONFIGURATION.replace(attach("one", "i-0001", "vpc-a"), ""))
    follow(applied, ways_out(first, "accept"))
    (left,) = applied.cl("drift", "--json", code=2).json["items"]
    assert (left["instance_id"], left["what_moved"]) == ("i-0002", "cloud")


def test_an_ignore_file_with_a_byte_order_mark_or_none_at_all_is_understood(applied: Desk) -> None:
    (applied.directory / ".clignore").write_bytes(b"\xef\xbb\xbf# what is known\r\n")
    assert applied.cl("drift", "--json", code=0).json["notes"] == []
    (applied.directory / ".clignore").unlink()
    (applied.directory / ".clignore").mkdir()
    assert "CFG594" in applied.cl("drift", code=1).err


def test_one_fault_of_a_vpc_is_reported_once_for_all_its_links_and_in_json_for_each(applied: Desk) -> None:
    route = {"vpc_id": "vpc-a", "destination_cidr_block": "10.0.0.0/8", "type": "Custom", "next_hop_id": "i-nat"}
    meddle(applied, lambda world: world.setdefault("route_entries", []).append(route))
    ended = applied.cl("drift", "-o", "text", "-o", "markdown=drift.md", "-o", "html=drift.html", code=2)
    messages = [ended.out, *((applied.directory / name).read_text() for name in ("drift.md", "drift.html"))]
    for text in messages:
        assert " ".join(text.split()).count("2 links to vpc-a (i-0001, i-0002): each exists, but breaks CL103") == 1
        words = " ".join(html.unescape(text).split())
        by_hand = 'in world.json, remove {"vpc_id": "vpc-a", "destination_cidr_block": "10.0.0.0/8"'
        if isinstance(applied, EmulatedDesk):
            by_hand = "aliyun vpc DeleteRouteEntry --RegionId cn-hangzhou --RouteTableId vtb-a"
        assert words.count(by_hand) == 1
    assert len(applied.cl("drift", "--json", code=2).json["items"]) == 2


def test_before_the_first_apply_what_is_declared_is_only_not_in_the_state(applied: Desk) -> None:
    (applied.directory / "cl.state.json").unlink()
    text = " ".join(applied.cl("drift", code=2).out.split())
    assert "Unmanaged: declared and in the cloud, not in the state yet (4)" in text
    assert "not declared" not in text
    assert "cl apply adopts them all at once" in text
    applied.cl("apply", "-auto-approve", code=0)
    assert applied.calls() == applied.calls()[:4], "nothing is done to the cloud"
    applied.cl("drift", code=0)


def test_the_ways_out_for_one_instance_of_a_for_each_work(applied: Desk) -> None:
    both = (
        'resource "classiclink_attachment" "all" {\n  for_each = toset(["i-0001", "i-0002"])\n\n'
        '  instance_id = each.key\n  vpc_id      = "vpc-a"\n}\n'
    )
    applied.write(main__hcl=PROVIDER + enable("shop", "vpc-a") + enable("side", "vpc-b") + both)
    applied.cl("apply", "-auto-approve", code=0)
    meddle(applied, lambda world: world["links"][0].update(vpc_id="vpc-b"))
    (item,) = applied.cl("drift", "--json", code=2).json["items"]
    lines = (applied.directory / "main.hcl").read_text().splitlines()
    _restore, shared, alone = item["remedy"]
    assert lines[int(shared.partition("main.hcl line ")[2].partition(")")[0]) - 1] == '  vpc_id      = "vpc-a"'
    assert lines[int(alone.partition("main.hcl line ")[2].partition(")")[0]) - 1].startswith("  for_each = ")
    said, _, block = alone.partition("\n")
    applied.write(main__hcl="\n".join(lines).replace('"i-0001", ', "") + f"\n{block}\n")
    before = applied.calls()
    applied.cl(*said.partition("then cl ")[2].split(), "-auto-approve", code=0)
    assert applied.calls() == before
    applied.cl("drift", code=0)


REPORTED = {
    "text": "Nothing was compared: 1 error.",
    "json": '"code": "CFG302"',
    "markdown": "### Nothing was compared: 1 error.",
    "html": "CFG302",
    "sarif": '"ruleId": "CFG302"',
    "junit": 'failures="1"',
    "github": "::error file=main.hcl,line=4",
}


def test_a_pipeline_gets_its_reports_where_nothing_could_be_compared(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")])
    desk.write(main__hcl='resource "classiclink_vpc" "a" {\n  vpc_id = "vpc-a"\n\n  vpcid = "x"\n}\n' + PROVIDER)
    asked = [word for name in REPORTED for word in ("-o", f"{name}=report.{name}")]
    ended = desk.cl("drift", *asked, code=1)
    assert ended.out == ""
    assert "CFG302" in ended.err
    for name, said in REPORTED.items():
        report = (desk.directory / f"report.{name}").read_text(encoding="utf-8")
        assert said in report, name
        assert "In sync" not in report
    messages = desk.cl("drift", "--json", code=1).json
    assert (messages["in_sync"], messages["complete"], messages["items"]) == (False, False, [])


@mock_alone("about the world file")
def test_a_world_that_cannot_be_read_is_in_the_report_too(desk: Desk) -> None:
    desk.write(main__hcl=PROVIDER)
    messages = desk.cl("drift", "--json", code=1).json
    assert [one["code"] for one in messages["diagnostics"]] == ["PRV201"]


def test_a_configuration_that_was_merged_and_not_applied_is_a_note_and_no_drift_unless_strict(applied: Desk) -> None:
    applied.write(main__hcl=CONFIGURATION.replace('"i-0002"', '"i-0003"'))
    document = applied.cl("drift", "--json", code=0).json
    assert document["in_sync"]
    assert items(document) == {("pending", "i-0002", "vpc-a"), ("pending", "i-0003", "vpc-a")}
    text = applied.cl("drift", code=0).out
    assert text.startswith("In sync. 4 objects checked. 2 changes of the configuration not applied yet.")
    assert "carry out: cl apply --target classiclink_attachment.two" in text
    assert not applied.cl("drift", "-strict", "--json", code=2).json["in_sync"]
    applied.cl("drift", "--baseline", ".clignore", code=0)
    assert "classiclink" not in (applied.directory / ".clignore").read_text()
    applied.cl("apply", "-auto-approve", code=0)
    assert "items" not in applied.cl("drift", "-strict", code=0).out


def test_links_that_went_with_their_vpc_are_one_line_behind_it_and_with_all_a_line_each(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a")], instances=instances(24))
    desk.write(
        main__hcl=PROVIDER + enable("shop", "vpc-a") + 'resource "classiclink_attachment" "web" {\n'
        '  for_each    = toset([for number in range(1, 25) : format("i-%04d", number)])\n'
        "  instance_id = each.key\n"
        "  vpc_id      = classiclink_vpc.shop.vpc_id\n}\n"
    )
    desk.cl("apply", "-auto-approve", code=0)

    def switch_off(world: Any) -> None:
        world["links"].clear()
        world["vpcs"][0]["classic_link_enabled"] = False

    meddle(desk, switch_off)
    text = desk.cl("drift", code=2).out
    assert text.index("ClassicLink on vpc-a is in the state, and switched off") < text.index("24 links to vpc-a")
    assert "Follows from classiclink_vpc.shop; fix that first." in text
    assert len(text.splitlines()) < 25
    ways = [line.partition("restore: ")[2] for line in text.splitlines()]
    restore = next(way for way in ways if "--target classiclink_att" in way)
    assert "To list each object with its own remedy: cl drift --all." in text
    every = desk.cl("drift", "-all", code=2).out
    assert "To list each object" not in every
    assert every.count("and no longer in the cloud") == 20
    assert desk.cl("drift", "-o", "github", code=2).out.count("::error") == 2
    desk.cl(*shlex.split(restore)[1:], "-auto-approve", code=0)
    desk.cl("drift", code=0)


def test_a_plan_says_in_one_line_what_happened_to_many_objects_outside_of_it(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-a"), vpc("vpc-b", "172.31.0.0/16")], instances=instances(40))
    each = 'toset([for number in range(1, 41) : format("i-%04d", number)])'
    desk.write(
        main__hcl=f"{PROVIDER}{enable('shop', 'vpc-a')}{enable('side', 'vpc-b')}"
        f'resource "classiclink_attachment" "web" {{\n  for_each    = {each}\n'
        "  instance_id = each.key\n  vpc_id      = classiclink_vpc.shop.vpc_id\n}\n"
    )
    desk.cl("apply", "-auto-approve", code=0)

    def detach_and_move(world: Any) -> None:
        del world["links"][:35]
        for moved in world["links"]:
            moved["vpc_id"] = "vpc-b"

    meddle(desk, detach_and_move)
    part = desk.cl("plan", code=0, COLUMNS="140").out.partition("Changed outside")[2].split("\n\n")[0]
    assert [" ".join(line.split()) for line in part.splitlines()[1:]] == [
        "- 35 × classiclink_attachment.web[…] were detached (i-0001 … i-0035)",
        '~ 5 × classiclink_attachment.web[…] each: vpc_id: "vpc-a" → "vpc-b" (i-0036 … i-0040)',
    ]
    comment = desk.cl("plan", "-o", "markdown", code=0).out.partition("Changed outside")[2].partition("</details>")[0]
    assert re.findall(r"^[-!] .*", comment, re.MULTILINE) == [
        "- 35 × classiclink_attachment.web[…]  were detached (i-0001 … i-0035)",
        '! 5 × classiclink_attachment.web[…]  each: vpc_id: "vpc-a" → "vpc-b" (i-0036 … i-0040)',
    ]
    page = desk.cl("plan", "-o", "html", code=0).out.partition("Changed outside")[2].partition("</section>")[0]
    shown, _, every = page.partition("<details")
    assert shown.count("<li") == 2
    assert "35 × classiclink_attachment.web[…]" in shown
    assert every.count("<li") == 40


def restore_of(text: str, subject: str) -> list[str]:
    """The words of the command that restores what `subject` begins, as a report of drift prints it."""
    part = text.partition(f"\n  {subject}")[2]
    way = next(line for line in part.splitlines() if "restore: cl " in line)
    return shlex.split(way.partition("restore: cl ")[2].partition(",")[0])


def test_a_drifted_estate_comes_in_order_by_what_the_reports_print(desk: Desk) -> None:
    """A VPC switched off, links detached, moved and added by hand, an instance released, and a route in the way."""
    desk.world(
        vpcs=[vpc(f"vpc-{name}", f"172.{16 + number}.0.0/16") for number, name in enumerate(("shop", "pay", "old"))],
        instances=instances(70),
    )
    rows = [(f"i-{number:04d}", "vpc-shop" if number <= 40 else "vpc-pay") for number in range(1, 61)]
    table = "".join(f"{instance},{vpc_id}\n" for instance, vpc_id in rows)
    desk.write(
        links__csv=f"instance_id,vpc_id\n{table}",
        main__hcl=PROVIDER
        + 'locals {\n  links = { for row in csvdecode(file("links.csv")) : row.instance_id => row.vpc_id }\n}\n'
        'resource "classiclink_vpc" "all" {\n  for_each = toset(values(local.links))\n  vpc_id   = each.key\n}\n'
        'resource "classiclink_attachment" "fleet" {\n  for_each    = local.links\n  instance_id = each.key\n'
        "  vpc_id      = classiclink_vpc.all[each.value].vpc_id\n}\n",
    )
    desk.cl("apply", "-auto-approve", code=0)

    def others(world: Any) -> None:
        links = {link["instance_id"]: link["vpc_id"] for link in world["links"]}
        links = {instance: vpc_id for instance, vpc_id in links.items() if vpc_id != "vpc-pay"}
        for each in world["vpcs"]:
            each["classic_link_enabled"] = each["vpc_id"] != "vpc-pay"
        for number in range(1, 11):
            del links[f"i-{number:04d}"]
        links |= {f"i-{number:04d}": "vpc-old" for number in (*range(11, 16), 61, 62)}
        links |= {f"i-{number:04d}": "vpc-shop" for number in (63, 64, 65)}
        del links["i-0040"]
        world["instances"] = [each for each in world["instances"] if each["instance_id"] != "i-0040"]
        world["links"] = [{"instance_id": instance, "vpc_id": vpc_id} for instance, vpc_id in links.items()]
        route = {"vpc_id": "vpc-shop", "destination_cidr_block": "10.0.0.0/8", "type": "Custom", "next_hop_id": "i-nat"}
        world["route_entries"] = [route]

    meddle(desk, others)
    text = desk.cl("drift", COLUMNS="2000", code=2).out
    assert len(text.splitlines()) < 80
    refused = " ".join(desk.cl("plan", code=1).err.split())
    by_hand = 'in world.json, remove {"vpc_id": "vpc-shop", "destination_cidr_block": "10.0.0.0/8"'
    if isinstance(desk, EmulatedDesk):
        by_hand = "aliyun vpc DeleteRouteEntry --RegionId cn-hangzhou --RouteTableId vtb-shop"
    assert by_hand in refused
    assert "was not found, though it is in the state" in refused
    assert "Did you mean" not in refused
    meddle(desk, lambda world: world["route_entries"].clear())
    desk.write(links__csv=(desk.directory / "links.csv").read_text().replace("i-0040,vpc-shop\n", ""))
    desk.cl("apply", "-auto-approve", code=0)

    text = desk.cl("drift", COLUMNS="2000", code=2).out
    desk.cl(*restore_of(text, "classiclink_vpc.vpc-old"), "-auto-approve", code=0)
    text = desk.cl("drift", COLUMNS="2000", code=2).out
    command = text.partition("can be accepted all at once: cl ")[2].partition(". ")[0]
    instead = "To remove some of them from the cloud instead, delete their blocks from that file, then: cl apply"
    assert instead in " ".join(text.split())
    desk.cl(*shlex.split(command), code=0)
    (desk.directory / "FILE.hcl").unlink()
    desk.cl("apply", "-auto-approve", code=0)
    desk.cl("drift", code=0)
    desk.cl("plan", "-detailed-exitcode", code=0)
    assert set(desk.links().items()) == {row for row in rows if row[0] != "i-0040"}
