"""`classiclink_security_rule`, as a user meets it."""

from __future__ import annotations

import json

import pytest

from support.clouds import BOTH_CLOUDS, EmulatedDesk, mock_alone
from support.desk import Desk
from support.grouped_estates import DB_RULE, PING_RULE, SHOP, group, rule, rules_of, shop, world_rule
from support.story_estates import PROVIDER, attach, enable

pytestmark = BOTH_CLOUDS


def actions(desk: Desk) -> list[str]:
    lines = (desk.directory / "calls.jsonl").read_text().splitlines()
    return [json.loads(line)["action"] for line in lines]


def planned(desk: Desk, *arguments: str) -> list[tuple[str, list[int]]]:
    document = desk.cl("plan", "--json", *arguments).json
    return [(step["action"], step["needs"]) for step in document["steps"]]


def test_a_link_comes_after_the_rules_that_let_it_carry_something_and_goes_before_them(desk: Desk) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP)
    assert planned(desk) == [
        ("enable_classic_link", []),
        ("authorize_security_rule", [1]),
        ("authorize_security_rule", [1]),
        ("attach", [1, 2, 3]),
    ]
    applied = desk.cl("apply", "--auto-approve", code=0)
    assert "authorize tcp 3306/3306 from sg-web to sg-db" in applied.out + applied.err
    assert desk.cl("plan", "--detailed-exitcode", code=0).out
    drifted = desk.cl("drift", "--json", code=0).json
    assert (drifted["in_sync"], drifted["summary"]["managed"], drifted["summary"]["coverage"]) == (
        True,
        4,
        "4/4 (100 %)",
    )
    (found,) = rules_of(desk, "sg-db")
    assert (found["priority"], found["description"]) == (5, "the shop")
    shown = desk.cl("state", "show", "classiclink_security_rule.db", code=0).out
    assert found["rule_id"] in shown
    assert '"ingress"' in shown
    assert "vpc-a" in shown
    document = desk.cl("plan", "--destroy", "--json", code=0).json
    assert [(step["action"], step["needs"]) for step in document["steps"]] == [
        ("detach", []),
        ("revoke_security_rule", [1]),
        ("revoke_security_rule", [1]),
        ("disable_classic_link", [1, 2, 3]),
    ]
    desk.cl("destroy", "--auto-approve", code=0)
    assert rules_of(desk, "sg-db") == rules_of(desk, "sg-web") == []
    assert actions(desk)[-1] == "DisableVpcClassicLink"


def test_priority_and_description_change_in_place_and_the_policy_makes_another_rule(desk: Desk) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP)
    desk.cl("apply", "--auto-approve", code=0)
    (before,) = rules_of(desk, "sg-db")
    desk.write(main__hcl=SHOP.replace("priority = 5", "priority = 7").replace("the shop", "the new shop"))
    document = desk.cl("plan", "--json", code=0).json
    assert [step["action"] for step in document["steps"]] == ["modify_security_rule"]
    assert document["summary"]["change"] == 1
    text = desk.cl("plan", code=0).out
    assert "modify tcp 3306/3306 from sg-web to sg-db" in text
    assert "priority: 5 → 7" in text
    desk.cl("apply", "--auto-approve", code=0)
    (after,) = rules_of(desk, "sg-db")
    assert (after["rule_id"], after["priority"], after["description"]) == (before["rule_id"], 7, "the new shop")
    desk.cl("plan", "--detailed-exitcode", code=0)
    desk.write(main__hcl=SHOP.replace("priority = 5", 'policy = "drop"'))
    document = desk.cl("plan", "--json", code=0).json
    assert [(step["action"], step["needs"]) for step in document["steps"]] == [
        ("authorize_security_rule", []),
        ("revoke_security_rule", [1]),
    ]
    assert [change["change"]["actions"] for change in document["resource_changes"]] == [["delete", "create"]]
    desk.cl("apply", "--auto-approve", code=0)
    desk.cl("plan", "--detailed-exitcode", code=0)


def test_a_rule_that_is_there_already_is_adopted_and_gets_the_settings_that_are_declared(desk: Desk) -> None:
    shop(desk, world_rule("sg-web", "3306/3306", description="by hand"), enabled=True)
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + DB_RULE)
    document = desk.cl("plan", "--json", code=0).json
    assert [step["action"] for step in document["steps"]] == ["modify_security_rule"]
    assert (document["summary"]["import"], document["summary"]["change"]) == (2, 1)
    desk.cl("apply", "--auto-approve", code=0)
    assert rules_of(desk, "sg-db")[0]["description"] == "the shop"
    desk.cl("plan", "--detailed-exitcode", code=0)


