"""Who reaches whom through security groups, asked from the command line."""

from __future__ import annotations

import json
from typing import Any

import pytest

from planner.cli import traffic_options
from planner.network import security_groups
from support.desk import Desk
from support.story_estates import PROVIDER, attach, instance, link, vpc

HOME = {"account_id": "1001", "region_id": "cn-hangzhou"}
AS_BEFORE = "as far as security groups let it"


def group(name: str, *rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"security_group_id": name, **HOME, "rules": list(rules), **more}


def rule(number: int, ports: str, protocol: str = "tcp", **more: Any) -> dict[str, Any]:
    return {"rule_id": f"sgr-{number}", "ip_protocol": protocol, "port_range": ports, **more}


WEB = {"source_security_group_id": "sg-web"}
GROUPS = [
    group("sg-web"),
    group(
        "sg-db",
        rule(1, "3306/3306", **WEB),
        rule(2, "8000/8099", **WEB, priority=5),
        rule(3, "8080/8080", source_cidr_block="10.0.0.0/8", policy="drop", priority=5),
        rule(4, "-1/-1", "icmp", source_cidr_block="10.0.0.0/8"),
        vpc_id="vpc-a",
    ),
    group("sg-shut", vpc_id="vpc-a"),
]


@pytest.fixture
def shop(desk: Desk) -> Desk:
    """A web tier in the classic network, a database in the VPC, and a resource whose groups are not known."""
    inside = {"network_type": "vpc", "vpc_id": "vpc-a"}
    desk.world(
        vpcs=[vpc("vpc-a", "172.16.0.0/12", classic_link_enabled=True)],
        instances=[
            instance("i-web", "10.1.1.1", security_group_ids=["sg-web"]),
            instance("i-db", "172.16.1.9", **inside, security_group_ids=["sg-db"]),
            instance("i-shut", "172.16.1.10", **inside, security_group_ids=["sg-shut"]),
            instance("i-old", "172.16.1.11", **inside),
        ],
        cloud_resources=[{"resource_id": "rm-1", "kind": "rds", "vpc_id": "vpc-a", "private_ip": "172.16.1.20"}],
        security_groups=GROUPS,
        links=[link("i-web", "vpc-a")],
    )
    desk.write(main__hcl=PROVIDER)
    return desk


def last_reason(desk: Desk, *question: str) -> str:
    """The reason of the last hop, after the answer was checked to be the text's as well."""
    document = desk.cl("reach", *question, "--json").json
    reason: str = document["hops"][-1]["reason"]
    text = " ".join(desk.cl("reach", *question).out.split())
    assert reason in text
    return reason


def test_a_port_is_let_in_by_the_rule_that_is_shown(shop: Desk) -> None:
    document = shop.cl("reach", "i-web", "i-db", "--protocol", "tcp", "--port", "3306", "--json", code=0).json
    assert list(document) == ["from", "to", "reachable", "hops"]
    assert document["reachable"] is True
    *_, decides, arrival = document["hops"]
    assert list(decides)[:4] == ["at", "decision", "reason", "source"]
    assert (decides["at"], decides["decision"]) == ("sg-db", "pass")
    assert decides["reason"] == "The rule sgr-1 of sg-db accepts tcp 3306: tcp 3306/3306 from sg-web, priority 1."
    assert decides["rule"] == {
        "security_group_id": "sg-db",
        "rule_id": "sgr-1",
        "source_security_group_id": "sg-web",
        "ip_protocol": "tcp",
        "port_range": "3306/3306",
        "policy": "accept",
        "priority": 1,
    }
    assert arrival["reason"] == "i-web (10.1.1.1) reaches i-db (172.16.1.9) over the link to vpc-a with tcp 3306."


def test_a_drop_of_the_same_priority_wins(shop: Desk) -> None:
    asked = ("i-web", "i-db", "--protocol", "tcp", "--port", "8080")
    assert last_reason(shop, *asked) == (
        "The rule sgr-3 of sg-db drops tcp 8080: tcp 8080/8080 from 10.0.0.0/8, priority 5."
    )
    assert shop.cl("reach", *asked, "--json", code=0).json["reachable"] is False


def test_where_no_rule_matches_the_groups_of_both_are_named(shop: Desk) -> None:
    asked = ("i-web", "i-db", "--protocol", "udp", "--port", "53")
    assert last_reason(shop, *asked) == "No rule of sg-db accepts udp 53 from i-web (10.1.1.1) in sg-web."
    assert last_reason(shop, "i-web", "i-shut") == (
        "No rule of sg-shut accepts anything from i-web (10.1.1.1) in sg-web."
    )
    assert last_reason(shop, "i-db", "i-web", "--port", "80") == (
        "No rule of sg-web accepts tcp 80, udp 80 from i-db (172.16.1.9) in sg-db."
    )


def test_without_a_port_it_is_said_which_pass(shop: Desk) -> None:
    document = shop.cl("reach", "i-web", "i-db", "--json", code=0).json
    *_, decides, arrival = document["hops"]
    assert decides["reason"] == (
        "sg-db accepts tcp 3306, 8000-8079, 8081-8099, icmp from i-web (10.1.1.1) in sg-web and drops the rest."
    )
    assert arrival["reason"].endswith("over the link to vpc-a with tcp 3306, 8000-8079, 8081-8099, icmp.")
    passing = [(each["ip_protocol"], each["port_range"]) for each in decides["rulings"] if each["decision"] == "pass"]
    assert passing == [("tcp", "3306/3306"), ("tcp", "8000/8079"), ("tcp", "8081/8099"), ("icmp", "-1/-1")]
    udp = last_reason(shop, "i-web", "i-db", "--protocol", "tcp")
    assert udp.endswith("with tcp 3306, 8000-8079, 8081-8099.")


