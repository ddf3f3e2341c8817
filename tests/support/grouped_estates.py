"""Estates with security groups: a web tier of the classic network and a database in a VPC."""

from __future__ import annotations

from typing import Any

from support.desk import Desk
from support.story_estates import PROVIDER, attach, enable, instance, link, vpc


def group(group_id: str, vpc_id: str | None = None, *rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    place = {"vpc_id": vpc_id} if vpc_id else {}
    own = {"security_group_id": group_id, "account_id": "1001", "region_id": "cn-hangzhou"}
    return {**own, **place, "rules": list(rules), **more}


def world_rule(source: str, ports: str = "80/80", **more: Any) -> dict[str, Any]:
    return {"source_security_group_id": source, "ip_protocol": "tcp", "port_range": ports, **more}


def rule(name: str, group_id: str, source: str, ports: str | None = "80/80", more: str = "", proto: str = "tcp") -> str:
    """The block of a security rule."""
    port_range = "" if ports is None else f'  port_range = "{ports}"\n'
    return (
        f'resource "classiclink_security_rule" "{name}" {{\n  security_group_id = "{group_id}"\n'
        f'  source_security_group_id = "{source}"\n  ip_protocol = "{proto}"\n{port_range}{more}}}\n'
    )


DB_RULE = rule("db", "sg-db", "sg-web", "3306/3306", '  description = "the shop"\n  priority = 5\n')
PING_RULE = rule("ping", "sg-web", "sg-db", None, proto="icmp")


def shop(desk: Desk, *rules: dict[str, Any], linked: bool = False, enabled: bool = False, **more: Any) -> None:
    """A classic web server, and a database in a VPC; `rules` are those of the group of the database."""
    desk.world(
        vpcs=[vpc("vpc-a", classic_link_enabled=enabled)],
        vswitches=[{"vswitch_id": "vsw-1", "vpc_id": "vpc-a", "cidr_block": "172.16.1.0/24"}],
        instances=[
            instance("i-web", "10.1.0.1", security_group_ids=["sg-web"]),
            {
                **instance("i-db", "172.16.1.5", security_group_ids=["sg-db"]),
                "network_type": "vpc",
                "vpc_id": "vpc-a",
                "vswitch_id": "vsw-1",
            },
        ],
        security_groups=[group("sg-web"), group("sg-db", "vpc-a", *rules)],
        links=[link("i-web", "vpc-a")] if linked else [],
        **more,
    )


SHOP = PROVIDER + enable("a", "vpc-a") + DB_RULE + PING_RULE + attach("web", "i-web", "vpc-a")
"""All that a link which carries something needs."""


def rules_of(desk: Desk, group_id: str) -> list[dict[str, Any]]:
    found = [each for each in desk.read_world()["security_groups"] if each["security_group_id"] == group_id]
    rules: list[dict[str, Any]] = found[0]["rules"]
    return rules
