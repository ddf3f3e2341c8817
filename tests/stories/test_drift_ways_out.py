"""Each way out of drift works as it is printed: the words are followed literally, and the estate is in sync then."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from typing import Any

import pytest

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instance, instances, vpc

LINKED = 'classiclink_attachment" "{0}" {{\n  instance_id = "{1}"\n  vpc_id = classiclink_vpc.shop.vpc_id\n}}\n'
BLOCKS = {
    "provider": PROVIDER,
    "classiclink_vpc.shop": enable("shop", "vpc-shop"),
    "classiclink_attachment.one": 'resource "' + LINKED.format("one", "i-0001"),
    "classiclink_attachment.two": 'resource "' + LINKED.format("two", "i-0002"),
    "classiclink_attachment.three": attach("three", "i-0003", "vpc-shop"),
    "output.block": 'output "block" {\n  value = classiclink_vpc.shop.cidr_block\n}\n',
}


def declare(desk: Desk, *left_out: str) -> None:
    """The configuration without the blocks of these addresses."""
    desk.write(main__hcl="".join(text for address, text in BLOCKS.items() if address not in left_out))


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A VPC and three links to it, two of which refer to its block, as does an output."""
    desk.world(vpcs=[vpc("vpc-shop"), vpc("vpc-side", "172.31.0.0/16")], instances=instances(4))
    declare(desk)
    desk.cl("apply", "-auto-approve", code=0)
    return desk


def meddle(desk: Desk, change: Callable[[Any], None]) -> None:
    """The cloud is changed outside of cl."""
    world = desk.read_world()
    change(world)
    desk.world(**world)


def ways(group: Any) -> dict[str, str]:
    """The ways out of a group by what they are for."""
    return {direction: how for direction, _, how in (way.partition(": ") for way in group["remedy"])}


def run(desk: Desk, commands: str) -> None:
    """Do what is printed in a shell; the questions are answered with yes."""
    for command in commands.split(" && "):
        program, *words = shlex.split(command)
        assert program == "cl"
        desk.cl(*words, stdin="yes\n", code=0)


def switch_off(world: Any) -> None:
    world["links"] = []
    world["vpcs"][0]["classic_link_enabled"] = False


def test_what_needs_a_vpc_that_was_switched_off_goes_with_it(shop: Desk) -> None:
    meddle(shop, switch_off)
    root, links = shop.cl("drift", "--json", code=2).json["groups"]
    words, _, command = ways(root)["accept"].partition(", then ")
    assert words == (
        "remove classiclink_vpc.shop from the configuration, and with it classiclink_attachment.one, "
        "classiclink_attachment.three and classiclink_attachment.two, which need it, "
        "and let output.block no longer refer to it"
    )
    assert ways(links)["accept"] == "by accepting classiclink_vpc.shop"
    declare(shop, *(address for address in BLOCKS if address != "provider"))
    shop.cl("validate", code=0)
    run(shop, command)
    assert shop.cl("drift", "--json", code=0).json["items"] == []


def test_a_vpc_that_was_switched_off_is_restored_in_the_order_that_is_printed(shop: Desk) -> None:
    meddle(shop, switch_off)
    for group in shop.cl("drift", "--json", code=2).json["groups"]:
        run(shop, ways(group)["restore"])
    assert shop.cl("drift", "--json", code=0).json["items"] == []


def test_what_still_stands_no_longer_refers_to_what_is_removed(shop: Desk) -> None:
    def move(world: Any) -> None:
        switch_off(world)
        world["vpcs"][1]["classic_link_enabled"] = True
        world["links"] = [{"instance_id": "i-0001", "vpc_id": "vpc-side"}]

    meddle(shop, move)
    group = next(
        one for one in shop.cl("drift", "--json", code=2).json["groups"] if one["subject"] == "classiclink_vpc.shop"
    )
    accept = ways(group)["accept"]
    assert "classiclink_attachment.three and classiclink_attachment.two, which need it" in accept
    assert "let classiclink_attachment.one and output.block no longer refer to it" in accept


def test_links_that_are_gone_together_are_accepted_together(shop: Desk) -> None:
    meddle(shop, lambda world: world.update(links=world["links"][:1]))
    (group,) = shop.cl("drift", "--json", code=2).json["groups"]
    gone = [f"classiclink_attachment.{name}" for name in ("three", "two")]
    words, _, command = ways(group)["accept"].partition(", then ")
    assert words == f"remove {gone[0]} and {gone[1]} from the configuration"
    declare(shop, *gone)
    run(shop, command)
    assert shop.cl("drift", "--json", code=0).json["items"] == []


def test_links_that_were_moved_together_are_followed_together(shop: Desk) -> None:
    def move(world: Any) -> None:
        world["vpcs"][1]["classic_link_enabled"] = True
        world["links"] = [{**link, "vpc_id": "vpc-side"} for link in world["links"]]

    shop.write(side__hcl=enable("side", "vpc-side"))
    shop.cl("apply", "-auto-approve", code=0)
    meddle(shop, move)
    (group,) = shop.cl("drift", "--json", code=2).json["groups"]
    names = [f"classiclink_attachment.{name}" for name in ("one", "three", "two")]
    words, _, command = ways(group)["accept"].partition(", then ")
    assert words == f'set vpc_id = "vpc-side" at {names[0]}, {names[1]} and {names[2]}'
    text = (shop.directory / "main.hcl").read_text(encoding="utf-8")
    head, _, rest = text.partition(BLOCKS[names[0]])
    moved = (BLOCKS[names[0]] + rest).replace('vpc_id = "vpc-shop"', 'vpc_id = "vpc-side"')
    shop.write(main__hcl=head + moved.replace("vpc_id = classiclink_vpc.shop.vpc_id", 'vpc_id = "vpc-side"'))
    run(shop, command)
    assert shop.cl("drift", "--json", code=0).json["items"] == []