def test_a_rule_that_changed_outside_is_fixed_and_one_that_is_gone_comes_back(desk: Desk) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP)
    desk.cl("apply", "--auto-approve", code=0)
    world = desk.read_world()
    world["security_groups"][1]["rules"][0]["priority"] = 50
    world["security_groups"][0]["rules"] = []
    desk.world(**{key: value for key, value in world.items() if key not in ("format_version", "account_id")})
    items = {item["address"]: item for item in desk.cl("drift", "--json", code=2).json["items"]}
    ping, db = items["classiclink_security_rule.ping"], items["classiclink_security_rule.db"]
    assert (ping["bucket"], ping["id"]) == ("missing", "sg-web:sg-db:icmp:-1/-1:accept")
    assert (db["bucket"], db["before"], db["after"]) == ("changed", {"priority": 5}, {"priority": 50})
    document = desk.cl("plan", "--json", code=0).json
    assert {(step["action"], step["reason"]) for step in document["steps"]} == {
        ("authorize_security_rule", "changed_outside"),
        ("modify_security_rule", "declared"),
    }
    assert "was revoked" in desk.cl("plan", code=0).out
    desk.cl("apply", "--auto-approve", code=0)
    assert desk.cl("drift", "--json", code=0).json["in_sync"]


def test_an_undeclared_rule_is_unmanaged_where_others_of_its_group_are_managed(desk: Desk) -> None:
    theirs = [world_rule("sg-other"), world_rule("sg-db", "22/22")]
    shop(desk, world_rule("sg-web", "3306/3306", priority=5, description="the shop"), *theirs, enabled=True)
    world = desk.read_world()
    world["security_groups"] += [group("sg-other"), group("sg-cache", "vpc-a", world_rule("sg-web"))]
    desk.world(**{key: value for key, value in world.items() if key not in ("format_version", "account_id")})
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a"))
    desk.cl("apply", "--auto-approve", code=0)
    assert desk.cl("drift", "--json", code=0).json["summary"]["coverage"] == "1/1 (100 %)", "no group is managed"
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + DB_RULE)
    desk.cl("apply", "--auto-approve", code=0)
    report = desk.cl("drift", "--json", code=2).json
    (item,) = report["items"]
    assert (item["bucket"], item["type"], item["id"]) == (
        "unmanaged",
        "classiclink_security_rule",
        "sg-db:sg-other:tcp:80/80:accept",
    )
    assert report["summary"]["coverage"] == "2/3 (66 %)"
    revoked = "RevokeSecurityGroup" if isinstance(desk, EmulatedDesk) else 'in world.json, remove {"source_security_'
    assert any(revoked in way for way in item["remedy"])
    pasted = item["snippets"][-1][0]
    desk.write(more__hcl=item["remedy"][-1][pasted["start"] : pasted["end"]] + "\n")
    desk.cl("apply", "--auto-approve", code=0)
    assert desk.cl("drift", "--json", code=0).json["in_sync"]


def test_undeclared_rules_are_among_what_drift_says_one_import_accepts(desk: Desk) -> None:
    theirs = [world_rule("sg-other"), world_rule("sg-other", "22/22")]
    shop(desk, *theirs, enabled=True)
    world = desk.read_world()
    world["security_groups"] += [group("sg-other")]
    desk.world(**{key: value for key, value in world.items() if key not in ("format_version", "account_id")})
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + DB_RULE)
    desk.cl("apply", "--auto-approve", code=0)
    note = "2 objects that are not declared can be accepted all at once: cl import --all --write FILE.hcl"
    assert note in " ".join(desk.cl("drift", code=2).out.split())
    desk.cl("import", "--all", "--write", "more.hcl", code=0)
    assert desk.cl("drift", "--json", code=0).json["in_sync"]