@pytest.mark.parametrize("target", ["i-old", "rm-1", "172.16.1.77"])
def test_where_groups_are_unknown_the_answer_is_what_it_was(shop: Desk, target: str) -> None:
    document = shop.cl("reach", "i-web", target, "--protocol", "tcp", "--port", "3306", "--json", code=0).json
    assert document["reachable"] is True
    assert document["hops"][-1]["reason"].endswith(f"over the link to vpc-a, {AS_BEFORE}.")
    assert "rule" not in document["hops"][-1]


def test_groups_of_the_source_that_are_unknown_leave_open_what_depends_on_them(shop: Desk) -> None:
    world = shop.read_world()
    del world["instances"][0]["security_group_ids"]
    shop.write(world__json=json.dumps(world))
    asked = shop.cl("reach", "i-web", "i-db", "--protocol", "tcp", "--port", "3306", "--json", code=3)
    assert asked.json["reachable"] is None
    assert "depends on the groups of i-web (10.1.1.1), which are not known" in asked.json["hops"][-1]["reason"]
    assert shop.cl("reach", "i-web", "i-db", "--protocol", "icmp", "--json", code=0).json["reachable"] is True
    assert shop.cl("reach", "i-web", "i-shut", "--json", code=0).json["reachable"] is False


@pytest.mark.parametrize(
    "flags", [("--port", "0"), ("--port", "65536"), ("--protocol", "ip"), ("--protocol", "icmp", "--port", "80")]
)
def test_traffic_that_cannot_be_is_a_wrong_command_line(shop: Desk, flags: tuple[str, ...]) -> None:
    assert "Traceback" not in shop.cl("reach", "i-web", "i-db", *flags, code=64).err


def test_a_list_says_what_each_lets_in(shop: Desk) -> None:
    text = " ".join(shop.cl("reach", "--all-from", "i-web", "--protocol", "tcp", "--port", "3306", code=0).out.split())
    assert "✓ i-web can reach i-db" in text
    assert "✗ i-web cannot reach i-shut" in text
    assert f"each over the link to vpc-a, {AS_BEFORE}." in text


def plan_of(desk: Desk, *links: tuple[str, str]) -> tuple[str, Any]:
    """The text of a plan that attaches and detaches so that these links are left, on one line, and its document."""
    blocks = "".join(attach(f"to-{vpc_id}-{one}", one, vpc_id) for one, vpc_id in links)
    desk.write(main__hcl=f"{PROVIDER}{blocks}")
    text = desk.cl("plan", code=0).out
    return " ".join(text.split()), desk.cl("plan", "--json", code=0).json["reachability"]


def test_a_plan_says_what_its_links_open_by_group_and_port(shop: Desk) -> None:
    world = shop.read_world()
    shop.write(world__json=json.dumps({**world, "links": []}))
    text, reachability = plan_of(shop, ("i-web", "vpc-a"))
    assert "Opens i-web → vpc-a (172.16.0.0/12): 4 resources (3 ecs, 1 rds)" in text
    assert "Opens sg-web → sg-db (vpc-a): tcp 3306, 8000-8079, 8081-8099, icmp, 1 pair" in text
    assert "block all traffic" not in text
    (flow,) = reachability["by_security_group"]["opened"]
    assert flow["traffic"][0] == {"ip_protocol": "tcp", "port_range": "3306/3306"}


def test_a_plan_says_that_groups_let_nothing_over_a_link(shop: Desk) -> None:
    world = shop.read_world()
    shut = [group("sg-web"), group("sg-db", vpc_id="vpc-a"), group("sg-shut", vpc_id="vpc-a")]
    known = [one for one in world["instances"] if one["instance_id"] != "i-old"]
    changed = {**world, "links": [], "instances": known, "cloud_resources": [], "security_groups": shut}
    shop.write(world__json=json.dumps(changed))
    text, _ = plan_of(shop, ("i-web", "vpc-a"))
    assert "Opens i-web → vpc-a (172.16.0.0/12): 2 resources (2 ecs); security groups block all traffic" in text


def test_after_a_saved_plan_its_link_leads_as_far_as_the_groups_let_it(shop: Desk) -> None:
    world = shop.read_world()
    shop.write(world__json=json.dumps({**world, "links": []}), main__hcl=PROVIDER + attach("web", "i-web", "vpc-a"))
    shop.cl("plan", "-out=plan.json", code=0)
    asked = ("reach", "i-web", "i-db", "--protocol", "tcp", "--json")
    assert shop.cl(*asked, code=0).json["reachable"] is False
    assert shop.cl(*asked, "--plan", "plan.json", code=0).json["reachable"] is True
    assert shop.cl(*asked, "--port", "22", "--plan", "plan.json", code=0).json["reachable"] is False


def test_the_protocols_that_can_be_asked_about_are_those_of_security_groups() -> None:
    assert traffic_options.PROTOCOLS == security_groups.PROTOCOLS