GROUPS = [
    {"security_group_id": "sg-web", "region_id": "cn-hangzhou", "account_id": "1001"},
    {"security_group_id": "sg-db", "region_id": "cn-hangzhou", "account_id": "1001", "vpc_id": "vpc-shop"},
]
RULE = (
    'resource "classiclink_security_rule" "db" {\n  security_group_id = "sg-db"\n'
    '  source_security_group_id = "sg-web"\n  ip_protocol = "tcp"\n  port_range = "3306/3306"\n}\n'
)


@pytest.fixture
def guarded(shop: Desk) -> Desk:
    """The same where a rule lets the first instance's traffic through to the database."""
    world = shop.read_world()
    world["instances"][0]["security_group_ids"] = ["sg-web"]
    database = instance("i-db", "172.16.0.9", network_type="vpc", vpc_id="vpc-shop", security_group_ids=["sg-db"])
    world["instances"].append(database)
    shop.world(**world, security_groups=GROUPS)
    shop.write(rule__hcl=RULE)
    shop.cl("apply", "-auto-approve", code=0)
    return shop


def test_a_link_that_carries_nothing_follows_from_the_rule_that_is_gone(guarded: Desk) -> None:
    meddle(guarded, lambda world: world.update(security_groups=GROUPS))
    rule, link = guarded.cl("drift", "--json", code=2).json["groups"]
    assert (link["rule"], link["follows_from"]) == ("CL507", 0)
    assert ways(link) == {"restore": "by restoring classiclink_security_rule.db"}
    run(guarded, ways(rule)["restore"])
    assert guarded.cl("drift", "--json", code=0).json["items"] == []


DROP = {
    "source_cidr_block": "10.0.0.0/8",
    "ip_protocol": "tcp",
    "port_range": "3306/3306",
    "policy": "drop",
}


def test_a_drop_rule_that_overrules_the_rule_of_a_link_is_named_and_removed(guarded: Desk) -> None:
    def drop(world: Any) -> None:
        world["security_groups"][1]["rules"].append(DROP)

    meddle(guarded, drop)
    (link,) = guarded.cl("drift", "--json", code=2).json["groups"]
    assert link["detail"].endswith(
        "sg-db drops tcp 3306/3306 from 10.0.0.0/8 (priority 1), so its rule for tcp 3306/3306 from sg-web "
        "(priority 1) lets nothing in."
    )
    facts = json.dumps(DROP)
    assert ways(link) == {
        "restore": f'Remove the drop rule: in world.json, remove {facts} from "rules" of sg-db.',
    }

    def undo(world: Any) -> None:
        world["security_groups"][1]["rules"].pop()

    meddle(guarded, undo)
    assert guarded.cl("drift", "--json", code=0).json["items"] == []


def test_a_link_that_carries_nothing_follows_from_the_rule_that_is_not_applied_yet(guarded: Desk) -> None:
    guarded.write(rule__hcl="")
    guarded.cl("apply", "-auto-approve", code=0)
    guarded.write(rule__hcl=RULE)
    groups = guarded.cl("drift", "--json", code=2).json["groups"]
    (link,) = [group for group in groups if group.get("rule")]
    (rule,) = [group for group in groups if not group.get("rule")]
    assert groups[link["follows_from"]] == rule
    run(guarded, ways(rule)["carry out"])
    assert guarded.cl("drift", "--json", code=0).json["items"] == []


def test_no_port_is_made_up_for_a_link_that_stands_and_carries_nothing(guarded: Desk) -> None:
    guarded.write(rule__hcl="")
    guarded.cl("apply", "-auto-approve", code=0)
    (link,) = guarded.cl("drift", "--json", code=2).json["groups"]
    assert ways(link)["restore"] == (
        "Declare a classiclink_security_rule for what the link is for, between a group of the instance (sg-web) "
        "and one of the VPC (sg-db)."
    )


def test_a_rule_that_no_cloud_would_remove_is_not_to_be_removed(guarded: Desk) -> None:
    meddle(guarded, switch_off)
    guarded.write(rule__hcl="")
    rule = guarded.cl("drift", "--json", code=2).json["groups"][-1]
    assert rule["bucket"] == "pending"
    run(guarded, ways(rule)["carry out"])
    assert not guarded.read_world()["security_groups"][1]["rules"], "with the enablement, which is declared"


def test_a_rule_on_a_vpc_that_is_no_longer_declared_is_forgotten(guarded: Desk) -> None:
    meddle(guarded, switch_off)
    guarded.write(rule__hcl="")
    declare(guarded, *(address for address in BLOCKS if address != "provider"))
    groups = guarded.cl("drift", "--json", code=2).json["groups"]
    for group in groups:
        wanted = "carry out" if group["bucket"] == "pending" else "accept"
        way = ways(group)[wanted]
        run(guarded, way.partition("forget it: ")[2] if "forget" in way else way)
    assert guarded.cl("drift", "--json", code=0).json["items"] == []


def test_an_enablement_that_is_no_longer_declared_is_drained_of_unmanaged_links(shop: Desk) -> None:
    declare(shop, *(address for address in BLOCKS if address != "provider"))
    meddle(shop, lambda world: world["links"].append({"instance_id": "i-0004", "vpc_id": "vpc-shop"}))
    group = next(
        one for one in shop.cl("drift", "--json", code=2).json["groups"] if one["subject"] == "classiclink_vpc.shop"
    )
    command, _, what = ways(group)["carry out"].partition(", which ")
    assert what == "detaches i-0001, i-0002, i-0003, i-0004 first"
    run(shop, command)
    assert shop.cl("drift", "--json", code=0).json["items"] == []