def test_a_rule_is_imported_by_what_it_is_and_by_the_clouds_own_name(desk: Desk) -> None:
    shop(
        desk,
        world_rule("sg-web", "3306/3306", rule_id="sgr-1", priority=5, description="the shop"),
        world_rule("sg-web", "22/22", rule_id="sgr-2"),
        enabled=True,
    )
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + DB_RULE + rule("ssh", "sg-db", "sg-web", "22/22"))
    desk.cl("import", "classiclink_security_rule.db", "sg-db:sg-web:tcp:3306/3306:accept", code=0)
    desk.cl("import", "classiclink_security_rule.ssh", "sg-db/sgr-2", code=0)
    assert desk.state_addresses() == ["classiclink_security_rule.db", "classiclink_security_rule.ssh"]
    wrong = desk.cl("import", "classiclink_security_rule.ssh", "sg-db", code=1).err
    assert "GROUP:SOURCE:tcp:80/80:accept" in wrong
    absent = desk.cl("import", "classiclink_vpc.a", "vpc-a", code=0)
    assert absent.code == 0
    desk.cl("state", "rm", "classiclink_security_rule.ssh", code=0)
    lost = desk.cl("import", "classiclink_security_rule.ssh", "sg-db:sg-web:tcp:23/23:accept", code=1).err
    assert "sg-db has no such rule" in " ".join(lost.split())
    block = 'import {\n  to = classiclink_security_rule.ssh\n  id = "sg-db/sgr-2"\n}\n'
    desk.write(import__hcl=block)
    document = desk.cl("plan", "--json", code=0).json
    (change,) = document["resource_changes"]
    assert change["change"]["importing"] == {"id": "sg-db:sg-web:tcp:22/22:accept"}
    assert change["action_reason"] == "import_block"
    desk.write(import__hcl=block.replace("sgr-2", "sgr-9"))
    assert "CL905" in desk.cl("plan", code=1).out


def test_import_all_writes_the_rules_across_and_the_next_plan_is_empty(desk: Desk) -> None:
    shop(
        desk,
        world_rule("sg-web", "3306/3306", priority=5, description="the shop"),
        world_rule("sg-db"),
        enabled=True,
        linked=True,
    )
    desk.write(main__hcl=PROVIDER)
    desk.cl("import", "--all", "--write", "estate.hcl", code=0)
    written = (desk.directory / "estate.hcl").read_text()
    assert 'resource "classiclink_security_rule"' in written
    assert "the shop" in written
    assert len(desk.state_addresses()) == 3
    desk.cl("plan", "--detailed-exitcode", code=0)
    assert desk.cl("fmt", "--check", code=0).code == 0


_ALIASED = 'provider "mock" {\n  alias = "%s"\n  world = "%s"\n}\n'


@mock_alone("two worlds")
def test_import_all_writes_the_canonical_style_where_every_block_names_its_provider(desk: Desk) -> None:
    shop(desk, world_rule("sg-web", "3306/3306", priority=5, description="the shop"), enabled=True, linked=True)
    desk.write(
        main__hcl=_ALIASED % ("shop", "world.json") + "\n" + _ALIASED % ("lab", "lab.json"),
        lab__json=(desk.directory / "world.json").read_text().replace('"1001"', '"1002"'),
    )
    desk.cl("import", "--all", "--write", "estate.hcl", code=0)
    written = (desk.directory / "estate.hcl").read_text()
    assert [written.count(f"= mock.{alias}\n") for alias in ("shop", "lab")] == [3, 3]
    assert desk.cl("fmt", "-check", "-diff", code=0).out == ""
    desk.cl("plan", "-detailed-exitcode", code=0)


def test_the_same_rule_at_another_address_is_no_call(desk: Desk) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP)
    desk.cl("apply", "--auto-approve", code=0)
    calls = len(desk.calls())
    desk.write(main__hcl=SHOP.replace('"db"', '"database"'))
    document = desk.cl("plan", "--json", code=0).json
    assert (document["steps"], document["summary"]["readdress"]) == ([], 1)
    desk.cl("apply", "--auto-approve", code=0)
    moved = "moved {\n  from = classiclink_security_rule.database\n  to = classiclink_security_rule.data\n}\n"
    desk.write(main__hcl=SHOP.replace('"db"', '"data"') + moved)
    desk.cl("apply", "--auto-approve", code=0)
    assert "classiclink_security_rule.data" in desk.state_addresses()
    removed = "removed {\n  from = classiclink_security_rule.db\n  lifecycle {\n    destroy = false\n  }\n}\n"
    desk.write(main__hcl=SHOP.replace(DB_RULE, "") + removed.replace(".db", ".data"))
    desk.cl("apply", "--auto-approve", code=0)
    assert "classiclink_security_rule.data" not in desk.state_addresses()
    assert len(desk.calls()) == calls
    assert len(rules_of(desk, "sg-db")) == 1


def test_a_protected_rule_stays_and_what_is_ignored_is_not_changed(desk: Desk) -> None:
    kept = SHOP.replace("priority = 5\n", "priority = 5\n  lifecycle {\n    prevent_destroy = true\n  }\n")
    shop(desk)
    desk.write(main__hcl=kept)
    desk.cl("apply", "--auto-approve", code=0)
    assert "prevent_destroy" in desk.cl("destroy", "--auto-approve", code=1).err
    ignoring = SHOP.replace("priority = 5\n", "priority = 9\n  lifecycle {\n    ignore_changes = [priority]\n  }\n")
    desk.write(main__hcl=ignoring)
    assert desk.cl("plan", "--json").json["steps"] == []


