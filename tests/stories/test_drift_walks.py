"""Estates that drifted are put in order by what `cl drift` prints: its commands and blocks are pasted as they stand."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instance, instances, link, vpc

WORLD = "world.json"
Change = Callable[[Any], None]


def meddle(desk: Desk, change: Change, world: str = WORLD) -> None:
    """Somebody changes the cloud."""
    path = desk.directory / world
    seen = json.loads(path.read_text(encoding="utf-8"))
    change(seen)
    path.write_text(json.dumps(seen), encoding="utf-8")


def ways(desk: Desk, *options: str) -> list[tuple[str, str, Any]]:
    """The ways out that a report has, each with its direction and the commands in it, in its order."""
    found = []
    for group in desk.cl("drift", "--json", *options).json["groups"]:
        every = group.get("commands") or [[] for _ in group["remedy"]]
        for remedy, commands in zip(group["remedy"], every, strict=True):
            direction, _, how = remedy.partition(": ")
            found.append((direction, how, [command["argv"] for command in commands]))
    return found


def paste(desk: Desk, commands: list[list[str]]) -> None:
    for program, *words in commands:
        assert program == "cl"
        desk.cl(*words, stdin="yes\n", code=0)


def block_of(how: str) -> str:
    """The block of configuration that a way ends with."""
    return how[how.index('resource "') :] + "\n"


def edit_world(desk: Desk, how: str) -> None:
    """Do what is said of a file of the simulated cloud: something is removed from one of its lists."""
    match = re.search(r'in (\S+), remove (\{.*\}) from "(\w+)"(?: of (\S+?))?\.?$', how)
    assert match is not None, how
    file, facts, key, group_id = match[1], json.loads(match[2]), match[3], match[4]

    def remove(world: Any) -> None:
        owner = world
        if group_id:
            owner = next(one for one in world["security_groups"] if one["security_group_id"] == group_id)
        left = [one for one in owner[key] if not facts.items() <= one.items()]
        assert len(left) == len(owner[key]) - 1, f"{facts} is one of {owner[key]}"
        owner[key] = left

    meddle(desk, remove, file)


def settled(desk: Desk) -> None:
    """Neither a report nor a plan has anything to say."""
    assert desk.cl("drift", "--strict", "--json", code=0).json["items"] == []
    plan = desk.cl("plan", "--json", code=0).json
    assert (plan["resource_changes"], plan["resource_drift"]) == ([], [])


FLEET = """
resource "classiclink_attachment" "fleet" {
  for_each = toset([
    "i-0001", "i-0002", "i-0003", "i-0004", "i-0005", "i-0006", "i-0007", "i-0008",
  ])

  instance_id = each.key
  vpc_id      = classiclink_vpc.shop.vpc_id
}
"""
SHOP = PROVIDER + enable("shop", "vpc-shop") + FLEET


@pytest.fixture
def fleet(desk: Desk) -> Desk:
    """Eight links that one block declares, and a VPC beside that nobody uses yet."""
    desk.world(vpcs=[vpc("vpc-shop"), vpc("vpc-side", "172.31.0.0/16")], instances=instances(8))
    desk.write(main__hcl=SHOP)
    desk.cl("apply", "-auto-approve", code=0)
    return desk


def move_five(world: Any) -> None:
    world["vpcs"][1]["classic_link_enabled"] = True
    world["links"] = [
        {**each, "vpc_id": "vpc-side"} if each["instance_id"] < "i-0006" else each for each in world["links"]
    ]


def test_a_route_that_was_added_outside_is_removed_again(fleet: Desk) -> None:
    entry = {"vpc_id": "vpc-shop", "destination_cidr_block": "10.0.0.0/8", "next_hop_id": "i-nat"}
    meddle(fleet, lambda world: world.update(route_entries=[{**entry, "type": "Custom", "next_hop_type": "Instance"}]))
    ((direction, how, _),) = ways(fleet)
    assert direction == "restore"
    edit_world(fleet, how)
    settled(fleet)


def test_five_links_of_one_block_that_were_moved_by_hand_are_restored(fleet: Desk) -> None:
    meddle(fleet, move_five)
    restores = [commands for direction, _, commands in ways(fleet) if direction == "restore"]
    for commands in restores:
        paste(fleet, commands)
    settled(fleet)
    assert set(fleet.links().values()) == {"vpc-shop"}


def test_five_links_of_one_block_that_were_moved_by_hand_are_accepted(fleet: Desk) -> None:
    meddle(fleet, move_five)
    report = " ".join(fleet.cl("drift", code=2).out.split())
    assert 'remove "i-0001", "i-0002", "i-0003", "i-0004" and "i-0005" from the for_each' in report
    accepts = [way for way in ways(fleet) if way[0] == "accept"]
    ((how, apart),) = [(how, commands) for _, how, commands in accepts if how.startswith("remove ")]
    ((declare, adopt),) = [(how, commands) for _, how, commands in accepts if how.startswith("declare it")]
    before = fleet.links()
    left = SHOP.replace('"i-0001", "i-0002", "i-0003", "i-0004", "i-0005", ', "")
    fleet.write(main__hcl=left, side__hcl=block_of(declare) + "\n" + block_of(how))
    fleet.cl("fmt", "-check", "side.hcl", code=0)
    paste(fleet, apart)
    paste(fleet, adopt)
    settled(fleet)
    assert fleet.links() == before


def test_all_links_of_one_block_that_were_moved_by_hand_are_accepted_at_the_block(fleet: Desk) -> None:
    fleet.write(side__hcl=enable("side", "vpc-side"))
    fleet.cl("apply", "-auto-approve", code=0)
    meddle(fleet, lambda world: world.update(links=[{**each, "vpc_id": "vpc-side"} for each in world["links"]]))
    _, (direction, how, commands) = ways(fleet)
    assert direction == "accept"
    assert how.startswith('set vpc_id = "vpc-side" at classiclink_attachment.fleet, then cl refresh')
    fleet.write(main__hcl=SHOP.replace("= classiclink_vpc.shop.vpc_id", '= "vpc-side"'))
    paste(fleet, commands)
    settled(fleet)


MERGED = (
    PROVIDER
    + enable("shop", "vpc-shop")
    + enable("side", "vpc-side")
    + FLEET.replace('"i-0001", "i-0002", ', "").replace(
        "= classiclink_vpc.shop.vpc_id",
        '= each.key == "i-0003" ? classiclink_vpc.side.vpc_id : classiclink_vpc.shop.vpc_id',
    )
    + attach("nine", "i-0009", "vpc-shop")
)


@pytest.fixture
def merged(fleet: Desk) -> Desk:
    """A configuration that was merged and not applied: two links less, one moved, and one more."""
    meddle(fleet, lambda world: world["instances"].append(instance("i-0009", "10.9.9.9")))
    fleet.write(main__hcl=MERGED)
    fleet.cl("drift", code=0)
    fleet.cl("drift", "--strict", code=2)
    return fleet


@pytest.mark.parametrize("at_once", [True, False])
def test_a_configuration_that_was_merged_is_carried_out(merged: Desk, at_once: bool) -> None:
    if at_once:
        document = merged.cl("drift", "--json", code=0).json
        note, (command,) = document["notes"][0], document["note_commands"][0]
        assert note == "5 changes of the configuration can be carried out all at once: cl apply."
        paste(merged, [command["argv"]])
    else:
        carried = [commands for direction, _, commands in ways(merged) if direction == "carry out"]
        for commands in carried:
            paste(merged, commands)
    settled(merged)
    assert merged.links()["i-0003"] == "vpc-side"


def test_links_that_were_dropped_from_the_configuration_are_declared_again(merged: Desk) -> None:
    (declared,) = [way for way in ways(merged) if way[0] == "take back" and "for_each = toset" in way[1]]
    _, how, commands = declared
    assert how.startswith("declare them in the block below, then cl apply")
    merged.write(back__hcl=block_of(how))
    merged.cl("fmt", "-check", "back.hcl", code=0)
    paste(merged, commands)
    messages = merged.cl("plan", "--json", code=0).json["resource_changes"]
    assert {"i-0001", "i-0002"}.isdisjoint(each["index"] for each in messages if "index" in each)
    assert merged.links()["i-0001"] == merged.links()["i-0002"] == "vpc-shop"


def test_one_link_that_was_dropped_is_declared_again_where_it_was(desk: Desk) -> None:
    one = attach("one", "i-0001", "vpc-shop")
    desk.world(vpcs=[vpc("vpc-shop")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-shop"), one__hcl=one)
    desk.cl("apply", "-auto-approve", code=0)
    desk.write(one__hcl="")
    (how,) = [how for direction, how, _ in ways(desk) if direction == "take back"]
    desk.write(one__hcl=block_of(how))
    settled(desk)
    assert desk.state_addresses() == ["classiclink_attachment.one", "classiclink_vpc.shop"]


def test_a_link_that_was_dropped_and_moved_by_hand_is_declared_as_it_is(desk: Desk) -> None:
    one = attach("one", "i-0001", "vpc-shop")
    desk.world(vpcs=[vpc("vpc-shop"), vpc("vpc-side", "172.31.0.0/16")], instances=instances(1))
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-shop") + enable("side", "vpc-side"), one__hcl=one)
    desk.cl("apply", "-auto-approve", code=0)
    meddle(desk, lambda world: world.update(links=[link("i-0001", "vpc-side")]))
    desk.write(one__hcl="")
    ((how, commands),) = [(how, commands) for direction, how, commands in ways(desk) if direction == "accept"]
    desk.write(one__hcl=block_of(how))
    paste(desk, commands)
    settled(desk)


def group(name: str, account: str = "1001", **more: Any) -> dict[str, Any]:
    return {"security_group_id": name, "region_id": "cn-hangzhou", "account_id": account, **more}


def own_rule(port: int, **more: Any) -> dict[str, Any]:
    ports = {"source_security_group_id": "sg-web", "ip_protocol": "tcp", "port_range": f"{port}/{port}"}
    return {**ports, **more}


def rule(name: str, port: int) -> str:
    return (
        f'resource "classiclink_security_rule" "{name}" {{\n  security_group_id = "sg-db"\n'
        f'  source_security_group_id = "sg-web"\n  ip_protocol = "tcp"\n  port_range = "{port}/{port}"\n}}\n'
    )


@pytest.fixture
def guarded(desk: Desk) -> Desk:
    """A VPC with rules and no link."""
    desk.world(vpcs=[vpc("vpc-shop")], security_groups=[group("sg-web"), group("sg-db", vpc_id="vpc-shop", rules=[])])
    desk.write(main__hcl=PROVIDER + enable("shop", "vpc-shop") + rule("db", 3306) + rule("log", 514))
    desk.cl("apply", "-auto-approve", code=0)
    return desk


def add_rules(world: Any) -> None:
    """Two rules nobody declares, as the file of a cloud has them: without what is so by default."""
    world["vpcs"][0]["classic_link_enabled"] = False
    world["security_groups"][1]["rules"] += [own_rule(22), own_rule(23, policy="drop", priority=5)]


def test_rules_nobody_declares_on_a_vpc_that_was_switched_off_are_removed(guarded: Desk) -> None:
    meddle(guarded, add_rules)
    assert "To list each object with its own remedy: cl drift --all." in guarded.cl("drift", code=2).out
    for direction, how, commands in ways(guarded, "--all"):
        if direction == "restore" and commands:
            paste(guarded, commands)
        elif direction == "restore":
            edit_world(guarded, how)
    settled(guarded)


def test_rules_nobody_declares_on_a_vpc_that_was_switched_off_are_accepted(guarded: Desk) -> None:
    meddle(guarded, add_rules)
    accepts = [way for way in ways(guarded, "--all") if way[0] == "accept" and "declare it" in way[1]]
    guarded.write(rules__hcl="\n".join(block_of(how) for _, how, _ in accepts))
    guarded.cl("fmt", "-check", "rules.hcl", code=0)
    for _, _, commands in accepts:
        paste(guarded, commands)
    ((_, _, commands),) = [way for way in ways(guarded) if way[0] == "restore"]
    paste(guarded, commands)
    settled(guarded)


def test_rules_with_settings_of_their_own_are_accepted_each_by_itself(guarded: Desk) -> None:
    def change(world: Any) -> None:
        for priority, found in enumerate(world["security_groups"][1]["rules"], 50):
            found["priority"] = priority

    meddle(guarded, change)
    (accept,) = [how for direction, how, _ in ways(guarded) if direction == "accept"]
    assert [re.sub("priority = [0-9]+", "priority = N", line) for line in accept.splitlines()] == [
        f"set priority = N for classiclink_security_rule.{name} in the configuration, "
        f"then cl refresh --target classiclink_security_rule.{name}"
        for name in ("db", "log")
    ]


LAB = 'provider "mock" {\n  alias = "lab"\n  world = "lab.json"\n}\n'
OF_LAB = "  provider = mock.lab\n"


@pytest.fixture
def two_accounts(desk: Desk) -> Desk:
    """Two accounts with the same ids, each of which has two links to its vpc-shop."""
    for file, account in (("lab.json", "2002"), (WORLD, "1001")):
        vpcs = [vpc("vpc-shop"), vpc("vpc-side", "172.31.0.0/16")]
        desk.world(
            account_id=account,
            vpcs=[{**one, "account_id": account} for one in vpcs],
            instances=[{**one, "account_id": account} for one in instances(4)],
        )
        if file != WORLD:
            (desk.directory / WORLD).rename(desk.directory / file)
    lab = enable("lab", "vpc-shop").replace("}", f"{OF_LAB}}}")
    links = attach("lab1", "i-0001", "vpc-shop", OF_LAB) + attach("lab2", "i-0002", "vpc-shop", OF_LAB)
    main = enable("shop", "vpc-shop") + attach("one", "i-0001", "vpc-shop") + attach("two", "i-0002", "vpc-shop")
    desk.write(main__hcl=PROVIDER + LAB + main + lab + links)
    desk.cl("apply", "-auto-approve", code=0)

    def switch_off(world: Any) -> None:
        world["vpcs"][0]["classic_link_enabled"] = False
        world["links"] = []

    def add(world: Any) -> None:
        world["vpcs"][1]["classic_link_enabled"] = True
        world["links"] = [link("i-0001", "vpc-side"), link("i-0002", "vpc-side"), link("i-0003", "vpc-side")]

    meddle(desk, switch_off)
    meddle(desk, add, "lab.json")
    return desk


def test_what_drifted_in_two_accounts_is_restored(two_accounts: Desk) -> None:
    report = two_accounts.cl("drift", code=2).out
    assert "(mock)" in report
    assert "(mock.lab)" in report
    for _ in range(2):  # what nobody manages is removed once what is managed is back
        for direction, how, commands in ways(two_accounts):
            if direction == "restore" and commands:
                paste(two_accounts, commands)
            elif direction == "restore" and "remove {" in how:
                edit_world(two_accounts, how)
        if two_accounts.cl("drift").code == 0:
            break
    settled(two_accounts)


def test_what_drifted_in_two_accounts_is_accepted(two_accounts: Desk) -> None:
    """What is gone is removed, what was moved is followed, and the rest is imported by the one command."""
    found = [way for way in ways(two_accounts) if way[0] == "accept"]
    (gone,) = [commands for _, how, commands in found if how.startswith("remove classiclink_vpc.shop from")]
    (moved,) = [commands for _, how, commands in found if how.startswith('set vpc_id = "vpc-side" at')]
    lab = enable("lab", "vpc-shop").replace("}", f"{OF_LAB}}}")
    links = attach("lab1", "i-0001", "vpc-side", OF_LAB) + attach("lab2", "i-0002", "vpc-side", OF_LAB)
    two_accounts.write(main__hcl=PROVIDER + LAB + lab + links)
    paste(two_accounts, gone)
    paste(two_accounts, moved)
    document = two_accounts.cl("drift", "--json", code=2).json
    commands = [each["argv"] for each in document["note_commands"][0]]
    paste(two_accounts, commands[:1])
    settled(two_accounts)


BY_ROW = """
locals {
  rows = {
    "i-0001" = "vpc-shop"
    "i-0002" = "vpc-shop"
    "i-0003" = "vpc-side"
    "i-0004" = "vpc-side"
  }
}

