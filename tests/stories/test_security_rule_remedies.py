"""What messages about a security rule say to do, done as they say it."""

from __future__ import annotations

import json

from support.desk import Desk
from support.grouped_estates import SHOP, rule, shop, world_rule


def by_hand(desk: Desk, **settings: object) -> None:
    path = desk.directory / "world.json"
    world = json.loads(path.read_text())
    (group,) = (each for each in world["security_groups"] if each["security_group_id"] == "sg-db")
    group["rules"][0].update(settings)
    path.write_text(json.dumps(world))


def test_settings_changed_by_hand_are_accepted_in_the_configuration(desk: Desk) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP)
    desk.cl("apply", "--auto-approve", code=0)
    by_hand(desk, priority=50, description="by hand")
    accept = 'set priority = 50 and description = "by hand" for classiclink_security_rule.db in the configuration'
    text = " ".join(desk.cl("drift", code=2).out.split())
    assert f"or accept: {accept}, then cl refresh --target classiclink_security_rule.db" in text
    desk.write(main__hcl=SHOP.replace("priority = 5", "priority = 50").replace("the shop", "by hand"))
    desk.cl("refresh", "--target", "classiclink_security_rule.db", code=0)
    desk.cl("drift", "--strict", code=0)
    desk.cl("plan", "--detailed-exitcode", code=0)


def test_only_the_settings_that_the_configuration_would_change_back_are_named(desk: Desk) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP)
    desk.cl("apply", "--auto-approve", code=0)
    by_hand(desk, description="by hand")
    desk.write(main__hcl=SHOP.replace("the shop", "by hand"))
    assert "set " not in desk.cl("drift", code=2).out
    desk.cl("refresh", "--target", "classiclink_security_rule.db", code=0)
    desk.cl("plan", "--detailed-exitcode", code=0)


def test_an_import_of_an_unknown_rule_id_names_both_forms(desk: Desk) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP)
    text = " ".join(desk.cl("import", "classiclink_security_rule.db", "sg-db/sgr-none", code=1).err.split())
    assert "cl import classiclink_security_rule.db GROUP:SOURCE:tcp:80/80:accept Or as GROUP/RULE_ID" in text


def test_ports_without_quotes_are_said_to_need_them(desk: Desk) -> None:
    shop(desk)
    desk.write(main__hcl=SHOP.replace('"3306/3306"', "3306/3306"))
    text = " ".join(desk.cl("validate", code=1).out.split())
    assert 'in quotes, such as "443/443"' in text


def test_a_rule_of_a_block_of_addresses_is_not_imported_and_the_block_is_named(desk: Desk) -> None:
    by_block = {"rule_id": "sgr-block", "source_cidr_block": "10.1.0.0/16", "ip_protocol": "tcp", "port_range": "80/80"}
    shop(desk, by_block)
    desk.write(main__hcl=SHOP)
    text = " ".join(desk.cl("import", "classiclink_security_rule.db", "sg-db/sgr-block", code=1).err.split())
    assert '"sg-db/sgr-block" is a rule for the addresses of 10.1.0.0/16. A classiclink_security_rule names' in text
    assert "Give it as" not in text


def test_a_declared_drop_rule_that_shadows_another_is_removed_from_the_configuration(desk: Desk) -> None:
    shop(desk)
    drop = rule("drop", "sg-db", "sg-web", "3306/3306", '  policy = "drop"\n')
    desk.write(main__hcl=SHOP + drop)
    (found,) = desk.cl("plan", "--json", code=0).json["rules"]
    assert (found["rule"], found["address"]) == ("CL506", "classiclink_security_rule.db")
    assert found["remedy"] == ("Remove the drop rule, which is classiclink_security_rule.drop, from the configuration.")
    desk.write(main__hcl=SHOP)
    assert desk.cl("plan", "--json", code=0).json["rules"] == []


def test_drift_counts_security_rules_among_what_one_import_accepts(desk: Desk) -> None:
    shop(desk, linked=True, enabled=True)
    desk.write(main__hcl=SHOP)
    desk.cl("apply", "--auto-approve", code=0)
    more = [world_rule("sg-web", "80/80"), world_rule("sg-web", "443/443")]
    path = desk.directory / "world.json"
    world = json.loads(path.read_text())
    (group,) = (each for each in world["security_groups"] if each["security_group_id"] == "sg-db")
    group["rules"] += more
    path.write_text(json.dumps(world))
    text = " ".join(desk.cl("drift", code=2).out.split())
    assert "2 objects that are not declared can be accepted all at once: cl import --all --write FILE.hcl" in text
    assert "It imports every link, enabled VPC and security rule" in text
    desk.cl("import", "--all", "--write", "more.hcl", code=0)
    desk.cl("drift", code=0)