@pytest.mark.parametrize(
    ("block", "says"),
    [
        (rule("x", "sg-db", "sg-web", "80"), '"80" is not a port range such as 80/80'),
        (rule("x", "sg-db", "sg-web", "80/70"), "the smaller one first"),
        (rule("x", "sg-db", "sg-web", None), "A rule for tcp needs ports, such as 80/80"),
        (rule("x", "sg-db", "sg-web", "80/80", proto="icmp"), "Icmp has no ports: its port range is -1/-1"),
        (rule("x", "sg-db", "sg-web", proto="TCP"), 'Write ip_protocol = "tcp".'),
        (rule("x", "sg-db", "sg-web", proto="http"), "is not one of tcp, udp, icmp, gre, all"),
        (rule("x", "sg-db", "sg-web", more='  policy = "allow"\n'), "is not one of accept, drop"),
        (rule("x", "sg-db", "sg-web", more="  priority = 0\n"), "0 is not a priority"),
        (rule("x", "sg-db", "sg-web", more="  priority = 1.5\n"), "1.5 is not a priority"),
        (rule("x", "sg-db", "sg-web", more='  description = "http://x"\n'), "no description that begins with http://"),
        (rule("x", "sg db", "sg-web"), "is not an id"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_where_it_is_written(desk: Desk, block: str, says: str) -> None:
    desk.write(main__hcl=PROVIDER + block)
    refused = desk.cl("validate", code=1)
    assert says in " ".join((refused.out + refused.err).split())


def test_the_same_rule_twice_is_a_problem(desk: Desk) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP + DB_RULE.replace('"db"', '"again"'))
    refused = desk.cl("plan", code=1)
    assert "classiclink_security_rule.again" in refused.out + refused.err


def test_the_groups_are_data_to_declare_rules_from(desk: Desk) -> None:
    shop(desk, enabled=True)
    desk.write(
        main__hcl=PROVIDER
        + enable("a", "vpc-a")
        + 'data "classiclink_security_groups" "inside" {\n  vpc_id = "vpc-a"\n}\n'
        + 'data "classiclink_security_groups" "classic" {\n  network_type = "classic"\n}\n'
        + 'data "classiclink_instances" "all" {\n  network_type = "classic"\n}\n'
        + 'output "groups" {\n  value = flatten(data.classiclink_instances.all.instances[*].security_group_ids)\n}\n'
        + 'output "name" {\n  value = classiclink_security_rule.web["sg-db"].security_group_rule_id\n}\n'
        + 'resource "classiclink_security_rule" "web" {\n'
        + "  for_each = toset(data.classiclink_security_groups.inside.ids)\n"
        + "  security_group_id = each.key\n"
        + "  source_security_group_id = one(data.classiclink_security_groups.classic.ids)\n"
        + '  ip_protocol = "all"\n}\n'
    )
    desk.cl("apply", "--auto-approve", code=0)
    (found,) = rules_of(desk, "sg-db")
    assert (found["ip_protocol"], found["port_range"], found["source_security_group_id"]) == ("all", "-1/-1", "sg-web")
    assert desk.cl("output", "--json", code=0).json["name"]["value"] == found["rule_id"]
    assert desk.cl("output", "--json", code=0).json["groups"]["value"] == ["sg-web"]
    desk.cl("plan", "--detailed-exitcode", code=0)


def test_a_drain_revokes_the_rules_of_its_vpc_and_with_include_unmanaged_also_unmanaged_ones(desk: Desk) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP)
    desk.cl("apply", "--auto-approve", code=0)
    world = desk.read_world()
    world["security_groups"][1]["rules"].append(world_rule("sg-web", "22/22"))
    desk.world(**{key: value for key, value in world.items() if key not in ("format_version", "account_id")})
    document = desk.cl("plan", "--drain", "vpc-a", "--json", code=0).json
    assert [step["action"] for step in document["steps"]] == [
        "detach",
        "revoke_security_rule",
        "revoke_security_rule",
        "disable_classic_link",
    ]
    (declared,) = [one["detail"] for one in document["diagnostics"] if one["code"] == "CL912"]
    assert "still declares 4 objects on vpc-a" in declared, "the rules count too"
    world["security_groups"][0]["rules"] = []
    desk.world(**{key: value for key, value in world.items() if key not in ("format_version", "account_id")})
    document = desk.cl("plan", "--drain", "vpc-a", "--json", code=0).json
    assert [change["address"] for change in document["resource_drift"]] == ["classiclink_security_rule.ping"]
    desk.cl("apply", "--drain", "vpc-a", "--include-unmanaged", "--auto-approve", code=0)
    assert rules_of(desk, "sg-db") == rules_of(desk, "sg-web") == []
    assert desk.cl("state", "list").out == ""


def test_a_target_brings_what_its_calls_need_and_no_more(desk: Desk) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP)
    assert [action for action, _ in planned(desk, "--target", "classiclink_security_rule.db")] == [
        "enable_classic_link",
        "authorize_security_rule",
    ]
    assert [action for action, _ in planned(desk, "--exclude", "classiclink_security_rule.db")] == [
        "enable_classic_link",
        "authorize_security_rule",
        "attach",
    ]
    desk.cl("apply", "--auto-approve", code=0)
    desk.write(main__hcl=PROVIDER + PING_RULE)
    assert [action for action, _ in planned(desk, "--target", "classiclink_vpc.a")] == [
        "detach",
        "revoke_security_rule",
        "disable_classic_link",
    ]