resource "classiclink_vpc" "net" {
  for_each = toset(values(local.rows))
  vpc_id   = each.key
}

resource "classiclink_attachment" "fleet" {
  for_each    = local.rows
  instance_id = each.key
  vpc_id      = classiclink_vpc.net[each.value].vpc_id
}
"""


def test_a_deleted_vpc_of_several_that_one_block_enables_is_accepted_with_its_links(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-shop"), vpc("vpc-side", "172.31.0.0/16")], instances=instances(4))
    desk.write(main__hcl=PROVIDER + BY_ROW)
    desk.cl("apply", "-auto-approve", code=0)

    def delete(world: Any) -> None:
        world["vpcs"] = [each for each in world["vpcs"] if each["vpc_id"] != "vpc-side"]
        world["links"] = [each for each in world["links"] if each["vpc_id"] != "vpc-side"]

    meddle(desk, delete)
    assert ways(desk)[1][1] == 'by accepting classiclink_vpc.net["vpc-side"]'
    ((how, commands),) = [(how, commands) for direction, how, commands in ways(desk) if how.startswith("remove ")]
    assert how.startswith(
        'remove "vpc-side" from the for_each of classiclink_vpc.net (main.hcl line 16), '
        'and remove "i-0003" and "i-0004" from the for_each of classiclink_attachment.fleet (main.hcl line 21), '
        "which need it, then cl refresh --target "
    )
    desk.write(main__hcl=PROVIDER + BY_ROW.replace('    "i-0003" = "vpc-side"\n    "i-0004" = "vpc-side"\n', ""))
    paste(desk, commands)
    settled(desk)


def test_a_key_that_another_vpc_has_is_not_offered_for_one_that_is_missing(desk: Desk) -> None:
    desk.world(vpcs=[vpc("vpc-1"), vpc("vpc-2", "172.31.0.0/16")], instances=instances(1))
    rows = BY_ROW.replace("toset(values(local.rows))", 'toset(["vpc-1", "vpc-2"])')
    desk.write(main__hcl=PROVIDER + re.sub(r"rows = \{[^}]*\}", 'rows = { "i-0001" = "vpc-6" }', rows))
    said = " ".join(desk.cl("plan", code=1).err.split())
    assert '"vpc-6". There are "vpc-1" and "vpc-2".' in said
    assert "Did you mean" not in said