def test_offline_a_plan_of_rules_keeps_its_order(desk: Desk) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP)
    desk.cl("apply", "--auto-approve", code=0)
    document = desk.cl("plan", "--destroy", "--refresh=false", "--json").json
    assert [step["action"] for step in document["steps"]] == [
        "detach",
        "revoke_security_rule",
        "revoke_security_rule",
        "disable_classic_link",
    ]
    assert [step["needs"] for step in document["steps"]] == [[], [1], [1], [1, 2, 3]]


def test_several_rules_of_a_group_are_one_call_and_what_they_wait_for_stays(desk: Desk) -> None:
    shop(desk)
    many = "".join(rule(f"r{n}", "sg-db", "sg-web", f"{n}/{n}") for n in range(1, 121))
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + many + PING_RULE + attach("web", "i-web", "vpc-a"))
    desk.cl("apply", "--auto-approve", code=0)
    log = [json.loads(line) for line in (desk.directory / "calls.jsonl").read_text().splitlines()]
    assert (log[0]["action"], "rules" in log[0]) == ("EnableVpcClassicLink", False)
    middle = sorted((call["security_group_id"], call["rules"]) for call in log[1:-1])
    assert middle == [("sg-db", 20), ("sg-db", 100), ("sg-web", 1)]
    assert log[-1]["action"] == "AttachClassicLinkVpc"
    desk.cl("destroy", "--auto-approve", code=0)
    log = [json.loads(line) for line in (desk.directory / "calls.jsonl").read_text().splitlines()][len(log) :]
    assert [call["action"] for call in log] == ["DetachClassicLinkVpc"] + ["RevokeSecurityGroup"] * 3 + [
        "DisableVpcClassicLink"
    ]


@mock_alone("a real cloud does not list what is in a VPC")
def test_a_link_that_carries_nothing_is_a_warning_and_in_drift_a_violation(desk: Desk) -> None:
    shop(desk)
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + attach("web", "i-web", "vpc-a"))
    planned = desk.cl("plan", "--json", code=0).json
    (finding,) = planned["rules"]
    assert (finding["rule"], finding["severity"], finding["status"]) == ("CL507", "warning", "fail")
    desk.cl("apply", "--auto-approve", code=0)
    (item,) = desk.cl("drift", "--json", code=2).json["items"]
    assert (item["bucket"], item["rule"], item["id"]) == ("violated", "CL507", "i-web/vpc-a")
    desk.write(main__hcl=SHOP)
    assert desk.cl("plan", "--json", code=0).json["rules"] == []
    desk.cl("apply", "--auto-approve", code=0)
    assert desk.cl("drift", "--json", code=0).json["items"] == []


@mock_alone("a real cloud knows its groups")
def test_rules_of_a_cloud_whose_groups_are_unknown_cannot_be_planned_but_links_can(desk: Desk) -> None:
    shop(desk)
    world = {key: value for key, value in desk.read_world().items() if key not in ("format_version", "account_id")}
    del world["security_groups"]
    desk.world(**world)
    desk.write(main__hcl=SHOP)
    refused = desk.cl("plan", "--json", code=1).json
    assert {(one["rule"], one["status"]) for one in refused["rules"]} == {("CL501", "unknown")}
    desk.write(main__hcl=PROVIDER + enable("a", "vpc-a") + attach("web", "i-web", "vpc-a"))
    assert desk.cl("plan", "--json", code=0).json["rules"] == []
